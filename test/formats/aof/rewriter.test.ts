import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {AofRewriter, type AofRewriterOptions} from '../../../src/formats/aof/rewriter.ts'
import {writeRecord, writeTimestamp} from '../../../src/formats/aof/writer.ts'
import {UnsupportedByTarget} from '../../../src/formats/rdb/features.ts'
import {RdbType} from '../../../src/formats/rdb/types.ts'
import {bytes, type Part, resp} from '../../support/bytes.ts'
import {FIXTURES} from '../../support/fixtures.ts'
import {RespReader} from '../../support/resp-records.ts'
import * as visits from '../../support/visits.ts'
import {MemorySink, rewriteAof} from '../../support/write-rdb.ts'

const redis = (version: number): AofRewriterOptions => ({dialect: 'redis', version})

function commandsOf(
  options: AofRewriterOptions,
  visit: visits.Visit,
  expiresAtMs: number | null = null,
): Buffer {
  const sink = new MemorySink(false)
  const rewriter = new AofRewriter(sink, options)
  visit(rewriter.beginEntry({memory: bytes('?k'), keyStart: 1, keyEnd: 2, expiresAtMs}))
  return sink.bytes()
}

const records = (...commands: readonly (readonly Part[])[]): string =>
  bytes(...commands.map((args) => resp(...args))).toString('latin1')

const text = (buffer: Buffer): string => buffer.toString('latin1')
const numbered = (count: number) => Array.from({length: count}, (_, i) => `m${i}`)
const id = visits.streamId

describe('records', () => {
  test('hold any bytes', () => {
    const sink = new MemorySink(false)
    writeRecord(sink, ['SET', bytes('a\r\n', 0, 255), ''])
    expect(sink.bytes()).toEqual(bytes('*3\r\n$3\r\nSET\r\n$5\r\na\r\n', 0, 255, '\r\n$0\r\n\r\n'))
  })

  test('may be dated', () => {
    const sink = new MemorySink(false)
    writeTimestamp(sink, 1700000000)
    expect(text(sink.bytes())).toBe('#TS:1700000000\r\n')
  })
})

describe('values as commands', () => {
  test('a string, with its expiry', () => {
    expect(text(commandsOf(redis(10), visits.string('a', 'b'), 5000))).toBe(
      records(['SET', 'k', 'ab'], ['PEXPIREAT', 'k', '5000']),
    )
    expect(text(commandsOf(redis(10), visits.string()))).toBe(records(['SET', 'k', '']))
  })

  test('a long string goes in parts', () => {
    const piece = Buffer.alloc(1 << 24, 'x')
    const commands = commandsOf(redis(10), visits.string(piece, piece, piece, piece), 1)
    const names = [...new RespReader(commands).names()]
    expect(names).toEqual(['SET', 'APPEND', 'PEXPIREAT'])
  })

  test.each([
    ['RPUSH', visits.list(numbered(130)), numbered(130)],
    ['SADD', visits.set(numbered(130)), numbered(130)],
  ] as const)('64 items go into one %s', (command, visit, members) => {
    expect(text(commandsOf(redis(10), visit))).toBe(
      records(
        [command, 'k', ...members.slice(0, 64)],
        [command, 'k', ...members.slice(64, 128)],
        [command, 'k', ...members.slice(128)],
      ),
    )
  })

  test('scores are written as the target prints them', () => {
    const visit = visits.zset([
      ['a', 0.1],
      ['b', Number.NEGATIVE_INFINITY],
      ['c', 1e20],
    ])
    expect(text(commandsOf(redis(10), visit))).toBe(
      records(['ZADD', 'k', '0.10000000000000001', 'a', '-inf', 'b', '1e+20', 'c']),
    )
    expect(text(commandsOf(redis(11), visit))).toBe(
      records(['ZADD', 'k', '0.1', 'a', '-inf', 'b', '1e+20', 'c']),
    )
  })

  const expiring = visits.hash(
    [
      ['a', '1'],
      ['b', '2', 7000],
      ['c', '3'],
    ],
    RdbType.HASH_2,
  )

  test('fields that expire', () => {
    expect(text(commandsOf(redis(12), expiring))).toBe(
      records(
        ['HMSET', 'k', 'a', '1'],
        ['HMSET', 'k', 'b', '2'],
        ['HPEXPIREAT', 'k', '7000', 'FIELDS', '1', 'b'],
        ['HMSET', 'k', 'c', '3'],
      ),
    )
    expect(text(commandsOf({dialect: 'valkey', version: 80}, expiring))).toBe(
      records(
        ['HMSET', 'k', 'a', '1'],
        ['HSETEX', 'k', 'PXAT', '7000', 'FIELDS', '1', 'b', '2'],
        ['HMSET', 'k', 'c', '3'],
      ),
    )
  })

  test('a stream', () => {
    const visit = visits.stream({
      entries: [[id(5, 1), ['f', 'v', 'g', 'w']]],
      lastId: id(9, 0),
      maxDeletedId: id(8, 0),
      entriesAdded: 4n,
      groups: [
        {
          name: 'g',
          lastId: id(5, 1),
          entriesRead: 3n,
          pending: [[id(5, 1), 1234n, 2n]],
          consumers: [{name: 'idle'}, {name: 'busy', owned: [id(5, 1)]}],
        },
        {name: 'h', lastId: id(0, 0)},
      ],
    })
    expect(text(commandsOf(redis(10), visit))).toBe(
      records(
        ['XADD', 'k', '5-1', 'f', 'v', 'g', 'w'],
        ['XSETID', 'k', '9-0', 'ENTRIESADDED', '4', 'MAXDELETEDID', '8-0'],
        ['XGROUP', 'CREATE', 'k', 'g', '5-1', 'ENTRIESREAD', '3'],
        ['XGROUP', 'CREATECONSUMER', 'k', 'g', 'idle'],
        [
          'XCLAIM',
          'k',
          'g',
          'busy',
          '0',
          '5-1',
          'TIME',
          '1234',
          'RETRYCOUNT',
          '2',
          'JUSTID',
          'FORCE',
        ],
        ['XGROUP', 'CREATE', 'k', 'h', '0-0', 'ENTRIESREAD', '-1'],
      ),
    )
  })

  test('an empty stream', () => {
    const visit = visits.stream({entries: [], lastId: id(9, 0)})
    expect(text(commandsOf(redis(9), visit))).toBe(
      records(['XADD', 'k', 'MAXLEN', '0', '0-1', 'x', 'y'], ['XSETID', 'k', '9-0']),
    )
  })

  test('an empty collection gives no command, not even its expiry', () => {
    for (const empty of [visits.list([]), visits.set([]), visits.zset([]), visits.hash([])]) {
      expect(commandsOf(redis(10), empty, 5000).length).toBe(0)
    }
  })

  test.each([
    ['module-commands', redis(12), visits.module(1n, [])],
    ['streams', redis(8), visits.stream({entries: []})],
    ['hash-field-ttl', redis(11), expiring],
    [
      'stream-idmp-commands',
      redis(13),
      visits.stream({type: RdbType.STREAM_LISTPACKS_4, entries: [], iidsAdded: 1n}),
    ],
  ] as const)('what has no command is refused: %s', (feature, options, visit) => {
    expect(() => commandsOf(options, visit)).toThrow(UnsupportedByTarget)
    expect(() => commandsOf(options, visit)).toThrow(expect.objectContaining({feature, exit: 20}))
  })
})

describe('a whole dataset', () => {
  const folder = join(FIXTURES, 'redis-7.0.15')
  const file = (path: string) => readFileSync(join(folder, path))

  test('gives the commands that Redis 7.0 itself wrote for it', () => {
    const base = file('aof-full-rdbbase/appendonlydir/appendonly.aof.2.base.rdb')
    const ours = byKey(rewriteAof(base, redis(10)))
    const theirs = byKey(file('aof-full-aofbase/appendonlydir/appendonly.aof.2.base.aof'))
    expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort())
    for (const [key, commands] of theirs) expect([key, ours.get(key)]).toEqual([key, commands])
    console.log(`${ours.size} keys and libraries with the same commands as redis-server 7.0.15`)
  })
})

/** Commands by database and key; members of unordered values sorted, times of deliveries left out. */
function byKey(commands: Buffer): Map<string, unknown[]> {
  const keys = new Map<string, unknown[]>()
  let db = '0'
  for (const args of new RespReader(commands).records()) {
    const [command] = args
    if (command === 'SELECT') {
      db = args[1]
      continue
    }
    const key = `${db} ${command === 'XGROUP' || command === 'FUNCTION' ? args[2] : args[1]}`
    const list = keys.get(key) ?? []
    keys.set(key, list)
    list.push(comparable(args))
  }
  for (const list of keys.values()) mergeUnordered(list)
  return keys
}

function comparable(args: string[]): unknown {
  const time = args.indexOf('TIME')
  return args.map((arg, i) => (time > 0 && i === time + 1 ? 'ms' : arg))
}

/** The batches of a set or hash hold the same items in another order. */
function mergeUnordered(list: unknown[]): void {
  const batches = list as string[][]
  const [command] = batches[0]
  if (!['SADD', 'HMSET', 'ZADD'].includes(command)) return
  const same = batches.filter((args) => args[0] === command)
  const width = command === 'SADD' ? 1 : 2
  const items = same.flatMap((args) =>
    Array.from({length: (args.length - 2) / width}, (_, i) =>
      args.slice(2 + i * width, 2 + (i + 1) * width).join('\0'),
    ),
  )
  const sizes = same.map((args) => args.length)
  list.splice(0, same.length, [command, sizes, items.sort()])
}
