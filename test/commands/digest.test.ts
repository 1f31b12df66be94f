import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {gzipSync} from 'node:zlib'
import {describe, expect, test} from '@jest/globals'
import {bytes} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {fixture} from '../support/fixtures.ts'
import {RAW} from '../support/reports.ts'

const SMALL = fixture('redis-7.0.15/small')
const {digest} = SMALL.entry
/** A key that is not for terminals, in the plainest form. */
const FILE = bytes('REDIS0003', [0xfe, 0], [0, 4], '\x1b[2J', [1], 'v', [0xff])

describe('respite digest', () => {
  test('prints a digest and the input, like sha1sum', async () => {
    const {stdout, stderr, code} = await respite(['digest', SMALL.path, SMALL.path])
    const line = `${digest}  ${SMALL.path}\n`
    expect({stdout, stderr, code}).toEqual({stdout: line + line, stderr: '', code: 0})
  })

  test('reads stdin, wrapped or not', async () => {
    const file = readFileSync(SMALL.path)
    for (const input of [file, gzipSync(file)]) {
      const {stdout, code} = await respite(['digest', '-'], {input})
      expect({stdout, code}).toEqual({stdout: `${digest}  -\n`, code: 0})
    }
  })

  test('prints one document as JSON', async () => {
    const {stdout, code} = await respite(['digest', '--json', SMALL.path])
    expect(JSON.parse(stdout)).toMatchObject({
      ...{schema: 'respite.digest/1', ok: true, exit: 0, digest, server: '7.0'},
      ...{algorithm: 'debug-digest', keys: SMALL.entry.keys},
    })
    expect(code).toBe(0)
  })

  test('prints one line per key before the whole, with nothing raw in it', async () => {
    const text = await respite(['digest', '--keys', '-'], {input: FILE})
    const lines = text.stdout.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^[0-9a-f]{40} {2}0 "\\x1b\[2J"$/)
    expect(lines[1]).toMatch(/^[0-9a-f]{40} {2}-$/)
    expect(text.stdout).not.toMatch(RAW)
    const json = await respite(['digest', '--keys', '--json', '-'], {input: FILE})
    const [row, summary] = json.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(row).toEqual({db: 0, key: '\x1b[2J', digest: lines[0].slice(0, 40)})
    expect(summary).toMatchObject({schema: 'respite.digest/1', keys: 1})
    expect(summary).not.toHaveProperty('keyDigests')
  })

  test('differs by server and by what is covered', async () => {
    const of = async (...flags: string[]) =>
      (await respite(['digest', ...flags, SMALL.path])).stdout.slice(0, 40)
    expect(await of('--server', '7.2')).not.toBe(digest)
    expect(await of('--full')).not.toBe(digest)
  })

  test('says what is wrong, and ends with 1', async () => {
    const {stdout, code} = await respite(['digest', '-'], {input: FILE.subarray(0, 15)})
    expect(stdout).toContain('-: no digest\n')
    expect(stdout).toContain('offset 15')
    expect(code).toBe(1)
  })

  test('replays a log, given by its directory or by its path', async () => {
    const {path, entry} = fixture('redis-7.0.15/aof-small-raw')
    const log = join(path, 'appendonlydir/appendonly.aof.1.incr.aof')
    const {stdout, code} = await respite(['digest', path, log])
    const lines = [path, log].map((each) => `${entry.digest}  ${each}\n`)
    expect({stdout, code}).toEqual({stdout: lines.join(''), code: 0})
  })

  test('digests a log at a point, and says where that lies', async () => {
    const {path} = fixture('redis-7.0.15/aof-small-raw')
    const {stdout, code} = await respite(['digest', '--at', '#1', path])
    const place = '  at offset 23 of appendonlydir/appendonly.aof.1.incr.aof, behind command #1'
    expect({stdout, code}).toEqual({stdout: `${'0'.repeat(40)}  ${path}\n${place}\n`, code: 0})
    const json = await respite(['digest', '--json', '--at', 'before:#1', path])
    expect(JSON.parse(json.stdout)).toMatchObject({
      keys: 0,
      at: {offset: 0, record: 0, time: null, transaction: null},
    })
  })

  test('ends with 4 where a point is inside of a snapshot, with 2 where there is none', async () => {
    const inside = await respite(['digest', '--at', '5', SMALL.path])
    expect(inside.stderr).toContain('inside of the snapshot')
    expect(inside.code).toBe(4)
    const none = await respite(['digest', '--at', '#1', SMALL.path])
    expect(none.stderr).toContain('there are 0 commands: no #1')
    expect(none.code).toBe(2)
  })

  test('reads no log from stdin, as a log is read twice, and ends with 20', async () => {
    const {stdout, code} = await respite(['digest', '-'], {input: '*1\r\n$4\r\nPING\r\n'})
    expect(stdout).toContain('give its path')
    expect(code).toBe(20)
  })

  test('is silent with -q unless something is wrong', async () => {
    const {stdout, code} = await respite(['digest', '-q', SMALL.path])
    expect({stdout, code}).toEqual({stdout: '', code: 0})
  })

  test.each([
    [['digest'], 'nothing to read'],
    [['digest', '--server', '9', 'x'], '--server'],
    [['digest', '--at', 'noon', 'x'], 'noon is no point'],
    [['digest', '--server', '7.0', '--full', 'x'], 'cannot also be provided'],
  ])('%j is a usage error', async (args, message) => {
    const {stderr, code} = await respite(args)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})
