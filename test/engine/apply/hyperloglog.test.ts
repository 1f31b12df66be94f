import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {HYPERLOGLOG_APPLY} from '../../../src/engine/apply/hyperloglog.ts'
import {STRINGS_APPLY} from '../../../src/engine/apply/strings.ts'
import {STRING_OPS} from '../../../src/engine/values/string.ts'
import {EngineUnderTest, type Word} from '../../support/engine.ts'
import {type Random, randomSeed} from '../../support/random.ts'
import {addOther, compareStrings, runBoth} from '../../support/same-strings.ts'
import {type RunningServer, startServer} from '../../support/server.ts'

const newEngine = () =>
  new EngineUnderTest([...STRINGS_APPLY, ...HYPERLOGLOG_APPLY], {string: STRING_OPS})

function hex(engine: EngineUnderTest, key: string): string | null {
  const value = engine.value(0, key)
  return value?.type === 'string' ? Buffer.from(value.value).toString('hex') : null
}

const KEYS = ['a', 'b', 'c', 'd']
const OTHER = 'l'

const HEADER = '48594c4c01000000'
test.each([
  ['PFADD k', `${HEADER}00000000000000807fff`],
  ['PFADD k; PFCOUNT k', `${HEADER}00000000000000007fff`],
  ['PFADD k a', `${HEADER}0000000000000080 71a6 84 4e57`],
  ['PFADD k a; PFCOUNT k', `${HEADER}0100000000000000 71a6 84 4e57`],
  ['PFADD k a; PFADD k a b; PFCOUNT k', `${HEADER}0200000000000000 71a6 84 4bfb 80 425a`],
  ['PFMERGE k', `${HEADER}00000000000000807fff`],
  ['PFMERGE k nothing', `${HEADER}00000000000000807fff`],
])('%s', (commands, wanted) => {
  const engine = newEngine()
  for (const command of commands.split('; ')) expect(engine.run(...command.split(' '))).toBeNull()
  expect(hex(engine, 'k')).toBe(wanted.replaceAll(' ', ''))
})

const magic = (...rest: number[]) => Buffer.from([...Buffer.from('HYLL'), ...rest])
const STALE = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80]

test('a value that ends inside of a run does not spill over', () => {
  const engine = newEngine()
  const blobs = Array.from({length: 64}, (_, i) => magic(...STALE, ...Buffer.alloc(i), 0x7f))
  blobs.forEach((blob, i) => {
    engine.run('SET', `k${i}`, blob)
    engine.run('SET', `guard${i}`, 'x'.repeat(12))
  })
  for (let i = 0; i < 64; i++) engine.run('PFADD', `k${i}`, 'a', 'b', 'c', 'd')
  for (let i = 0; i < 64; i++) {
    expect(hex(engine, `guard${i}`)).toBe('78'.repeat(12))
    engine.run('SET', `k${i}`, 'y'.repeat(100))
  }
  expect(engine.keys(0)).toHaveLength(128)
})

/**
 * Strings that look like one, or nearly. None ends inside of a run: what a server then finds behind the string, once it has edited
 * it, is no part of the value.
 */
function anyBlob(random: Random): Uint8Array {
  return random.pick([
    () => magic(...STALE),
    () => magic(...STALE.slice(0, -1)),
    () => magic(2, ...STALE.slice(1), 0x7f, 0xff),
    () => magic(0, ...STALE.slice(1), 0x7f, 0xff),
    () => magic(...STALE, 0x7f, 0xfe),
    () => magic(...STALE, 0x7f, 0xfe, 0x80),
    () => magic(...STALE, 0x7f, 0xff, 0x80),
    () => magic(...STALE, 0x83, 0x7f, 0xfb),
    () => magic(...STALE, ...random.bytes(random.int(40)), 0x80),
    () => magic(...STALE, 0x3f, ...random.bytes(3), 0x7f, 0x00, 0x7f, 0x80),
    () => magic(0, ...STALE.slice(1), ...random.bytes(12288)),
    () => magic(0, ...STALE.slice(1), ...Buffer.alloc(12288, random.pick([0, 0xff, 0x41]))),
    () => Buffer.from('HYLM'.padEnd(30)),
  ])()
}

function anyCommand(random: Random, state: {next: number}): Word[] {
  const key = () => random.pick([...KEYS, ...KEYS, ...KEYS, ...KEYS, OTHER])
  const own = () => random.pick(KEYS)
  const member = () =>
    random.int(3) ? `member:${state.next++}` : random.bytes(random.int(random.int(20) ? 12 : 300))
  const members = (most: number) => Array.from({length: random.int(most)}, member)
  return random.pick<() => Word[]>([
    () => ['PFADD', key(), ...members(3)],
    () => ['PFADD', own(), ...members(30)],
    () => ['PFADD', own(), ...members(random.int(12) ? 100 : 2000)],
    () => ['PFMERGE', own(), ...Array.from({length: random.int(3)}, key)],
    () => ['PFMERGE', own(), own()],
    () => ['PFCOUNT', key()],
    () => ['PFCOUNT', own()],
    () => ['PFCOUNT', key(), own()],
    () => ['PFDEBUG', random.pick(['TODENSE', 'getreg', 'DECODE', 'ENCODING', 'x']), key()],
    () => ['DEL', own()],
    () => ['DEL', own()],
    () => ['GETEX', own(), 'PXAT', '4000000000000'],
    () => (random.int(4) ? ['PFCOUNT', own()] : ['SET', own(), anyBlob(random)]),
    () =>
      random.int(4) ? ['PFCOUNT', own()] : ['APPEND', own(), random.pick(['\0', '\x80', '\x87'])],
  ])()
}

describe('beside a real server', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  test('random commands leave the same bytes and give the same errors', async () => {
    const random = randomSeed('hyperloglog')
    const engine = newEngine()
    const {client} = server
    await client.command('LPUSH', OTHER, 'x')
    addOther(engine, OTHER)
    const found: string[] = []
    const state = {next: 0}
    for (let i = 0; i < 4000 && found.length === 0; i++) {
      const [name, ...words] = anyCommand(random, state)
      const command = name === 'DEL' ? ['GETDEL', ...words] : [name, ...words]
      await runBoth(client, engine, command, found)
      if (i % 5 === 4) await compareStrings(client, engine, KEYS, found)
    }
    expect(found).toEqual([])
  })

  test('growing one by one, the bytes are the same all the way to dense', async () => {
    const random = randomSeed('growing')
    const engine = newEngine()
    const {client} = server
    const found: string[] = []
    for (let i = 0; i < 3000 && found.length === 0; i++) {
      await runBoth(client, engine, ['PFADD', 'grown', random.bytes(8)], found)
      if (i % 7 === 0) await runBoth(client, engine, ['PFCOUNT', 'grown'], found)
      await compareStrings(client, engine, ['grown'], found)
    }
    expect(found).toEqual([])
    expect(hex(engine, 'grown')).toMatch(/^48594c4c00/)
  })
  test('the cardinality of many is the same', async () => {
    const engine = newEngine()
    const {client} = server
    const found: string[] = []
    let next = 0
    for (let round = 0; round < 60; round++) {
      const members = Array.from({length: 3000}, () => `many:${next++}`)
      await runBoth(client, engine, ['PFADD', 'many', ...members], found)
      await runBoth(client, engine, ['PFCOUNT', 'many'], found)
      await compareStrings(client, engine, ['many'], found)
    }
    expect(found).toEqual([])
  })
})
