import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from '@jest/globals'
import type {RdbWriter} from '../../../src/formats/rdb/writer.ts'
import {digestRules} from '../../support/digest.ts'
import {digestFile} from '../../support/digest-run.ts'
import {type Row, rdbFixtures} from '../../support/fixtures.ts'
import {fullDataset, fullValue} from '../../support/full-digest.ts'
import {readRdb} from '../../support/read-rdb.ts'
import {serverProgram, startServer} from '../../support/server.ts'
import {
  type GroupVisit,
  hash,
  list,
  stream,
  streamId,
  string,
  type Visit,
  zset,
} from '../../support/visits.ts'
import {rewriteRdb, written} from '../../support/write-rdb.ts'

const fixtures = rdbFixtures()
const rdbVersion = (file: Uint8Array) => Number(Buffer.from(file.subarray(5, 9)).toString())
/** Streams of types that say everything: those before are completed as servers do it. */
const saysAll = (file: Uint8Array) => rdbVersion(file) >= 10

describe.each(fixtures.map((each) => [each.name, each] as const))('%s', (_, each) => {
  const file = readFileSync(each.path)

  test('digests as docs/digest.md says', () => {
    const contents = readRdb(file, {rules: digestRules(each.meta)})
    const isKnown = (row: Row) => row.type !== 'module' && (row.type !== 'stream' || saysAll(file))
    const rows = contents.rows.filter(isKnown)
    const without = new Set(
      contents.rows.filter((row) => !isKnown(row)).map(({db, key}) => `${db}/${key}`),
    )
    const {digest, keys} = digestFile(file, {without, slotSize: 64})
    for (const row of rows) {
      expect(keys.get(`${row.db}/${row.key}`)).toBe(fullValue(row).toString('hex'))
    }
    const libraries = contents.functions.map((code) =>
      Buffer.from(code.startsWith('#!') ? code : `#!LUA name=${code.replace(':', '\n')}`),
    )
    expect(digest).toBe(fullDataset(rows, libraries))
  })

  test('is the same when every value is encoded again', () => {
    const version = file.subarray(0, 6).toString() === 'VALKEY' ? 80 : rdbVersion(file)
    const dialect = each.meta.server
    if (version > 12 && dialect === 'redis') return
    // The rewriter of the tests leaves out libraries of the release candidate.
    if (each.meta.name === 'redis-7.0-rc1') return
    const skip = ({logical}: {logical: string}) => logical === 'module'
    for (const compression of [false, true]) {
      const {bytes} = rewriteRdb(file, {dialect, version: Math.max(version, 6), compression, skip})
      const modules = readRdb(file, {rules: digestRules(each.meta)}).rows.filter(
        ({type}) => type === 'module',
      )
      const without = new Set(modules.map(({db, key}) => `${db}/${key}`))
      expect(digestFile(bytes, {each: false}).digest).toBe(
        digestFile(file, {each: false, without}).digest,
      )
    }
  })
})

const loadable = fixtures.filter(
  ({path, entry}) =>
    rdbVersion(readFileSync(path)) <= 10 &&
    !readFileSync(path).subarray(0, 6).equals(Buffer.from('VALKEY')) &&
    entry.expiredKeysInFile === undefined,
)

/** 7.0.15 loads it, and saves it in its own way. */
;(serverProgram() ? describe : describe.skip)('through a real server', () => {
  test.each(loadable.map((each) => [each.name, each] as const))(
    '%s has one digest before and after',
    async (_, each) => {
      const server = await startServer({files: {'dump.rdb': readFileSync(each.path)}})
      try {
        await server.client.command('SAVE')
        const saved = readFileSync(join(server.dir, 'dump.rdb'))
        const before = digestFile(readFileSync(each.path), {})
        const after = digestFile(saved, {})
        const differ = [...before.keys].filter(([key, digest]) => after.keys.get(key) !== digest)
        expect(differ).toEqual([])
        expect(after.digest).toBe(before.digest)
      } finally {
        await server.stop()
      }
    },
  )
})

describe('facts that DEBUG DIGEST leaves out', () => {
  const digest = (calls: (writer: RdbWriter) => void): string =>
    digestFile(written({dialect: 'redis', version: 12}, calls), {each: false}).digest
  const keyed =
    (visit: Visit, head: {expiresAtMs?: number; key?: string} = {}) =>
    (writer: RdbWriter) => {
      const key = Buffer.from(head.key ?? 'k')
      const place = {memory: key, keyStart: 0, keyEnd: key.length}
      const {expiresAtMs = null} = head
      visit(writer.beginEntry({...place, expiresAtMs, idleSeconds: null, freq: null}))
    }
  const at = streamId(5, 1)
  const group = (over: Partial<GroupVisit>): GroupVisit => ({
    ...{name: 'g', lastId: at, entriesRead: 1n, pending: [[at, 1000n, 1n]]},
    ...{consumers: [{name: 'c', owned: [at]}]},
    ...over,
  })
  const streamOf = (over: Partial<GroupVisit>, meta = {}) =>
    keyed(stream({entries: [[at, ['f', 'v']]], groups: [group(over)], ...meta}))

  test.each<[string, (writer: RdbWriter) => void, (writer: RdbWriter) => void]>([
    ['expiry', keyed(string('v'), {expiresAtMs: 1000}), keyed(string('v'), {expiresAtMs: 1001})],
    ['no expiry', keyed(string('v')), keyed(string('v'), {expiresAtMs: 0})],
    ['field expiry', keyed(hash([['f', 'v', 1000]], 24)), keyed(hash([['f', 'v', 1001]], 24))],
    ['order of a list', keyed(list(['a', 'b'])), keyed(list(['b', 'a']))],
    ['a list of pairs and a hash', keyed(list(['a', 'b'])), keyed(hash([['a', 'b']]))],
    ['an element that is there twice', keyed(list(['a', 'a'])), keyed(list(['b', 'b']))],
    ['a score', keyed(zset([['m', 1]])), keyed(zset([['m', 1 + 2 ** -52]]))],
    ['a function', (w) => w.functionLibrary(Buffer.from('#!lua name=a\n')), () => {}],
    ['a group', streamOf({}), streamOf({name: 'h'})],
    ['last delivered id', streamOf({}), streamOf({lastId: streamId(5, 2)})],
    ['entries read', streamOf({}), streamOf({entriesRead: 0n})],
    ['a consumer', streamOf({}), streamOf({consumers: [{name: 'c', owned: [at]}, {name: 'd'}]})],
    ['an owner', streamOf({}), streamOf({consumers: [{name: 'd', owned: [at]}]})],
    ['a delivery time', streamOf({}), streamOf({pending: [[at, 1001n, 1n]]})],
    ['a delivery count', streamOf({}), streamOf({pending: [[at, 1000n, 2n]]})],
    ['the last id', streamOf({}), streamOf({}, {lastId: streamId(9, 9)})],
    ['entries added', streamOf({}), streamOf({}, {entriesAdded: 7n})],
    ['the highest deleted id', streamOf({}), streamOf({}, {maxDeletedId: streamId(3, 3)})],
  ])('%s', (_, one, other) => {
    expect(digest(one)).toBe(digest(one))
    expect(digest(one)).not.toBe(digest(other))
  })

  test('-0 is 0, and the database counts', () => {
    expect(digest(keyed(zset([['m', -0]])))).toBe(digest(keyed(zset([['m', 0]]))))
    const inDb = (db: number) => (writer: RdbWriter) => {
      writer.selectDb(db)
      keyed(string('v'))(writer)
    }
    expect(digest(inDb(1))).not.toBe(digest(inDb(2)))
  })

  test('keys may come in any order', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((key) => keyed(list([key, '1']), {key}))
    const inOrder = (...calls: ((writer: RdbWriter) => void)[]) =>
      digest((writer) => {
        for (const call of calls) call(writer)
      })
    expect(inOrder(a, b, c)).toBe(inOrder(c, a, b))
  })
})
