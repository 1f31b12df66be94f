/** A string value that comes in pieces, put together up to a length. */
import {TEXT_HELD, TEXT_PIECE} from './kernel/layout.ts'
import {Growable} from './packed/growable.ts'
import {type TextMemory, wholeCharacters} from './text-output.ts'

/** Longer strings are given away in parts of about this size. */
export const PART_BYTES = 1 << 20

export class HeldString {
  memory: Uint8Array
  start = TEXT_HELD
  end = TEXT_HELD
  /** Parts that were given away before. */
  parts = 0
  private readonly c: TextMemory
  private readonly rest = new Growable()
  private readonly part: () => void
  private isLong = false

  /** `part` is called where [start, end) is a part of a string that goes on; what is no text may be cut anywhere. */
  constructor(c: TextMemory, part: () => void) {
    this.c = c
    this.memory = c.memory
    this.part = part
  }

  begin(): void {
    this.memory = this.c.memory
    this.start = TEXT_HELD
    this.end = TEXT_HELD
    this.parts = 0
    this.isLong = false
    this.rest.clear()
  }

  piece(memory: Uint8Array, start: number, end: number): void {
    const length = end - start
    const {rest} = this
    if (!this.isLong && this.end - this.start + length <= TEXT_PIECE) {
      if (memory === this.c.memory) memory.copyWithin(this.end, start, end)
      else this.c.memory.set(memory.subarray(start, end), this.end)
      this.memory = this.c.memory
      this.end += length
      return
    }
    if (!this.isLong) rest.append(this.c.memory, TEXT_HELD, this.end)
    this.isLong = true
    for (let from = start; from < end; ) {
      const to = Math.min(end, from + PART_BYTES)
      // Before more comes: a string is never over with its last part given away.
      if (rest.length + to - from > PART_BYTES) this.give()
      rest.append(memory, from, to)
      from = to
    }
    this.show(rest.length)
  }

  private show(end: number): void {
    this.memory = this.rest.bytes
    this.start = 0
    this.end = end
  }

  private give(): void {
    const {rest} = this
    const whole = wholeCharacters(rest.bytes, 0, rest.length)
    const left = rest.bytes.slice(whole, rest.length)
    this.show(whole)
    this.part()
    this.parts++
    rest.length = 0
    rest.append(left, 0, left.length)
  }
}
