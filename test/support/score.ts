/**
 * The text of a score: `%.17g` up to Redis 7.0, the fpconv library (Grisu2) from 7.2 on and in Valkey.
 * Source: computeDatasetDigest() in debug.c, d2string() in util.c, fpconv_dtoa() in deps/fpconv.
 */

export type ScoreStyle = 'printf' | 'fpconv'

/** The number behind a score's text. */
export const scoreOf = (text: string): number => Number(text.replace('inf', 'Infinity'))

/** What ZRANGE prints: fpconv too, but integers below 2^52 in full (1e+8 is 100000000). */
export function rangeText(score: number, style: ScoreStyle): string {
  const small = Math.abs(score) < 2 ** 52 && Number.isInteger(score) && !Object.is(score, -0)
  return small ? String(score) : scoreText(score, style)
}

/** What DEBUG DIGEST sees. */
export function scoreText(score: number, style: ScoreStyle): string {
  if (Number.isNaN(score)) return 'nan'
  const sign = score < 0 || Object.is(score, -0) ? '-' : ''
  if (score === 0) return `${sign}0`
  if (!Number.isFinite(score)) return `${sign}inf`
  return (
    sign + (style === 'printf' ? printf17(Math.abs(score)) : fpconv(Math.abs(score), sign !== ''))
  )
}

/** C's `%.17g`. JavaScript rounds ties up and C to even, so the digits are taken exact and rounded here. */
function printf17(score: number): string {
  const [mantissa, power] = score.toExponential(60).split('e')
  const exact = mantissa.replace('.', '')
  let digits = BigInt(exact.slice(0, 17))
  let exponent = Number(power)
  const rest = exact.slice(17)
  const half = `5${'0'.repeat(rest.length - 1)}`
  if (rest > half || (rest === half && digits % 2n === 1n)) digits++
  if (digits === 10n ** 17n) {
    digits = 10n ** 16n
    exponent++
  }
  const kept = String(digits).replace(/0+$/, '')
  if (exponent < -4 || exponent >= 17) {
    const fraction = kept.length > 1 ? `.${kept.slice(1)}` : ''
    const magnitude = String(Math.abs(exponent)).padStart(2, '0')
    return `${kept[0]}${fraction}e${exponent < 0 ? '-' : '+'}${magnitude}`
  }
  return plain(kept, exponent - kept.length + 1)
}

/** Digits times a power of ten, without an exponent. */
function plain(digits: string, power: number): string {
  if (power >= 0) return digits + '0'.repeat(power)
  const point = digits.length + power
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`
  return `${digits.slice(0, point)}.${digits.slice(point)}`
}

function fpconv(score: number, negative: boolean): string {
  const {digits: all, power} = grisu2(score)
  const size = Math.abs(power + all.length - 1)
  if (power >= 0 && size < all.length + 7) return plain(all, power)
  if (power < 0 && (power > -7 || size < 4)) return plain(all, power)
  const digits = all.slice(0, negative ? 17 : 18)
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ''
  return `${digits[0]}${fraction}e${power + all.length - 1 < 0 ? '-' : '+'}${size}`
}

interface Fp {
  f: bigint
  e: number
}

const MASK64 = (1n << 64n) - 1n

/** 10^(-348 + 8i) as a 64-bit significand and a power of two, rounded half up. */
function cachedPower(i: number): Fp {
  const k = -348 + 8 * i
  const [top, bottom] = k >= 0 ? [10n ** BigInt(k), 1n] : [1n, 10n ** BigInt(-k)]
  let e = top.toString(2).length - bottom.toString(2).length - 64
  const at = (shift: number): bigint => {
    const [n, d] = shift >= 0 ? [top, bottom << BigInt(shift)] : [top << BigInt(-shift), bottom]
    return (2n * n + d) / (2n * d)
  }
  while (at(e) > MASK64) e++
  while (at(e) < 1n << 63n) e--
  return {f: at(e), e}
}

function multiply(a: Fp, b: Fp): Fp {
  const low = (n: bigint) => n & 0xffffffffn
  const [ah, al, bh, bl] = [a.f >> 32n, low(a.f), b.f >> 32n, low(b.f)]
  const middle = low(ah * bl) + low(al * bh) + ((al * bl) >> 32n) + (1n << 31n)
  const f = ah * bh + ((ah * bl) >> 32n) + ((al * bh) >> 32n) + (middle >> 32n)
  return {f, e: a.e + b.e + 64}
}

function shiftedTo(bit: bigint, f: bigint, e: number, extra: number): Fp {
  let [value, power] = [f, e]
  while ((value & (1n << bit)) === 0n) {
    value <<= 1n
    power--
  }
  return {f: value << BigInt(extra), e: power - extra}
}

/** The neighbours' midpoints around a double, and the double, all as 64-bit numbers. */
function boundaries(score: number): {w: Fp; upper: Fp; lower: Fp} {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, score)
  const raw = view.getBigUint64(0)
  const biased = Number((raw >> 52n) & 0x7ffn)
  const fraction = raw & ((1n << 52n) - 1n)
  const f = biased === 0 ? fraction : fraction + (1n << 52n)
  const e = biased === 0 ? -1074 : biased - 1075
  const upper = shiftedTo(53n, f * 2n + 1n, e - 1, 10)
  const shift = f === 1n << 52n ? 2 : 1
  const belowE = e - shift
  const lower = {f: ((f << BigInt(shift)) - 1n) << BigInt(belowE - upper.e), e: upper.e}
  return {w: shiftedTo(52n, f, e, 11), upper, lower}
}

function choosePower(e: number): {k: number; power: Fp} {
  const approx = Math.trunc(-(e + 87) * 0.30102999566398114)
  let i = Math.trunc((approx + 348) / 8)
  for (;;) {
    const power = cachedPower(i)
    const sum = e + power.e + 64
    if (sum < -60) i++
    else if (sum > -32) i--
    else return {k: -348 + 8 * i, power}
  }
}

function grisu2(score: number): {digits: string; power: number} {
  const {w, upper, lower} = boundaries(score)
  const {k, power} = choosePower(upper.e)
  const [sw, su, sl] = [multiply(w, power), multiply(upper, power), multiply(lower, power)]
  const {digits, kappa} = generate(sw.f, {f: su.f - 1n, e: su.e}, sl.f + 1n)
  return {digits: digits.join(''), power: -k + kappa}
}

function generate(w: bigint, upper: Fp, lower: bigint): {digits: number[]; kappa: number} {
  const bits = BigInt(-upper.e)
  const one = 1n << bits
  const wide = upper.f - w
  let delta = upper.f - lower
  let whole = upper.f >> bits
  let part = upper.f & (one - 1n)
  const digits: number[] = []
  let kappa = 10
  const append = (digit: bigint) => {
    if (digit !== 0n || digits.length > 0) digits.push(Number(digit))
  }
  for (let div = 10n ** 9n; div > 0n; div /= 10n) {
    append(whole / div)
    whole %= div
    kappa--
    const rest = (whole << bits) + part
    if (rest <= delta) {
      roundLast(digits, delta, rest, div << bits, wide)
      return {digits, kappa}
    }
  }
  for (let unit = 10n; ; unit *= 10n) {
    part *= 10n
    delta *= 10n
    kappa--
    append(part >> bits)
    part &= one - 1n
    if (part < delta) {
      roundLast(digits, delta, part, one, wide * unit)
      return {digits, kappa}
    }
  }
}

function roundLast(digits: number[], delta: bigint, from: bigint, step: bigint, w: bigint): void {
  let rest = from
  while (rest < w && delta - rest >= step && (rest + step < w || w - rest > rest + step - w)) {
    digits[digits.length - 1]--
    rest += step
  }
}
