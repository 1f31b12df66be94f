/** Decimals as doubles, exactly rounded, where a quotient of two 64-bit integers is enough. */

const DIGITS: u32 = 19
/** Integers below 2^53 and powers of ten up to here are doubles: one division rounds once. */
const EXACT_POWER: u64 = 10000000000000000000
const EXACT_INTEGER: u64 = 0x20000000000000
const MANTISSA: i32 = 53

/** The decimal `[-]digits[.digits]` of up to 19 digits, not counting zeros in front, and as many places; NaN for any other text. */
export function plainDouble(start: u32, end: u32): f64 {
  const negative = start < end && load<u8>(start) == 0x2d
  let digits: u64 = 0
  let seen = false
  let count: u32 = 0
  let places: u32 = 0
  let power: u64 = 1
  let point = false
  for (let at = start + (negative as u32); at < end; at++) {
    const byte: u32 = load<u8>(at)
    if (byte - 0x30 <= 9) {
      seen = true
      digits = digits * 10 + (byte - 0x30)
      // Zeros in front are no digits.
      if (digits != 0 && ++count > DIGITS) return NaN
      if (!point) continue
      if (++places > DIGITS) return NaN
      power *= 10
    } else if (byte == 0x2e && !point) point = true
    else return NaN
  }
  if (!seen) return NaN
  const size = ratio(digits, power)
  return negative ? -size : size
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
  // The dividend with its top bit set, times 2^63.
  let rest = (digits << up) >> 1
  let low = (digits << up) << 63
  let result: u64 = 0
  for (let bit = 0; bit < 64; bit++) {
    const carry = rest >> 63
    rest = (rest << 1) | (low >> 63)
    low <<= 1
    result <<= 1
    if (carry != 0 || rest >= divisor) {
      rest -= divisor
      result |= 1
    }
  }
  return rounded(result, rest != 0, (down as i32) - (up as i32) - 63)
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
