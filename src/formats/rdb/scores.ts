/** Numbers in packed encodings and old sorted sets, which are text. */
import type {Cursor} from '../bytes/cursor.ts'
import {REG_AUX, REGISTERS} from '../kernel/layout.ts'

/** The double that the text [start, end) stands for; NaN when it is none. What C's strtod() accepts whole. */
export function readNumber(c: Cursor, start: number, end: number): number {
  const value = c.kernel.textDouble(start, end)
  if (c.view.getUint32(REGISTERS + REG_AUX, true) !== 1) return value
  return parseNumber(String.fromCharCode(...c.memory.subarray(start, Math.min(end, start + 400))))
}

const DECIMAL = /^[ \t\n\v\f\r]*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const INFINITE = /^[ \t\n\v\f\r]*([+-]?)inf(inity)?$/i
const HEXADECIMAL = /^[ \t\n\v\f\r]*([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?$/i

/** strtod() over a whole text: decimal, hexadecimal, infinity; NaN for everything else. */
export function parseNumber(text: string): number {
  if (DECIMAL.test(text)) return Number(text)
  const infinite = INFINITE.exec(text)
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity
  const hexadecimal = HEXADECIMAL.exec(text)
  if (!hexadecimal) return Number.NaN
  const [, sign, whole, fraction, exponent] = hexadecimal
  if (whole.length + fraction.length === 0) return Number.NaN
  const digits = Number(`0x${whole}${fraction}`)
  const value = digits * 2 ** (Number(exponent ?? 0) - 4 * fraction.length)
  return sign === '-' ? -value : value
}
