import {REG_ARGC, REGISTERS, SPAN_MAX} from '../kernel/layout.ts'
import type {ArgumentVisitor} from './loader.ts'
import type {AofReader} from './reader.ts'

/** Of an argument of a big record so many bytes are kept. A key or an option that is longer is none that anybody looks for. */
const KEPT = 0x10000

/**
 * The arguments of one record. Those of a usual one lie in the window; those of one that is too big for it are copied, cut after
 * KEPT bytes. Valid until the reader moves on.
 */
export class RecordArguments implements ArgumentVisitor {
  argc = 0
  /** Where the arguments lie. */
  memory: Uint8Array = new Uint8Array(0)
  private reader: AofReader | null = null
  private copies = new Uint8Array(0)
  private used = 0
  /** Start, end and length before the cut of every copy. */
  private places: number[] = []

  /** Take the record that the reader has just moved to. Reads a big one to its end. @throws FormatError */
  load(reader: AofReader): void {
    this.argc = reader.argc
    this.reader = reader.isWhole ? reader : null
    if (this.reader !== null) {
      this.memory = reader.c.memory
      return
    }
    this.used = 0
    this.places = []
    reader.readArguments(this)
    this.memory = this.copies
  }

  /**
   * Take the whole plain record at [start, end) of the reader's window, which the reader has stepped over. Returns false when it has
   * more arguments than can be told.
   */
  peek(reader: AofReader, start: number, end: number): boolean {
    const {kernel, view, memory} = reader.c
    if (kernel.aofRecord(start, end) === 0) return false
    this.argc = view.getUint32(REGISTERS + REG_ARGC, true)
    this.reader = reader
    this.memory = memory
    return this.argc <= SPAN_MAX
  }

  start(i: number): number {
    return this.reader === null ? this.places[i * 3] : this.reader.argStart(i)
  }

  /** Where what there is of argument `i` ends. */
  end(i: number): number {
    return this.reader === null ? this.places[i * 3 + 1] : this.reader.argEnd(i)
  }

  /** Bytes of argument `i` in the log. */
  length(i: number): number {
    return this.reader === null ? this.places[i * 3 + 2] : this.end(i) - this.start(i)
  }

  /** Is argument `i` this word, in either case? `word` is upper case. */
  is(i: number, word: string): boolean {
    return this.length(i) === word.length && this.text(i).toUpperCase() === word
  }

  /** Argument `i`, one character per byte, cut after 64. */
  text(i: number): string {
    const start = this.start(i)
    const end = Math.min(this.end(i), start + 64)
    let text = ''
    for (let at = start; at < end; at++) text += String.fromCharCode(this.memory[at])
    return text
  }

  begin(_index: number, length: number): void {
    this.places.push(this.used, this.used, length)
  }

  piece(memory: Uint8Array, start: number, end: number): void {
    const {places} = this
    const last = places.length - 3
    const room = KEPT - (places[last + 1] - places[last])
    const length = Math.min(room, end - start)
    if (this.used + length > this.copies.length) this.grow(length)
    this.copies.set(memory.subarray(start, start + length), this.used)
    this.used += length
    places[last + 1] += length
  }

  private grow(length: number): void {
    const copies = new Uint8Array(Math.max(0x10000, (this.used + length) * 2))
    copies.set(this.copies.subarray(0, this.used))
    this.copies = copies
  }
}

/** All arguments of the record that the reader has just moved to, whole. */
export function copyArguments(reader: AofReader): Uint8Array[] {
  const words: Uint8Array[] = []
  let at = 0
  reader.readArguments({
    begin(_i, length) {
      words.push(new Uint8Array(length))
      at = 0
    },
    piece(memory, start, end) {
      words[words.length - 1].set(memory.subarray(start, end), at)
      at += end - start
    },
  })
  return words
}
