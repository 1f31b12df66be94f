import {cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, expect, test} from '@jest/globals'
import {DigestSink} from '../../src/engine/digest/digest-sink.ts'
import {FullDigest} from '../../src/engine/digest/full-digest.ts'
import {type DatasetSource, Unreadable} from '../../src/operations/dataset.ts'
import {openDataset} from '../../src/operations/dataset-source.ts'
import {digest} from '../../src/operations/digest.ts'
import {aux, bytes, entry, rdbFile, resp, selectDb, str} from '../support/bytes.ts'
import {inlineHost, SeeingSink} from '../support/dataset.ts'
import {listFixtures} from '../support/fixtures.ts'

const host = inlineHost()
const folder = mkdtempSync(join(tmpdir(), 'respite-dataset-'))

afterEach(() => host.close())
afterAll(() => rmSync(folder, {recursive: true}))

function fileOf(name: string, ...parts: Uint8Array[]): string {
  const path = join(folder, name)
  writeFileSync(path, Buffer.concat(parts))
  return path
}

function seen(source: DatasetSource): SeeingSink {
  const sink = new SeeingSink()
  source.read(sink)
  return sink
}

function fullDigest(source: DatasetSource): string {
  const sum = new FullDigest(source.memory)
  source.read(new DigestSink(sum))
  return sum.finish()
}

test.each(listFixtures().map((each) => [each.name, each] as const))(
  '%s gives every key once, with the full digest of respite digest',
  (_name, {path}) => {
    const {digest: expected, keys, stoppedAt} = digest(host, [path], {full: true})
    if (stoppedAt !== null) {
      expect(() => openDataset(host, path)).toThrow(Unreadable)
      return
    }
    const source = openDataset(host, path)
    expect(fullDigest(source)).toBe(expected)
    // Again: a source can be read as often as is needed.
    const {entries, databases} = seen(source)
    expect(entries).toHaveLength(keys)
    expect(new Set(entries.map(({db, key}) => `${db} ${key}`)).size).toBe(keys)
    expect(new Set(databases)).toEqual(new Set(entries.map(({db}) => db)))
  },
)

const ONE_KEY = bytes(selectDb(0), entry(0, 'a', str('1')))
const PREAMBLE = rdbFile({version: 11, body: bytes(aux('aof-base', '1'), ONE_KEY)})

test('an RDB without commands behind it is streamed, and says when it was saved', () => {
  const body = bytes(aux('redis-ver', '7.0.15'), aux('ctime', '1700000000'), ONE_KEY)
  const source = openDataset(host, fileOf('plain.rdb', rdbFile({version: 10, body})))
  expect(source).toMatchObject({kind: 'rdb', producer: 'redis 7.0.15', rdbVersion: 10})
  expect(source.createdAtMs).toBe(1700000000000)
})

test('commands behind an RDB are applied', () => {
  const path = fileOf('both.aof', PREAMBLE, resp('SELECT', '0'), resp('SET', 'b', '2'))
  const source = openDataset(host, path)
  expect(source.kind).toBe('aof')
  expect(seen(source).keys()).toEqual(['0 a', '0 b'])
})

test('an annotation behind an RDB is no command', () => {
  const path = fileOf('base.aof', PREAMBLE, bytes('#TS:1700000000\r\n'))
  expect(openDataset(host, path).kind).toBe('rdb')
})

test('commands behind an RDB that is no beginning of a log are damage', () => {
  const rdb = rdbFile({version: 11, body: ONE_KEY})
  const source = openDataset(host, fileOf('odd.rdb', rdb, resp('SET', 'b', '2')))
  expect(() => seen(source)).toThrow(
    expect.objectContaining({finding: expect.objectContaining({code: 'RDB_TRAILING'})}),
  )
})

test('damage says in which key it is', () => {
  const good = entry(0, 'good', str('1'))
  const bad = entry(2, 'bad', bytes(2, str('x'), str('x')))
  const file = rdbFile({version: 11, body: bytes(selectDb(3), good, bad)})
  const source = openDataset(host, fileOf('damaged.rdb', file))
  const finding = {code: 'RDB_DUPLICATE', db: 3, key: 'bad', record: 2}
  expect(() => seen(source)).toThrow(
    expect.objectContaining({finding: expect.objectContaining(finding)}),
  )
})

test('a set whose manifest names a missing file is refused', () => {
  const set = listFixtures().find(({name}) => name.startsWith('redis-7.0.15/aof'))!
  const copy = join(folder, 'set')
  cpSync(set.path, copy, {recursive: true})
  const [incr] = readdirSync(join(copy, 'appendonlydir')).filter((name) =>
    name.endsWith('incr.aof'),
  )
  rmSync(join(copy, 'appendonlydir', incr))
  expect(() => openDataset(host, copy)).toThrow(
    expect.objectContaining({finding: expect.objectContaining({code: 'SET_MISSING'})}),
  )
})
