/** Everything sound in an RDB, and everything that is not, in order of offsets. */
import {FormatError} from '../errors.ts'
import {Profile} from './evidence.ts'
import {holdsRow} from './inner.ts'
import {PROBE_SIZE, Probe} from './probe.ts'
import type {RdbReader} from './reader.ts'
import type {HashSink} from './run.ts'
import {
  type Fault,
  Forward,
  type Held,
  heldLink,
  type Stretch,
  type Suspect,
  WATCHED,
} from './scan.ts'
import {type Damage, type Rewind, resolveDamage, type Search} from './scan-damage.ts'
import {RdbOpcode} from './types.ts'

/** Bytes that no record could be made of. */
export interface Lost {
  start: number
  end: number
  /** What reading failed with, at an offset that may lie before or within the gap. */
  error: FormatError
  /** The input ends there, as if it had been cut. */
  isCut: boolean
  /** The record on which reading failed. */
  failedAt: number
}

export interface ScanTaker {
  stretch(stretch: Stretch): void
  /** A record whose end is known, with damage inside. */
  fault(fault: Fault): void
  lost(lost: Lost): void
}

export interface ScanOptions {
  rewind: Rewind
  /** Size of the input, -1 when it is not known. */
  size: number
  greedy?: boolean
  /** Gets the hashes of all keys, also of some that are given up later. */
  hashes?: HashSink | null
}

/** How the RDB ends. */
export interface ScanEnd {
  /** right, wrong: the checksum matches the bytes, or not. off: it is zero. none: the version has none. missing: there is no end. */
  checksum: 'right' | 'wrong' | 'off' | 'none' | 'missing'
  /** Offset behind the RDB, or behind all bytes. */
  offset: number
  /** What keys and types of the file look like. */
  profile: Profile
}

/** Shorter values hold no row of entries. */
const LONG_FAULT = 64

/** What a key and its type are worth at least, in front of a value whose damage is believed to be all. */
const HEAD_BITS = 0

/** Scan the records behind the header, which `r` has read. */
export function scanRdb(r: RdbReader, taker: ScanTaker, options: ScanOptions): ScanEnd {
  return new Scan(r, taker, options).run()
}

class Scan {
  private readonly r: RdbReader
  private readonly taker: ScanTaker
  private readonly options: ScanOptions
  private readonly forward: Forward
  private readonly profile = new Profile()
  private search: Search | null = null
  private foundDamage = false
  /** Templates that were given away. */
  private templates: [bigint, Uint8Array[]][] = []

  constructor(r: RdbReader, taker: ScanTaker, options: ScanOptions) {
    this.r = r
    this.taker = taker
    this.options = options
    this.forward = new Forward(r, this.profile, options.hashes ?? null, (held) => this.give(held))
  }

  run(): ScanEnd {
    for (;;) {
      const dbBefore = this.r.db
      try {
        if (this.forward.step()) {
          this.watch(false)
          continue
        }
        if (this.checksum(null) !== 'right' && this.watch(true)) continue
        const end = this.end(null)
        if (end) return end
      } catch (error) {
        if (!(error instanceof FormatError) || error.code === 'LIMIT') throw error
        const end = this.failed(error, dbBefore)
        if (end) return end
      }
    }
  }

  private failed(error: FormatError, dbBefore: number): ScanEnd | null {
    const {r, forward} = this
    if (error.code !== 'TRUNCATED' && this.watch(true)) return null
    // EOF was read, and the checksum behind it is wrong or cut.
    if (r.isFinished) return this.end(error)
    // A type that the version does not know has no end that could be relied on.
    if (error.framed && error.code !== 'RDB_TYPE_VERSION') {
      forward.holdFault(error, null, dbBefore)
      // They are in the fault.
      r.dropAttributes()
      return null
    }
    const failedAt = r.offset
    const damage = this.resolve(forward.held, failedAt, Math.max(failedAt, r.c.offset), error)
    this.settle(damage, error, failedAt)
    return damage.found ? null : this.ended('missing', damage.end)
  }

  /** EOF was read. In the middle of the input it may be a damaged byte. */
  private end(error: FormatError | null): ScanEnd | null {
    const {r, forward} = this
    const {offset} = r
    const isWhole = error?.code !== 'TRUNCATED'
    const end = this.ended(this.checksum(error), isWhole ? r.endOffset : r.c.offset)
    const isDoubtful = end.checksum !== 'right' && isWhole && !this.endsHere()
    if (isDoubtful) {
      const trouble = new FormatError('RDB_OPCODE', offset, 'an end of file in the middle of it')
      const damage = this.resolve(forward.held, offset, r.c.offset, trouble)
      if (damage.found) {
        this.settle(damage, trouble, offset)
        return null
      }
    }
    forward.release()
    return end
  }

  private ended(checksum: ScanEnd['checksum'], offset: number): ScanEnd {
    return {checksum, offset, profile: this.profile}
  }

  private checksum(error: FormatError | null): ScanEnd['checksum'] {
    if (error !== null) return error.code === 'TRUNCATED' ? 'missing' : 'wrong'
    const {checksum} = this.r
    if (checksum === 'none' || checksum === 'off') return checksum
    // After a jump the feed no longer knows the sum of what lies before.
    return this.foundDamage ? 'wrong' : 'right'
  }

  /** Nothing follows, or only what may: the log behind a preamble, the mark of a diskless transfer. */
  private endsHere(): boolean {
    const {c} = this.r
    if (c.atEnd()) return true
    const byte = c.memory[c.next]
    return byte === 0x2a || byte === 0x23 || c.left === 40
  }

  /**
   * Look at what was read behind a damaged value: what it holds may be another record's, and its end too. True when reading
   * goes on elsewhere. `isLast`: no more can be read.
   */
  private watch(isLast: boolean): boolean {
    const {forward, options} = this
    const {suspect} = forward
    if (suspect === null || (!isLast && suspect.bits.length < WATCHED)) return false
    forward.suspect = null
    const {fault} = suspect
    const {r} = this
    const place = {offset: isLast ? r.offset : r.c.offset, db: r.db}
    if (options.greedy) return false
    if (!isDoubtful(suspect)) {
      if (this.search === null || fault.end - fault.start < LONG_FAULT) return false
      if (!this.holdsOthers(this.search, fault)) {
        this.goOn(place)
        return true
      }
    }
    const stoppedAt = Math.min(Math.max(fault.start, fault.error.offset), fault.end)
    const at = forward.held.findIndex((held) => held.fault === fault)
    const damage = this.resolve(forward.held.slice(0, at), fault.start, stoppedAt, fault.error)
    if (damage.found) this.settle(damage, fault.error, fault.start, fault)
    else this.goOn(place)
    return true
  }

  /** Its length is damaged, and other records lie in what it covers. */
  private holdsOthers({r, rewind, probe, profile}: Search, {start, end}: Fault): boolean {
    rewind(start)
    probe.load(r.c, Math.min(end - start, PROBE_SIZE))
    return holdsRow(probe, profile, start, end)
  }

  private resolve(
    held: readonly Held[],
    failedAt: number,
    stoppedAt: number,
    error: FormatError,
  ): Damage {
    const {forward, r, profile} = this
    const {rewind, size, greedy = false} = this.options
    this.foundDamage = true
    // What is read from here on is read out of order.
    r.verifyChecksum = false
    forward.flush()
    this.search ??= {r, rewind, probe: new Probe(r, size), profile, standard: {greedy}}
    // With nothing in front of a watched value the reader is further on.
    const db = forward.held[0]?.dbBefore ?? r.db
    return resolveDamage(this.search, held, {failedAt, stoppedAt, error, db})
  }

  /** Give away what is believed before the gap, and the gap; go on behind it. */
  private settle(
    damage: Damage,
    error: FormatError,
    failedAt: number,
    fault: Fault | null = null,
  ): void {
    const {forward, taker} = this
    for (const link of damage.kept) this.give(heldLink(link, false))
    forward.drop()
    const {start, end, isCut, db, isSelected, found} = damage
    if (fault?.start === start && fault.end === end && !isSelected) taker.fault(fault)
    else taker.lost({start, end, error, isCut, failedAt})
    if (!found) return
    this.goOn({offset: end, db})
    forward.isFound = true
  }

  private goOn({offset, db}: {offset: number; db: number}): void {
    const {r, options, templates} = this
    options.rewind(offset)
    r.resume()
    // Those of records that are lost must not be referred to.
    r.templates.clear()
    for (const [id, fields] of templates) r.templates.set(id, fields)
    r.db = db
  }

  private give({stretch, fault}: Held): void {
    if (fault) this.taker.fault(fault)
    else this.taker.stretch(stretch)
    if (stretch.opcode === RdbOpcode.HASH_TEMPLATE) this.templates = [...this.r.templates]
  }
}

/** Its end is not where the value would show it, the key in front says nothing for it, or the first entry behind it does not. */
function isDoubtful({head, isLoose, bits}: Suspect): boolean {
  if (isLoose) return true
  if (head !== null && head < HEAD_BITS) return true
  return bits.length > 0 && bits[0] < HEAD_BITS
}
