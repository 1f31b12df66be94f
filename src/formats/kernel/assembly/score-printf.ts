/**
 * A double as C's `%.17g` prints it, where 64 bits are enough to be exact: from 2^-8 up to 2^53. Its fraction has at most 60
 * binary places there, of which the decimal digits come one by one; what is left decides how the last one is rounded.
 */
import {putInt} from './numbers'

const SMALLEST: f64 = 0.00390625
const LARGEST: f64 = 9007199254740992
const DIGITS: u32 = 17

/** Write a score at `out`, at most 24 bytes. Returns its end, or 0 when it is left to the caller. */
export function scorePrintf(score: f64, out: u32): u32 {
  const size = Math.abs(score)
  if (!(size >= SMALLEST && size < LARGEST)) return 0
  const bits = reinterpret<u64>(size)
  const places: u64 = 1075 - (bits >> 52)
  const number = (bits & 0xfffffffffffff) | 0x10000000000000
  const one: u64 = places > 63 ? 0 : (1 as u64) << places
  let rest = number & (one - 1)
  if (score < 0) store<u8>(out++, 0x2d)
  const start = out
  out = putInt(out, (number >> places) as i64)
  if (rest == 0) return out
  // A 0 in front of the point is no digit that counts.
  let left = number >> places == 0 ? DIGITS : DIGITS - (out - start)
  store<u8>(out++, 0x2e)
  for (let counts = left < DIGITS; left > 0; out++) {
    rest *= 10
    const digit = rest >> places
    rest &= one - 1
    store<u8>(out, 0x30 + (digit as u8))
    counts = counts || digit != 0
    if (counts) left--
  }
  const half = one >> 1
  if (rest > half || (rest == half && (load<u8>(out - 1) & 1) != 0)) roundUp(start, out)
  return withoutZeros(out)
}

/** Add one to the last digit. It never goes beyond the first: 2^53 is far from a power of ten. */
function roundUp(start: u32, end: u32): void {
  for (let at = end - 1; at >= start; at--) {
    const digit = load<u8>(at)
    if (digit == 0x2e) continue
    if (digit < 0x39) return store<u8>(at, digit + 1)
    store<u8>(at, 0x30)
  }
}

function withoutZeros(end: u32): u32 {
  while (load<u8>(end - 1) == 0x30) end--
  return load<u8>(end - 1) == 0x2e ? end - 1 : end
}
