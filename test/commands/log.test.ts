/** `respite log` as a user runs it: what it lists, in text and JSON, and how it ends. */
import {spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {gzipSync} from 'node:zlib'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {record} from '../support/aof.ts'
import {bytes, type Part, utf8} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {FIXTURES, ROOT} from '../support/fixtures.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-log-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

function put(name: string, ...parts: Part[]): string {
  const path = join(folder, name)
  writeFileSync(path, bytes(...parts))
  return path
}

interface Row {
  type: string
  number: number
  record: number
  offset: number
  bytes: number
  time: string | null
  db: number
  file: string
  args: (string | {base64: string})[]
}

/** The documents of a run with --json, by what they are. */
async function documents(...args: string[]) {
  const {stdout, stderr, code} = await respite(['log', '--json', ...args])
  const all = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const commands: Row[] = all.filter(({type}) => type === 'command')
  return {code, stderr, all, commands, summary: all.at(-1)}
}

const latin1 = (arg: Row['args'][number]) =>
  typeof arg === 'string' ? Buffer.from(arg).toString('latin1') : atob(arg.base64)

const LOG = bytes(
  '#TS:1000000000\r\n',
  record('SELECT', '0'),
  record('SET', 'user:1', 'a'),
  record('MULTI'),
  record('MSET', 'user:2', 'b', 'item:1', 'c'),
  record('EXEC'),
  '#TS:1000000060\r\n',
  record('SELECT', '3'),
  record('SUNIONSTORE', 'item:all', 'user:1', 'user:2'),
  record('del', 'item:1'),
  record('COPY', 'user:9', 'user:8', 'DB', '0'),
  '#TS:1000000120\r\n',
  record('FLUSHDB'),
  record('SELECT', '0'),
  record('RENAME', 'user:2', 'user:3'),
  record('FLUSHALL'),
)

test('a line has number, offset, time, database and arguments', async () => {
  const {stdout, stderr, code} = await respite(['log', put('lines.aof', LOG)])
  expect({stderr, code}).toEqual({stderr: '', code: 0})
  const lines = stdout.split('\n')
  expect(lines[1]).toBe('       #2          @39  2001-09-09T01:46:40Z  db0  SET "user:1" "a"')
  expect(lines[7]).toMatch(/^ +#8 +@\d+ {2}2001-09-09T01:47:40Z {2}db3 {2}del "item:1"$/)
  expect(lines).toHaveLength(14)
})

test('the same is listed of a file, a gz and a pipe', async () => {
  const path = put('same.aof', LOG)
  const {stdout} = await respite(['log', path])
  const wrapped = await respite(['log', put('same.gz', gzipSync(LOG))])
  const piped = await respite(['log', '-'], {input: LOG})
  expect([wrapped.stdout, piped.stdout]).toEqual([stdout, stdout])
})

test('no raw control byte comes out, and what is long is cut', async () => {
  const evil = bytes('\x1b]0;x\x07\r\n\t"\\', [0x80, 0xff], '\u202e\u0085')
  const path = put('evil.aof', record(evil, evil, 'x'.repeat(100)))
  const text = await respite(['log', path])
  expect(text.stdout).toMatch(/^[\x20-\x7e]+\n$/)
  expect(text.stdout).toContain('"\\x1b]0;x\\a\\r\\n\\t\\"\\\\\\x80\\xff')
  expect(text.stdout).toContain(`"${'x'.repeat(64)}"... (100 bytes)`)
  const json = await respite(['log', '--json', '--max-arg', '10', path])
  expect(json.stdout).toMatch(/^[\x20-\x7e\n]+$/)
  const {args} = JSON.parse(json.stdout.split('\n')[1])
  expect(args[2]).toEqual({head: 'xxxxxxxxxx', bytes: 100})
  const whole = await documents(path)
  expect(latin1(whole.commands[0].args[1])).toBe(evil.toString('latin1'))
  expect(whole.commands[0].args[2]).toBe('x'.repeat(100))
})

test('a cut does not go through a character', async () => {
  const path = put('cut.aof', record('SET', 'k', utf8('äöü')))
  const {commands} = await documents('--max-arg', '3', path)
  expect(commands[0].args[2]).toEqual({head: 'ä', bytes: 6})
})

test('a record that is too big for memory is listed too', async () => {
  const members = Array.from({length: 5000}, (_, i) => `m${i}`)
  const path = put(
    'big.aof',
    record('SADD', 'many', ...members),
    record('SET', 'long', 'v'.repeat(3_000_000)),
    record('DEL', 'long'),
  )
  const {stdout, code} = await respite(['log', '--key', 'long', path])
  expect(code).toBe(0)
  expect(stdout).toContain(`SET "long" "${'v'.repeat(64)}"... (3,000,000 bytes)`)
  expect(stdout).toContain('#3')
  const many = await documents('--command', 'SADD', path)
  expect(many.commands[0].args).toEqual(['SADD', 'many', ...members])
})

describe('damage', () => {
  const damaged = bytes(
    record('SET', 'a', '1'),
    'garbage in the middle',
    record('SET', 'b', '1'),
    record('SET', 'c', '1'),
    record('SET', 'd', '1'),
    record('SET', 'e', '1'),
    record('SET', 'canary', 'VALUE-CANARY').subarray(0, 40),
  )

  test('is told on stderr, and the list goes on behind it', async () => {
    const {stdout, stderr, code} = await respite(['log', put('damaged.aof', damaged)])
    expect(code).toBe(1)
    expect([...stdout.matchAll(/SET "(\w)"/g)].map(([, key]) => key).join('')).toBe('abcde')
    expect(stderr).toContain('offset 27 (0x1b)')
    expect(stderr).toContain('[TRUNCATED]')
    expect(stderr).not.toContain('CANARY')
    expect(stdout).not.toContain('CANARY')
  })

  test('is in the list and in the summary of --json', async () => {
    const {all, summary, code, stderr} = await documents(put('damaged2.aof', damaged))
    expect({code, stderr}).toEqual({code: 1, stderr: ''})
    expect(all.map(({type}) => type)).toEqual([
      'file',
      'command',
      'finding',
      ...Array(4).fill('command'),
      'finding',
      undefined,
    ])
    expect(summary).toMatchObject({ok: false, exit: 1, findingCount: 2})
  })
})

test('nothing that matches is status 1, as in grep', async () => {
  const {stdout, code} = await respite(['log', '--command', 'GET', put('none.aof', LOG)])
  expect({stdout, code}).toEqual({stdout: '', code: 1})
})

test('an RDB file is refused, with what to do instead', async () => {
  const path = join(FIXTURES, 'redis-7.0.15/full.rdb')
  for (const more of [[], ['--key', 'k', '--values']]) {
    const {stdout, stderr, code} = await respite(['log', ...more, path])
    expect({stdout, code}).toEqual({stdout: '', code: 2})
    expect(stderr).toContain(`Next: respite info ${path}`)
  }
})

test.each([
  [['--since', 'yesterday'], 'Unix seconds'],
  [['--key', '"a" b"'], 'quotes'],
  [['--values'], '--key'],
])('%j is a usage error', async (flags, words) => {
  const {stderr, code} = await respite(['log', ...flags, put('usage.aof', LOG)])
  expect(code).toBe(2)
  expect(stderr).toContain(words)
})

test('--follow of a pipe is a usage error', async () => {
  expect(await respite(['log', '--follow', '-'])).toMatchObject({code: 2})
})

test('a reader that leaves ends it at once', () => {
  const set = record('SET', 'key', 'v'.repeat(200))
  const path = put('pipe.aof', Buffer.concat(Array(200_000).fill(set)))
  const run = `'${process.execPath}' '${join(ROOT, 'bin/run.js')}' log '${path}'`
  const {stdout, stderr} = spawnSync(
    'bash',
    ['--norc', '-c', `${run} | head -n 2 | cut -c1-9; echo \${PIPESTATUS[0]}`],
    {encoding: 'utf8'},
  )
  expect({stdout, stderr}).toEqual({stdout: '       #1\n       #2\n141\n', stderr: ''})
})

test('a signal ends it while nobody reads what it prints', async () => {
  const set = record('SET', 'key', 'v'.repeat(200))
  const path = put('blocked.aof', Buffer.concat(Array(200_000).fill(set)))
  const child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), 'log', path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'readable')
  child.kill('SIGINT')
  // Its output is read no further: what waits for a reader must not keep it.
  const [code] = await once(child, 'exit')
  child.stdout.destroy()
  expect(code).toBe(130)
})

test('--stats prints tables, and with --json one summary', async () => {
  const path = put('stats.aof', LOG)
  const {stdout, code} = await respite(['log', '--stats', path])
  expect(code).toBe(0)
  expect(stdout).toContain('13 commands')
  expect(stdout).toMatch(/^ {2}SELECT +3 +69 B/m)
  expect(stdout).toMatch(/^ {2}db3 +5 /m)
  expect(stdout).toMatch(/^ {2}db0 "user:1" +1 +32 B/m)
  expect(stdout).toMatch(/A rewrite would leave about 0 B in 0 keys and save about \d+ B \(100 %\)/)
  const {all, summary, commands} = await documents('--stats', path)
  expect(commands).toEqual([])
  expect(all.map(({type}) => type)).toEqual(['file', undefined])
  expect(summary).toMatchObject({ok: true, listed: 13, stats: {commands: 13, keyError: 0}})
})

test('help shows three examples', async () => {
  const {stdout, code} = await respite(['log', '--help'])
  expect(code).toBe(0)
  const [, examples] = stdout.split('EXAMPLES')
  expect(examples.match(/respite log/g)).toHaveLength(3)
})
