/** `respite evict` as a user runs it: text, JSON, what stays, bad input, hostile names, interruption. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {aux, bytes, entry, rdbFile, resp, selectDb, str} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {FIXTURES, ROOT} from '../support/fixtures.ts'

const LRU = join(FIXTURES, 'redis-7.0.15/small-lru.rdb')
const SMALL_SERVER = ['--maxmemory', '8kb', '--overhead', '0']

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-evict-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

describe('respite evict', () => {
  test('prints what goes, by type, prefix and idle time', async () => {
    const {stdout, code} = await respite(['evict', LRU, ...SMALL_SERVER, '--policy', 'allkeys-lru'])
    expect(stdout.split('\n')[0]).toBe(
      `${LRU}: allkeys-lru takes 15 of 19 keys (78.9 %) to fit into 8.0 KiB`,
    )
    expect(stdout).toMatch(/^ {2}set +3 +2 +66.7 %/m)
    expect(stdout).toMatch(/^ {2}"k:" +15 /m)
    expect(stdout).toMatch(/^ {2}16,000 to 17,000 +2 +100.0 %$/m)
    expect(code).toBe(0)
  })

  test('--json prints the report, the same one every time', async () => {
    const args = ['evict', LRU, ...SMALL_SERVER, '--policy', 'allkeys-random', '--json']
    const {stdout} = await respite(args)
    expect(JSON.parse(stdout)).toMatchObject({
      ...{schema: 'respite.evict/1', ok: true, policy: 'allkeys-random', maxmemory: 8192, seed: 1},
    })
    expect((await respite(args)).stdout).toBe(stdout)
  })

  test('-o writes what stays', async () => {
    const output = join(folder, 'small.rdb')
    const args = ['evict', LRU, ...SMALL_SERVER, '--policy', 'allkeys-lru', '-o', output]
    const {stdout, code} = await respite(args)
    expect(code).toBe(0)
    expect(stdout).toContain(`written   ${output}, 4 keys, `)
    const keys = await respite(['keys', output, '--template', '{key} {idle}'])
    expect(keys.stdout.split('\n').filter(Boolean)).toHaveLength(4)
    expect(keys.stdout).toMatch(/ \d+\n/)
    const again = await respite(args)
    expect([again.code, again.stdout]).toEqual([2, ''])
  })

  test('ends with 1 where no room is made, or the file lacks what the policy needs', async () => {
    const full = await respite(['evict', LRU, ...SMALL_SERVER, '--policy', 'noeviction'])
    expect(full.code).toBe(1)
    expect(full.stdout).toContain('does not fit into 8.0 KiB')
    expect(full.stdout).toMatch(/no room {3}the writes of \d+ keys/)
    const lfu = await respite(['evict', LRU, ...SMALL_SERVER, '--policy', 'allkeys-lfu'])
    expect(lfu.code).toBe(1)
    expect(lfu.stdout).toContain('has no LFU counters')
  })

  test('tells of damage, and of what is not there', async () => {
    const path = join(folder, 'cut.rdb')
    writeFileSync(path, readFileSync(LRU).subarray(0, 700))
    const {code, stdout} = await respite([
      'evict',
      path,
      ...SMALL_SERVER,
      '--policy',
      'allkeys-lru',
    ])
    expect(code).toBe(1)
    expect(stdout).toMatch(/offset 700 \(0x2bc\).*\[TRUNCATED\]/)
    const none = join(folder, 'none.rdb')
    expect((await respite(['evict', none, ...SMALL_SERVER, '--policy', 'allkeys-lru'])).code).toBe(
      10,
    )
  })

  test.each([
    [['--policy', 'allkeys-fifo'], 'Expected --policy=allkeys-fifo'],

    [['--policy', 'noeviction', '--samples', '5'], 'has no --samples'],
    [['--policy', 'allkeys-lru', '-o', '-'], 'the path of a file'],
  ])('refuses %j', async (flags, words) => {
    const {code, stderr} = await respite(['evict', LRU, '--maxmemory', '1mb', ...flags])
    expect(code).toBe(2)
    expect(stderr).toContain(words)
  })

  test('refuses a size that is none', async () => {
    const args = ['evict', LRU, '--policy', 'allkeys-lru', '--maxmemory', 'much']
    const {code, stderr} = await respite(args)
    expect([code, stderr]).toEqual([2, expect.stringContaining('much is no size')])
  })

  test('takes idle times of a log from its commands, and says what they are not', async () => {
    const body = bytes(
      aux('ctime', '1000'),
      aux('aof-base', '1'),
      selectDb(0),
      entry(0, 'a', str('v')),
    )
    const commands = [resp('SET', 'b', 'v'), '#TS:1300\r\n', resp('SET', 'c', 'v')]
    const log = bytes(rdbFile({version: 11, body}), '#TS:1100\r\n', ...commands)
    const path = join(folder, 'told.aof')
    writeFileSync(path, log)
    const lru = ['--maxmemory', '1', '--overhead', '0', '--policy', 'allkeys-lru']
    const {stdout} = await respite(['evict', path, ...lru])
    expect(stdout).toContain(
      'idle      since the last command, up to 1970-01-01T00:21:40.000Z; a log has writes only',
    )
    expect(stdout).toContain(
      'at least  1 key of 3 was not named since the base (1970-01-01T00:16:40',
    )
    const {commandTimes} = JSON.parse((await respite(['evict', path, ...lru, '--json'])).stdout)
    expect(commandTimes).toMatchObject({atLeast: 1, baseSavedAt: '1970-01-01T00:16:40.000Z'})
    writeFileSync(path, resp('SET', 'b', 'v'))
    const silent = await respite(['evict', path, ...lru])
    expect(silent.code).toBe(1)
    expect(silent.stdout).toContain('#TS lines into it while aof-timestamp-enabled is yes')
    expect(silent.stdout).toContain('Next: respite evict')
  })

  test('refuses stdin, which it would read twice', async () => {
    const args = ['evict', '-', ...SMALL_SERVER, '--policy', 'allkeys-lru']
    const {code, stderr} = await respite(args, {input: readFileSync(LRU)})
    expect(code).toBe(2)
    expect(stderr).toContain('give it as a path')
  })

  test('R19: no byte of a key reaches a terminal raw', async () => {
    const keys = ['\x1b[2J', '\u202egnp', Buffer.from([0xff, 0x07])].map((key) => Buffer.from(key))
    const path = join(folder, 'hostile.rdb')
    const body = bytes(selectDb(0), ...keys.map((key) => entry(0, bytes(key, ':x'), str('v'))))
    writeFileSync(path, rdbFile({version: 10, body}))
    const args = ['--maxmemory', '1', '--overhead', '0', '--policy', 'allkeys-random', '-v']
    const {stdout} = await respite(['evict', path, ...args])
    expect(stdout).toContain('"\\x1b[2J:"')
    expect(stdout).not.toMatch(/(?!\n)[\p{Cc}\u202a-\u202e\ufffd]/u)
  })

  test('ends with 130 on SIGINT, and leaves nothing', async () => {
    const output = join(folder, 'interrupted.rdb')
    const fifo = join(folder, 'large.rdb')
    const filler = Array.from({length: 60_000}, (_, i) => entry(0, `k${i}`, str('v'.repeat(300))))
    writeFileSync(fifo, rdbFile({version: 10, body: bytes(selectDb(0), ...filler)}))
    const args = [join(ROOT, 'bin/run.js'), 'evict', fifo, '--maxmemory', '1mb', '-o', output]
    const child = spawn(process.execPath, [
      ...args,
      '--policy',
      'allkeys-random',
      '--progress=json',
    ])
    await once(child, 'spawn')
    child.kill('SIGINT')
    const [code, signal] = await once(child, 'exit')
    expect(code === 130 || signal === 'SIGINT').toBe(true)
    expect(existsSync(output)).toBe(false)
  })
})
