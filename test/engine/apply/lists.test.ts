import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import type {EngineUnderTest, Word} from '../../support/engine.ts'
import {both, command, isTried, KEYS, newEngine} from '../../support/list-commands.ts'
import {randomSeed, seeded} from '../../support/random.ts'
import {type RunningServer, startServer} from '../../support/server.ts'

function texts(engine: EngineUnderTest, key: Word): string[] | null {
  const value = engine.value(0, key)
  if (value?.type !== 'list') return null
  return value.value.map((each) => Buffer.from(each).toString('latin1'))
}

async function elements({client}: RunningServer, key: Word): Promise<string[] | null> {
  const reply = await client.raw('LRANGE', String(key), 0, -1)
  if (reply instanceof Error || (reply as unknown[]).length === 0) return null
  return (reply as Buffer[]).map((each) => each.toString('latin1'))
}

describe('against a server', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server?.stop())

  test.each(['1', '2', '3', '4', 'any'])(
    'random commands, run %s',
    async (run) => {
      const random = run === 'any' ? randomSeed('lists') : seeded(Number(run))
      const engine = newEngine()
      await server.client.command('FLUSHALL')
      for (let round = 0; round < 40; round++) {
        const commands = Array.from({length: 50}, () => command(random)).filter(isTried)
        const {ours, theirs} = await both(engine, server, commands)
        expect(ours).toEqual(theirs)
        for (const key of KEYS) expect(texts(engine, key)).toEqual(await elements(server, key))
      }
    },
    60_000,
  )

  test('commands that wait do what they would do at once', async () => {
    const engine = newEngine()
    await server.client.command('FLUSHALL')
    const commands = [
      'RPUSH a 1 2 3 4 5 6 7 8 9 10',
      'BLPOP none a b 1',
      'BRPOP none a 0x1',
      'BLMOVE a b LEFT RIGHT 1',
      'BLMOVE a b RIGHT right 1.5',
      'BRPOPLPUSH a b 1e1',
      'BLMPOP 1 3 none b a RIGHT',
      'BLMPOP 1 2 a b LEFT COUNT 3',
    ].map((each) => each.split(' '))
    const {ours, theirs} = await both(engine, server, commands)
    expect(ours).toEqual(theirs)
    for (const key of ['a', 'b']) expect(texts(engine, key)).toEqual(await elements(server, key))
    expect(engine.run('BLPOP', 'none', 'a', '0')).toBeNull()
    expect(engine.run('BRPOPLPUSH', 'none', 'a', '0')).toBeNull()
  })

  test('errors are the same, and leave all as it was', async () => {
    const engine = newEngine()
    await server.client.command('FLUSHALL')
    const setUp = [
      ['RPUSH', 'l', 'a', 'b'],
      ['SET', 's', '1'],
    ]
    const wrong = [
      'BLPOP k abc|BLPOP k inf|BLPOP k nan|BLPOP k -1|BLPOP k 1e400|BLPOP s 1|BRPOP l x',
      'BLMOVE l s LEFT FOO x|BLMOVE l s LEFT LEFT x|BRPOPLPUSH l b x|BLMPOP x 0 a FOO|BLMPOP 1 x a FOO|BLMPOP x 1 l LEFT|BLMPOP x 1 l LEFT COUNT 0',
      'LMPOP 0 a LEFT|LMPOP x a LEFT|LMPOP 2 a LEFT|LMPOP 1 a FOO|LMPOP 1 a LEFT COUNT 0',
      'LMPOP 1 a LEFT COUNT x|LMPOP 1 a LEFT COUNT|LMPOP 1 a LEFT COUNT 1 COUNT 1|LMPOP 1 a LEFT X 1',
      'LMPOP 2 nokey s LEFT|LMPOP 1 l LEFT COUNT 9223372036854775808',
      'LMOVE l s LEFT LEFT|LMOVE s l LEFT LEFT|LMOVE l s LEFT FOO|LMOVE nokey s LEFT LEFT|RPOPLPUSH l s',
      'LPOP l -1|LPOP l x|LPOP s 0|LPOP s|LPOP l 1 2|RPOP l 1 2|LPOP l 9223372036854775808',
      'LREM s x a|LREM l x a|LREM s 1 a|LSET nokey x a|LSET l x a|LSET l 5 a|LSET l -3 a|LSET s 0 a',
      'LINSERT s FOO a b|LINSERT s BEFORE a b|LINSERT no BEFORE a b|LINSERT l AFTER x y',
      'LTRIM l x 0|LTRIM l 0 x|LTRIM s 0 0|LTRIM l 0 9223372036854775808|LPUSH s a|RPUSHX s a|LPUSHX no a',
      'LTRIM l 0 9223372036854775807|LTRIM l -9223372036854775808 -1|LPOP l 0|LPOP no 0|LPUSH l',
    ].flatMap((line) => line.split('|').map((each) => each.split(' ')))
    const {ours, theirs} = await both(engine, server, [...setUp, ...wrong])
    expect(ours).toEqual(theirs)
    expect(texts(engine, 'l')).toEqual(['a', 'b'])
    expect(await elements(server, 'l')).toEqual(['a', 'b'])
  })
})

describe('LMOVEM of Redis 8.10', () => {
  test.each([
    {how: ['LEFT', 'LEFT'], a: 'bcd', b: 'axy'},
    {how: ['LEFT', 'LEFT', 'COUNT', '2', 'OBO'], a: 'cd', b: 'baxy'},
    {how: ['LEFT', 'LEFT', 'COUNT', '2', 'BULK'], a: 'cd', b: 'abxy'},
    {how: ['LEFT', 'RIGHT', 'COUNT', '2', 'OBO'], a: 'cd', b: 'xyab'},
    {how: ['LEFT', 'RIGHT', 'COUNT', '2', 'BULK'], a: 'cd', b: 'xyab'},
    {how: ['RIGHT', 'RIGHT', 'COUNT', '3', 'OBO'], a: 'a', b: 'xydcb'},
    {how: ['RIGHT', 'RIGHT', 'COUNT', '3', 'BULK'], a: 'a', b: 'xybcd'},
    {how: ['RIGHT', 'LEFT', 'COUNT', '3', 'bulk'], a: 'a', b: 'bcdxy'},
    {how: ['RIGHT', 'LEFT', 'EXACTLY', '4', 'OBO'], a: undefined, b: 'abcdxy'},
    {how: ['RIGHT', 'LEFT', 'EXACTLY', '5', 'OBO'], a: 'abcd', b: 'xy'},
    {how: ['RIGHT', 'LEFT', 'COUNT', '5', 'OBO'], a: undefined, b: 'abcdxy'},
  ])('$how', ({how, a, b}) => {
    const engine = newEngine()
    engine.run('RPUSH', 'a', 'a', 'b', 'c', 'd')
    engine.run('RPUSH', 'b', 'x', 'y')
    expect(engine.run('LMOVEM', 'a', 'b', ...how)).toBeNull()
    expect(texts(engine, 'a')?.join('')).toBe(a)
    expect(texts(engine, 'b')?.join('')).toBe(b)
    expect(engine.run('LMOVEM', 'b', 'b', 'LEFT', 'LEFT', 'COUNT', '9', 'BULK')).toBeNull()
    expect(texts(engine, 'b')?.join('')).toBe(b)
  })
})

test('expiries stay while a list lives, and go with its last element', () => {
  const engine = newEngine()
  engine.run('RPUSH', 'a', '1', '2')
  engine.keyspace.database(0).setExpiry(engine.find(0, 'a'), 5)
  engine.run('LPUSH', 'a', '0')
  engine.run('LTRIM', 'a', '1', '1')
  expect(engine.expiresAtMs(0, 'a')).toBe(5)
  engine.run('RPOP', 'a')
  expect(engine.keys(0)).toEqual([])
  engine.run('LPUSH', 'a', '0')
  expect(engine.expiresAtMs(0, 'a')).toBeNull()
})

test('nothing stays in memory of lists that are gone', () => {
  const engine = newEngine()
  const {arena} = engine.keyspace
  const random = seeded(1)
  engine.run('RPUSH', 'a', 'x')
  engine.keyspace.flushAll()
  const before = arena.used
  for (let i = 0; i < 3000; i++) {
    const words = command(random)
    if (isTried(words)) engine.run(...words)
  }
  expect(arena.used).toBeGreaterThan(before)
  engine.keyspace.flushAll()
  expect(arena.used).toBe(before)
})
