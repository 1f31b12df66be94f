/** Doubles in arguments, as C's strtod() reads them. Source: getDoubleFromObject() in object.c, zslParseRange() in t_zset.c. */
import {leadingNumber} from '../../formats/rdb/scores.ts'
import {type Call, CommandError, notFloat} from '../call.ts'

/** A sign, 19 digits and a point. */
const PLAIN_BYTES = 21
const POINT = 0x2e
const MINUS = 0x2d
/** Digits that fit a double exactly, and what one division by makes of them is exactly rounded. */
const DIGITS = 15
/** Digits that fit 31 bits. */
const SMALL_DIGITS = 9
const POWERS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15]

/** Argument `i` as a double that is not NaN. @throws CommandError, with this text if one is given. */
export function doubleArgument(call: Call, i: number, otherwise?: string): number {
  const short = shortDouble(call.memory, call.starts[i], call.ends[i])
  if (!Number.isNaN(short)) return short
  const length = call.length(i)
  if (length <= PLAIN_BYTES) {
    const at = call.keyspace.stage(call.memory, call.starts[i], call.ends[i])
    const plain = call.keyspace.arena.kernel.plainDouble(at, at + length)
    if (!Number.isNaN(plain)) return plain
  }
  const value = strictDouble(call.text(i))
  if (Number.isNaN(value)) throw otherwise === undefined ? notFloat() : new CommandError(otherwise)
  return value
}

/** A plain decimal of at most 15 digits without an allocation; NaN for any other text. */
function shortDouble(memory: Uint8Array, start: number, end: number): number {
  const negative = memory[start] === MINUS
  const first = negative ? start + 1 : start
  if (end - first > DIGITS + 1) return Number.NaN
  let value = 0
  let point = -1
  let at = first
  // Most scores are small integers.
  for (const limit = Math.min(end, first + SMALL_DIGITS); at < limit; at++) {
    const digit = memory[at] - 0x30
    if (digit < 0 || digit > 9) break
    value = (value * 10 + digit) | 0
  }
  for (; at < end; at++) {
    const digit = memory[at] - 0x30
    if (digit >= 0 && digit <= 9) value = value * 10 + digit
    else if (memory[at] === POINT && point < 0) point = at
    else return Number.NaN
  }
  const digits = point < 0 ? end - first : end - first - 1
  if (digits <= 0 || digits > DIGITS) return Number.NaN
  if (point >= 0) value /= POWERS[end - point - 1]
  return negative ? -value : value
}

/** The whole text as a double; NaN for NaN, for what is no number, and for what is too large or too small for one. */
function strictDouble(text: string): number {
  if (text === '' || /^[ \t\n\v\f\r]/.test(text)) return Number.NaN
  const [value, length] = leadingNumber(text)
  if (length !== text.length) return Number.NaN
  const overflows = !Number.isFinite(value) && /\d/.test(text)
  const vanishes = value === 0 && hasDigits(text)
  return overflows || vanishes ? Number.NaN : value
}

/** Does a number have a digit other than 0 in front of its exponent? */
function hasDigits(text: string): boolean {
  const hexadecimal = /^[+-]?0x/i.test(text)
  const [mantissa] = text.replace(/^[+-]?(0x)?/i, '').split(hexadecimal ? /p/i : /e/i)
  return /[1-9a-f]/i.test(mantissa)
}

/** One end of a range of scores: `1.5`, `(1.5`, `-inf`. */
export interface ScoreBound {
  value: number
  exclusive: boolean
}

/** The bound in argument `i`, more leniently read: up to a NUL, blanks in front, nothing for 0. @throws CommandError. */
export function scoreBound(call: Call, i: number): ScoreBound {
  const [text] = call.text(i).split('\0', 1)
  const exclusive = text.startsWith('(')
  const number = exclusive ? text.slice(1) : text
  const [value, length] = leadingNumber(number)
  if (length !== number.length || Number.isNaN(value)) {
    throw new CommandError('ERR min or max is not a float')
  }
  return {value, exclusive}
}
