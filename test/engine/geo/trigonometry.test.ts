import {expect, test} from '@jest/globals'
import {exactAsin, exactCos, exactSin} from '../../../src/engine/geo/trigonometry.ts'
import {seeded} from '../../support/random.ts'

/** Numbers as integers, times 2^220: slow, and exact enough to round. */
const PLACES = 220n
const ONE = 1n << PLACES

function fixed(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, Math.abs(value))
  const bits = view.getBigUint64(0)
  const field = bits >> 52n
  const fraction = bits & ((1n << 52n) - 1n)
  const shift = (field || 1n) - 1075n + PLACES
  const whole = field ? fraction | (1n << 52n) : fraction
  const size = shift >= 0n ? whole << shift : whole >> -shift
  return value < 0 ? -size : size
}

function rounded(value: bigint): number {
  const size = value < 0n ? -value : value
  if (size === 0n) return 0
  const drop = Math.max(size.toString(2).length - 53, 0)
  const half = 1n << BigInt(Math.max(drop - 1, 0))
  const result = Number((size + (drop > 0 ? half : 0n)) >> BigInt(drop)) * 2 ** (drop - 220)
  return value < 0n ? -result : result
}

const times = (a: bigint, b: bigint) => (a * b) >> PLACES

function series(x: bigint, first: bigint, order: bigint): bigint {
  const square = times(x, x)
  let total = first
  for (let i = 1n, term = first; term !== 0n && i < 150n; i++) {
    const n = 2n * i + order
    term = -times(term, square) / (n * (n - 1n))
    total += term
  }
  return total
}

const sine = (x: bigint) => series(x, x, 1n)
const cosine = (x: bigint) => series(x, ONE, 0n)

function arcSine(value: number): bigint {
  const x = fixed(value)
  let y = fixed(Math.asin(value))
  for (let i = 0; i < 4; i++) y -= ((sine(y) - x) << PLACES) / cosine(y)
  return y
}

const random = seeded(8)
const values = (most: number) =>
  Array.from({length: 700}, (_, i) => (random.u32() / 2 ** 31 - 1) * most * 2 ** -(i % 24))

test('sine and cosine are correctly rounded', () => {
  for (const angle of [...values(Math.PI), Math.PI / 2, -Math.PI / 2, 3, 1e-9, 0.785398163397448]) {
    expect([angle, exactSin(angle)]).toEqual([angle, rounded(sine(fixed(angle)))])
    expect([angle, exactCos(angle)]).toEqual([angle, rounded(cosine(fixed(angle)))])
  }
})

test('the arc sine is correctly rounded', () => {
  for (const value of [...values(1), 0.9999999999999, 1e-9, 0.5]) {
    expect([value, exactAsin(value)]).toEqual([value, rounded(arcSine(value))])
  }
  expect([exactAsin(0), exactAsin(1)]).toEqual([0, Math.PI / 2])
  expect(exactAsin(1.1)).toBeNaN()
})
