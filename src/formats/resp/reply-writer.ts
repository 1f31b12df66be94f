/**
 * Writes replies, as reply.ts reads them, into one buffer. What RESP3 has of its own comes out in RESP2 as servers spell it there:
 * a map as an array of keys and values in turn, a double as a bulk string, a boolean as 0 or 1.
 * Source: addReply*() in networking.c.
 */
import {copyBytes} from '../packed/growable.ts'

const FIRST = 0x4000
/** A buffer that one giant reply made larger than this is given away with it. */
const KEEP = 0x20000
const [CR, LF, DOLLAR, COLON, STAR] = [0x0d, 0x0a, 0x24, 0x3a, 0x2a]
const [PERCENT, TILDE, PUSH] = [0x25, 0x7e, 0x3e]

export class ReplyWriter {
  bytes: Uint8Array = new Uint8Array(FIRST)
  length = 0
  resp3 = false

  /** Bytes [start, end) of `memory`. */
  bulk(memory: Uint8Array, start: number, end: number): void {
    const length = end - start
    this.header(DOLLAR, length)
    this.room(length + 2)
    if (length > 48) this.bytes.set(memory.subarray(start, end), this.length)
    else copyBytes(memory, start, end, this.bytes, this.length)
    this.length += length
    this.crlf()
  }

  /** A bulk string of one byte per character. */
  text(text: string): void {
    this.header(DOLLAR, text.length)
    this.raw(text)
    this.crlf()
  }

  /** Text of several lines: what INFO says. */
  verbatim(text: string): void {
    if (!this.resp3) return this.text(text)
    this.raw(`=${text.length + 4}\r\ntxt:${text}\r\n`)
  }

  /** `+OK` and the like. */
  simple(text: string): void {
    this.raw(`+${text}\r\n`)
  }

  /** `ERR text`, one byte per character; a line is one line. */
  error(text: string): void {
    this.raw(`-${text.replace(/[\r\n]/g, ' ')}\r\n`)
  }

  integer(value: number): void {
    this.header(COLON, value)
  }

  bigint(value: bigint): void {
    this.raw(`:${value}\r\n`)
  }

  /** What is not there. */
  nothing(): void {
    this.raw(this.resp3 ? '_\r\n' : '$-1\r\n')
  }

  /** The same in place of an array. */
  noArray(): void {
    this.raw(this.resp3 ? '_\r\n' : '*-1\r\n')
  }

  array(count: number): void {
    this.header(STAR, count)
  }

  /** `pairs` keys, each with its value behind it. */
  map(pairs: number): void {
    if (this.resp3) this.header(PERCENT, pairs)
    else this.header(STAR, pairs * 2)
  }

  set(count: number): void {
    this.header(this.resp3 ? TILDE : STAR, count)
  }

  push(count: number): void {
    this.header(this.resp3 ? PUSH : STAR, count)
  }

  boolean(value: boolean): void {
    if (this.resp3) this.raw(value ? '#t\r\n' : '#f\r\n')
    else this.integer(value ? 1 : 0)
  }

  /** A double in the server's own spelling. */
  double(text: string): void {
    if (this.resp3) this.raw(`,${text}\r\n`)
    else this.text(text)
  }

  /** Take what was written; the next reply starts anew. */
  take(): Uint8Array {
    const {bytes, length} = this
    this.length = 0
    if (bytes.length <= KEEP) return bytes.slice(0, length)
    this.bytes = new Uint8Array(FIRST)
    return bytes.subarray(0, length)
  }

  /** A writer of the same protocol, for what has to stand behind something that is not known yet. */
  part(): ReplyWriter {
    const part = new ReplyWriter()
    part.resp3 = this.resp3
    return part
  }

  /** Add what another wrote. */
  append({bytes, length}: ReplyWriter): void {
    this.room(length)
    this.bytes.set(bytes.subarray(0, length), this.length)
    this.length += length
  }

  /** Put the header of an array in front of its items, `count` of them, which were written from `at` on. */
  arrayAt(at: number, count: number): void {
    const header = `*${count}\r\n`
    this.room(header.length)
    this.bytes.copyWithin(at + header.length, at, this.length)
    for (let i = 0; i < header.length; i++) this.bytes[at + i] = header.charCodeAt(i)
    this.length += header.length
  }

  raw(text: string): void {
    this.room(text.length)
    const {bytes} = this
    let at = this.length
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i)
    this.length = at
  }

  private header(mark: number, value: number): void {
    this.room(32)
    const {bytes} = this
    let at = this.length
    bytes[at++] = mark
    if (value < 0 || value > 0x7fffffff) {
      this.length = at
      this.raw(String(value))
      this.crlf()
      return
    }
    let digits = 1
    for (let limit = 10; digits < 10 && value >= limit; limit *= 10) digits++
    at += digits
    let rest = value
    for (let i = 1; i <= digits; i++) {
      const tens = (rest / 10) | 0
      bytes[at - i] = 0x30 + rest - tens * 10
      rest = tens
    }
    bytes[at++] = CR
    bytes[at++] = LF
    this.length = at
  }

  private crlf(): void {
    this.room(2)
    this.bytes[this.length++] = CR
    this.bytes[this.length++] = LF
  }

  private room(more: number): void {
    const needed = this.length + more
    if (needed <= this.bytes.length) return
    const bytes = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    bytes.set(this.bytes.subarray(0, this.length))
    this.bytes = bytes
  }
}
