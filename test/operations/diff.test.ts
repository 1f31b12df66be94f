import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from '@jest/globals'
import {convert} from '../../src/operations/convert.ts'
import type {DiffOptions} from '../../src/operations/diff-options.ts'
import {PatchProof} from '../../src/operations/diff-proof.ts'
import type {Difference} from '../../src/operations/diff-reports.ts'
import {bytes, entry, expireMs, rdbFile, selectDb, str} from '../support/bytes.ts'
import {inlineHost} from '../support/dataset.ts'
import {LogFolder, runDiff} from '../support/diff.ts'
import {fixture} from '../support/fixtures.ts'

const folder = new LogFolder()
afterAll(() => folder.remove())

let files = 0
function rdb(...body: Uint8Array[]): string {
  const path = join(folder.path, `in-${++files}.rdb`)
  writeFileSync(path, rdbFile({version: 11, body: Buffer.concat(body), checksum: 'zero'}))
  return path
}

const small = (server: string) => fixture(`${server}/small`).path
const OLD = 'redis-7.0.15'

/** `~ k` for each key, `+ field f` for each element. */
function lines(records: readonly Difference[]): string[] {
  const marks = {added: '+', removed: '-', changed: '~'}
  return records.map((record) => {
    const mark = marks[record.change]
    if (record.type === 'function') return `${mark} library ${record.library}`
    if (record.type === 'key') return `${mark} ${record.db} ${record.key} ${record.what}`
    const {part, name, a, b} = record
    return [mark, part, ...name, ':', ...(a ?? ['none']), '->', ...(b ?? ['none'])].join(' ')
  })
}

describe('the same data', () => {
  // When pending entries were delivered is when each fixture was made.
  test.each(['redis-7.2.6', 'valkey-8.0.1', 'valkey-8.1.1'])('of %s is equal', async (server) => {
    const {report, records} = await runDiff(small(OLD), small(server), {ignore: ['delivery-times']})
    expect({verdict: report.verdict, keys: report.b?.keys, records}).toEqual({
      verdict: 'equal',
      keys: 19,
      records: [],
    })
  })

  test('of a newer server has what the older one cannot hold, and nothing else', async () => {
    const {records} = await runDiff(small(OLD), small('redis-7.4.1'), {ignore: ['delivery-times']})
    expect(lines(records)).toEqual(['+ 0 k:hfe value'])
  })

  test('without a checksum, and as a snapshot of a set, is equal', async () => {
    const plain = fixture(`${OLD}/small-nochecksum`).path
    const ignore = ['delivery-times'] as const
    expect((await runDiff(small(OLD), plain, {ignore})).report.verdict).toBe('equal')
    const set = fixture(`${OLD}/aof-small-multi`).path
    const output = join(folder.path, 'converted.rdb')
    const host = inlineHost()
    await convert(host, [set], {to: 'rdb', output})
    host.close()
    const {report} = await runDiff(set, output)
    expect(report).toMatchObject({verdict: 'equal', a: {kind: 'aof-set'}, b: {kind: 'rdb'}})
  })

  test('in two encodings is equal', async () => {
    const plain = rdb(selectDb(0), entry(0, 'n', str('12')), entry(2, 's', bytes([1], str('m'))))
    const packed = rdb(
      selectDb(0),
      entry(20, 's', str([10, 0, 0, 0, 1, 0, 0x81, 0x6d, 2, 0xff])),
      entry(0, 'n', bytes([0xc0, 12])),
    )
    expect((await runDiff(plain, packed)).report).toMatchObject({verdict: 'equal'})
  })
})

describe('what was planted is found, and nothing else', () => {
  const base = [
    ['SELECT', '0'],
    ['SET', 'string', 'old'],
    ['HSET', 'hash', 'f1', 'v1', 'f2', 'v2'],
    ['SADD', 'set', 'a', 'b'],
    ['ZADD', 'zset', '1', 'one', '2', 'two'],
    ['RPUSH', 'list', 'a', 'b', 'c'],
    ['XADD', 'stream', '1-1', 'f', 'v'],
    ['XGROUP', 'CREATE', 'stream', 'g', '0'],
  ]
  const cases: [string, string[][], string[]][] = [
    ['a string', [['SET', 'string', 'new']], ['~ 0 string value']],
    ['an expiry', [['PEXPIREAT', 'hash', '4102444800000']], ['~ 0 hash ttl']],
    [
      'fields',
      [
        ['HSET', 'hash', 'f1', 'x', 'f3', 'v3'],
        ['HDEL', 'hash', 'f2'],
      ],
      [
        '~ 0 hash value',
        '~ field f1 : v1 -> x',
        '+ field f3 : none -> v3',
        '- field f2 : v2 -> none',
      ],
    ],
    [
      'members',
      [
        ['SADD', 'set', 'c'],
        ['SREM', 'set', 'a'],
      ],
      ['~ 0 set value', '+ member c : none ->', '- member a : -> none'],
    ],
    ['scores', [['ZADD', 'zset', '1.5', 'one']], ['~ 0 zset value', '~ member one : 1 -> 1.5']],
    ['an element', [['LSET', 'list', '1', 'x']], ['~ 0 list value', '~ element 1 : b -> x']],
    ['a new head', [['LPUSH', 'list', 'x']], ['~ 0 list value', '+ element 0 : none -> x']],
    ['a lost tail', [['RPOP', 'list']], ['~ 0 list value', '- element 2 : c -> none']],
    [
      'an entry',
      [['XADD', 'stream', '2-1', 'g', 'w']],
      [
        '~ 0 stream value',
        '+ entry 2-1 : none -> g w',
        '~ stream last-id : 1-1 -> 2-1',
        '~ stream entries-added : 1 -> 2',
      ],
    ],
    [
      'a consumer',
      [['XGROUP', 'CREATECONSUMER', 'stream', 'g', 'c']],
      ['~ 0 stream value', '+ consumer g c : none ->'],
    ],
    [
      'a type',
      [
        ['DEL', 'set'],
        ['SET', 'set', 'a'],
      ],
      ['~ 0 set value'],
    ],
    ['a key', [['SET', 'more', '1']], ['+ 0 more value']],
    ['a lost key', [['DEL', 'list']], ['- 0 list value']],
    [
      'a database',
      [
        ['SELECT', '3'],
        ['SET', 'string', 'old'],
      ],
      ['+ 3 string value'],
    ],
    [
      'a library',
      [['FUNCTION', 'LOAD', "#!lua name=lib\nredis.register_function('f', function() end)"]],
      ['+ library lib'],
    ],
  ]

  test.each(cases)('%s', async (_what, more, expected) => {
    const [a, b] = [folder.log(...base), folder.log(...base, ...more)]
    expect(lines((await runDiff(a, b)).records)).toEqual(expected)
  })

  test('an expiry of a field', async () => {
    const ttl = ['HPEXPIREAT', 'hash', '4102444800000', 'FIELDS', '1', 'f1']
    const [a, b] = [folder.log(...base), folder.log(...base, ttl)]
    const {records} = await runDiff(a, b)
    expect(records[1]).toMatchObject({a: ['v1'], b: ['v1'], bExpiresAtMs: 4102444800000})
    expect((await runDiff(a, b, {ignore: ['field-ttl']})).report.verdict).toBe('equal')
  })
})

test('expiries that are near enough are equal', async () => {
  const at = (ms: number) => rdb(selectDb(0), expireMs(ms), entry(0, 'k', str('v')))
  const [a, b] = [at(4102444800000), at(4102444801000)]
  const verdict = async (options: DiffOptions) => (await runDiff(a, b, options)).report.verdict
  expect(await verdict({})).toBe('different')
  expect(await verdict({ttlToleranceMs: 999})).toBe('different')
  expect(await verdict({ttlToleranceMs: 1000})).toBe('equal')
  expect(await verdict({ignore: ['ttl']})).toBe('equal')
  const never = rdb(selectDb(0), entry(0, 'k', str('v')))
  expect((await runDiff(a, never, {ttlToleranceMs: 1e15})).report.changedTtls).toBe(1)
})

test('more keys than memory are compared in parts, and each difference is told once', async () => {
  const key = (i: number) => entry(0, `key:${i}`, str(String(i)))
  const keys = Array.from({length: 40_000}, (_, i) => key(i))
  const a = rdb(selectDb(0), ...keys)
  const other = [...keys.slice(5, 30_000), entry(0, 'key:30000', str('x')), ...keys.slice(30_001)]
  const b = rdb(selectDb(0), ...other, entry(0, 'new', str('v')))
  const whole = await runDiff(a, b)
  const parts = await runDiff(a, b, {maxMemory: 1})
  expect(whole.report).toMatchObject({parts: 1, removed: 5, added: 1, changed: 1})
  expect(parts.report.parts).toBe(2)
  expect({...parts.report, parts: 1}).toEqual(whole.report)
  expect(lines(parts.records).sort()).toEqual(lines(whole.records).sort())
})

test('keys that are not selected do not count', async () => {
  const [a, b] = [fixture(`${OLD}/full`).path, small(OLD)]
  const {report} = await runDiff(a, b, {selection: {match: ['user:*'], dbs: [0]}, show: 'keys'})
  expect(report.added).toBe(0)
  expect(report.removed).toBe(report.a?.keys)
  expect(report.b?.unselected).toBe(19)
  const {report: same} = await runDiff(a, a, {selection: {sample: 50}})
  expect(same).toMatchObject({verdict: 'equal', a: {keys: 50}, b: {keys: 50}})
})

test('a sample of two different inputs is of the same keys', async () => {
  const keys = Array.from({length: 500}, (_, i) => entry(0, `key:${i}`, str('v')))
  const [a, b] = [rdb(selectDb(0), ...keys), rdb(selectDb(0), ...keys.slice(10))]
  const {report} = await runDiff(a, b, {selection: {sample: 100}})
  expect(report.a?.keys).toBeGreaterThan(90)
  expect(report.removed).toBe((report.a?.keys ?? 0) - (report.b?.keys ?? 0))
})

describe('damage is never equal', () => {
  const whole = readFileSync(small(OLD))

  test('on either side it is told, with its offset', async () => {
    const cut = join(folder.path, 'cut.rdb')
    writeFileSync(cut, whole.subarray(0, 1000))
    for (const inputs of [
      [cut, small(OLD)],
      [small(OLD), cut],
      [cut, cut],
    ] as const) {
      const {report, records} = await runDiff(...inputs)
      expect({verdict: report.verdict, records}).toEqual({verdict: 'unreadable', records: []})
      expect(report.stoppedAt).toMatchObject({code: 'TRUNCATED', file: cut, offset: 1000})
    }
  })

  test('every byte of a file that is changed', async () => {
    const path = join(folder.path, 'changed.rdb')
    for (let at = 0; at < whole.length; at += 41) {
      const changed = Uint8Array.from(whole)
      changed[at] ^= 0x01
      writeFileSync(path, changed)
      const {report} = await runDiff(small(OLD), path, {show: 'summary'})
      expect([at, report.verdict]).not.toEqual([at, 'equal'])
    }
  })

  test('a key that is there twice', async () => {
    const twice = rdb(selectDb(0), entry(0, 'k', str('v')), entry(0, 'k', str('v')))
    const once = rdb(selectDb(0), entry(0, 'k', str('v')))
    for (const inputs of [
      [twice, once],
      [once, twice],
    ] as const) {
      const {report} = await runDiff(...inputs)
      expect(report.stoppedAt).toMatchObject({code: 'RDB_DUPLICATE_KEY', file: twice})
    }
  })

  test('a log with a script', async () => {
    const log = folder.log(['SET', 'k', 'v'], ['EVAL', 'return 1', '0'])
    expect((await runDiff(log, log)).report.stoppedAt).toMatchObject({code: 'UNSUPPORTED'})
  })
})

describe('a patch', () => {
  const patched = async (a: string, b: string, options: DiffOptions['patch'] | object = {}) => {
    const output = join(folder.path, `${++files}.resp`)
    const {report} = await runDiff(a, b, {patch: {output, ...options}})
    return {report, output}
  }

  test('is minimal where that is right, and never empties a collection', async () => {
    const a = folder.log(
      ['SELECT', '0'],
      ['HSET', 'h', 'a', '1'],
      ['PEXPIREAT', 'h', '4102444800000'],
    )
    const b = folder.log(['SELECT', '0'], ['HSET', 'h', 'b', '2'])
    const {output} = await patched(a, b)
    const words = readFileSync(output, 'latin1')
      .split('\r\n')
      .filter((line) => !/^[*$]/.test(line))
    expect(words.join(' ').trim()).toBe('SELECT 0 HSET h b 2 HDEL h a PERSIST h')
  })

  test('of what is the same is empty', async () => {
    const {report, output} = await patched(small(OLD), small(OLD))
    expect(report.patch).toMatchObject({bytes: 0, proof: {keys: 0}})
    expect(readFileSync(output).length).toBe(0)
  })

  test('that no command can say is refused, and nothing is written', async () => {
    const {report, output} = await patched(small(OLD), fixture(`${OLD}/full`).path)
    expect(report).toMatchObject({verdict: 'refused', reasonKey: 'stream:groups', patch: null})
    expect(() => readFileSync(output)).toThrow('ENOENT')
  })

  test('that does not do what it should is not published', () => {
    const host = inlineHost()
    const wrong = folder.log(['SELECT', '0'], ['SET', 'k', 'v'])
    const proof = new PatchProof(new Set(), 'redis')
    try {
      expect(() => proof.prove(host, wrong)).toThrow('1 keys instead of 0')
    } finally {
      proof.discard()
      host.close()
    }
  })
})
