/**
 * Ziplist:
 *
 *     zlbytes u32le | zltail u32le | zllen u16le | entry* | FF
 *     entry   := prevlen | encoding(+length) | data
 *     prevlen := size of the entry before, 0 for the first: one byte below 254, else FE u32le
 *
 * zltail is the offset of the last entry, 10 when there is none; zllen is 0xFFFF when it does not fit. Strings:
 *
 *     00llllll   up to 63 bytes     01llllll b   up to 16383     80 u32be   more
 *
 * Integers, smallest class first:
 *
 *     F1..FD  0..12     FE i8     C0 i16le     F0 i24le     D0 i32le     E0 i64le
 *
 * Source: zipStoreEntryEncoding() and zipSaveInteger() in ziplist.c.
 */
import type {PackedEncoder} from './encoder.ts'
import {Growable, putU32le} from './growable.ts'
import {type Int64, isInt32, parseInt64} from './int64.ts'

const HEADER = 10
/** zipTryEncoding() leaves longer texts alone. */
const INTEGER_TEXT_MAX = 31

export class ZiplistEncoder implements PackedEncoder {
  readonly out = new Growable()
  count = 0
  private tail = HEADER
  private readonly integer: Int64 = {lo: 0, hi: 0}

  constructor() {
    this.reset()
  }

  get size(): number {
    return this.out.length + 1
  }

  reset(): void {
    this.out.clear()
    this.out.length = HEADER
    this.count = 0
    this.tail = HEADER
  }

  append(memory: Uint8Array, start: number, end: number): void {
    this.open()
    if (end - start <= INTEGER_TEXT_MAX && parseInt64(memory, start, end, this.integer)) {
      this.putInteger(this.integer)
      return
    }
    const length = end - start
    if (length < 64) this.out.u8(length)
    else if (length < 16384) {
      this.out.u8(0x40 | (length >> 8))
      this.out.u8(length & 0xff)
    } else {
      this.out.u8(0x80)
      this.out.u32be(length)
    }
    this.out.append(memory, start, end)
  }

  finish(): void {
    this.out.u8(0xff)
    const {bytes, length} = this.out
    const num = Math.min(this.count, 0xffff)
    putU32le(bytes, 0, length)
    putU32le(bytes, 4, this.tail)
    bytes[8] = num
    bytes[9] = num >>> 8
  }

  private open(): void {
    const previous = this.count === 0 ? 0 : this.out.length - this.tail
    this.tail = this.out.length
    this.count++
    if (previous < 254) this.out.u8(previous)
    else {
      this.out.u8(0xfe)
      this.out.u32le(previous)
    }
  }

  private putInteger(value: Int64): void {
    const {out} = this
    const small = value.lo | 0
    if (!isInt32(value)) {
      out.u8(0xe0)
      out.u32le(value.lo)
      out.u32le(value.hi)
    } else if (small >= 0 && small <= 12) out.u8(0xf1 + small)
    else if (small >= -0x80 && small < 0x80) {
      out.u8(0xfe)
      out.u8(small)
    } else if (small >= -0x8000 && small < 0x8000) {
      out.u8(0xc0)
      out.u16le(small)
    } else if (small >= -0x800000 && small < 0x800000) {
      out.u8(0xf0)
      out.u16le(small)
      out.u8(small >> 16)
    } else {
      out.u8(0xd0)
      out.u32le(small)
    }
  }
}
