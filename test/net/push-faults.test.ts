/** `push` into servers that stop taking it, and what goes on from there; and into those that know no RESTORE. */
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {connect} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import {respite} from '../support/cli.ts'
import {fixture} from '../support/fixtures.ts'
import {listen} from '../support/live.ts'
import {
  type RunningServer,
  type StartOptions,
  serverProgram,
  startServer,
} from '../support/server.ts'

const SMALL = fixture('redis-7.0.15/small')
const KEYS = 10000
const withServer = serverProgram() ? describe : describe.skip

withServer('pushed into a server that', () => {
  let folder: string
  /** So many keys, and what a server makes of them. */
  let dump: string
  let wanted: string
  /** What is still to be stopped, whatever a test came to. */
  const ends: (() => Promise<void>)[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'respite-push-faults-'))
    dump = join(folder, 'dump.rdb')
    const source = await startServer({args: ['--repl-diskless-sync-delay', '0']})
    await source.client.command('DEBUG', 'POPULATE', String(KEYS), 'k', '100')
    wanted = await source.client.text('DEBUG', 'DIGEST')
    await respite(['pull', `redis://127.0.0.1:${source.port}`, '-o', dump])
    await source.stop()
  })
  afterAll(() => rmSync(folder, {recursive: true}))

  afterEach(async () => {
    for (const end of ends.splice(0)) await end()
  })

  const start = async (options: StartOptions = {}) => {
    const server = await startServer(options)
    ends.push(() => server.stop())
    return server
  }

  const push = async (port: number, state: string, ...args: string[]) => {
    const url = `redis://127.0.0.1:${port}`
    const run = await respite(['push', dump, url, '--resume', state, '--json', ...args])
    return {code: run.code, report: JSON.parse(run.stdout)}
  }

  /** In front of whatever server there is just now; `full` is called once so many bytes were answered. */
  const inFront = async (server: () => RunningServer, bytes: number, full: () => unknown) => {
    let left = bytes
    const relay = await listen((client) => {
      const socket = connect(server().port, '127.0.0.1')
      socket.on('error', () => {})
      client.on('data', (chunk) => socket.write(chunk))
      socket.on('data', async (chunk) => {
        if (left > 0 && (left -= chunk.length) <= 0) await full()
        if (!client.destroyed) client.write(chunk)
      })
      client.on('close', () => socket.destroy())
      socket.on('close', () => client.destroy())
    })
    ends.push(() => relay.close())
    return relay
  }

  test('is killed goes on behind what it has kept, once it is back', async () => {
    const dir = mkdtempSync(join(folder, 'data-'))
    const options = {dir, args: ['--appendonly', 'yes']}
    const state = join(folder, 'killed.json')
    let server = await start(options)
    const relay = await inFront(
      () => server,
      30000,
      () => server.stop(),
    )
    const first = await push(relay.port, state)
    expect(first.code).toBe(31)
    expect(first.report.error.message).toMatch(/after \d+ keys/)
    const {keys} = JSON.parse(readFileSync(state, 'utf8'))
    server = await start(options)
    const again = await push(relay.port, state)
    expect(again).toMatchObject({code: 0, report: {verdict: 'pushed', verified: 'digest'}})
    expect(again.report.restored).toBeLessThanOrEqual(KEYS - keys)
    expect(await server.client.text('DEBUG', 'DIGEST')).toBe(wanted)
  }, 20000)

  test('has forgotten what it had is told apart by the digest', async () => {
    const state = join(folder, 'forgot.json')
    let server = await start()
    const relay = await inFront(
      () => server,
      30000,
      () => server.stop(),
    )
    expect((await push(relay.port, state)).code).toBe(31)
    server = await start()
    const again = await push(relay.port, state)
    expect(again).toMatchObject({code: 1, report: {verdict: 'unlike', verified: null}})
  }, 20000)

  test('becomes a replica ends it in 11, and goes on when it is a master again', async () => {
    const state = join(folder, 'replica.json')
    const server = await start()
    const demote = () => server.client.command('REPLICAOF', '127.0.0.1', '1')
    const relay = await inFront(() => server, 10000, demote)
    const first = await push(relay.port, state)
    expect({code: first.code, error: first.report.error}).toMatchObject({
      code: 11,
      error: {message: expect.stringMatching(/READONLY .*after \d+ keys/)},
    })
    await server.client.command('REPLICAOF', 'NO', 'ONE')
    const again = await push(relay.port, state)
    expect(again).toMatchObject({code: 0, report: {verified: 'digest'}})
  }, 20000)

  test('was full goes on when it has more memory', async () => {
    const state = join(folder, 'full.json')
    const memory = ['--maxmemory', '2500kb', '--maxmemory-policy', 'noeviction']
    const server = await start({args: memory})
    const first = await push(server.port, state)
    expect({code: first.code, error: first.report.error.code}).toEqual({code: 32, error: 'LIMIT'})
    const {keys} = JSON.parse(readFileSync(state, 'utf8'))
    expect(keys).toBeGreaterThan(0)
    await server.client.command('CONFIG', 'SET', 'maxmemory', '0')
    const again = await push(server.port, state)
    expect(again).toMatchObject({code: 0, report: {verified: 'digest'}})
  }, 20000)

  test('has no RESTORE gets commands, and only while it is empty', async () => {
    const server = await start({args: ['--rename-command', 'RESTORE', '']})
    const url = `redis://127.0.0.1:${server.port}`
    const run = await respite(['push', SMALL.path, url, '--commands', '--json'])
    const {keys} = SMALL.entry
    expect(JSON.parse(run.stdout)).toMatchObject({verdict: 'pushed', keys, restored: keys})
    expect(run.code).toBe(0)
    expect(await server.client.text('DEBUG', 'DIGEST')).toBe(SMALL.entry.digest)
    const again = await respite(['push', SMALL.path, url, '--commands'])
    expect(again).toMatchObject({code: 2, stderr: expect.stringContaining(`holds ${keys} keys`)})
    const restore = await respite(['push', SMALL.path, url, '--replace'])
    expect(restore.code).toBe(20)
    expect(restore.stderr).toContain('--commands')
    // Servers repeat the arguments of commands that they do not know.
    expect(restore.stderr).not.toContain('with args')
  }, 20000)
})
