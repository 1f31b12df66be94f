/** `--engine`: inputs replayed on a live server. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {gzipSync} from 'node:zlib'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import type {
  CheckReport,
  DigestReport,
  Finding,
  VerifyReport,
} from '../../src/operations/reports.ts'
import {bytes, resp} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {aofFixtures, fixture, ROOT, rdbFixtures} from '../support/fixtures.ts'
import {relayTo, runLive} from '../support/live.ts'
import {type RunningServer, serverProgram, startServer} from '../support/server.ts'

const withServer = serverProgram() ? describe : describe.skip

/** Logs with scripts as they were called, which the embedded engine refuses. */
const SCRIPTED = [
  'redis-2.8.24/aof-small-raw',
  'redis-3.2.13/aof-small-raw',
  'redis-4.0.14/aof-small-raw',
  'redis-4.0.14/aof-full-rdbbase',
]
const REPLAYABLE = aofFixtures().filter(({server}) => /^redis-([56]|7\.0\.15)/.test(server))
const LOADABLE = rdbFixtures().filter(
  ({server, variant}) => /^redis-([2-6]|7\.0\.15)/.test(server) && variant !== 'expired',
)

withServer('a live server as the engine', () => {
  let folder: string
  let server: RunningServer
  let engine: string
  const write = (name: string, ...records: Uint8Array[]) => {
    const path = join(folder, name)
    writeFileSync(path, Buffer.concat(records))
    return path
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'respite-engine-'))
    server = await startServer()
    engine = `redis://127.0.0.1:${server.port}`
  })
  afterEach(async () => {
    await server.client.command('FLUSHALL')
    await server.client.command('FUNCTION', 'FLUSH')
  })
  afterAll(async () => {
    await server.stop()
    rmSync(folder, {recursive: true})
  })

  test.each(SCRIPTED)('%s, with scripts, has the digest of its server', async (name) => {
    const {path, entry} = fixture(name)
    const input = join(path, 'appendonly.aof')
    const report = await runLive<DigestReport>('digest-on-server', [input, engine])
    expect(report).toMatchObject({digest: entry.digest, keys: entry.keys, stoppedAt: null})
    const embedded = await respite(['digest', input])
    expect(embedded.code).toBe(20)
    expect(embedded.stdout).toContain(`Next: respite digest ${input} --engine redis://`)
  })

  test.each([...REPLAYABLE, ...LOADABLE].map((each) => [each.name, each] as const))(
    '%s has the full digest that the embedded engine gives it',
    async (_, {path}) => {
      const options = {full: true, force: true}
      const live = await runLive<DigestReport>('digest-on-server', [path, engine], options)
      const embedded = await runLive<DigestReport>('digest', [path], {full: true})
      expect(live.digest).toBe(embedded.digest)
      expect(live.databases).toEqual(embedded.databases)
    },
  )

  test('the server is read back where its own digest is not what was asked for', async () => {
    const {path, entry} = fixture('redis-7.0.15/small')
    const args = ['digest', path, '--engine', engine, '--force']
    const own = await respite(args)
    const keys = await respite([...args, '--keys'])
    expect(own.stdout).toBe(`${entry.digest}  ${path}\n`)
    expect(keys.stdout.trimEnd().split('\n')).toHaveLength(entry.keys + 1)
    expect(keys.stdout).toContain(`${entry.digest}  ${path}\n`)
  })

  test('a server with data is refused and left as it is; --force empties it', async () => {
    await server.client.command('SET', 'precious', '1')
    const {path, entry} = fixture('redis-7.0.15/small')
    const refused = await respite(['digest', path, '--engine', engine])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain(`${engine}: holds 1 keys already`)
    expect(refused.stderr).toContain('--force empties this one first')
    expect(await server.client.command('DBSIZE')).toBe(1)
    const forced = await respite(['digest', path, '--engine', engine, '--force'])
    expect(forced.stdout).toBe(`${entry.digest}  ${path}\n`)
  })

  test('what fails there is found as in the embedded engine', async () => {
    const log = write(
      'failing.aof',
      resp('SELECT', '3'),
      resp('SET', 'a', 'x'),
      resp('LPUSH', 'a', 'y'),
      resp('INCR', 'a'),
      resp('INCR', 'a'),
      resp('MULTI'),
      resp('SET', 'b', '1'),
      resp('SADD', 'a', 'z'),
      resp('EXEC'),
      resp('EVALSHA_RO'),
      resp('BLPOP', 'nothing', '0'),
      resp('XGROUP', 'CREATE', 'none', 'g', '0'),
      resp('MULTI'),
      resp('SET', 'never', '1'),
    )
    const found = ({findings}: CheckReport) =>
      findings.map(({code, offset, record, db, message}: Finding) => ({
        ...{code, offset, record, db, message},
      }))
    const live = await runLive<CheckReport>('check-on-server', [log, engine])
    const embedded = await runLive<CheckReport>('check-and-replay', [log])
    expect(found(live)).toEqual(found(embedded))
    expect(live.replay).toMatchObject({keys: 2, failed: 5})
    expect(await server.client.command('SELECT', '3')).toBe('OK')
    expect(await server.client.command('EXISTS', 'never')).toBe(0)
    await server.client.command('SELECT', '0')
  })

  test("a module's command ends in 20, with its offset", async () => {
    const log = write('module.aof', resp('SET', 'a', '1'), resp('JSON.SET', 'j', '$', '{}'))
    const report = await runLive<DigestReport>('digest-on-server', [log, engine])
    const stoppedAt = {code: 'UNSUPPORTED', offset: 27, record: 2}
    expect(report).toMatchObject({digest: null, stoppedAt})
  })

  test('a value of a type that the server does not know ends in 20', async () => {
    const {path} = fixture('redis-7.2.6/small')
    const run = await respite(['digest', path, '--engine', engine])
    expect(run.code).toBe(20)
    expect(run.stderr).toContain('does not take a')
    expect(run.stderr).toContain('at least as new')
  })

  test('damage ends it, with the offset, as in the embedded engine', async () => {
    const log = write(
      'cut.aof',
      resp('SET', 'a', '1'),
      bytes('*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$5\r\nxy'),
    )
    const live = await runLive<DigestReport>('digest-on-server', [log, engine])
    const embedded = await runLive<DigestReport>('digest', [log])
    expect(live.stoppedAt).toEqual(embedded.stoppedAt)
    expect(live.stoppedAt?.code).toBe('TRUNCATED')
  })

  test('an input that a server would not load is not replayed', async () => {
    const empty = write('empty.aof')
    const text = write('text.txt', bytes('hello there\n'))
    const set = fixture('redis-7.0.15/aof-small-multi').path
    const copy = join(folder, 'set')
    cpSync(join(set, 'appendonlydir'), copy, {recursive: true})
    rmSync(join(copy, readdirSync(copy).filter((name) => name.endsWith('.incr.aof'))[0]))
    const codes: (string | undefined)[] = []
    for (const input of [empty, text, copy]) {
      const report = await runLive<DigestReport>('digest-on-server', [input, engine])
      codes.push(report.stoppedAt?.code)
      expect(report.digest).toBeNull()
    }
    expect(codes).toEqual(['EMPTY_INPUT', 'UNKNOWN_INPUT', 'SET_MISSING'])
    expect(await server.client.command('DBSIZE')).toBe(0)
  })

  test('a log is replayed from stdin, in gz', async () => {
    const {path, entry} = fixture('redis-3.2.13/aof-small-raw')
    const input = gzipSync(readFileSync(join(path, 'appendonly.aof')))
    const run = await respite(['digest', '-', '--engine', engine], {input})
    expect(run.stdout).toBe(`${entry.digest}  -\n`)
  })

  test('verify judges what the server holds', async () => {
    const input = join(fixture('redis-3.2.13/aof-small-raw').path, 'appendonly.aof')
    const rules = {minKeys: 70, forbiddenPrefixes: ['nobody:']}
    const options = {nowMs: Date.now(), rules}
    const report = await runLive<VerifyReport>('verify-on-server', [input, engine, engine], options)
    expect(report).toMatchObject({verdict: 'ok', keys: 70, commands: 181})
    expect(report.checks.map(({name}) => name)).toContain('against')
  })

  test('a connection that is lost while it replays ends in 31', async () => {
    const log = write(
      'many.aof',
      ...Array.from({length: 5000}, (_, i) => resp('SET', `k${i}`, 'v')),
    )
    let sent = 0
    const relay = await relayTo(server.port, {
      onAnswer(chunk, client) {
        sent += chunk.length
        if (sent > 8000) client.destroy()
      },
    })
    const run = await respite(['digest', log, '--engine', `redis://127.0.0.1:${relay.port}`])
    await relay.close()
    expect(run.code).toBe(31)
  })

  test('SIGINT ends a replay that waits for the server, with 130', async () => {
    const log = write('one.aof', resp('SET', 'a', '1'))
    let asked = () => {}
    const seen = new Promise<void>((resolve) => (asked = resolve))
    const relay = await relayTo(server.port, {
      onAsk(chunk) {
        if (!chunk.includes('SET')) return undefined
        asked()
        return new Promise(() => {})
      },
    })
    const url = `redis://127.0.0.1:${relay.port}`
    const args = [join(ROOT, 'bin/run.js'), 'digest', log, '--engine', url]
    const child = spawn(process.execPath, args)
    await seen
    child.kill('SIGINT')
    const [code] = await once(child, 'exit')
    await relay.close()
    expect(code).toBe(130)
  })

  test.each([
    [['digest', 'a.rdb', 'b.rdb', '--engine', 'redis://x'], 'one input'],
    [['digest', 'redis://y', '--engine', 'redis://x'], 'a server is no input'],
    [['digest', 'a.rdb', '--engine', 'localhost:6379'], 'no address of a server'],
    [['digest', 'a.rdb', '--force'], '--engine'],
    [['digest'], 'nothing to read'],
  ])('%j is a usage error', async (args, words) => {
    const run = await respite(args)
    expect(run.code).toBe(2)
    expect(run.stderr).toContain(words)
  })
})
