/**
 * Floats as INCRBYFLOAT and HINCRBYFLOAT compute with them: C's long double as x86 has it, 64 bits of mantissa and 15 of
 * exponent, done exactly with big integers. (Servers on ARM have 113 bits: their results may differ in the last digits.)
 * A number is mantissa * 2^exponent. Source: string2ld() and ld2string() in util.c, strtold() as glibc has it.
 */

interface LongDouble {
  /** Signed; at most 64 bits. */
  readonly mantissa: bigint
  /** Infinity for the two infinities, whose mantissa is 1 or -1. */
  readonly exponent: number
}

/** Exponent of the smallest subnormal, and of the largest number. */
const LOWEST = -16445
const HIGHEST = 16320
const MANTISSA_BITS = 64
/** MAX_LONG_DOUBLE_CHARS: texts of this length or more are no numbers. */
const TEXT_MAX = 5 * 1024
/** Digits behind the point of a result. */
const PLACES = 17

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i
const HEXADECIMAL = /^([+-]?)0x([\da-f]*)(?:\.([\da-f]*))?(?:p([+-]?\d+))?$/i
const INFINITE = /^([+-]?)inf(?:inity)?$/i

/** Whether servers take this text, one character per byte, for a long double. The infinities are some, NaN is none. */
export const isLongDouble = (text: string): boolean => parse(text) !== null

/** Whether a number that servers take, or a result of addLongDouble(), is infinite or NaN. */
export const isNotFinite = (text: string): boolean => /^[+-]?[in]/i.test(text)

/**
 * The sum of two numbers as servers store it: plain decimal, at most 17 places, no trailing zeros. `inf`, `-inf` or `nan` when
 * the sum is none they accept; null when one of the two is not a number.
 */
export function addLongDouble(a: string, b: string): string | null {
  const left = parse(a)
  const right = parse(b)
  if (left === null || right === null) return null
  const leftInfinite = left.exponent === Number.POSITIVE_INFINITY
  const rightInfinite = right.exponent === Number.POSITIVE_INFINITY
  if (leftInfinite && rightInfinite && left.mantissa !== right.mantissa) return 'nan'
  if (leftInfinite) return format(left)
  if (rightInfinite) return format(right)
  const exponent = Math.min(left.exponent, right.exponent)
  const sum = shift(left.mantissa, left.exponent - exponent)
  return format(round(sum + shift(right.mantissa, right.exponent - exponent), 1n, exponent))
}

function parse(text: string): LongDouble | null {
  if (text.length === 0 || text.length >= TEXT_MAX) return null
  const infinite = INFINITE.exec(text)
  if (infinite) return infinity(infinite[1] === '-')
  return parseDigits(DECIMAL.exec(text), 10) ?? parseDigits(HEXADECIMAL.exec(text), 16)
}

function parseDigits(match: RegExpExecArray | null, base: 10 | 16): LongDouble | null {
  if (!match) return null
  const [, sign, whole, fraction = '', power = '0'] = match
  const digits = `${whole}${fraction}`
  if (digits === '') return null
  const significant = digits.replace(/^0+/, '')
  if (significant === '') return {mantissa: 0n, exponent: 0}
  const places = fraction.length * (base === 16 ? 4 : 1)
  const scale = Number(power) - places
  // Far outside of what there is: neither may become a large integer. These are ERANGE.
  const size = scale + significant.length * (base === 16 ? 4 : 1)
  if (size > 17000 || size < -17000) return null
  const number = BigInt(base === 16 ? `0x${significant}` : significant)
  const magnitude = base === 16 ? round(number, 1n, scale) : roundDecimal(number, scale)
  if (magnitude.mantissa === 0n || magnitude.exponent > HIGHEST) return null
  return {...magnitude, mantissa: sign === '-' ? -magnitude.mantissa : magnitude.mantissa}
}

function roundDecimal(number: bigint, scale: number): LongDouble {
  return scale < 0
    ? round(number, 10n ** BigInt(-scale), 0)
    : round(number * 10n ** BigInt(scale), 1n, 0)
}

/** The long double nearest to number / divisor * 2^exponent, ties to even. */
function round(number: bigint, divisor: bigint, exponent: number): LongDouble {
  if (number === 0n) return {mantissa: 0n, exponent: 0}
  const negative = number < 0n
  const dividend = negative ? -number : number
  let by = bitLength(dividend) - bitLength(divisor) - MANTISSA_BITS
  if (by + exponent < LOWEST) by = LOWEST - exponent
  let mantissa = divideEven(dividend, divisor, by)
  // The estimate may be one bit short, and rounding may carry into one more.
  while (bitLength(mantissa) > MANTISSA_BITS) mantissa = divideEven(dividend, divisor, ++by)
  if (by + exponent > HIGHEST) return infinity(negative)
  return {mantissa: negative ? -mantissa : mantissa, exponent: by + exponent}
}

/** dividend / divisor / 2^by to the nearest integer, ties to even. */
function divideEven(dividend: bigint, divisor: bigint, by: number): bigint {
  const above = by < 0 ? shift(dividend, -by) : dividend
  const below = by > 0 ? shift(divisor, by) : divisor
  const quotient = above / below
  const twice = (above - quotient * below) * 2n
  return twice > below || (twice === below && (quotient & 1n) === 1n) ? quotient + 1n : quotient
}

/** `%.17Lf` without trailing zeros; -0 is 0. */
function format({mantissa, exponent}: LongDouble): string {
  if (exponent === Number.POSITIVE_INFINITY) return mantissa < 0n ? '-inf' : 'inf'
  const negative = mantissa < 0n
  const scaled = (negative ? -mantissa : mantissa) * 10n ** BigInt(PLACES)
  const digits = String(divideEven(scaled, 1n, -exponent)).padStart(PLACES + 1, '0')
  const fraction = digits.slice(-PLACES).replace(/0+$/, '')
  const text = `${digits.slice(0, -PLACES)}${fraction === '' ? '' : `.${fraction}`}`
  return negative && text !== '0' ? `-${text}` : text
}

const infinity = (negative: boolean): LongDouble => ({
  mantissa: negative ? -1n : 1n,
  exponent: Number.POSITIVE_INFINITY,
})

const shift = (number: bigint, by: number): bigint => number << BigInt(by)

function bitLength(number: bigint): number {
  if (number === 0n) return 0
  const hex = number.toString(16)
  return hex.length * 4 - Math.clz32(Number.parseInt(hex[0], 16)) + 28
}
