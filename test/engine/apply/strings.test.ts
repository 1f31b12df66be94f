import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {STRINGS_APPLY} from '../../../src/engine/apply/strings.ts'
import {STRING_OPS} from '../../../src/engine/values/string.ts'
import {EngineUnderTest, type Word} from '../../support/engine.ts'
import {type Random, randomSeed, seeded} from '../../support/random.ts'
import {addOther, compareStrings, runBoth} from '../../support/same-strings.ts'
import {type RunningServer, serversAvailable, startServer} from '../../support/server.ts'

const newEngine = () => new EngineUnderTest(STRINGS_APPLY, {string: STRING_OPS})
const MAX = '9223372036854775807'
const MIN = '-9223372036854775808'

/** The value of a key as text, null without one. */
function text(engine: EngineUnderTest, key: string): string | null {
  const value = engine.value(0, key)
  return value?.type === 'string' ? Buffer.from(value.value).toString('latin1') : null
}

describe('what later servers brought', () => {
  const A = 'e6c632b61e964e1f' // XXH3 of "a", and of "b"
  const B = '575a0b1c44d8843f'
  test.each<[commands: string, value: string | null, expiry: number | null]>([
    ['SET k v IFEQ x', null, null],
    ['SET k v IFNE x', 'v', null],
    ['SET k a; SET k v IFEQ a', 'v', null],
    ['SET k a; SET k v IFEQ A', 'a', null],
    ['SET k a; SET k v IFNE a', 'a', null],
    [`SET k a; SET k v IFDEQ ${A}`, 'v', null],
    [`SET k a; SET k v ifdeq ${A.toUpperCase()}`, 'v', null],
    [`SET k b; SET k v IFDEQ ${A}`, 'b', null],
    [`SET k v IFDEQ ${A}`, null, null],
    [`SET k b; SET k v IFDNE ${A} PXAT 77`, 'v', 77],
    ['SET k a; DELEX k IFEQ b', 'a', null],
    [`SET k a; DELEX k IFDEQ ${A}`, null, null],
    [`SET k a; DELEX k IFDNE ${B}`, null, null],
    ['SET k a; DELEX k', null, null],
    ['SET k a; DELIFEQ k b', 'a', null],
    ['SET k a; DELIFEQ k a', null, null],
    ['MSETEX 2 k 1 j 2 PXAT 9', '1', 9],
    ['SET k 1 PXAT 5; MSETEX 1 k 2 KEEPTTL', '2', 5],
    ['SET k 1 PXAT 5; MSETEX 1 k 2', '2', null],
    ['SET k 1; MSETEX 2 j 2 k 2 NX', '1', null],
    ['SET k 1; MSETEX 2 j 2 k 2 XX', '1', null],
    ['INCREX k', '1', null],
    ['INCREX k BYINT 5 UBOUND 4', null, null],
    ['INCREX k BYINT 5 UBOUND 4 SATURATE PXAT 8', '4', 8],
    [`SET k ${MAX} PXAT 3; INCREX k PERSIST`, MAX, 3],
    [`SET k ${MIN}; INCREX k BYINT -1 SATURATE`, MIN, null],
    ['SET k 1 PXAT 3; INCREX k PXAT 9 ENX', '2', 3],
    ['SET k 1 PXAT 3; INCREX k PERSIST', '2', null],
    ['INCREX k BYFLOAT 1.5 LBOUND 2 SATURATE', '2', null],
    ['INCREX k BYFLOAT 1.5 UBOUND 1.6', '1.5', null],
  ])('%s', (commands, value, expiry) => {
    const engine = newEngine()
    for (const command of commands.split('; ')) expect(engine.run(...command.split(' '))).toBeNull()
    expect([text(engine, 'k'), engine.expiresAtMs(0, 'k')]).toEqual([value, expiry])
  })

  test.each([
    ['SET k v IFEQ x NX', 'ERR syntax error'],
    ['SET k v IFEQ x IFNE y', 'ERR syntax error'],
    ['SET k v IFDEQ abc', 'ERR must be exactly 16 hexadecimal characters'],
    ['MSETEX 0 k v', 'ERR invalid numkeys value'],
    ['MSETEX 2 k v', 'ERR wrong number of key-value pairs'],
    ['MSETEX 1 k v EX 0', "ERR invalid expire time in 'msetex' command"],
    ['DELEX k IFEQ', "ERR wrong number of arguments for 'delex' command"],
    ['DELEX other IFEQ v', 'ERR Key should be of string type if conditions are specified'],
    ['DELIFEQ other v', 'WRONGTYPE Operation against a key holding the wrong kind of value'],
    ['INCREX k BYINT 1.5', 'ERR Increment is not an integer or out of range'],
    ['INCREX k ENX', 'ERR ENX flag requires an expiration'],
    ['INCREX k BYINT 1 BYINT 1', 'ERR syntax error'],
  ])('%s is refused', (command, error) => {
    const engine = newEngine()
    addOther(engine, 'other')
    expect(engine.run(...command.split(' '))).toBe(error)
    expect(engine.keys(0)).toEqual(['other'])
  })
})

test.each([
  ['SET k v EX 10', 1_010_000],
  ['SET k v PX 10', 1_000_010],
  ['SET k v EXAT 10', 10_000],
  ['SETEX k 10 v', 1_010_000],
  ['PSETEX k 10 v', 1_000_010],
])('the time of %s counts from the given time', (command, expiry) => {
  const engine = newEngine()
  engine.call.nowMs = 1_000_000
  expect(engine.run(...command.split(' '))).toBeNull()
  expect(engine.expiresAtMs(0, 'k')).toBe(expiry)
})

test('a key whose time has passed is there all the same', () => {
  const engine = newEngine()
  engine.run('SET', 'k', 'v', 'PXAT', '1000')
  engine.run('APPEND', 'k', 'x')
  engine.run('GETEX', 'k', 'PXAT', '5')
  expect([text(engine, 'k'), engine.expiresAtMs(0, 'k')]).toEqual(['vx', 5])
  engine.run('GETEX', 'k', 'PERSIST')
  expect(engine.expiresAtMs(0, 'k')).toBeNull()
})

test('a string replaces a value of another type', () => {
  const engine = newEngine()
  addOther(engine, 'k')
  expect(engine.run('APPEND', 'k', 'v')).toMatch(/^WRONGTYPE/)
  expect(engine.run('SET', 'k', 'v')).toBeNull()
  expect([text(engine, 'k'), engine.keyspace.objects]).toEqual(['v', [null]])
})

test('a string as long as servers allow', () => {
  const engine = newEngine()
  const limit = 'ERR string exceeds maximum allowed size (proto-max-bulk-len)'
  expect(engine.run('SETRANGE', 'k', 536870912, 'x')).toBe(limit)
  expect(engine.keys(0)).toEqual([])
  expect(engine.run('SETRANGE', 'k', 536870911, 'x')).toBeNull()
  expect(engine.run('APPEND', 'k', 'x')).toBe(limit)
  expect(engine.run('APPEND', 'k', '')).toBeNull()
  const value = engine.value(0, 'k') as {value: Uint8Array}
  expect([value.value.length, value.value[0], value.value[536870911]]).toEqual([536870912, 0, 0x78])
})

const NUMBERS = `0 1 -1 10 99 -100 999999999999999 1000000000000000 ${MAX} ${MIN}`.split(' ')
const ODD = ['', '01', '-0', '+1', ' 1', '1 ', '1.0', 'abc', '9223372036854775808', '1'.repeat(23)]
const FLOATS = '1.5 -0.1 3 1e3 0x10 inf nan 1e5000 0.00000000000000001 5e-20'.split(' ')
const KEYS = ['a', 'b', 'c', 'd']
const OTHER = 'l'

function anyWord(random: Random): Word {
  const kinds = [
    () => random.pick(NUMBERS),
    () => random.pick(ODD),
    () => random.pick(FLOATS),
    () => 'x'.repeat(random.pick([1, 20, 43, 44, 45, 46, 47, 48, 49, 100, 3000])),
    () => random.bytes(random.int(60)),
  ]
  return random.pick(kinds)()
}

/** Far in the future: what has passed goes at once on a live server. */
function anyOptions(random: Random, from: readonly string[]): Word[] {
  const words: Word[] = []
  for (let left = random.pick([0, 0, 1, 1, 2, 3]); left > 0; left--) {
    const word = random.pick(from)
    words.push(random.int(2) ? word : word.toLowerCase())
    const wantsTime = word.endsWith('AT') && random.int(20) > 0
    if (!wantsTime) continue
    const time = word === 'EXAT' ? ['4000000000', MAX] : ['4000000000123', '9007199254740991']
    words.push(random.pick([...time, '0', '-5', 'x']))
  }
  return words
}

function anyCommand(random: Random): Word[] {
  const key = () => random.pick([...KEYS, ...KEYS, OTHER])
  const own = () => random.pick(KEYS)
  const word = () => anyWord(random)
  const number = () => random.pick([...NUMBERS, ...NUMBERS, ...ODD])
  const offset = () => random.pick(['0', '1', '5', '100', '2000', '-1', 'x', '536870912', MAX])
  const times = ['EXAT', 'PXAT', 'KEEPTTL', 'XX']
  const commands: (() => Word[])[] = [
    () => ['SET', own(), word(), ...anyOptions(random, ['NX', 'GET', ...times])],
    () => ['SET', OTHER, word(), 'GET'],
    () => ['SET', own(), number()],
    () => ['SET', own(), word(), 'PXAT', random.pick(['4000000000001', '0', 'x', ''])],
    () => ['SETNX', key(), word()],
    () => ['SETEX', key(), random.pick(['0', '-1', 'x', MAX]), word()],
    () => ['GETSET', key(), word()],
    () => ['GETDEL', key()],
    () => ['GETEX', key(), ...anyOptions(random, ['PERSIST', ...times])],
    () => ['APPEND', key(), word()],
    () => ['SETRANGE', key(), offset(), word()],
    () => ['INCR', key()],
    () => ['DECR', key()],
    () => ['INCRBY', key(), number()],
    () => ['DECRBY', key(), number()],
    () => ['INCRBYFLOAT', key(), random.pick([...FLOATS, ...NUMBERS, ...ODD])],
    () => ['MSET', own(), word(), own(), word(), ...(random.int(5) ? [] : [own()])],
    () => ['MSETNX', key(), word(), own(), word()],
  ]
  return random.pick(commands)()
}

/** What Valkey 9.1 has and Redis 7.0 has not. */
function newCommand(random: Random): Word[] {
  const key = () => random.pick([...KEYS, ...KEYS, OTHER])
  const word = () => random.pick(['1', '2', 'x', anyWord(random)])
  const pairs = (count: number) => Array.from({length: count}, () => [key(), word()]).flat()
  const count = 1 + random.int(3)
  const options = ['NX', 'XX', 'EXAT', 'PXAT', 'KEEPTTL']
  return random.pick<() => Word[]>([
    () => ['SET', key(), word(), 'IFEQ', word(), ...anyOptions(random, ['GET', ...options])],
    () => ['DELIFEQ', key(), word()],
    () => ['SET', random.pick(KEYS), word()],
    () => ['MSETEX', count, ...pairs(count), ...anyOptions(random, options)],
    () => ['MSETEX', random.pick([0, -1, 'x', 2]), ...pairs(1)],
  ])()
}

interface Run {
  readonly engine: EngineUnderTest
  readonly random: Random
  readonly count: number
  /** Whether texts of errors and encodings must be those of the server too. */
  readonly strict: boolean
  readonly command: (random: Random) => Word[]
}

async function runs(server: RunningServer, run: Run): Promise<void> {
  const {engine, random, count, strict} = run
  const {client} = server
  const renew = async () => {
    await client.command('DEL', OTHER)
    await client.command('RPUSH', OTHER, 'x')
    const old = engine.find(0, OTHER)
    if (old !== 0) engine.keyspace.database(0).remove(old)
    addOther(engine, OTHER)
  }
  const found: string[] = []
  for (let i = 0; i < count && found.length === 0; i++) {
    if (i % 100 === 0) await renew()
    await runBoth(client, engine, run.command(random), found, strict)
    if (i % 20 === 19) await compareStrings(client, engine, KEYS, found, strict)
  }
  expect(found).toEqual([])
}

describe('beside a real server', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  test('random commands leave the same strings and give the same errors', async () => {
    const random = randomSeed('strings')
    await runs(server, {
      engine: newEngine(),
      random,
      count: 20_000,
      strict: true,
      command: anyCommand,
    })
  })
})

const newer = serversAvailable().filter(({version}) => /^Redis 8|^Valkey [89]/.test(version))
;(newer.length > 0 ? describe : describe.skip)('beside later servers', () => {
  test.each(newer)('$version ends alike', async ({path, version}) => {
    const server = await startServer({program: path})
    const random = seeded(6)
    const command = (): Word[] =>
      version >= 'Valkey 9.1' && random.int(2) ? newCommand(random) : anyCommand(random)
    try {
      await runs(server, {engine: newEngine(), random, count: 4000, strict: false, command})
    } finally {
      await server.stop()
    }
  })
})
