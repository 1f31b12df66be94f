/**
 * One record of an append-only file, read as servers' loaders read it, while noting where it is not what servers write.
 *
 *     written                          loaded by 7.0 and newer
 *     '*' argc CR LF                   '*', then what atoi() makes of it, up to LF
 *     argc times:                      argc times:
 *       '$' length CR LF                 '$', then what strtol() makes of it, up to LF
 *       bytes CR LF                      bytes, then any two bytes
 *
 * A header line has at most 1023 bytes. Source: loadSingleAppendOnlyFile() in aof.c; for redis-check-aof readLong(),
 * readString() and consumeNewline() in redis-check-aof.c.
 */
import {type Cursor, GAP} from '../bytes/cursor.ts'
import {FormatError, type FormatErrorCode} from '../errors.ts'
import {SPAN_MAX, SPANS} from '../kernel/layout.ts'
import type {ArgumentVisitor, Deviation, LoaderVerdict} from './loader.ts'

/** fgets() into a buffer of 1024 leaves room for this many bytes, LF included. */
const LINE_MAX = 1023
const CR = 0x0d
const LF = 0x0a
/** A record up to this size is kept in the window, with room for one more header line. */
const WHOLE_MAX = GAP - 2 * LINE_MAX
const INT_MAX = 0x7fffffff
/** proto-max-bulk-len, as servers set it by default. */
const BULK_MAX = 512 * 1024 * 1024
const STAR = 0x2a
const DOLLAR = 0x24
const HASH_SIGN = 0x23

export class RecordParser {
  argc = 0
  /** All arguments are in SPANS. Otherwise they wait for `finish`. */
  whole = false
  deviation: Deviation | null = null
  /** After an error: what a server does. */
  verdict: LoaderVerdict = 'loads'
  /** Absolute offset of the last header line. */
  lineOffset = 0
  /** After an error: how many bytes an argument claims that reaches over the end of the input; -1 where none does. */
  claim = -1
  /** Arguments of a big record that `finish` has still to read, and the length of the first of them. */
  left = 0
  length = 0
  private readonly c: Cursor
  /** Distance of the next unread byte from `c.next`, which stays at the start of a whole record. */
  private at = 0

  constructor(c: Cursor) {
    this.c = c
  }

  /** Read the record at `c.next`. Leaves a big one after the header line of its first argument. @throws FormatError */
  read(): void {
    this.begin()
    this.whole = this.argc <= SPAN_MAX && this.readWhole()
    if (this.whole) {
      this.settle()
      this.placeSpans()
      this.c.next += this.at
      this.at = 0
      return
    }
    this.begin()
    this.left = this.argc
    this.readLength()
  }

  /** Read what is left of a big record. @throws FormatError */
  finish(visitor: ArgumentVisitor | null): void {
    while (this.left > 0) {
      visitor?.begin(this.argc - this.left, this.length)
      this.readPieces(visitor)
      this.readEnd()
      this.c.next += this.at
      this.at = 0
      if (--this.left > 0) this.readLength()
    }
    this.settle()
  }

  private begin(): void {
    this.at = 0
    this.left = 0
    this.deviation = null
    this.verdict = 'loads'
    this.claim = -1
    this.argc = this.line(STAR)
    if (this.argc >= 1 && this.argc <= INT_MAX) return
    throw this.fail(
      'AOF_LENGTH',
      this.lineOffset + 1,
      `a record cannot have ${this.argc} arguments`,
      'format-error',
    )
  }

  /** Every argument, contiguous, into SPANS; false when the window cannot hold them. */
  private readWhole(): boolean {
    const {c, argc} = this
    for (let i = 0; i < argc; i++) {
      const length = this.argumentLength()
      if (this.at + length + 2 > WHOLE_MAX) return false
      if (!this.has(length)) throw this.cutPayload(length)
      const start = this.at
      this.at += length
      this.readEnd()
      // Addresses move when the window is refilled: distances for now.
      c.view.setUint32(SPANS + i * 8, start, true)
      c.view.setUint32(SPANS + i * 8 + 4, start + length, true)
    }
    return true
  }

  private placeSpans(): void {
    const {c} = this
    for (let at = SPANS; at < SPANS + this.argc * 8; at += 4) {
      c.view.setUint32(at, c.view.getUint32(at, true) + c.next, true)
    }
  }

  private readLength(): void {
    this.length = this.argumentLength()
    this.c.next += this.at
    this.at = 0
  }

  private argumentLength(): number {
    const length = this.line(DOLLAR)
    if (length >= 0) return length
    const detail = `an argument cannot have ${length} bytes`
    throw this.fail('AOF_LENGTH', this.lineOffset + 1, detail, 'crash')
  }

  private readPieces(visitor: ArgumentVisitor | null): void {
    const {c} = this
    let left = this.length
    // Before anything is consumed: what follows may be intact.
    if (left > c.left) throw this.cutPayload(this.length)
    while (left > 0) {
      if (c.next === c.limit && !c.more()) throw this.cutPayload(this.length)
      const length = Math.min(left, c.limit - c.next)
      visitor?.piece(c.memory, c.next, c.next + length)
      c.next += length
      left -= length
    }
  }

  /** CR LF after an argument; servers skip two bytes, whatever they are. */
  private readEnd(): void {
    const {c} = this
    if (!this.has(2)) {
      const wrong = this.has(1) && c.memory[c.next + this.at] !== CR
      throw wrong ? this.wrongEnd(0, 'short-read') : this.endsEarly()
    }
    const at = c.next + this.at
    if (c.memory[at] !== CR) this.deviate(this.wrongEnd(0, 'loads'), false)
    else if (c.memory[at + 1] !== LF) this.deviate(this.wrongEnd(1, 'loads'), false)
    this.at += 2
  }

  private wrongEnd(behind: number, verdict: LoaderVerdict): FormatError {
    const byte = this.byte(behind)
    const code = byte === 0 ? 'AOF_NUL' : 'AOF_CRLF'
    const detail = `an argument is followed by ${hex(byte)} where CR LF belongs`
    return this.fail(code, this.offset + behind, detail, verdict)
  }

  /** One header line: the strict form here, everything else in `looseLine`. */
  private line(prefix: number): number {
    const {c} = this
    this.lineOffset = this.offset
    if (!this.has(1)) throw this.endsEarly()
    if (c.memory[c.next + this.at] !== prefix) throw this.unexpected(prefix)
    let value = 0
    let n = 1
    for (; n < 20; n++) {
      if (!this.has(n + 1)) throw this.endsEarly()
      const digit = c.memory[c.next + this.at + n] - 0x30
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    if (n > 1 && this.byte(n) === CR) {
      if (!this.has(n + 2)) throw this.endsEarly()
      if (this.byte(n + 1) === LF && (n === 2 || this.byte(1) !== 0x30)) {
        this.at += n + 2
        return value
      }
    }
    return this.looseLine(n)
  }

  /** A line that is not in the strict form, of which `plain` bytes are: what would atoi() read? */
  private looseLine(plain: number): number {
    const length = this.lineLength()
    const start = this.c.next + this.at
    const text = String.fromCharCode(...this.c.memory.subarray(start, start + length))
    const {offset} = this
    const zeros = /^.0\d/.test(text)
    const bare = /^.\d+\n$/.test(text)
    const at = zeros ? offset + 1 : offset + plain + (text[plain] === '\r' && plain > 1 ? 1 : 0)
    const nul = text.includes('\0')
    const code = nul ? 'AOF_NUL' : bare ? 'AOF_CRLF' : 'AOF_LENGTH'
    const detail = bare
      ? 'a header line ends in LF without CR'
      : 'a header line holds more than a plain number'
    // strtol() takes blanks, a sign and zeros before the number; only redis-check-aof wants CR LF right behind it.
    const passes = /^.\s*[+-]?\d+\r\n$/.test(text)
    this.deviate(this.fail(code, at, detail, 'loads'), passes, true)
    this.at += length
    const number = /^.[ \t\n\v\f\r]*([+-]?\d+)/.exec(text)
    return number ? Number(number[1]) : 0
  }

  /** Bytes of the line at `at`, LF included. */
  private lineLength(): number {
    for (let n = 1; n <= LINE_MAX; n++) {
      if (!this.has(n)) throw this.cutLine(n)
      if (this.byte(n - 1) === LF) return n
    }
    throw this.fail('AOF_LENGTH', this.lineOffset + 1, 'a header line does not end', 'format-error')
  }

  /** The input ends inside a line that was wrong already. */
  private cutLine(n: number): FormatError {
    for (let i = 1; i < n - 1; i++) {
      const byte = this.byte(i)
      if (byte >= 0x30 && byte <= 0x39) continue
      const code = byte === 0 ? 'AOF_NUL' : 'AOF_LENGTH'
      return this.fail(code, this.lineOffset + i, `${hex(byte)} in a header line`, 'short-read')
    }
    return this.endsEarly()
  }

  private unexpected(prefix: number): FormatError {
    const byte = this.byte(0)
    const wanted = prefix === STAR ? 'a record starts with *' : 'an argument starts with $'
    const code = byte === 0 ? 'AOF_NUL' : 'AOF_FRAMING'
    return this.fail(code, this.lineOffset, `${wanted}, this is ${hex(byte)}`, 'format-error')
  }

  private cutPayload(length: number): FormatError {
    const detail = `an argument claims ${length} bytes, and the input ends before that`
    this.claim = length
    if (length <= BULK_MAX) return this.endsEarly(detail)
    return this.fail('AOF_LENGTH', this.lineOffset + 1, detail, 'crash')
  }

  private endsEarly(detail = 'the input ends inside a record'): FormatError {
    const {c} = this
    const end = c.offset + (Number.isFinite(c.left) ? c.left : c.limit - c.next)
    return this.fail('TRUNCATED', end, detail, 'short-read')
  }

  /** The error to throw: an earlier deviation turns out to be where the damage began. */
  private fail(
    code: FormatErrorCode,
    offset: number,
    detail: string,
    verdict: LoaderVerdict,
  ): FormatError {
    this.verdict = verdict
    const {deviation} = this
    if (deviation === null || verdict === 'loads') return new FormatError(code, offset, detail)
    return new FormatError(deviation.code, deviation.offset, deviation.detail)
  }

  private deviate(error: FormatError, passesCheckAof: boolean, inHeader = false): void {
    const {code, offset, message: detail} = error
    if (this.deviation) this.deviation.passesCheckAof &&= passesCheckAof
    else this.deviation = {code, offset, detail, passesCheckAof, inHeader}
  }

  /** A record that is not as written counts as loaded only when something that can follow a record follows. */
  private settle(): void {
    if (this.deviation === null || !this.has(1)) return
    const byte = this.byte(0)
    if (byte === STAR || byte === HASH_SIGN) return
    throw this.fail('AOF_FRAMING', this.offset, '', 'format-error')
  }

  /** Absolute offset of the next unread byte. */
  private get offset(): number {
    return this.c.offset + this.at
  }

  private byte(n: number): number {
    return this.c.memory[this.c.next + this.at + n]
  }

  /** Can `n` bytes from `at` on be read? */
  private has(n: number): boolean {
    const {c} = this
    const needed = this.at + n
    while (c.limit - c.next < needed) if (!c.more()) return false
    return true
  }
}

function hex(byte: number): string {
  return `byte 0x${byte.toString(16).padStart(2, '0')}`
}
