import {describe, expect, test} from '@jest/globals'
import {LogHistogram} from '../../../src/engine/statistics/log-histogram.ts'
import {seeded} from '../../support/random.ts'

function histogramOf(values: readonly number[]): LogHistogram {
  const histogram = new LogHistogram()
  for (const value of values) histogram.add(value)
  return histogram
}

const {u32} = seeded(7)
const random = () => u32() / 2 ** 32
const values = Array.from({length: 20_000}, () => Math.floor(2 ** (random() * 40)))
const sorted = [...values].sort((a, b) => a - b)

describe('LogHistogram', () => {
  test('knows sum, largest and count exactly', () => {
    const {sum, max, avg} = histogramOf(values).distribution()
    const total = values.reduce((a, b) => a + b, 0)
    expect([sum, max]).toEqual([total, sorted.at(-1)])
    expect(avg).toBe(Math.round((total / values.length) * 100) / 100)
  })

  test.each([
    ['p50', 0.5],
    ['p90', 0.9],
    ['p99', 0.99],
  ] as const)('says %s at most a sixteenth too large', (name, share) => {
    const found = histogramOf(values).distribution()[name]
    const exact = sorted[Math.ceil(values.length * share) - 1]
    expect(found).toBeGreaterThanOrEqual(exact)
    expect(found).toBeLessThanOrEqual(exact * (1 + 1 / 16))
  })

  test.each([
    [[0], 0, 0],
    [[31], 31, 31],
    [[32, 32], 32, 32],
    [[2 ** 31, 2 ** 31], 2 ** 31, 2 ** 31],
    [[Number.MAX_SAFE_INTEGER], Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    [[], 0, 0],
  ])('of %j says p50 %d and max %d', (each, p50, max) => {
    expect(histogramOf(each).distribution()).toMatchObject({p50, max})
  })

  test('doublings hold every value once', () => {
    const doublings = histogramOf(values).doublings()
    for (const {from, to, count} of doublings) {
      expect(count).toBe(values.filter((value) => value >= from && value < to).length)
    }
    expect(doublings.reduce((sum, {count}) => sum + count, 0)).toBe(values.length)
  })

  test('parts come to the whole', () => {
    const whole = histogramOf(values)
    const sum = new LogHistogram()
    sum.addState(histogramOf(values.slice(5000)).state())
    sum.addState(histogramOf(values.slice(0, 5000)).state())
    expect(sum.state()).toEqual(whole.state())
  })
})
