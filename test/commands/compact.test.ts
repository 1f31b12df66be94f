import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {writeOverwrittenLog} from '../../scripts/overwritten-log.js'
import {record} from '../support/aof.ts'
import {bytes} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {ROOT} from '../support/fixtures.ts'

const CANARY = 'canary-5d20'
const MULTI = join(ROOT, 'test/fixtures/redis-7.0.15/aof-small-multi')
let folder: string
const path = (name: string) => join(folder, name)
const run = (...args: string[]) => respite(['compact', ...args], {cwd: folder})

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-compact-cli-'))
  const log = bytes(record('SET', `\x1b[2J${CANARY}`, CANARY), record('SET', 'later', CANARY))
  writeFileSync(path('log.aof'), log)
  writeFileSync(path('damaged.aof'), bytes(log, 'XXXX', log))
})
afterAll(() => rmSync(folder, {recursive: true}))

describe('respite compact', () => {
  test('says sizes, how it was done, and what was proved', async () => {
    const {stdout, stderr, code} = await run(MULTI, '-o', 'out', '--max-memory', '1gb')
    const lines = stdout.split('\n').map((line) => line.replace(/^ +(\S+(?: \S+)*?) {2,}/, '$1: '))
    expect(lines[0]).toBe(`${MULTI}: compacted, 15.3 KiB to 4.0 KiB`)
    expect(lines.slice(1)).toEqual([
      'to: a set that begins with an RDB, Redis, RDB version 10',
      'holds: 74 keys, 2 libraries, from 216 commands',
      'memory: 1 part in 1 thread, at most 1.0 GiB',
      'written: out/appendonlydir',
      'full digest: 2d5fb900a52a0aef39e34b69a3cdccc5e76b8915, before and after',
      '',
    ])
    expect({stderr, code}).toEqual({stderr: '', code: 0})
    expect((await respite(['check', '-q', path('out')])).code).toBe(0)
  })

  test('plans, and says up to where commands would go', async () => {
    const {stdout, code} = await run(MULTI, '--keep-since', '#100', '--dry-run')
    expect(stdout).toMatch(/: can be compacted, 15\.3 KiB to about \d\.\d KiB\n/)
    expect(stdout).toMatch(/compacted +up to offset \d+ of .*, behind command #100\n/)
    expect(stdout).toMatch(/kept +116 commands behind it, 5\.2 KiB\n/)
    expect(code).toBe(0)
  })

  test('as JSON', async () => {
    const {stdout} = await run('log.aof', '--json', '-o', 'log.out')
    expect(JSON.parse(stdout)).toMatchObject({
      ...{schema: 'respite.compact/1', ok: true, exit: 0, verdict: 'compacted', keys: 2},
      files: ['log.out/appendonly.aof.1.base.rdb', 'log.out/appendonly.aof.1.incr.aof'],
    })
  })

  test('a damaged log: the offset, the next step, no value, no output', async () => {
    const {stdout, stderr, code} = await run('damaged.aof', '-o', 'no')
    expect(stdout).toContain('damaged.aof: NOT COMPACTED')
    expect(stdout).toMatch(/offset \d+ \(0x/)
    expect(stdout).toContain('Next: respite repair damaged.aof -o damaged.aof.repaired')
    expect(`${stdout}${stderr}`).not.toContain(CANARY)
    expect(code).toBe(1)
    expect(readdirSync(folder).filter((name) => /^(no|\.)/.test(name))).toEqual([])
  })

  test.each([
    [['log.aof'], 'where to? Give -o OUT, or --in-place'],
    [['-', '-o', 'x'], 'give the path of a file'],
    [['log.aof', '-o', '-'], 'what is written is read back'],
    [['log.aof', '-o', 'x', '--to', 'rdb', '--single'], '--single and --base go with --to aof'],
    [['log.aof', '-o', 'x', '--max-memory', '1mb'], 'give --max-memory at least'],
    [['log.aof', '-o', 'x', '--keep-since', 'nonsense'], 'nonsense is no point'],
    [['log.aof', '-o', 'x', '--keep-since', '#9'], 'no #9'],
  ])('%j is a usage error', async (args, message) => {
    const {stderr, code} = await run(...args)
    expect(stderr).toContain(message)
    expect(code).toBe(2)
  })

  test('what a process writes is not replaced under it', async () => {
    writeFileSync(path('busy.aof'), readFileSync(path('log.aof')))
    const fd = openSync(path('busy.aof'), 'r+')
    const {stderr, code} = await run('busy.aof', '--in-place')
    closeSync(fd)
    expect(stderr).toContain(`process ${process.pid} has this file open for writing`)
    expect(code).toBe(11)
  })
})

describe('interrupted', () => {
  beforeAll(() => void writeOverwrittenLog(path('large.aof'), {bytes: 7e7, dataBytes: 3e7}))

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s: nothing of it is left, also of two threads',
    async (signal) => {
      const out = path(`stopped-${signal}`)
      mkdirSync(out)
      const changes = watch(out)
      const args = ['compact', '../large.aof', '-o', 'x', '--workers', '2']
      const child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), ...args], {
        cwd: out,
        stdio: 'ignore',
      })
      // The directory of the output is made: now the parts are on their way.
      await once(changes, 'change')
      changes.close()
      child.kill(signal)
      const [code] = await once(child, 'exit')
      expect(code).toBe(signal === 'SIGINT' ? 130 : 143)
      expect(readdirSync(out)).toEqual([])
    },
    120_000,
  )
})
