/**
 * Cuts a stream of commands, as a master sends it, into records:
 *
 *     '*' argc CR LF, argc times: '$' length CR LF bytes CR LF        a command; all its bytes count in the offset of the stream
 *     LF                                                             between commands: the master lives; counts nowhere
 *
 * Bytes come in pieces of any size; what is held is one record at most. Nothing is allocated per record.
 * Source: processMultibulkBuffer() in networking.c, readSyncBulkPayload() for what may stand between.
 */
import {FormatError} from '../errors.ts'

/** Gets each record: the whole of it at [start, end) of `memory`, valid until it returns; `splitter` has its arguments. */
export type TakeRecord = (memory: Uint8Array, start: number, end: number) => void

const CHUNK = 0x40000
/** A buffer that one giant record made larger than this is given back. */
const KEEP_BYTES = 0x1000000
const ARGC_MAX = 0x7fffffff
const BULK_MAX = 0x7fffffff
const DIGITS_MAX = 10
const [CR, LF, STAR, DOLLAR, ZERO] = [0x0d, 0x0a, 0x2a, 0x24, 0x30]

export class StreamSplitter {
  /** Of the current record. */
  argc = 0
  /** Where the arguments of the current record begin and end in its memory, by twos. */
  spans = new Int32Array(64)
  private readonly take: TakeRecord
  private buffer = new Uint8Array(CHUNK)
  private start = 0
  private end = 0
  /** Bytes that were given away, for the offsets of errors. */
  private done = 0
  // How far the record at `start` has been looked at, from there:
  private at = 0
  private index = -1
  /** Where the value of `number()` stops. */
  private next = 0

  constructor(take: TakeRecord) {
    this.take = take
  }

  /** Bytes of a record that has not ended. */
  get held(): number {
    return this.end - this.start
  }

  /** @throws FormatError `RESP` where no master could have sent this. */
  feed(piece: Uint8Array): void {
    this.append(piece)
    while (this.start < this.end && this.step());
  }

  /** Forget what has begun: it comes again from its beginning. */
  reset(): void {
    this.start = this.end = 0
    this.index = -1
    this.at = 0
  }

  private append(piece: Uint8Array): void {
    const held = this.held
    if (held === 0) {
      this.start = this.end = 0
      if (this.buffer.length > KEEP_BYTES) this.buffer = new Uint8Array(CHUNK)
    }
    if (this.end + piece.length > this.buffer.length) {
      const needed = held + piece.length
      // Doubled: a long argument comes in thousands of pieces.
      const large = needed > this.buffer.length / 2
      const buffer = large ? new Uint8Array(needed * 2) : this.buffer
      buffer.set(this.buffer.subarray(this.start, this.end))
      this.buffer = buffer
      this.start = 0
      this.end = held
    }
    this.buffer.set(piece, this.end)
    this.end += piece.length
  }

  /** Take one record, or what is between two. Returns false when more bytes are needed. */
  private step(): boolean {
    const {buffer, start} = this
    if (this.index < 0) {
      if (buffer[start] === LF || buffer[start] === CR) {
        this.start++
        this.done++
        return true
      }
      const argc = this.number(start, STAR, ARGC_MAX)
      if (argc < 0) return false
      if (argc === 0) throw this.wrong('a command without words')
      this.begin(argc)
    }
    if (!this.readArguments()) return false
    const end = this.start + this.at
    this.index = -1
    this.take(this.buffer, this.start, end)
    this.done += end - this.start
    this.start = end
    return true
  }

  private begin(argc: number): void {
    this.argc = argc
    this.index = 0
    this.at = this.next - this.start
  }

  /** Spans are relative to the record until all are known: the buffer may move meanwhile. */
  private readArguments(): boolean {
    const {buffer, start, end, argc} = this
    while (this.index < argc) {
      const length = this.number(start + this.at, DOLLAR, BULK_MAX)
      if (length < 0) return false
      const from = this.next
      const to = from + length
      if (to + 2 > end) return false
      if (buffer[to] !== CR || buffer[to + 1] !== LF)
        throw this.wrong('an argument without its end')
      this.note(this.index * 2, from - start, to - start)
      this.index++
      this.at = to + 2 - start
    }
    for (let i = 0; i < argc * 2; i++) this.spans[i] += start
    return true
  }

  private note(i: number, from: number, to: number): void {
    if (i + 2 > this.spans.length) {
      // By what is there, never by what is claimed.
      const spans = new Int32Array(this.spans.length * 2)
      spans.set(this.spans)
      this.spans = spans
    }
    this.spans[i] = from
    this.spans[i + 1] = to
  }

  /** The number of a line that begins with `mark`; `next` is behind the line. -1 while it has not ended. */
  private number(start: number, mark: number, most: number): number {
    const {buffer, end} = this
    if (start >= end) return -1
    if (buffer[start] !== mark) throw this.wrong('no command begins so')
    let value = 0
    let at = start + 1
    for (; at < end && buffer[at] !== CR; at++) {
      const digit = buffer[at] - ZERO
      if (digit < 0 || digit > 9 || at - start > DIGITS_MAX)
        throw this.wrong('a length that is none')
      value = value * 10 + digit
    }
    if (at + 1 >= end) return -1
    if (buffer[at + 1] !== LF || at === start + 1) throw this.wrong('a length that is none')
    if (value > most) throw this.wrong('a length past all limits')
    this.next = at + 2
    return value
  }

  private wrong(detail: string): FormatError {
    return new FormatError('RESP', this.done + this.at, detail)
  }
}
