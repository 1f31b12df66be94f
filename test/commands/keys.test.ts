/** `respite keys` as a user runs it: rows in every format, orders, counts, damage, interruption. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {respite} from '../support/cli.ts'
import {FIXTURES, fixture, ROOT, truthRows} from '../support/fixtures.ts'

const SMALL = join(FIXTURES, 'redis-7.0.15/small.rdb')
const FULL = fixture('redis-7.0.15/full')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-keys-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

interface KeyDocument {
  db: number
  key: string | {base64: string}
  type: string
  encoding: string
  memory: number
  expiry: string | null
  [column: string]: unknown
}

async function documents(...args: string[]) {
  const {stdout, stderr, code} = await respite(['keys', '--json', ...args])
  const all = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  return {code, stderr, rows: all.slice(0, -1) as KeyDocument[], summary: all.at(-1)}
}

const base64 = (key: KeyDocument['key']): string =>
  typeof key === 'string' ? Buffer.from(key).toString('base64') : key.base64

describe('respite keys', () => {
  test.each(['redis-7.0.15/full', 'redis-8.0.6/small', 'valkey-9.1.2/small-lfu'])(
    'lists every key of %s with type, expiry and frequency as the server had them',
    async (name) => {
      const truth = truthRows(fixture(name))
      const {rows, code} = await documents(fixture(name).path)
      const found = rows.map(({db, key, type, expiry, freq}) => ({
        db,
        key: base64(key),
        type,
        expiry,
        freq,
      }))
      const expected = truth.map(({db, key, type, expireAtMs, freq}) => ({
        db,
        key,
        type: type === 'vectorset' ? 'module' : type,
        expiry:
          expireAtMs === null ? null : new Date(expireAtMs).toISOString().replace('.000Z', 'Z'),
        freq: freq ?? null,
      }))
      const order = (a: {db: number; key: string}, b: {db: number; key: string}) =>
        a.db - b.db || (a.key < b.key ? -1 : 1)
      expect(found.sort(order)).toEqual(expected.sort(order))
      expect(code).toBe(0)
    },
  )

  test('counts what an append-only set comes to, and keys of it have no place in a file', async () => {
    const set = fixture('redis-7.0.15/aof-small-multi')
    const {rows, summary} = await documents(set.path)
    expect(rows).toHaveLength(set.entry.keys)
    expect(summary).toMatchObject({keys: set.entry.keys, kind: 'aof-set'})
    expect(rows[0]).toMatchObject({offset: null, size: null})
  })

  test('gives the offset and size of each record', async () => {
    const {rows} = await documents(SMALL, '--match', 'k:str')
    expect(rows).toEqual([
      {
        ...{db: 0, key: 'k:str', type: 'string', encoding: 'embstr', elements: 1},
        ...{size: 13, memory: 64, expiry: null, idle: null, freq: null, offset: 346},
      },
    ])
    expect(readFileSync(SMALL).subarray(346, 359).toString()).toBe('\x00\x05k:str\x05hello')
  })

  test.each(['memory', 'elements', 'size'] as const)(
    'puts the largest first by %s',
    async (column) => {
      const {rows} = await documents(FULL.path, '--sort', column, '--limit', '20')
      const all = await documents(FULL.path)
      const values = all.rows.map((row) => row[column] as number).sort((a, b) => b - a)
      expect(rows.map((row) => row[column])).toEqual(values.slice(0, 20))
    },
  )

  test('puts the soonest expiry first, and keys by their bytes', async () => {
    const {rows} = await documents(SMALL, '--sort', 'expiry', '--limit', '2')
    expect(rows.map(({key}) => key)).toEqual(['k:set', 'k:ttl'])
    const byKey = await documents(SMALL, '--sort', 'key', '--limit', '3')
    expect(byKey.rows.map(({key}) => key)).toEqual(['42', 'k:bighash', 'k:bigset'])
  })

  test('prints a table, says how many rows were left out, and pads no key', async () => {
    const {stdout, stderr} = await respite(['keys', SMALL, '--limit', '2'])
    expect(stdout.split('\n')).toEqual([
      ' db  type    encoding     elements        size      memory  expiry                    key',
      '  0  string  raw                 1        22 B       240 B  -                         "k:lzf"',
      '  0  string  embstr              1        13 B        64 B  -                         "k:str"',
      '',
    ])
    expect(stderr).toBe('The first 2 of 19 keys: --limit 19 for all.\n')
  })

  test('prints CSV and templates', async () => {
    const csv = await respite([
      'keys',
      SMALL,
      '--format',
      'csv',
      '--columns',
      'key,slot',
      '--limit',
      '1',
    ])
    expect(csv.stdout).toBe('key,slot\nk:lzf,13465\n')
    const template = await respite([
      'keys',
      SMALL,
      '--db',
      '3',
      '--template',
      'UNLINK {key}\\t{type}',
    ])
    expect(template.stdout).toBe('UNLINK "other-db"\tstring\n')
  })

  test('counts by database and type', async () => {
    const {stdout} = await respite(['keys', SMALL, '--count', '--bytes'])
    expect(stdout).toContain('19 keys, 2 with an expiry\n')
    expect(stdout).toMatch(/^ {3}0 {4}18 {2}2351$/m)
    expect(stdout).toMatch(/^ {2}hash {7}2 {3}252$/m)
  })

  test('reads stdin, and estimates by the server that wrote it', async () => {
    const {stdout} = await respite(['keys', '-', '--json'], {input: readFileSync(SMALL)})
    const summary = JSON.parse(stdout.trimEnd().split('\n').at(-1)!)
    expect(summary).toMatchObject({
      keys: 19,
      memoryOf: {server: 'redis 7.0', allocator: 'jemalloc'},
    })
  })

  test('ends with 1 where no key matches, and says so', async () => {
    const {code, stderr} = await respite(['keys', SMALL, '--match', 'nothing*'])
    expect([code, stderr]).toEqual([1, `${SMALL}: no key matches\n`])
  })

  test('lists what stands before damage, then tells of it with its offset', async () => {
    const path = join(folder, 'cut.rdb')
    writeFileSync(path, readFileSync(SMALL).subarray(0, 1500))
    const {code, stdout, stderr} = await respite(['keys', path])
    expect(code).toBe(1)
    expect(stdout.split('\n').length).toBeGreaterThan(5)
    expect(stderr).toMatch(/offset 1500 \(0x5dc\).*\[TRUNCATED\]/)
    expect(stderr).toContain('Next: respite salvage')
    writeFileSync(path, '')
    expect((await respite(['keys', path])).code).toBe(1)
    expect((await respite(['keys', join(folder, 'none.rdb')])).code).toBe(10)
  })

  test.each([
    [['--template', '{nothing}'], 'columns are db, key'],
    [['--columns', 'key,nothing'], 'columns are db, key'],
    [['--sort', 'nothing'], 'Expected --sort=nothing to be one of'],
  ])('refuses %j', async (flags, words) => {
    const {code, stderr} = await respite(['keys', SMALL, ...flags])
    expect(code).toBe(2)
    expect(stderr).toContain(words)
  })

  test('ends with 130 on SIGINT', async () => {
    const program = join(ROOT, 'bin/run.js')
    const child = spawn(process.execPath, [program, 'keys', '--progress=json', '-'])
    child.stdin.write(readFileSync(SMALL).subarray(0, 500))
    // stdin stays open: the first line of progress comes while the run waits for more.
    await once(child.stderr, 'data')
    child.kill('SIGINT')
    const [code] = await once(child, 'exit')
    expect(code).toBe(130)
  })
})
