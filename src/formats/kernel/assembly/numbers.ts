/**
 * Numbers and their texts: integers as the servers print them, canonical 64-bit integers, the scores of sorted sets.
 */
import {REG_AUX, REGISTERS} from '../layout'

const EIGHT_DIGITS: u64 = 100000000
/** The character 0 in every byte. */
const ZEROS: u64 = 0x3030303030303030

/**
 * Write `value` in decimal at `out`. Returns where the text ends, at most 20 bytes on; 24 bytes there may be overwritten.
 */
export function putInt(out: u32, value: i64): u32 {
  let rest = value as u64
  if (value < 0) {
    store<u8>(out++, 0x2d)
    rest = 0 - rest
  }
  // Division of 32 bits by a constant is a multiplication, of 64 bits it is not.
  if (rest <= 0xffffffff) return putU32(out, rest as u32)
  const high = rest / EIGHT_DIGITS
  const low = (rest - high * EIGHT_DIGITS) as u32
  if (high < EIGHT_DIGITS) {
    out = putHead(out, high as u32)
  } else {
    const top = high / EIGHT_DIGITS
    out = putHead(out, top as u32)
    store<u64>(out, eightDigits((high - top * EIGHT_DIGITS) as u32) | ZEROS)
    out += 8
  }
  store<u64>(out, eightDigits(low) | ZEROS)
  return out + 8
}

function putU32(out: u32, value: u32): u32 {
  if (value < 100000000) return putHead(out, value)
  const high = value / 100000000
  out = putHead(out, high)
  store<u64>(out, eightDigits(value - high * 100000000) | ZEROS)
  return out + 8
}

/** Write up to eight digits without leading zeros. */
// @ts-ignore: decorator
@inline
function putHead(out: u32, value: u32): u32 {
  const digits = eightDigits(value)
  // Zero has its last digit only.
  const skipped = min<u32>(ctz<u64>(digits) as u32, 56) & ~7
  store<u64>(out, (digits | ZEROS) >> skipped)
  return out + 8 - (skipped >> 3)
}

/**
 * The eight decimal digits of a number below 10^8, the first in the lowest byte. Halves, then quarters, then digits are
 * divided side by side in one word, by multiplying with a rounded reciprocal that is exact for their range.
 */
// @ts-ignore: decorator
@inline
function eightDigits(value: u32): u64 {
  const high = value / 10000
  const halves = (high as u64) | (((value - high * 10000) as u64) << 32)
  const hundreds = ((halves * 10486) >> 20) & 0x0000007f0000007f
  const quarters = hundreds | ((halves - hundreds * 100) << 16)
  const tens = ((quarters * 103) >> 10) & 0x000f000f000f000f
  return tens | ((quarters - tens * 10) << 8)
}

/**
 * Whether [start, end) is exactly how the servers print a 64-bit integer: no plus, no leading zero, no "-0".
 * If so the integer is in REG_AUX. Source: string2ll() in util.c.
 */
export function spanInt(start: u32, end: u32): bool {
  const length = end - start
  if (length == 0 || length > 20) return false
  const negative = load<u8>(start) == 0x2d
  let at = start + (negative as u32)
  if (at == end) return false
  const first: u32 = load<u8>(at) - 0x30
  if (first == 0) {
    if (negative || length != 1) return false
    store<i64>(REGISTERS + REG_AUX, 0)
    return true
  }
  // Nineteen digits always fit in a u64; what is longer is beyond an i64.
  if (end - at > 19) return false
  let value: u64 = 0
  for (; at < end; at++) {
    const digit: u32 = load<u8>(at) - 0x30
    if (digit > 9) return false
    value = value * 10 + digit
  }
  if (value > 0x7fffffffffffffff + (negative as u64)) return false
  store<i64>(REGISTERS + REG_AUX, negative ? ((0 - value) as i64) : (value as i64))
  return true
}

/**
 * The double that a plain decimal in [start, end) stands for: at most 15 significant digits and a power of ten up to 22, where
 * one multiplication or division is exact. For anything else, "inf" included, NaN with 1 in REG_AUX (u32): parse it elsewhere.
 */
export function textDouble(start: u32, end: u32): f64 {
  store<u32>(REGISTERS + REG_AUX, 0)
  const value = approximateDouble(start, end)
  if (load<u32>(REGISTERS + REG_AUX) == 0) return value
  store<u32>(REGISTERS + REG_AUX, 1)
  return NaN
}

/**
 * As textDouble, but a number that needs more digits is returned to within a few units in the last place, with 1 in
 * REG_AUX (u32); what is no number at all is NaN with 2 there, and a NaN by name is NaN with 3.
 */
export function approximateDouble(start: u32, end: u32): f64 {
  store<u32>(REGISTERS + REG_AUX, 0)
  let at = start
  const negative = at < end && load<u8>(at) == 0x2d
  if (at < end && (negative || load<u8>(at) == 0x2b)) at++
  let digits: u64 = 0
  let significant: i32 = 0
  let power: i32 = 0
  let seen = false
  let point = false
  for (; at < end; at++) {
    const byte: u32 = load<u8>(at)
    const digit = byte - 0x30
    if (digit <= 9) {
      seen = true
      if (significant < 18) {
        digits = digits * 10 + digit
        if (digits != 0) significant++
        if (point) power--
      } else {
        store<u32>(REGISTERS + REG_AUX, 1)
        if (!point) power++
      }
    } else if (byte == 0x2e && !point) {
      point = true
    } else {
      break
    }
  }
  if (!seen) return word(at, end, negative)
  if (at < end) {
    const exponent = readExponent(at, end)
    if (exponent == i32.MIN_VALUE) return hexOrNot(start, end)
    power += exponent
  }
  return scale(digits, significant, power, negative)
}

function scale(digits: u64, significant: i32, power: i32, negative: bool): f64 {
  let value = digits as f64
  if (digits != 0) {
    if (significant > 15 || power > 22 || power < -22) store<u32>(REGISTERS + REG_AUX, 1)
    // Two steps keep the divisor finite for the smallest denormals; beyond these bounds the result is 0 or infinite anyway.
    power = max<i32>(-400, min<i32>(400, power))
    for (; power < -300; power++) value /= 10
    value = power < 0 ? value / tenTo(-power) : value * tenTo(power)
  }
  return negative ? -value : value
}

/** Powers of ten that are doubles. */
const TENS = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
])

function tenTo(power: i32): f64 {
  let result: f64 = 1
  for (; power > 22; power -= 22) result *= 1e22
  return result * load<f64>((TENS as u32) + (power << 3))
}

/** The exponent part that ends the text, or i32.MIN_VALUE if it is none. */
function readExponent(at: u32, end: u32): i32 {
  if ((load<u8>(at) | 0x20) != 0x65) return i32.MIN_VALUE
  at++
  const negative = at < end && load<u8>(at) == 0x2d
  if (at < end && (negative || load<u8>(at) == 0x2b)) at++
  if (at == end) return i32.MIN_VALUE
  let exponent: i32 = 0
  for (; at < end; at++) {
    const digit: u32 = load<u8>(at) - 0x30
    if (digit > 9) return i32.MIN_VALUE
    exponent = min<i32>(100000, exponent * 10 + (digit as i32))
  }
  return negative ? -exponent : exponent
}

/** "inf", "infinity" or "nan" in any case, after the sign. */
function word(at: u32, end: u32, negative: bool): f64 {
  const length = end - at
  if (length >= 3) {
    const head = lower3(at)
    const infinite = head == 0x666e69
    if (
      infinite &&
      (length == 3 ||
        (length == 8 &&
          (load<u32>(at, 3) | 0x20202020) == 0x74696e69 &&
          (load<u8>(at, 7) | 0x20) == 0x79))
    ) {
      store<u32>(REGISTERS + REG_AUX, 1)
      return negative ? -Infinity : Infinity
    }
    if (
      head == 0x6e616e &&
      (length == 3 || (load<u8>(at, 3) == 0x28 && load<u8>(end - 1) == 0x29))
    ) {
      store<u32>(REGISTERS + REG_AUX, 3)
      return NaN
    }
  }
  store<u32>(REGISTERS + REG_AUX, 2)
  return NaN
}

function lower3(at: u32): u32 {
  return (load<u16>(at) as u32) | ((load<u8>(at, 2) as u32) << 16) | 0x202020
}

/** A hexadecimal C number, which servers accept and never write: a number of unknown size, here 0. */
function hexOrNot(start: u32, end: u32): f64 {
  let at = start
  if (load<u8>(at) == 0x2d || load<u8>(at) == 0x2b) at++
  let digits = 0
  store<u32>(REGISTERS + REG_AUX, 2)
  if (end - at < 3 || load<u8>(at) != 0x30 || (load<u8>(at, 1) | 0x20) != 0x78) return NaN
  let point = false
  for (at += 2; at < end; at++) {
    const byte: u32 = load<u8>(at)
    if (byte - 0x30 <= 9 || (byte | 0x20) - 0x61 <= 5) digits++
    else if (byte == 0x2e && !point) point = true
    else break
  }
  if (digits == 0) return NaN
  if (at < end && ((load<u8>(at) | 0x20) != 0x70 || !isExponent(at + 1, end))) return NaN
  store<u32>(REGISTERS + REG_AUX, 4)
  return 0
}

function isExponent(at: u32, end: u32): bool {
  if (at < end && (load<u8>(at) == 0x2d || load<u8>(at) == 0x2b)) at++
  if (at == end) return false
  for (; at < end; at++) if (((load<u8>(at) - 0x30) as u32) > 9) return false
  return true
}
