/**
 * Replies of servers, as RESP2 and RESP3 spell them:
 *
 *     +text CRLF | -error CRLF | :integer CRLF                   simple
 *     $n CRLF bytes CRLF | =n ... (verbatim) | !n ... (error)    n bytes; $-1 is null
 *     *n CRLF replies | ~n ... (set) | >n ... (push) | %n ...    n replies; a map has twice as many; *-1 is null
 *     _ CRLF | #t CRLF | ,double CRLF | (integer CRLF            null, boolean, double, big integer
 *     |n CRLF replies, then the reply that they describe         attributes, left out
 *
 * Source: the RESP3 specification, processMultibulkItem() in hiredis/read.c.
 */
import {FormatError} from '../errors.ts'
import {text} from '../text.ts'

/** A server's refusal, in its words. */
export interface ReplyError {
  readonly error: string
}

/** Bulk strings are bytes of their own, simple strings text; a map is its keys and values in turn. */
export type Reply = null | boolean | number | bigint | string | Uint8Array | ReplyError | Reply[]

export function isReplyError(reply: Reply): reply is ReplyError {
  return typeof reply === 'object' && reply !== null && 'error' in reply
}

/** Takes whole replies in order. A push is what a server says unasked. */
export interface ReplyVisitor {
  reply(reply: Reply): void
  push(reply: Reply[]): void
}

interface Frame {
  readonly mark: string
  readonly items: Reply[]
  left: number
}

/** Servers send no bulk string past proto-max-bulk-len, which is 512 MB unless someone raised it. */
const BULK_MAX = 0x7fffffff
const ITEMS_MAX = 0x7fffffff
/** No reply nests as deep; a line is as long as an error text at most. */
const DEPTH_MAX = 64
const LINE_MAX = 0x10000
const CHUNK = 0x10000
/** A buffer that one giant reply made larger than this is given back. */
const KEEP_BYTES = 0x400000
const [CR, LF] = [0x0d, 0x0a]
const [PLUS, LETTER_O, LETTER_K] = [0x2b, 0x4f, 0x4b]
const OK_BYTES = 5
const AGGREGATES = '*~>%|'
const BULKS = '$=!'

/** Takes bytes as they come and gives whole replies. Holds the bytes of one reply at most. */
export class ReplyDecoder {
  private readonly visitor: ReplyVisitor
  private buffer = new Uint8Array(CHUNK)
  private start = 0
  private end = 0
  /** Absolute offset of `buffer[0]`, for errors. */
  private base = 0
  /** So many bytes from `start` on are needed before it is worth looking again. */
  private needed = 1
  private readonly stack: Frame[] = []

  constructor(visitor: ReplyVisitor) {
    this.visitor = visitor
  }

  /** @throws FormatError `RESP` where this is no reply. */
  feed(chunk: Uint8Array): void {
    this.append(chunk)
    while (this.end - this.start >= this.needed && this.step());
  }

  private append(chunk: Uint8Array): void {
    const {length} = chunk
    const held = this.end - this.start
    if (held === 0) {
      if (this.buffer.length > KEEP_BYTES) this.buffer = new Uint8Array(CHUNK)
      this.base += this.start
      this.start = this.end = 0
    }
    if (this.end + length > this.buffer.length) {
      // Doubled: a long bulk string comes in thousands of chunks.
      const room = Math.max(this.buffer.length, (held + length) * 2)
      const buffer = held + length > this.buffer.length / 2 ? new Uint8Array(room) : this.buffer
      buffer.set(this.buffer.subarray(this.start, this.end))
      this.buffer = buffer
      this.base += this.start
      this.start = 0
      this.end = held
    }
    this.buffer.set(chunk, this.end)
    this.end += length
  }

  /** Take one line, or one bulk string with its line. Returns false when more bytes are needed. */
  private step(): boolean {
    const {buffer, start, end} = this
    if (this.isOk()) {
      this.consume(start + OK_BYTES)
      this.value('OK')
      return true
    }
    let at = start + 1
    while (at < end && buffer[at] !== LF) at++
    if (at >= end) {
      if (end - start > LINE_MAX) throw this.wrong('a line that does not end')
      this.needed = end - start + 1
      return false
    }
    if (buffer[at - 1] !== CR) throw this.wrong('a line without CR')
    const mark = String.fromCharCode(buffer[start])
    const line = text(buffer.subarray(start + 1, at - 1))
    if (BULKS.includes(mark)) return this.bulk(mark, line, at + 1)
    if (AGGREGATES.includes(mark)) this.aggregate(mark, this.count(line, ITEMS_MAX), at + 1)
    else {
      const value = this.scalar(mark, line)
      this.consume(at + 1)
      this.value(value)
    }
    return true
  }

  /** `+OK`: there are millions of these, and no text need be made of them. */
  private isOk(): boolean {
    const {buffer, start, end} = this
    return (
      end - start >= OK_BYTES &&
      buffer[start] === PLUS &&
      buffer[start + 1] === LETTER_O &&
      buffer[start + 2] === LETTER_K &&
      buffer[start + 3] === CR &&
      buffer[start + 4] === LF
    )
  }

  private bulk(mark: string, line: string, from: number): boolean {
    const length = this.count(line, BULK_MAX)
    if (length < 0) {
      this.consume(from)
      this.value(null)
      return true
    }
    const size = from - this.start + length + 2
    if (this.end - this.start < size) {
      this.needed = size
      return false
    }
    const bytes = this.buffer.slice(from, from + length)
    if (this.buffer[from + length] !== CR) throw this.wrong('a bulk string without its end')
    this.consume(this.start + size)
    // A verbatim string begins with three letters and a colon that say what it is.
    this.value(
      mark === '!' ? {error: text(bytes)} : mark === '=' && length > 3 ? bytes.subarray(4) : bytes,
    )
    return true
  }

  private aggregate(mark: string, count: number, end: number): void {
    if (this.stack.length >= DEPTH_MAX) throw this.wrong('a reply nested too deep')
    this.consume(end)
    if (count < 0) return this.value(null)
    this.stack.push({mark, items: [], left: mark === '%' || mark === '|' ? count * 2 : count})
    this.close()
  }

  private scalar(mark: string, line: string): Reply {
    switch (mark) {
      case '+':
        return line
      case '-':
        return {error: line}
      case ':':
      case '(':
        return this.integer(line)
      case '_':
        return null
      case '#':
        return line === 't'
      case ',':
        return Number(line.replace('inf', 'Infinity'))
      default:
        throw this.wrong('no reply begins so')
    }
  }

  /** A value is complete: it goes to what it is part of. */
  private value(value: Reply): void {
    const frame = this.stack.at(-1)
    if (frame === undefined) return this.visitor.reply(value)
    frame.items.push(value)
    frame.left--
    this.close()
  }

  private close(): void {
    const frame = this.stack.at(-1)
    if (frame === undefined || frame.left > 0) return
    this.stack.pop()
    if (frame.mark === '>') this.visitor.push(frame.items)
    else if (frame.mark !== '|') this.value(frame.items)
  }

  private consume(to: number): void {
    this.start = to
    this.needed = 1
  }

  private integer(line: string): number | bigint {
    if (!/^[+-]?\d+$/.test(line)) throw this.wrong('an integer that is none')
    const value = Number(line)
    return Number.isSafeInteger(value) ? value : BigInt(line)
  }

  private count(line: string, most: number): number {
    if (!/^(-1|\d{1,10})$/.test(line)) throw this.wrong('a length that is none')
    const count = Number(line)
    if (count > most) throw this.wrong('a length past all limits')
    return count
  }

  private wrong(detail: string): FormatError {
    return new FormatError('RESP', this.base + this.start, detail)
  }
}
