/** `respite get` as a user runs it: values of every type, parts of them, points of a log, what is not there. */
import {spawnSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {respite} from '../support/cli.ts'
import {FIXTURES, fixture, ROOT, truthRows} from '../support/fixtures.ts'

const SMALL = join(FIXTURES, 'redis-7.0.15/small.rdb')
const LOG = join(FIXTURES, 'redis-7.0.15/aof-small-ts')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-get-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

const get = async (...args: string[]) => {
  const {stdout, stderr, code} = await respite(['get', ...args])
  return {stdout, stderr, code}
}

const JSON_TYPES = ['string', 'list', 'set', 'zset', 'hash']

type Bytes = string | {base64: string}
const base64 = (value: Bytes): string =>
  typeof value === 'string' ? Buffer.from(value).toString('base64') : value.base64

const byMember = ([a]: [string, string], [b]: [string, string]) =>
  Buffer.compare(Buffer.from(a, 'base64'), Buffer.from(b, 'base64'))

/** In the shape of the truth files. */
function encoded(
  type: string,
  value: Bytes | Bytes[] | [Bytes, Bytes | number, string?][],
): unknown {
  const byBytes = (a: string, b: string) =>
    Buffer.compare(Buffer.from(a, 'base64'), Buffer.from(b, 'base64'))
  if (type === 'string') return base64(value as Bytes)
  if (type === 'list') return (value as Bytes[]).map(base64)
  if (type === 'set') return (value as Bytes[]).map(base64).sort(byBytes)
  const pairs = value as [Bytes, Bytes | number, string?][]
  // A skip list stands in the file from its end.
  if (type === 'zset') {
    return pairs
      .map(([member, score]) => [base64(member), String(score)])
      .sort(([a], [b]) => byBytes(a, b))
  }
  const expires = pairs.some(([, , expiry]) => expiry !== undefined)
  return pairs
    .map(([field, each, expiry]) => [
      base64(field),
      base64(each as Bytes),
      ...(expires ? [expiry === undefined ? null : Date.parse(expiry)] : []),
    ])
    .sort(([a], [b]) => byBytes(a as string, b as string))
}

describe('respite get', () => {
  test.each([
    ['k:str', '"hello"\n'],
    ['k:empty', '""\n'],
    ['k:hash', '1) "f1"\n2) "v1"\n3) "f2"\n4) "2"\n'],
    ['k:zset', '1) "b"\n2) "-inf"\n3) "a"\n4) "1.5"\n5) "c"\n6) "3"\n'],
    ['k:intset', '1) "1"\n2) "2"\n3) "3"\n'],
    [
      'k:stream',
      [
        ...['1) 1) "1000-1"', '   2) 1) "f"', '      2) "v"', '      3) "g"', '      4) "w"'],
        ...['2) 1) "1000-2"', '   2) 1) "f"', '      2) "v2"', '      3) "g"', '      4) "w2"'],
        ...['3) 1) "2000-0"', '   2) 1) "other"', '      2) "x"', ''],
      ].join('\n'),
    ],
  ])('shows %s', async (key, stdout) => {
    expect(await get(SMALL, key)).toEqual({stdout, stderr: '', code: 0})
  })

  test('shows the bytes of every string of a file as they are', async () => {
    const strings = truthRows(fixture('redis-7.0.15/small')).filter(({type}) => type === 'string')
    const names = strings.map(({key}) => Buffer.from(key, 'base64').toString())
    const program = [join(ROOT, 'bin/run.js'), 'get', '--raw', SMALL]
    const {stdout} = spawnSync(process.execPath, [...program, ...names])
    // In the order of the file.
    for (const {value} of strings) {
      expect(
        stdout.includes(Buffer.concat([Buffer.from(value as string, 'base64'), Buffer.from('\n')])),
      ).toBe(true)
    }
  })

  test.each([
    [['k:list', '--range', '1..2'], '1) "item-1"\n2) "item-2"\n'],
    [['k:list', '--range', '4..'], '1) "item-4"\n'],
    [['k:raw', '--range', '6..10'], '"ipsum"\n'],
    [['k:hash', '--field', 'f2'], '1) "f2"\n2) "2"\n'],
    [['k:zset', '--match', '[ab]'], '1) "b"\n2) "-inf"\n3) "a"\n4) "1.5"\n'],
    [['k:hash', '--field', 'none'], '(empty)\n'],
  ])('shows a part: %j', async (args, stdout) => {
    expect(await get(SMALL, ...args)).toEqual({stdout, stderr: '', code: 0})
  })

  test('names the keys where there are several, and takes them between quotes', async () => {
    expect((await get(SMALL, 'other-db', '"k:\\x74tl"')).stdout).toBe(
      '# db 0 "k:ttl": string, expires 2100-01-01T00:00:00.123Z\n"v"\n# db 3 "other-db": string\n"x"\n',
    )
  })

  test.each([
    ['#40', '"value-2"\n', 0],
    ['#60', '', 1],
  ])('shows what a log held at %s', async (point, stdout, code) => {
    expect(await get(LOG, 'aof:k2', '--at', point)).toMatchObject({stdout, code})
  })

  test('gives every value of a file as JSON, as the server had it', async () => {
    const {path} = fixture('redis-8.0.6/small')
    const rows = truthRows(fixture('redis-8.0.6/small')).filter(({type}) =>
      JSON_TYPES.includes(type),
    )
    const keys = rows.map(({key}) => Buffer.from(key, 'base64').toString())
    const {stdout, code} = await get('--json', path, ...keys)
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const found = lines
      .slice(0, -1)
      .map(({key, type, value}) => ({key, type, value: encoded(type, value)}))
    const expected = rows.map(({key, type, value}) => ({
      key: Buffer.from(key, 'base64').toString(),
      type,
      value: type === 'zset' ? [...(value as [string, string][])].sort(byMember) : value,
    }))
    const order = (a: {key: string}, b: {key: string}) => (a.key < b.key ? -1 : 1)
    expect(found.sort(order)).toEqual(expected.sort(order))
    expect([lines.at(-1).schema, code]).toEqual(['respite.get/1', 0])
  })

  test('says which keys are not there', async () => {
    const {stderr, code} = await get(SMALL, 'k:str', 'none')
    expect([stderr, code]).toEqual([`${SMALL}: no key "none"\n`, 1])
    expect((await get(SMALL, 'k:str', '--db', '3')).code).toBe(1)
  })

  test('does not read behind the last key of a database', async () => {
    const path = join(folder, 'damaged.rdb')
    const file = readFileSync(SMALL)
    writeFileSync(path, Buffer.concat([file.subarray(0, 400), Buffer.alloc(64, 0xee)]))
    expect(await get(path, 'k:str', '--db', '0')).toEqual({
      stdout: '"hello"\n',
      stderr: '',
      code: 0,
    })
    const whole = await get(path, 'k:str')
    expect(whole.code).toBe(1)
    expect(whole.stdout).toBe('"hello"\n')
    expect(whole.stderr).toMatch(/offset \d+ .*\n.*\n {2}Next: respite salvage/)
    const none = await get(path, 'none')
    expect(none.stderr.split('\n')[0]).toBe(`${path}: no key "none" before this:`)
  })

  test.each([
    [['k:str', '--range', 'x'], '--range x: write 0..99, 100.. or 5'],
    [['"a" "b"'], 'KEY "a" "b": quotes that do not match'],
    [['k:str', '--at', '#1'], 'there are 0 commands: no #1'],
  ])('refuses %j', async (args, words) => {
    const {code, stderr} = await get(SMALL, ...args)
    expect(code).toBe(2)
    expect(stderr).toContain(words)
  })
})
