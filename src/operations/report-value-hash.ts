/** A hash of the bytes of a value as they lie in the file: the same in every run, because parts hold it. */
import {AREA_BLOCK} from '../formats/bytes/areas.ts'
import type {Cursor} from '../formats/bytes/cursor.ts'
import type {Sink} from '../formats/bytes/sink.ts'

/** Copies of what is smaller are not worth looking for. */
export const COPIES_LEAST = 32
const BLOCK = 0x10000
const FACTOR = 0x9e3779b97f4a7c15n
/** Bits that a number holds no more. */
const LOST = 12n

export class ValueHash implements Sink {
  bytes = 0
  private readonly c: Cursor
  private state = 0n
  private held = 0

  constructor(c: Cursor) {
    this.c = c
  }

  begin(type: number): void {
    this.bytes = 0
    this.held = 0
    this.state = BigInt(type)
  }

  write(memory: Uint8Array, start: number, end: number): void {
    this.bytes += end - start
    for (let from = start; from < end; ) {
      const taken = Math.min(end - from, BLOCK - this.held)
      const block = this.c.area(AREA_BLOCK, BLOCK)
      this.c.memory.set(memory.subarray(from, from + taken), block + this.held)
      this.held += taken
      from += taken
      if (this.held === BLOCK) this.mix()
    }
  }

  /** 52 bits. */
  finish(): number {
    if (this.held > 0) this.mix()
    return Number(this.state >> LOST)
  }

  private mix(): void {
    const block = this.c.area(AREA_BLOCK, BLOCK)
    const hash = BigInt.asUintN(64, this.c.kernel.xxh3(block, block + this.held))
    this.state = BigInt.asUintN(64, this.state * FACTOR + hash)
    this.held = 0
  }
}
