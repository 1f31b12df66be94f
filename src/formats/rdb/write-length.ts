/** Lengths and counts in their shortest form; see primitives.ts for the layout. Source: rdbSaveLen() in rdb.c. */
import {type Target, UnsupportedByTarget} from './features.ts'

/** Versions below know no 64-bit lengths. */
export const WIDE_SINCE = 8

/** Write a length to the beginning of `out`. Returns its size, at most 9. @throws UnsupportedByTarget `long-lengths`. */
export function encodeLength(out: DataView, value: number, target: Target): number {
  if (value < 0x40) {
    out.setUint8(0, value)
    return 1
  }
  if (value < 0x4000) {
    out.setUint16(0, 0x4000 | value)
    return 2
  }
  if (value <= 0xffffffff) {
    out.setUint8(0, 0x80)
    out.setUint32(1, value)
    return 5
  }
  if (target.version < WIDE_SINCE) throw new UnsupportedByTarget('long-lengths', target, null)
  const high = Math.floor(value / 2 ** 32)
  out.setUint8(0, 0x81)
  out.setUint32(1, high)
  out.setUint32(5, value - high * 2 ** 32)
  return 9
}
