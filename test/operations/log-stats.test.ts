/** What `log --stats` counts, against counts made another way. */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {LiveSample} from '../../src/operations/live-sample.ts'
import type {LogStatsReport} from '../../src/operations/reports.ts'
import {TimeBuckets} from '../../src/operations/time-buckets.ts'
import {TopKeys} from '../../src/operations/top-keys.ts'
import {record} from '../support/aof.ts'
import {bytes, type Part} from '../support/bytes.ts'
import {aofFixtures, fileOf} from '../support/fixtures.ts'
import {latin1Of, listLog} from '../support/log.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-stats-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

function put(name: string, ...parts: Part[]): string {
  const path = join(folder, name)
  writeFileSync(path, bytes(...parts))
  return path
}

function statsOf(path: string, slotSize?: number): LogStatsReport {
  const {stats} = listLog(path, {stats: true}, slotSize).report
  if (stats === null) throw new Error('no stats')
  return stats
}

test('commands are counted by name, database and time, keys and prefixes by what was written', () => {
  const set = record('SET', 'user:1', 'a')
  const path = put(
    'counted.aof',
    '#TS:1000000000\r\n',
    record('SELECT', '0'),
    set,
    set,
    '#TS:1000000100\r\n',
    record('SELECT', '3'),
    record('HSET', 'user:1', 'f', 'v'),
    record('MSET', 'a:1', 'x', 'b', 'y'),
    record('GET', 'read'),
    record('JSON.SET', 'doc', '$', '1'),
  )
  for (const slotSize of [0x100000, 64]) {
    const stats = statsOf(path, slotSize)
    const mset = record('MSET', 'a:1', 'x', 'b', 'y').length
    const hset = record('HSET', 'user:1', 'f', 'v').length
    expect(stats.byName).toEqual(
      [
        {name: 'SET', commands: 2, bytes: set.length * 2},
        {name: 'MSET', commands: 1, bytes: mset},
        {name: 'HSET', commands: 1, bytes: hset},
        {name: 'JSON.SET', commands: 1, bytes: record('JSON.SET', 'doc', '$', '1').length},
        {name: 'SELECT', commands: 2, bytes: record('SELECT', '0').length * 2},
        {name: 'GET', commands: 1, bytes: record('GET', 'read').length},
      ].sort((a, b) => b.bytes - a.bytes),
    )
    expect(stats.byDb.map(({db, commands}) => [db, commands])).toEqual([
      [0, 3],
      [3, 5],
    ])
    expect(stats.timeBucketSeconds).toBe(60)
    expect(stats.byTime.map(({time, commands}) => [time, commands])).toEqual([
      ['2001-09-09T01:46:00Z', 3],
      ['2001-09-09T01:48:00Z', 5],
    ])
    expect(stats.keys.map(({db, key, commands, bytes: size}) => [db, key, commands, size])).toEqual(
      [
        [0, 'user:1', 2, set.length * 2],
        [3, 'user:1', 1, hset],
        [3, 'a:1', 1, Math.round(mset / 2)],
        [3, 'b', 1, Math.round(mset / 2)],
      ],
    )
    expect(stats.prefixes.map(({db, key, bytes: size}) => [db, key, size])).toEqual([
      [0, 'user:', set.length * 2],
      [3, 'user:', hset],
      [3, 'a:', Math.round(mset / 2)],
    ])
    expect(stats.largest.map(({number}) => number)).toEqual([6, 8, 5, 2, 3, 1, 4, 7])
  }
})

describe('every fixture', () => {
  const texts = aofFixtures().flatMap((fixture) =>
    fixture.entry.files
      .map((file) => ({name: `${fixture.server}/${file.path}`, path: fileOf(fixture, file)}))
      .filter(({path}) => /\.aof$/.test(path) && /^[*#]/.test(readFileSync(path, 'latin1')))
      .map(({name, path}) => [name, path] as const),
  )

  test.each(texts)('%s: runs count what its list adds up to', (_name, path) => {
    const {rows} = listLog(path)
    const sums = new Map<string, {commands: number; bytes: number}>()
    for (const {args, bytes: size} of rows) {
      const name = latin1Of(args[0]).toUpperCase()
      const sum = sums.get(name) ?? {commands: 0, bytes: 0}
      sums.set(name, {commands: sum.commands + 1, bytes: sum.bytes + size})
    }
    const stats = statsOf(path)
    expect(Object.fromEntries(stats.byName.map(({name, ...sum}) => [name, sum]))).toEqual(
      Object.fromEntries(sums),
    )
    expect(stats.commands).toBe(rows.length)
    // A window of 64 bytes leaves next to nothing to runs: each record is looked at.
    expect(statsOf(path, 64)).toEqual(stats)
  })
})

describe('what a rewrite would save', () => {
  test.each<[string, Buffer[], number]>([
    ['overwritten', [record('SET', 'k', 'a'), record('SET', 'k', 'b')], 1],
    ['deleted', [record('SET', 'k', 'a'), record('DEL', 'k')], 0],
    ['flushed', [record('SET', 'k', 'a'), record('FLUSHALL')], 0],
    ['two keys', [record('SET', 'k', 'a'), record('SET', 'j', 'a')], 2],
    ['taken', [record('RPUSH', 'k', 'a'), record('LPOP', 'k')], 0],
    [
      'another database flushed',
      [record('SET', 'k', 'a'), record('SELECT', '1'), record('FLUSHDB')],
      1,
    ],
  ])('%s', (name, records, keys) => {
    const {compaction, bytes: all} = statsOf(put(`${name}.aof`, ...records))
    expect(compaction.liveKeys).toBe(keys)
    expect(compaction.savedBytes).toBe(all - compaction.liveBytes)
    expect(compaction.liveBytes > 0).toBe(keys > 0)
  })

  test('is estimated from a sample where there are many keys', () => {
    const sample = new LiveSample()
    for (let i = 0; i < 400_000; i++) {
      sample.apply('replace', Math.imul(i, 0x9e3779b1) >>> 0, 0, 0, 100, 1)
    }
    const {bytes: estimate, keys, sampled} = sample.estimate
    expect(sampled).toBeLessThanOrEqual(32768)
    expect(Math.abs(keys / 400_000 - 1)).toBeLessThan(0.05)
    expect(estimate).toBe(keys * 100)
  })
})

test('the keys of most bytes are found among very many, within the error that is told', () => {
  const top = new TopKeys(1024)
  const key = new Uint8Array(8)
  const add = (ordinal: number, size: number) => {
    new DataView(key.buffer).setUint32(0, ordinal)
    top.add(key, 0, 8, Math.imul(ordinal, 0x85ebca6b) >>> 0, 0, size)
  }
  for (let i = 0; i < 200_000; i++) {
    add(1_000_000 + i, 10)
    if (i % 10 === 0) add(i % 3, 50)
  }
  const truth = [6667, 6667, 6666].map((count) => count * 50)
  const found = top.top(3)
  const ordinals = found.map((each) => new DataView(each.key.buffer).getUint32(0))
  expect([...ordinals].sort()).toEqual([0, 1, 2])
  found.forEach(({bytes: size}, i) => {
    expect(size).toBeLessThanOrEqual(truth[ordinals[i]])
    expect(size + top.error).toBeGreaterThanOrEqual(truth[ordinals[i]])
  })
})

test('keys that differ only behind what is kept of them, or by their database, are told apart', () => {
  const top = new TopKeys(64)
  const long = new Uint8Array(300).fill(97)
  top.add(long, 0, 300, 1, 0, 5)
  top.add(long, 0, 299, 1, 0, 6)
  top.add(long, 0, 300, 1, 2, 7)
  expect(top.top(9).map(({db, length, bytes: size}) => [db, length, size])).toEqual([
    [2, 300, 7],
    [0, 299, 6],
    [0, 300, 5],
  ])
})

test('buckets of time become wider when there are many', () => {
  const buckets = new TimeBuckets()
  for (let minute = 0; minute < 5000; minute++) buckets.add(minute * 60, 1, 10)
  const list = buckets.list()
  expect(list.length).toBeLessThanOrEqual(200)
  expect(buckets.widthSeconds).toBe(3600)
  expect(list.reduce((sum, {commands}) => sum + commands, 0)).toBe(5000)
  expect(list[0]).toEqual({seconds: 0, commands: 60, bytes: 600})
})
