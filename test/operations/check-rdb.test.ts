import {describe, expect, test} from '@jest/globals'
import type {CheckOptions} from '../../src/operations/check.ts'
import type {CheckReport} from '../../src/operations/reports.ts'
import {
  aux,
  bytes,
  entry,
  expireMs,
  hex,
  rdbFile,
  resealed,
  resp,
  selectDb,
  str,
} from '../support/bytes.ts'
import {kernel} from '../support/kernel.ts'
import {checkBytes, memoryHost} from '../support/memory-host.ts'

const host = memoryHost(kernel)
const check = (file: Uint8Array, options?: CheckOptions): CheckReport =>
  checkBytes(host, file, options)
const codes = ({findings}: CheckReport) => findings.map(({code, severity}) => `${severity} ${code}`)

/** String entries `k<from>` to `k<to>`. */
function strings(from: number, to: number): Buffer {
  let body = ''
  for (let i = from; i < to; i++) {
    const [key, value] = [`k${i}`, `value ${i - from}`]
    body += `\0${String.fromCharCode(key.length)}${key}${String.fromCharCode(value.length)}${value}`
  }
  return Buffer.from(body, 'latin1')
}

test('a sound file is counted by database and type', () => {
  const body = bytes(
    aux('redis-ver', '7.0.15'),
    ...[selectDb(0), strings(0, 3), expireMs(1), entry(2, 's', bytes(2, str('a'), str('b')))],
    ...[selectDb(4), entry(1, 'l', bytes(1, str('x')))],
  )
  const report = check(rdbFile({version: 10, body}))
  expect(report).toMatchObject({
    ...{kind: 'rdb', rdbVersion: 10, dialect: 'redis', producer: 'redis 7.0.15'},
    ...{verdict: 'sound', keys: 5, findingCount: 0, duplicates: 'checked'},
    databases: {
      0: {keys: 4, expires: 1, types: {string: 3, set: 1}},
      4: {keys: 1, expires: 0, types: {list: 1}},
    },
  })
  expect(report.intact).toEqual({bytes: report.bytes, keys: 5, commands: 0})
})

describe('verdicts', () => {
  const good = rdbFile({version: 10, body: strings(0, 20)})

  test.each<[string, Uint8Array, string, string[]]>([
    ['zero bytes', bytes(), 'truncated', ['error EMPTY_INPUT']],
    ['a file that ends early', good.subarray(0, 100), 'truncated', ['error TRUNCATED']],
    [
      'a wrong checksum',
      rdbFile({version: 10, body: strings(0, 2), checksum: 'wrong'}),
      'damaged',
      ['error RDB_CHECKSUM'],
    ],
    ['no checksum', rdbFile({version: 10, checksum: 'zero'}), 'sound', ['note RDB_CHECKSUM']],
    ['a newer version', rdbFile({version: 16}), 'unsupported', ['error UNSUPPORTED']],
    ['another program', Buffer.from('SQLite format 3\0'), 'damaged', ['error UNKNOWN_INPUT']],
    ['NUL bytes only', Buffer.alloc(4096), 'damaged', ['error UNKNOWN_INPUT']],
    ["Valkey's envelope", hex('564b4353 01010000 04224d18'), 'unsupported', ['error UNSUPPORTED']],
    ['junk behind the end', bytes(good, 'junk'), 'warnings', ['warning RDB_TRAILING']],
    [
      'the mark of a diskless transfer',
      bytes(good, 'a1'.repeat(20)),
      'sound',
      ['note RDB_TRAILING'],
    ],
    [
      'eight bytes behind an old file',
      bytes(rdbFile({version: 4}), hex('0102030405060708')),
      'damaged',
      ['error RDB_TRAILING'],
    ],
    [
      'an empty set',
      rdbFile({version: 10, body: entry(2, 'e', bytes(0))}),
      'warnings',
      ['warning RDB_EMPTY'],
    ],
    [
      'database 16',
      rdbFile({version: 10, body: bytes(selectDb(16), strings(0, 1))}),
      'warnings',
      ['warning RDB_SELECT'],
    ],
    [
      'a function library that is there twice',
      rdbFile({
        version: 10,
        body: bytes(0xf5, str('#!lua name=l\n'), 0xf5, str('#!lua name=l\nx')),
      }),
      'damaged',
      ['error RDB_FUNCTION'],
    ],
  ])('%s', (_, file, verdict, expected) => {
    const report = check(file)
    expect([report.verdict, codes(report)]).toEqual([verdict, expected])
  })
})

describe('damage', () => {
  const damagedListpack = entry(16, 'bad', str('\x0a\0\0\0\x01\0\x81a\x09\xff'))

  test('inside a value is placed, and the rest is intact', () => {
    const file = rdbFile({
      version: 10,
      body: bytes(selectDb(1), strings(0, 5), damagedListpack, strings(5, 9)),
    })
    const report = check(file)
    expect(report.findings).toHaveLength(1)
    expect(report.findings[0]).toMatchObject({
      ...{code: 'RDB_LISTPACK', db: 1, key: 'bad', record: 6, path: ['listpack']},
      offset: file.indexOf('bad') + 3 + 1 + 6,
    })
    expect(report.keys).toBe(10)
    expect(report.intact.keys).toBe(9)
  })

  test('in the framing is stepped over: what lies behind it is found again', () => {
    const before = bytes('REDIS0010', selectDb(0), strings(0, 50))
    const file = resealed(
      bytes(before, hex('08 ee ee ee ee'), strings(50, 100), 0xff, Buffer.alloc(8)),
    )
    const report = check(file)
    expect(codes(report)).toEqual(['error RDB_OPCODE'])
    expect(report.findings[0].offset).toBe(before.length)
    expect(report.intact).toEqual({bytes: file.length - 5, keys: 100, commands: 0})
    expect(report.files[0].intactBytes).toBe(before.length)
  })

  test('up to the end leaves the intact prefix', () => {
    const before = bytes('REDIS0010', strings(0, 50))
    const report = check(bytes(before, Buffer.alloc(300, 0xee)))
    expect(report.intact).toEqual({bytes: before.length, keys: 50, commands: 0})
  })

  test('in --framing is only what stops the reading', () => {
    const file = rdbFile({version: 10, body: damagedListpack})
    expect(check(file, {depth: 'framing'}).verdict).toBe('sound')
  })

  test('is listed up to the limit, and counted beyond it', () => {
    const body = bytes(...Array.from({length: 30}, () => damagedListpack))
    const report = check(rdbFile({version: 10, body}), {findingLimit: 5})
    expect(report.findings).toHaveLength(5)
    expect(report.findingCount).toBe(30 + 29)
  })
})

describe('duplicate keys', () => {
  test('are found in one database, not across databases', () => {
    const body = bytes(selectDb(0), strings(0, 5), selectDb(1), strings(0, 5))
    expect(check(rdbFile({version: 10, body})).verdict).toBe('sound')
    const twice = rdbFile({version: 10, body: bytes(strings(0, 5), strings(3, 4))})
    const report = check(twice)
    expect(codes(report)).toEqual(['error RDB_DUPLICATE_KEY'])
    expect(report.findings[0]).toMatchObject({key: 'k3', db: 0, record: 6})
    expect(report.findings[0].message).toContain(String(twice.indexOf('k3') - 2))
  })

  test('are found whatever form the key has in the file', () => {
    const body = bytes(entry(0, '12', str('a')), 0, hex('c0 0c'), str('b'))
    expect(codes(check(rdbFile({version: 10, body})))).toEqual(['error RDB_DUPLICATE_KEY'])
  })

  test('are found when memory is too small for one pass', () => {
    const body = bytes(strings(0, 700_000), strings(77_777, 77_778))
    // Without a checksum: the oracle's takes its time.
    const report = check(rdbFile({version: 4, body}), {maxMemory: 0})
    expect(codes(report)).toEqual(['error RDB_DUPLICATE_KEY'])
    expect(report.findings[0].key).toBe('k77777')
  })
})

describe('text behind an RDB', () => {
  test('is an append-only file with a preamble', () => {
    const file = bytes(
      rdbFile({version: 9, body: strings(0, 2)}),
      resp('SELECT', 0),
      resp('SET', 'a', 1),
    )
    const report = check(file)
    expect(report).toMatchObject({kind: 'aof', keys: 2, commands: 2, verdict: 'sound'})
    expect(report.intact).toEqual({bytes: file.length, keys: 2, commands: 2})
  })

  test('may be cut', () => {
    const rdb = rdbFile({version: 9, body: strings(0, 2)})
    const report = check(bytes(rdb, resp('SET', 'a', 1).subarray(0, 10)))
    expect([report.verdict, report.files[0].intactBytes]).toEqual(['truncated', rdb.length])
    expect(report.findings[0].offset).toBe(rdb.length + 10)
  })
})

test('values never appear in a report', () => {
  const secret = 'CANARY-VALUE'
  const bad = entry(16, 'key', str(`\x0a\0\0\0\x01\0${secret}`))
  const file = rdbFile({
    version: 10,
    body: bytes(entry(0, 'k', str(secret)), bad, hex('08'), secret),
  })
  expect(JSON.stringify(check(file))).not.toContain(secret)
})
