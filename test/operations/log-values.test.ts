/** The life of a key, against truths made by hand and against a server. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {record} from '../support/aof.ts'
import {bytes, entry, type Part, rdbFile, selectDb, str} from '../support/bytes.ts'
import {latin1Of, listLog} from '../support/log.ts'
import {serverProgram, startServer} from '../support/server.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-values-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

function put(name: string, ...parts: Part[]): string {
  const path = join(folder, name)
  writeFileSync(path, bytes(...parts))
  return path
}

const key = (name: string) => Buffer.from(name)

/** The lines that begin with a database, without it: `(none) -> string "1"`. */
function changes(path: string, name: string): string[] {
  const {text} = listLog(path, {key: key(name), values: true, maxArg: 64})
  return [...text.matchAll(/^ +(db\d+: .*)$/gm)].map(([, line]) => line)
}

test('every command has the value before and after it', () => {
  const path = put(
    'life.aof',
    record('SET', 'k', '1'),
    record('INCR', 'k'),
    record('SET', 'other', 'x'),
    record('PEXPIREAT', 'k', '4102444800000'),
    record('APPEND', 'k', [0x1b, 0xff]),
    record('LPUSH', 'k', 'fails'),
    record('RENAME', 'k', 'j'),
    record('ZADD', 'k', '1.5', 'm', '-inf', 'n'),
    record('DEL', 'k'),
    record('HSET', 'k', 'f', 'v'),
    record('XADD', 's', '1-1', 'f', 'v'),
    record('COPY', 's', 'k', 'REPLACE'),
    record('FLUSHALL'),
  )
  const stream = 'stream of 1 entry, last 1-1, 0 groups'
  const expiring = 'string "2" (expires 2100-01-01T00:00:00Z)'
  const appended = 'string "2\\x1b\\xff" (expires 2100-01-01T00:00:00Z)'
  const zset = 'zset of 2 elements {"n": -inf, "m": 1.5}'
  const hash = 'hash of 1 element {"f": "v"}'
  expect(changes(path, 'k')).toEqual([
    'db0: (none) -> string "1"',
    'db0: string "1" -> string "2"',
    `db0: string "2" -> ${expiring}`,
    `db0: ${expiring} -> ${appended}`,
    `db0: ${appended} -> ${appended}`,
    `db0: ${appended} -> (none)`,
    `db0: (none) -> ${zset}`,
    `db0: ${zset} -> (none)`,
    `db0: (none) -> ${hash}`,
    `db0: ${hash} -> ${stream}`,
    `db0: ${stream} -> (none)`,
  ])
})

test('other databases are shown where the command reaches them', () => {
  const path = put(
    'databases.aof',
    record('SET', 'k', 'a'),
    record('MOVE', 'k', '2'),
    record('SELECT', '2'),
    record('COPY', 'k', 'k', 'DB', '5'),
    record('SWAPDB', '2', '3'),
    record('FLUSHDB'),
    record('SELECT', '5'),
    record('FLUSHDB'),
  )
  expect(changes(path, 'k')).toEqual([
    'db0: (none) -> string "a"',
    'db0: string "a" -> (none)',
    'db2: (none) -> string "a"',
    'db2: string "a" -> string "a"',
    'db5: (none) -> string "a"',
    'db2: string "a" -> (none)',
    'db3: (none) -> string "a"',
    'db5: string "a" -> (none)',
  ])
})

test('a transaction shows its commands where they stand, in the order of their effects', () => {
  const path = put(
    'multi.aof',
    record('MULTI'),
    record('SET', 'k', '1'),
    record('SET', 'x', '1'),
    record('INCR', 'k'),
    record('EXEC'),
  )
  const {rows} = listLog(path, {key: key('k'), values: true})
  expect(rows.map(({number, offset, bytes: size}) => [number, offset, size])).toEqual([
    [2, 15, 27],
    [4, 69, 21],
  ])
  expect(rows.map(({args}) => args.map(latin1Of).join(' '))).toEqual(['SET k 1', 'INCR k'])
})

test('it begins with what the base holds', () => {
  const base = rdbFile({version: 10, body: bytes(selectDb(0), entry(0, 'k', str('old')))})
  const path = put('preamble.aof', base, record('SET', 'k', 'new'))
  const {text, files} = listLog(path, {key: key('k'), values: true})
  expect(files).toMatchObject([{baseKeys: 1}])
  expect(text).toMatch(/db0: string "old"\n/)
  expect(text).toMatch(/db0: string "old" -> string "new"\n/)
})

test('a script in the log is where it ends', () => {
  const path = put('script.aof', record('SET', 'k', '1'), record('EVAL', 'x', '1', 'k'))
  const {rows, findings} = listLog(path, {key: key('k'), values: true})
  expect(rows).toHaveLength(1)
  expect(findings).toMatchObject([{code: 'UNSUPPORTED', offset: 27}])
})

test('what is long is cut, and says how much there is', () => {
  const members = Array.from({length: 20}, (_, i) => `m${i}`)
  const path = put('long.aof', record('RPUSH', 'k', ...members), record('SET', 'k', 'v'.repeat(99)))
  const list = 'list of 20 elements ["m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", ...]'
  expect(changes(path, 'k')).toEqual([
    `db0: (none) -> ${list}`,
    `db0: ${list} -> string "${'v'.repeat(64)}"... (99 bytes)`,
  ])
})

const live = serverProgram() ? describe : describe.skip

live('compared with a server', () => {
  test('every value is what GET says after the command', async () => {
    const server = await startServer({args: ['--appendonly', 'yes', '--save', '']})
    const lines = [
      'SET k 10',
      'INCRBY k 5',
      'SET other 1',
      'APPEND k x',
      'SETRANGE k 5 yy',
      'EXPIRE k 1000',
      'GETDEL k',
      'SET k v EX 100 NX',
      'PERSIST k',
      'RENAME other k',
      'INCRBYFLOAT k 0.5',
      'SETBIT k 0 1',
      'COPY k other',
      'FLUSHDB',
      'MSET k a other b',
    ]
    const truth: (string | null)[] = []
    try {
      for (const line of lines) {
        await server.client.command(...line.split(' '))
        if (/^(SET other|COPY)/.test(line)) continue
        const value = (await server.client.command('GET', 'k')) as Buffer | null
        truth.push(value === null ? null : value.toString('latin1'))
      }
      await server.client.command('DEL', 'k')
      truth.push(null)
      const {rows} = listLog(server.dir, {key: key('k'), values: true})
      const ours = rows
        .filter(({args}) => latin1Of(args[0]) !== 'COPY')
        .map(({after = []}) => (after.length === 0 ? null : latin1Of(after[0].items[0])))
      expect(ours).toEqual(truth)
    } finally {
      await server.stop()
    }
  })
})
