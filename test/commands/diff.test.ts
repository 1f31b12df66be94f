/** `respite diff` as users run it. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {gzipSync} from 'node:zlib'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {record} from '../support/aof.ts'
import {bytes, entry, rdbFile, selectDb, str} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {ROOT} from '../support/fixtures.ts'
import {type RunningServer, serverProgram, startServer} from '../support/server.ts'

const root = mkdtempSync(join(tmpdir(), 'respite-diff-cli-'))
const temporaries = join(root, 'tmp')
mkdirSync(temporaries)
afterAll(() => rmSync(root, {recursive: true}))

function file(name: string, content: Uint8Array): string {
  writeFileSync(join(root, name), content)
  return name
}

const string = (key: string, value: string) => entry(0, key, str(value))
const snapshot = (...body: Uint8Array[]) =>
  rdbFile({version: 10, body: bytes(selectDb(0), ...body)})

const BEFORE = snapshot(string('gone', 'x'), string('same', '1'), string('other', 'old \x1b[2J'))
const AFTER = snapshot(string('same', '1'), string('other', 'new'), string('more', 'y'))
file('a.rdb', BEFORE)
file('b.rdb', AFTER)
file('a.aof', bytes(record('SELECT', '0'), record('HSET', 'h', 'f', '1', 'g', '2')))
file('b.aof', bytes(record('SELECT', '0'), record('HSET', 'h', 'f', '3', 'g', '2')))

const run = (args: readonly string[], input?: Uint8Array) =>
  respite(['diff', ...args], {cwd: root, input, env: {TMPDIR: temporaries}})

test('lists what differs, then what it comes to', async () => {
  const {stdout, code} = await run(['a.rdb', 'b.rdb'])
  expect(code).toBe(1)
  expect(stdout).toBe(
    [
      '- db0 "gone"  string "x"',
      '~ db0 "other"  string "old \\x1b[2J" -> string "new"',
      '+ db0 "more"  string "y"',
      '',
      'a.rdb and b.rdb: different: 1 key only in the first, 1 key only in the second, 1 key changed',
      '  first    rdb, 3 keys',
      '  second   rdb, 3 keys',
      '  changed  1 in value, 0 in expiry',
      '  db  first  second  -  +  ~',
      '   0      3       3  1  1  1',
      '',
    ].join('\n'),
  )
})

test('what is equal says so and exits with 0, silently with -q', async () => {
  expect(await run(['a.rdb', 'a.rdb'])).toMatchObject({
    code: 0,
    stdout: 'a.rdb and a.rdb: equal, 3 keys\n  first   rdb, 3 keys\n  second  rdb, 3 keys\n',
  })
  expect(await run(['-q', 'a.rdb', 'a.rdb'])).toMatchObject({code: 0, stdout: '', stderr: ''})
  expect(await run(['-q', 'a.rdb', 'b.rdb'])).toMatchObject({code: 1, stdout: '', stderr: ''})
})

test('shows elements, or keys, or sums', async () => {
  const first = async (...args: string[]) =>
    (await run(['a.aof', 'b.aof', ...args])).stdout.split('\n\n')[0]
  expect(await first()).toBe(
    '~ db0 "h"  hash of 2 elements: 1 changed\n    ~ field "f"  "1" -> "3"',
  )
  expect(await first('--max-elements', '0')).toBe(
    '~ db0 "h"  hash of 2 elements: 1 changed\n    and 1 more element',
  )
  expect(await first('--show', 'keys')).toMatch(/^~ db0 "h" {2}hash of 2 elements \{.*\} -> hash/)
  expect(await first('--show', 'summary')).toMatch(/^a\.aof and b\.aof: different: 1 key changed/)
})

test('as JSON it is one record per line, the last of them the sum', async () => {
  const {stdout, code} = await run(['--json', 'a.aof', 'b.aof'])
  const records = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(code).toBe(1)
  expect(records.map(({type, schema}) => type ?? schema)).toEqual([
    'key',
    'element',
    'respite.diff/1',
  ])
  expect(records[1]).toMatchObject({part: 'field', name: ['f'], a: ['1'], b: ['3']})
  expect(records[2]).toMatchObject({ok: false, exit: 1, verdict: 'different', changed: 1})
})

test('one side may come from a pipe, wrapped, and nothing of it stays behind', async () => {
  const {stdout, code} = await run(['-', 'b.rdb', '--show', 'summary'], gzipSync(BEFORE))
  expect(code).toBe(1)
  expect(stdout).toMatch(/^- and b\.rdb: different: 1 key only in the first/)
  expect(readdirSync(temporaries)).toEqual([])
})

test('damage is told with its offset, and never called equal', async () => {
  file('cut.rdb', BEFORE.subarray(0, 30))
  for (const [a, b] of [
    ['cut.rdb', 'b.rdb'],
    ['b.rdb', 'cut.rdb'],
  ]) {
    const {stdout, code} = await run([a, b])
    expect(code).toBe(1)
    expect(stdout).toContain(`${a} and ${b}: NOT COMPARED\n`)
    expect(stdout).toContain('cut.rdb: offset 30 (0x1e)')
  }
  const piped = await run(['b.rdb', '-'], BEFORE.subarray(0, 30))
  expect(piped.stdout).toContain('\n-: offset 30 (0x1e)')
  expect(await run(['b.rdb', 'none.rdb'])).toMatchObject({code: 10})
})

test.each([
  [['a.rdb'], 'Missing 1 required arg'],
  [['-', '-'], 'stdin is one input'],
  [['a.rdb', 'b.rdb', '--ignore', 'color'], '--ignore color: there are ttl'],
  [['a.rdb', 'b.rdb', '--ttl-tolerance', 'soon'], 'soon is no span of time'],
  [['a.rdb', 'b.rdb', '--force'], '--patch'],
  [['a.rdb', 'b.rdb', '--patch', 'a.rdb'], 'there is a file already'],
])('%j is refused', async (args, message) => {
  const {code, stderr} = await run(args)
  expect(code).toBe(2)
  expect(stderr).toContain(message)
})

describe('a patch', () => {
  test('is written, proved, and turns one into the other', async () => {
    const {stdout, code} = await run(['a.rdb', 'b.rdb', '--patch', 'ab.resp'])
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /\n {2}patch {4}ab\.resp, \d+ B\n {2}proved {3}2 keys, full digest [0-9a-f]{40}\n/,
    )
    const patch = readFileSync(join(root, 'ab.resp'))
    const expected = [
      ['SELECT', '0'],
      ['DEL', 'gone'],
      ['SET', 'other', 'new'],
      ['SET', 'more', 'y'],
    ]
    expect(patch).toEqual(bytes(...expected.map((words) => record(...words))))
    expect(readdirSync(temporaries)).toEqual([])
  })

  test('alone goes to stdout', async () => {
    const {stdout, stderr} = await run(['a.aof', 'b.aof', '--patch', '-'])
    expect(stdout).toBe(bytes(record('SELECT', '0'), record('HSET', 'h', 'f', '3')).toString())
    expect(stderr).toContain('a.aof and b.aof: different')
  })
})

const withServer = serverProgram() ? describe : describe.skip

withServer('a live server', () => {
  let server: RunningServer
  let url: string

  beforeAll(async () => {
    server = await startServer({files: {'dump.rdb': BEFORE}})
    url = `redis://127.0.0.1:${server.port}`
  })
  afterAll(() => server.stop())

  test('is compared as it is, and becomes the other by the patch', async () => {
    expect(await run(['a.rdb', url, '--show', 'summary'])).toMatchObject({code: 0})
    const {client} = server
    await client.command('SET', 'other', 'changed since')
    await client.command('HSET', 'h', 'f', 'v')
    const {stdout, code} = await run([url, 'a.rdb', '--patch', 'live.resp'])
    expect(code).toBe(1)
    expect(stdout).toContain('- db0 "h"  hash of 1 element {"f": "v"}\n')
    expect(stdout).toContain('~ db0 "other"  string "changed since" -> string "old \\x1b[2J"\n')
    for (const words of [
      ['DEL', 'h'],
      ['SET', 'other', 'old \x1b[2J'],
    ]) {
      expect(readFileSync(join(root, 'live.resp')).includes(record(...words))).toBe(true)
      await client.command(...words)
    }
    expect(await run(['a.rdb', url, '--show', 'summary'])).toMatchObject({code: 0})
    expect(readdirSync(temporaries)).toEqual([])
  })
})

test('SIGINT takes away what was kept of a pipe', async () => {
  const args = [join(ROOT, 'bin/run.js'), 'diff', '-', 'b.rdb', '--patch', 'never.resp']
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: {PATH: process.env.PATH, TMPDIR: temporaries},
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.stdin.write(BEFORE.subarray(0, 40))
  while (readdirSync(temporaries).length === 0) await new Promise((r) => setTimeout(r, 20))
  child.kill('SIGINT')
  const [code] = await once(child, 'exit')
  expect(code).toBe(130)
  expect(readdirSync(temporaries)).toEqual([])
  expect(existsSync(join(root, 'never.resp'))).toBe(false)
  expect(readdirSync(root).filter((name) => name.includes('.tmp-'))).toEqual([])
})
