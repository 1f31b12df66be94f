/** The rows of `keys` as lines: a table, JSON, CSV, or what a template says. */
import {KEY_COLUMNS, type KeyColumn} from '../operations/keys-reports.ts'
import {sizeText} from '../sizes.ts'
import {ByteLines} from './byte-lines.ts'
import {csvLine} from './csv.ts'
import {quoteKey} from './escape.ts'
import {KeyRow} from './key-row.ts'

export const KEY_FORMATS = ['table', 'ndjson', 'csv'] as const
export type KeyFormat = (typeof KEY_FORMATS)[number] | 'template'

export interface KeyLineOptions {
  format: KeyFormat
  columns: readonly KeyColumn[]
  /** `{db} {key} {size}`. */
  template: string
  exactBytes: boolean
}

const TABLE_COLUMNS: readonly KeyColumn[] = [
  'db',
  'type',
  'encoding',
  'elements',
  'size',
  'memory',
  'expiry',
  'key',
]

/** Slots are left out: they cost a hash for each key. */
const DATA_COLUMNS: readonly KeyColumn[] = KEY_COLUMNS.filter((column) => column !== 'slot')

export const defaultColumns = (format: KeyFormat): readonly KeyColumn[] =>
  format === 'table' ? TABLE_COLUMNS : DATA_COLUMNS

/** The key comes last in a table, whatever was asked for: it has no width. */
const WIDTHS: Readonly<Record<KeyColumn, number>> = {
  db: 3,
  key: 0,
  type: 6,
  encoding: 10,
  elements: 9,
  size: 10,
  memory: 10,
  expiry: 24,
  idle: 9,
  freq: 4,
  slot: 5,
  offset: 12,
}
const LEFT: ReadonlySet<KeyColumn> = new Set(['type', 'encoding', 'expiry', 'key'])
const SIZES: ReadonlySet<KeyColumn> = new Set(['size', 'memory'])

/** Names between braces. */
const PLACEHOLDER = /\{(\w+)\}/g

/** Columns that a template names; null where it names one that there is not. */
export function templateColumns(template: string): KeyColumn[] | null {
  const names = [...template.matchAll(PLACEHOLDER)].map(([, name]) => name)
  const known: readonly string[] = KEY_COLUMNS
  return names.every((name) => known.includes(name)) ? (names as KeyColumn[]) : null
}

export class KeyLines {
  private readonly options: KeyLineOptions
  private readonly lines = new ByteLines()
  private readonly put: (row: KeyRow) => void
  /** A template in its parts: text, column, text, column ... */
  private readonly parts: readonly string[]

  constructor(options: KeyLineOptions) {
    const {columns, format, template} = options
    const last = columns.filter((column) => column !== 'key')
    const keyLast = format === 'table' && columns.includes('key')
    this.options = {...options, columns: keyLast ? [...last, 'key'] : columns}
    this.parts = template.split(PLACEHOLDER)
    this.put = {
      table: (row: KeyRow) => this.tableRow(row),
      ndjson: (row: KeyRow) => this.jsonRow(row),
      csv: (row: KeyRow) => this.lines.text(this.csvRow(row)),
      template: (row: KeyRow) => this.templateRow(row),
    }[format]
  }

  /** What stands above the rows; null for nothing. */
  head(): string | null {
    const {format, columns} = this.options
    if (format === 'csv') return csvLine(columns)
    if (format === 'table')
      return columns
        .map((column) => padded(column, column))
        .join('  ')
        .trimEnd()
    return null
  }

  /** Lines of a chunk, valid until the next call. */
  of(chunk: Uint8Array): Uint8Array {
    const row = new KeyRow(chunk)
    while (row.next()) {
      this.put(row)
      this.lines.ascii('\n')
    }
    return this.lines.take()
  }

  private tableRow(row: KeyRow): void {
    const {columns} = this.options
    columns.forEach((column, i) => {
      if (i > 0) this.lines.ascii('  ')
      if (column === 'key') this.key(row)
      else this.lines.ascii(padded(column, this.text(column, row)))
    })
  }

  private jsonRow(row: KeyRow): void {
    const {lines} = this
    this.options.columns.forEach((column, i) => {
      lines.ascii(`${i === 0 ? '{' : ','}"${column}":`)
      if (column === 'key') lines.json(row.chunk, row.keyStart, row.end)
      else lines.ascii(JSON.stringify(row.value(column)))
    })
    lines.ascii('}')
  }

  private csvRow(row: KeyRow): string {
    return csvLine(
      this.options.columns.map((column) => {
        if (column !== 'key') return row.value(column)
        const {key} = row
        return typeof key === 'string' ? key : quoteKey(key)
      }),
    )
  }

  private templateRow(row: KeyRow): void {
    this.parts.forEach((part, i) => {
      if (i % 2 === 0) this.lines.text(part)
      else if (part === 'key') this.key(row)
      else this.lines.ascii(this.text(part as Exclude<KeyColumn, 'key'>, row))
    })
  }

  private key({chunk, keyStart, end}: KeyRow): void {
    this.lines.quoted(chunk, keyStart, end)
  }

  private text(column: Exclude<KeyColumn, 'key'>, row: KeyRow): string {
    const value = row.value(column)
    if (value === null) return '-'
    const sizes = this.options.format === 'table' && SIZES.has(column)
    return sizes ? sizeText(value as number, this.options.exactBytes) : String(value)
  }
}

function padded(column: KeyColumn, text: string): string {
  const width = WIDTHS[column]
  return LEFT.has(column) ? text.padEnd(width) : text.padStart(width)
}
