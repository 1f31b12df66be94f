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
