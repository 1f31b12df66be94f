/** Where points lie in sets of files, and what is refused. */
import {cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {DEFAULT_COMMANDS} from '../../src/engine/commands/table.ts'
import {createKernel} from '../../src/formats/kernel/kernel.ts'
import {createInlineHost} from '../../src/io/inline-host.ts'
import {loadKernelModule} from '../../src/io/kernel-file.ts'
import {Inputs} from '../../src/io/open-input.ts'
import {parsePoint} from '../../src/operations/point.ts'
import {type ResolvedPoint, resolvePoint} from '../../src/operations/resolve-point.ts'
import {restoreChains} from '../../src/operations/restore-chains.ts'
import {record} from '../support/aof.ts'
import {bytes} from '../support/bytes.ts'
import {fixture} from '../support/fixtures.ts'

const kernel = createKernel(loadKernelModule())

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-point-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

const find = (input: string, point: string): ResolvedPoint =>
  resolvePoint(
    createInlineHost(kernel, new Inputs(), 1e9, 0x100000),
    restoreChains(input, null),
    parsePoint(point),
    DEFAULT_COMMANDS,
  )

function logFile(...parts: Parameters<typeof bytes>): string {
  const path = join(folder, 'log.aof')
  writeFileSync(path, bytes(...parts))
  return path
}

/** 23, 27, 15, 27, 27, 14 and 27 bytes. */
const PARTS = [
  record('SELECT', '0'),
  record('SET', 'a', '1'),
  record('MULTI'),
  record('SET', 'b', '2'),
  record('SET', 'c', '3'),
  record('EXEC'),
  record('SET', 'd', '4'),
]

describe('in a log', () => {
  test.each([
    ['before:0', {offset: 0, record: 0, transaction: null}],
    ['0', {offset: 23, record: 1, transaction: null}],
    ['23', {offset: 50, record: 2, transaction: null}],
    ['before:23', {offset: 23, record: 1, transaction: null}],
    ['before:24', {offset: 23, record: 1, transaction: null}],
    ['before:49', {offset: 23, record: 1, transaction: null}],
    ['before:50', {offset: 50, record: 2, transaction: null}],
    ['before:51', {offset: 50, record: 2, transaction: null}],
    ['50', {offset: 50, record: 2, transaction: {offset: 50, record: 3}}],
    ['before:65', {offset: 50, record: 2, transaction: {offset: 50, record: 3}}],
    ['92', {offset: 50, record: 2, transaction: {offset: 50, record: 3}}],
    ['before:125', {offset: 50, record: 2, transaction: {offset: 50, record: 3}}],
    ['119', {offset: 133, record: 6, transaction: null}],
    ['before:133', {offset: 133, record: 6, transaction: null}],
    ['133', {offset: 160, record: 7, transaction: null}],
    ['160', {offset: 160, record: 7, transaction: null}],
    ['#2', {offset: 50, record: 2, transaction: null}],
    ['#4', {offset: 50, record: 2, transaction: {offset: 50, record: 3}}],
    ['before:#7', {offset: 133, record: 6, transaction: null}],
    ['#7', {offset: 160, record: 7, transaction: null}],
    ['log.aof:#7', {offset: 160, record: 7, transaction: null}],
  ])('%s', (point, expected) => {
    const path = logFile(...PARTS)
    const name = point.startsWith('log.aof') ? point.replace('log.aof', path) : point
    expect(find(path, name)).toMatchObject({...expected, file: path, timeMs: null})
  })

  test.each([
    ['24', 2, 'no record starts at offset 24'],
    ['161', 2, 'ends at offset 160'],
    ['before:161', 2, 'ends at offset 160'],
    ['#8', 2, 'there are 7 commands'],
    ['@1714557600', 2, 'tells no times'],
    ['other.aof:5', 2, 'none of the files'],
  ])('%s is refused with %i', (point, exit, message) => {
    expect(() => find(logFile(...PARTS), point)).toThrow(
      expect.objectContaining({exit, message: expect.stringContaining(message)}),
    )
  })

  test('damage behind the point is not looked at, damage before it is told', () => {
    const path = logFile(...PARTS, 'garbage', ...PARTS)
    expect(find(path, 'before:160')).toMatchObject({offset: 160, record: 7})
    expect(find(path, '#7')).toMatchObject({offset: 160, record: 7})
    expect(() => find(path, '#8')).toThrow(expect.objectContaining({exit: 1, code: 'AOF_FRAMING'}))
  })

  test('MULTI opens a transaction in any case of letters, before a command of any length', () => {
    const path = logFile('*1\r\n$5\r\nmUlTi\r\n', record('SET', 'b', Buffer.alloc(3000000)))
    expect(find(path, '#2')).toMatchObject({offset: 0, record: 0})
  })
})

describe('by time', () => {
  const ts = (seconds: number) => `#TS:${seconds}\r\n`
  const LOG = [ts(100), PARTS[0], PARTS[1], ts(200), ...PARTS.slice(2, 6), ts(300), PARTS[6]]

  test.each([
    ['@99', {offset: 0, record: 0, timeMs: null}],
    ['@100', {offset: 59, record: 2, timeMs: 100000}],
    ['1970-01-01T00:03:19.999Z', {offset: 59, record: 2, timeMs: 100000}],
    ['@200', {offset: 151, record: 6, timeMs: 200000}],
    ['@299', {offset: 151, record: 6, timeMs: 200000}],
    ['@300', {offset: 187, record: 7, timeMs: 300000}],
    ['@999', {offset: 187, record: 7, timeMs: 300000}],
  ])('%s', (point, expected) => {
    expect(find(logFile(...LOG), point)).toMatchObject({...expected, transaction: null})
  })

  test('what follows a clock that was set back is later', () => {
    const path = logFile(ts(300), PARTS[0], ts(100), PARTS[1], ts(400), PARTS[6])
    expect(find(path, '@200')).toMatchObject({offset: 0, record: 0})
    expect(find(path, '@399')).toMatchObject({record: 2, timeMs: 100000})
  })

  test('commands before the first time belong to no time', () => {
    const path = logFile(PARTS[0], ts(100), PARTS[1])
    expect(() => find(path, '@99')).toThrow(expect.objectContaining({exit: 4, code: 'POINT_TIME'}))
    expect(find(path, '@100')).toMatchObject({record: 2})
  })
})

describe('in a set', () => {
  const MULTI = fixture('redis-7.0.15/aof-small-multi').path
  const HISTORY = fixture('redis-7.0.15/aof-small-history').path
  const name = (seq: number, kind = 'incr.aof') => `appendonlydir/appendonly.aof.${seq}.${kind}`

  test('an offset needs a file where there are several logs', () => {
    expect(() => find(MULTI, '0')).toThrow(
      expect.objectContaining({exit: 2, next: expect.stringContaining('incr.aof:0 or')}),
    )
    const {files, ...at} = find(MULTI, 'appendonly.aof.3.incr.aof:0')
    expect(at).toMatchObject({file: name(3), fileRecord: 1})
    expect(files.map((file) => file.name)).toEqual([name(2, 'base.rdb'), name(2), name(3)])
  })

  test('commands are counted over all files, or in one', () => {
    const second = find(MULTI, `${name(3)}:#1`)
    expect(find(MULTI, `#${second.record}`)).toEqual(second)
    expect(find(MULTI, `before:#${second.record}`)).toMatchObject({file: name(2)})
    expect(find(MULTI, 'before:#1')).toMatchObject({file: name(2, 'base.rdb'), record: 0})
  })

  test('a snapshot holds one moment', () => {
    for (const at of ['appendonly.aof.2.base.rdb:0', 'before:appendonly.aof.2.base.rdb:9']) {
      expect(() => find(MULTI, at)).toThrow(
        expect.objectContaining({exit: 4, code: 'POINT_IN_SNAPSHOT'}),
      )
    }
    const asCommands = fixture('redis-7.0.15/aof-small-ts-aofbase').path
    for (const at of ['#3', '@5', 'appendonly.aof.2.base.aof:0']) {
      expect(() => find(asCommands, at)).toThrow(
        expect.objectContaining({exit: 4, code: 'POINT_IN_SNAPSHOT'}),
      )
    }
  })

  test('history files are an older base and the logs behind it', () => {
    const {files} = find(HISTORY, `${name(2)}:0`)
    expect(files.map((file) => file.name)).toEqual([name(2, 'base.rdb'), name(2)])
    expect(find(HISTORY, `${name(1)}:0`).files.map((file) => file.name)).toEqual([
      name(1, 'base.rdb'),
      name(1),
    ])
    expect(find(HISTORY, `${name(3)}:0`).files[0].name).toBe(name(3, 'base.rdb'))
  })

  test('a time before the base is looked for in the history', () => {
    const path = join(folder, 'history')
    cpSync(HISTORY, path, {recursive: true})
    const madeAt = setCreated(join(path, name(3, 'base.rdb')), 10)
    for (const seq of [2, 3]) {
      const log = join(path, name(seq))
      writeFileSync(log, bytes(`#TS:${madeAt + seq - 3}\r\n`, readFileSync(log)))
    }
    expect(find(path, `@${madeAt}`).files[0].name).toBe(name(3, 'base.rdb'))
    const at = find(path, `@${madeAt - 1}`)
    expect(at.files.map((file) => file.name)).toEqual([name(2, 'base.rdb'), name(2), name(3)])
    expect(at).toMatchObject({file: name(3), offset: 0, timeMs: (madeAt - 1) * 1000})
    expect(() => find(path, '@1000')).toThrow(
      expect.objectContaining({exit: 4, message: expect.stringContaining('3.base.rdb')}),
    )
  })
})

/** Let a base be made so many seconds later. Its checksum is not looked at. */
function setCreated(path: string, seconds: number): number {
  const file = readFileSync(path)
  // The name, the byte for a 32-bit integer, the integer.
  const at = file.indexOf('ctime') + 6
  const madeAt = file.readUInt32LE(at) + seconds
  file.writeUInt32LE(madeAt, at)
  writeFileSync(path, file)
  return madeAt
}
