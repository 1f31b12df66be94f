import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {SETS_APPLY} from '../../../src/engine/apply/sets.ts'
import {SET_OPS} from '../../../src/engine/values/set.ts'
import {EngineUnderTest} from '../../support/engine.ts'
import {type CompareOptions, EngineAndServer, type Words} from '../../support/engine-server.ts'
import {type Random, randomSeed, seeded} from '../../support/random.ts'
import {
  type RunningServer,
  serverProgram,
  serversAvailable,
  startServer,
} from '../../support/server.ts'

const newEngine = () => new EngineUnderTest(SETS_APPLY, {set: SET_OPS})
const numbers = (n: number, from = 0) => Array.from({length: n}, (_, i) => String(from + i))
const names = (n: number) => Array.from({length: n}, (_, i) => `m${i}`)

function members(engine: EngineUnderTest, key: string): string[] | null {
  const value = engine.value(0, key)
  if (value === null) return null
  return (value.value as Uint8Array[]).map((each) => Buffer.from(each).toString('latin1')).sort()
}

function applied(commands: Words[]): EngineUnderTest {
  const engine = newEngine()
  for (const words of commands) expect([words[0], engine.run(...words)]).toEqual([words[0], null])
  return engine
}

describe('values', () => {
  test.each<{title: string; commands: Words[]; expected: string[] | null}>([
    {title: 'members once', commands: [['SADD', 'k', 'a', 'b', 'a']], expected: ['a', 'b']},
    {
      title: '1 and 01 differ',
      commands: [['SADD', 'k', '1', '01', '-0']],
      expected: ['-0', '01', '1'],
    },
    {title: 'the empty member', commands: [['SADD', 'k', '']], expected: ['']},
    {
      title: 'the last member takes the key along',
      commands: [
        ['SADD', 'k', 'a', '1'],
        ['SREM', 'k', '1', 'x', 'a', 'a'],
      ],
      expected: null,
    },
    {
      title: 'SMOVE takes from one and adds to another',
      commands: [
        ['SADD', 'a', 'x', 'y'],
        ['SADD', 'k', 'x'],
        ['SMOVE', 'a', 'k', 'x'],
        ['SMOVE', 'a', 'k', 'none'],
        ['SMOVE', 'a', 'a', 'y'],
      ],
      expected: ['x'],
    },
    {
      title: 'SPOP of all',
      commands: [
        ['SADD', 'k', 'a', 'b'],
        ['SPOP', 'k', '0'],
        ['SPOP', 'k', '2'],
      ],
      expected: null,
    },
    {
      title: 'a destination that is a source',
      commands: [
        ['SADD', 'k', 'a', 'b', '7'],
        ['SADD', 'o', 'b', '7', 'z'],
        ['SINTERSTORE', 'k', 'k', 'o'],
      ],
      expected: ['7', 'b'],
    },
    {
      title: 'nothing left removes the destination',
      commands: [
        ['SADD', 'k', 'a'],
        ['SDIFFSTORE', 'k', 'k', 'k'],
      ],
      expected: null,
    },
  ])('$title', ({commands, expected}) => {
    expect(members(applied(commands), 'k')).toEqual(expected)
  })

  test('SPOP of some is refused, and takes nothing', () => {
    const engine = applied([['SADD', 'k', 'a', 'b']])
    const refused = 'ERR SPOP takes members at random: what is left cannot be known'
    expect(engine.run('SPOP', 'k')).toBe(refused)
    expect(engine.run('SPOP', 'k', '1')).toBe(refused)
    expect(members(engine, 'k')).toEqual(['a', 'b'])
  })
})

describe('encodings', () => {
  const long = 'x'.repeat(65)
  test.each<{title: string; commands: Words[]; expected: string}>([
    {title: '512 integers', commands: [['SADD', 'k', ...numbers(512)]], expected: 'intset'},
    {
      title: '513 integers',
      commands: [
        ['SADD', 'k', ...numbers(512)],
        ['SADD', 'k', '-7'],
      ],
      expected: 'hashtable',
    },
    {title: '128 names', commands: [['SADD', 'k', ...names(128)]], expected: 'listpack'},
    {
      title: '129 names',
      commands: [
        ['SADD', 'k', ...names(128)],
        ['SADD', 'k', 'x'],
      ],
      expected: 'hashtable',
    },
    {
      title: '127 integers and a name',
      commands: [
        ['SADD', 'k', ...numbers(127)],
        ['SADD', 'k', 'x'],
      ],
      expected: 'listpack',
    },
    {
      title: '128 integers and a name',
      commands: [
        ['SADD', 'k', ...numbers(128)],
        ['SADD', 'k', 'x'],
      ],
      expected: 'hashtable',
    },
    {title: '64 bytes', commands: [['SADD', 'k', long.slice(1)]], expected: 'listpack'},
    {
      title: '65 bytes',
      commands: [
        ['SADD', 'k', 'a'],
        ['SADD', 'k', long],
      ],
      expected: 'hashtable',
    },
    {
      title: 'many words of one name',
      commands: [['SADD', 'k', ...Array(129).fill('a')]],
      expected: 'hashtable',
    },
    {
      title: 'removed members do not lead back',
      commands: [
        ['SADD', 'k', ...names(129)],
        ['SREM', 'k', ...names(128)],
      ],
      expected: 'hashtable',
    },
    {
      title: 'the common integers of tables',
      commands: [
        ['SADD', 'a', ...names(200), '1', '2'],
        ['SADD', 'b', ...names(3), '1', '2', '3'],
        ['SREM', 'b', ...names(3)],
        ['SINTERSTORE', 'k', 'a', 'b'],
      ],
      expected: 'intset',
    },
  ])('$title: $expected', ({commands, expected}) => {
    expect(applied(commands).encoding(0, 'k')).toBe(expected)
  })
})

const KEYS = ['a', 'b', 'c', 'd', 'big', 'text']

function member(random: Random): string | Buffer {
  switch (random.int(9)) {
    case 0:
      return random.pick([
        '',
        '0',
        '-0',
        '01',
        '+1',
        ' 1',
        '1 ',
        '-1',
        '127',
        '128',
        '-4097',
        '32768',
      ])
    case 1:
      return random.pick([
        '2147483648',
        '-2147483649',
        '9223372036854775807',
        '-9223372036854775808',
        '9223372036854775808',
        '-9223372036854775809',
      ])
    case 2:
      return random.pick(['x'.repeat(63), 'x'.repeat(64), 'x'.repeat(65), 'y'.repeat(5000)])
    case 3:
      return random.bytes(random.int(6))
    case 4:
      return `m${random.int(300)}`
    default:
      return String(random.int(700) - 20)
  }
}

function command(random: Random): Words {
  const key = () => random.pick(KEYS.slice(0, random.int(12) === 0 ? 6 : 5))
  const few = () => Array.from({length: 1 + random.int(4)}, () => member(random))
  switch (random.int(14)) {
    case 0:
      return ['SMOVE', key(), key(), member(random)]
    case 1:
      return ['SPOP', key(), random.pick(['0', '5000', '-1', 'x', '99999999999999999999'])]
    case 2:
      return ['SUNIONSTORE', key(), ...Array.from({length: 1 + random.int(3)}, key)]
    case 3:
      return ['SINTERSTORE', key(), ...Array.from({length: 1 + random.int(3)}, key)]
    case 4:
      return ['SDIFFSTORE', key(), ...Array.from({length: 1 + random.int(4)}, key)]
    case 5:
    case 6:
      return ['srem', key(), ...few()]
    case 7:
      return ['SADD', key(), ...Array.from({length: random.int(160)}, () => member(random)), 'q']
    case 8:
      return ['SADD', 'big', ...numbers(random.int(300), random.int(400)), '3']
    default:
      return ['SADD', key(), ...few()]
  }
}

/** Commands whose result does not depend on the order that a server's tables have. */
function simpleCommand(random: Random): Words {
  const words = command(random)
  return /STORE$|SPOP/.test(String(words[0])) ? simpleCommand(random) : words
}

/** Many short runs: sets that have become tables stay so. */
async function runs(
  server: RunningServer,
  random: Random,
  count: number,
  options: CompareOptions,
  next = command,
): Promise<void> {
  for (let run = 0; run < count; run++) {
    const both = new EngineAndServer(newEngine(), server.client)
    await both.begin('text')
    for (let round = 0; round < 4; round++) {
      await both.run(Array.from({length: 30}, () => next(random)))
      await both.compare(KEYS, options)
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

  test('a fixed run ends alike', () => runs(server, seeded(1), 40, {}))
  test('a new run ends alike', () => runs(server, randomSeed('sets'), 40, {}))
})

const newer = serversAvailable().filter(({version}) => !version.startsWith('Redis 7.0'))
;(newer.length > 0 ? describe : describe.skip)('beside servers that pack sets', () => {
  test.each(newer)('$version: encodings too', async ({path}) => {
    const server = await startServer({program: path, args: ['--rdbcompression', 'no']})
    try {
      await runs(server, seeded(2), 10, {encodings: true})
      await runs(server, seeded(4), 10, {encodings: true, bytes: true}, simpleCommand)
    } finally {
      await server.stop()
    }
  })
})
