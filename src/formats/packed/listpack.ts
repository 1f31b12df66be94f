/**
 * Listpack:
 *
 *     total u32le | num u16le | entry* | FF
 *     entry := encoding(+length) | data | backlen
 *
 * total counts the whole blob; num is 0xFFFF when it does not fit. Integers take their smallest class:
 *
 *     0xxxxxxx          0..127            F1 i16le   F2 i24le   F3 i32le   F4 i64le
 *     110xxxxx b        -4096..4095
 *
 * and strings theirs:
 *
 *     10llllll          up to 63 bytes    1110llll b  up to 4095    F0 u32le  more
 *
 * backlen is the size of encoding and data in 7-bit groups, most significant first, all but the first with their top bit set.
 * Source: lpEncodeGetType() and lpEncodeBacklen() in listpack.c.
 */
import type {PackedEncoder} from './encoder.ts'
import {Growable, putU32le} from './growable.ts'
import {type Int64, isInt32, parseInt64} from './int64.ts'

const HEADER = 6

export class ListpackEncoder implements PackedEncoder {
  readonly out = new Growable()
  count = 0
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
  }

  append(memory: Uint8Array, start: number, end: number): void {
    if (parseInt64(memory, start, end, this.integer)) this.appendInt64(this.integer)
    else this.appendString(memory, start, end)
  }

  appendString(memory: Uint8Array, start: number, end: number): void {
    const length = end - start
    const from = this.out.length
    if (length < 64) this.out.u8(0x80 | length)
    else if (length < 4096) {
      this.out.u8(0xe0 | (length >> 8))
      this.out.u8(length & 0xff)
    } else {
      this.out.u8(0xf0)
      this.out.u32le(length)
    }
    this.out.append(memory, start, end)
    this.close(from)
  }

  /** Add an integer of at most 32 bits. */
  appendInteger(value: number): void {
    this.integer.lo = value >>> 0
    this.integer.hi = value >> 31
    this.appendInt64(this.integer)
  }

  appendInt64(value: Int64): void {
    const {out} = this
    const from = out.length
    const small = value.lo | 0
    if (!isInt32(value)) {
      out.u8(0xf4)
      out.u32le(value.lo)
      out.u32le(value.hi)
    } else if (small >= 0 && small < 128) out.u8(small)
    else if (small >= -4096 && small < 4096) {
      out.u8(0xc0 | ((small >> 8) & 0x1f))
      out.u8(small & 0xff)
    } else if (small >= -0x8000 && small < 0x8000) {
      out.u8(0xf1)
      out.u16le(small)
    } else if (small >= -0x800000 && small < 0x800000) {
      out.u8(0xf2)
      out.u16le(small)
      out.u8(small >> 16)
    } else {
      out.u8(0xf3)
      out.u32le(small)
    }
    this.close(from)
  }

  finish(): void {
    this.out.u8(0xff)
    const {bytes, length} = this.out
    const num = Math.min(this.count, 0xffff)
    putU32le(bytes, 0, length)
    bytes[4] = num
    bytes[5] = num >>> 8
  }

  private close(from: number): void {
    const size = this.out.length - from
    // The class limits are one less than 7 bits a byte would allow; loaders insist on them.
    if (size > 268435454) this.out.u8(Math.floor(size / 2 ** 28))
    if (size > 2097150) this.backlen(size, 21, 268435454)
    if (size > 16382) this.backlen(size, 14, 2097150)
    if (size > 127) this.backlen(size, 7, 16382)
    this.backlen(size, 0, 127)
    this.count++
  }

  private backlen(size: number, shift: number, top: number): void {
    this.out.u8(((size >>> shift) & 0x7f) | (size > top ? 0x80 : 0))
  }
}
