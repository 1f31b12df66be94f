/**
 * A double as C's `%.17g` prints it, where 128 bits are enough to be exact: from 2^-72 up to 2^53. Its fraction has at most 124
 * binary places there, of which the decimal digits come one by one; what is left decides how the last one is rounded.
 */
import {putInt} from './numbers'

const SMALL: f64 = 0.00390625
const SMALLEST: f64 = 2.117582368135751e-22
const LARGEST: f64 = 9007199254740992
const DIGITS: u32 = 17
/** Decimal exponents below this one are written. */
const PLAIN_EXPONENT: i32 = -4

/** Write a score at `out`, at most 26 bytes. Returns its end, or 0 when it is left to the caller. */
export function scorePrintf(score: f64, out: u32): u32 {
  const size = Math.abs(score)
  if (!(size >= SMALLEST && size < LARGEST)) return 0
  if (score < 0) store<u8>(out++, 0x2d)
  const bits = reinterpret<u64>(size)
  const number = (bits & 0xfffffffffffff) | 0x10000000000000
  const places: u64 = 1075 - (bits >> 52)
  return size < SMALL ? smallPrintf(number, places, out) : largePrintf(number, places, out)
}

function largePrintf(number: u64, places: u64, out: u32): u32 {
  const one: u64 = places > 63 ? 0 : (1 as u64) << places
  let rest = number & (one - 1)
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

/** number / 2^places, less than 2^-8: digits from [out + 8) on, behind what comes before them. */
function smallPrintf(number: u64, places: u64, out: u32): u32 {
  const digits = out + 8
  let low = number
  let high: u64 = 0
  let exponent: i32 = 0
  let count: u32 = 0
  while (count < DIGITS) {
    // Times ten, in two words.
    const tail = (low & 0xffffffff) * 10
    const body = (low >> 32) * 10 + (tail >> 32)
    low = (tail & 0xffffffff) | (body << 32)
    high = high * 10 + (body >> 32)
    const digit = takeDigit(low, high, places)
    low = restLow
    high = restHigh
    if (count == 0) exponent--
    if (count > 0 || digit != 0) store<u8>(digits + count++, 0x30 + (digit as u8))
  }
  if (isOverHalf(low, high, places, load<u8>(digits + DIGITS - 1))) exponent += roundDigits(digits)
  while (count > 1 && load<u8>(digits + count - 1) == 0x30) count--
  return layOut(out, digits, count, exponent)
}

let restLow: u64 = 0
let restHigh: u64 = 0

/** What stands in front of the binary places; the rest of it stays. */
function takeDigit(low: u64, high: u64, places: u64): u64 {
  if (places < 64) {
    restLow = low & (((1 as u64) << places) - 1)
    restHigh = 0
    return (high << (64 - places)) | (low >> places)
  }
  const above = places - 64
  restLow = low
  restHigh = high & (((1 as u64) << above) - 1)
  return high >> above
}

function isOverHalf(low: u64, high: u64, places: u64, last: u32): bool {
  if (places <= 64) {
    const half: u64 = (1 as u64) << (places - 1)
    return low > half || (low == half && (last & 1) != 0)
  }
  const half: u64 = (1 as u64) << (places - 65)
  return high > half || (high == half && (low != 0 || (last & 1) != 0))
}

/** Add one to the last of 17 digits. Returns 1 where that makes a power of ten. */
function roundDigits(digits: u32): i32 {
  for (let at = digits + DIGITS - 1; at >= digits; at--) {
    const digit: u32 = load<u8>(at)
    if (digit < 0x39) {
      store<u8>(at, digit + 1)
      return 0
    }
    store<u8>(at, 0x30)
  }
  store<u8>(digits, 0x31)
  return 1
}

/** 0.000d, or d.ddde-05. */
function layOut(out: u32, digits: u32, count: u32, exponent: i32): u32 {
  if (exponent >= PLAIN_EXPONENT) {
    store<u64>(out, 0x3030303030302e30)
    out += 1 - exponent
    memory.copy(out, digits, count)
    return out + count
  }
  store<u8>(out++, load<u8>(digits))
  if (count > 1) {
    store<u8>(out++, 0x2e)
    memory.copy(out, digits + 1, count - 1)
    out += count - 1
  }
  const tens = -exponent / 10
  store<u16>(out, 0x2d65)
  store<u8>(out, 0x30 + tens, 2)
  store<u8>(out, 0x30 - exponent - tens * 10, 3)
  return out + 4
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
