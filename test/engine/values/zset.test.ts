import {describe, expect, test} from '@jest/globals'
import {ZSETS_APPLY} from '../../../src/engine/apply/zsets.ts'
import {Arena} from '../../../src/engine/arena.ts'
import {Kind, valueField} from '../../../src/engine/values/kinds.ts'
import {takeZsetPacked, ZSET_OPS} from '../../../src/engine/values/zset.ts'
import {SortedTable} from '../../../src/engine/values/zset-table.ts'
import {createKernel} from '../../../src/formats/kernel/kernel.ts'
import {ZSET_ALL_SCORE, ZSET_BEFORE, ZSET_BEFORE_SCORE} from '../../../src/formats/kernel/layout.ts'
import {ListpackEncoder} from '../../../src/formats/packed/listpack.ts'
import {RdbType} from '../../../src/formats/rdb/types.ts'
import {loadKernelModule} from '../../../src/io/kernel-file.ts'
import {EngineUnderTest} from '../../support/engine.ts'
import {seeded} from '../../support/random.ts'

const newEngine = () => new EngineUnderTest(ZSETS_APPLY, {zset: ZSET_OPS})
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

function pairs(engine: EngineUnderTest, key: string): [string, number][] | null {
  const value = engine.value(0, key)
  if (value?.type !== 'zset') return null
  return value.value.map(([member, score]) => [text(member), score])
}

function add(engine: EngineUnderTest, key: string): number {
  return engine.keyspace.database(0).add(Buffer.from(key), 0, key.length, Kind.STRING)
}

/** Load pairs as a reader would give them. */
function load(engine: EngineUnderTest, key: string, type: number, all: [string, number][]): number {
  const loader = ZSET_OPS.loader(engine.keyspace)
  loader.begin('zset', type, all.length)
  for (const [member, score] of all) {
    const bytes = Buffer.from(member, 'latin1')
    loader.member(bytes, 0, bytes.length)
    loader.score(score)
  }
  loader.end()
  return loader.into(engine.keyspace.database(0), add(engine, key))
}

const hex = (text: string) => Buffer.from(text).toString('hex')

const named = (n: number): [string, number][] =>
  Array.from({length: n}, (_, i) => [`m${i}`, i / 7 - 3])

describe('what is loaded', () => {
  const long: [string, number][] = [['x'.repeat(65), 1]]
  test.each<[title: string, type: number, all: [string, number][], encoding: string]>([
    ['128 of a table', RdbType.ZSET_2, named(128), 'listpack'],
    ['129 of a table', RdbType.ZSET_2, named(129), 'skiplist'],
    ['128 of a listpack', RdbType.ZSET_LISTPACK, named(128), 'listpack'],
    ['129 of a ziplist', RdbType.ZSET_ZIPLIST, named(129), 'skiplist'],
    ['65 bytes in a table', RdbType.ZSET_2, long, 'skiplist'],
    ['65 bytes in a listpack', RdbType.ZSET_LISTPACK, long, 'listpack'],
  ])('%s', (_, type, all, encoding) => {
    const engine = newEngine()
    load(engine, 'k', type, [...all].reverse())
    expect(engine.encoding(0, 'k')).toBe(encoding)
    // Tables are shown from the highest score down, as servers save them.
    expect(pairs(engine, 'k')).toEqual(encoding === 'listpack' ? all : [...all].reverse())
  })

  test('nothing makes no value', () => {
    expect(load(newEngine(), 'k', RdbType.ZSET_2, [])).toBe(0)
  })
})

describe('a packed one', () => {
  const packed = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
  const sample = packed(
    '25000000 0800 816402 842d696e6605 816102 0101 816202 83322e3504 816302 83696e6604 ff',
  )

  test('is taken as it is, and edited on', () => {
    const engine = newEngine()
    const db = engine.keyspace.database(0)
    takeZsetPacked(db, add(engine, 'k'), sample, 0, sample.length)
    engine.run('ZADD', 'k', '0x1p1', 'e', '0.1', 'a')
    expect(pairs(engine, 'k')).toEqual([
      ['d', -Infinity],
      ['a', 0.1],
      ['e', 2],
      ['b', 2.5],
      ['c', Infinity],
    ])
  })

  test('of more members than fit becomes a table, of none is nothing', () => {
    const engine = newEngine()
    const db = engine.keyspace.database(0)
    const encoder = new ListpackEncoder()
    encoder.reset()
    for (let i = 100; i < 229; i++) {
      for (const each of [`m${i}`, String(i)]) encoder.append(Buffer.from(each), 0, each.length)
    }
    encoder.finish()
    takeZsetPacked(db, add(engine, 'k'), encoder.out.bytes, 0, encoder.out.length)
    expect([engine.encoding(0, 'k'), pairs(engine, 'k')?.length]).toEqual(['skiplist', 129])
    const empty = packed('07000000 0000 ff')
    expect(takeZsetPacked(db, add(engine, 'none'), empty, 0, empty.length)).toBe(0)
  })

  test('holds integers as such, other scores as fpconv writes them', () => {
    const engine = newEngine()
    engine.run('ZADD', 'k', '-0', 'a', '1e17', 'b', '1e-7', 'c', '3.0000000000000004', 'd')
    const {arena} = engine.keyspace
    const block = valueField(engine.keyspace, engine.find(0, 'k'))
    const bytes = arena.memory.slice(block, block + arena.view.getUint32(block, true))
    expect(Buffer.from(bytes).toString('hex')).toBe(
      packed(
        `39000000 0800 816102 0001 816302 84 ${hex('1e-7')} 05
         816402 92 ${hex('3.0000000000000004')} 13 816202 f400008a5d78456301 09 ff`.replaceAll(
          '\n',
          '',
        ),
      ).toString('hex'),
    )
  })
})

test.each([5, 500])('a copy of %i members is a value of its own', (n) => {
  const engine = newEngine()
  const db = engine.keyspace.database(0)
  load(engine, 'a', RdbType.ZSET_2, named(n))
  ZSET_OPS.copy(db, engine.find(0, 'a'), db, add(engine, 'b'))
  engine.run('ZREMRANGEBYRANK', 'a', '0', '1')
  expect(pairs(engine, 'b')?.length).toBe(n)
  expect(pairs(engine, 'a')?.length).toBe(n - 2)
})

test('a table keeps order and ranks as a sorted array does', () => {
  const arena = new Arena(createKernel(loadKernelModule()))
  const before = arena.used
  const table = new SortedTable(arena)
  const random = seeded(11)
  const model = new Map<string, number>()
  const stage = arena.alloc(64)
  const put = (member: string): [number, number] => {
    for (let i = 0; i < member.length; i++) arena.memory[stage + i] = member.charCodeAt(i)
    return [stage, stage + member.length]
  }
  for (let i = 0; i < 60_000; i++) {
    // Grows, then shrinks.
    const removes = random.int(10) < (i < 30_000 ? 2 : 7)
    const member = `m${random.int(8000)}`
    const [from, to] = put(member)
    const entry = table.find(from, to)
    expect(entry !== 0).toBe(model.has(member))
    const score = random.int(50) - 25
    if (entry === 0) {
      if (removes) continue
      table.add(from, to, score)
      model.set(member, score)
    } else if (removes) {
      table.remove(entry)
      model.delete(member)
    } else {
      table.setScore(entry, score)
      model.set(member, score)
    }
    if (i % 3000 === 0) compare(arena, table, model, put)
  }
  compare(arena, table, model, put)
  table.release()
  arena.release(stage)
  expect(arena.used).toBe(before)
})

function compare(
  arena: Arena,
  table: SortedTable,
  model: ReadonlyMap<string, number>,
  put: (member: string) => [number, number],
): void {
  const sorted = [...model].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1))
  const own = [...table.entries(0, table.size)].map((entry) => [
    text(arena.memory.slice(table.start(entry), table.end(entry))),
    table.score(entry),
  ])
  expect(own).toEqual(sorted)
  for (let rank = 0; rank < sorted.length; rank += 97) {
    const [member, score] = sorted[rank]
    expect(table.count(ZSET_BEFORE, score, ...put(member))).toBe(rank)
    const lower = sorted.filter((each) => each[1] < score).length
    expect(table.count(ZSET_BEFORE_SCORE, score, 0, 0)).toBe(lower)
    const upTo = sorted.filter((each) => each[1] <= score).length
    expect(table.count(ZSET_ALL_SCORE, score, 0, 0)).toBe(upTo)
  }
}

test('what is removed leaves no memory behind', () => {
  const engine = newEngine()
  const {arena} = engine.keyspace
  engine.run('ZADD', 'warm', '1', 'a')
  engine.run('ZREM', 'warm', 'a')
  const before = arena.used
  for (let round = 0; round < 3; round++) {
    for (const key of ['a', 'b']) {
      for (let i = 0; i < 1000; i++) engine.run('ZADD', key, String(i % 17), `m${i}`)
    }
    engine.run('ZUNIONSTORE', 'c', '2', 'a', 'b')
    engine.run('ZINTERSTORE', 'b', '2', 'a', 'b')
    engine.run('ZRANGESTORE', 'd', 'a', '0', '5')
    for (const key of ['a', 'b', 'c', 'd']) engine.run('ZREMRANGEBYRANK', key, '0', '-1')
    expect([engine.keys(0), arena.used]).toEqual([[], before])
  }
})
