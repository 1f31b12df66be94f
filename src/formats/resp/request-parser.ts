/**
 * Requests of clients, as they come in:
 *
 *     *n CRLF ($length CRLF bytes CRLF) x n      n arguments
 *     words CRLF                                 inline: split at blanks, "quoted \x00 text", 'text'
 *
 * Limits and texts are the server's: 64 KB in a line, 1M arguments, 512 MB in one; less before a password was given.
 * Source: processInlineBuffer() and processMultibulkBuffer() in networking.c.
 */
import {text} from '../text.ts'
import {splitLine} from './split-line.ts'

export const Request = {MORE: 0, COMMAND: 1, ERROR: 2} as const

const LINE_MAX = 0x10000
const ARGUMENTS_MAX = 0x100000
const BULK_MAX = 512 * 0x100000
const STRANGER_ARGUMENTS = 10
const STRANGER_BULK = 16384
const [CR, LF, STAR, DOLLAR] = [0x0d, 0x0a, 0x2a, 0x24]
const FIRST = 0x4000

export class RequestParser {
  /** Of the command: where its arguments lie in `memory`, until the next call. */
  memory: Uint8Array = new Uint8Array(0)
  starts = new Uint32Array(64)
  ends = new Uint32Array(64)
  argc = 0
  /** What is wrong, after ERROR. */
  error = ''
  /** Whoever sends has not given the password yet. */
  stranger = false
  private buffer: Uint8Array = new Uint8Array(0)
  private start = 0
  private end = 0
  /** Is the buffer ours, or a chunk that was given? */
  private owned = false
  /** Arguments that are missing, and the length of the next one; -1 when it is not known yet. */
  private left = 0
  private bulk = -1
  /** Arguments read so far of a command that is not whole; their spans count from `start`. */
  private read = 0
  /** Where reading goes on, from `start`. */
  private at = 0

  /** Bytes that are held back. */
  get held(): number {
    return this.owned ? this.buffer.length : this.end - this.start
  }

  /** Add bytes. The chunk must not change from now on. */
  feed(chunk: Uint8Array): void {
    const left = this.end - this.start
    if (left === 0) {
      this.buffer = chunk
      this.owned = false
      this.start = 0
      this.end = chunk.length
      return
    }
    this.makeRoom(left, chunk.length)
    this.buffer.set(chunk, this.end)
    this.end += chunk.length
  }

  next(): number {
    if (this.left === 0) {
      const begun = this.begin()
      if (begun !== Request.MORE || this.left === 0) return begun
    }
    return this.readArguments()
  }

  private makeRoom(left: number, more: number): void {
    if (this.owned && this.end + more <= this.buffer.length) return
    const size = Math.max(FIRST, left + more > this.buffer.length ? (left + more) * 2 : left + more)
    // Twice what has come, not what was promised; and no more than the largest argument needs.
    const buffer = new Uint8Array(Math.min(size, Math.max(left + more, BULK_MAX + LINE_MAX)))
    buffer.set(this.buffer.subarray(this.start, this.end))
    this.buffer = buffer
    this.owned = true
    this.start = 0
    this.end = left
  }

  /** Read the first line of a command. COMMAND when that is all of it. */
  private begin(): number {
    for (;;) {
      if (this.start === this.end) return Request.MORE
      this.at = 0
      this.read = 0
      if (this.buffer[this.start] !== STAR) {
        const result = this.inline()
        if (result !== Request.COMMAND || this.argc > 0) return result
        continue
      }
      const line = this.number('too big mbulk count string')
      if (line !== Request.COMMAND) return line
      const {value} = this
      if (!(value <= ARGUMENTS_MAX)) return this.fail('invalid multibulk length')
      if (this.stranger && value > STRANGER_ARGUMENTS) {
        return this.fail('unauthenticated multibulk length')
      }
      if (value > 0) {
        this.left = value
        this.bulk = -1
        return Request.MORE
      }
      this.start += this.at
    }
  }

  private value = 0

  /** Read the number behind a mark, and its line's end. */
  private number(tooLong: string): number {
    const {buffer, end} = this
    const from = this.start + this.at
    let cr = from + 1
    while (cr < end && buffer[cr] !== CR) cr++
    if (cr >= end) {
      return end - from > LINE_MAX ? this.fail(tooLong) : Request.MORE
    }
    if (cr + 1 >= end) return Request.MORE
    this.value = decimal(buffer, from + 1, cr)
    this.at = cr + 2 - this.start
    return Request.COMMAND
  }

  private readArguments(): number {
    while (this.left > 0) {
      if (this.bulk < 0) {
        const result = this.length()
        if (result !== Request.COMMAND) return result
      }
      const from = this.start + this.at
      if (this.end - from < this.bulk + 2) return Request.MORE
      if (this.read === this.starts.length) this.grow()
      this.starts[this.read] = this.at
      this.ends[this.read++] = this.at + this.bulk
      this.at += this.bulk + 2
      this.bulk = -1
      this.left--
    }
    const {starts, ends, start} = this
    for (let i = 0; i < this.read; i++) {
      starts[i] += start
      ends[i] += start
    }
    this.memory = this.buffer
    this.argc = this.read
    this.start += this.at
    return Request.COMMAND
  }

  private length(): number {
    const from = this.start + this.at
    if (from >= this.end) return Request.MORE
    const mark = this.buffer[from]
    // A line that does not end is too long, whatever it begins with.
    if (mark !== DOLLAR && this.buffer.subarray(from, this.end).includes(CR)) {
      return this.fail(`expected '$', got '${String.fromCharCode(mark)}'`)
    }
    const line = this.number('too big bulk count string')
    if (line !== Request.COMMAND) return line
    const {value} = this
    if (!(value >= 0 && value <= BULK_MAX)) return this.fail('invalid bulk length')
    if (this.stranger && value > STRANGER_BULK) return this.fail('unauthenticated bulk length')
    this.bulk = value
    return Request.COMMAND
  }

  private inline(): number {
    const {buffer, start, end} = this
    const lf = buffer.subarray(start, end).indexOf(LF)
    if (lf < 0) return end - start > LINE_MAX ? this.fail('too big inline request') : Request.MORE
    const stop = lf > 0 && buffer[start + lf - 1] === CR ? start + lf - 1 : start + lf
    const words = splitLine(text(buffer.subarray(start, stop)))
    if (words === null) return this.fail('unbalanced quotes in request')
    this.start += lf + 1
    this.take(words)
    return Request.COMMAND
  }

  private take(words: readonly string[]): void {
    const all = words.join('')
    this.memory = Uint8Array.from(all, (character) => character.charCodeAt(0))
    this.argc = words.length
    while (this.starts.length < words.length) this.grow()
    let at = 0
    words.forEach((word, i) => {
      this.starts[i] = at
      at += word.length
      this.ends[i] = at
    })
  }

  private fail(what: string): number {
    this.error = `ERR Protocol error: ${what}`
    return Request.ERROR
  }

  private grow(): void {
    const {starts, ends} = this
    this.starts = new Uint32Array(starts.length * 2)
    this.ends = new Uint32Array(starts.length * 2)
    this.starts.set(starts)
    this.ends.set(ends)
  }
}

/** A number as servers write it; NaN for anything else. Source: string2ll(). */
function decimal(bytes: Uint8Array, start: number, end: number): number {
  const negative = bytes[start] === 0x2d
  const first = negative ? start + 1 : start
  const digits = end - first
  if (digits <= 0 || digits > 15 || (bytes[first] === 0x30 && end - start > 1)) return Number.NaN
  let value = 0
  for (let at = first; at < end; at++) {
    const digit = bytes[at] - 0x30
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return negative ? -value : value
}
