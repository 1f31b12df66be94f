/**
 * What has to go from the text of one log so that a server loads the rest, told by the walk that checks it:
 *
 *     gap      bytes that are no record, or one that no server knows
 *     torn     a transaction that a gap tore apart, or that never ends: all of it, from MULTI to EXEC
 *     reframe  stays: a record that servers load although it is not framed as they write it
 *
 * After a transaction was taken out, the database that it had selected is selected again.
 */
import type {CutReason} from './edit-reports.ts'

export interface Cut {
  start: number
  end: number
  reason: CutReason
  /** Commands in it that could be read. */
  commands: number
  /** Database to select behind it, null where it is selected still. */
  select: number | null
  /** What is behind it was selected by nobody: a SELECT may have been among what was lost. */
  databaseUnsure: boolean
}

export interface Span {
  start: number
  end: number
}

/** So many of either are remembered one by one: a log that is cut to more pieces is no log any more. */
export const CUTS_MAX = 100_000
/** Text of a log in a value is looked for so far. */
const VALUE_MAX = 0x100000
/** The shortest record that selects a database. */
const SELECT_BYTES = 23

/** An open transaction. */
export interface Open {
  /** Of its MULTI. */
  offset: number
  /** Commands since its MULTI, that included. */
  commands: number
}

export class LogCuts {
  readonly cuts: Cut[] = []
  readonly reframed: Span[] = []
  /** Where `redis-check-aof --fix` would cut, -1 while it has no reason to. */
  fixOffset = -1
  /** Where records seem to go on inside the last argument, which claims all bytes to the end; -1 without. */
  insideOffset = -1
  /** There were too many pieces to remember. */
  overflowed = false
  /** Of an open transaction that lost a record, -1 without. */
  private tornStart = -1
  private lastReframed = -1
  /** Which cut may have taken the beginning of a transaction, and how many commands had been read behind it. */
  private lost = -1
  private lostRecord = 0

  /** An open transaction is to be taken out when it ends: look at every record until then. */
  get isTorn(): boolean {
    return this.tornStart >= 0
  }

  /** Bytes that cannot be read, with the transaction that is open. `record`: ordinal of the last command before `end`. */
  gap({start, end}: Span, reason: CutReason, open: Open | null, record: number): void {
    this.fix(open ? open.offset : start)
    this.tornStart = -1
    this.unframe(start)
    this.add({
      start: open ? open.offset : start,
      end,
      reason,
      commands: open?.commands ?? 0,
      select: null,
      databaseUnsure: end - start >= SELECT_BYTES,
    })
    this.lost = this.cuts.length - 1
    this.lostRecord = record
  }

  /**
   * Bytes that cannot be read, such as follow an argument: what seemed to be records since the last gap was the text of a value.
   * Returns false where it is too much for that.
   */
  widen({start, end}: Span, record: number): boolean {
    const cut = this.cuts[this.lost]
    if (cut === undefined || start - cut.end > VALUE_MAX) return false
    this.endLost(end, record, 0)
    cut.select = null
    this.lost = this.cuts.length - 1
    this.lostRecord = record
    return true
  }

  /**
   * Where the damage that shows at `start` begins: servers skip the two bytes behind an argument whatever they are, but if nothing
   * good follows then its record was damaged already.
   */
  beginning(start: number): number {
    const last = this.reframed.at(-1)
    return last?.end === start && this.lastReframed >= 0 ? this.lastReframed : start
  }

  /** The transaction that the last gap lies in ends here. `record`: ordinal of its EXEC. */
  endLost(end: number, record: number, db: number): void {
    const {cuts, lost} = this
    if (lost < 0) return
    cuts.length = lost + 1
    const cut = cuts[lost]
    cut.end = end
    cut.commands += record - this.lostRecord
    cut.select = db
    this.lost = -1
  }

  /** A record that can be read and has to go; in a transaction, all of that. */
  drop({start, end}: Span, reason: CutReason, open: Open | null): void {
    if (reason === 'multi' || reason === 'exec') this.fix(open ? open.offset : start)
    if (open !== null && reason !== 'multi') this.tornStart = open.offset
    else this.add({start, end, reason, commands: 1, select: null, databaseUnsure: false})
  }

  /** The open transaction lost a record, and ends here. */
  endTorn(end: number, commands: number, db: number): void {
    const {cuts, tornStart: start} = this
    this.tornStart = -1
    // A second MULTI inside of it is part of it.
    while (cuts.length > 0 && cuts[cuts.length - 1].start >= start) cuts.pop()
    const reason = 'transaction'
    this.add({start, end, reason, commands, select: db, databaseUnsure: false})
  }

  /** The log ends inside a transaction. */
  openAtEnd({offset, commands}: Open, end: number): void {
    // What is behind the last gap is gone already.
    if ((this.cuts.at(-1)?.end ?? -1) >= end) return
    this.fix(offset)
    this.tornStart = offset
    this.endTorn(end, commands, 0)
  }

  /** A record that servers load, framed in a way that they do not write. `at`: where redis-check-aof would cut. */
  reframe({start, end}: Span, passesCheckAof: boolean, at = start): void {
    if (!passesCheckAof) this.fix(at)
    this.lastReframed = start
    const last = this.reframed.at(-1)
    if (last?.end === start) last.end = end
    else if (this.reframed.length < CUTS_MAX) this.reframed.push({start, end})
    else this.overflowed = true
  }

  /** What goes is not framed anew. */
  private unframe(start: number): void {
    const last = this.reframed.at(-1)
    if (last === undefined || last.end <= start) return
    last.end = start
    if (last.end <= last.start) this.reframed.pop()
  }

  private fix(offset: number): void {
    if (this.fixOffset < 0) this.fixOffset = offset
  }

  private add(cut: Cut): void {
    const last = this.cuts.at(-1)
    if (last !== undefined && last.end >= cut.start) {
      last.end = Math.max(last.end, cut.end)
      last.start = Math.min(last.start, cut.start)
      last.commands += cut.commands
      last.select = cut.select ?? last.select
      last.databaseUnsure ||= cut.databaseUnsure
    } else if (this.cuts.length < CUTS_MAX) this.cuts.push(cut)
    else this.overflowed = true
  }
}
