/** `respite log --follow` beside real servers, which write and rewrite their logs meanwhile. */
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {gzipSync} from 'node:zlib'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import {record} from '../support/aof.ts'
import {bytes, entry, rdbFile, str} from '../support/bytes.ts'
import {ROOT} from '../support/fixtures.ts'
import {type RunningServer, serverProgram, startServer} from '../support/server.ts'

let folder: string
const running: ChildProcess[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-follow-'))
})
afterAll(() => rmSync(folder, {recursive: true}))
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

/** Follows an input; `until` waits for a line that holds some text. */
function follow(...args: string[]) {
  const child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), 'log', '--follow', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {PATH: process.env.PATH, NO_COLOR: '1'},
  })
  running.push(child)
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.on('data', (chunk) => (err += chunk))
  const ended = once(child, 'close') as Promise<[number | null, string | null]>
  return {
    async until(text: string) {
      while (!out.includes(text)) {
        await Promise.race([
          once(child.stdout, 'data'),
          ended.then(() => {
            throw new Error(`it ended: ${err}`)
          }),
        ])
      }
    },
    /** Keys of the SETs that were listed, in order. */
    keys: () => [...out.matchAll(/ SET "(\w+)"/g)].map(([, key]) => key),
    out: () => out,
    err: () => err,
    ended,
    async stop() {
      child.kill('SIGINT')
      const [code] = await ended
      return code
    },
  }
}

const set = (key: string) => record('SET', key, '1')

test('what is appended comes, a record only when it is whole', async () => {
  const path = join(folder, 'growing.aof')
  writeFileSync(path, bytes(set('a'), set('b').subarray(0, 9)))
  const run = follow(path)
  await run.until('"a"')
  appendFileSync(path, set('b').subarray(9))
  await run.until('"b"')
  appendFileSync(path, bytes(set('c'), record('SELECT', '3'), set('d')))
  await run.until('"d"')
  expect(await run.stop()).toBe(130)
  expect(run.keys()).toEqual(['a', 'b', 'c', 'd'])
  expect(run.out()).toMatch(/#5 .* db3 {2}SET "d"/)
  expect(run.err()).toBe('')
})

test('a file that is put in the place of another is read from its beginning', async () => {
  const path = join(folder, 'single.aof')
  writeFileSync(path, set('a'))
  const run = follow(path)
  await run.until('"a"')
  // As the old file's last bytes, which nobody finds by name any more.
  appendFileSync(path, set('b'))
  writeFileSync(`${path}.new`, set('c'))
  renameSync(`${path}.new`, path)
  await run.until('"c"')
  appendFileSync(path, set('d'))
  await run.until('"d"')
  expect(await run.stop()).toBe(130)
  expect(run.keys()).toEqual(['a', 'b', 'c', 'd'])
})

test('a rewritten file may begin with an RDB, and no command yet', async () => {
  const path = join(folder, 'preamble.aof')
  writeFileSync(path, set('a'))
  const run = follow(path)
  await run.until('"a"')
  writeFileSync(`${path}.new`, rdbFile({version: 9, body: entry(0, 'a', str('1'))}))
  renameSync(`${path}.new`, path)
  await run.until('base: 1 key')
  appendFileSync(path, set('b'))
  await run.until('"b"')
  expect(await run.stop()).toBe(130)
  expect(run.keys()).toEqual(['a', 'b'])
})

test('what is compressed is listed, and that is the end', async () => {
  const path = join(folder, 'packed.gz')
  writeFileSync(path, gzipSync(set('a')))
  const run = follow(path)
  expect(await run.ended).toEqual([0, null])
  expect(run.keys()).toEqual(['a'])
})

test('damage is told when records come behind it', async () => {
  const path = join(folder, 'damaged.aof')
  writeFileSync(path, bytes(set('a'), 'garbage', set('b'), set('c'), set('d'), set('e')))
  const run = follow(path)
  await run.until('"e"')
  appendFileSync(path, set('f'))
  await run.until('"f"')
  expect(await run.stop()).toBe(130)
  expect(run.keys()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  expect(run.err()).toContain('offset 27')
})

test('the last lines come first with --tail, and --limit ends it', async () => {
  const path = join(folder, 'tail.aof')
  writeFileSync(path, bytes(...'abcdef'.split('').map(set)))
  const run = follow('--tail', '2', path)
  await run.until('"f"')
  appendFileSync(path, set('g'))
  await run.until('"g"')
  expect(await run.stop()).toBe(130)
  expect(run.keys()).toEqual(['e', 'f', 'g'])
  const limited = follow('--limit', '7', path)
  expect(await limited.ended).toEqual([0, null])
  expect(limited.keys()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
})

const live = serverProgram() ? describe : describe.skip

live('a server', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({args: ['--appendonly', 'yes', '--save', '']})
  })
  afterAll(() => server.stop())

  async function rewrite() {
    await server.client.command('BGREWRITEAOF')
    for (;;) {
      const info = String(await server.client.command('INFO', 'persistence'))
      const busy = /aof_rewrite_(in_progress|scheduled):1/.test(info)
      if (!busy) return
    }
  }

  test('is followed through BGREWRITEAOF', async () => {
    await server.client.command('SET', 'one', '1')
    const run = follow(server.dir)
    await run.until('"one"')
    for (const key of ['two', 'three', 'four', 'five']) {
      await server.client.command('SET', `${key}`, '1')
      await rewrite()
      await server.client.command('SET', `${key}_after`, '1')
      await run.until(`"${key}_after"`)
    }
    expect(await run.stop()).toBe(130)
    const expected = ['two', 'three', 'four', 'five'].flatMap((key) => [key, `${key}_after`])
    expect(run.keys()).toEqual(['one', ...expected])
    expect(run.err()).toBe('')
  })
})
