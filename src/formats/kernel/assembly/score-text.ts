/**
 * A double as fpconv prints it: digits by Grisu2, which is now and then not the shortest, and a layout of its own.
 *
 *     Grisu2    the double and the middles between it and its neighbours, as 64-bit numbers, times a cached power of ten that
 *               brings the upper one between 2^32 and 2^64; digits of the upper one are taken until what is left is within
 *     digits D, power K     value = D x 10^K; the place of its first digit is x = K + digits - 1
 *
 *     K >= 0 and |x| < digits + 7         D and K zeros
 *     K < 0 and (K > -7 or |x| < 4)       with a point
 *     else                                d.ddde+x, at most 18 digits, 17 behind a minus sign
 *
 * Source: fpconv_dtoa(), grisu2(), emit_digits() of the fpconv library in Redis 7.2.
 */
import {SCORE_POWERS} from '../layout'
import {putInt} from './numbers'

const POWERS: i32 = 87
const FIRST_POWER: i32 = -348
const POWER_STEP: i32 = 8
const EXACT: f64 = 1e15
const HIDDEN: u64 = 0x10000000000000

/** Digits as numbers. */
const digitList = memory.data(24)
let digits: u32 = 0
/** Decimal power of the last digit. */
let power: i32 = 0
/** Binary exponent of the last product. */
let scaled: i32 = 0

/** Write a score at `out`, at most 25 bytes. Returns its end. */
export function scoreText(score: f64, out: u32): u32 {
  // Up to fifteen digits an integer is in the middle of what its digits stand for: Grisu2 finds just them.
  if (Math.abs(score) < EXACT && score == Math.trunc(score) && score != 0) {
    const end = putInt(out, score as i64)
    if (!endsInZeros(score as i64)) return end
  }
  if (score != score) return letters(out, 0x6e, 0x61, 0x6e)
  const bits = reinterpret<u64>(score)
  if (bits >> 63 != 0) store<u8>(out++, 0x2d)
  const size = bits & 0x7fffffffffffffff
  if (size == 0) {
    store<u8>(out, 0x30)
    return out + 1
  }
  if (size == 0x7ff0000000000000) return letters(out, 0x69, 0x6e, 0x66)
  grisu(size)
  return layOut(out, bits >> 63 != 0)
}

/** Eight zeros at the end are written as an exponent. */
function endsInZeros(value: i64): bool {
  return value % 100000000 == 0
}

function letters(out: u32, a: u32, b: u32, c: u32): u32 {
  store<u8>(out, a)
  store<u8>(out, b, 1)
  store<u8>(out, c, 2)
  return out + 3
}

function grisu(bits: u64): void {
  const field = (bits >> 52) as i32
  const fraction = bits & (HIDDEN - 1)
  const f = field == 0 ? fraction : fraction + HIDDEN
  const e = field == 0 ? -1074 : field - 1075
  let upper = (f << 1) + 1
  const shift = clz<u64>(upper) as i32
  upper <<= shift
  const upperE = e - 1 - shift
  const narrow = f == HIDDEN ? 2 : 1
  const lower = ((f << narrow) - 1) << (e - narrow - upperE)
  const middle = f << clz<u64>(f)
  const middleE = e - (clz<u64>(f) as i32)
  const i = choosePower(upperE)
  const tens = load<u64>(SCORE_POWERS + (i << 4))
  const tensE = load<i32>(SCORE_POWERS + (i << 4), 8)
  const top = multiply(upper, tens) - 1
  const bottom = multiply(lower, tens) + 1
  const center = multiply(middle, tens)
  scaled = upperE + tensE + 64
  power = -(FIRST_POWER + POWER_STEP * i)
  // The middle has the same exponent as the upper one: shifting took both to bit 63.
  generate(top, bottom, center << (middleE - upperE))
}

function choosePower(e: i32): i32 {
  const guess = Math.trunc(-((e + 87) as f64) * 0.30102999566398114)
  let i = ((guess as i32) - FIRST_POWER) / POWER_STEP
  while (exponentWith(i, e) < -60 && i < POWERS - 1) i++
  while (exponentWith(i, e) > -32 && i > 0) i--
  return i
}

/** Binary exponent of the product with a power. */
function exponentWith(i: i32, e: i32): i32 {
  return e + load<i32>(SCORE_POWERS + (i << 4), 8) + 64
}

/** The upper 64 bits of a product, rounded. */
function multiply(a: u64, b: u64): u64 {
  const ah = a >> 32
  const al = a & 0xffffffff
  const bh = b >> 32
  const bl = b & 0xffffffff
  const middle = ((ah * bl) & 0xffffffff) + ((al * bh) & 0xffffffff) + ((al * bl) >> 32) + 0x80000000
  return ah * bh + ((ah * bl) >> 32) + ((al * bh) >> 32) + (middle >> 32)
}

function append(digit: u64): void {
  if (digit == 0 && digits == 0) return
  store<u8>((digitList as u32) + digits, digit as u8)
  digits++
}

function generate(upper: u64, lower: u64, middle: u64): void {
  const bits: u64 = -scaled
  const one: u64 = 1 << bits
  const wide = upper - middle
  let delta = upper - lower
  let whole = upper >> bits
  let part = upper & (one - 1)
  digits = 0
  let kappa = 10
  for (let unit: u64 = 1000000000; unit > 0; unit /= 10) {
    append(whole / unit)
    whole %= unit
    kappa--
    const rest = (whole << bits) + part
    if (rest <= delta) {
      power += kappa
      return roundLast(delta, rest, unit << bits, wide)
    }
  }
  for (let unit: u64 = 10; ; unit *= 10) {
    part *= 10
    delta *= 10
    kappa--
    append(part >> bits)
    part &= one - 1
    if (part < delta) {
      power += kappa
      return roundLast(delta, part, one, wide * unit)
    }
  }
}

/** Lower the last digit while that comes closer to the double. */
function roundLast(delta: u64, from: u64, unit: u64, wide: u64): void {
  const at = (digitList as u32) + digits - 1
  let rest = from
  while (rest < wide && delta - rest >= unit && (rest + unit < wide || wide - rest > rest + unit - wide)) {
    store<u8>(at, load<u8>(at) - 1)
    rest += unit
  }
}

function layOut(out: u32, negative: bool): u32 {
  const count = digits as i32
  const first = power + count - 1
  const x = abs<i32>(first)
  if (power >= 0 && x < count + 7) return zeros(putDigits(out, 0, count), power)
  if (power < 0 && (power > -7 || x < 4)) return withPoint(out, count)
  const kept = min<i32>(count, negative ? 17 : 18)
  out = putDigits(out, 0, 1)
  if (kept > 1) {
    store<u8>(out, 0x2e)
    out = putDigits(out + 1, 1, kept)
  }
  store<u8>(out, 0x65)
  store<u8>(out, first < 0 ? 0x2d : 0x2b, 1)
  return putInt(out + 2, x)
}

function withPoint(out: u32, count: i32): u32 {
  const whole = count + power
  if (whole > 0) {
    out = putDigits(out, 0, whole)
    store<u8>(out, 0x2e)
    return putDigits(out + 1, whole, count)
  }
  store<u16>(out, 0x2e30)
  return putDigits(zeros(out + 2, -whole), 0, count)
}

function zeros(out: u32, count: i32): u32 {
  for (; count > 0; count--) store<u8>(out++, 0x30)
  return out
}

function putDigits(out: u32, from: i32, to: i32): u32 {
  for (; from < to; from++) store<u8>(out++, load<u8>((digitList as u32) + from) + 0x30)
  return out
}
