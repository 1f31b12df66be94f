/** Decimals as doubles, exactly rounded, where a quotient of two 64-bit integers is enough. */

const DIGITS: u32 = 19
/** Integers below 2^53 and powers of ten up to here are doubles: one division rounds once. */
const EXACT_POWER: u64 = 10000000000000000000
const EXACT_INTEGER: u64 = 0x20000000000000
const MANTISSA: i32 = 53
const EIGHT_DIGITS: u64 = 100000000
const HIGH_HALVES: u64 = 0xf0f0f0f0f0f0f0f0

const POWERS = memory.data<u64>([
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
  1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000,
  100000000000000000, 1000000000000000000, 10000000000000000000,
])

/** 10^exponent, up to 19. */
// @ts-ignore: decorator
@inline
export function powerOf(exponent: u32): u64 {
  return load<u64>((POWERS as u32) + (exponent << 3))
}

/** The decimal `[-]digits[.digits]` of up to 19 digits, not counting zeros in front, and as many places; NaN for any other text. */
export function plainDouble(start: u32, end: u32): f64 {
  const negative = start < end && load<u8>(start) == 0x2d
  let digits: u64 = 0
  let count: u32 = 0
  let zeros: u32 = 0
  let places: u32 = 0
  let point = false
  for (let at = start + (negative as u32); at < end; ) {
    if (end - at >= 8 && digits != 0 && isEight(load<u64>(at))) {
      digits = digits * EIGHT_DIGITS + eightValue(load<u64>(at))
      if ((count += 8) > DIGITS) return NaN
      if (point) places += 8
      at += 8
      continue
    }
    const byte: u32 = load<u8>(at++)
    if (byte - 0x30 <= 9) {
      digits = digits * 10 + (byte - 0x30)
      // Zeros in front are no digits.
      if (digits == 0) zeros++
      else if (++count > DIGITS) return NaN
      if (point) places++
    } else if (byte == 0x2e && !point) point = true
    else return NaN
  }
  if (count + zeros == 0 || places > DIGITS) return NaN
  const size = ratio(digits, powerOf(places))
  return negative ? -size : size
}

/** Are these eight bytes digits? */
// @ts-ignore: decorator
@inline
function isEight(text: u64): bool {
  const carried = ((text + 0x0606060606060606) & HIGH_HALVES) >> 4
  return ((text & HIGH_HALVES) | carried) == 0x3333333333333333
}

/** What they stand for, the first in the lowest byte: pairs, then fours, then all of them are added up side by side. */
// @ts-ignore: decorator
@inline
function eightValue(text: u64): u64 {
  const each = text & 0x0f0f0f0f0f0f0f0f
  const pairs = (each * 10 + (each >> 8)) & 0x00ff00ff00ff00ff
  const fours = (pairs * 100 + (pairs >> 16)) & 0x0000ffff0000ffff
  return (fours * 10000 + (fours >> 32)) & 0xffffffff
}

/** Two integers divided and rounded once; the second is a power of ten. */
export function ratio(digits: u64, power: u64): f64 {
  const exact = digits < EXACT_INTEGER && power <= EXACT_POWER
  return exact ? (digits as f64) / (power as f64) : quotient(digits, power)
}

/** Two integers divided: 64 bits of the quotient, and whether anything is left, decide how it is rounded. */
function quotient(digits: u64, power: u64): f64 {
  const up = clz<u64>(digits)
  const down = clz<u64>(power)
  const divisor = power << down
  // The dividend with its top bit set, times 2^63. What it loses at the right is the top bit of the next 64.
  const dividend = digits << up
  const high = halfQuotient(dividend >> 1, (dividend & 1) << 31, divisor)
  const rest = ((dividend >> 1) << 32) + ((dividend & 1) << 31) - high * divisor
  const low = halfQuotient(rest, 0, divisor)
  const more = (rest << 32) != low * divisor
  return rounded((high << 32) + low, more, (down as i32) - (up as i32) - 63)
}

/**
 * 32 bits of a quotient: (rest * 2^32 + next) / divisor, where rest < divisor and the divisor has its top bit set. Guessed by the
 * divisor's upper half, which makes it too large by two at most. Source: Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D.
 */
// @ts-ignore: decorator
@inline
function halfQuotient(rest: u64, next: u64, divisor: u64): u64 {
  const upper = divisor >> 32
  const lower = divisor & 0xffffffff
  let guess = rest / upper
  let left = rest - guess * upper
  while (left <= 0xffffffff && (guess > 0xffffffff || guess * lower > ((left << 32) | next))) {
    guess--
    left += upper
  }
  return guess
}

/** bits * 2^exponent to the nearest double, of two the even one; `more` says that the bits go on. */
function rounded(bits: u64, more: bool, exponent: i32): f64 {
  const drop = 64 - MANTISSA - (clz<u64>(bits) as i32)
  const half: u64 = 1 << ((drop as u64) - 1)
  const rest = bits & ((half << 1) - 1)
  let mantissa = bits >> (drop as u64)
  if (rest > half || (rest == half && (more || (mantissa & 1) != 0))) mantissa++
  return (mantissa as f64) * reinterpret<f64>(((1023 + exponent + drop) as u64) << 52)
}
