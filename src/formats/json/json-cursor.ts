/** Tokens of JSON text, one line after the other. Strings are decoded where they lie. */
import {AREA_EXPANDED, AREA_RAW} from '../bytes/areas.ts'
import {type Cursor, GAP} from '../bytes/cursor.ts'
import {FormatError, type FormatErrorCode} from '../errors.ts'
import {REG_ERROR_AT, REG_NEXT, REGISTERS} from '../kernel/layout.ts'
import type {SeenMembers} from '../rdb/seen-members.ts'
import {text} from '../text.ts'

const NEWLINE = 0x0a
const QUOTE = 0x22
const CLOSE_BRACE = 0x7d
/** A string that is longer is put together in an area. */
const IN_WINDOW = GAP / 4
/** Longer strings are no server's, and come in parts where they are values. */
const LONGEST = 0x40000000
const NUMBER_BYTES = 64
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/
const INTEGER = /^-?(?:0|[1-9]\d*)$/

export class JsonCursor {
  readonly c: Cursor
  /** Number of the current line, from 1. */
  line = 1

  constructor(c: Cursor) {
    this.c = c
  }

  /** The next byte that is no blank, without stepping over it; -1 at the end. A line's end is no blank. */
  peek(): number {
    const {c} = this
    for (;;) {
      if (c.next === c.limit && !c.more()) return -1
      const byte = c.memory[c.next]
      if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return byte
      c.next++
    }
  }

  /** Step over a byte if it comes next. */
  accept(byte: number): boolean {
    if (this.peek() !== byte) return false
    this.c.next++
    return true
  }

  /** @throws FormatError `JSON_SYNTAX`, `TRUNCATED`. */
  expect(byte: number): void {
    if (!this.accept(byte)) throw this.unexpected(`\`${String.fromCharCode(byte)}\``)
  }

  /** Step to the next line. */
  endLine(): void {
    const next = this.peek()
    if (next === -1) return
    if (next !== NEWLINE) throw this.unexpected('the end of the line')
    this.c.next++
    this.line++
  }

  /** Read a string into [c.start, c.end). @throws FormatError `JSON_STRING`, `LIMIT`. */
  string(): void {
    const {c} = this
    this.expect(QUOTE)
    for (;;) {
      const close = c.kernel.jsonEnd(c.next, c.limit) >>> 0
      if (close !== 0) {
        const start = c.next
        c.next = close + 1
        return this.decode(start, close, c.offsetOf(start))
      }
      if (c.limit - c.next > IN_WINDOW) return this.longString()
      if (!c.more()) throw c.truncated(1)
    }
  }

  /** Read a string that may be `{"base64":"…"}`. */
  bytes(): void {
    if (this.peek() !== 0x7b) return this.string()
    this.c.next++
    this.name('base64')
    this.base64()
  }

  /** Read the rest of `{"base64":"…"}`, from the value on. @throws FormatError `JSON_STRING`. */
  base64(): void {
    const {c} = this
    const offset = this.offset
    this.string()
    const {start, end} = c
    if (start < end) {
      c.end = c.kernel.base64Decode(start, end, start) >>> 0
      if (c.end === 0) throw this.error('JSON_STRING', offset, 'no base64')
    }
    if (c.next < c.limit && c.memory[c.next] === CLOSE_BRACE) {
      c.next++
      return
    }
    // Looking for it may move the window.
    c.keep(AREA_EXPANDED)
    this.expect(CLOSE_BRACE)
    c.start = c.keptStart
    c.end = c.keptEnd
  }

  /** Step over `null` if it comes next. */
  isNull(): boolean {
    return this.peek() === 0x6e && this.word('null', true)
  }

  /** Step over these bytes if they come next. @throws FormatError `JSON_SYNTAX` where they have to. */
  word(word: string, expected = false): boolean {
    const {c} = this
    this.peek()
    while (c.limit - c.next < word.length && c.more()) {
      // They may be cut by the window's end.
    }
    for (let i = 0; i < word.length; i++) {
      if (c.next + i < c.limit && c.memory[c.next + i] === word.charCodeAt(i)) continue
      if (expected) throw this.unexpected(word)
      return false
    }
    c.next += word.length
    return true
  }

  /** Note the element in [c.start, c.end), read at `start`. @throws FormatError `JSON_DUPLICATE` when it was there before. */
  unique(seen: SeenMembers, start: number): void {
    if (!seen.add(this.c.start, this.c.end)) return
    throw this.error('JSON_DUPLICATE', start, 'an element that is there twice')
  }

  /** Read `"name":`. */
  name(name: string): void {
    const start = this.offset
    if (this.text() !== name) throw this.error('JSON_FIELD', start, `\`${name}\` is expected here`)
    this.expect(0x3a)
  }

  /** Read a string as text: for names, which are short. */
  text(): string {
    this.string()
    const {memory, start, end} = this.c
    return text(memory.subarray(start, end))
  }

  /** A number, exactly as it is rounded; infinities are strings. */
  double(): number {
    const start = this.offset
    if (this.peek() === QUOTE) {
      const name = this.text()
      if (name === 'inf') return Infinity
      if (name === '-inf') return -Infinity
      throw this.error('JSON_NUMBER', start, 'neither a number nor "inf" nor "-inf"')
    }
    const {c} = this
    const length = this.numberLength()
    const fast = c.kernel.plainDouble(c.next, c.next + length)
    if (!Number.isNaN(fast) && fast !== 0) {
      c.next += length
      return fast
    }
    const value = this.numberText(length)
    if (!NUMBER.test(value)) throw this.noNumber(start, 'no number')
    return Number(value)
  }

  /** An integer from `least` to `most`, as a number or a string. */
  big(least: bigint, most: bigint): bigint {
    const start = this.offset
    const value = this.peek() === QUOTE ? this.text() : this.numberText(this.numberLength())
    if (!INTEGER.test(value)) throw this.noNumber(start, 'no integer')
    const number = BigInt(value)
    if (number < least || number > most) {
      throw this.error('JSON_NUMBER', start, `not between ${least} and ${most}`)
    }
    return number
  }

  integer(least: number, most: number): number {
    return Number(this.big(BigInt(least), BigInt(most)))
  }

  /** Offset of the next token. */
  get offset(): number {
    this.peek()
    return this.c.offset
  }

  error(code: FormatErrorCode, offset: number, detail: string): FormatError {
    return new FormatError(code, offset, detail)
  }

  unexpected(wanted: string): FormatError {
    const next = this.peek()
    if (next === -1) return this.c.truncated(1)
    const what = next === NEWLINE ? 'the line ends' : `byte 0x${next.toString(16).padStart(2, '0')}`
    return this.error('JSON_SYNTAX', this.c.offset, `${what} where ${wanted} is expected`)
  }

  private noNumber(start: number, detail: string): FormatError {
    return this.peek() === -1 ? this.c.truncated(1) : this.error('JSON_NUMBER', start, detail)
  }

  private decode(start: number, end: number, offset: number): void {
    const {c} = this
    c.start = start
    c.end = c.kernel.jsonDecode(start, end, start) >>> 0
    if (c.end !== 0) return
    const at = c.view.getUint32(REGISTERS + REG_ERROR_AT, true)
    const detail = 'a control character, a wrong escape sequence or bytes that are no UTF-8'
    throw this.error('JSON_STRING', offset + at - start, detail)
  }

  /** A string that does not lie in one piece: its parts are copied to an area, which grows with what is there. */
  private longString(): void {
    const {c} = this
    const {offset} = c
    let room = IN_WINDOW * 4
    let to = c.area(AREA_RAW, room)
    let got = 0
    for (;;) {
      const close = c.kernel.jsonEnd(c.next, c.limit) >>> 0
      const end = close || c.view.getUint32(REGISTERS + REG_NEXT, true)
      const length = end - c.next
      if (got + length > LONGEST) {
        throw this.error('LIMIT', offset, 'a string of more than 1 GiB in one piece')
      }
      if (got + length > room) {
        const from = to
        room = Math.max(room * 2, got + length)
        to = c.area(AREA_RAW, room)
        c.memory.copyWithin(to, from, from + got)
      }
      c.memory.copyWithin(to + got, c.next, end)
      got += length
      c.next = end
      if (close !== 0) break
      if (!c.more()) throw c.truncated(1)
    }
    c.next++
    this.decode(to, to + got, offset)
  }

  private numberLength(): number {
    const {c} = this
    this.peek()
    while (c.limit - c.next < NUMBER_BYTES && c.more()) {
      // A number may be cut by the window's end.
    }
    let at = c.next
    const end = Math.min(c.limit, at + NUMBER_BYTES)
    while (at < end && isNumberByte(c.memory[at])) at++
    return at - c.next
  }

  private numberText(length: number): string {
    const {c} = this
    const value = text(c.memory.subarray(c.next, c.next + length))
    c.next += length
    return value
  }
}

const isNumberByte = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) ||
  byte === 0x2d ||
  byte === 0x2b ||
  byte === 0x2e ||
  (byte | 0x20) === 0x65
