/**
 * The texts of scores that servers digest: `%.17g` up to Redis 7.0, the fpconv library from 7.2 on and in Valkey.
 * Source: computeDatasetDigest() in debug.c, d2string() in util.c.
 */
import type {Kernel} from './kernel/kernel.ts'
import {SCORE_POWERS} from './kernel/layout.ts'

export type ScoreStyle = 'printf' | 'fpconv'

const POWERS = 87

/** Put the powers of ten that fpconv multiplies by where its kernel expects them. */
export function fillScorePowers(view: DataView): void {
  for (let i = 0; i < POWERS; i++) {
    const {significand, exponent} = cachedPower(-348 + 8 * i)
    view.setBigUint64(SCORE_POWERS + i * 16, significand, true)
    view.setInt32(SCORE_POWERS + i * 16 + 8, exponent, true)
  }
}

/** 10^k as a 64-bit significand, rounded half up, and a power of two. */
function cachedPower(k: number): {significand: bigint; exponent: number} {
  const top = k >= 0 ? 10n ** BigInt(k) : 1n
  const bottom = k >= 0 ? 1n : 10n ** BigInt(-k)
  // One bit of 64 may be missing or too much: the lengths say no more.
  for (let exponent = bits(top) - bits(bottom) - 65; ; exponent++) {
    const over = exponent < 0 ? top << BigInt(-exponent) : top
    const under = exponent < 0 ? bottom : bottom << BigInt(exponent)
    const significand = (2n * over + under) / (2n * under)
    if (significand < 1n << 64n) return {significand, exponent}
  }
}

const bits = (n: bigint): number => n.toString(2).length

/** Write a score at `out` in the kernel's memory; returns its end, at most 32 bytes on. fpconv needs `fillScorePowers`. */
export function writeScore(
  {kernel, memory}: {kernel: Kernel; memory: Uint8Array},
  score: number,
  style: ScoreStyle,
  out: number,
): number {
  if (style === 'fpconv') return kernel.scoreText(score, out)
  const end = kernel.scorePrintf(score, out)
  if (end !== 0) return end
  const text = printf17(score)
  for (let i = 0; i < text.length; i++) memory[out + i] = text.charCodeAt(i)
  return out + text.length
}

/** C's `%.17g`. */
export function printf17(score: number): string {
  if (Number.isNaN(score)) return 'nan'
  const sign = score < 0 || Object.is(score, -0) ? '-' : ''
  if (score === 0) return `${sign}0`
  if (!Number.isFinite(score)) return `${sign}inf`
  const [mantissa, power] = seventeenDigits(Math.abs(score)).split('e')
  const digits = mantissa.replace('.', '').replace(/0+$/, '')
  const exponent = Number(power)
  if (exponent < -4 || exponent >= 17) return sign + scientific(digits, exponent, 2)
  return sign + plain(digits, exponent)
}

/**
 * JavaScript rounds a tie up, C to the even digit. A tie has eighteen digits, the last one a 5, and nothing behind it, which takes
 * at most 25 binary places: 5^26 has nineteen digits.
 */
function seventeenDigits(size: number): string {
  const text = size.toExponential(16)
  if (!Number.isInteger(size * 0x2000000)) return text
  const exact = size.toExponential(40)
  const isTie = /^\d\.\d{16}50+e/.test(exact)
  const digit = isTie ? Number(exact[17]) : 1
  return digit % 2 === 0 ? `${exact.slice(0, 18)}${exact.slice(exact.indexOf('e'))}` : text
}

/** `digits[0].rest` times ten to the `exponent`, without an exponent. */
export function plain(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = exponent + 1
  if (digits.length <= whole) return digits + '0'.repeat(whole - digits.length)
  return `${digits.slice(0, whole)}.${digits.slice(whole)}`
}

/** `digits[0].rest e+exponent`, the exponent in `width` digits at least. */
export function scientific(digits: string, exponent: number, width: number): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ''
  const size = String(Math.abs(exponent)).padStart(width, '0')
  return `${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${size}`
}
