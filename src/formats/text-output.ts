/** Text on its way to a sink, put together in the memory where the strings of the input lie: kernels write it from there. */
import type {Sink} from './bytes/sink.ts'
import type {Kernel} from './kernel/kernel.ts'
import {TEXT_IN, TEXT_LENIENT, TEXT_OUT, TEXT_OUT_BYTES, TEXT_PIECE} from './kernel/layout.ts'

/** Where most of the spans lie that will be written: a cursor is one. */
export interface TextMemory {
  readonly kernel: Kernel
  /** All of the memory; replaced when it grows. */
  readonly memory: Uint8Array
}

const OUT_END = TEXT_OUT + TEXT_OUT_BYTES
/** A byte becomes at most six. */
const WIDEST = 6
const SLACK = 32
/** Bytes that base64 makes no padding of. */
const BASE64_PIECE = TEXT_PIECE - (TEXT_PIECE % 3)
const LARGEST_INTEGER = 2 ** 53

/** The shortest decimal that reads as the same double; what is no JSON number is a string. */
export function doubleText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value)
  return Number.isNaN(value) ? '"nan"' : value > 0 ? '"inf"' : '"-inf"'
}

export class TextOutput {
  private readonly c: TextMemory
  private readonly sink: Sink
  private at = TEXT_OUT

  constructor(c: TextMemory, sink: Sink) {
    this.c = c
    this.sink = sink
  }

  byte(value: number): void {
    if (this.at === OUT_END) this.flush()
    this.c.memory[this.at++] = value
  }

  /** Short text of one byte per character. */
  ascii(text: string): void {
    this.need(text.length)
    const {memory} = this.c
    let {at} = this
    for (let i = 0; i < text.length; i++) memory[at++] = text.charCodeAt(i)
    this.at = at
  }

  integer(value: number): void {
    if (Math.abs(value) >= LARGEST_INTEGER) return this.ascii(String(value))
    this.need(SLACK)
    this.at = this.c.kernel.putInteger(this.at, value)
  }

  /** The id of a stream's entry, in quotation marks. */
  streamId(memory: Uint8Array, start: number): void {
    this.need(2 * SLACK)
    const from = this.addressOf(memory, start, 16)
    this.c.memory[this.at] = 0x22
    this.at = this.c.kernel.putStreamId(this.at + 1, from)
    this.c.memory[this.at++] = 0x22
  }

  double(value: number): void {
    if (Number.isInteger(value) && value !== 0) this.integer(value)
    else this.ascii(doubleText(value))
  }

  /** A whole string, with quotation marks, in one of the TEXT_ modes. Returns false, nothing written, for what is no UTF-8. */
  string(memory: Uint8Array, start: number, end: number, mode: number): boolean {
    const length = end - start
    if (length > TEXT_PIECE) return this.longString(memory, start, end, mode)
    this.need(length * WIDEST + SLACK)
    const from = this.addressOf(memory, start, length)
    const after = this.c.kernel.textString(from, from + length, this.at, mode)
    if (after === 0) return false
    this.at = after
    return true
  }

  /** The inside of a string, beginning and ending between characters; it has to be UTF-8 where the mode is not lenient. */
  body(memory: Uint8Array, start: number, end: number, mode: number): void {
    for (let from = start; from < end; ) {
      const to = cutOf(memory, from, end)
      this.at = this.part(memory, from, to, mode)
      from = to
    }
  }

  base64(memory: Uint8Array, start: number, end: number): void {
    for (let from = start; from < end; from += BASE64_PIECE) {
      const length = Math.min(BASE64_PIECE, end - from)
      this.need(length * 2 + SLACK)
      const at = this.addressOf(memory, from, length)
      this.at = this.c.kernel.base64Encode(at, at + length, this.at)
    }
  }

  /** Text that a kernel writes: `write` gets where it goes and returns where it ends, and has the text hooks meanwhile. */
  written(write: (at: number) => number): void {
    const {textHooks} = this.c.kernel
    textHooks.full = (end) => {
      this.at = end
      this.flush()
    }
    this.at = write(this.at)
  }

  flush(): void {
    if (this.at > TEXT_OUT) this.sink.write(this.c.memory, TEXT_OUT, this.at)
    this.at = TEXT_OUT
  }

  private need(room: number): void {
    if (this.at + room > OUT_END) this.flush()
  }

  private longString(memory: Uint8Array, start: number, end: number, mode: number): boolean {
    if (mode !== TEXT_LENIENT && !this.isText(memory, start, end, mode)) return false
    this.byte(0x22)
    this.body(memory, start, end, mode)
    this.byte(0x22)
    return true
  }

  /** Whether all of a span can be written. */
  isText(memory: Uint8Array, start: number, end: number, mode: number): boolean {
    for (let from = start; from < end; ) {
      const to = cutOf(memory, from, end)
      if (this.part(memory, from, to, mode) === 0) return false
      from = to
    }
    return true
  }

  /** Write what may not stay. Returns where it ends, 0 for what is no UTF-8. */
  private part(memory: Uint8Array, start: number, end: number, mode: number): number {
    this.need((end - start) * WIDEST + SLACK)
    const at = this.addressOf(memory, start, end - start)
    return this.c.kernel.textBody(at, at + end - start, this.at, mode)
  }

  private addressOf(memory: Uint8Array, start: number, length: number): number {
    if (memory === this.c.memory) return start
    this.c.memory.set(memory.subarray(start, start + length), TEXT_IN)
    return TEXT_IN
  }
}

/** Where a part of a string ends that is no longer than a piece: not within a character, if it is text. */
function cutOf(memory: Uint8Array, start: number, end: number): number {
  return end - start <= TEXT_PIECE
    ? end
    : start + wholeCharacters(memory, start, start + TEXT_PIECE)
}

/** How many bytes of a span are there before a character that may go on behind it. */
export function wholeCharacters(memory: Uint8Array, start: number, end: number): number {
  for (let at = end - 1; at >= Math.max(start, end - 3); at--) {
    const byte = memory[at]
    if (byte < 0x80) break
    if (byte < 0xc0) continue
    const size = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
    return (at + size > end ? at : end) - start
  }
  return end - start
}
