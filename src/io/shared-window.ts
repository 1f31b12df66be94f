/**
 * The state of a window that two threads work on: one parses, the other feeds, and each does the other's waiting work.
 * Parts of the input lie in slots (part `i` in slot `i % slots`). Filling a slot and computing its CRC-64 are claimed in order of
 * parts by whoever gets there first, so nothing is done twice and nobody holds a lock.
 *
 * Control words, Int32 each:
 *
 *     KEEP       parts below it are no longer needed by the parser
 *     NEXT_FILL  the next part that nobody fills yet
 *     NEXT_CRC   the next part whose CRC nobody computes yet
 *     PARTS      how many parts there are, once that is known
 *     FAILED     what ended the input was not its end
 *     CHANGED    counts what the feeder did; the parser sleeps on it
 *     REPLIES    counts the feeder's replies; the parser sleeps on it
 *     IDLE       1 while the feeder has nothing to do and wants a message
 *     TAKEN      counts emitted chunks that their reader is done with; the parser sleeps on it
 *     then per slot: FILLED (part + 1)
 *     then twice per slot: LENGTH, SUMMED (part + 1), and the CRC as two halves
 *
 * A slot is filled again once the parser left it and its CRC is known. Lengths and CRCs have twice the room, because they are folded
 * into one CRC later: the parser folds what it can before it gives parts up, and a part is filled only after the CRC of the one before
 * it in that slot. So whenever part `i` is filled, part `i - 2 * slots` has been folded.
 */

import {SLOTS_START} from '../formats/bytes/cursor.ts'

const KEEP = 0
const NEXT_FILL = 1
const NEXT_CRC = 2
const PARTS = 3
const FAILED = 4
export const CHANGED = 5
export const REPLIES = 6
export const IDLE = 7
export const TAKEN = 8
const HEADER = 16

export const SLOTS_MAX = 64
export const CONTROL_BYTES = (HEADER + SLOTS_MAX * 9) * 4
const UNKNOWN = 0x7fffffff

/** How the window is cut. */
export interface Geometry {
  readonly slots: number
  readonly slotSize: number
}

export class SharedWindow implements Geometry {
  readonly slots: number
  readonly slotSize: number
  private readonly control: Int32Array
  private readonly crc: boolean
  private readonly filled: number
  private readonly lengths: number
  private readonly summed: number
  private readonly sums: number

  constructor(control: Int32Array, {slots, slotSize}: Geometry, crc: boolean) {
    this.control = control
    this.slots = slots
    this.slotSize = slotSize
    this.crc = crc
    this.filled = HEADER
    this.lengths = this.filled + slots
    this.summed = this.lengths + 2 * slots
    this.sums = this.summed + 2 * slots
  }

  /** Empty it. While neither thread works on it. `parts` is -1 when unknown. */
  reset(parts: number): void {
    const {control} = this
    control.fill(0, HEADER)
    for (const word of [KEEP, NEXT_FILL, NEXT_CRC, FAILED]) Atomics.store(control, word, 0)
    Atomics.store(control, PARTS, parts < 0 ? UNKNOWN : parts)
  }

  /** Address of a part's slot. */
  address(part: number): number {
    return SLOTS_START + (part % this.slots) * this.slotSize
  }

  get kept(): number {
    return Atomics.load(this.control, KEEP)
  }

  /** Give up all parts below `part`. */
  keep(part: number): void {
    if (part > this.kept) Atomics.store(this.control, KEEP, part)
  }

  /** A part to fill, which is then the caller's job; -1 if there is none now. */
  claimFill(): number {
    const {control} = this
    for (;;) {
      const part = Atomics.load(control, NEXT_FILL)
      if (part >= Atomics.load(control, PARTS) || !this.isFree(part)) return -1
      if (Atomics.compareExchange(control, NEXT_FILL, part, part + 1) === part) return part
    }
  }

  setFilled(part: number, length: number): void {
    this.control[this.lengths + (part % (2 * this.slots))] = length
    Atomics.store(this.control, this.filled + (part % this.slots), part + 1)
  }

  isFilled(part: number): boolean {
    return Atomics.load(this.control, this.filled + (part % this.slots)) === part + 1
  }

  /** Length of a filled part. */
  length(part: number): number {
    return this.control[this.lengths + (part % (2 * this.slots))]
  }

  /** A part to compute the CRC of, which is then the caller's job; -1 if there is none now. */
  claimCrc(): number {
    const {control} = this
    for (;;) {
      const part = Atomics.load(control, NEXT_CRC)
      if (!this.crc || !this.isFilled(part)) return -1
      if (Atomics.compareExchange(control, NEXT_CRC, part, part + 1) === part) return part
    }
  }

  setCrc(part: number, crc: bigint): void {
    const at = part % (2 * this.slots)
    this.control[this.sums + 2 * at] = Number(crc & 0xffffffffn)
    this.control[this.sums + 2 * at + 1] = Number(crc >> 32n)
    Atomics.store(this.control, this.summed + at, part + 1)
  }

  hasCrc(part: number): boolean {
    return Atomics.load(this.control, this.summed + (part % (2 * this.slots))) === part + 1
  }

  crcOf(part: number): bigint {
    const at = this.sums + 2 * (part % (2 * this.slots))
    return (BigInt(this.control[at + 1] >>> 0) << 32n) | BigInt(this.control[at] >>> 0)
  }

  /** The input has this many parts. */
  end(parts: number): void {
    Atomics.store(this.control, PARTS, parts)
  }

  /** Everything from `part` on is lost. */
  fail(part: number): void {
    Atomics.store(this.control, FAILED, 1)
    if (part < Atomics.load(this.control, PARTS)) Atomics.store(this.control, PARTS, part)
  }

  isAfterEnd(part: number): boolean {
    return part >= Atomics.load(this.control, PARTS)
  }

  get failed(): boolean {
    return Atomics.load(this.control, FAILED) === 1
  }

  private isFree(part: number): boolean {
    const before = part - this.slots
    return before < 0 || (this.kept > before && (!this.crc || this.hasCrc(before)))
  }
}
