/**
 * Intset:
 *
 *     encoding u32le | length u32le | length x signed little-endian integer, ascending
 *
 * encoding is the bytes of an integer: the fewest of 2, 4 and 8 that hold them all. Source: intset.c.
 */
import {Growable} from './growable.ts'
import type {Int64} from './int64.ts'

export class IntsetEncoder {
  readonly out = new Growable()
  count = 0
  private values = new BigInt64Array(64)
  private halves = new DataView(this.values.buffer)

  reset(): void {
    this.count = 0
  }

  push(value: Int64): void {
    if (this.count === this.values.length) this.grow()
    const at = this.count++ * 8
    // In the order of the host, which is how the typed array sorts them.
    this.halves.setInt32(at + HIGH, value.hi, LITTLE)
    this.halves.setUint32(at + LOW, value.lo, LITTLE)
  }

  finish(): void {
    const sorted = this.values.subarray(0, this.count).sort()
    const width = this.count === 0 ? 2 : widthOf(sorted[0], sorted[this.count - 1])
    this.out.clear()
    this.out.u32le(width)
    this.out.u32le(this.count)
    for (let at = 0; at < this.count * 8; at += 8) {
      const lo = this.halves.getUint32(at + LOW, LITTLE)
      if (width === 2) this.out.u16le(lo)
      else this.out.u32le(lo)
      if (width === 8) this.out.u32le(this.halves.getInt32(at + HIGH, LITTLE))
    }
  }

  private grow(): void {
    const values = new BigInt64Array(this.values.length * 2)
    values.set(this.values)
    this.values = values
    this.halves = new DataView(values.buffer)
  }
}

const LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
const HIGH = LITTLE ? 4 : 0
const LOW = LITTLE ? 0 : 4

function widthOf(lowest: bigint, highest: bigint): number {
  if (lowest >= -0x8000n && highest < 0x8000n) return 2
  if (lowest >= -0x80000000n && highest < 0x80000000n) return 4
  return 8
}
