/** One row of `keys`; src/operations/key-rows.ts has the layout. */
import {KEY_ENCODINGS, KEY_TYPES, type KeyColumn} from '../operations/keys-reports.ts'
import type {Bytes} from '../operations/reports.ts'
import {bytesOf} from './byte-lines.ts'
import {isoTime} from './short-value-text.ts'

const ROW_HEAD = 62
/** Places of numbers in a row. */
const NUMBERS: Partial<Record<KeyColumn, number>> = {
  elements: 4,
  size: 12,
  memory: 20,
  idle: 36,
  offset: 44,
}
const EXPIRY = 28

/** A row of a chunk, and then the next one. */
export class KeyRow {
  readonly chunk: Uint8Array
  private readonly view: DataView
  private at = 0
  /** Where the row ends, and with it the key. */
  end = 0

  constructor(chunk: Uint8Array) {
    this.chunk = chunk
    this.view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
  }

  /** Move to the first row, or the next. */
  next(): boolean {
    this.at = this.end
    if (this.at >= this.chunk.length) return false
    this.end = this.at + this.view.getUint32(this.at, true)
    return true
  }

  get keyStart(): number {
    return this.at + ROW_HEAD
  }

  get key(): Bytes {
    return bytesOf(this.chunk.subarray(this.keyStart, this.end))
  }

  /** What JSON shows in a column. */
  value(column: Exclude<KeyColumn, 'key'>): string | number | null {
    const {view, at, chunk} = this
    switch (column) {
      case 'db':
        return view.getUint32(at + 52, true)
      case 'type':
        return KEY_TYPES[chunk[at + 60]]
      case 'encoding':
        return KEY_ENCODINGS[chunk[at + 61]] ?? null
      case 'slot':
        return known(view.getInt16(at + 56, true))
      case 'freq':
        return known(view.getInt16(at + 58, true))
      case 'expiry':
        return this.expiry()
      default: {
        const number = view.getFloat64(at + NUMBERS[column]!, true)
        return Number.isNaN(number) ? null : number
      }
    }
  }

  /** In ISO 8601; as milliseconds where no calendar reaches. */
  private expiry(): string | null {
    const ms = this.view.getFloat64(this.at + EXPIRY, true)
    return Number.isNaN(ms) ? null : (isoTime(ms) ?? String(ms))
  }
}

const known = (number: number): number | null => (number < 0 ? null : number)
