/**
 * Tables as Parquet, in the layout that Hive, DuckDB, Spark and Trino take partitions from:
 *
 *     keys/source=NAME/db=N/part-0.parquet      elements/source=NAME/db=N/part-0.parquet
 *
 * Texts are UTF-8; what is none, or looks like what this makes of it, is base64 behind `base64:`, as in CSV.
 */
import type {ByteWriter, ParquetWriter} from 'hyparquet-writer'
import {BASE64, looksEncoded} from '../formats/csv/csv-rows.ts'
import type {Entry} from '../formats/entry.ts'
import type {LogicalType} from '../formats/rdb/types.ts'
import type {RowWriter} from '../formats/table/rows.ts'
import type {TreeFile} from '../io/publish-tree.ts'

/** What the package exports, loaded by whoever needs it. */
export interface Parquet {
  ByteWriter: typeof ByteWriter
  ParquetWriter: typeof ParquetWriter
}

export interface ParquetSettings {
  parquet: Parquet
  /** Name of the source's partition. */
  source: string
  elements: boolean
  open(path: string): TreeFile
}

const GROUP_ROWS = 100_000
/** A row group of long texts ends early: it is held in memory. */
const GROUP_BYTES = 1 << 24
const FLUSH_BYTES = 1 << 20

type Column = readonly [
  name: string,
  kind: 'text' | 'integer' | 'unsigned' | 'double',
  optional: boolean,
]

const KEYS: readonly Column[] = [
  ['key', 'text', false],
  ['type', 'text', false],
  ['encoding', 'text', true],
  ['expires_at_ms', 'integer', true],
  ['idle_seconds', 'integer', true],
  ['freq', 'integer', true],
  ['elements', 'integer', false],
  ['bytes', 'integer', false],
]
const ELEMENTS: readonly Column[] = [
  ['key', 'text', false],
  ['type', 'text', false],
  ['index', 'unsigned', true],
  ['stream_id', 'text', true],
  ['field', 'text', true],
  ['value', 'text', true],
  ['score', 'double', true],
  ['field_expires_at_ms', 'integer', true],
]

type Cell = string | bigint | number | null

export class ParquetRows implements RowWriter {
  private readonly settings: ParquetSettings
  private readonly parts = new Map<number, number>()
  private db = -1
  private keys: ParquetTable | null = null
  private elements: ParquetTable | null = null
  private key = ''
  private head: Cell[] = []
  private current: Cell[] | null = null

  constructor(settings: ParquetSettings) {
    this.settings = settings
  }

  begin(entry: Entry, logical: LogicalType, encoding: string | null): void {
    const {db, memory, keyStart, keyEnd, expiresAtMs, idleSeconds, freq} = entry
    if (db !== this.db) this.startPart(db)
    this.key = textOf(memory, keyStart, keyEnd)
    this.head = [this.key, logical, encoding, big(expiresAtMs), big(idleSeconds), big(freq)]
  }

  row(index: bigint | number | string | null): void {
    if (this.elements === null) return
    this.endRow()
    const isId = typeof index === 'string'
    const place = isId || index === null ? null : BigInt(index)
    this.current = [this.key, this.head[1], place, isId ? index : null, null, null, null, null]
  }

  field(memory: Uint8Array, start: number, end: number): void {
    if (this.current) this.current[4] = textOf(memory, start, end)
  }

  value(memory: Uint8Array, start: number, end: number): void {
    if (this.current) this.current[5] = textOf(memory, start, end)
  }

  score(score: number): void {
    if (this.current) this.current[6] = score
  }

  expiry(expiresAtMs: number): void {
    if (this.current) this.current[7] = BigInt(expiresAtMs)
  }

  end(elements: number, bytes: number): void {
    this.endRow()
    this.keys!.add([...this.head, BigInt(elements), BigInt(bytes)])
  }

  finish(): void {
    this.endPart()
    // An input without keys gives tables without rows.
    if (this.parts.size > 0) return
    this.startPart(0)
    this.endPart()
  }

  private startPart(db: number): void {
    const {source, elements} = this.settings
    this.endPart()
    const part = this.parts.get(db) ?? 0
    this.parts.set(db, part + 1)
    this.db = db
    const place = `source=${source}/db=${db}/part-${part}.parquet`
    this.keys = new ParquetTable(this.settings, `keys/${place}`, KEYS)
    if (elements) this.elements = new ParquetTable(this.settings, `elements/${place}`, ELEMENTS)
  }

  private endPart(): void {
    this.keys?.finish()
    this.elements?.finish()
    this.keys = null
    this.elements = null
  }

  private endRow(): void {
    if (this.current) this.elements!.add(this.current)
    this.current = null
  }
}

/** One file. */
class ParquetTable {
  private readonly file: TreeFile
  private readonly bytes: ByteWriter
  private readonly writer: ParquetWriter
  private readonly columns: readonly Column[]
  private cells: Cell[][]
  private held = 0

  constructor({parquet, open}: ParquetSettings, path: string, columns: readonly Column[]) {
    this.columns = columns
    this.cells = columns.map(() => [])
    this.file = open(path)
    this.bytes = new parquet.ByteWriter()
    const ensure = this.bytes.ensure.bind(this.bytes)
    this.bytes.ensure = (size) => {
      if (this.bytes.index > FLUSH_BYTES) this.flush()
      ensure(size)
    }
    const schema = [{name: 'root', num_children: columns.length}, ...columns.map(elementOf)]
    this.writer = new parquet.ParquetWriter({writer: this.bytes, schema, createdBy: 'respite'})
  }

  add(row: readonly Cell[]): void {
    const {cells} = this
    for (let i = 0; i < cells.length; i++) {
      const cell = row[i]
      cells[i].push(cell)
      this.held += typeof cell === 'string' ? cell.length : 8
    }
    if (cells[0].length >= GROUP_ROWS || this.held >= GROUP_BYTES) this.endGroup()
  }

  finish(): void {
    if (this.cells[0].length > 0) this.endGroup()
    this.writer.finish()
    this.flush()
    this.file.close()
  }

  private endGroup(): void {
    const {columns, cells} = this
    const columnData = columns.map(([name], i) => ({name, data: cells[i]}))
    this.writer.write({columnData, rowGroupSize: GROUP_ROWS})
    this.cells = columns.map(() => [])
    this.held = 0
  }

  private flush(): void {
    const {bytes, file} = this
    file.sink.write(new Uint8Array(bytes.buffer), 0, bytes.index)
    bytes.index = 0
  }
}

function elementOf([name, kind, optional]: Column) {
  const repetition_type = optional ? ('OPTIONAL' as const) : ('REQUIRED' as const)
  if (kind === 'text') {
    return {name, type: 'BYTE_ARRAY' as const, converted_type: 'UTF8' as const, repetition_type}
  }
  if (kind === 'double') return {name, type: 'DOUBLE' as const, repetition_type}
  if (kind === 'integer') return {name, type: 'INT64' as const, repetition_type}
  return {name, type: 'INT64' as const, converted_type: 'UINT_64' as const, repetition_type}
}

const big = (value: number | null): bigint | null => (value === null ? null : BigInt(value))

/** What Node says of bytes that are no UTF-8. */
const NO_TEXT = 'ERR_ENCODING_INVALID_ENCODED_DATA'

const decoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true})

/** Bytes of the data as text. */
function textOf(memory: Uint8Array, start: number, end: number): string {
  // A decoder takes no shared memory.
  const bytes = memory.slice(start, end)
  if (!looksEncoded(bytes, 0, bytes.length)) {
    try {
      return decoder.decode(bytes)
    } catch (error) {
      if ((error as {code?: unknown}).code !== NO_TEXT) throw error
    }
  }
  let letters = ''
  for (const byte of bytes) letters += String.fromCharCode(byte)
  return BASE64 + btoa(letters)
}

/** The name of a source as a partition: nothing in it may end one or escape. */
export function partitionOf(input: string): string {
  if (input === '-') return 'stdin'
  const name = input.replace(/\/+$/, '').replace(/^.*\//s, '')
  const bytes = new TextEncoder().encode(name)
  let text = ''
  for (const byte of bytes) {
    const letter = String.fromCharCode(byte)
    text += /[\w.~-]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return text === '' ? 'unnamed' : text
}
