/**
 * Tables as Parquet, in the layout that Hive, DuckDB, Spark and Trino take partitions from:
 *
 *     keys/source=NAME/db=N/part-0.parquet      elements/source=NAME/db=N/part-0.parquet
 *
 * Texts are UTF-8; what is none, or looks like what this makes of it, is base64 behind `base64:`, as in CSV.
 */
import {BASE64, looksEncoded} from '../formats/csv/csv-rows.ts'
import type {Entry} from '../formats/entry.ts'
import type {LogicalType} from '../formats/rdb/types.ts'
import type {RowWriter} from '../formats/table/rows.ts'
import {type Cell, type Column, type ParquetSettings, ParquetTable} from './parquet-table.ts'

export type {Parquet} from './parquet-table.ts'

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

const big = (value: number | null): bigint | null => (value === null ? null : BigInt(value))

/** What Node says of bytes that are no UTF-8. */
const NO_TEXT = 'ERR_ENCODING_INVALID_ENCODED_DATA'

const decoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true})

/** Bytes are copied to be read as text: a decoder takes no shared memory. */
const copy = Buffer.alloc(0x10000)

/** Bytes of the data as text. */
function textOf(memory: Uint8Array, start: number, end: number): string {
  const size = end - start
  const bytes = size <= copy.length ? copy : Buffer.alloc(size)
  let all = 0
  for (let i = 0; i < size; i++) {
    bytes[i] = memory[start + i]
    all |= bytes[i]
  }
  if (!looksEncoded(bytes, 0, size)) {
    if (all < 0x80) return bytes.toString('latin1', 0, size)
    try {
      return decoder.decode(bytes.subarray(0, size))
    } catch (error) {
      if ((error as {code?: unknown}).code !== NO_TEXT) throw error
    }
  }
  return BASE64 + bytes.toString('base64', 0, size)
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
