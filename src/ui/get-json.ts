/**
 * Values of `get` as JSON, a line each:
 *
 *     string            "value": bytes
 *     list, set         "value": [bytes, ...]
 *     zset              "value": [[bytes, number or "inf"], ...]
 *     hash              "value": [[bytes, bytes, expiry where it has one], ...]
 *     stream            "value": [["ms-seq", [bytes, ...]], ...]: fields and values in turn
 *     array             "value": [[index, bytes], ...]
 *
 * Elements are written as they come; of a string all pieces are put together first.
 */
import {type GetEntry, GetRow} from '../operations/get-reports.ts'
import {ByteLines} from './byte-lines.ts'
import {rowsOf} from './get-row.ts'
import {jsonLine} from './json.ts'
import {isoTime} from './short-value-text.ts'

/** Types whose elements are pairs. */
const PAIRS: ReadonlySet<string> = new Set(['zset', 'hash', 'array'])

export class GetJson {
  private readonly lines = new ByteLines()
  private type = ''
  private pieces: Uint8Array[] = []
  private items = 0
  private entries = 0

  /** Lines of a chunk, valid until the next call. */
  of(chunk: Uint8Array): Uint8Array {
    for (const {what, start, end} of rowsOf(chunk)) this.row(what, chunk, start, end)
    return this.lines.take()
  }

  private row(what: number, chunk: Uint8Array, start: number, end: number): void {
    switch (what) {
      case GetRow.ENTRY:
        return this.begin(JSON.parse(Buffer.from(chunk.subarray(start, end)).toString()))
      case GetRow.PIECE:
        this.pieces.push(chunk.slice(start, end))
        return
      case GetRow.ID:
        return this.entry(chunk, start, end)
      case GetRow.ITEM:
        return this.item(chunk, start, end)
      case GetRow.EXPIRY: {
        const ms = Number(Buffer.from(chunk.subarray(start, end)).toString())
        return this.lines.ascii(`,"${isoTime(ms) ?? ms}"`)
      }
      default:
        return this.end()
    }
  }

  private begin({db, key, type, expiresAtMs}: GetEntry): void {
    this.type = type
    this.pieces = []
    this.items = 0
    this.entries = 0
    const expiry = expiresAtMs === null ? null : (isoTime(expiresAtMs) ?? String(expiresAtMs))
    this.lines.text(`${jsonLine({db, key, type, expiry}).slice(0, -1)},"value":`)
    if (type === 'module') this.lines.ascii('null')
    else if (type !== 'string') this.lines.ascii('[')
  }

  private entry(chunk: Uint8Array, start: number, end: number): void {
    const {lines} = this
    lines.ascii(this.entries++ > 0 ? ']],[' : '[')
    lines.json(chunk, start, end)
    lines.ascii(',[')
    this.items = 0
  }

  private item(chunk: Uint8Array, start: number, end: number): void {
    const {lines, type} = this
    const at = this.items++
    if (!PAIRS.has(type)) {
      if (at > 0) lines.ascii(',')
      return lines.json(chunk, start, end)
    }
    const second = at % 2 === 1
    if (second) lines.ascii(',')
    else lines.ascii(at > 0 ? '],[' : '[')
    const number = second ? type === 'zset' : type === 'array'
    if (number && /^-?\d/.test(String.fromCharCode(...chunk.subarray(start, end)))) {
      lines.raw(chunk, start, end)
    } else lines.json(chunk, start, end)
  }

  private end(): void {
    const {lines, type} = this
    if (type === 'string') {
      const whole = Buffer.concat(this.pieces)
      lines.json(whole, 0, whole.length)
      this.pieces = []
    } else if (type === 'stream') lines.ascii(this.entries > 0 ? ']]]' : ']')
    else if (type !== 'module') lines.ascii(PAIRS.has(type) && this.items > 0 ? ']]' : ']')
    lines.ascii('}\n')
  }
}
