/** A dataset as lines of JSON, from which all of it can be read again. docs/jsonl.md says what is in them. */
import {Cursor} from '../bytes/cursor.ts'
import type {DatasetHeader, Entry} from '../entry.ts'
import type {EntryWriter} from '../entry-writer.ts'
import {encodingOf} from '../rdb/encodings.ts'
import type {Target} from '../rdb/features.ts'
import type {RecordFields} from '../rdb/opcodes.ts'
import {LOGICAL_TYPES, type LogicalType, RdbOpcode} from '../rdb/types.ts'
import type {ValueVisitor} from '../rdb/visitor.ts'
import type {TextMemory, TextOutput} from '../text-output.ts'
import {JsonRuns} from './json-runs.ts'
import {JsonValueWriter} from './value-writer.ts'

export const JSONL_SCHEMA = 'respite.jsonl/1'

const encoder = new TextEncoder()

export class JsonlEntryWriter implements EntryWriter {
  readonly runs?: JsonRuns
  private readonly out: TextOutput
  private readonly target: Target
  private readonly aux: readonly (readonly [name: string, value: string])[]
  private readonly values: JsonValueWriter
  private entry: Entry | null = null
  private keys = 0
  private db = -1
  /** What a line of the database begins with. */
  private dbHead = ''
  private dialect: DatasetHeader['source'] = null
  /** What stands before a value, by type and byte. */
  private readonly heads = new Map<number, string>()

  /** `aux` are AUX fields for a source that has none. */
  constructor(
    out: TextOutput,
    c: TextMemory,
    target: Target,
    aux: readonly (readonly [name: string, value: string])[],
  ) {
    this.out = out
    this.target = target
    this.aux = aux
    if (c instanceof Cursor) {
      this.runs = new JsonRuns(c, out, 'lines', (entries) => void (this.keys += entries))
    }
    this.values = new JsonValueWriter(out, c, 'lines', (logical, type) => this.head(logical, type))
  }

  header({source}: DatasetHeader): void {
    const {out, target} = this
    const {version} = source ?? target
    const dialect =
      source?.dialect === 'valkey' ? 'valkey' : ((source && 'redis') ?? target.dialect)
    this.dialect = source
    if (source) this.runs?.begin(source.dialect, (logical, type) => this.typeHead(logical, type))
    out.ascii(`{"schema":"${JSONL_SCHEMA}","dialect":"${dialect}","rdbVersion":${version}}\n`)
    if (source !== null) return
    for (const [name, value] of this.aux)
      this.pair('aux', encoder.encode(name), encoder.encode(value))
  }

  record(opcode: number, {name, value, module, raw}: RecordFields): void {
    if (opcode === RdbOpcode.AUX) this.pair('aux', name, value)
    else if (opcode === RdbOpcode.MODULE_AUX) this.pair('moduleAux', encoder.encode(module), raw)
    else if (opcode === RdbOpcode.SLOT_IMPORT && this.dialect?.dialect === 'valkey') {
      this.single('slotImport', raw)
    }
  }

  library(code: Uint8Array): void {
    this.single('function', code)
  }

  database(db: number): void {
    this.db = db
    this.dbHead = `{"db":${db},"key":`
    this.runs?.database(this.dbHead)
  }

  copies(): boolean {
    return false
  }

  copy(): boolean {
    throw new Error('lines hold no bytes of an RDB')
  }

  begin(entry: Entry): ValueVisitor {
    this.entry = entry
    return this.values
  }

  end(): boolean {
    if (this.values.isEmpty) return false
    this.keys++
    this.out.ascii('}\n')
    return true
  }

  finish(): void {
    this.out.ascii(`{"end":{"keys":${this.keys}}}\n`)
    this.out.flush()
  }

  private head(logical: LogicalType, type: number): void {
    const {out, values} = this
    const entry = this.entry!
    if (entry.db !== this.db) this.database(entry.db)
    out.ascii(this.dbHead)
    values.text(entry.memory, entry.keyStart, entry.keyEnd)
    const {expiresAtMs, idleSeconds, freq, keyMeta} = entry
    if (expiresAtMs !== null) this.attribute('expiresAtMs', expiresAtMs)
    if (idleSeconds !== null) this.attribute('idleSeconds', idleSeconds)
    if (freq !== null) this.attribute('freq', freq)
    if (keyMeta !== null) {
      out.ascii(',"keyMeta":')
      this.binary(keyMeta)
    }
    out.ascii(this.typeHead(logical, type))
  }

  private attribute(name: string, value: number): void {
    this.out.ascii(`,"${name}":`)
    this.out.integer(value)
  }

  private typeHead(logical: LogicalType, type: number): string {
    const at = type * 16 + LOGICAL_TYPES.indexOf(logical)
    let head = this.heads.get(at)
    if (head === undefined) {
      const encoding = encodingOf(logical, type)
      const said = encoding === null ? '' : `,"encoding":"${encoding}"`
      head = `,"type":"${logical}"${said},"value":`
      this.heads.set(at, head)
    }
    return head
  }

  private pair(name: string, first: Uint8Array, second: Uint8Array): void {
    const {out, values} = this
    out.ascii(`{"${name}":[`)
    values.text(first, 0, first.length)
    out.byte(0x2c)
    if (name === 'aux') values.text(second, 0, second.length)
    else this.binary(second)
    out.ascii(']}\n')
  }

  private single(name: string, bytes: Uint8Array): void {
    const {out, values} = this
    out.ascii(`{"${name}":`)
    if (name === 'function') values.text(bytes, 0, bytes.length)
    else this.binary(bytes)
    out.ascii('}\n')
  }

  private binary(bytes: Uint8Array): void {
    const {out} = this
    out.ascii('{"base64":"')
    out.base64(bytes, 0, bytes.length)
    out.ascii('"}')
  }
}
