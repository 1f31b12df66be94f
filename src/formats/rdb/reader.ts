/**
 * Reads RDB files, record by record.
 *
 *     "REDIS" dddd | "VALKEY" ddd      version
 *     records until EOF: opcodes, or entries
 *     entry      [attributes] type key value
 *     FF         EOF, then from RDB 5 on the CRC-64 of everything before it, u64le, 0 for none
 *
 * Source: rdbLoadRioWithLoadingCtx() in rdb.c.
 */
import {AREA_SEEN} from '../bytes/areas.ts'
import type {Cursor} from '../bytes/cursor.ts'
import type {Sink} from '../bytes/sink.ts'
import {tapped} from '../bytes/tap.ts'
import {FormatError, type FormatErrorCode} from '../errors.ts'
import {REG_CRC, REGISTERS} from '../kernel/layout.ts'
import {isHole} from './hole.ts'
import {readMagic} from './magic.ts'
import {
  ATTRIBUTE_OPCODES,
  emptyFields,
  RECORD_OPCODES,
  type RecordFields,
  unknownRecord,
} from './opcodes.ts'
import {hex, hex64, readString} from './primitives.ts'
import {readValueOf} from './read-value.ts'
import {SeenMembers} from './seen-members.ts'
import {
  type Dialect,
  type LogicalType,
  OPCODE_SINCE,
  RdbOpcode,
  TYPES,
  type TypeRow,
} from './types.ts'
import type {ValueVisitor} from './visitor.ts'

/** What `next()` returns besides an opcode of the file. */
export const RdbRecord = {END: -1, ENTRY: 0} as const

export type Checksum = 'present' | 'off' | 'none' | 'unknown'

const MOST_DOUBTS = 16 // what is odd can be odd a million times in one value

export interface RdbReaderOptions {
  /** Check the inside of every value (default), or only what is needed to find the next record. */
  deep?: boolean
  /** Verify the checksum behind EOF. Default true; needs a feed that keeps it. */
  checksum?: boolean
  /** Keep the bytes of records that are no entries in `record.raw`, to write them as they are. */
  keepRaw?: boolean
}

export class RdbReader {
  readonly c: Cursor
  deep: boolean
  /** Members of the collection being read, to find duplicates; likewise the parts of a stream. */
  readonly seen: SeenMembers
  readonly groupNames: SeenMembers
  readonly consumerNames: SeenMembers
  readonly pendingIds: SeenMembers
  readonly ownedIds: SeenMembers

  version = 0
  dialect: Dialect = 'redis'
  checksum: Checksum = 'unknown'
  /** Absolute offset behind the last byte of the RDB, once EOF was read. */
  endOffset = -1

  /** Database of the current entry. */
  db = 0
  /** Ordinal of the current entry, from 1. */
  entries = 0
  /** Offset of the current record; of an entry, that of its first attribute. */
  offset = 0
  /** Offset of the current entry's type byte. */
  typeOffset = 0
  /** Type byte of the current entry. */
  type = 0
  logical: LogicalType = 'string'
  /** Absolute expiry in ms, or null. */
  expiresAtMs: number | null = null
  idleSeconds: number | null = null
  freq: number | null = null
  /** Metadata that modules keep with the current key (Redis 8.6), everything behind the opcode; or null. */
  keyMeta: Uint8Array | null = null
  /** It has attributes that only Redis Enterprise writes. */
  isEnterprise = false
  /** Runs take no entry that goes beyond this offset: entry by entry it is known which begins behind it. */
  fence = Number.POSITIVE_INFINITY
  givesDamaged = false // also the elements before damage in a packed value
  /** Fields of the current AUX, function, module or slot record; see opcodes.ts. */
  readonly record: RecordFields = emptyFields()
  /** Module of the last module value. */
  moduleName = ''
  moduleVersion = 0
  /** What is odd in the current record though servers load it. */
  readonly doubts: FormatError[] = []
  /** Templates of RDB 15 by id: their fields. */
  readonly templates = new Map<bigint, Uint8Array[]>()

  verifyChecksum: boolean // needs a feed that keeps the sum
  private readonly keepRaw: boolean
  private attributesFrom = -1
  /** They belong to an entry that has been read. */
  private attributesUsed = false
  private fault: FormatError | null = null
  private finished = false

  constructor(c: Cursor, options: RdbReaderOptions = {}) {
    this.c = c
    this.deep = options.deep ?? true
    this.verifyChecksum = options.checksum ?? true
    this.keepRaw = options.keepRaw ?? false
    this.seen = new SeenMembers(c, AREA_SEEN)
    this.groupNames = new SeenMembers(c, AREA_SEEN + 1)
    this.consumerNames = new SeenMembers(c, AREA_SEEN + 2)
    this.pendingIds = new SeenMembers(c, AREA_SEEN + 3)
    this.ownedIds = new SeenMembers(c, AREA_SEEN + 4)
  }

  /** Read the magic. @throws FormatError `RDB_MAGIC`, `RDB_VERSION`, `UNSUPPORTED`, `TRUNCATED`. */
  readHeader(): void {
    const {version, dialect} = readMagic(this.c)
    this.version = version
    this.dialect = dialect
  }

  /**
   * Move to the next record. Returns its opcode, `RdbRecord.ENTRY` for a key with its value, or `RdbRecord.END`.
   * An entry's value must be read, skipped or copied before the next call.
   * @throws FormatError; framed when `next()` may be called again.
   */
  next(): number {
    if (this.finished) return RdbRecord.END
    const {c} = this
    if (this.attributesUsed) this.dropAttributes()
    // What was said of a record that ended in damage.
    if (this.doubts.length > 0) this.doubts.length = 0
    this.fault = null
    for (;;) {
      const offset = c.offset
      if (this.attributesFrom < 0) this.offset = offset
      const byte = c.u8()
      const attribute = ATTRIBUTE_OPCODES[this.dialect][byte]
      if (attribute) {
        if (this.attributesFrom < 0) this.attributesFrom = offset
        this.checkSince(byte, offset)
        attribute(this)
        continue
      }
      const row = TYPES[this.dialect][byte]
      if (row !== undefined) return this.readEntry(byte, row, offset)
      this.offset = offset
      if (byte === RdbOpcode.EOF) return this.readEof()
      const record = RECORD_OPCODES[this.dialect][byte]
      if (!record) throw unknownRecord(this.dialect, byte, offset)
      this.checkSince(byte, offset)
      if (this.keepRaw) this.record.raw = tapped(c, () => record(this))
      else record(this)
      this.throwFault()
      return byte
    }
  }

  /** Give the value of the current entry to `visit`. @throws FormatError; framed when the next entry can be read. */
  readValue(visit: ValueVisitor): void {
    readValueOf(this, visit)
    this.throwFault()
  }

  /**
   * Step over the value of the current entry, verified as deeply as the reader was told; `deep` false: only its framing.
   * @throws as `readValue`.
   */
  skipValue(deep = this.deep): void {
    const told = this.deep
    this.deep = deep
    try {
      readValueOf(this, null)
    } finally {
      this.deep = told
    }
    this.throwFault()
  }

  /** Give the bytes of the value (without type and key) to `sink` as they are, verified. @throws as `readValue`. */
  copyValue(sink: Sink): void {
    this.c.beginTap(sink)
    try {
      readValueOf(this, null)
    } finally {
      this.c.endTap()
    }
    this.throwFault()
  }

  /** Remember what is wrong inside a value whose end is known, and go on. The first counts. */
  report(code: FormatErrorCode, offset: number, detail: string, ...path: string[]): void {
    if (this.fault) return
    this.fault = new FormatError(code, offset, detail, true)
    this.fault.path.push(...path)
  }

  /** Remember something odd that servers load all the same; of a record that is full of it, only the first. */
  warn(code: FormatErrorCode, offset: number, detail: string, ...path: string[]): void {
    if (this.doubts.length >= MOST_DOUBTS) return
    const doubt = new FormatError(code, offset, detail, true)
    doubt.path.push(...path)
    this.doubts.push(doubt)
  }

  /** Remember a framed error that was thrown inside a value, throw any other. */
  reportError(error: unknown, ...path: string[]): void {
    if (!(error instanceof FormatError) || !error.framed) throw error
    error.path.unshift(...path)
    this.fault ??= error
  }

  /** A type or opcode that the declared version cannot contain: the version was damaged, or this byte was. */
  checkSince(opcode: number, offset: number): void {
    const since = OPCODE_SINCE[this.dialect][opcode]
    if (since !== undefined && since > this.version) {
      const detail = `opcode 0x${hex(opcode)} came with RDB ${since}, the file says ${this.version}`
      this.report('RDB_TYPE_VERSION', offset, detail)
    }
  }

  /** EOF was read: what stands behind it belongs to nobody. */
  get isFinished(): boolean {
    return this.finished
  }

  /** Attributes were read for an entry that has not come yet. */
  get hasAttributes(): boolean {
    return this.attributesFrom >= 0
  }

  /** Offset of the first of them, -1 without. */
  get attributesOffset(): number {
    return this.attributesFrom
  }

  /** Forget attributes that were read for an entry that never came. */
  dropAttributes(): void {
    this.attributesFrom = -1
    this.attributesUsed = false
    this.expiresAtMs = null
    this.idleSeconds = null
    this.freq = null
    this.keyMeta = null
    this.isEnterprise = false
    this.fault = null
  }

  /** Go on reading entries at the cursor's place, as if the records before had been read. */
  resume(): void {
    this.finished = false
    this.dropAttributes()
  }

  private readEntry(type: number, row: TypeRow, offset: number): number {
    this.offset = this.attributesFrom >= 0 ? this.attributesFrom : offset
    this.attributesFrom = -1
    this.attributesUsed = true
    this.typeOffset = offset
    this.type = type
    this.logical = row.logical
    this.entries++
    if (row.since > this.version) {
      const detail = `type ${type} (${row.name}) came with RDB ${row.since}, the file says ${this.version}`
      this.report('RDB_TYPE_VERSION', offset, detail)
    }
    const {c} = this
    if (type === 0 && isHole(c)) {
      throw new FormatError('RDB_NUL', offset, 'NUL bytes where an entry should start')
    }
    try {
      readString(c)
    } catch (error) {
      this.reportError(error, 'key')
      c.start = c.end
    }
    c.pin(c.start, c.end)
    return RdbRecord.ENTRY
  }

  private readEof(): number {
    const {c} = this
    this.finished = true
    if (this.version < 5) {
      this.checksum = 'none'
      this.endOffset = c.offset
      return RdbOpcode.EOF
    }
    if (this.verifyChecksum) c.crcHere()
    const computedLow = c.view.getUint32(REGISTERS + REG_CRC, true)
    const computedHigh = c.view.getUint32(REGISTERS + REG_CRC + 4, true)
    const start = c.offset
    c.u64le()
    this.endOffset = c.offset
    this.checksum = c.high === 0 && c.low === 0 ? 'off' : 'present'
    if (this.checksum === 'off' || !this.verifyChecksum) return RdbOpcode.EOF
    if (c.high !== computedHigh || c.low !== computedLow) {
      const stored = hex64(c.high, c.low)
      const detail = `the file says ${stored}, its bytes give ${hex64(computedHigh, computedLow)}`
      throw new FormatError('RDB_CHECKSUM', start, detail, true)
    }
    return RdbOpcode.EOF
  }

  /** Throw what was reported, if anything. */
  throwFault(): void {
    const {fault} = this
    if (!fault) return
    this.fault = null
    throw fault
  }
}
