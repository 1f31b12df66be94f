/** Real servers that replicate from `serve --listen-replicas`: whatever happens to them, they end up with the same data. */
import {copyFileSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {connect} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import {budget, TIMEOUT} from '../support/campaign.ts'
import {respite} from '../support/cli.ts'
import {FIXTURES} from '../support/fixtures.ts'
import {randomSeed, seeded, seedOf} from '../support/random.ts'
import {RespClient} from '../support/resp-client.ts'
import {type Served, startServe} from '../support/serve.ts'
import {type RunningServer, serverProgram, startServer} from '../support/server.ts'
import {WRITE_GROUPS} from '../support/write-commands/table.ts'

const FULL = join(FIXTURES, 'redis-7.0.15/full.rdb')
const MEGABYTE = 0x100000
const describeServer = serverProgram() ? describe : describe.skip

describeServer('replicas', () => {
  const random = randomSeed('replicas')
  const running: {stop(): Promise<unknown>}[] = []
  let root: string

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'respite-replicas-'))
  })
  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop()))
  })
  afterAll(() => rmSync(root, {recursive: true}))

  async function serve(...args: string[]): Promise<Served> {
    const served = await startServe('--writable', '--debug', '--listen-replicas', ...args, FULL)
    running.push(served)
    return served
  }

  /** A server that replicates from another. */
  async function replicate({port}: {port: number}, ...args: string[]): Promise<RunningServer> {
    const replica = await startServer({args: ['--repl-diskless-sync-delay', '0', ...args]})
    running.push(replica)
    await replica.client.command('REPLICAOF', '127.0.0.1', port)
    return replica
  }

  /** Wait until all replicas have what the client wrote, a key more than before; then they have the same data. */
  async function sameData({client}: Served, ...replicas: readonly RunningServer[]): Promise<void> {
    await client.command('INCR', 'written')
    expect(await client.command('WAIT', replicas.length, 20_000)).toBe(replicas.length)
    const digest = await client.text('DEBUG', 'DIGEST')
    for (const replica of replicas) {
      expect(await replica.client.text('DEBUG', 'DIGEST')).toBe(digest)
    }
  }

  async function info(client: RespClient, field: string): Promise<string | undefined> {
    const text = await client.text('INFO', 'everything')
    return new RegExp(`^${field}:(.*)\r$`, 'm').exec(text)?.[1]
  }

  async function until(client: RespClient, field: string, value: string): Promise<void> {
    for (let tries = 2000; tries > 0; tries--) {
      if ((await info(client, field)) === value) return
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    throw new Error(`${field} is ${await info(client, field)}`)
  }

  test(
    'get everything, and what is written meanwhile',
    async () => {
      const served = await serve()
      const {client} = served
      const own = seeded(seedOf(random.seed, 'meanwhile'))
      const makers = Object.values(WRITE_GROUPS)
      const write = (count: number) =>
        Promise.all(Array.from({length: count}, () => client.raw(...own.pick(makers)(own))))
      await write(500)
      const replicas = await Promise.all([replicate(served), replicate(served)])
      for (let round = 0; round < budget(20, 1000); round++) await write(50)
      await client.raw('DISCARD')
      await client.raw('SELECT', 0)
      await sameData(served, ...replicas)
      expect(await info(client, 'sync_full')).toBe('2')
      expect(await info(client, 'connected_slaves')).toBe('2')
      expect(await info(replicas[0].client, 'master_repl_offset')).toBe(
        await info(client, 'master_repl_offset'),
      )
      for (const {log} of replicas) expect(log()).not.toMatch(/CRITICAL|error/i)
    },
    TIMEOUT,
  )

  test('go on where they were when the link was cut', async () => {
    const served = await serve()
    const replica = await replicate(served)
    await sameData(served, replica)
    for (let cut = 1; cut <= 3; cut++) {
      const [side, type] = cut === 2 ? [served, 'replica'] : [replica, 'master']
      expect(await side.client.command('CLIENT', 'KILL', 'TYPE', type)).toBe(1)
      await served.client.command('SET', 'cut', cut)
      await until(served.client, 'sync_partial_ok', String(cut))
      await sameData(served, replica)
    }
    expect(await info(served.client, 'sync_full')).toBe('1')
  })

  test('that take nothing are cut off, and get everything anew', async () => {
    const served = await serve('--repl-backlog-size', '16kb', '--repl-output-limit', '2mb')
    const replica = await replicate(served)
    await sameData(served, replica)
    process.kill(replica.pid, 'SIGSTOP')
    const value = 'x'.repeat(MEGABYTE)
    for (let i = 0; i < 24; i++) await served.client.command('SET', `large:${i % 3}`, value)
    await until(served.client, 'connected_slaves', '0')
    process.kill(replica.pid, 'SIGCONT')
    await sameData(served, replica)
    expect(await info(served.client, 'sync_full')).toBe('2')
    // A fresh server asks to go on as well.
    expect(await info(served.client, 'sync_partial_err')).toBe('2')
  })

  test('of the server that made the snapshot go on from it', async () => {
    const master = await startServer({args: ['--repl-ping-replica-period', '3600']})
    running.push(master)
    const replica = await replicate(master)
    await master.client.command('SET', 'before', 1)
    expect(await master.client.command('WAIT', 1, 20_000)).toBe(1)
    await master.client.command('SET', 'soon', 1, 'PXAT', Date.now() + 1000)
    expect(await master.client.command('WAIT', 1, 20_000)).toBe(1)
    const offset = await info(master.client, 'master_repl_offset')
    await until(replica.client, 'slave_repl_offset', offset!)
    await master.client.command('SAVE')
    const file = join(root, 'of-a-master.rdb')
    copyFileSync(join(master.dir, 'dump.rdb'), file)
    await master.stop()
    const served = await startServe('--writable', '--debug', '--listen-replicas', file)
    running.push(served)
    await replica.client.command('REPLICAOF', '127.0.0.1', served.port)
    await sameData(served, replica)
    expect(await info(served.client, 'sync_partial_ok')).toBe('1')
    expect(await info(served.client, 'sync_full')).toBe('0')
    await until(served.client, 'db0', 'keys=2,expires=0,avg_ttl=0')
    await sameData(served, replica)
    expect(await replica.client.command('EXISTS', 'before', 'soon')).toBe(1)
  })

  test('have replicas of their own', async () => {
    const served = await serve()
    const first = await replicate(served)
    await sameData(served, first)
    const second = await replicate(first)
    await until(second.client, 'master_link_status', 'up')
    await served.client.command('MSET', 'a', 1, 'b', 2)
    const subscriber = await RespClient.connect(second.port)
    await subscriber.command('SUBSCRIBE', 'news')
    // Asks for nothing.
    const message = subscriber.raw()
    await served.client.command('PUBLISH', 'news', '\xff\x00')
    await sameData(served, first)
    expect(((await message) as unknown[])[2]).toEqual(Buffer.of(0xff, 0))
    subscriber.close()
    await until(
      second.client,
      'slave_repl_offset',
      (await info(served.client, 'master_repl_offset'))!,
    )
    expect(await second.client.text('DEBUG', 'DIGEST')).toBe(
      await served.client.text('DEBUG', 'DIGEST'),
    )
  })

  test('need the password', async () => {
    const file = join(root, 'password')
    writeFileSync(file, 'secret word\n')
    const served = await startServe(
      ...['--writable', '--debug', '--listen-replicas', '--requirepass-file', file, FULL],
    )
    running.push(served)
    await served.client.command('AUTH', 'secret word')
    const stranger = await replicate(served)
    const replica = await replicate(served, '--masterauth', 'secret word')
    await sameData(served, replica)
    expect(await info(stranger.client, 'master_link_status')).toBe('down')
  })

  test('of ours: pull makes a file of it', async () => {
    const served = await serve()
    await served.client.command('SET', 'new', 'value')
    const output = join(root, 'pulled.rdb')
    const {code} = await respite(['pull', `redis://127.0.0.1:${served.port}`, '-o', output])
    expect(code).toBe(0)
    const {stdout} = await respite(['digest', output])
    expect(stdout).toContain(await served.client.text('DEBUG', 'DIGEST'))
  })

  test('that send garbage are cut off, and nobody else is', async () => {
    const served = await serve()
    const replica = await replicate(served)
    await sameData(served, replica)
    for (const garbage of [
      '\r\n\xff\xfe*1\r\n:x\r\n',
      '*-5\r\n*3\r\n$9\r\nREPLCONF\r\n$x',
      '$$$$',
    ]) {
      const socket = connect(served.port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write('PSYNC ? -1\r\n')
      socket.once('data', () => socket.write(`${garbage}\r\n*1\r\n*1\r\n`))
      await new Promise((resolve) => socket.resume().once('close', resolve))
    }
    await until(served.client, 'connected_slaves', '1')
    await sameData(served, replica)
  })

  test('are not let in unless that was asked for', async () => {
    const served = await startServe('--writable', FULL)
    running.push(served)
    await expect(served.client.command('PSYNC', '?', -1)).rejects.toThrow(/--listen-replicas/)
    expect((await respite(['serve', '--listen-replicas', FULL])).code).toBe(2)
  })
})
