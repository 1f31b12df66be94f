import {mkdtempSync, rmSync, utimesSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from '@jest/globals'
import {record} from '../support/aof.ts'
import {bytes, type Part} from '../support/bytes.ts'
import {fixture} from '../support/fixtures.ts'
import {setOf, undoList} from '../support/log-set.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-list-'))
afterAll(() => rmSync(folder, {recursive: true}))

let made = 0
function logOf(...records: Part[]): string {
  const path = join(folder, `log-${++made}.aof`)
  writeFileSync(path, bytes(...records))
  return path
}

const keys = (from: number, to: number) => Array.from({length: to - from}, (_, i) => `k${from + i}`)
const sets = (from: number, to: number) => keys(from, to).map((key) => record('SET', key, 'v'))
const dels = (from: number, to: number) => keys(from, to).map((key) => record('DEL', key))

/** What it was, of how many keys. */
const short = ({destructions}: Awaited<ReturnType<typeof undoList>>) =>
  destructions.map(({command, keyCount, count}) => [command, keyCount, count])

test('flushes by what they took, database by database, and exchanged databases', async () => {
  const path = logOf(
    ...sets(0, 5),
    record('SELECT', '2'),
    ...sets(0, 3),
    record('FLUSHDB', 'ASYNC'),
    ...sets(0, 2),
    record('SWAPDB', '0', '2'),
    record('flushall'),
    record('FLUSHALL'),
  )
  const {destructions, commands, next} = await undoList(path)
  expect(destructions).toMatchObject([
    {command: 'FLUSHALL', effect: 'removed', db: 2, keys: {0: 2, 2: 5}, record: 14, count: 1},
    {command: 'SWAPDB', effect: 'moved', keys: {0: 5, 2: 2}, record: 13},
    {command: 'FLUSHDB', effect: 'removed', db: 2, keys: {2: 3}, record: 10},
    {command: 'FLUSHALL', keys: {}, keyCount: 0},
  ])
  expect(commands).toBe(15)
  expect(next).toBe(`respite undo flushall ${path} --at ${destructions[0].offset} -o OUT`)
})

test('runs of DEL are one, in a transaction also where they do not stand together', async () => {
  const mixed = keys(100, 200).map((key) => [record('DEL', key), record('SET', 'other', key)])
  const path = logOf(
    ...sets(0, 300),
    ...dels(0, 100),
    record('SET', 'between', '1'),
    record('MULTI'),
    ...mixed.flat(),
    record('EXEC'),
    record('UNLINK', ...keys(200, 300)),
  )
  const report = await undoList(path)
  expect(short(report)).toEqual([
    ['DEL', 100, 100],
    ['DEL', 100, 100],
    ['UNLINK', 100, 1],
  ])
  const [alone, inTransaction] = report.destructions
  expect(alone).toMatchObject({transaction: null, record: 301, fileRecord: 301})
  expect(inTransaction).toMatchObject({transaction: inTransaction.offset - 15, record: 403})
  expect(report.next).toMatch(/ del \S+ --since \d+ --until \d+ -o OUT$/)
})

test('small ones only when they are asked for', async () => {
  const path = logOf(
    ...sets(0, 4),
    record('DEL', 'k0', 'gone'),
    record('RENAME', 'k1', 'k2'),
    record('COPY', 'k2', 'k3', 'REPLACE'),
    record('COPY', 'k2', 'k3'),
    record('PEXPIREAT', 'k3', '1000'),
    record('EXPIRE', 'k2', '-1'),
    record('EXPIRE', 'k2', '1000'),
    record('RENAME', 'k2', 'k2'),
  )
  await expect(undoList(path)).rejects.toMatchObject({
    ...{exit: 1, code: 'NOTHING_TO_UNDO', next: expect.stringContaining('--min-keys 1')},
    message: `${path}: none of 12 commands took 100 keys or more away`,
  })
  const {destructions} = await undoList(path, {minKeys: 1})
  expect(destructions.map(({command, effect}) => [command, effect])).toEqual([
    ['DEL', 'removed'],
    ['RENAME', 'overwritten'],
    ['COPY', 'overwritten'],
    ['EXPIRE', 'expired'],
  ])
})

test('an expiry that had passed by the time that the log tells', async () => {
  const path = logOf(
    ...sets(0, 2),
    '#TS:2000\r\n',
    record('PEXPIREAT', 'k0', '1000'),
    record('PEXPIREAT', 'k1', '3000000'),
  )
  const {destructions} = await undoList(path, {minKeys: 1})
  expect(destructions).toMatchObject([
    {command: 'PEXPIREAT', keyCount: 1, time: '1970-01-01T00:33:20.000Z', timeEstimated: false},
  ])
})

test('without times in the log, one between those of the files', async () => {
  const logs = [
    bytes(...sets(0, 3)),
    bytes(...sets(3, 6), record('FLUSHALL'), ...sets(0, 10)),
  ] as const
  const path = setOf(folder, 'times', ...logs)
  const at = (name: string, seconds: number) => utimesSync(join(path, name), seconds, seconds)
  at('a.aof.1.incr.aof', 1000)
  at('a.aof.2.incr.aof', 2000)
  const {destructions} = await undoList(path)
  const [{time, timeEstimated, file, fileRecord, record: ordinal}] = destructions
  expect({timeEstimated, file, fileRecord, ordinal}).toEqual({
    timeEstimated: true,
    file: 'a.aof.2.incr.aof',
    fileRecord: 4,
    ordinal: 7,
  })
  const seconds = Date.parse(time!) / 1000
  expect(seconds).toBeGreaterThan(1000)
  expect(seconds).toBeLessThan(2000)
})

test('as far as the log can be read, and why no further', async () => {
  const path = logOf(...sets(0, 3), record('FLUSHALL'), 'x')
  const report = await undoList(path)
  expect(short(report)).toEqual([['FLUSHALL', 3, 1]])
  expect(report.incomplete).toMatch(/offset 102/)
})

test('a snapshot has no commands', async () => {
  const {path} = fixture('redis-7.0.15/small')
  await expect(undoList(path)).rejects.toMatchObject({exit: 4, code: 'NO_LOG'})
})
