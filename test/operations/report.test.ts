import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {runOperation} from '../../src/io/run-operation.ts'
import type {ReportReport, TopKey} from '../../src/operations/report-reports.ts'
import type {ReportOptions} from '../../src/operations/report-settings.ts'
import {bytes, counted, entry, rdbFile, selectDb, str} from '../support/bytes.ts'
import {
  aofFixtures,
  type Fixture,
  fixture,
  type Row,
  rdbFixtures,
  truthRows,
} from '../support/fixtures.ts'
import {seeded} from '../support/random.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-report-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

const report = (inputs: string | readonly string[], options: ReportOptions = {}) =>
  runOperation<ReportReport>('report', [inputs].flat(), options, {mode: 'inline'})

async function partOf(input: string | readonly string[], options: ReportOptions = {}) {
  const chunks: Uint8Array[] = []
  const all = {...options, partial: true}
  const onChunk = async (chunk: Uint8Array) => void chunks.push(chunk)
  await runOperation<ReportReport>('report', [input].flat(), all, {mode: 'inline', onChunk})
  const path = join(folder, `part-${parts++}.part`)
  writeFileSync(path, Buffer.concat(chunks))
  return path
}
let parts = 0

function file(name: string, body: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, body)
  return path
}

const FULL = fixture('redis-7.0.15/full')
const keyText = (key: TopKey['key']) =>
  typeof key === 'string' ? Buffer.from(key).toString('base64') : key.base64

function expectTruth(found: ReportReport, {entry: {keys, dbsize}}: Fixture, rows: Row[]): void {
  const count = (rows_: Row[]) => rows_.length
  expect(found.keys).toBe(keys)
  expect(found.total.expires).toBe(count(rows.filter(({expireAtMs}) => expireAtMs !== null)))
  const byDatabase = Object.fromEntries(found.databases.map(({db, keys: each}) => [db, each]))
  const truth = Object.entries(dbsize).filter(([, size]) => size > 0)
  expect(byDatabase).toEqual(Object.fromEntries(truth.map(([db, n]) => [db.replace('db', ''), n])))
  for (const {type, keys: each} of found.types) {
    if (type === 'module') continue
    expect([type, each]).toEqual([type, count(rows.filter((row) => row.type === type))])
  }
  const {withoutTtl, bands} = found.expiry
  const expiring = bands.reduce((sum, band) => sum + band.keys, 0)
  expect([withoutTtl.keys, expiring]).toEqual([keys - found.total.expires, found.total.expires])
}

describe('counts equal what the servers said', () => {
  // Its vector sets come from commands of a module, which only a server replays.
  const unread = 'redis-8.0.6/aof-small-multi'
  const variants = ['full', 'small', 'small-lfu', 'small-lru', 'aof-small-multi', 'empty']
  const chosen = [...rdbFixtures(), ...aofFixtures()].filter(
    ({variant, name}) => variants.includes(variant) && name !== unread,
  )
  test.each(chosen.map((each) => [each.name, each] as const))('of %s', async (_, each) => {
    expectTruth(await report(each.path), each, truthRows(each))
  })
})

test('the sums of memory are those of the single keys', async () => {
  const found = await report(FULL.path)
  const truth = truthRows(FULL).reduce((sum, {memory}) => sum + memory!, 0)
  expect(found.total.memory.sum / truth).toBeGreaterThan(0.98)
  expect(found.total.memory.sum / truth).toBeLessThan(1.02)
  const types = found.types.reduce((sum, {memory}) => sum + memory.sum, 0)
  const encodings = found.types.flatMap((type) => type.encodings)
  expect(types).toBe(found.total.memory.sum)
  expect(encodings.reduce((sum, {memory}) => sum + memory.sum, 0)).toBe(types)
  const prefixes = found.prefixes.root
  expect([prefixes.keys, prefixes.memory, prefixes.size]).toEqual([
    ...[found.keys, found.total.memory.sum, found.total.size.sum],
  ])
})

/** The longest string that a value is made of. */
function longestOf({type, value}: Row): number {
  const length = (text: unknown) => Buffer.from(text as string, 'base64').length
  if (type === 'string') return length(value)
  const lists = value as unknown[][]
  if (type === 'list' || type === 'set') return Math.max(...lists.map(length))
  if (type === 'zset') return Math.max(...lists.map(([member]) => length(member)))
  if (type === 'hash')
    return Math.max(...lists.flat().map((each) => (typeof each === 'string' ? length(each) : 0)))
  return 0
}

test.each(['redis-7.0.15/aof-full-rdbbase', 'valkey-9.1.2/aof-full-aofbase'])(
  'the streams of %s, which no file holds, have the longest elements of a snapshot of them',
  async (name) => {
    const {path} = fixture(name)
    const output = join(folder, 'snapshot.rdb')
    await runOperation('convert', [path], {to: 'rdb', output, force: true}, {mode: 'inline'})
    const streams: ReportOptions = {top: 100, selection: {types: ['stream']}}
    const longest = async (input: string) =>
      (await report(input, streams)).top.elementSize.map((each) => [each.key, each.elementSize])
    const found = await longest(path)
    expect(found.length).toBeGreaterThan(3)
    expect(found).toEqual(await longest(output))
  },
)

describe('the largest keys', () => {
  test.each(['redis-7.0.15/full', 'redis-3.2.13/small', 'valkey-9.1.2/full'])(
    'of %s are those that a brute force finds, by their longest element',
    async (name) => {
      const each = fixture(name)
      const found = await report(each.path, {top: 40})
      const wanted = truthRows(each)
        .filter(({type, value}) => value !== undefined && type !== 'stream' && type !== 'vectorset')
        .map((row) => ({key: row.key, db: row.db, length: longestOf(row)}))
        .sort((a, b) => b.length - a.length || Buffer.compare(...bytesOf(a, b)) || a.db - b.db)
      const others = found.top.elementSize.filter(
        ({type}) => type !== 'stream' && type !== 'module',
      )
      expect(
        others.map(({key, db, elementSize}) => ({key: keyText(key), db, length: elementSize})),
      ).toEqual(wanted.slice(0, others.length))
    },
  )

  test('are the first of all, with equal ones in the order of their names', async () => {
    const all = await report(FULL.path, {top: 10_000})
    const some = await report(FULL.path, {top: 7})
    for (const order of ['memory', 'elements', 'elementSize'] as const) {
      const rows = [...all.top[order]].sort(
        (a, b) =>
          b[order] - a[order] ||
          Buffer.compare(...bytesOf({key: keyText(a.key)}, {key: keyText(b.key)})) ||
          a.db - b.db,
      )
      expect(all.top[order]).toHaveLength(FULL.entry.keys)
      expect(some.top[order]).toEqual(rows.slice(0, 7))
    }
  })
})

const bytesOf = (a: {key: string}, b: {key: string}): [Buffer, Buffer] => [
  Buffer.from(a.key, 'base64'),
  Buffer.from(b.key, 'base64'),
]

test('times are from when the snapshot was saved, and past expiries are told apart', async () => {
  const expired = fixture('redis-7.0.15/expired')
  const {expiry, inputs, advice} = await report(expired.path)
  const [first] = expiry.bands
  expect(first).toMatchObject({from: null, to: 0, keys: expired.entry.expiredKeysInFile!.length})
  expect(inputs[0].createdAt).toMatch(/^2026-/)
  expect(advice.some(({code}) => code === 'EXPIRED')).toBe(true)
})

test.each([
  ['redis-7.0.15/small-lru', 'idle', 'freq'],
  ['redis-7.0.15/small-lfu', 'freq', 'idle'],
] as const)('%s says %s and no %s', async (name, there, absent) => {
  const each = fixture(name)
  const found = await report(each.path)
  expect(found[there]!.reduce((sum, {keys}) => sum + keys, 0)).toBe(each.entry.keys)
  expect(found[absent]).toBeNull()
})

test('slots come from keys, and hash tags count', async () => {
  const body = [
    selectDb(0),
    entry(0, '{a}1', str('1')),
    entry(0, '{a}2', str('2')),
    entry(0, 'b', str('3')),
  ]
  const {slots} = await report(file('slots.rdb', rdbFile({version: 10, body: bytes(...body)})), {
    slots: true,
  })
  expect(slots).toMatchObject({
    used: 2,
    top: [
      {slot: 15495, keys: 2},
      {slot: 3300, keys: 1},
    ],
  })
})

test('hashes just over a limit are told with what packing them would save', async () => {
  const hash = (name: string, fields: number) =>
    entry(
      4,
      name,
      bytes(counted(Array.from({length: fields}, (_, i) => bytes(str(`field${i}`), str('v'))))),
    )
  const body = bytes(selectDb(0), hash('just', 600), hash('far', 2000), hash('packed', 100))
  const {limits, advice} = await report(file('limits.rdb', rdbFile({version: 10, body})))
  expect(limits).toMatchObject([{setting: 'hash-max-listpack-entries', limit: 512, keys: 1}])
  // 600 entries of the table at 24 bytes, their strings, against 600 x (10 + 3) bytes of a listpack.
  expect(limits[0].saves).toBeGreaterThan(600 * 24)
  expect(limits[0].saves).toBeLessThan(limits[0].memory)
  expect(advice[0]).toMatchObject({code: 'TIGHT_LIMIT', keys: 1})
})

test('--dedup finds values that are there more than once, whatever their keys', async () => {
  const big = (byte: string) => str(byte.repeat(200))
  const huge = str('h'.repeat(150_000))
  const values = [big('a'), big('b'), big('a'), huge, big('a'), huge, str('short'), str('short')]
  const entries = values.map((value, i) => entry(0, `k${i}`, value))
  const path = file('copies.rdb', rdbFile({version: 10, body: bytes(selectDb(0), ...entries)}))
  const {copies} = await report(path, {dedup: true})
  expect(copies).toEqual({
    ...{oneOf: 1, values: 6, distinct: 3, redundant: huge.length + 2 * big('a').length},
    top: [
      {copies: 2, bytes: huge.length, db: 0, key: 'k3'},
      {copies: 3, bytes: big('a').length, db: 0, key: 'k0'},
    ],
  })
})

/** Shards of a dataset whose keys fold in places. */
function shards(count: number): string[] {
  const random = seeded(5)
  return Array.from({length: count}, (_, shard) => {
    const entries = Array.from({length: 400}, () => {
      const key = `${random.pick(['user', 'cart', `w${random.int(600)}`])}:${random.int(1e6)}:${random.int(3)}`
      return entry(0, key, str('x'.repeat(random.int(200))))
    })
    return file(
      `shard-${count}-${shard}.rdb`,
      rdbFile({version: 10, body: bytes(selectDb(0), ...entries)}),
    )
  })
}

describe('parts', () => {
  test('come to what the whole gives, in any order and grouping', async () => {
    const inputs = shards(5)
    const settings = {slots: true, top: 15, dedup: true}
    const whole = JSON.stringify(await report(inputs, settings))
    const each = await Promise.all(inputs.map((input) => partOf(input, settings)))
    expect(JSON.stringify(await report(each))).toBe(whole)
    expect(JSON.stringify(await report([...each].reverse()))).toBe(whole)
    const [a, b, c, d, e] = each
    const left = await partOf([await partOf([a, b]), await partOf([c, d])])
    expect(JSON.stringify(await report([e, left]))).toBe(whole)
    const right = await partOf([c, await partOf([e, a])])
    expect(JSON.stringify(await report([right, b, d]))).toBe(whole)
  })

  test('of hundreds of shards add up', async () => {
    const [a, b] = await Promise.all(shards(2).map((input) => partOf(input)))
    const many = Array.from({length: 300}, (_, i) => (i % 2 === 0 ? a : b))
    const found = await report(many)
    expect(found.inputs).toHaveLength(300)
    expect(found.keys).toBe(300 * 400)
  })

  test('mix with files that are read', async () => {
    const [a, b] = shards(2)
    const part = await partOf(a)
    expect(JSON.stringify(await report([b, part]))).toBe(JSON.stringify(await report([a, b])))
  })

  test.each([
    ['cut', (text: string) => text.slice(0, -200)],
    [
      'with a count that is none',
      (text: string) => text.replace(/"unselected":0/, '"unselected":-1'),
    ],
    [
      'with a bucket that there is not',
      (text: string) => text.replace(/\[0,\[(\d+),(\d+),(\d+),\d+/, '[0,[$1,$2,$3,99999'),
    ],
    ['with a name that is no bytes', (text: string) => text.replace('"user:"', '"\u0416ser:"')],
  ])('that are %s are refused', async (_, change) => {
    const {readFileSync} = await import('node:fs')
    const text = readFileSync(await partOf(shards(2)[0]), 'utf8')
    const changed = change(text)
    expect(changed).not.toBe(text)
    await expect(report(file('changed.part', Buffer.from(changed)))).rejects.toThrow(
      'cut or was changed',
    )
  })

  test('that were made with other settings are refused', async () => {
    const [a, b] = shards(2)
    const mixed = [await partOf(a), await partOf(b, {slots: true})]
    await expect(report(mixed)).rejects.toThrow('make all of them alike')
  })
})

test('the same input gives the same bytes, inline and in a worker', async () => {
  const inline = JSON.stringify(await report(FULL.path))
  expect(JSON.stringify(await report(FULL.path))).toBe(inline)
  const worker = await runOperation<ReportReport>('report', [FULL.path], {}, {mode: 'worker'})
  expect(JSON.stringify(worker)).toBe(inline)
})
