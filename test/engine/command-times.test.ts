/** When commands last named a key: by cases, in bases, and as a server has it. */
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {aux, bytes, entry, len, type Part, rdbFile, resp, selectDb, str} from '../support/bytes.ts'
import {at, idleTimes} from '../support/idle-times.ts'
import {RespError} from '../support/resp-client.ts'
import {serverProgram, startServer} from '../support/server.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-command-times-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

const START = 1_790_000_000

const command = (text: string): Buffer => resp(...text.split(' '))

function written(name: string, ...parts: Part[]): string {
  const path = join(folder, name)
  writeFileSync(path, bytes(...parts))
  return path
}

describe('a key is idle since the last command that named it', () => {
  const log = (...parts: string[]) =>
    bytes(...parts.map((part) => (part.startsWith('#') ? `${part}\r\n` : command(part))))

  test.each([
    ['SET and its like', ['SET a 1', '#TS:140', 'SET b 1', '#TS:200'], {'0 a': 100, '0 b': 60}],
    ['the same key again', ['SET a 1', '#TS:140', 'APPEND a 1', '#TS:200'], {'0 a': 60}],
    ['EXPIRE', ['SET a 1', '#TS:150', 'PEXPIREAT a 99999999999', '#TS:200'], {'0 a': 50}],
    ['RENAME: the new name', ['SET a 1', '#TS:150', 'RENAME a b', '#TS:200'], {'0 b': 50}],
    [
      'the old name, made again',
      ['SET a 1', 'RENAME a b', '#TS:170', 'SET a 2', '#TS:200'],
      {'0 a': 30, '0 b': 100},
    ],
    ['COPY: both names', ['SET a 1', '#TS:150', 'COPY a b', '#TS:200'], {'0 a': 50, '0 b': 50}],
    [
      'COPY into another database',
      ['SET a 1', 'SELECT 3', 'SET b 1', 'SELECT 0', '#TS:150', 'COPY a b DB 3 REPLACE', '#TS:200'],
      {'0 a': 50, '3 b': 50},
    ],
    ['MOVE', ['SET a 1', '#TS:150', 'MOVE a 3', '#TS:200'], {'3 a': 50}],
    [
      'SWAPDB: times go with the data',
      ['SET a 1', '#TS:150', 'SELECT 1', 'SET a 1', 'SWAPDB 0 1', '#TS:200'],
      {'0 a': 50, '1 a': 100},
    ],
    [
      'SWAPDB with an empty database',
      ['SET a 1', 'SWAPDB 0 5', '#TS:150', 'SET b 1', '#TS:200'],
      {'0 b': 50, '5 a': 100},
    ],
    [
      'FLUSHDB',
      ['SET a 1', 'SELECT 1', 'SET a 1', 'FLUSHDB', '#TS:150', 'SET b 1', '#TS:200'],
      {'0 a': 100, '1 b': 50},
    ],
    [
      'FLUSHALL',
      ['SET a 1', 'SELECT 1', 'SET a 1', 'FLUSHALL', '#TS:150', 'SET b 1', '#TS:200'],
      {'1 b': 50},
    ],
    ['DEL, then again', ['SET a 1', 'DEL a', '#TS:150', 'SET a 1', '#TS:200'], {'0 a': 50}],
    [
      'keys that are only read',
      ['SADD s 1', '#TS:150', 'SUNIONSTORE d s', '#TS:200'],
      {'0 s': 50, '0 d': 50},
    ],
    [
      'a transaction',
      ['SET a 1', 'MULTI', '#TS:150', 'SET a 2', 'SET b 1', 'EXEC', '#TS:200'],
      {'0 a': 50, '0 b': 50},
    ],
    [
      'a transaction that never ends',
      ['SET a 1', 'MULTI', '#TS:150', 'SET a 2', '#TS:200'],
      {'0 a': 100},
    ],
    ['a command that fails', ['SET a 1', '#TS:150', 'SADD a 1', '#TS:200'], {'0 a': 100}],
  ] as [string, string[], Record<string, number>][])('%s', (_name, parts, idle) => {
    const input = written('case.aof', log('#TS:100', ...parts))
    const expected = Object.entries(idle).map(([key, seconds]) => [key, String(seconds)])
    expect(idleTimes(input)).toEqual(Object.fromEntries(expected))
  })

  test('one that was named before the first annotation was idle at least since that', () => {
    const input = written('untold.aof', log('SET a 1', 'SET b 1', '#TS:100', 'SET b 2', '#TS:250'))
    expect(idleTimes(input)).toEqual({'0 a': '>150', '0 b': '150'})
  })

  test('a clock that goes back makes no idle time negative', () => {
    const input = written('back.aof', log('#TS:500', 'SET a 1', '#TS:200', 'SET b 1'))
    expect(idleTimes(input)).toEqual({'0 a': '0', '0 b': '0'})
  })

  test('without an annotation nobody knows', () => {
    expect(idleTimes(written('none.aof', log('SET a 1')))).toEqual({'0 a': null})
  })
})

describe('keys of the base that no command names', () => {
  const base = (...parts: Part[]) =>
    rdbFile({version: 11, body: bytes(aux('aof-base', '1'), ...parts)})
  const idle = (seconds: number, key: string) => bytes(0xf8, len(seconds), entry(0, key, str('v')))
  const plain = (key: string) => entry(0, key, str('v'))

  test('were idle at least since it was saved', () => {
    const input = written(
      'base.aof',
      base(aux('ctime', '1000'), selectDb(0), plain('a'), plain('b'), selectDb(2), plain('a')),
      ...[at(1100), command('SET b 1'), at(1250)],
    )
    expect(idleTimes(input)).toEqual({'0 a': '>250', '0 b': '150', '2 a': '>250'})
  })

  test('were idle as long as it says, and since', () => {
    const input = written(
      'base-idle.aof',
      base(
        aux('ctime', '1000'),
        selectDb(0),
        idle(70, 'a'),
        idle(3, 'b'),
        plain('c'),
        idle(5, 'd'),
      ),
      ...[at(1100), command('SELECT 0'), command('SET b 1'), command('RENAME d e'), at(1250)],
    )
    expect(idleTimes(input)).toEqual({'0 a': '320', '0 b': '150', '0 c': '>250', '0 e': '150'})
  })

  test('that is text were idle at least since it was written', () => {
    const path = join(folder, 'text-base')
    mkdirSync(path)
    const set = (key: string) => bytes(command('SELECT 0'), command(`SET ${key} v`))
    writeFileSync(join(path, 'a.aof.1.base.aof'), bytes(at(1000), set('a'), set('b')))
    writeFileSync(join(path, 'a.aof.1.incr.aof'), bytes(at(1100), set('b'), at(1250)))
    const manifest = ['base.aof seq 1 type b', 'incr.aof seq 1 type i']
    writeFileSync(
      join(path, 'a.aof.manifest'),
      manifest.map((line) => `file a.aof.1.${line}\n`).join(''),
    )
    expect(idleTimes(path)).toEqual({'0 a': '>250', '0 b': '150'})
  })

  test('of which nobody knows when it was saved: at least since the first annotation', () => {
    const input = written(
      'base-untold.aof',
      base(selectDb(0), idle(70, 'a'), plain('b')),
      ...[at(1100), command('SET c 1'), at(1250)],
    )
    expect(idleTimes(input)).toEqual({'0 a': '>150', '0 b': '>150', '0 c': '150'})
  })
})

const real = serverProgram() ? test : test.skip

real('a server touches the keys that we say a command touches', async () => {
  const cases = [
    ...['RENAME a b', 'RENAMENX a n', 'COPY a n', 'COPY a b REPLACE', 'COPY a n DB 1', 'MOVE a 1'],
    ...['PEXPIREAT a 99999999999999', 'PERSIST a', 'APPEND a x', 'SET a v KEEPTTL', 'MSET a 1 b 2'],
    ...['SUNIONSTORE d s t', 'SMOVE s t m', 'SADD s z', 'SREM s m', 'BITOP AND d a b'],
    ...['SORT s ALPHA STORE d', 'SWAPDB 0 1', 'FLUSHDB', 'GETDEL a', 'DEL a', 'SETRANGE b 0 x'],
  ]
  const server = await startServer()
  try {
    const {client} = server
    const payload = async (...words: string[]) => {
      await client.command(...words)
      return (await client.command('DUMP', words[1])) as Buffer
    }
    const string = await payload('SET', 'x', 'value')
    const keys: [string, Buffer][] = [
      ...([
        ['a', string],
        ['b', string],
      ] as [string, Buffer][]),
      ['s', await payload('SADD', 'x2', 'm', 'n')],
      ['t', await payload('SADD', 'x3', 'o')],
    ]
    const restores = keys.map(([key, value]) => ['RESTORE', key, '0', value, 'IDLETIME', '1000'])
    for (const each of cases) {
      await client.command('FLUSHALL')
      await client.command('SELECT', '0')
      for (const words of restores) await client.command(...words)
      const reply = await client.command(...each.split(' '))
      expect(reply).not.toBeInstanceOf(RespError)
      const theirs: Record<string, boolean> = {}
      for (const db of ['0', '1']) {
        await client.command('SELECT', db)
        for (const key of (await client.command('KEYS', '*')) as Buffer[]) {
          theirs[`${db} ${key}`] = Number(await client.command('OBJECT', 'IDLETIME', key)) < 500
        }
      }
      const input = written(
        'touch.aof',
        at(START),
        ...restores.map((words) => resp(...words)),
        command(each),
      )
      const ours = Object.entries(idleTimes(input)).map(([key, idle]) => [key, Number(idle) < 500])
      expect({each, keys: Object.fromEntries(ours)}).toEqual({each, keys: theirs})
    }
  } finally {
    await server.stop()
  }
})
