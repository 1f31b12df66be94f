import {describe, expect, test} from '@jest/globals'
import fc from 'fast-check'
import {
  AUX_NO_NUMBER,
  CHECK_TTL,
  PACKED_BACK,
  PACKED_BEYOND,
  PACKED_COUNT,
  PACKED_DUPLICATE,
  PACKED_EMPTY,
  PACKED_ENCODING,
  PACKED_INTEGER,
  PACKED_SCORE_NAN,
  PACKED_SIZE,
  PACKED_TERMINATOR,
  PACKED_TTL_ORDER,
  PACKED_TTL_RANGE,
  PACKED_TUPLE,
  REG_AUX,
  REG_ERROR_AT,
} from '../../../src/formats/kernel/layout.ts'
import {hex} from '../../support/bytes.ts'
import {listpack, ziplist} from '../../support/packed.ts'
import {everywhere, kernel, put, readAll, register} from './arena.ts'
import {checkListpack, ITEMS, SCORES} from './packed.ts'

describe('listpacks', () => {
  test.each([1, 2, 64, 4096])('come out as they were put in, read %i at a time', (max) => {
    const blob = listpack(ITEMS)
    expect(checkListpack(blob, 0)).toEqual({error: 0, count: ITEMS.length})
    const read = everywhere(blob, (start, end) => readAll(kernel.listpackRead, start + 6, end, max))
    expect(read).toEqual(ITEMS.map(String))
  })

  test('have more entries than the header can say', () => {
    const blob = listpack(Array.from({length: 70000}, (_, i) => i % 100))
    expect(checkListpack(blob, 0)).toEqual({error: 0, count: 70000})
  })

  test('take texts of two and three million bytes', () => {
    const blob = listpack(['x'.repeat(2097145), 'y'.repeat(300000)])
    expect(checkListpack(blob, 0)).toEqual({error: 0, count: 2})
  })

  test.each([
    {what: 'the smallest', blob: '07000000 0000 ff', tuple: 0, error: 0},
    {what: 'an empty set', blob: '07000000 0000 ff', tuple: 1, error: PACKED_EMPTY, at: 4},
    {what: 'six bytes', blob: '06000000 0000', tuple: 0, error: PACKED_SIZE, at: 0},
    {what: 'a wrong total', blob: '08000000 0000 ff', tuple: 0, error: PACKED_SIZE, at: 0},
    {what: 'no terminator', blob: '07000000 0000 fe', tuple: 0, error: PACKED_TERMINATOR, at: 6},
    {
      what: 'a terminator too early',
      blob: '08000000 0000 ff ff',
      tuple: 0,
      error: PACKED_ENCODING,
      at: 6,
    },
    {
      what: 'an unknown encoding',
      blob: '09000000 0100 f5 01 ff',
      tuple: 0,
      error: PACKED_ENCODING,
      at: 6,
    },
    {
      what: 'a text beyond the end',
      blob: '0a000000 0100 82 61 03 ff',
      tuple: 0,
      error: PACKED_BEYOND,
      at: 6,
    },
    {
      what: 'a huge text',
      blob: '0d000000 0100 f0 ffffffff 01 ff',
      tuple: 0,
      error: PACKED_BEYOND,
      at: 6,
    },
    {what: 'a wrong backlen', blob: '09000000 0100 01 02 ff', tuple: 0, error: PACKED_BACK, at: 6},
    {what: 'a wrong count', blob: '09000000 0200 01 01 ff', tuple: 0, error: PACKED_COUNT, at: 4},
    {what: 'an odd pair', blob: '09000000 0100 01 01 ff', tuple: 2, error: PACKED_TUPLE, at: 4},
    {
      what: 'a duplicate',
      blob: '0b000000 0200 01 01 01 01 ff',
      tuple: 1,
      error: PACKED_DUPLICATE,
      at: 8,
    },
    {
      what: '5 and "5"',
      blob: '0c000000 0200 05 01 81 35 02 ff',
      tuple: 1,
      error: PACKED_DUPLICATE,
      at: 8,
    },
    {what: 'the same twice in a list', blob: '0b000000 0200 01 01 01 01 ff', tuple: 0, error: 0},
  ])('$what: $error at $at', ({blob, tuple, error, at}) => {
    expect(checkListpack(hex(blob), tuple).error).toBe(error)
    if (at === undefined) return
    const found = everywhere(hex(blob), (start, end) => {
      kernel.listpackCheck(start, end, tuple, 0)
      return register(REG_ERROR_AT) - start
    })
    expect(found).toBe(at)
  })

  test.each([
    {pairs: ['a', 1, 'b', '2.5', 'c', 'inf'], error: 0, unsorted: 0},
    {pairs: ['d', '-inf', 'a', 1, 'b', '2.5', 'c', 'inf'], error: 0, unsorted: 0},
    {pairs: ['a', 2, 'b', 1], error: 0, unsorted: 1},
    {pairs: ['b', 1, 'a', 1], error: 0, unsorted: 1},
    {pairs: ['a', 1, 'b', 1], error: 0, unsorted: 0},
    {pairs: [9, 1, 10, 1], error: 0, unsorted: 1},
    {pairs: [10, 1, 9, 1], error: 0, unsorted: 0},
    {pairs: ['b', 'inf', 'a', 'inf'], error: 0, unsorted: 1},
    {pairs: ['a', '0.10000000000000001', 'b', '0.10000000000000002'], error: 0, unsorted: 0},
    {pairs: ['a', '0.20000000000000001', 'b', '0.10000000000000001'], error: 0, unsorted: 1},
    {pairs: ['a', '1e300', 'b', '-1.5e-300'], error: 0, unsorted: 1},
    {pairs: ['a', '0x1p3', 'b', 1], error: 0, unsorted: 0},
    {pairs: ['a', 'x'], error: 0, unsorted: AUX_NO_NUMBER},
    {pairs: ['a', ''], error: 0, unsorted: AUX_NO_NUMBER},
    {pairs: ['a', '1 '], error: 0, unsorted: AUX_NO_NUMBER},
    {pairs: ['a', '-'], error: 0, unsorted: AUX_NO_NUMBER},
    {pairs: ['a', '1e'], error: 0, unsorted: AUX_NO_NUMBER},
    {pairs: ['b', 1, 'a', 'x', 'c', 0], error: 0, unsorted: AUX_NO_NUMBER},
    {pairs: ['a', ' -nanx'], error: PACKED_SCORE_NAN, unsorted: 0},
    {pairs: ['a', 'nan'], error: PACKED_SCORE_NAN, unsorted: 0},
    {pairs: ['a', '-NAN'], error: PACKED_SCORE_NAN, unsorted: 0},
  ])(
    'scores $pairs: error $error, doubts $unsorted, in ziplists too',
    ({pairs, error, unsorted}) => {
      for (const [check, blob] of [
        [kernel.listpackCheck, listpack(pairs)],
        [kernel.ziplistCheck, ziplist(pairs)],
      ] as const) {
        const result = everywhere(blob, (start, end) => [
          check(start, end, 2, SCORES),
          register(REG_AUX),
        ])
        expect(result[0]).toBe(error)
        if (error === 0) expect(result[1]).toBe(unsorted)
      }
    },
  )

  test.each([
    {ttls: [1900000000000n, 2000000000000n, 0], error: 0},
    {ttls: [5, 5, 2n ** 48n - 1n, 0, 0], error: 0},
    {ttls: [0, 5], error: PACKED_TTL_ORDER},
    {ttls: [6, 5], error: PACKED_TTL_ORDER},
    {ttls: [-1], error: PACKED_TTL_RANGE},
    {ttls: [2n ** 48n], error: PACKED_TTL_RANGE},
    {ttls: ['5'], error: PACKED_INTEGER},
  ])('field expiries $ttls: $error', ({ttls, error}) => {
    const blob = listpack(ttls.flatMap((ttl, i) => [`field ${i}`, 'value', ttl]))
    expect(checkListpack(blob, 3, CHECK_TTL).error).toBe(error)
  })

  test('find a duplicate up to 8192 members, and say so above', () => {
    const members = Array.from({length: 8192}, (_, i) => `member ${i}`)
    expect(checkListpack(listpack(members), 1).error).toBe(0)
    expect(register(REG_AUX + 4)).toBe(0)
    expect(checkListpack(listpack([...members.slice(1), 'member 77']), 1).error).toBe(
      PACKED_DUPLICATE,
    )
    expect(checkListpack(listpack([...members, 'member 77']), 1).error).toBe(0)
    expect(register(REG_AUX + 4)).toBe(1)
  })

  test('stay apart when 70000 sets are checked one after the other', () => {
    const [start, end] = put(listpack(['a', 'b', 1]))
    for (let i = 0; i < 70000; i++) {
      if (kernel.listpackCheck(start, end, 1, 0) !== 0)
        throw new Error(`set ${i} has a member of another`)
    }
  })
})

describe('the order of scores', () => {
  const scores = fc.uniqueArray(fc.oneof(fc.double({noNaN: true}), fc.integer()), {
    minLength: 2,
    maxLength: 20,
  })
  const zset = (sorted: readonly number[]) =>
    listpack(
      sorted.flatMap((score, i) => [
        `m${i}`,
        Number.isInteger(score) && Math.abs(score) < 1e15 ? score : text(score),
      ]),
    )
  const text = (score: number) => String(score).replace('Infinity', 'inf')
  const unsorted = (blob: Uint8Array) =>
    everywhere(blob, (start, end) => [
      kernel.listpackCheck(start, end, 2, SCORES),
      register(REG_AUX),
    ])

  test('is never blamed on sorted scores, and always on one that is clearly out of place', () => {
    fc.assert(
      fc.property(scores, (any) => {
        const sorted = any.map((score) => score + 0).sort((a, b) => a - b)
        expect(unsorted(zset(sorted))).toEqual([0, 0])
        const [low, high] = [sorted[0], sorted[sorted.length - 1]]
        // Just below infinity an approximation may reach it, and then says nothing.
        const evaluated = sorted.every((score) => Math.abs(score) < 1.79e308)
        if (evaluated && high - low > 1e-9 * Math.max(Math.abs(low), Math.abs(high), 1e-300)) {
          expect(unsorted(zset([...sorted.slice(1), low]))).toEqual([0, 1])
        }
      }),
      {numRuns: 500},
    )
  })
})
