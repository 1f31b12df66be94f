/** Values of `get` as redis-cli prints them; src/operations/get-rows.ts has the layout of what comes in. */
import {type GetEntry, GetRow} from '../operations/get-reports.ts'
import {ByteLines} from './byte-lines.ts'
import {quoteKey} from './escape.ts'
import {rowsOf} from './get-row.ts'
import {isoTime} from './short-value-text.ts'

const NEWLINE = Uint8Array.of(0x0a)

export interface GetLineOptions {
  /** Bytes as they are, an element a line. */
  raw: boolean
  /** Say of each value which key it is. */
  named: boolean
}

export class GetLines {
  private readonly options: GetLineOptions
  private readonly lines = new ByteLines()
  private type = ''
  /** Elements of the value so far; entries of a stream; fields and values of the entry. */
  private items = 0
  private entries = 0
  private fields = 0
  private pieces = 0

  constructor(options: GetLineOptions) {
    this.options = options
  }

  /** Lines of a chunk, valid until the next call. */
  of(chunk: Uint8Array): Uint8Array {
    for (const {what, start, end} of rowsOf(chunk)) {
      if (this.options.raw) this.raw(what, chunk, start, end)
      else this.row(what, chunk, start, end)
    }
    return this.lines.take()
  }

  private raw(what: number, chunk: Uint8Array, start: number, end: number): void {
    if (what === GetRow.ENTRY || what === GetRow.EXPIRY) {
      if (what === GetRow.ENTRY) this.begin(jsonOf(chunk, start, end))
      return
    }
    this.lines.raw(chunk, start, end)
    const ends = this.type === 'string' ? what === GetRow.END : what !== GetRow.END
    if (ends) this.lines.raw(NEWLINE, 0, 1)
  }

  private row(what: number, chunk: Uint8Array, start: number, end: number): void {
    const {lines} = this
    switch (what) {
      case GetRow.ENTRY:
        return this.begin(jsonOf(chunk, start, end))
      case GetRow.PIECE:
        return this.piece(chunk, start, end)
      case GetRow.ITEM:
        return this.item(chunk, start, end)
      case GetRow.ID:
        lines.ascii(`${++this.entries}) 1) `)
        lines.quoted(chunk, start, end)
        lines.ascii('\n')
        this.fields = 0
        return
      case GetRow.EXPIRY:
        return this.expiry(Number(Buffer.from(chunk.subarray(start, end)).toString()))
      default:
        return this.end()
    }
  }

  private begin({db, key, type, expiresAtMs}: GetEntry): void {
    this.type = type
    this.items = 0
    this.entries = 0
    this.pieces = 0
    if (!this.options.named || this.options.raw) return
    const expiry = expiresAtMs === null ? '' : `, expires ${timeText(expiresAtMs)}`
    this.lines.text(`# db ${db} ${quoteKey(key)}: ${type}${expiry}\n`)
  }

  /** Pieces of a string are one line: the quote that ends one gives way to the next. */
  private piece(chunk: Uint8Array, start: number, end: number): void {
    const {lines} = this
    if (this.pieces++ === 0) lines.ascii('"')
    lines.escaped(chunk, start, end)
  }

  private item(chunk: Uint8Array, start: number, end: number): void {
    const {lines} = this
    if (this.type === 'stream') {
      const indent = ' '.repeat(String(this.entries).length + 2)
      lines.ascii(`${indent}${this.fields === 0 ? '2) ' : '   '}${++this.fields}) `)
    } else lines.ascii(`${++this.items}) `)
    lines.quoted(chunk, start, end)
    lines.ascii('\n')
  }

  private expiry(expiresAtMs: number): void {
    this.lines.ascii(`   # expires ${timeText(expiresAtMs)}\n`)
  }

  private end(): void {
    const {lines} = this
    if (this.type === 'string') lines.ascii(this.pieces === 0 ? '""\n' : '"\n')
    else if (this.type === 'module') lines.ascii('(data of a module)\n')
    else if (this.items + this.entries === 0) lines.ascii('(empty)\n')
  }
}

const timeText = (ms: number): string => isoTime(ms) ?? `at ${ms} ms`

function jsonOf(chunk: Uint8Array, start: number, end: number): GetEntry {
  return JSON.parse(Buffer.from(chunk.buffer, chunk.byteOffset + start, end - start).toString())
}
