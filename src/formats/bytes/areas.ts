/** Room behind a cursor's slots, for what does not lie in the window in one piece. Each area grows on demand. */

import {FormatError} from '../errors.ts'
import type {Kernel} from '../kernel/kernel.ts'

/** A pinned key. */
export const AREA_PIN = 0
/** A span larger than the gap. */
export const AREA_RAW = 1
/** An expanded string; also what the fast path needs. */
export const AREA_EXPANDED = 2
/** A name that is kept while what follows it is read. */
export const AREA_NAME = 3
/** From here on one area per table of members. */
export const AREA_SEEN = 4
/** An input to hash that lies elsewhere. */
export const AREA_DIGEST = 9
/** What a kernel writes, and marks of the entries that it wrote. */
export const AREA_OUT = 10
export const AREA_MARKS = 11
/** The bytes of a value, a block at a time. */
export const AREA_BLOCK = 12
/** What a kernel says of entries that it measured. */
export const AREA_ROWS = 13
/** What is to be written to a file when it is its turn. */
export const AREA_HELD = 14
const AREAS = 15

/** Kernels may write this many bytes past the end of what they were asked to write. */
const SLACK = 64
const SMALLEST = 0x10000
const LARGEST_STEP = 0x8000000
const MEMORY_LIMIT = 0xffff0000

/** Memory that a kernel works in, with room of its own. A cursor is one. */
export interface KernelMemory {
  readonly kernel: Kernel
  /** All of the memory; replaced when it grows. */
  readonly memory: Uint8Array
  /** Address of room for `size` bytes. */
  area(which: number, size: number): number
}

export class Areas {
  /** Where the memory that areas need ends. */
  end = 0
  private readonly start = new Array<number>(AREAS).fill(0)
  private readonly size = new Array<number>(AREAS).fill(0)

  /** Slots now reach to `address`: areas that lay below it are gone. */
  startAt(address: number): void {
    if (address <= this.end) return
    this.end = address
    this.start.fill(0)
    this.size.fill(0)
  }

  /** The memory that an area was promised is not to be had. */
  forget(which: number): void {
    this.end -= this.size[which]
    this.size[which] = 0
  }

  /** Address of an area of `size` bytes; -1 when memory must first be made to reach to `end`. */
  at(which: number, size: number): number {
    if (this.size[which] >= size + SLACK) return this.start[which]
    const room = Math.max(SMALLEST, size + SLACK, Math.min(this.size[which] * 2, LARGEST_STEP))
    // The last one grows in place: a table of millions of members would leave as much behind as it takes.
    const isLast = this.size[which] > 0 && this.start[which] + this.size[which] === this.end
    if (!isLast) this.start[which] = Math.ceil(this.end / 16) * 16
    this.size[which] = room
    this.end = this.start[which] + room
    return -1
  }
}

/** Make the memory reach to `end`, for what is read at `offset`. @throws FormatError `LIMIT`. */
export function growMemory(memory: WebAssembly.Memory, end: number, offset: number): void {
  const have = memory.buffer.byteLength
  if (end > MEMORY_LIMIT) {
    throw new FormatError('LIMIT', offset, `a value needs ${end} bytes of memory in one piece`)
  }
  if (end > have) memory.grow(Math.ceil((end - have) / 0x10000))
}
