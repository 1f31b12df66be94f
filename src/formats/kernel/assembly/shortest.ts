/**
 * The shortest decimal that is read as a double again, of these the nearest, as JavaScript prints it: from 2^-8 up to 2^53.
 *
 *     17 digits    always enough, and the nearest ones are exact: the fraction has at most 60 binary places
 *     15, 16       enough where what they stand for is rounded to the same double; fewer are 15 with zeros at their end
 */
import {powerOf, ratio} from './decimal'

const SMALLEST: f64 = 0.00390625
const LARGEST: f64 = 9007199254740992
const DIGITS: u32 = 17

/** Write what is no integer at `out`, at most 24 bytes. Returns its end, or 0 when it is left to the caller. */
export function shortestText(value: f64, out: u32): u32 {
  const size = Math.abs(value)
  const bits = reinterpret<u64>(size)
  const fraction = bits & 0xfffffffffffff
  // The neighbour below a power of two is nearer than the one above.
  if (!(size >= SMALLEST && size < LARGEST) || fraction == 0) return 0
  const places: u64 = 1075 - (bits >> 52)
  const one: u64 = (1 as u64) << places
  let rest = (fraction | 0x10000000000000) & (one - 1)
  let digits = (fraction | 0x10000000000000) >> places
  let count: u32 = 0
  while (count < DIGITS && powerOf(count) <= digits) count++
  let point: u32 = 0
  for (; count < DIGITS; point++) {
    rest *= 10
    digits = digits * 10 + (rest >> places)
    rest &= one - 1
    if (digits != 0) count++
  }
  const half = one >> 1
  if (rest == half) return 0
  if (value < 0) store<u8>(out++, 0x2d)
  const reach = (powerOf(point) as f64) / ((one as f64) * 2) + 2
  for (let less: u32 = 2; less > 0; less--) {
    const unit = powerOf(less)
    const kept = digits / unit
    const left = digits - kept * unit
    if (left * 2 == unit && rest == 0) return 0
    const up = left * 2 >= unit
    const off = up ? unit - left : left
    if (point < less || (off as f64) > reach) continue
    if (ratio(kept + (up as u64), powerOf(point - less)) == size) {
      return put(kept + (up as u64), point - less, out)
    }
  }
  return put(digits + ((rest > half) as u64), point, out)
}

/** digits / 10^point */
function put(digits: u64, point: u32, out: u32): u32 {
  while (point > 0 && digits % 10 == 0) {
    digits /= 10
    point--
  }
  const whole = digits / powerOf(point)
  let size: u32 = 1
  while (size < 19 && powerOf(size) <= whole) size++
  const end = out + size + (point > 0 ? point + 1 : 0)
  let at = end
  for (; point > 0; point--) {
    const next = digits / 10
    store<u8>(--at, 0x30 + ((digits - next * 10) as u8))
    digits = next
  }
  if (at != out + size) store<u8>(--at, 0x2e)
  for (; at > out; digits /= 10) store<u8>(--at, 0x30 + ((digits % 10) as u8))
  return end
}
