/** Numbers in packed encodings and old sorted sets, which are text. */
import type {Cursor} from '../bytes/cursor.ts'
import {REG_AUX, REGISTERS} from '../kernel/layout.ts'

/** The double that servers take the text [start, end) for: what it begins with, 0 for what is no number at all. */
export function readNumber(c: Cursor, start: number, end: number): number {
  const value = c.kernel.textDouble(start, end)
  if (c.view.getUint32(REGISTERS + REG_AUX, true) !== 1) return value
  return leadingNumber(textOf(c, start, Math.min(end, start + SCORE_TEXT)))[0]
}

/** Servers look at so many bytes of a score in a packed encoding. Source: zzlStrtod() in t_zset.c. */
const SCORE_TEXT = 127

export const textOf = (c: Cursor, start: number, end: number): string =>
  String.fromCharCode(...c.memory.subarray(start, end))

const SPACE = /^[ \t\n\v\f\r]*/
const NUMBER =
  /^([+-]?)(?:0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?|(\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan(?:\(\w*\))?)/i

/** What C's strtod() makes of a text: a number, 0 when it begins with none, and how many characters it used. */
export function leadingNumber(text: string): [value: number, length: number] {
  const space = SPACE.exec(text)![0].length
  const found = NUMBER.exec(text.slice(space))
  if (!found) return [0, 0]
  const [all, sign, whole, fraction = '', exponent] = found
  const length = space + all.length
  if (whole !== undefined) return hexadecimal(sign, whole, fraction, exponent, length)
  const letter = all.at(sign.length)!.toLowerCase()
  const value =
    letter === 'n' ? Number.NaN : letter === 'i' ? Infinity : Number(all.slice(sign.length))
  return [sign === '-' ? -value : value, length]
}

function hexadecimal(
  sign: string,
  whole: string,
  fraction: string,
  exponent: string | undefined,
  length: number,
): [value: number, length: number] {
  // Without a digit behind the x only the 0 before it counts.
  if (whole.length + fraction.length === 0) return [sign === '-' ? -0 : 0, sign.length + 1]
  const value = Number(`0x${whole}${fraction}`) * 2 ** (Number(exponent ?? 0) - 4 * fraction.length)
  return [sign === '-' ? -value : value, length]
}

/** Text that sscanf("%lg") refuses though strtod() finds a number at its start. */
const UNFINISHED = /^[ \t\n\v\f\r]*[+-]?(?:0x(?!\.?[0-9a-f])|infi(?!nity))/i

/** What sscanf("%lg") makes of a text; NaN when it refuses it. Source: rdbLoadDoubleValue() in rdb.c. */
export function scannedNumber(text: string): [value: number, length: number] {
  const [value, length] = leadingNumber(text)
  return length === 0 || UNFINISHED.test(text) ? [Number.NaN, length] : [value, length]
}
