/**
 * Texts of scores: `%.17g` up to Redis 7.0, short ones from 7.2 on and in Valkey. Both give the same double back.
 * Sources: d2string() and fpconv_dtoa() as util.c calls them, rdbSaveDoubleValue() in rdb.c.
 */

/** Integers below this are written in full by all versions. */
const PLAIN_LIMIT = 2 ** 52
/** double2ll() in util.c: past this no double counts as an integer. */
const INTEGER_LIMIT = 2 ** 62

/** Text of a score as servers of an RDB version write it. NaN is no score and has none. */
export function scoreText(score: number, version: number): string {
  if (Object.is(score, -0)) return '-0'
  if (Number.isInteger(score) && Math.abs(score) < PLAIN_LIMIT) return String(score)
  if (score === Infinity) return 'inf'
  if (score === -Infinity) return '-inf'
  if (version < 11) return text17(score)
  if (Number.isInteger(score) && Math.abs(score) <= INTEGER_LIMIT) return BigInt(score).toString()
  return shortText(score)
}

/** C's `%.17g`. */
export function text17(score: number): string {
  const sign = score < 0 ? '-' : ''
  const [mantissa, power] = rounded17(Math.abs(score)).split('e')
  const exponent = Number(power)
  const digits = mantissa.replace('.', '').replace(/0+$/, '')
  if (exponent < -4 || exponent >= 17) return sign + scientific(digits, exponent, 2)
  return sign + plain(digits, exponent)
}

/** 17 digits. JavaScript rounds a tie up, C to the even digit: a tie has exactly 18 digits, the last of them a 5. */
function rounded17(score: number): string {
  const up = score.toExponential(16)
  const exact = score.toExponential(60)
  if (!/^\d\.\d{16}50*e/.test(exact)) return up
  const down = `${exact.slice(0, 18)}${exact.slice(exact.indexOf('e'))}`
  return Number(down[17]) % 2 === 0 ? down : up
}

/** The fewest digits that give the double back, in the form of fpconv_dtoa(). */
function shortText(score: number): string {
  const sign = score < 0 ? '-' : ''
  const [mantissa, power] = Math.abs(score).toExponential().split('e')
  const digits = mantissa.replace('.', '')
  const exponent = Number(power)
  const trailing = exponent - digits.length + 1
  const size = Math.abs(exponent)
  if (trailing >= 0 ? size < digits.length + 7 : trailing > -7 || size < 4) {
    return sign + plain(digits, exponent)
  }
  return sign + scientific(digits, exponent, 1)
}

/** `digits[0].rest` times ten to the `exponent`, without an exponent. */
function plain(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = exponent + 1
  if (digits.length <= whole) return digits + '0'.repeat(whole - digits.length)
  return `${digits.slice(0, whole)}.${digits.slice(whole)}`
}

function scientific(digits: string, exponent: number, width: number): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ''
  const size = String(Math.abs(exponent)).padStart(width, '0')
  return `${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${size}`
}
