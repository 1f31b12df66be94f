import {expect, test} from '@jest/globals'
import {ENGINE_HEAP} from '../../../src/formats/kernel/layout.ts'
import {kernel} from '../../support/kernel.ts'
import {seeded} from '../../support/random.ts'

const memory = new Uint8Array(kernel.memory.buffer)

/** Null for what is left to JavaScript. */
function shortest(value: number): string | null {
  const end = kernel.shortestText(value, ENGINE_HEAP)
  return end === 0 ? null : Buffer.from(memory.slice(ENGINE_HEAP, end)).toString('latin1')
}

test.each([
  [0.1, '0.1'],
  [-0.3, '-0.3'],
  [0.1 + 0.2, '0.30000000000000004'],
  [1 / 3, '0.3333333333333333'],
  [0.0050000000000000001, '0.005'],
  [1234567.125, '1234567.125'],
  [450359962737049.56, '450359962737049.56'],
  [9007199254740991 / 8, '1125899906842623.9'],
  [2.220446049250313e-2, '0.02220446049250313'],
])('%d', (value, text) => {
  expect(shortest(value)).toBe(text)
})

// The last is as far from one text of sixteen digits as from another.
test.each([
  0.5,
  0.25,
  2 ** -8 - 2 ** -60,
  2 ** 53,
  1e300,
  5e-324,
  Infinity,
  NaN,
  4503599627370495.5,
])('%d is left to JavaScript', (value) => {
  expect(shortest(value)).toBeNull()
})

test('every text is that of JavaScript', () => {
  const random = seeded(11).int
  const kinds = [
    () => random(0x100000000) / 0x100000000 + random(0x200000) / 2 ** 53,
    () => random(0x40000000) / 10 ** (1 + random(9)),
    () => (random(0x100000000) * 0x100000 + random(0x100000)) / 2 ** random(59),
    () => random(100000) / 1000 + random(4) * 2 ** -46,
    () => -(random(0x100000000) + random(0x100000000) / 2 ** 32),
  ]
  let left = 0
  const odd: unknown[] = []
  for (let i = 0; i < 200_000; i++) {
    const value = kinds[i % kinds.length]()
    if (Number.isInteger(value)) continue
    const text = shortest(value)
    if (text === null) left++
    else if (text !== String(value)) odd.push([value, text])
  }
  expect(odd).toEqual([])
  expect(left).toBeLessThan(10_000)
})
