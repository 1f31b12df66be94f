/** What `salvage` would keep of an RDB and what it would lose: the first reading of the input. Nothing is written. */
import type {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {emptyFields} from '../formats/rdb/opcodes.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import type {Fault, Stretch} from '../formats/rdb/scan.ts'
import {type Lost, type ScanEnd, type ScanTaker, scanRdb} from '../formats/rdb/scan-rdb.ts'
import {type Dialect, type LogicalType, RdbOpcode} from '../formats/rdb/types.ts'
import {libraryName, producerOf} from './check-rdb.ts'
import {guessHeader, HEADER} from './guess-header.ts'
import type {KeyHashes} from './key-hashes.ts'
import type {DatabaseCounts} from './reports.ts'

/** An RDB that can be read again from any offset. */
export interface SalvageSource {
  /** At the first byte of the RDB, on a feed that keeps the checksum. */
  cursor: Cursor
  /** Move the cursor to an absolute offset, on a feed that keeps the checksum of what comes then where that is wanted. */
  rewind: (offset: number, sums?: boolean) => void
  /** Size of the input, -1 when it is not known. */
  size: number
}

/** Bytes of the input that go to the output as they are: [start, end). */
export interface KeptPiece {
  start: number
  end: number
  /** Database that must be selected where it begins, -1 when it does not matter. */
  db: number
  /** Database in force where it ends. */
  endDb: number
  entries: number
  /** Where its last run of entries begins, and their database. */
  lastAt: number
  lastDb: number
}

/** An entry under a strange key, or (without a type) attributes behind which no entry stands. */
export interface OddEntry {
  offset: number
  bytes: number
  db: number
  logical: LogicalType | null
  expires: boolean
  /** Its bytes are likelier pieces of something else, in a file that is damaged. */
  isOdd: boolean
  /** An entry without attributes stands right behind: they may be among these bytes. */
  isBeforeBare: boolean
}

/** Bytes that are not kept. */
export interface SalvageGap {
  start: number
  end: number
  error: FormatError
  /** Where the next record begins is known: only one value, or record, is damaged. */
  isInside: boolean
  isCut: boolean
  /** A SELECTDB may have been in it: keys behind it may belong to another database. */
  databaseUnsure: boolean
  /** The attributes of the key right behind it may have been in it. */
  attributesUnsure: boolean
  /** The record at which reading failed, where it may still be read in part. */
  entryAt: number | null
  db: number
  logical: LogicalType | null
}

export interface SalvagePlan {
  version: number
  dialect: Dialect
  producer: string | null
  pieces: KeptPiece[]
  gaps: SalvageGap[]
  end: ScanEnd
  keys: number
  /** Keys in front of which damage was passed, up to the next damage. */
  keysBehindDamage: number
  databases: Record<string, DatabaseCounts>
  functions: string[]
  /** Entries that are pieces of something else if the file is damaged. */
  odd: OddEntry[]
  /** By database, how many keys it had: what RESIZEDB says. */
  announced: Record<string, number>
  /** Sizes and repeated functions that were left out. */
  dropped: number
  templates: ReadonlyMap<bigint, Uint8Array[]>
}

/** @throws FormatError `RDB_MAGIC`, `RDB_VERSION`, `UNSUPPORTED`, `TRUNCATED` when not even the header can be read. */
export function planSalvage(
  source: SalvageSource,
  greedy: boolean,
  hashes: KeyHashes | null,
  progress?: (keys: number) => void,
): SalvagePlan {
  const {cursor, rewind, size} = source
  const reader = new RdbReader(cursor)
  readHeader(reader, rewind)
  const planner = new Planner(size, progress)
  const end = scanRdb(reader, planner, {rewind, size, greedy, hashes})
  const {version, dialect, templates} = reader
  return {...planner.plan, version, dialect, templates, end}
}

/** Of a damaged header the AUX fields behind it tell what it was. */
function readHeader(r: RdbReader, rewind: (offset: number) => void): void {
  const start = r.c.offset
  try {
    r.readHeader()
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    if (error.code !== 'RDB_MAGIC' && error.code !== 'RDB_VERSION') throw error
    rewind(start)
    const guess = guessHeader(r.c)
    if (guess === null) throw error
    r.version = guess.version
    r.dialect = guess.dialect
    rewind(start + HEADER)
  }
}

type Parts = Omit<SalvagePlan, 'version' | 'dialect' | 'end' | 'templates'>

const SURE = {databaseUnsure: false, attributesUnsure: false} as const
/** The shortest SELECTDB. */
const SELECT_BYTES = 2

class Planner implements ScanTaker {
  readonly plan: Parts = {
    producer: null,
    pieces: [],
    gaps: [],
    keys: 0,
    keysBehindDamage: 0,
    databases: {},
    functions: [],
    odd: [],
    announced: {},
    dropped: 0,
  }
  private readonly size: number
  private readonly progress: ((keys: number) => void) | undefined
  private db = 0
  private behindDamage = false
  /** Gaps since the last SELECTDB that stands in undamaged surroundings, without a key behind them so far. */
  private open: SalvageGap[] = []
  private selected = false

  constructor(size: number, progress?: (keys: number) => void) {
    this.size = size
    this.progress = progress
  }

  stretch(stretch: Stretch): void {
    const {opcode, isFound} = stretch
    this.markUnsure(stretch)
    // Right behind damage the number may be part of it.
    if (opcode === RdbOpcode.SELECTDB && !isFound) this.open = []
    if (opcode === RdbOpcode.RESIZEDB && this.selected) this.announce(stretch)
    this.selected = opcode === RdbOpcode.SELECTDB
    if (isFound) this.behindDamage = true
    this.note(stretch)
    if (this.isUnwanted(stretch)) {
      this.plan.dropped++
      return
    }
    this.count(stretch)
    this.keep(stretch)
    if (stretch.isOdd || stretch.isBinary) this.plan.odd.push(oddEntry(stretch))
    else if (stretch.dangling > 0) {
      const {start: offset, dangling: bytes, db, expires} = stretch
      const what = {logical: null, expires: expires > 0, isOdd: true, isBeforeBare: false}
      this.plan.odd.push({offset, bytes, db, ...what})
    }
    this.db = stretch.db
  }

  fault({start, end, db, logical, error}: Fault): void {
    const place = {
      start,
      end,
      db,
      error,
      logical,
      isInside: true,
      isCut: false,
    }
    this.gap({...place, ...SURE, entryAt: logical === null ? null : start})
  }

  lost({start, end, error, isCut, failedAt}: Lost): void {
    const entryAt = failedAt === start ? failedAt : null
    const place = {start, end, error, isCut, isInside: false, entryAt, db: this.db, logical: null}
    this.gap({...place, ...SURE})
  }

  private announce({db, hint}: Stretch): void {
    if (hint >= Number.MAX_SAFE_INTEGER) return
    this.plan.announced[db] = (this.plan.announced[db] ?? 0) + hint
  }

  /** Attributes of an entry that has none may be among the lost bytes in front of it. */
  private markUnsure({start, entries, expires}: Stretch): void {
    if (expires >= entries) return
    const {gaps, odd} = this.plan
    const gap = gaps.at(-1)
    if (gap?.end === start) gap.attributesUnsure = true
    const last = odd.at(-1)
    if (last && last.offset + last.bytes === start) last.isBeforeBare = true
  }

  private gap(gap: SalvageGap): void {
    const {gaps} = this.plan
    const last = gaps.at(-1)
    // What is left of a record between two damages is no gap of its own.
    if (last && last.end === gap.start && !last.isInside && !gap.isInside) {
      last.end = gap.end
      last.isCut = gap.isCut
      if (!this.open.includes(last)) this.open.push(last)
      return
    }
    gaps.push(gap)
    if (!gap.isInside && gap.end - gap.start >= SELECT_BYTES) {
      this.open.push(gap)
    }
  }

  private note({opcode, name, value}: Stretch): void {
    const {plan} = this
    if (opcode !== RdbOpcode.AUX || name === null || value === null) return
    plan.producer = producerOf({...emptyFields(), name, value}, plan.producer)
  }

  /** Servers make room for as many keys as a hint says, and load no library twice. */
  private isUnwanted({opcode, hint, value}: Stretch): boolean {
    if (opcode === RdbOpcode.RESIZEDB) return this.size >= 0 && hint * 3 > this.size
    if (opcode !== RdbOpcode.FUNCTION2 || value === null) return false
    const library = libraryName(value)
    if (this.plan.functions.includes(library)) return true
    this.plan.functions.push(library)
    return false
  }

  private count({db, entries, expires, types}: Stretch): void {
    if (entries === 0) return
    const {plan} = this
    plan.databases[db] ??= {keys: 0, expires: 0, types: {}}
    const counts = plan.databases[db]
    counts.keys += entries
    counts.expires += expires
    for (const [type, count] of Object.entries(types)) {
      counts.types[type] = (counts.types[type] ?? 0) + count
    }
    plan.keys += entries
    for (const gap of this.open) gap.databaseUnsure = true
    this.open = []
    this.progress?.(plan.keys)
    if (this.behindDamage) plan.keysBehindDamage += entries
  }

  private keep({start, end, db, opcode, entries}: Stretch): void {
    const {pieces} = this.plan
    const selects = opcode === RdbOpcode.SELECTDB
    let last = pieces.at(-1)
    const fits = entries === 0 || selects || (last?.endDb ?? -1) === -1 || last?.endDb === db
    if (last === undefined || last.end !== start || !fits) {
      last = {start, end, db: -1, endDb: -1, entries: 0, lastAt: start, lastDb: db}
      pieces.push(last)
    }
    // Entries before any SELECTDB of the piece: it has to come from outside.
    if (entries > 0 && last.endDb === -1) last.db = db
    if (entries > 0 || selects) last.endDb = db
    if (entries > 0) {
      last.lastAt = start
      last.lastDb = db
    }
    last.end = end
    last.entries += entries
  }
}

function oddEntry({start, end, db, types, expires, isOdd}: Stretch): OddEntry {
  const [logical] = Object.keys(types) as LogicalType[]
  const what = {logical, expires: expires > 0, isOdd, isBeforeBare: false}
  return {offset: start, bytes: end - start, db, ...what}
}
