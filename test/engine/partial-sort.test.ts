import {expect, test} from '@jest/globals'
import {partialSort} from '../../src/engine/partial-sort.ts'
import {seeded} from '../support/random.ts'

test('the first items are those of the sorted array', () => {
  const random = seeded(6)
  for (let round = 0; round < 400; round++) {
    const items = Array.from({length: random.int(300)}, () => random.int(random.pick([3, 50, 1e6])))
    const count = random.int(items.length + 1)
    const sorted = [...items].sort((a, b) => a - b)
    partialSort(items, count, (a, b) => a - b)
    expect(items.slice(0, count)).toEqual(sorted.slice(0, count))
    expect(items.sort((a, b) => a - b)).toEqual(sorted)
  }
})
