import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {runOperation} from '../../src/io/run-operation.ts'
import {type DigestOptions, digest} from '../../src/operations/digest.ts'
import type {DigestReport} from '../../src/operations/reports.ts'
import {keyDigests} from '../../src/ui/digest-keys.ts'
import {
  aux,
  bytes,
  counted,
  entry,
  f64le,
  rdbFile,
  resp,
  selectDb,
  str,
  u64be,
} from '../support/bytes.ts'
import {fixture, truthRows} from '../support/fixtures.ts'
import {kernel} from '../support/kernel.ts'
import {memoryHost} from '../support/memory-host.ts'
import {loadRdb, serverProgram} from '../support/server.ts'

const host = memoryHost(kernel)

function digestOf(file: Uint8Array, options: DigestOptions = {}): DigestReport {
  host.hold(file)
  return digest(host, ['-'], options)
}

const SMALL = fixture('redis-7.0.15/small')
const small = readFileSync(SMALL.path)

test('follows the server that wrote the file', () => {
  for (const name of ['redis-4.0.14/small', 'redis-7.2.6/small', 'redis-7.4.1/small']) {
    const each = fixture(name)
    expect(digestOf(readFileSync(each.path)).digest).toBe(each.entry.digest)
  }
  expect(digestOf(readFileSync(fixture('valkey-9.1.2/small').path))).toMatchObject({
    server: 'valkey',
    digest: fixture('valkey-9.1.2/small').entry.digest,
  })
})

test('tells what it read', () => {
  expect(digestOf(small)).toMatchObject({
    ...{schema: 'respite.digest/1', kind: 'rdb', algorithm: 'debug-digest', server: '7.0'},
    ...{digest: SMALL.entry.digest, keys: SMALL.entry.keys, stoppedAt: null, keyDigests: null},
  })
  expect(digestOf(small, {full: true})).toMatchObject({algorithm: 'respite-full/1', server: null})
})

test('digests an empty dataset to zeros', () => {
  expect(digestOf(rdbFile({version: 10})).digest).toBe('0'.repeat(40))
})

test('combines databases in ascending order, wherever they stand in the file', () => {
  const a = bytes(selectDb(0), entry(0, 'a', str('1')))
  const b = bytes(selectDb(3), entry(0, 'b', str('2')))
  const a2 = bytes(selectDb(0), entry(0, 'a2', str('3')))
  const file = (...parts: Buffer[]) =>
    digestOf(rdbFile({version: 10, body: bytes(...parts)})).digest
  expect(file(a, a2, b)).toBe(file(b, a2, a))
  expect(file(a, b, a2)).toBe(file(a, a2, b))
  expect(file(a, b)).not.toBe(file(a, a2))
})

test('gives the digest of every key', () => {
  const {keyDigests: chunks, digest: whole} = digestOf(small, {keys: true})
  const rows = [...keyDigests(chunks!)]
  const said = truthRows(SMALL).map(({db, key, digest}) => ({
    db,
    key: Buffer.from(key, 'base64').toString(),
    digest,
  }))
  const byKey = (a: {db: number; key: unknown}, b: {db: number; key: unknown}) =>
    a.db - b.db || (String(a.key) < String(b.key) ? -1 : 1)
  expect(rows.sort(byKey)).toEqual(said.sort(byKey))
  expect(whole).toBe(SMALL.entry.digest)
})

test('leaves out empty collections, as loaders do', () => {
  const kept = entry(0, 'a', str('1'))
  const empties = [1, 2, 4, 5].map((type) => entry(type, `e${type}`, bytes(0)))
  const report = digestOf(rdbFile({version: 10, body: bytes(...empties, kept, ...empties)}))
  expect(report).toMatchObject({keys: 1, emptyKeys: 8})
  expect(report.digest).toBe(digestOf(rdbFile({version: 10, body: kept})).digest)
})

describe('-0', () => {
  const members = (count: number, length = 4): Buffer =>
    counted(
      Array.from({length: count}, (_, i) =>
        bytes(str(`m${i}`.padEnd(i === count - 1 ? length : 4, 'x')), f64le(i % 3 === 0 ? -0 : i)),
      ),
    )
  const file = (...values: Buffer[]) =>
    rdbFile({
      version: 10,
      body: bytes(aux('redis-ver', '7.0.15'), ...values.map((each, i) => entry(5, `z${i}`, each))),
    })
  const cases: [string, Buffer][] = [
    ['a small sorted set', members(5)],
    ['128 members', members(128)],
    ['129 members', members(129)],
    ['a member of 64 bytes', members(7, 64)],
    ['a member of 65 bytes behind the -0', members(7, 65)],
  ]

  ;(serverProgram() ? test : test.skip).each(cases)(
    '%s digests as a server 7.0 has it after loading',
    async (_, value) => {
      expect(digestOf(file(value), {server: '7.0'}).digest).toBe(await loadRdb(file(value)))
    },
  )

  test('stays in large sorted sets only, and before 7.0 in all', () => {
    const [little, large] = [file(members(5)), file(members(129))]
    expect(digestOf(little).digest).not.toBe(digestOf(little, {server: '6.2'}).digest)
    expect(digestOf(large).digest).toBe(digestOf(large, {server: '6.2'}).digest)
  })
})

describe('what cannot be digested', () => {
  const cut = small.subarray(0, small.length - 200)
  const moduleId = 1n
  const moduleValue = bytes(0x81, u64be(moduleId), 0)

  test.each<[string, Uint8Array, string]>([
    ['a file that ends early', cut, 'TRUNCATED'],
    ['a wrong checksum', rdbFile({version: 10, checksum: 'wrong'}), 'RDB_CHECKSUM'],
    ['no bytes', bytes(), 'EMPTY_INPUT'],
    ['another program', Buffer.from('SQLite format 3\0'), 'UNKNOWN_INPUT'],
    ['commands', resp('SET', 'a', 1), 'UNSUPPORTED'],
    ['commands behind an RDB', bytes(small, resp('SET', 'a', 1)), 'UNSUPPORTED'],
    ['a module', rdbFile({version: 10, body: entry(7, 'm', moduleValue)}), 'UNSUPPORTED'],
    ['a bad value', rdbFile({version: 10, body: entry(16, 'h', str('xx'))}), 'RDB_LISTPACK'],
  ])('%s', (_, file, code) => {
    const report = digestOf(file)
    expect([report.digest, report.stoppedAt?.code]).toEqual([null, code])
  })

  test('a damaged value is placed at its key', () => {
    const body = bytes(entry(0, 'a', str('1')), entry(16, 'bad', str('xx')))
    expect(digestOf(rdbFile({version: 10, body})).stoppedAt).toMatchObject({
      ...{key: 'bad', record: 2, db: 0},
    })
  })

  test('a module is named where it stands', () => {
    const body = bytes(entry(0, 'a', str('1')), entry(7, 'm', moduleValue))
    const {stoppedAt} = digestOf(rdbFile({version: 10, body}))
    expect(stoppedAt).toMatchObject({key: 'm', record: 2, offset: 9 + 5})
    expect(stoppedAt?.message).toContain('AAAAAAAAA')
  })

  test('a module is digested as it is stored with --full', () => {
    const file = rdbFile({version: 10, body: entry(7, 'm', moduleValue)})
    expect(digestOf(file, {full: true}).digest).toMatch(/^[0-9a-f]{40}$/)
  })
})

describe('sets and logs', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'respite-digest-'))
  })
  afterAll(() => rmSync(folder, {recursive: true}))

  const ask = (input: string, options = {}) =>
    runOperation<DigestReport>('digest', [input], options)

  test('a set whose log is empty is its base', async () => {
    const path = join(folder, 'set')
    mkdirSync(path)
    writeFileSync(join(path, 'a.aof.1.base.rdb'), small)
    writeFileSync(join(path, 'a.aof.1.incr.aof'), '')
    writeFileSync(
      join(path, 'a.aof.manifest'),
      'file a.aof.1.base.rdb seq 1 type b\nfile a.aof.1.incr.aof seq 1 type i\n',
    )
    const {kind, digest: hex} = await ask(path)
    expect([kind, hex]).toEqual(['aof-set', SMALL.entry.digest])
    writeFileSync(join(path, 'a.aof.1.incr.aof'), '#TS:1700000000\r\n')
    expect((await ask(path)).digest).toBe(SMALL.entry.digest)
    writeFileSync(join(path, 'a.aof.1.incr.aof'), resp('SET', 'a', 1))
    expect(await ask(path)).toMatchObject({keys: SMALL.entry.keys + 1, stoppedAt: null})
  })

  test('a log with a command that a server refuses has no digest', async () => {
    const path = join(folder, 'refused.aof')
    const first = resp('SET', 'a', 1)
    writeFileSync(path, Buffer.concat([Buffer.from(first), Buffer.from(resp('NOSUCH', 'a'))]))
    expect(await ask(path)).toMatchObject({
      digest: null,
      stoppedAt: {file: path, offset: first.length},
    })
  })

  test('is the same in a worker, with small windows', async () => {
    const full = fixture('redis-7.0.15/full')
    const report = await runOperation<DigestReport>(
      'digest',
      [full.path],
      {keys: true},
      {mode: 'worker', window: {slots: 4, slotSize: 0x10000}},
    )
    expect(report.digest).toBe(full.entry.digest)
    expect([...keyDigests(report.keyDigests!)]).toHaveLength(report.keys)
  })
})
