/**
 * Writes RDB files. The caller gives the records in the order servers do: AUX fields, module data, functions, then databases.
 *
 *     magic      "REDIS" dddd | "VALKEY" ddd
 *     FA name value | F5 code | FE db | FB keys expires | F4 slot keys expires | F7 id items
 *     entry      [FC ms i64le] [F8 idle] [F9 freq] [F3 metadata] type key value
 *     FF crc     u64le, 0 when the checksum is off
 *
 * Deterministic: the same calls give the same bytes. Memory: what the format counts before it is known how many there are is held
 * back (see write-output.ts), everything else passes through.
 * Source: rdbSaveRio(), rdbSaveKeyValuePair() in rdb.c.
 */
import type {Sink} from '../bytes/sink.ts'
import type {Kernel} from '../kernel/kernel.ts'
import {Growable} from '../packed/growable.ts'
import {
  canCopy,
  type Feature,
  needsWritten,
  type Source,
  type Target,
  WRITABLE,
} from './features.ts'
import {RdbOpcode} from './types.ts'
import type {ValueVisitor} from './visitor.ts'
import type {WriteContext} from './write-context.ts'
import {type PatchableSink, RdbOutput} from './write-output.ts'
import {StringWriter} from './write-string.ts'
import {RdbValueWriter} from './write-value.ts'

export interface RdbWriterOptions extends Target {
  /** LZF, like `rdbcompression`. Default true. */
  compression?: boolean
  /** Default true. */
  checksum?: boolean
  /** What may be left out where the target cannot hold it. By default nothing: the writer throws. */
  drop?: ReadonlySet<Feature>
  /** Bytes to hold back before the sink is asked to patch, see write-output.ts. Default 4 MiB. */
  holdLimit?: number
}

/** Attributes of a key. The span has to be valid until the value begins. */
export interface EntryHead {
  memory: Uint8Array
  keyStart: number
  keyEnd: number
  expiresAtMs: number | null
  idleSeconds: number | null
  freq: number | null
  /** Everything behind the opcode, as it was read. */
  keyMeta?: Uint8Array | null
}

const HOLD_LIMIT = 1 << 22

export class RdbWriter implements WriteContext {
  readonly out: RdbOutput
  readonly strings: StringWriter
  readonly target: Target
  /** What was left out, and how often. */
  readonly dropped = new Map<Feature, number>()
  readonly drop: ReadonlySet<Feature>
  private readonly values: RdbValueWriter
  private readonly key = new Growable()
  private readonly copied: Sink
  private inEntry = false
  private expiresAtMs: number | null = null
  private idleSeconds: number | null = null
  private freq: number | null = null
  private keyMeta: Uint8Array | null = null
  /** Something was written for the current entry: nothing is for an empty collection. */
  hasEntry = false

  /** `kernel` must not be shared with a reader. @throws RangeError for a version that respite does not write. */
  constructor(sink: PatchableSink, kernel: Kernel, options: RdbWriterOptions) {
    const {dialect, version, checksum = true, compression = true} = options
    if (!WRITABLE[dialect].includes(version)) {
      throw new RangeError(`respite does not write ${dialect} files of RDB version ${version}`)
    }
    this.target = {dialect, version}
    this.drop = options.drop ?? new Set()
    this.out = new RdbOutput(sink, kernel, this.target, {
      checksum,
      holdLimit: options.holdLimit ?? HOLD_LIMIT,
    })
    this.strings = new StringWriter(this.out, compression)
    this.values = new RdbValueWriter(this)
    this.copied = {write: (memory, start, end) => this.out.write(memory, start, end)}
  }

  writeHeader(): void {
    const {dialect, version} = this.target
    // Valkey kept the magic of Redis up to version 11.
    const valkey = dialect === 'valkey' && version >= 80
    this.text(valkey ? `VALKEY${pad(version, 3)}` : `REDIS${pad(version, 4)}`)
  }

  /** Texts are written byte by byte: one character, one byte. */
  aux(name: string | Uint8Array, value: string | Uint8Array): void {
    if (!this.needs('aux')) return
    this.out.u8(RdbOpcode.AUX)
    this.string(name)
    this.string(value)
  }

  selectDb(db: number): void {
    this.out.u8(RdbOpcode.SELECTDB)
    this.out.count(db)
  }

  resizeDb(keys: number, expires: number): void {
    if (!this.needs('size-hints')) return
    this.out.u8(RdbOpcode.RESIZEDB)
    this.out.count(keys)
    this.out.count(expires)
  }

  functionLibrary(code: Uint8Array): void {
    if (!this.needs('functions')) return
    this.out.u8(RdbOpcode.FUNCTION2)
    this.string(code)
  }

  slotInfo(slot: number, keys: number, expires: number): void {
    if (!this.needs('slot-info')) return
    this.out.u8(RdbOpcode.SLOT_INFO)
    this.out.count(slot)
    this.out.count(keys)
    this.out.count(expires)
  }

  /** Everything after the opcode, module id to EOF item, as it was read. */
  moduleAux(bytes: Uint8Array): void {
    if (!this.needs('module-aux')) return
    this.out.u8(RdbOpcode.MODULE_AUX)
    this.out.write(bytes, 0, bytes.length)
  }

  /** Everything after the opcode, as it was read. */
  slotImport(bytes: Uint8Array): void {
    if (!this.needs('slot-import')) return
    this.out.u8(RdbOpcode.SLOT_IMPORT)
    this.out.write(bytes, 0, bytes.length)
  }

  /**
   * Start an entry; its value goes to the visitor that is returned, which is the same one every time. An empty collection is
   * not written: loaders drop it.
   */
  beginEntry(head: EntryHead): ValueVisitor {
    this.remember(head)
    return this.values
  }

  canCopy(type: number, from: Source): boolean {
    return canCopy(type, from, this.target)
  }

  /** Start an entry whose value is copied: `type` has passed `canCopy`, the sink takes the bytes of the value. */
  copyEntry(head: EntryHead, type: number): Sink {
    this.remember(head)
    this.head(type)
    return this.copied
  }

  /** Write EOF and the checksum, and hand everything to the sink. */
  finish(): void {
    this.inEntry = false
    this.out.u8(RdbOpcode.EOF)
    this.out.finish()
  }

  head(type: number): void {
    const {out} = this
    if (this.expiresAtMs !== null) {
      out.u8(RdbOpcode.EXPIRETIME_MS)
      out.ms(this.expiresAtMs)
    }
    if (this.idleSeconds !== null && this.needs('idle')) {
      out.u8(RdbOpcode.IDLE)
      out.count(this.idleSeconds)
    }
    if (this.freq !== null && this.needs('frequency')) {
      out.u8(RdbOpcode.FREQ)
      out.u8(this.freq)
    }
    if (this.keyMeta !== null && this.needs('key-metadata')) {
      out.u8(RdbOpcode.KEY_META)
      out.write(this.keyMeta, 0, this.keyMeta.length)
    }
    this.hasEntry = true
    out.u8(type)
    this.strings.write(this.key.bytes, 0, this.key.length)
  }

  needs(feature: Feature): boolean {
    return needsWritten(this, feature, this.inEntry ? this.key : null)
  }

  private remember(head: EntryHead): void {
    this.key.clear()
    this.key.append(head.memory, head.keyStart, head.keyEnd)
    this.expiresAtMs = head.expiresAtMs
    this.idleSeconds = head.idleSeconds
    this.freq = head.freq
    this.keyMeta = head.keyMeta ?? null
    this.hasEntry = false
    this.inEntry = true
  }

  private string(value: string | Uint8Array): void {
    const bytes = typeof value === 'string' ? latin1(value) : value
    this.strings.write(bytes, 0, bytes.length)
  }

  private text(text: string): void {
    this.out.write(latin1(text), 0, text.length)
  }
}

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0')

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
