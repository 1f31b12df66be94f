import {describe, expect, test} from '@jest/globals'
import {
  PACKED_BEYOND,
  PACKED_INTEGER,
  PACKED_STREAM,
  REG_COUNT,
  REG_STREAM,
  SCRATCH,
} from '../../../src/formats/kernel/layout.ts'
import {hex} from '../../support/bytes.ts'
import {type Item, listpack} from '../../support/packed.ts'
import {type Id, rawId} from '../../support/streams.ts'
import {everywhere, kernel, memory, mutations, register, register64} from './arena.ts'
import {readListpack} from './reference.ts'

/** What the kernel says of a node: an error, or what it counted. */
function check(blob: Uint8Array, id: Id) {
  memory.set(rawId(id), SCRATCH)
  return everywhere(blob, (start, end) => {
    const error = kernel.streamNodeCheck(start, end, SCRATCH)
    if (error !== 0) return {error}
    const idAt = (at: number) => `${register64(REG_STREAM + at)}-${register64(REG_STREAM + at + 8)}`
    return {
      error,
      live: register(REG_COUNT),
      deleted: register(REG_STREAM + 52),
      first: idAt(0),
      lastLive: idAt(16),
      last: idAt(32),
      unsorted: register(REG_STREAM + 48),
    }
  })
}

/** The same by reading all of it into arrays; null for a node that servers refuse. */
function reference(blob: Uint8Array): {live: number} | null {
  const entries = readListpack(blob, true)
  if (entries === null) return null
  let next = 0
  const ok = (condition: boolean) => {
    if (!condition) throw new RangeError('unsound')
  }
  const text = () => ok(next++ < entries.length)
  const int = () => {
    text()
    const {isInt, text: digits} = entries[next - 1]
    ok(
      isInt ||
        (/^(0|-?[1-9]\d*)$/.test(digits) && BigInt.asIntN(64, BigInt(digits)) === BigInt(digits)),
    )
    return BigInt(digits)
  }
  const skip = (count: bigint) => {
    ok(count >= 0n && count <= BigInt(entries.length - next))
    next += Number(count)
  }
  try {
    const [live, deleted, fields] = [int(), int(), int()]
    skip(fields)
    ok(int() === 0n && live + deleted >= 0n && live + deleted <= BigInt(entries.length))
    let marked = 0n
    for (let i = 0n; i < live + deleted; i++) {
      const flags = int()
      int()
      int()
      const own = (flags & 2n) === 0n ? int() : fields
      skip(own < 0n ? -1n : (flags & 2n) === 0n ? own * 2n : own)
      ok(int() === ((flags & 2n) === 0n ? own * 2n + 4n : own + 3n))
      marked += flags & 1n
    }
    ok(next === entries.length)
    return {live: Number(live + deleted - marked)}
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** XADD 1000-1 a 1 b 2; 1000-2 a 3 b 4, deleted; 1005-0 c x: as 7.0.15 saved it. */
const SAVED = hex(`
  3e000000 1900
  02 01 01 01 02 01 8161 02 8162 02 00 01
  02 01 00 01 00 01 01 01 02 01 05 01
  03 01 00 01 01 01 03 01 04 01 05 01
  00 01 05 01 dfff 02 01 01 8163 02 8178 02 06 01
  ff`)

describe('streamNodeCheck', () => {
  test('counts the items of a node that a server saved, and finds their ids', () => {
    expect(check(SAVED, '1000-1')).toEqual({
      error: 0,
      live: 2,
      deleted: 1,
      first: '1000-1',
      lastLive: '1005-0',
      last: '1005-0',
      unsorted: 0,
    })
  })

  test('judges every change of one byte as the reference does', () => {
    for (const mutated of mutations(SAVED)) {
      const expected = reference(mutated)
      const actual = check(mutated, '1000-1')
      const same =
        expected === null ? actual.error !== 0 : actual.error === 0 && actual.live === expected.live
      if (!same)
        throw new Error(
          `${actual.error}, ${JSON.stringify(expected)}: ${Buffer.from(mutated).toString('hex')}`,
        )
    }
  })

  const MASTER: Item[] = [1, 0, 1, 'f', 0]
  test.each<{what: string; items: Item[]; error: number}>([
    {what: 'one item', items: [...MASTER, 2, 0, 0, 'v', 4], error: 0},
    {what: 'no item', items: [0, 0, 1, 'f', 0], error: 0},
    {what: 'an item too few', items: MASTER, error: PACKED_STREAM},
    {
      what: 'an item too many',
      items: [...MASTER, 2, 0, 0, 'v', 4, 2, 0, 1, 'v', 4],
      error: PACKED_STREAM,
    },
    {what: 'a text as count', items: ['1x', 0, 1, 'f', 0, 2, 0, 0, 'v', 4], error: PACKED_INTEGER},
    {what: 'a number as text', items: ['1', 0, '1', 'f', '0', '2', 0, '0', 'v', '4'], error: 0},
    {what: 'a text as flags', items: [...MASTER, '02', 0, 0, 'v', 4], error: PACKED_INTEGER},
    {what: 'a text as id', items: [...MASTER, 2, 0, '', 'v', 4], error: PACKED_INTEGER},
    {what: 'a wrong item length', items: [...MASTER, 2, 0, 0, 'v', 5], error: PACKED_STREAM},
    {
      what: 'a master that does not end in 0',
      items: [1, 0, 1, 'f', 1, 2, 0, 0, 'v', 4],
      error: PACKED_STREAM,
    },
    {what: 'a negative count', items: [-1, 0, 1, 'f', 0], error: PACKED_STREAM},
    {what: 'a count beyond all size', items: [2n ** 40n, 0, 1, 'f', 0], error: PACKED_STREAM},
    {what: 'fields beyond all size', items: [1, 0, 2n ** 32n, 'f', 0], error: PACKED_STREAM},
    {
      what: 'own fields beyond all size',
      items: [...MASTER, 0, 0, 0, 2n ** 31n, 'a', 'b', 6],
      error: PACKED_STREAM,
    },
    {
      what: 'a deleted item that is not counted',
      items: [...MASTER, 3, 0, 0, 'v', 4],
      error: 0,
    },
    {what: 'nothing at all', items: [], error: PACKED_STREAM},
  ])('$what: $error', ({items, error}) => {
    expect(check(listpack(items), '5-5').error).toBe(error)
  })

  test('takes a wrong entry count, which servers do not look at, and refuses an entry beyond the end', () => {
    expect(check(listpack([...MASTER, 2, 0, 0, 'v', 4], 9), '5-5').error).toBe(0)
    expect(check(hex('0a000000 0100 82 61 03 ff'), '5-5').error).toBe(PACKED_BEYOND)
  })

  test.each<{ids: [number | bigint, number | bigint][]; id: Id; unsorted: number; last: string}>([
    {
      ids: [
        [0, 0],
        [0, 1],
      ],
      id: '5-5',
      unsorted: 0,
      last: '5-6',
    },
    {
      ids: [
        [0, 0],
        [1, -5],
      ],
      id: '5-5',
      unsorted: 0,
      last: '6-0',
    },
    {
      ids: [
        [0, 0],
        [0, 0],
      ],
      id: '5-5',
      unsorted: 1,
      last: '5-5',
    },
    {
      ids: [
        [0, 1],
        [0, 0],
      ],
      id: '5-5',
      unsorted: 1,
      last: '5-5',
    },
    {ids: [[0, -1]], id: '5-5', unsorted: 1, last: '5-4'},
    {
      ids: [
        [0, 0],
        [-1, 0],
      ],
      id: '5-5',
      unsorted: 1,
      last: '4-5',
    },
    {
      ids: [
        [0, 0],
        [0, -1],
      ],
      id: '0-9223372036854775808',
      unsorted: 1,
      last: '0-9223372036854775807',
    },
    {
      ids: [
        [0, 0],
        [1, 1],
      ],
      id: '18446744073709551614-18446744073709551615',
      unsorted: 0,
      last: '18446744073709551615-0',
    },
  ])('ids $ids from $id: unsorted $unsorted', ({ids, id, unsorted, last}) => {
    const items = ids.flatMap(([ms, seq]) => [2, ms, seq, 'v', 4])
    const blob = listpack([ids.length, 0, 1, 'f', 0, ...items])
    expect(check(blob, id)).toMatchObject({error: 0, live: ids.length, unsorted, last})
  })
})
