/**
 * A string, as servers write it (rdbSaveRawString() in rdb.c):
 *
 *     C0 i8 | C1 i16le | C2 i32le     at most 11 bytes, the canonical decimal of an int32
 *     C3 clen ulen bytes              over 20 bytes, LZF saves at least 4, compression is on
 *     length bytes                    everything else
 */
import {type Int64, isInt32, parseInt64} from '../packed/int64.ts'
import type {RdbOutput} from './write-output.ts'

const INTEGER_TEXT_MAX = 11
const COMPRESS_OVER = 20
const COMPRESS_GAIN = 4
/** Longer strings are left as they are: compressing takes twice their size in memory. */
export const COMPRESS_MAX = 1 << 25

export class StringWriter {
  private readonly out: RdbOutput
  private readonly compression: boolean
  private readonly integer: Int64 = {lo: 0, hi: 0}

  constructor(out: RdbOutput, compression: boolean) {
    this.out = out
    this.compression = compression
  }

  write(memory: Uint8Array, start: number, end: number): void {
    const length = end - start
    if (length <= INTEGER_TEXT_MAX && this.writeInteger(memory, start, end)) return
    if (length > COMPRESS_OVER && this.writeCompressed(memory, start, end)) return
    this.out.count(length)
    this.out.write(memory, start, end)
  }

  private writeInteger(memory: Uint8Array, start: number, end: number): boolean {
    const {integer, out} = this
    if (!parseInt64(memory, start, end, integer) || !isInt32(integer)) return false
    const value = integer.lo | 0
    if (value >= -0x80 && value < 0x80) {
      out.u8(0xc0)
      out.u8(value & 0xff)
    } else if (value >= -0x8000 && value < 0x8000) {
      out.u8(0xc1)
      out.u8(value & 0xff)
      out.u8((value >> 8) & 0xff)
    } else {
      out.u8(0xc2)
      out.u32le(value)
    }
    return true
  }

  private writeCompressed(memory: Uint8Array, start: number, end: number): boolean {
    const length = end - start
    if (!this.compression || length > COMPRESS_MAX) return false
    const compressedEnd = this.out.compress(memory, start, end, length - COMPRESS_GAIN)
    if (compressedEnd === 0) return false
    const at = this.out.compressedAt(length)
    this.out.u8(0xc3)
    this.out.count(compressedEnd - at)
    this.out.count(length)
    this.out.writeCompressed(at, compressedEnd)
    return true
  }
}
