import {join} from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {
  check,
  digest,
  FormatError,
  info,
  parsePoint,
  type RdbEntry,
  readAof,
  readRdb,
  verify,
} from '../src/index.ts'
import {FIXTURES} from './support/fixtures.ts'

const small = join(FIXTURES, 'redis-7.0.15/small.rdb')
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()

function valueUnder(key: string, path = small): unknown {
  for (const entry of readRdb(path)) {
    if (text(entry.key) === key) return entry.value()
  }
  throw new Error(`no key ${key}`)
}

describe('readRdb', () => {
  test('gives every key with its database, type and expiry', () => {
    const seen = [...readRdb(small)].map(({db, type, expiresAtMs}) => ({db, type, expiresAtMs}))
    expect(seen).toHaveLength(19)
    expect(seen.filter(({db}) => db === 3)).toHaveLength(1)
    expect(seen.filter(({expiresAtMs}) => expiresAtMs !== null)).toHaveLength(2)
    expect(new Set(seen.map(({type}) => type))).toEqual(
      new Set(['string', 'list', 'set', 'zset', 'hash', 'stream']),
    )
  })

  test('gives values as plain data', () => {
    expect(valueUnder('42')).toEqual({type: 'string', value: Buffer.from('integer-like key')})
    const stream = valueUnder('k:stream') as {value: {groups: unknown[]; entries: unknown[]}}
    expect(stream.value.groups.length).toBeGreaterThan(0)
    expect(stream.value.entries.length).toBeGreaterThan(0)
  })

  test('lets a value be read once, while it is there', () => {
    const entries: RdbEntry[] = []
    for (const entry of readRdb(small)) {
      if (entries.push(entry) === 1) entry.value()
    }
    expect(() => entries[0].value()).toThrow('read already')
  })

  test('throws what is wrong with a file', () => {
    const manifest = join(
      FIXTURES,
      'redis-7.0.15/aof-small-multi/appendonlydir/appendonly.aof.manifest',
    )
    expect(() => [...readRdb(manifest)]).toThrow(FormatError)
    expect(() => [...readRdb(join(FIXTURES, 'missing.rdb'))]).toThrow(
      expect.objectContaining({code: 'INPUT_MISSING'}),
    )
  })
})

describe('readAof', () => {
  const set = join(FIXTURES, 'redis-7.0.15/aof-small-ts/appendonlydir')

  test('gives every command with its place and time', () => {
    const commands = [...readAof(join(set, 'appendonly.aof.2.incr.aof'))]
    expect(commands).toHaveLength(119)
    const {args, offset, record, seconds} = commands[47]
    expect(args.map(text)).toEqual(['DEL', 'aof:k2', 'aof:k3'])
    expect({offset, record}).toEqual({offset: 2092, record: 48})
    expect(seconds).toBeGreaterThan(1_700_000_000)
  })

  test('steps over the RDB that a file begins with', () => {
    const old = join(FIXTURES, 'redis-5.0.14/aof-full-rdbbase/appendonly.aof')
    const commands = [...readAof(old)]
    expect(commands.length).toBeGreaterThan(0)
    expect(text(commands[0].args[0])).toBe('SELECT')
    expect([...readAof(join(set, 'appendonly.aof.2.base.rdb'))]).toEqual([])
  })

  test('throws what is wrong with a file', () => {
    expect(() => [...readAof(join(set, 'appendonly.aof.manifest'))]).toThrow(FormatError)
  })
})

test('check and info answer with reports', async () => {
  expect(await check(small)).toMatchObject({schema: 'respite.check/1', verdict: 'sound', keys: 19})
  expect(await check(small, {replay: true})).toMatchObject({replay: {keys: 19, complete: true}})
  expect(await info(small)).toMatchObject({
    ...{
      schema: 'respite.info/1',
      producer: 'redis 7.0.15',
      bits: 64,
      checksum: 'present',
      keys: 19,
    },
    ...{functions: ['mylib'], stoppedAt: null, replication: null},
  })
})

test('info tells the replication id and offset, and which module wrote a value', async () => {
  const replica = await info(join(FIXTURES, 'valkey-9.1.2/small-replica.rdb'))
  expect(replica.replication).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{40}$/),
    offset: '74',
    streamDb: 3,
  })
  const modules = await info(join(FIXTURES, 'redis-8.0.6/full.rdb'))
  expect(modules.modules.map(({name}) => name)).toEqual(['vectorset'])
})

test('info says where reading stopped', async () => {
  const report = await info(join(FIXTURES, 'built/dragonfly-blob.rdb'))
  expect(report.stoppedAt).toMatchObject({code: 'UNSUPPORTED'})
})

test('info tells which file of a data directory a server would load', async () => {
  const report = await info(join(FIXTURES, 'redis-7.0.15/aof-small-multi'))
  expect(report.kind).toBe('aof-set')
  expect(report.files.map(({role}) => role)).toEqual(['base', 'incr', 'incr', 'incr', 'manifest'])
  expect(report.layout.length).toBeGreaterThan(0)
})

test('digest tells the state at a point of a log', async () => {
  const {keys, at} = await digest(join(FIXTURES, 'redis-7.0.15/aof-small-raw'), {
    at: parsePoint('before:#1'),
  })
  expect({keys, at}).toMatchObject({keys: 0, at: {offset: 0, record: 0}})
})

test('verify proves a backup, and that another holds the same', async () => {
  const {digest: hex} = await digest(small, {full: true})
  const report = await verify(small, {rules: {minKeys: 19}}, small)
  expect(report).toMatchObject({schema: 'respite.verify/1', verdict: 'ok', keys: 19, digest: hex})
  expect(await verify(small, {rules: {minKeys: 20}})).toMatchObject({verdict: 'failed'})
})
