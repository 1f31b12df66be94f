import {expect, test} from '@jest/globals'
import {KeyTimes, NO_TIME} from '../../src/engine/key-times.ts'
import {seeded} from '../support/random.ts'

test('a table of times says what a Map says, whatever is set and deleted, also where hashes collide', () => {
  const random = seeded(5)
  const times = new KeyTimes()
  const truth = new Map<string, number>()
  const wrong: string[] = []
  // Few low halves: long searches, and holes in the middle of them.
  const hash = (): [number, number] => [random.int(40) * 0x40 + random.int(3), random.int(40)]
  for (let i = 0; i < 20_000; i++) {
    const [low, high] = hash()
    const name = `${low || high ? low : 1} ${high}`
    if (random.int(3) === 0) {
      times.delete(low, high)
      truth.delete(name)
    } else {
      times.set(low, high, i)
      truth.set(name, i)
    }
    const [otherLow, otherHigh] = hash()
    const other = `${otherLow || otherHigh ? otherLow : 1} ${otherHigh}`
    if (times.get(otherLow, otherHigh) !== (truth.get(other) ?? NO_TIME)) wrong.push(other)
    if (times.size !== truth.size) wrong.push(`size ${times.size}`)
  }
  expect(wrong).toEqual([])
  expect(truth.size).toBeGreaterThan(1000)
})

test('a hash that is 0 is kept like any other, and times go up to 32 bits', () => {
  const times = new KeyTimes()
  expect(times.get(0, 0)).toBe(NO_TIME)
  times.set(0, 0, 0xffffffff)
  expect(times.get(0, 0)).toBe(0xffffffff)
  times.delete(0, 0)
  expect([times.get(0, 0), times.size]).toEqual([NO_TIME, 0])
})
