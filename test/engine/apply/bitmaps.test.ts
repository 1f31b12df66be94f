import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {BITMAPS_APPLY} from '../../../src/engine/apply/bitmaps.ts'
import {STRINGS_APPLY} from '../../../src/engine/apply/strings.ts'
import {STRING_OPS} from '../../../src/engine/values/string.ts'
import {EngineUnderTest, type Word} from '../../support/engine.ts'
import {type Random, randomSeed, seeded} from '../../support/random.ts'
import {addOther, compareStrings, runBoth} from '../../support/same-strings.ts'
import {type RunningServer, startServer} from '../../support/server.ts'

const newEngine = () =>
  new EngineUnderTest([...STRINGS_APPLY, ...BITMAPS_APPLY], {string: STRING_OPS})

function bytesOf(engine: EngineUnderTest, key: string): Uint8Array | null {
  const value = engine.value(0, key)
  return value?.type === 'string' ? value.value : null
}

const KEYS = ['a', 'b', 'c', 'd']
const OTHER = 'l'

test('bits as far as servers allow', () => {
  const engine = newEngine()
  expect(engine.run('SETBIT', 'k', '4294967296', '1')).toBe(
    'ERR bit offset is not an integer or out of range',
  )
  expect(engine.keys(0)).toEqual([])
  expect(engine.run('SETBIT', 'k', '4294967295', '1')).toBeNull()
  expect(engine.run('BITFIELD', 'k', 'SET', 'u63', '4294967295', '1')).toBeNull()
  const value = bytesOf(engine, 'k') as Uint8Array
  expect([value.length, value[536870911], value[536870919]]).toEqual([536870920, 0, 4])
})

/** What BITOP gives, bit by bit: how many of the first source and of the others have the bit. */
const RULES: Readonly<Record<string, (first: number, others: number, all: number) => boolean>> = {
  AND: (first, others, all) => first + others === all,
  OR: (first, others) => first + others > 0,
  XOR: (first, others) => (first + others) % 2 === 1,
  DIFF: (first, others) => first === 1 && others === 0,
  DIFF1: (first, others) => first === 0 && others > 0,
  ANDOR: (first, others) => first === 1 && others > 0,
  ONE: (first, others) => first + others === 1,
}

test.each(Object.keys(RULES))('BITOP %s is what its definition says', (operation) => {
  const random = seeded(5)
  const bit = (bytes: Uint8Array, i: number) => ((bytes[i >> 3] ?? 0) >> (7 - (i & 7))) & 1
  for (let round = 0; round < 60; round++) {
    const engine = newEngine()
    const sources = Array.from({length: 2 + random.int(4)}, () => random.bytes(random.int(80)))
    const names = sources.map((bytes, i) => {
      engine.run('SET', `s${i}`, bytes)
      return `s${i}`
    })
    // The destination may be a source.
    const target = random.pick(['t', 's0', 's1'])
    expect(engine.run('BITOP', operation, target, ...names, 'missing')).toBeNull()
    const length = Math.max(...sources.map((bytes) => bytes.length))
    const wanted = Buffer.alloc(length)
    for (let i = 0; i < length * 8; i++) {
      const [first, ...others] = [...sources, Buffer.alloc(0)].map((bytes) => bit(bytes, i))
      const count = others.reduce((sum, each) => sum + each, 0)
      if (RULES[operation](first, count, sources.length + 1)) wanted[i >> 3] |= 0x80 >> (i & 7)
    }
    expect(Buffer.from(bytesOf(engine, target) ?? [])).toEqual(wanted)
  }
})

test.each([
  ['BITOP DIFF d a', 'ERR BITOP DIFF must be called with at least two source keys.'],
  ['BITOP andor d a', 'ERR BITOP ANDOR must be called with at least two source keys.'],
  ['BITOP NAND d a', 'ERR syntax error'],
])('%s is refused', (command, error) => {
  expect(newEngine().run(...command.split(' '))).toBe(error)
})

const LIMITS = '9223372036854775807 -9223372036854775808 127 -128 255 -1 0 1 x'.split(' ')

function anyField(random: Random): Word[] {
  const type = `${random.pick(['i', 'u', 'i', 'u', 'x', 'I'])}${random.pick([1, 2, 5, 7, 8, 13, 16, 31, 32, 33, 62, 63, 64, 65, 0, ''])}`
  const offset = random.pick([
    '0',
    '3',
    '7',
    '100',
    '#0',
    '#1',
    '#3',
    '#-1',
    '-1',
    'x',
    '01',
    '2000',
    '#',
  ])
  const value = () =>
    random.int(3)
      ? random.pick(LIMITS)
      : String(BigInt.asIntN(random.pick([8, 16, 40, 64]), BigInt(random.u32()) * 8589934597n))
  return random.pick<() => Word[]>([
    () => ['GET', type, offset],
    () => ['SET', type, offset, value()],
    () => ['set', type, offset, value()],
    () => ['INCRBY', type, offset, value()],
    () => ['incrby', type, offset, value()],
    () => ['OVERFLOW', random.pick(['WRAP', 'sat', 'FAIL', 'SAT', 'other'])],
  ])()
}

function anyCommand(random: Random): Word[] {
  const key = () => random.pick([...KEYS, ...KEYS, ...KEYS, OTHER])
  const own = () => random.pick(KEYS)
  const sources = () => Array.from({length: 1 + random.int(4)}, key)
  const soundField = (): Word[] => [
    random.pick(['SET', 'INCRBY']),
    `${random.pick(['i', 'u'])}${1 + random.int(63)}`,
    String(random.int(300)),
    random.pick(LIMITS.slice(0, -1)),
  ]
  return random.pick<() => Word[]>([
    () => ['SET', own(), random.bytes(random.int(70))],
    () => ['SET', own(), '123', 'PXAT', '4000000000000'],
    () => [
      'SETBIT',
      key(),
      random.pick([...'0123456789', '100', '999', '-1', 'x', '4294967296']),
      random.pick(['0', '1', '1', '2', 'x']),
    ],
    () => ['SETBIT', key(), String(random.int(2000)), random.pick(['0', '1'])],
    () => [
      'BITFIELD',
      key(),
      ...Array.from({length: random.int(4)}, () => anyField(random)).flat(),
    ],
    () => [
      'BITFIELD',
      key(),
      'OVERFLOW',
      random.pick(['WRAP', 'SAT', 'FAIL']),
      ...soundField(),
      ...soundField(),
    ],
    () => [
      'BITFIELD',
      key(),
      'OVERFLOW',
      random.pick(['WRAP', 'SAT', 'FAIL']),
      'INCRBY',
      random.pick(['i64', 'u63', 'i8']),
      '5',
      random.pick(LIMITS),
    ],
    () => ['BITOP', random.pick(['AND', 'or', 'XOR', 'NOT', 'nand']), own(), ...sources()],
    () => ['BITOP', 'NOT', own(), key()],
    () => ['GETDEL', own()],
    () => ['APPEND', own(), random.bytes(random.int(20))],
  ])()
}

describe('beside a real server', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  test('random commands leave the same bits and give the same errors', async () => {
    const random = randomSeed('bitmaps')
    const engine = newEngine()
    const {client} = server
    await client.command('LPUSH', OTHER, 'x')
    addOther(engine, OTHER)
    const found: string[] = []
    for (let i = 0; i < 20_000 && found.length === 0; i++) {
      await runBoth(client, engine, anyCommand(random), found)
      if (i % 20 === 19) await compareStrings(client, engine, KEYS, found)
    }
    expect(found).toEqual([])
  })
})
