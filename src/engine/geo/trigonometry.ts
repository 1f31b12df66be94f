/**
 * Sine, cosine, arc sine and the angle of a point, correctly rounded. The C library of most servers is off in the last bit once in some thousand
 * times, the functions of JavaScript engines once in ten to thirty: enough to see in stored distances. Numbers are pairs
 * of doubles whose sum they are.
 */
type Pair = readonly [high: number, low: number]

const SPLITTER = 134217729
const HALF_PI: Pair = [1.5707963267948966, 6.123233995736766e-17]
/** Of the series; the next one is below 2^-107 for a quarter of pi. */
const TERMS = 15

function sum(a: number, b: number): Pair {
  const high = a + b
  const part = high - a
  return [high, a - (high - part) + (b - part)]
}

function product(a: number, b: number): Pair {
  const high = a * b
  const wideA = SPLITTER * a
  const aHigh = wideA - (wideA - a)
  const wideB = SPLITTER * b
  const bHigh = wideB - (wideB - b)
  const aLow = a - aHigh
  const bLow = b - bHigh
  return [high, aHigh * bHigh - high + aHigh * bLow + aLow * bHigh + aLow * bLow]
}

function add(a: Pair, b: Pair): Pair {
  const [high, low] = sum(a[0], b[0])
  const [lowHigh, lowLow] = sum(a[1], b[1])
  const [first, rest] = sum(high, low + lowHigh)
  return sum(first, rest + lowLow)
}

function multiply(a: Pair, b: Pair): Pair {
  const [high, low] = product(a[0], b[0])
  return sum(high, low + a[0] * b[1] + a[1] * b[0])
}

function divide(a: Pair, by: number): Pair {
  const first = a[0] / by
  const [high, low] = product(first, by)
  return sum(first, (a[0] - high - low + a[1]) / by)
}

/** Quarter turns in an angle, and what is left of it. */
function reduce(angle: number): [turns: number, rest: Pair] {
  const turns = Math.round(angle / HALF_PI[0])
  const rest = sum(angle, -turns * HALF_PI[0])
  return [turns & 3, add(rest, [-turns * HALF_PI[1], 0])]
}

/** The series of the sine, begun with the angle, or of the cosine, begun with 1. */
function series(angle: Pair, first: Pair, order: number): Pair {
  const square = multiply(angle, angle)
  let term = first
  let total = first
  for (let i = 1; i <= TERMS && term[0] !== 0; i++) {
    const n = 2 * i + order
    term = divide(multiply(term, square), -n * (n - 1))
    total = add(total, term)
  }
  return total
}

const sine = (rest: Pair): Pair => series(rest, rest, 1)
const cosine = (rest: Pair): Pair => series(rest, [1, 0], 0)

function turned(turns: number, rest: Pair): Pair {
  const pair = (turns & 1) === 0 ? sine(rest) : cosine(rest)
  return (turns & 2) === 0 ? pair : [-pair[0], -pair[1]]
}

/** Sine of an angle of at most some turns. */
export function exactSin(angle: number): number {
  if (angle === 0) return angle
  const [turns, rest] = reduce(angle)
  return turned(turns, rest)[0]
}

export function exactCos(angle: number): number {
  const [turns, rest] = reduce(angle)
  return turned((turns + 1) & 3, rest)[0]
}

/** The angle of the point (x, y). */
export function exactAtan2(y: number, x: number): number {
  const near = Math.atan2(y, x)
  if (y === 0 || x === 0 || !Number.isFinite(near)) return near
  const [turns, rest] = reduce(near)
  const sin = turned(turns, rest)
  const cos = turned((turns + 1) & 3, rest)
  const minus = multiply([-x, 0], sin)
  const across = add(multiply([y, 0], cos), minus)
  return near + (across[0] + across[1]) / (x * cos[0] + y * sin[0])
}

export function exactAsin(value: number): number {
  const near = Math.asin(value)
  if (value === 0 || Math.abs(value) === 1 || Number.isNaN(near)) return near
  const [turns, rest] = reduce(near)
  const [high, low] = turned(turns, rest)
  return near + (value - high - low) / Math.cos(near)
}
