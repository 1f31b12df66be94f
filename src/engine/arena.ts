/**
 * Memory for keys and packed values, outside of the V8 heap. Blocks have size classes: multiples of 16 up to 128 bytes, then
 * four to a doubling, from LARGE on with 16 bytes more: a table of 2^n bytes and its header fit without waste. In front of each
 * block stands its class, u32; blocks start at multiples of 16.
 */
import type {Kernel} from '../formats/kernel/kernel.ts'
import {ENGINE_HEAP} from '../formats/kernel/layout.ts'
import {copyBytes} from '../formats/packed/growable.ts'

const PAGE = 0x10000
const STEP = 0x4000000
const LIMIT = 0xfff00000
const HEADER = 4
const SMALL_CLASSES = 9
const CLASSES = 112
const LARGE = 4096
const EXTRA = 16

/** The dataset needs more memory than there is. */
export class OutOfMemory extends Error {
  override readonly name = 'OutOfMemory'
  readonly exit = 32
  readonly code = 'OUT_OF_MEMORY'
}

export class Arena {
  readonly kernel: Kernel
  /** All of the memory. Replaced when it grows: never keep it over a call that may allocate. */
  memory: Uint8Array
  view: DataView
  /** Bytes in blocks that are in use. */
  used = 0
  /** Blocks are made from here on: the one after this address has its header. */
  next = ENGINE_HEAP
  private readonly free = new Uint32Array(CLASSES)
  private end = 0
  private readonly limit: number

  /** `kernel` must not be shared with a cursor. `limit`: up to where its memory may grow, in bytes. */
  constructor(kernel: Kernel, limit = LIMIT) {
    this.kernel = kernel
    this.limit = Math.min(limit, LIMIT)
    this.memory = new Uint8Array(kernel.memory.buffer)
    this.view = new DataView(kernel.memory.buffer)
    this.end = this.memory.length
  }

  /** A block of at least `size` bytes; its bytes are undefined. @throws OutOfMemory. */
  alloc(size: number): number {
    const sizeClass = classOf(size + HEADER)
    const room = ROOMS[sizeClass]
    const head = this.free[sizeClass]
    if (head !== 0) {
      this.used += room
      this.free[sizeClass] = this.view.getUint32(head, true)
      return head
    }
    const block = this.next + 16
    const next = this.next + room
    // Where that fails nothing has changed: smaller blocks may still fit.
    if (next + 16 > this.end) this.grow(next + 16)
    this.next = next
    this.used += room
    this.view.setUint32(block - HEADER, sizeClass, true)
    return block
  }

  /** Make sure that `bytes` are free behind all blocks. Returns where the memory ends. @throws OutOfMemory. */
  reserve(bytes: number): number {
    if (this.next + bytes > this.end) this.grow(this.next + bytes)
    return this.end
  }

  /** A kernel has made blocks from `next` on, as `alloc` does, up to here. */
  take(next: number): void {
    this.used += next - this.next
    this.next = next
  }

  release(block: number): void {
    const sizeClass = this.view.getUint32(block - HEADER, true)
    this.used -= ROOMS[sizeClass]
    this.view.setUint32(block, this.free[sizeClass], true)
    this.free[sizeClass] = block
  }

  /** How far its memory was in use so far, in bytes: what was released counts. */
  get peak(): number {
    return this.next
  }

  /** How many bytes a block holds at most. */
  capacity(block: number): number {
    return ROOMS[this.view.getUint32(block - HEADER, true)] - HEADER
  }

  /** A block of at least `size` bytes with the first `keep` bytes of `block`, which is gone unless it is returned. */
  resize(block: number, keep: number, size: number): number {
    const sizeClass = this.view.getUint32(block - HEADER, true)
    const wanted = classOf(size + HEADER)
    // A block that is a little too large stays: lists and hashes breathe.
    if (wanted <= sizeClass && wanted + 4 > sizeClass) return block
    const moved = this.alloc(size)
    this.kernel.moveSpan(block, block + Math.min(keep, size), moved)
    this.release(block)
    return moved
  }

  /** Copy bytes to `at`. `memory` may be that of the arena. */
  put(memory: Uint8Array, start: number, end: number, at: number): void {
    // Faster than copyWithin(), which knows nothing of short spans.
    if (memory === this.memory) this.kernel.moveSpan(start, end, at)
    else copyBytes(memory, start, end, this.memory, at)
  }

  private grow(end: number): void {
    const {limit} = this
    const more = Math.max(end - this.end, Math.min(STEP, limit - this.end))
    if (this.end + more > limit) {
      const what = limit < LIMIT ? 'memory than is allowed' : 'than the 4 GiB that one memory holds'
      throw new OutOfMemory(`the dataset needs more ${what}`)
    }
    try {
      this.kernel.memory.grow(Math.ceil(more / PAGE))
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw new OutOfMemory('the machine has no memory left for the dataset')
    }
    this.memory = new Uint8Array(this.kernel.memory.buffer)
    this.view = new DataView(this.kernel.memory.buffer)
    this.end = this.memory.length
  }
}

function classOf(bytes: number): number {
  if (bytes <= 128) return (bytes + 15) >> 4
  const last = (bytes > LARGE ? bytes - EXTRA : bytes) - 1
  const top = 31 - Math.clz32(last)
  return SMALL_CLASSES + (top - 7) * 4 + ((last >>> (top - 2)) & 3)
}

/** Bytes of a block by class: a table, since this is asked for every change of a packed value. */
const ROOMS = Uint32Array.from({length: CLASSES}, (_, sizeClass) =>
  Math.min(roomOf(sizeClass), 0xffffffff),
)

function roomOf(sizeClass: number): number {
  if (sizeClass < SMALL_CLASSES) return sizeClass << 4
  const step = sizeClass - SMALL_CLASSES
  const room = 2 ** (7 + (step >> 2)) * (1 + ((step & 3) + 1) / 4)
  return room >= LARGE ? room + EXTRA : room
}
