/**
 * Texts of scores: `%.17g` up to Redis 7.0, short ones from 7.2 on and in Valkey. Both give the same double back.
 * Sources: d2string() and fpconv_dtoa() as util.c calls them, rdbSaveDoubleValue() in rdb.c.
 */
import {plain, printf17, scientific} from '../score-text.ts'

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
  if (version < 11) return printf17(score)
  if (Number.isInteger(score) && Math.abs(score) <= INTEGER_LIMIT) return BigInt(score).toString()
  return shortText(score)
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
