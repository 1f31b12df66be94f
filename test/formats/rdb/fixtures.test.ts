import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {RdbRecord} from '../../../src/formats/rdb/reader.ts'
import {BUILT} from '../../support/built.ts'
import {digestDataset, digestRules} from '../../support/digest.ts'
import {
  aofFixtures,
  type Fixture,
  listFixtures,
  type Row,
  rdbFixtures,
  rdbtoolsFolder,
  truthRows,
} from '../../support/fixtures.ts'
import {type Contents, openReader, type ReadOptions, readRdb} from '../../support/read-rdb.ts'
import {loadRdb, serverProgram} from '../../support/server.ts'
import {asTruth, byKey, fileParts} from './truth-rows.ts'

/** The whole file in one slot, and slots so small that their edges are everywhere. */
const FEEDS: readonly (readonly [name: string, feed: Omit<ReadOptions, 'rules'>])[] = [
  ['whole', {}],
  ['in slots of 1 KiB', {slotSize: 1024}],
  ['in slots of 64 bytes', {slotSize: 64}],
  ['in slots of 64 bytes, 7 bytes at a time', {slotSize: 64, step: 7}],
]

const titled = (fixtures: readonly Fixture[]) => fixtures.map((each) => [each.name, each] as const)

function countBy(rows: readonly Row[], what: (row: Row) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const row of rows) counts[what(row)] = (counts[what(row)] ?? 0) + 1
  return counts
}

/** Rows of the file that a server keeps: those whose expiry has passed are dropped by loaders. */
function keptRows(contents: Contents, each: Fixture): Row[] {
  const expired = (each.entry.expiredKeysInFile ?? []).map(({db, key}) => `${db}/${key}`)
  return contents.rows.filter(({db, key}) => !expired.includes(`${db}/${key}`))
}

describe.each(titled(rdbFixtures()))('%s', (_, each) => {
  const file = readFileSync(each.path)
  const rules = digestRules(each.meta)
  const truth = truthRows(each)

  test.each(FEEDS)('%s: reads as what the server holds', (_name, feed) => {
    const contents = readRdb(file, {...feed, rules})
    expect(contents.error).toBeNull()
    expect(contents.faults).toEqual([])
    const rows = keptRows(contents, each)
    expect(countBy(rows, ({db}) => String(db))).toEqual(each.entry.dbsize)
    expect(asTruth(byKey(rows), truth)).toEqual(truth.map(asExpected))
  })

  test('keeps keys that have expired', () => {
    const {rows} = readRdb(file, {rules})
    const expired = rows.filter((row) => !keptRows({rows} as Contents, each).includes(row))
    // Redis up to 3.2 does not write them.
    const written = Number.parseInt(each.meta.version, 10) >= 4
    const expected = written ? (each.entry.expiredKeysInFile ?? []) : []
    const found = expired.map(({db, key, expireAtMs}) => ({db, key, expireAtMs}))
    expect(byKey(found)).toEqual(byKey(expected))
  })

  test('digests as the server said', () => {
    const contents = readRdb(file, {rules})
    const digests = new Map(truth.map((row) => [`${row.db}/${row.key}`, row]))
    // A module's digest is its own secret: take the truth's row.
    const rows = keptRows(contents, each).map((row) =>
      row.type === 'module' ? digests.get(`${row.db}/${row.key}`)! : row,
    )
    expect(digestDataset(rows, rules)).toBe(each.entry.digest)
  })

  test.each([
    ['in depth', true],
    ['framing only', false],
  ])('%s: stepping over values comes to the same end', (_name, deep) => {
    const reader = openReader(file, {slotSize: 64, deep})
    reader.readHeader()
    for (let opcode = reader.next(); opcode !== RdbRecord.END; opcode = reader.next()) {
      if (opcode === RdbRecord.ENTRY) reader.skipValue()
    }
    expect(reader.endOffset).toBe(file.length)
    expect(reader.entries).toBe(readRdb(file, {rules}).rows.length)
  })

  test('has the functions that the server lists', () => {
    const {functions} = readRdb(file, {rules})
    const expected = (each.entry.functions ?? []).map(({code}) => Buffer.from(code, 'base64'))
    const bodies = functions.map((code) =>
      code.startsWith('#!') ? code : code.replace(/^\w+:/, ''),
    )
    expect(bodies.sort()).toEqual(expected.map(String).sort())
  })

  test('says whether it has a checksum', () => {
    const {reader} = readRdb(file, {rules})
    expect(reader.checksum).toBe(each.variant === 'small-nochecksum' ? 'off' : 'present')
    expect(reader.endOffset).toBe(file.length)
  })
})

/** What the truth says of a key, as far as a file can. */
function asExpected(row: Row): Row {
  const {encoding, digest, memory, dump, dumpLen, ...rest} = row as Row & {dumpLen?: number}
  return fileParts(rest)
}

describe('AOF bases and preambles', () => {
  const isRdb = (path: string) => readFileSync(path).subarray(0, 5).toString() === 'REDIS'
  const isValkey = (path: string) => readFileSync(path).subarray(0, 6).toString() === 'VALKEY'
  const bases = aofFixtures().flatMap((each) => {
    const paths = each.entry.files.map(({path}) => join(each.path, '..', path))
    return paths.filter((path) => isRdb(path) || isValkey(path)).map((path) => ({each, path}))
  })

  /** The dataset that was saved as this base: known by its digest, which other variants of the server have. */
  function knownDigests(each: Fixture): string[] {
    const digests = each.meta.files.map(({digest}) => digest)
    // The last base of the history variant was saved before its last command, SET aof:end.
    const end = Buffer.from('aof:end').toString('base64')
    const before = truthRows(each).filter(({key}) => key !== end)
    const known = digestDataset(before, digestRules(each.meta))
    return [...digests, known, FULL_DIGESTS[each.server], '0'.repeat(40)]
  }

  test.each(bases.map(({each, path}) => [path.split('/fixtures/')[1], each, path] as const))(
    '%s',
    (_, each, path) => {
      const rules = digestRules(each.meta)
      const file = readFileSync(path)
      const known = knownDigests(each)
      for (const [, feed] of FEEDS) {
        const {rows, error, reader} = readRdb(file, {...feed, rules})
        expect(error).toBeNull()
        const tail = file.subarray(reader.endOffset)
        expect(tail.length === 0 || tail[0] === 0x2a || tail[0] === 0x23).toBe(true)
        if (rows.some(({type}) => type === 'module')) continue
        expect(known).toContain(digestDataset(rows, rules))
      }
    },
  )
})

/** Digest of the full dataset, for servers whose full.rdb is too large to keep here. */
const FULL_DIGESTS: Readonly<Record<string, string>> = {
  'redis-4.0.14': 'fe6ce0d03c8a94c6abe334eb103da2900dce3f3f',
  'redis-5.0.14': '1f730e03663a0245df9a84c94fefdb08316fe6b6',
  'redis-6.2.16': '1f730e03663a0245df9a84c94fefdb08316fe6b6',
  'redis-7.2.6': 'c49ee7c3271478e529a52fecd69ad2e7b2447a56',
  'redis-7.4.1': '003703ed09690a073798e58c9262a1bb7032a243',
}

// An envelope is no RDB: what opens inputs has to know it.
const BUILT_RDB = BUILT.filter(({file}) => !file.subarray(0, 4).equals(Buffer.from('VKCS')))

describe.each(BUILT_RDB.map((each) => [each.name, each] as const))(
  'built/%s',
  (_, {file, truth}) => {
    const rules = {...digestRules({server: 'redis', version: '2.8.24'})}

    test.each(FEEDS)('%s: reads as its truth', (_name, feed) => {
      const {rows, error, faults, reader} = readRdb(file, {...feed, rules})
      if (truth.error) expect(error).toMatchObject({code: truth.error})
      else expect(error).toBeNull()
      expect(faults.map(({code}) => code)).toEqual(truth.faults ?? [])
      expect(rows).toEqual(truth.rows)
      expect(reader.version).toBe(truth.version)
      expect(reader.dialect).toBe(truth.dialect)
    })
  },
)

const rdbtools = rdbtoolsFolder()
const dumps = rdbtools ? readdirSync(rdbtools).filter((name) => name.endsWith('.rdb')) : []

describe('dumps of redis-rdb-tools', () => {
  if (dumps.length === 0) test.skip('are not at hand', () => {})
  const rules = digestRules({server: 'redis', version: '5.0.0'})

  if (dumps.length > 0)
    test.each(dumps)('%s reads to its end, the same at every slot size', (name) => {
      const file = readFileSync(join(rdbtools!, name))
      const [first, ...others] = FEEDS.map(([, feed]) => readRdb(file, {...feed, rules}))
      expect(first.error).toBeNull()
      expect(first.faults).toEqual([])
      for (const other of others) expect(other.rows).toEqual(first.rows)
    })

  // Servers without their modules refuse these.
  const plain = dumps.filter((name) => !name.includes('module'))
  if (serverProgram() && plain.length > 0) {
    test.each(plain)('%s holds what a server loads', async (name) => {
      const file = readFileSync(join(rdbtools!, name))
      const server = digestRules({server: 'redis', version: '7.0.15'})
      const live = readRdb(file, {rules: server}).rows.filter(
        ({expireAtMs}) => expireAtMs === null || expireAtMs > Date.now(),
      )
      expect(digestDataset(live, server)).toBe(await loadRdb(file))
    })
  }
})

test('every server of the fixtures is read here', () => {
  expect(new Set(listFixtures().map(({server}) => server)).size).toBe(14)
})
