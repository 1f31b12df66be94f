/** `respite report` as a user runs it: text, JSON, tables, parts, damage, hostile names, interruption. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {bytes, entry, rdbFile, selectDb, str} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {FIXTURES, ROOT} from '../support/fixtures.ts'

const SMALL = join(FIXTURES, 'redis-7.0.15/small.rdb')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-report-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

/** What breaks out of text, of tables and of pages. */
const HOSTILE = [
  '</script><script>alert(1)</script>',
  '=cmd|calc',
  '\x1b[2J\x07',
  '"><img src=x onerror=alert(1)>',
  Buffer.from([0xff, 0xfe, 0x00]),
  '\u202egnp.exe',
  'a,b"c\r\nd',
]

function hostileFile(): string {
  const path = join(folder, 'hostile.rdb')
  const keys = HOSTILE.map((key) => Buffer.from(key))
  const entries = keys.map((key) => entry(0, key, str('v')))
  const nested = keys.map((key) => entry(0, bytes('p:', key, ':x'), str('v')))
  writeFileSync(path, rdbFile({version: 10, body: bytes(selectDb(0), ...entries, ...nested)}))
  return path
}

/** C0 but line ends, DEL, C1, bidi controls, what is no UTF-8. */
const UNSAFE = /(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069\ufffd]/u

describe('respite report', () => {
  test('prints what fills a file', async () => {
    const {stdout, code} = await respite(['report', SMALL])
    const lines = stdout.split('\n')
    expect(lines[0]).toBe(`${SMALL}: 19 keys, 2 with an expiry, 14.3 KiB of memory`)
    expect(lines[1]).toBe(
      '  memory as redis 7.0 with jemalloc would use it, saved 2026-11-20T16:02:34.000Z',
    )
    expect(stdout).toMatch(/^ {2}string +10 /m)
    expect(stdout).toMatch(/^ {2}"k:" +1\d /m)
    expect(code).toBe(0)
  })

  test('--json prints the report', async () => {
    const {stdout} = await respite(['report', SMALL, '--json'])
    const found = JSON.parse(stdout)
    expect(found).toMatchObject({schema: 'respite.report/1', ok: true, exit: 0, keys: 19})
    expect(found.prefixes.root.children[0]).toMatchObject({name: 'k:', isPrefix: true})
  })

  test('--csv writes a new directory of tables, and never into one', async () => {
    const dir = join(folder, 'tables')
    const {code} = await respite(['report', SMALL, '--csv', dir, '--slots', '--dedup', '-q'])
    expect(code).toBe(0)
    expect(readdirSync(dir).sort()).toEqual([
      ...['advice.csv', 'copies.csv', 'databases.csv', 'expiry.csv', 'histograms.csv'],
      ...['inputs.csv', 'prefixes.csv', 'slots.csv', 'top.csv', 'types.csv'],
    ])
    const [head, ...rows] = readFileSync(join(dir, 'databases.csv'), 'utf8').split('\r\n')
    expect(head.split(',').slice(0, 4)).toEqual(['db', 'keys', 'expires', 'elements_sum'])
    expect(rows[0]).toMatch(/^0,18,2,91,/)
    const again = await respite(['report', SMALL, '--csv', dir])
    expect([again.code, again.stdout]).toEqual([2, ''])
    expect(again.stderr).toContain('there is something already')
  })

  test('--partial writes what another run adds up', async () => {
    const part = join(folder, 'a.part')
    const made = await respite(['report', SMALL, '--partial', part, '-q'])
    expect([made.code, made.stdout]).toEqual([0, ''])
    const whole = JSON.parse((await respite(['report', SMALL, SMALL, '--json'])).stdout)
    const added = JSON.parse((await respite(['report', part, part, '--json'])).stdout)
    expect(added).toEqual(whole)
    expect(added).toMatchObject({keys: 38, shards: {inputs: 2, memorySkew: 1}})
    expect((await respite(['report', SMALL, '--partial', part])).code).toBe(2)
    expect((await respite(['report', SMALL, '--partial', part, '--force', '-q'])).code).toBe(0)
  })

  test('reports what stands before damage, then tells of it', async () => {
    const path = join(folder, 'cut.rdb')
    writeFileSync(path, readFileSync(SMALL).subarray(0, 1500))
    const {code, stdout, stderr} = await respite(['report', path])
    expect(code).toBe(1)
    expect(stdout).toMatch(/: \d+ keys,/)
    expect(stderr).toMatch(/offset 1500 \(0x5dc\).*\[TRUNCATED\]/)
    expect(stderr).toContain('Next: respite salvage')
    expect((await respite(['report', join(folder, 'none.rdb')])).code).toBe(10)
  })

  test('counts nothing of what it cannot read', async () => {
    const path = join(folder, 'junk')
    writeFileSync(path, 'no format that there is')
    const {stdout, stderr, code} = await respite(['report', path])
    expect([stdout, code]).toEqual(['', 1])
    expect(stderr).toMatch(/UNKNOWN_INPUT/)
  })

  test('reads stdin', async () => {
    const {stdout} = await respite(['report', '-', '--json'], {input: readFileSync(SMALL)})
    expect(JSON.parse(stdout).inputs[0]).toMatchObject({input: '-', keys: 19, kind: 'rdb'})
  })

  test('R19: no byte of a key reaches a terminal or a table raw', async () => {
    const path = hostileFile()
    const dir = join(folder, 'hostile')
    const {stdout, code} = await respite(['report', path, '--csv', dir, '--verbose'])
    expect(code).toBe(0)
    expect(stdout).not.toMatch(UNSAFE)
    expect(stdout).toContain('\\x1b[2J\\a')
    for (const name of readdirSync(dir)) {
      const text = readFileSync(join(dir, name), 'utf8')
      expect(text.replaceAll('\r\n', '')).not.toMatch(UNSAFE)
      expect(text).not.toMatch(/(^|,|\n)"?[=+@]/m)
    }
    const {stdout: json} = await respite(['report', path, '--json'])
    expect(json).not.toMatch(UNSAFE)
  })

  test.each([
    [['--separator', 'é'], 'printable ASCII'],
    [['--top', '0'], 'Expected an integer'],
  ])('refuses %j', async (flags, words) => {
    const {code, stderr} = await respite(['report', SMALL, ...flags])
    expect(code).toBe(2)
    expect(stderr).toContain(words)
  })

  test('ends with 130 on SIGINT, and leaves nothing', async () => {
    const program = join(ROOT, 'bin/run.js')
    const part = join(folder, 'interrupted.part')
    const args = [program, 'report', '--progress=json', '--partial', part, '-']
    const child = spawn(process.execPath, args)
    child.stdin.write(readFileSync(SMALL).subarray(0, 500))
    await once(child.stderr, 'data')
    child.kill('SIGINT')
    const [code] = await once(child, 'exit')
    expect([code, existsSync(part)]).toEqual([130, false])
  })
})
