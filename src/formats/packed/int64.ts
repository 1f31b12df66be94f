/** A signed 64-bit integer in two halves: bigints are too slow for every element of a file. */
export interface Int64 {
  /** Low half, unsigned. */
  lo: number
  /** High half, signed. */
  hi: number
}

const TWO_32 = 2 ** 32
/** `-9223372036854775808` */
const LONGEST = 20

/**
 * Read the canonical decimal of an int64: no plus sign, no leading zeros, not `-0`.
 * False, with `out` undefined, when the span is anything else. Source: string2ll() in util.c.
 */
export function parseInt64(memory: Uint8Array, start: number, end: number, out: Int64): boolean {
  const length = end - start
  if (length === 0 || length > LONGEST) return false
  const negative = memory[start] === 0x2d
  let at = negative ? start + 1 : start
  if (at === end) return false
  if (memory[at] === 0x30) {
    out.lo = 0
    out.hi = 0
    return !negative && length === 1
  }
  let lo = 0
  let hi = 0
  for (; at < end; at++) {
    const digit = memory[at] - 0x30
    if (digit < 0 || digit > 9) return false
    lo = lo * 10 + digit
    const carry = Math.floor(lo / TWO_32)
    lo -= carry * TWO_32
    hi = hi * 10 + carry
  }
  return sign(negative, lo, hi, out)
}

function sign(negative: boolean, lo: number, hi: number, out: Int64): boolean {
  if (!negative) {
    out.lo = lo
    out.hi = hi
    return hi < 2 ** 31
  }
  if (hi > 2 ** 31 || (hi === 2 ** 31 && lo > 0)) return false
  out.lo = -lo >>> 0
  out.hi = lo === 0 ? -hi | 0 : ~hi
  return true
}

/** Whether it fits 32 bits; its value is then `lo | 0`. */
export function isInt32(value: Int64): boolean {
  return value.hi === (value.lo | 0) >> 31
}
