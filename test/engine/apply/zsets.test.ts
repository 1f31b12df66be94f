import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {SETS_APPLY} from '../../../src/engine/apply/sets.ts'
import {ZSETS_APPLY} from '../../../src/engine/apply/zsets.ts'
import {SET_OPS} from '../../../src/engine/values/set.ts'
import {ZSET_OPS} from '../../../src/engine/values/zset.ts'
import {EngineUnderTest} from '../../support/engine.ts'
import {EngineAndServer, type Words} from '../../support/engine-server.ts'
import {type Random, randomSeed, seeded} from '../../support/random.ts'
import {
  type RunningServer,
  serverProgram,
  serversAvailable,
  startServer,
} from '../../support/server.ts'

const newEngine = () =>
  new EngineUnderTest([...ZSETS_APPLY, ...SETS_APPLY], {zset: ZSET_OPS, set: SET_OPS})

function after(commands: Words[]): EngineUnderTest {
  const engine = newEngine()
  for (const words of commands) expect([words[0], engine.run(...words)]).toEqual([words[0], null])
  return engine
}

function pairs(engine: EngineUnderTest, key: string): Record<string, number> | null {
  const value = engine.value(0, key)
  if (value?.type !== 'zset') return null
  return Object.fromEntries(
    value.value.map(([member, score]) => [Buffer.from(member).toString('latin1'), score]),
  )
}

describe('ZADD reads scores as strtod() does', () => {
  test.each([
    ['0x10', 16],
    ['0x1p-3', 0.125],
    ['inf', Infinity],
    ['+INFINITY', Infinity],
    ['-inf', -Infinity],
    ['1.', 1],
    ['.5', 0.5],
    ['-.25e1', -2.5],
    ['1e-310', 1e-310],
    ['0.1', 0.1],
    ['123456789012345', 123456789012345],
    ['12345678901234567890', 12345678901234567000],
    ['0e5', 0],
    ['0.30000000000000004', 0.30000000000000004],
  ])('%s is %d', (text, score) => {
    expect(pairs(after([['ZADD', 'k', text, 'a']]), 'k')).toEqual({a: score})
  })

  const wrong = 'ERR value is not a valid float'
  test.each([
    '1e400',
    '-1e400',
    '1e-400',
    '0x1p5000',
    '0x1p-5000',
    ' 1',
    '1 ',
    '',
    'nan',
    '-nan(1)',
    '.',
    '-',
    '1e',
    '0x',
    '++1',
    'infi',
    '1\0',
  ])('%j is none', (text) => {
    const engine = newEngine()
    expect(engine.run('ZADD', 'k', '1', 'a', text, 'b')).toBe(wrong)
    expect(engine.value(0, 'k')).toBeNull()
  })
})

describe('packed or not', () => {
  const many = (n: number) => Array.from({length: n}, (_, i) => [String(i), `m${i}`]).flat()
  test.each<{title: string; commands: Words[]; expected: string}>([
    {title: '128 members', commands: [['ZADD', 'k', ...many(128)]], expected: 'listpack'},
    {title: '129 members', commands: [['ZADD', 'k', ...many(129)]], expected: 'skiplist'},
    {title: '64 bytes', commands: [['ZADD', 'k', '1', 'x'.repeat(64)]], expected: 'listpack'},
    {
      title: '65 bytes',
      commands: [
        ['ZADD', 'k', '1', 'a'],
        ['ZADD', 'k', '1', 'x'.repeat(65)],
      ],
      expected: 'skiplist',
    },
    {
      title: 'removed members do not lead back',
      commands: [
        ['ZADD', 'k', ...many(200)],
        ['ZREMRANGEBYRANK', 'k', '1', '-1'],
      ],
      expected: 'skiplist',
    },
    {
      title: 'what is stored anew is packed again',
      commands: [
        ['ZADD', 'k', ...many(200)],
        ['ZREMRANGEBYRANK', 'k', '1', '-1'],
        ['ZUNIONSTORE', 'k', '1', 'k'],
      ],
      expected: 'listpack',
    },
  ])('$title: $expected', ({commands, expected}) => {
    expect(after(commands).encoding(0, 'k')).toBe(expected)
  })
})

test('-0 is 0 in a listpack, and stays -0 in a table', () => {
  const engine = after([
    ['ZADD', 'packed', '-0', 'a'],
    ['ZADD', 'table', '1', 'x'.repeat(65), '-0', 'a'],
    ['ZADD', 'mixed', '-0', 'a', '1', 'x'.repeat(65)],
  ])
  expect(['packed', 'table', 'mixed'].map((key) => pairs(engine, key)?.a)).toEqual([0, -0, 0])
})

test('AGGREGATE COUNT adds up the weights of the sets that have a member', () => {
  const engine = after([
    ['ZADD', 'a', '5', 'x', '7', 'y'],
    ['ZADD', 'b', '9', 'x'],
    ['ZUNIONSTORE', 'k', '2', 'a', 'b', 'WEIGHTS', '1', '10', 'AGGREGATE', 'COUNT'],
  ])
  expect(pairs(engine, 'k')).toEqual({x: 11, y: 1})
})

const KEYS = ['a', 'b', 'c', 'd', 'big', 'text', 'set']

const SCORES = [
  '0',
  '-0',
  '1',
  '-1',
  '0.1',
  '0.30000000000000004',
  '0.30000000000000009',
  '1e17',
  '-1e19',
  '9007199254740993',
  '4611686018427387904',
  '4611686018427388928',
  '9223372036854775807',
  '5123456789012345678',
  '1.7976931348623157e308',
  '5e-324',
  '-2.2250738585072014e-308',
  'inf',
  '-inf',
  '0x1.8p1',
  '1e400',
  'nan',
  'x',
  '',
]

function score(random: Random): string {
  switch (random.int(6)) {
    case 0:
      return random.pick(SCORES)
    case 1:
      return String((random.u32() - 2 ** 31) / 2 ** random.int(60))
    case 2:
      return (random.u32() * 2.328e-10 * 10 ** (random.int(40) - 20)).toPrecision(17)
    default:
      return String(random.int(12) - 4)
  }
}

function member(random: Random): string | Buffer {
  switch (random.int(8)) {
    case 0:
      return random.pick(['', '0', '-0', '01', '127', '128', '-4097', '9223372036854775808', '1e5'])
    case 1:
      return random.pick(['x'.repeat(63), 'x'.repeat(64), 'x'.repeat(65), 'y'.repeat(3000)])
    case 2:
      return random.bytes(random.int(4))
    case 3:
      return `m${random.int(300)}`
    default:
      return random.int(2) === 0 ? String(random.int(60)) : String.fromCharCode(97 + random.int(20))
  }
}

const scoreBound = (random: Random): string =>
  `${random.int(3) === 0 ? '(' : ''}${random.int(30) === 0 ? ' ' : ''}${score(random)}`

function lexBound(random: Random): string | Buffer {
  if (random.int(5) === 0) return random.pick(['-', '+', '[', '(', 'a', '', '-a', '+\0a'])
  const text = member(random)
  return Buffer.concat([
    Buffer.from(random.pick(['[', '('])),
    Buffer.from(text as string, 'latin1'),
  ])
}

const rank = (random: Random): string =>
  random.pick([
    '0',
    '1',
    '2',
    '-1',
    '-2',
    '-3',
    '5',
    '-9',
    '1000',
    '-1000',
    '9223372036854775807',
    'x',
  ])

const pick = <T>(random: Random, n: number, make: (random: Random) => T): T[] =>
  Array.from({length: n}, () => make(random))

/** All of one score, where ranges of members mean something. */
const evenKey = 'd'

function zadd(random: Random, key: string): Words {
  if (key === evenKey) {
    return ['ZADD', key, ...pick(random, 1 + random.int(6), () => ['0', member(random)]).flat()]
  }
  const options = pick(random, random.int(4) === 0 ? 1 + random.int(2) : 0, () =>
    random.pick(['NX', 'xx', 'GT', 'LT', 'CH', 'INCR']),
  )
  const count = random.int(40) === 0 ? 100 : 1 + random.int(4)
  return [
    'ZADD',
    key,
    ...options,
    ...pick(random, count, () => [score(random), member(random)]).flat(),
  ]
}

function store(random: Random, key: () => string): Words {
  const name = random.pick(['ZUNIONSTORE', 'ZINTERSTORE', 'ZDIFFSTORE'])
  const keys = pick(random, 1 + random.int(3), key)
  const weights = random.int(2) === 0 ? ['WEIGHTS', ...pick(random, keys.length, score)] : []
  const aggregate = random.int(2) === 0 ? ['aggregate', random.pick(['sum', 'MIN', 'max'])] : []
  const target = random.pick(['a', 'b', 'c', 'big'])
  return [
    name,
    target,
    keys.length,
    ...keys,
    ...(name === 'ZDIFFSTORE' ? [] : weights),
    ...aggregate,
  ]
}

function rangeStore(random: Random, key: () => string): Words {
  const reverse = random.int(2) === 0 ? ['REV'] : []
  const limit = random.int(2) === 0 ? ['LIMIT', rank(random), rank(random)] : []
  const target = random.pick(['a', 'b', 'c', 'big'])
  switch (random.int(3)) {
    case 0:
      return [
        'ZRANGESTORE',
        target,
        key(),
        rank(random),
        rank(random),
        ...reverse,
        ...limit.slice(0, random.int(2) * 3),
      ]
    case 1:
      return [
        'ZRANGESTORE',
        target,
        key(),
        scoreBound(random),
        scoreBound(random),
        'BYSCORE',
        ...reverse,
        ...limit,
      ]
    default:
      return [
        'ZRANGESTORE',
        target,
        evenKey,
        lexBound(random),
        lexBound(random),
        ...limit,
        'bylex',
        ...reverse,
      ]
  }
}

function command(random: Random): Words {
  const key = () => random.pick(KEYS.slice(0, random.int(15) === 0 ? 7 : 5))
  switch (random.int(20)) {
    case 0:
      return ['ZINCRBY', random.pick(['a', 'b', 'c', 'big', 'text']), score(random), member(random)]
    case 1:
    case 2:
      return ['zrem', key(), ...pick(random, 1 + random.int(3), member)]
    case 3:
      return ['ZREMRANGEBYRANK', key(), rank(random), rank(random)]
    case 4:
      return ['ZREMRANGEBYSCORE', key(), scoreBound(random), scoreBound(random)]
    case 5:
      return ['ZREMRANGEBYLEX', evenKey, lexBound(random), lexBound(random)]
    case 6:
      return [random.pick(['ZPOPMIN', 'ZPOPMAX']), key(), ...pick(random, random.int(2), rank)]
    case 7:
      return [
        'ZMPOP',
        '2',
        key(),
        key(),
        random.pick(['MIN', 'max', 'x']),
        ...(random.int(2) ? [] : ['COUNT', rank(random)]),
      ]
    case 8:
    case 9:
      return store(random, () => random.pick([...KEYS.slice(0, 5), 'set']))
    case 10:
      return rangeStore(random, key)
    case 11:
      return [
        'ZADD',
        'big',
        ...pick(random, 150, (r) => [String(r.int(50)), `m${r.int(400)}`]).flat(),
      ]
    case 12:
      return ['SADD', 'set', ...pick(random, 3, member)]
    default:
      return zadd(random, key())
  }
}

async function runs(server: RunningServer, random: Random): Promise<void> {
  for (let run = 0; run < 25; run++) {
    const engine = newEngine()
    const both = new EngineAndServer(engine, server.client)
    await both.begin('text')
    for (let round = 0; round < 4; round++) {
      await both.run(pick(random, 40, command))
      await both.compare(KEYS.slice(0, 6), {encodings: true})
      await both.compare(['set'])
      if (round === 1) await both.expireLater(['a', 'b'])
    }
  }
}

;(serverProgram() ? describe : describe.skip)('beside a real server', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  test('a fixed run ends alike', () => runs(server, seeded(1)))
  test('a new run ends alike', () => runs(server, randomSeed('zsets')))
})

const newer = serversAvailable().filter(({version}) => !version.startsWith('Redis 7.0'))
;(newer.length > 0 ? describe : describe.skip)(
  'beside servers that print doubles by fpconv',
  () => {
    test.each(newer)('$version: the same bytes', async ({path}) => {
      const random = seeded(4)
      const server = await startServer({program: path, args: ['--rdbcompression', 'no']})
      try {
        const both = new EngineAndServer(newEngine(), server.client)
        await both.begin('text')
        for (let round = 0; round < 60; round++) {
          await both.run(
            pick(random, 20, () => {
              const key = random.pick(['a', 'b', 'c'])
              if (random.int(4) === 0) return ['ZREM', key, member(random)]
              const plain = score(random)
              return [
                'ZADD',
                key,
                /^-?[\d.]/.test(plain) && !plain.includes('x') ? plain : '1',
                `m${random.int(60)}`,
              ]
            }),
          )
          await both.compare(['a', 'b', 'c'], {encodings: true, bytes: true})
        }
      } finally {
        await server.stop()
      }
    })
  },
)
