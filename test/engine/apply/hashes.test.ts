import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {HASHES_APPLY} from '../../../src/engine/apply/hashes.ts'
import {HASH_OPS} from '../../../src/engine/values/hash.ts'
import {EngineUnderTest} from '../../support/engine.ts'
import {EngineAndServer, type Words} from '../../support/engine-server.ts'
import {type Random, randomSeed, seeded} from '../../support/random.ts'
import {
  type RunningServer,
  serverProgram,
  serversAvailable,
  startServer,
} from '../../support/server.ts'

const newEngine = () => new EngineUnderTest(HASHES_APPLY, {hash: HASH_OPS})
const pairs = (n: number) => Array.from({length: n}, (_, i) => [`f${i}`, `v${i}`]).flat()

function fields(engine: EngineUnderTest, key: string): string[] | null {
  const value = engine.value(0, key)
  if (value?.type !== 'hash') return null
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
  return value.value
    .map(({field, value: each, expiresAtMs}) => {
      const expiry = expiresAtMs === null ? '' : `@${expiresAtMs}`
      return `${text(field)}=${text(each)}${expiry}`
    })
    .sort()
}

function applied(commands: Words[]): EngineUnderTest {
  const engine = newEngine()
  engine.call.nowMs = 1000
  for (const words of commands) expect([words[0], engine.run(...words)]).toEqual([words[0], null])
  return engine
}

test.each<{title: string; commands: Words[]; expected: string[] | null}>([
  {
    title: 'the last value of a field',
    commands: [['HSET', 'k', 'a', '1', 'a', '2']],
    expected: ['a=2'],
  },
  {
    title: 'HSETNX only once',
    commands: [
      ['HSETNX', 'k', 'a', '1'],
      ['HSETNX', 'k', 'a', '2'],
    ],
    expected: ['a=1'],
  },
  {
    title: 'the last field takes the key along',
    commands: [
      ['HMSET', 'k', 'a', '1', '', ''],
      ['HDEL', 'k', '', 'none', 'a', 'a'],
    ],
    expected: null,
  },
  {
    title: 'sums of 64 bits',
    commands: [
      ['HINCRBY', 'k', 'a', '9223372036854775806'],
      ['HINCRBY', 'k', 'a', '1'],
      ['HINCRBY', 'k', 'b', '-9223372036854775808'],
      ['HINCRBY', 'k', 'c', '0'],
    ],
    expected: ['a=9223372036854775807', 'b=-9223372036854775808', 'c=0'],
  },
  {
    title: 'sums of long doubles',
    commands: [
      ['HSET', 'k', 'a', '0.1', 'b', '3.0e3', 'c', '5'],
      ['HINCRBYFLOAT', 'k', 'a', '0.2'],
      ['HINCRBYFLOAT', 'k', 'b', '200'],
      ['HINCRBYFLOAT', 'k', 'c', '-5'],
      ['HINCRBYFLOAT', 'k', 'd', '1e-17'],
    ],
    expected: ['a=0.3', 'b=3200', 'c=0', 'd=0.00000000000000001'],
  },
  {
    title: 'expiries from a time, and absolute ones',
    commands: [
      ['HSET', 'k', ...pairs(5)],
      ['HEXPIRE', 'k', '1', 'FIELDS', '1', 'f0'],
      ['HPEXPIRE', 'k', '1', 'fields', '2', 'f1', 'none'],
      ['HEXPIREAT', 'k', '3', 'FIELDS', '1', 'f2'],
      ['HPEXPIREAT', 'k', '4', 'FIELDS', '1', 'f3'],
    ],
    expected: ['f0=v0@2000', 'f1=v1@1001', 'f2=v2@3000', 'f3=v3@4', 'f4=v4'],
  },
  {
    title: 'conditions on expiries',
    commands: [
      ['HSET', 'k', ...pairs(5)],
      ['HPEXPIREAT', 'k', '50', 'FIELDS', '3', 'f0', 'f1', 'f2'],
      ['HPEXPIREAT', 'k', '60', 'NX', 'FIELDS', '2', 'f0', 'f3'],
      ['HPEXPIREAT', 'k', '70', 'XX', 'FIELDS', '2', 'f0', 'f4'],
      ['HPEXPIREAT', 'k', '49', 'GT', 'FIELDS', '2', 'f1', 'f4'],
      ['HPEXPIREAT', 'k', '51', 'LT', 'FIELDS', '2', 'f2', 'f4'],
    ],
    expected: ['f0=v0@70', 'f1=v1@50', 'f2=v2@50', 'f3=v3@60', 'f4=v4@51'],
  },
  {
    title: 'HSET clears an expiry, HINCRBY and HINCRBYFLOAT keep it',
    commands: [
      ['HSET', 'k', 'a', '1', 'b', '1', 'c', '1', 'd', '1'],
      ['HPEXPIREAT', 'k', '50', 'FIELDS', '4', 'a', 'b', 'c', 'd'],
      ['HSET', 'k', 'a', '2'],
      ['HINCRBY', 'k', 'b', '1'],
      ['HINCRBYFLOAT', 'k', 'c', '1'],
      ['HPERSIST', 'k', 'FIELDS', '1', 'd'],
    ],
    expected: ['a=2', 'b=2@50', 'c=2@50', 'd=1'],
  },
  {
    title: 'HSETEX',
    commands: [
      ['HSETEX', 'k', 'PXAT', '50', 'FIELDS', '2', 'a', '1', 'b', '1'],
      ['HSETEX', 'k', 'KEEPTTL', 'FIELDS', '1', 'a', '2'],
      ['HSETEX', 'k', 'FIELDS', '1', 'b', '2'],
      ['HSETEX', 'k', 'FNX', 'EX', '7', 'FIELDS', '2', 'b', '3', 'c', '3'],
      ['HSETEX', 'k', 'FXX', 'EX', '7', 'FIELDS', '2', 'b', '3', 'c', '3'],
      ['HSETEX', 'k', 'FNX', 'EX', '7', 'FIELDS', '1', 'd', '4'],
      ['HSETEX', 'k', 'NX', 'FIELDS', '1', 'e', '5'],
      ['HSETEX', 'k', 'XX', 'FIELDS', '1', 'f', '6'],
    ],
    expected: ['a=2@50', 'b=2', 'd=4@8000', 'f=6'],
  },
  {
    title: 'HGETEX and HGETDEL',
    commands: [
      ['HSET', 'k', ...pairs(4)],
      ['HGETEX', 'k', 'PXAT', '60', 'FIELDS', '2', 'f0', 'f1'],
      ['HGETEX', 'k', 'PERSIST', 'FIELDS', '1', 'f1'],
      ['HGETEX', 'k', 'FIELDS', '1', 'f0'],
      ['HGETDEL', 'k', 'FIELDS', '2', 'f2', 'none'],
    ],
    expected: ['f0=v0@60', 'f1=v1', 'f3=v3'],
  },
])('$title', ({commands, expected}) => {
  expect(fields(applied(commands), 'k')).toEqual(expected)
})

test.each<{title: string; commands: Words[]; expected: string}>([
  {title: '512 fields', commands: [['HSET', 'k', ...pairs(512)]], expected: 'listpack'},
  {
    title: '513 fields',
    commands: [
      ['HSET', 'k', ...pairs(512)],
      ['HINCRBY', 'k', 'more', '1'],
    ],
    expected: 'hashtable',
  },
  {title: '64 bytes', commands: [['HSET', 'k', 'a', 'x'.repeat(64)]], expected: 'listpack'},
  {title: '65 bytes', commands: [['HSET', 'k', 'x'.repeat(65), 'a']], expected: 'hashtable'},
  {
    title: 'few fields with an expiry',
    commands: [
      ['HSET', 'k', 'a', '1'],
      ['HPEXPIREAT', 'k', '5', 'FIELDS', '1', 'a'],
      ['HPERSIST', 'k', 'FIELDS', '1', 'a'],
    ],
    expected: 'listpackex',
  },
  {
    title: 'a long value and an expiry',
    commands: [
      ['HSETEX', 'k', 'PXAT', '5', 'FIELDS', '1', 'a', '1'],
      ['HSET', 'k', 'b', 'x'.repeat(65)],
    ],
    expected: 'hashtable',
  },
])('$title: $expected', ({commands, expected}) => {
  expect(applied(commands).encoding(0, 'k')).toBe(expected)
})

const KEYS = ['a', 'b', 'c', 'big', 'text']
const FAR_MS = 32503680000000

function word(random: Random): string | Buffer {
  switch (random.int(8)) {
    case 0:
      return random.pick(['', '0', '-0', '01', '1', '-1', '127', '-4097', '9223372036854775807'])
    case 1:
      return random.pick(['1.5', '3.0e3', 'inf', '-1e400', '0x10', ' 1', '1e4932', '.5', 'nan'])
    case 2:
      return random.int(8) === 0 ? random.pick(['x'.repeat(65), 'y'.repeat(5000)]) : 'x'.repeat(64)
    case 3:
      return random.bytes(random.int(6))
    default:
      return `f${random.int(30)}`
  }
}

function plainCommand(random: Random): Words {
  const key = random.pick(KEYS)
  const words = (n: number) => Array.from({length: n}, () => word(random))
  switch (random.int(10)) {
    case 0:
      return ['HSETNX', key, ...words(2)]
    case 1:
      return ['HINCRBY', key, word(random), random.pick(['1', '-5', '9223372036854775807', '1.5'])]
    case 2:
      return [
        'HINCRBYFLOAT',
        key,
        word(random),
        random.pick(['0.1', '-2.5', '1e3', 'x', 'inf', '3']),
      ]
    case 3:
    case 4:
      return ['HDEL', key, ...words(1 + random.int(5))]
    case 5:
      return ['HMSET', key, ...words(3 + random.int(3))]
    case 6:
      return ['HSET', 'big', ...pairs(random.int(400)), `g${random.int(300)}`, 'x']
    default:
      return ['hset', key, ...words(2 * (1 + random.int(3)))]
  }
}

/** With expiries far away: a server deletes what is in the past. Forms that only one of the servers takes are left out. */
function expiringCommand(random: Random): Words {
  const key = random.pick(KEYS)
  const n = 1 + random.int(4)
  const few = Array.from({length: n}, () => word(random))
  const time = FAR_MS + random.int(5)
  const some = ['FIELDS', n, ...few]
  switch (random.int(8)) {
    case 0:
      return ['HPEXPIREAT', key, time, ...some]
    case 1:
      return ['HPEXPIREAT', key, time, random.pick(['NX', 'XX', 'GT', 'lt']), ...some]
    case 2:
      return ['HEXPIREAT', key, FAR_MS / 1000, ...some]
    case 3:
      return ['HPERSIST', key, ...some]
    case 4:
      return ['HGETEX', key, ...random.pick([[], ['PERSIST'], ['PXAT', time]]), ...some]
    case 5:
      return ['HGETDEL', key, ...some]
    default: {
      const condition = random.pick([[], [], ['FNX'], ['FXX']])
      const expiry = random.pick([[], ['KEEPTTL'], ['PXAT', time]])
      const fieldsAndValues = few.flatMap((field) => [field, word(random)])
      return ['HSETEX', key, ...condition, ...expiry, 'FIELDS', n, ...fieldsAndValues]
    }
  }
}

function randomNumber(random: Random): string {
  const digits = (n: number) => Array.from({length: n}, () => random.int(10)).join('')
  const sign = random.pick(['', '-', '+'])
  switch (random.int(4)) {
    case 0:
      return `${sign}${digits(1 + random.int(25))}`
    case 1:
      return `${sign}${digits(1 + random.int(5))}.${digits(1 + random.int(20))}`
    case 2:
      return `${sign}${digits(1)}.${digits(random.int(25))}e${random.int(60) - 30}`
    default:
      return `${sign}0x${random.u32().toString(16)}.${random.u32().toString(16)}p${random.int(90) - 60}`
  }
}

interface Runs {
  readonly server: RunningServer
  readonly random: Random
  readonly count: number
  readonly encodings: boolean
  readonly command: (random: Random) => Words
}

async function runs({server, random, count, encodings, command}: Runs): Promise<void> {
  for (let run = 0; run < count; run++) {
    const both = new EngineAndServer(newEngine(), server.client)
    await both.begin('text')
    for (let round = 0; round < 4; round++) {
      await both.run(Array.from({length: 30}, () => command(random)))
      await both.compare(KEYS, {encodings, bytes: encodings})
      if (round === 1) await both.expireLater(['a', 'b'])
    }
  }
}

;(serverProgram() ? describe : describe.skip)('beside a real server', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({args: ['--rdbcompression', 'no']})
  })
  afterAll(() => server.stop())
  const command = plainCommand

  test('sums of random numbers are the same to the last digit', async () => {
    const random = seeded(5)
    const both = new EngineAndServer(newEngine(), server.client)
    await both.begin('text')
    for (let i = 0; i < 1500; i++) {
      const field = `f${i}`
      const [a, b] = [randomNumber(random), randomNumber(random)]
      await both.run([
        ['HSET', 'a', field, a],
        ['HINCRBYFLOAT', 'a', field, b],
      ])
    }
    await both.compare(['a'])
  })

  test('a fixed run ends alike', () =>
    runs({server, random: seeded(1), count: 40, encodings: true, command}))
  test('a new run ends alike', () =>
    runs({server, random: randomSeed('hashes'), count: 40, encodings: true, command}))
})

const newer = serversAvailable().filter(({version}) => /^Redis [89]|^Valkey 9/.test(version))
;(newer.length > 0 ? describe : describe.skip)('beside servers with field expiries', () => {
  test.each(newer)('$version ends alike', async ({path, version}) => {
    const server = await startServer({program: path, args: ['--rdbcompression', 'no']})
    const hgetdel = version < 'Valkey 9.0' || version >= 'Valkey 9.1'
    const command = (random: Random): Words => {
      const words = random.int(3) === 0 ? plainCommand(random) : expiringCommand(random)
      return words[0] === 'HGETDEL' && !hgetdel ? command(random) : words
    }
    try {
      // Valkey keeps any hash with expiries as a table.
      const encodings = version.startsWith('Redis')
      await runs({server, random: seeded(3), count: 15, encodings, command})
    } finally {
      await server.stop()
    }
  })
})
