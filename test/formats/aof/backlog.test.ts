import {describe, expect, test} from '@jest/globals'
import {Backlog} from '../../../src/formats/aof/backlog.ts'

/** Bytes of a stream whose byte number n is n. */
const bytes = (first: number, last: number): number[] =>
  Array.from({length: last - first + 1}, (_, i) => first + i)

describe.each([1, 3, 7, 8, 20])('a backlog of 8 bytes, fed by %i', (step) => {
  const fed = (length: number, offset = 0) => {
    const backlog = new Backlog(8, offset)
    const end = offset + length
    for (let at = offset + 1; at <= end; at += step) {
      backlog.add(Uint8Array.from(bytes(at, Math.min(end, at + step - 1))))
    }
    return backlog
  }

  test.each([
    {length: 0, first: 1},
    {length: 5, first: 1},
    {length: 8, first: 1},
    {length: 9, first: 2},
    {length: 40, first: 33},
  ])('has the last of $length', ({length, first}) => {
    const backlog = fed(length)
    expect(backlog).toMatchObject({offset: length, first, length: Math.min(8, length)})
    for (let number = first; number <= length + 1; number++) {
      expect(backlog.has(number)).toBe(true)
      expect([...backlog.from(number)]).toEqual(bytes(number, length))
    }
    expect(backlog.has(first - 1)).toBe(false)
    expect(backlog.has(length + 2)).toBe(false)
  })

  test('goes on behind a stream that was there before', () => {
    const backlog = fed(3, 100)
    expect(backlog.first).toBe(101)
    expect([...backlog.from(102)]).toEqual([102, 103])
    expect(backlog.has(100)).toBe(false)
  })
})
