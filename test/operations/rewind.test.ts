/** What is rewound to a point is what a server has that loads the log cut there. */
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from '@jest/globals'
import {record} from '../support/aof.ts'
import {bytes} from '../support/bytes.ts'
import {loadedDigest, written} from '../support/data-directory.ts'
import {fixture} from '../support/fixtures.ts'
import {rewind, setOf} from '../support/log-set.ts'
import {serverProgram} from '../support/server.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-rewind-'))
afterAll(() => rmSync(folder, {recursive: true}))
const live = serverProgram() ? describe : describe.skip
const set = (key: string) => record('SET', key, '1')

live('on a server', () => {
  test.each([
    'redis-7.0.15/aof-full-rdbbase',
    'redis-7.0.15/aof-small-multi',
    'redis-7.0.15/aof-small-ts',
  ])(
    '%s, at offsets',
    async (name) => {
      const {path} = fixture(name)
      const last = readdirSync(join(path, 'appendonlydir'))
        .filter((each) => /incr/.test(each))
        .sort()
        .at(-1)!
      const size = readFileSync(join(path, 'appendonlydir', last)).length
      const inputs = Array.from({length: 6}, (_, i) => 1 + Math.floor(((size - 2) * i) / 5))
      for (const offset of inputs) {
        const output = join(folder, `${name.replace('/', '-')}-${offset}`)
        const report = await rewind(path, `before:appendonlydir/${last}:${offset}`, {output})
        expect(report.proof).toMatchObject({same: true, incomplete: null})
        const cut = `${output}.cut`
        cpSync(path, cut, {recursive: true})
        truncateSync(join(cut, 'appendonlydir', last), offset)
        expect([offset, await loadedDigest(output)]).toEqual([offset, await loadedDigest(cut)])
      }
    },
    120_000,
  )

  test('at every second that a server has logged, and at every command', async () => {
    const dir = join(folder, 'seconds')
    const incr = join(dir, 'appendonlydir', 'appendonly.aof.1.incr.aof')
    const moments: {commands: number; digest: string}[] = []
    cpSync(fixture('redis-7.0.15/aof-small-ts').path, dir, {recursive: true})
    rmSync(join(dir, 'appendonlydir'), {recursive: true})
    await written(dir, async (client) => {
      for (let i = 0; i < 4; i++) {
        await client.text('MSET', `a${i}`, '1', `b${i}`, '2')
        const commands = readFileSync(incr, 'latin1').match(/^\*/gm)!.length
        moments.push({commands, digest: await client.text('DEBUG', 'DIGEST')})
      }
    })
    for (const {commands, digest} of moments) {
      const output = join(folder, `moment-${commands}`)
      const report = await rewind(dir, `#${commands}`, {output})
      expect(report).toMatchObject({removedCommands: moments[3].commands - commands, leftOut: []})
      expect(await loadedDigest(output)).toBe(digest)
    }
    const times = [...readFileSync(incr, 'latin1').matchAll(/#TS:(\d+)/g)].map(([, seconds]) =>
      Number(seconds),
    )
    const output = join(folder, 'last-second')
    const report = await rewind(dir, `@${times.at(-1)}`, {output})
    expect(report).toMatchObject({removedBytes: 0, removedCommands: 0})
    expect(await loadedDigest(output)).toBe(moments[3].digest)
  }, 120_000)

  test('in place, with the next logs out of the way of the server that goes on', async () => {
    const logs = [
      bytes(record('SELECT', '0'), set('a'), set('b')),
      bytes(record('SELECT', '0'), set('c')),
      set('d'),
    ] as const
    const dir = join(folder, 'in-place')
    setOf(folder, 'in-place', ...logs)
    const before = readFileSync(join(dir, 'a.aof.2.incr.aof'))
    const report = await rewind(dir, 'a.aof.1.incr.aof:23', {output: null, inPlace: true})
    expect(report.aside.map((path) => path.slice(dir.length + 1)).sort()).toEqual([
      'a.aof.2.incr.aof.bak-x',
      'a.aof.3.incr.aof.bak-x',
      'a.aof.manifest.bak-x',
      'a.aof.rewound-x.1.incr.aof.cut-50',
    ])
    expect(readFileSync(join(dir, 'a.aof.manifest'), 'latin1')).toBe(
      'file a.aof.rewound-x.1.incr.aof seq 3 type i\n',
    )
    const args = ['--appendfilename', 'a.aof', '--appenddirname', 'in-place']
    const keys = await written(
      folder,
      async (client) => {
        await client.text('BGREWRITEAOF')
        return client.command('KEYS', '*')
      },
      args,
    )
    expect(keys).toEqual([Buffer.from('a')])
    expect(readFileSync(join(dir, 'a.aof.2.incr.aof.bak-x')).equals(before)).toBe(true)
  }, 60_000)
})

describe('rewind', () => {
  const LOG = bytes(
    '#TS:1000\r\n',
    set('a'),
    record('MULTI'),
    set('b'),
    set('c'),
    record('EXEC'),
    '#TS:2000\r\n',
    set('d'),
  )
  const logOf = (name: string): string => {
    const path = join(folder, name)
    writeFileSync(path, LOG)
    return path
  }

  test('leaves a transaction out that the point lies in, and says so', async () => {
    const path = logOf('transaction.aof')
    const report = await rewind(path, '#3')
    expect(report.point.transaction).toEqual({offset: 37, record: 2})
    expect(readFileSync(`${path}.out`).equals(LOG.subarray(0, 37))).toBe(true)
    expect(readFileSync(report.aside[0]).equals(LOG.subarray(37))).toBe(true)
  })

  test('to a time: what was logged in that second stays', async () => {
    const path = logOf('time.aof')
    await rewind(path, '@1999')
    expect(readFileSync(`${path}.out`).equals(LOG.subarray(0, 120))).toBe(true)
  })

  test('with a dry run says the same and writes nothing', async () => {
    const path = logOf('dry.aof')
    const before = readdirSync(folder)
    const report = await rewind(path, '#1', {dryRun: true})
    expect(report).toMatchObject({
      removedBytes: LOG.length - 37,
      removedCommands: 5,
      proof: {atPoint: {keys: {0: 1}}, output: null, same: null},
    })
    expect(readdirSync(folder)).toEqual(before)
  })

  test('at the end copies all, and in place does nothing', async () => {
    const path = logOf('end.aof')
    expect(await rewind(path, '#6')).toMatchObject({removedBytes: 0, aside: []})
    expect(readFileSync(`${path}.out`).equals(LOG)).toBe(true)
    expect(await rewind(path, '#6', {output: null, inPlace: true})).toMatchObject({aside: []})
  })

  test('history files have what was before the last rewrite', async () => {
    const {path} = fixture('redis-7.0.15/aof-small-history')
    const names = readdirSync(join(path, 'appendonlydir'))
    const history = names.find((name) => /1\.incr/.test(name))!
    const output = join(folder, 'history')
    const report = await rewind(path, `before:appendonlydir/${history}:50`, {output})
    expect(report).toMatchObject({fromHistory: true, proof: {same: true}})
    expect(report.leftOut.length).toBeGreaterThan(0)
    expect(existsSync(join(output, 'appendonlydir', history))).toBe(true)
  })

  test.each([
    [
      'a time without any in the log',
      'redis-7.0.15/aof-small-raw',
      '2024-01-01',
      {exit: 2, code: 'POINT'},
    ],
    [
      'a number that the log does not have',
      'redis-7.0.15/aof-small-ts',
      '#999999',
      {exit: 2, code: 'POINT'},
    ],
    [
      'a time before the base',
      'redis-7.0.15/aof-small-ts',
      '2001-01-01',
      {exit: 4, code: 'POINT_IN_SNAPSHOT'},
    ],
  ])('refuses %s', async (_, name, to, expected) => {
    const {path} = fixture(name)
    const output = join(folder, 'refused')
    await expect(rewind(path, to, {output})).rejects.toMatchObject(expected)
    expect(existsSync(output)).toBe(false)
  })
})
