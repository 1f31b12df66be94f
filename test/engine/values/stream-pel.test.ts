import {expect, test} from '@jest/globals'
import {CONSUMER, Pel} from '../../../src/engine/values/stream-pel.ts'
import {seeded} from '../../support/random.ts'

const idOf = (n: number) => Uint32Array.of(0, n >>> 8, 0, n & 255)

function contents(pel: Pel): [number, number][] {
  const records: [number, number][] = []
  for (pel.rewind(); pel.exists; pel.step()) {
    const {words, at} = pel
    records.push([words[at + 1] * 256 + words[at + 3], words[at + CONSUMER]])
  }
  return records
}

test.each([
  {seed: 1, order: 'any'},
  {seed: 2, order: 'ascending'},
  {seed: 3, order: 'descending'},
])('a list of pending entries that come in $order order is like a sorted map', ({seed, order}) => {
  const random = seeded(seed)
  const pel = new Pel()
  const map = new Map<number, number>()
  let latest = order === 'descending' ? 65_000 : 0
  for (let i = 0; i < 6000; i++) {
    latest += order === 'ascending' ? 3 : -3
    const n = order === 'any' ? random.int(3000) : Math.max(0, latest)
    const wanted = random.int(3) > 0 ? n : random.pick([...map.keys(), n])
    expect(pel.seek(idOf(wanted), 0)).toBe(map.has(wanted))
    if (!map.has(wanted)) {
      pel.insert(idOf(wanted), 0)
      pel.words[pel.at + CONSUMER] = i
      map.set(wanted, i)
    } else if (random.int(2) === 0) {
      pel.remove()
      map.delete(wanted)
      const behind = [...map.keys()].filter((key) => key > wanted).sort((a, b) => a - b)[0]
      expect(pel.exists ? pel.words[pel.at + 1] * 256 + pel.words[pel.at + 3] : undefined).toBe(
        behind,
      )
    }
    expect(pel.size).toBe(map.size)
  }
  const sorted = [...map].sort(([a], [b]) => a - b)
  expect(sorted.length).toBeGreaterThan(500)
  expect(contents(pel)).toEqual(sorted)
  const copy = pel.clone()
  for (pel.rewind(); pel.exists; ) pel.remove()
  expect([pel.size, contents(pel)]).toEqual([0, []])
  expect(contents(copy)).toEqual(sorted)
})
