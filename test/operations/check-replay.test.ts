/** `check --replay`: what only loading shows, over files as a server has them. */
import {mkdtempSync, rmSync, utimesSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {createInlineHost} from '../../src/io/inline-host.ts'
import {Inputs} from '../../src/io/open-input.ts'
import {type CheckOptions, check} from '../../src/operations/check.ts'
import {checkAndReplay} from '../../src/operations/check-and-replay.ts'
import type {CheckReport} from '../../src/operations/reports.ts'
import {record} from '../support/aof.ts'
import {bytes} from '../support/bytes.ts'
import {fixture} from '../support/fixtures.ts'
import {kernel} from '../support/kernel.ts'

const host = createInlineHost(kernel, new Inputs(), 1e9, 0x100000)
const WRITTEN = Date.UTC(2026, 0, 31)
const DAY = 86400000
const SECRET = 'canary-value-7d1e'
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-replay-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

/** Check a log that was last written at WRITTEN. */
function replayed(log: Uint8Array, options: CheckOptions = {}): CheckReport {
  const path = join(mkdtempSync(join(folder, 'log-')), 'appendonly.aof')
  writeFileSync(path, log)
  utimesSync(path, WRITTEN / 1000, WRITTEN / 1000)
  return checkAndReplay(host, [path], options)
}

const brief = ({findings}: CheckReport) =>
  findings.map(({code, severity, offset, message}) => ({code, severity, offset, message}))

test('counts what is there at the end, and finds nothing in what servers wrote', () => {
  const {path, entry} = fixture('redis-7.0.15/aof-small-multi')
  const report = checkAndReplay(host, [path])
  expect(report).toMatchObject({
    verdict: 'sound',
    replay: {keys: entry.keys, commands: report.commands, failed: 0, complete: true},
  })
  const {databases} = report.replay!
  expect(Object.fromEntries(Object.entries(databases).map(([db, {keys}]) => [db, keys]))).toEqual(
    entry.dbsize,
  )
  const counted = Object.values(databases).flatMap(({types}) => Object.values(types))
  expect(counted.reduce((sum, count) => sum + count, 0)).toBe(entry.keys)
})

test('loads an RDB as well, and does so only when asked', () => {
  const {path, entry} = fixture('redis-7.0.15/small')
  const report = checkAndReplay(host, [path])
  expect(report.replay).toMatchObject({keys: entry.keys, commands: 0, complete: true})
  const {databases} = report.replay!
  expect(Object.fromEntries(Object.entries(databases).map(([db, {keys}]) => [db, keys]))).toEqual(
    entry.dbsize,
  )
  expect(check(host, [path]).replay).toBeNull()
})

test('reports commands that fail once per kind, with how many there are, and never a value', () => {
  const select = record('SELECT', '0')
  const head = bytes(select, record('LPUSH', 'l', 'x'), record('SET', 's', SECRET))
  const log = bytes(
    head,
    record('INCR', 's'),
    record('INCR', 'l'),
    record('INCR', 's'),
    record('HPEXPIRE', 'h', '1', SECRET, '1', 'f'),
  )
  const report = replayed(log)
  expect(report.replay).toMatchObject({keys: 2, commands: 7, failed: 4, complete: true})
  expect(report.verdict).toBe('warnings')
  const failed = brief(report).filter(({code}) => code === 'AOF_FAILED')
  expect(failed[0]).toEqual({
    ...{code: 'AOF_FAILED', severity: 'warning', offset: head.length},
    message: 'INCR fails: ERR value is not an integer or out of range (2 times, here first)',
  })
  expect(failed[1].message).toMatch(/^INCR fails: WRONGTYPE /)
  expect(failed).toHaveLength(3)
  expect(JSON.stringify(report)).not.toContain(SECRET)
})

test('does not repeat what reading the log shows', () => {
  const log = bytes(
    record('SELECT', '99'),
    record('NOSUCH', 'a'),
    record('SET', 'a'),
    record('SET', 'a', '1'),
    record('FLUSHALL'),
  )
  const path = join(folder, 'known.aof')
  writeFileSync(path, log)
  const plain = check(host, [path])
  expect(brief(checkAndReplay(host, [path]))).toEqual(brief(plain))
})

test('says from when relative expiries count where the log does not', () => {
  const set = record('SET', 'a', '1')
  const expire = record('EXPIRE', 'a', '100')
  const untimed = brief(replayed(bytes(set, expire, expire)))
  expect(untimed).toContainEqual({
    ...{code: 'AOF_EXPIRY', severity: 'note', offset: set.length},
    message: '2 expiries without a time to count from',
  })
  const timed = brief(replayed(bytes('#TS:1769817500\r\n', set, expire)))
  expect(timed.filter(({severity}) => severity === 'note')).toEqual([])
})

test('counts keys that expired long before the file was written', () => {
  const until = (key: string, ms: number) => record('PEXPIREAT', key, String(ms))
  const keys = ['a', 'b', 'c', 'd'].map((key) => record('SET', key, '1'))
  const log = bytes(
    ...keys,
    until('a', WRITTEN - 2 * DAY),
    until('b', WRITTEN - 3 * DAY),
    until('c', WRITTEN - DAY / 2),
  )
  expect(brief(replayed(log))).toEqual([
    {
      ...{code: 'EXPIRED', severity: 'note', offset: null},
      message: '2 keys expired more than a day before the file was last written',
    },
  ])
})

test.each([
  ['a script', record('EVAL', 'return 1', '0'), /EVAL.*here first of 2 times/],
  ['a module command', record('VADD', 'v', 'VALUES', '1', '1', 'e'), /VADD cannot be replayed \(2/],
  ['a command of 8.8', record('GCRA', 'k', '1', '1', '1'), /GCRA cannot be replayed \(2/],
  ['a command of 8.10', record('HIMPORT', 'SET', 'k', 'f', 'v'), /HIMPORT cannot be replayed/],
])('%s is unsupported', (_, command, message) => {
  const head = record('SET', 'a', '1')
  const report = replayed(bytes(head, command, command))
  expect(report).toMatchObject({verdict: 'unsupported', replay: {keys: 1, complete: false}})
  const finding = brief(report).find(({code}) => code === 'UNSUPPORTED')
  expect(finding).toMatchObject({severity: 'error', offset: head.length})
  expect(finding?.message).toMatch(message)
})

test('replays up to damage, which is reported once', () => {
  const report = replayed(bytes(record('SET', 'a', '1'), '*3\r\n$3\r\nSET\r\n'))
  expect(report).toMatchObject({verdict: 'truncated', replay: {keys: 1, complete: false}})
  expect(report.findings).toHaveLength(1)
})

test('finds damage in a value that was not looked into', () => {
  const path = join(folder, 'set.rdb')
  // An intset whose members do not ascend, RDB 3: no checksum.
  const members = [2, 0, 0, 0, 2, 0, 0, 0, 9, 0, 3, 0]
  writeFileSync(path, bytes('REDIS0003', [0xfe, 0, 11, 1], 'k', [12, ...members, 0xff]))
  const report = checkAndReplay(host, [path], {depth: 'framing'})
  expect(report.replay).toMatchObject({complete: false})
  expect(report.findings.map(({code}) => code)).toEqual(['RDB_INTSET'])
})

test('stdin is refused, and what is nothing to load is left alone', () => {
  expect(() => checkAndReplay(host, ['-'])).toThrow(/read only once/)
  expect(replayed(bytes('hello world')).replay).toBeNull()
})
