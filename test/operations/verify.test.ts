/** `verify`: one verdict, and the figures that it rests on. */
import {mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {createInlineHost} from '../../src/io/inline-host.ts'
import {Inputs} from '../../src/io/open-input.ts'
import {digest} from '../../src/operations/digest.ts'
import {durationText, parseDuration} from '../../src/operations/duration.ts'
import type {VerifyCheck, VerifyReport} from '../../src/operations/reports.ts'
import {type VerifyOptions, verify} from '../../src/operations/verify.ts'
import {baselineOf, driftsOf, parseBaseline} from '../../src/operations/verify-baseline.ts'
import {parseRules} from '../../src/operations/verify-rules.ts'
import {record} from '../support/aof.ts'
import {bytes, entry, selectDb, str} from '../support/bytes.ts'
import {fixture, listFixtures} from '../support/fixtures.ts'
import {kernel} from '../support/kernel.ts'

const host = createInlineHost(kernel, new Inputs(), 1e9, 0x100000)
const SMALL = fixture('redis-7.0.15/small')
const LOG = fixture('redis-7.0.15/aof-small-multi')
const HOUR = 3600000
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-verify-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

function file(name: string, content: Uint8Array): string {
  const path = join(mkdtempSync(join(folder, 'file-')), name)
  writeFileSync(path, content)
  return path
}

const verified = (path: string, options: Partial<VerifyOptions> = {}, against: string[] = []) =>
  verify(host, [path, ...against], {nowMs: Date.UTC(2030, 0), ...options})

function rowOf({checks}: VerifyReport, name: VerifyCheck['name']): VerifyCheck | undefined {
  return checks.find((check) => check.name === name)
}

const states = ({checks}: VerifyReport) =>
  Object.fromEntries(checks.map(({name, ok}) => [name, ok]))

test.each([SMALL, LOG])('$name is good, and has its keys and its digest', (each) => {
  const report = verified(each.path)
  const {digest: expected} = digest(host, [each.path], {full: true})
  expect(report).toMatchObject({verdict: 'ok', digest: expected, keys: each.entry.keys})
  const counts = Object.entries(report.databases).map(([db, {keys}]) => [db, keys])
  expect(Object.fromEntries(counts)).toEqual(each.entry.dbsize)
})

test('measuring does not change the digest of any fixture of one server', () => {
  const rules = {maxValueBytes: 1e9, forbiddenPrefixes: ['no such prefix']}
  const fixtures = listFixtures().filter(({server}) => server === 'redis-7.2.6')
  expect(fixtures.length).toBeGreaterThan(5)
  for (const {path} of fixtures) {
    const report = verified(path, {rules})
    expect(report.verdict).toBe('ok')
    expect(report.digest).toBe(verified(path).digest)
  }
})

describe('age', () => {
  const createdMs = () => Date.parse(verified(SMALL.path).createdAt)

  test('of a snapshot is what it says itself', () => {
    const rules = {maxAgeMs: HOUR}
    const young = verified(SMALL.path, {rules, nowMs: createdMs() + HOUR})
    expect(young).toMatchObject({verdict: 'ok', createdFrom: 'snapshot', ageMs: HOUR})
    const old = verified(SMALL.path, {rules, nowMs: createdMs() + 26 * HOUR})
    expect(rowOf(old, 'max-age')).toMatchObject({ok: false, message: '1d 2h old, at most 1h'})
    expect(old.verdict).toBe('failed')
  })

  test('of a log is that of its last annotation, whenever the file was copied', () => {
    const annotated = `#TS:900000000\r\n${record('SET', 'a', '1')}#TS:999996400\r\n`
    const path = file('ts.aof', Buffer.from(`${annotated}${record('SET', 'a', '2')}`))
    const report = verified(path, {rules: {maxAgeMs: HOUR}, nowMs: 1e12})
    expect(report).toMatchObject({createdFrom: 'log', createdAt: '2001-09-09T00:46:40.000Z'})
    expect(rowOf(report, 'max-age')).toMatchObject({ok: true, message: '1h old, at most 1h'})
  })

  test('of a log whose annotation is no date is that of its file', () => {
    const path = file('odd.aof', Buffer.from(`#TS:999999999999999\r\n${record('SET', 'a', '1')}`))
    expect(verified(path)).toMatchObject({createdFrom: 'file'})
  })

  test('of a log without annotations is that of its file', () => {
    const path = file('a.aof', record('SET', 'a', '1'))
    utimesSync(path, 1e9, 1e9)
    const report = verified(path, {rules: {maxAgeMs: HOUR}, nowMs: 1e12 + 2 * HOUR})
    expect(report).toMatchObject({createdFrom: 'file', createdAt: '2001-09-09T01:46:40.000Z'})
    expect(rowOf(report, 'max-age')?.message).toBe('2h old, at most 1h, by the time of the file')
  })
})

describe('rules', () => {
  const dump = () =>
    file(
      'dump.rdb',
      bytes(
        'REDIS0003',
        selectDb(0),
        entry(0, 'tmp:a', str('12345')),
        entry(0, 'user:b', str('1234567890')),
        selectDb(3),
        entry(1, 'tmp:c', [2, ...str('123'), ...str('45678901')]),
        [0xff],
      ),
    )

  test('hold figures against limits, and name a key', () => {
    const rules = {minKeys: 4, maxKeysWithoutTtl: 2, maxValueBytes: 9, forbiddenPrefixes: ['tmp:']}
    const report = verified(dump(), {rules})
    expect(report.verdict).toBe('failed')
    expect(report.checks.slice(2)).toEqual([
      row('min-keys', '3 keys, at least 4'),
      row('max-keys-without-ttl', '3 keys without an expiry, at most 2'),
      {
        ...row('max-value-bytes', '11 bytes in the largest value, at most 9: 2 values over it'),
        ...{db: 3, key: 'tmp:c'},
      },
      {
        ...row('forbidden-prefixes', '2 keys with one of 1 forbidden prefix'),
        ...{db: 0, key: 'tmp:a'},
      },
    ])
  })

  test('are met at their limits', () => {
    const rules = {
      minKeys: 3,
      maxKeysWithoutTtl: 3,
      maxValueBytes: 11,
      forbiddenPrefixes: ['tmp:x'],
    }
    expect(verified(dump(), {rules}).verdict).toBe('ok')
  })

  test('see the same in a log', () => {
    const path = file('a.aof', bytes(record('SET', 'tmp:a', '12345'), record('RPUSH', 'l', 'ab')))
    const report = verified(path, {rules: {maxValueBytes: 4, forbiddenPrefixes: ['tmp:']}})
    expect(rowOf(report, 'max-value-bytes')).toMatchObject({ok: false, key: 'tmp:a', db: 0})
    expect(rowOf(report, 'forbidden-prefixes')).toMatchObject({ok: false, key: 'tmp:a', db: 0})
  })

  test('are read from JSON', () => {
    const text = JSON.stringify({maxAge: '26h', minKeys: 1, forbiddenPrefixes: ['a']})
    expect(parseRules(text, 'r')).toEqual({
      ...{maxAgeMs: 26 * HOUR, minKeys: 1, forbiddenPrefixes: ['a']},
    })
  })

  test.each([
    ['{"maxKeys": 1}', /no rule "maxKeys"/],
    ['{"toString": 1}', /no rule "toString"/],
    ['{"minKeys": "1"}', /minKeys is to be a count/],
    ['{"minKeys": -1}', /minKeys is to be a count/],
    ['{"maxAge": "26"}', /maxAge is to be a span/],
    ['{"forbiddenPrefixes": [""]}', /forbiddenPrefixes is to be a list/],
    ['[]', /not a JSON object/],
    ['{', /not JSON/],
  ])('%s is a usage error', (text, message) => {
    expect(() => parseRules(text, 'rules.json')).toThrow(
      expect.objectContaining({exit: 2, message: expect.stringMatching(message)}),
    )
  })
})

describe('a baseline', () => {
  test('is what the input was, and the same input is within it', () => {
    const first = verified(LOG.path, {baseline: null})
    expect(rowOf(first, 'baseline')?.ok).toBe(true)
    const baseline = parseBaseline(JSON.stringify(baselineOf(first)), 'b.json')
    const second = verified(LOG.path, {baseline, maxDriftPercent: 0})
    expect(second.verdict).toBe('ok')
  })

  test('tells each figure that drifted too far, the largest drift first', () => {
    const was = {bytes: 100, keys: 10, databases: {0: {keys: 10, types: {string: 10}}}}
    const now = {bytes: 119, keys: 8, databases: {0: {keys: 8, types: {string: 5, set: 3}}}}
    expect(driftsOf(was, now, 20)).toEqual({
      drifts: ['db 0 set 0 -> 3', 'db 0 string 10 -> 5 (-50.0 %)'],
      compared: 5,
    })
    expect(driftsOf(was, {...was, databases: {}}, 20).drifts).toEqual([
      'db 0 keys 10 -> 0 (-100.0 %)',
      'db 0 string 10 -> 0 (-100.0 %)',
    ])
  })

  test('is never made of what failed', () => {
    const report = verified(SMALL.path, {baseline: null, rules: {minKeys: 1e6}})
    expect(report.verdict).toBe('failed')
    expect(rowOf(report, 'baseline')).toMatchObject({ok: null})
  })

  test.each(['{}', '{"schema":"respite.baseline/1"}', '{"schema":"respite.baseline/2"}'])(
    '%s is refused',
    (text) => {
      expect(() => parseBaseline(text, 'b.json')).toThrow(/not a baseline/)
    },
  )
})

describe('against another input', () => {
  test('a log and the snapshot of the same data agree', () => {
    const log = file('a.aof', bytes(record('SELECT', '0'), record('SET', 'a', '12')))
    const rdb = file('a.rdb', bytes('REDIS0003', selectDb(0), entry(0, 'a', str('12')), [0xff]))
    expect(states(verified(log, {}, [rdb]))).toMatchObject({against: true})
    expect(states(verified(rdb, {}, [log]))).toMatchObject({against: true})
    expect(states(verified(SMALL.path, {}, [log]))).toMatchObject({against: false})
  })

  test('damage there is told', () => {
    const cut = file('cut.rdb', readFileSync(SMALL.path).subarray(0, 300))
    const report = verified(SMALL.path, {}, [cut])
    expect(rowOf(report, 'against')).toMatchObject({ok: false})
    expect(rowOf(report, 'against')?.message).toContain('could not be digested')
  })

  test('stdin, and a server in place of a backup, are usage errors', () => {
    const refused = expect.objectContaining({exit: 2})
    expect(() => verified('-')).toThrow(refused)
    expect(() => verified(SMALL.path, {}, ['-'])).toThrow(refused)
    expect(() => verified('redis://localhost:6379')).toThrow(refused)
  })
})

describe('what cannot be good', () => {
  test('damage fails, and what depends on the data is unknown', () => {
    const cut = file('cut.rdb', readFileSync(SMALL.path).subarray(0, 300))
    const report = verified(cut, {rules: {minKeys: 0, maxValueBytes: 1e9}})
    expect(report).toMatchObject({verdict: 'failed', check: 'truncated', digest: null})
    expect(states(report)).toEqual({
      ...{sound: false, digest: null, 'min-keys': null, 'max-value-bytes': null},
    })
  })

  test('commands that fail when they are replayed', () => {
    const log = bytes(record('SET', 'a', 'x'), record('INCR', 'a'))
    const report = verified(file('a.aof', log))
    expect(states(report)).toEqual({sound: true, replay: false, digest: true})
    expect(report.findings.map(({code}) => code)).toEqual(['AOF_FAILED'])
  })

  test('scripts are unsupported, unless something else has failed', () => {
    const path = file('a.aof', bytes(record('SET', 'a', 'x'), record('EVAL', 'return 1', '0')))
    expect(verified(path)).toMatchObject({verdict: 'unsupported', digest: null})
    expect(verified(path, {rules: {maxAgeMs: 1000}}).verdict).toBe('failed')
  })
})

test('spans of time are read and shown', () => {
  expect(['26h', '1d12h', '90m', '2w', '5s'].map(parseDuration)).toEqual([
    ...[26 * HOUR, 36 * HOUR, 1.5 * HOUR, 336 * HOUR, 5000],
  ])
  expect(['', '26', 'h', '-1h', '1.5h', '1 h'].map(parseDuration)).toEqual(Array(6).fill(null))
  expect([0, 999, 61000, 26 * HOUR, -5].map(durationText)).toEqual([
    ...['0s', '0s', '1m 1s', '1d 2h', '0s'],
  ])
})

test('changes nothing that it reads', () => {
  const before = statSync(SMALL.path)
  verified(SMALL.path)
  const {mtimeMs, size, ino} = statSync(SMALL.path)
  expect({mtimeMs, size, ino}).toEqual({
    ...{mtimeMs: before.mtimeMs, size: before.size, ino: before.ino},
  })
})

function row(name: VerifyCheck['name'], message: string): VerifyCheck {
  return {name, ok: false, message, db: null, key: null}
}
