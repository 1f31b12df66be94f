/**
 * Reads an RDB from its header to its end, over damage, and says which stretches of it are sound. Where reading fails, what was
 * read just before may be wrong already (a damaged length lands anywhere), so the last records are held back until more has been
 * read behind them; see scan-damage.ts for what happens then.
 */
import {FormatError} from '../errors.ts'
import type {Link} from './chain.ts'
import {isBinary, isOdd, isOneString, type Profile, valueBits} from './evidence.ts'
import {Learner} from './learner.ts'
import {type RdbReader, RdbRecord} from './reader.ts'
import {beginRuns, flushHashes, type HashSink, logKey, newTally, skipRun} from './run.ts'
import type {LogicalType} from './types.ts'
import {RdbOpcode, TYPES} from './types.ts'

/** Sound records, one after the other. */
export interface Stretch {
  start: number
  end: number
  /** Database of the entries; of SELECTDB the one that it selects. */
  db: number
  /** Opcode of a single record that is no entry, else 0. */
  opcode: number
  entries: number
  expires: number
  types: Partial<Record<LogicalType, number>>
  /** Of AUX and functions. */
  name: Uint8Array | null
  value: Uint8Array | null
  /** Of RESIZEDB: how many keys it announces. */
  hint: number
  /** One entry that looks like pieces of something else, if the file is damaged. */
  isOdd: boolean
  /** One entry whose key has control characters, or is empty; see MOST_ODD. */
  isBinary: boolean
  /** So many bytes of attributes in front, behind which some other record stands before the entry. */
  dangling: number
  /** Found by looking for it behind damage. */
  isFound: boolean
}

/** A record that is damaged inside, while its end is known. */
export interface Fault {
  start: number
  end: number
  db: number
  logical: LogicalType | null
  error: FormatError
}

/** Held back: more entries than damage is ever taken to have been overlooked for. */
const HELD_ENTRIES = 16
const RUN_ENTRIES = 4096
/** In files with more odd keys they are none. */
const MOST_ODD = 1024
/** Bytes of an empty string under the empty key. */
const EMPTY_ENTRY = 3
/** So many NUL bytes in front of one make it doubtful. */
const HOLE = 4

export type Held = {stretch: Stretch; fault: Fault | null; dbBefore: number}

/** A damaged value whose end is known, and what the entries behind it are worth: they have to show that it is the end. */
export interface Suspect {
  readonly fault: Fault
  /** What the key and type in front of the value are worth; null for other records. */
  readonly head: number | null
  /** It was made of many strings: with one that was damaged any of them may be taken for what comes next. */
  readonly isLoose: boolean
  readonly bits: number[]
}

/** So many entries behind a damaged value are looked at one by one. */
export const WATCHED = 8

/** The part of a scan that goes forward. `take` gets each stretch and fault in order, once nothing speaks against it. */
export class Forward {
  readonly r: RdbReader
  /** Read and not yet given away. */
  held: Held[] = []
  /** Set behind damage, until the first stretch has been read. */
  isFound = false
  /** Not null until enough was read behind it. */
  suspect: Suspect | null = null
  readonly learner: Learner
  private readonly hashes: HashSink | null
  private readonly take: (held: Held) => void
  private readonly tally = newTally()
  private heldEntries = 0
  private dangling = 0
  private odd = 0

  constructor(r: RdbReader, profile: Profile, hashes: HashSink | null, take: (held: Held) => void) {
    this.r = r
    this.learner = new Learner(profile)
    this.hashes = hashes
    this.take = take
    beginRuns(r)
  }

  /** Read on. Returns false at the end of the RDB. @throws FormatError for what has no end; framed where the end is a bad one. */
  step(): boolean {
    const {r, tally} = this
    const dbBefore = r.db
    const start = r.c.offset
    const isWatched = this.suspect !== null || this.isFound || this.learner.wantsMore
    if (!r.hasAttributes && !isWatched) {
      skipRun(r, tally, this.hashes, RUN_ENTRIES, this.odd < MOST_ODD)
      if (tally.entries > 0) {
        this.hold({stretch: this.runStretch(start), fault: null, dbBefore})
        return true
      }
    }
    const record = r.next()
    if (record === RdbRecord.END || record === RdbOpcode.EOF) return false
    if (record === RdbRecord.ENTRY) this.holdEntry(dbBefore)
    // With attributes before it, the record lies within the entry to which they belong.
    else if (!r.hasAttributes) this.hold(heldRecord(r, record, dbBefore, this.isFound))
    // As KeyDB has it.
    else if (record !== RdbOpcode.AUX) this.dangling ||= r.offset - r.attributesOffset
    // A template cannot be read twice.
    if (record === RdbOpcode.HASH_TEMPLATE && r.templates.size > 0) this.release()
    return true
  }

  /** Hold the current record, which ended in `error` though its end is known. */
  holdFault(
    error: FormatError,
    logical: LogicalType | null,
    dbBefore: number,
    head: number | null = null,
  ): void {
    const {r} = this
    this.dangling = 0
    const from = r.hasAttributes ? r.attributesOffset : r.offset
    const stretch = emptyStretch(from, r.c.offset, r.db)
    const {start, end, db} = stretch
    const fault = {start, end, db, logical, error}
    this.hold({stretch, fault, dbBefore})
    this.suspect ??= {fault, head, isLoose: logical !== null && !isOneString(r.type), bits: []}
  }

  /** Give away everything that is held. */
  release(): void {
    for (const each of this.held) this.take(each)
    this.held = []
    this.heldEntries = 0
    this.flush()
  }

  /** Forget what is held: it was judged elsewhere. */
  drop(): void {
    this.suspect = null
    this.dangling = 0
    this.learner.forget()
    this.held = []
    this.heldEntries = 0
    this.flush()
  }

  flush(): void {
    flushHashes(this.r, this.hashes)
  }

  private holdEntry(dbBefore: number): void {
    const {r, learner, suspect} = this
    const {logical, db, offset} = r
    const head = learner.profile.head(r)
    const bits = suspect === null ? 0 : head + valueBits(r)
    let fault: FormatError | null = null
    try {
      r.skipValue()
    } catch (error) {
      fault = framedOf(error)
    }
    if (isEndOfHole(r)) throw new FormatError('RDB_NUL', offset, 'a piece of a run of NUL bytes')
    if (fault)
      return this.holdFault(fault, logical, dbBefore, fault.path[0] === 'key' ? null : head)
    suspect?.bits.push(bits)
    learner.meet(r)
    logKey(r, this.hashes)
    const stretch = emptyStretch(offset, r.c.offset, db)
    stretch.entries = 1
    stretch.expires = r.expiresAtMs === null ? 0 : 1
    stretch.types[logical] = 1
    stretch.isFound = this.isFound
    stretch.dangling = this.dangling
    this.dangling = 0
    if (this.odd < MOST_ODD) {
      stretch.isOdd = isOdd(r)
      stretch.isBinary = isBinary(r)
      if (stretch.isBinary || stretch.isOdd) this.odd++
    }
    this.hold({stretch, fault: null, dbBefore})
  }

  private hold(held: Held): void {
    this.isFound = false
    this.held.push(held)
    this.heldEntries += held.stretch.entries
    while (this.heldEntries - this.held[0].stretch.entries >= HELD_ENTRIES) {
      const first = this.held.shift()!
      this.heldEntries -= first.stretch.entries
      this.take(first)
    }
  }

  private runStretch(start: number): Stretch {
    const {r, tally} = this
    const stretch = emptyStretch(start, r.c.offset, r.db)
    stretch.entries = tally.entries
    stretch.expires = tally.expires
    stretch.isFound = this.isFound
    for (let type = 0; type < 32; type++) {
      const row = TYPES[r.dialect][type]
      const count = tally.types[type]
      if (row && count > 0) {
        stretch.types[row.logical] = (stretch.types[row.logical] ?? 0) + count
      }
    }
    tally.entries = 0
    tally.expires = 0
    tally.types.fill(0)
    return stretch
  }
}

/** NUL bytes that read as an entry, with more of them in front: where a value ended in a block of them. */
function isEndOfHole({c, type, typeOffset}: RdbReader): boolean {
  if (type !== 0 || c.offset - typeOffset !== EMPTY_ENTRY) return false
  const from = c.next - EMPTY_ENTRY - HOLE
  if (from < 0) return false
  for (let at = from; at < c.next; at++) if (c.memory[at] !== 0) return false
  return true
}

/** The error, if it leaves the end of the record known; else it goes on. */
export function framedOf(error: unknown): FormatError {
  if (error instanceof Error && 'framed' in error && error.framed) return error as FormatError
  throw error
}

export function emptyStretch(start: number, end: number, db: number): Stretch {
  const counts = {opcode: 0, entries: 0, expires: 0, types: {}}
  return {
    start,
    end,
    db,
    ...counts,
    name: null,
    value: null,
    hint: 0,
    isOdd: false,
    isBinary: false,
    dangling: 0,
    isFound: false,
  }
}

/** The record that was read last, which is no entry. */
export function heldRecord(r: RdbReader, opcode: number, dbBefore: number, isFound: boolean): Held {
  const stretch = emptyStretch(r.offset, r.c.offset, r.db)
  stretch.opcode = opcode
  stretch.isFound = isFound
  const {AUX, FUNCTION2, FUNCTION_PRE_GA, RESIZEDB} = RdbOpcode
  if (opcode === RESIZEDB) stretch.hint = r.record.keys
  if (opcode === AUX || opcode === FUNCTION2 || opcode === FUNCTION_PRE_GA) {
    stretch.name = r.record.name
    stretch.value = r.record.value
  }
  return {stretch, fault: null, dbBefore}
}

/** One link as what is held. */
export function heldLink(link: Link, isFound: boolean): Held {
  const {start, end, db, opcode, logical, expires, error} = {...link, error: link.fault}
  const stretch = emptyStretch(start, end, db)
  stretch.opcode = opcode
  stretch.isFound = isFound
  stretch.isOdd = link.isOdd
  stretch.isBinary = link.isBinary
  stretch.name = link.name
  stretch.value = link.value
  // Sizes that cannot be right are worth less than nothing.
  if (opcode === RdbOpcode.RESIZEDB)
    stretch.hint = link.bits < 0 ? Number.MAX_SAFE_INTEGER : link.keys
  if (error) return {stretch, fault: {start, end, db, logical, error}, dbBefore: db}
  if (opcode === 0) {
    stretch.entries = 1
    stretch.expires = expires ? 1 : 0
    stretch.types[logical] = 1
  }
  return {stretch, fault: null, dbBefore: db}
}
