import {spawn} from 'node:child_process'
import {createHash} from 'node:crypto'
import {once} from 'node:events'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
  writeSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {record} from '../support/aof.ts'
import {bytes} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {fixture, ROOT} from '../support/fixtures.ts'
import {setOf} from '../support/log-set.ts'

const CANARY = 'canary-91ab'
let folder: string
const path = (name: string) => join(folder, name)
const run = (...args: string[]) => respite(args, {cwd: folder})

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-undo-cli-'))
  const log = bytes(
    record('SELECT', '0'),
    record('SET', `\x1b[2J${CANARY}`, CANARY),
    record('FLUSHALL'),
    record('SET', 'later', CANARY),
  )
  writeFileSync(path('flushed.aof'), log)
  writeFileSync(path('damaged.aof'), bytes(log, '*2\r\n$3\r\nSET\r\n$9\r\n', CANARY, CANARY))
  setOf(folder, 'set', log, record('SET', 'b', CANARY))
})
afterAll(() => rmSync(folder, {recursive: true}))

/** What is there, with its contents. */
const state = () =>
  readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .sort()
    .map((name) => {
      const {ino, mtimeMs} = statSync(path(name))
      const isFile = statSync(path(name)).isFile()
      const hash = isFile
        ? createHash('sha256')
            .update(readFileSync(path(name)))
            .digest('hex')
        : ''
      return [name, ino, isFile ? mtimeMs : 0, hash].join(' ')
    })

describe('respite undo', () => {
  test('lists, and says what to type next', async () => {
    const {stdout, stderr, code} = await run('undo', '--list', 'flushed.aof')
    const lines = stdout.split('\n')
    expect(lines[0]).toBe('flushed.aof: 1 of 4 commands or runs of them took keys away')
    expect(lines[1].trim().split(/ {2,}/)).toEqual([
      'took',
      'command',
      'times',
      'db',
      'time',
      'number',
      'offset',
      'file',
    ])
    expect(lines[2]).toMatch(/^ {2}1 key {2}FLUSHALL +1 {3}0 {2}~\S+Z +#3 +\d+ {2}flushed\.aof$/)
    expect(stdout).toContain('CONFIG SET auto-aof-rewrite-percentage 0, CONFIG SET save ""')
    expect(stdout).toMatch(/Next: respite undo flushall flushed\.aof --at \d+ -o OUT\n$/)
    expect({stderr, code}).toEqual({stderr: '', code: 0})
  })

  test('takes the command out in every form that it can be asked for', async () => {
    const offset = bytes(record('SELECT', '0'), record('SET', `\x1b[2J${CANARY}`, CANARY)).length
    const forms = [
      ['flushall', 'flushed.aof'],
      ['FLUSHALL', 'flushed.aof', '--last'],
      ['flushed.aof', '--command', 'flushall'],
      ['flushed.aof', '--at', `${offset}`],
      ['flushed.aof', '--at', '#3', '--keep-after'],
    ]
    const outputs = new Set<string>()
    for (const [i, form] of forms.entries()) {
      const {stdout, stderr, code} = await run('undo', ...form, '-o', `form-${i}`, '--discard')
      expect({stderr, code}).toEqual({stderr: '', code: 0})
      expect(stdout).toContain('flushed.aof: 1 command undone')
      expect(stdout).toContain('right before, the output has the same digest')
      outputs.add(readFileSync(path(`form-${i}`), 'latin1'))
    }
    expect(outputs.size).toBe(1)
    expect(outputs.values().next().value).not.toContain('FLUSHALL')
  })

  test('prints documents with --json', async () => {
    const list = await run('undo', '--list', '--json', 'set')
    expect(JSON.parse(list.stdout)).toMatchObject({
      ...{schema: 'respite.undo-list/1', ok: true, exit: 0, kind: 'aof-set', minKeys: null},
      destructions: [{command: 'FLUSHALL', keyCount: 1, file: 'a.aof.1.incr.aof', record: 3}],
    })
    const undone = await run('undo', 'flushall', 'set', '-o', 'set.json', '--json')
    expect(JSON.parse(undone.stdout)).toMatchObject({
      ...{schema: 'respite.undo/1', ok: true, exit: 0, verdict: 'undone', undoneCount: 1},
      proof: {sameBefore: true, later: {added: 2, changed: 0, removed: 0}},
    })
  })

  test('with --dry-run and after refusals everything is as it was', async () => {
    const before = state()
    const refusals: [string[], number][] = [
      [['flushall', 'flushed.aof', '--dry-run'], 0],
      [['--list', 'flushed.aof'], 0],
      [['flushdb', 'flushed.aof', '-o', 'out'], 1],
      [['set', 'damaged.aof', '-o', 'out'], 1],
      [['flushed.aof', '-o', 'out'], 2],
      [['flushall', 'flushed.aof'], 2],
      [['flushall', 'flushed.aof', '-o', 'flushed.aof', '--force'], 2],
      [['flushall', 'flushed.aof', '--command', 'del', '-o', 'out'], 2],
      [['flushall', 'flushed.aof', '--at', '1,x', '-o', 'out'], 2],
      [['flushall', '-', '-o', 'out'], 2],
      [['flushall', 'flushed.aof', '--list', '--last'], 2],
      [['flushall', 'gone.aof', '-o', 'out'], 10],
      [['flushall', fixture('redis-7.0.15/small').path, '-o', 'out'], 4],
      [['--list', fixture('redis-7.0.15/small').path], 4],
    ]
    for (const [args, expected] of refusals) {
      const {stdout, stderr, code} = await run('undo', ...args)
      expect([args, code, stderr]).toEqual([args, expected, stderr])
      expect(stdout + stderr).not.toContain(CANARY)
    }
    expect(state()).toEqual(before)
  }, 60_000)

  test('without replaying when that is asked for', async () => {
    const {stdout, code} = await run(
      'undo',
      'flushall',
      'flushed.aof',
      '-o',
      'unproven',
      '--no-replay',
    )
    expect(stdout).not.toContain('digest')
    expect(code).toBe(0)
  })

  test('3 when a later command fails on what is back', async () => {
    const log = bytes(record('SET', 'n', 'x'), record('FLUSHALL'), record('INCR', 'n'))
    writeFileSync(path('fails.aof'), log)
    const {stdout, code} = await run('undo', 'flushall', 'fails.aof', '-o', 'fails.out')
    expect(stdout).toMatch(/fail now +1 command that did not before/)
    expect(code).toBe(3)
  })
})

describe('respite rewind', () => {
  test('prints the point, what is there, and where the rest is', async () => {
    const {stdout, stderr, code} = await run('rewind', 'flushed.aof', '--to', '#2', '-o', 'rewound')
    expect(stdout.split('\n')[0]).toBe('flushed.aof: rewound')
    expect(stdout).toMatch(/cut +at offset \d+ of flushed\.aof, behind command #2\n/)
    expect(stdout).toMatch(/kept aside +rewound\.cut-\d+\n/)
    expect(stdout).toMatch(/at the point +1 key\n/)
    expect(stdout).toMatch(/output +replayed: the same keys, the same digest\n/)
    expect({stderr, code}).toEqual({stderr: '', code: 0})
  })

  test('with --dry-run and after refusals everything is as it was', async () => {
    const before = state()
    for (const [args, expected] of [
      [['flushed.aof', '--to', '#2', '--dry-run'], 0],
      [['flushed.aof', '--to', '#99', '-o', 'out'], 2],
      [['flushed.aof', '--to', '2024-01-01', '-o', 'out'], 2],
      [['flushed.aof', '--to', 'x', '-o', 'out'], 2],
      [['flushed.aof', '-o', 'out'], 2],
      [['damaged.aof', '--to', '#5', '-o', 'out'], 1],
      [['gone.aof', '--to', '#5', '-o', 'out'], 10],
    ] as const) {
      const {stdout, stderr, code} = await run('rewind', ...args)
      expect([args, code, stderr]).toEqual([args, expected, stderr])
      expect(stdout + stderr).not.toContain(CANARY)
    }
    expect(state()).toEqual(before)
  }, 60_000)

  test('a time where the log tells none: it says what to give instead', async () => {
    const {stderr} = await run('rewind', 'flushed.aof', '--to', '2024-01-01', '-o', 'out')
    expect(stderr).toMatch(/the log tells no times/)
    expect(stderr).toMatch(/Next: .*respite log/)
  })
})

describe('a signal while something is written', () => {
  beforeAll(() => {
    mkdirSync(path('large'))
    const fd = openSync(path('large/a.aof.1.incr.aof'), 'w')
    const block = Buffer.concat(
      Array.from({length: 1000}, (_, i) => record('SET', `k${i}`, 'v'.repeat(1000))),
    )
    for (let i = 0; i < 150; i++) writeSync(fd, block)
    writeSync(fd, record('FLUSHALL'))
    closeSync(fd)
    writeFileSync(path('large/a.aof.manifest'), 'file a.aof.1.incr.aof seq 1 type i\n')
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s: nothing of it is left',
    async (signal) => {
      const out = path(`stopped-${signal}`)
      mkdirSync(out)
      const changes = watch(out)
      const args = ['undo', 'flushall', 'large', '--no-replay', '-o', `stopped-${signal}/x`]
      const child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), ...args], {
        cwd: folder,
        stdio: 'ignore',
      })
      // The directory of the output is made: now it is being written.
      await once(changes, 'change')
      changes.close()
      child.kill(signal)
      const [code] = await once(child, 'exit')
      expect(code).toBe(signal === 'SIGINT' ? 130 : 143)
      expect(readdirSync(out)).toEqual([])
    },
    60_000,
  )
})
