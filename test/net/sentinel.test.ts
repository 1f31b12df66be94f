/** Servers that are found by asking Sentinels, also while they change. */
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {runOperation} from '../../src/io/run-operation.ts'
import {askSentinels} from '../../src/net/sentinel.ts'
import type {DigestReport} from '../../src/operations/reports.ts'
import {resp} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {fixture, ROOT} from '../support/fixtures.ts'
import {listen} from '../support/live.ts'
import {RespClient} from '../support/resp-client.ts'
import {type Sentinel, startSentinels} from '../support/sentinel.ts'
import {type RunningServer, serverProgram, startServer} from '../support/server.ts'

const withServer = serverProgram() ? describe : describe.skip
const QUICK = ['--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1']

withServer('with three Sentinels, a master and two replicas', () => {
  let folder: string
  let servers: RunningServer[]
  let sentinels: Sentinel[]
  let flags: string[]

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'respite-sentinel-test-'))
    const master = await startServer({args: QUICK})
    const follow = [...QUICK, '--replicaof', '127.0.0.1', String(master.port)]
    servers = [master, await startServer({args: follow}), await startServer({args: follow})]
    await master.client.command('SET', 'begin', '1')
    await master.client.command('WAIT', 2, 10000)
    sentinels = await startSentinels(3, master.port, 2)
    const list = sentinels.map(({port}) => `127.0.0.1:${port}`).join(',')
    flags = ['--sentinel', list, '--master-name', 'mymaster']
  }, 60000)
  afterAll(async () => {
    for (const each of [...sentinels, ...servers]) await each.stop()
    rmSync(folder, {recursive: true})
  })

  test('a backup is taken from a replica', async () => {
    const out = join(folder, 'dump.rdb')
    const run = await respite(['pull', ...flags, '-o', out, '--json'])
    expect(run.code).toBe(0)
    const replicas = servers.slice(1).map(({port}) => `redis://127.0.0.1:${port}`)
    expect(replicas).toContain(JSON.parse(run.stdout).input)
  })

  test('a push goes to the master', async () => {
    const {path} = fixture('redis-7.0.15/small')
    const run = await respite(['push', path, ...flags, '--replace', '--json'])
    expect(run.code).toBe(0)
    expect(JSON.parse(run.stdout).target).toBe(`redis://127.0.0.1:${servers[0].port}`)
  })

  test('a name that nobody knows ends in 2', async () => {
    const run = await respite([
      'pull',
      ...flags.slice(0, 3),
      'other',
      '-o',
      join(folder, 'other.rdb'),
    ])
    expect(run.code).toBe(2)
    expect(run.stderr).toContain('know no master of the name other')
  })

  test('an archive follows a failover, and has what the new master has', async () => {
    const directory = join(folder, 'archive')
    const args = ['pull', ...flags, '--archive', directory, '--json', '--timeout', '5s']
    const child: ChildProcess = spawn(process.execPath, [join(ROOT, 'bin/run.js'), ...args])
    let out = ''
    child.stdout!.on('data', (chunk) => (out += chunk))
    while (!existsSync(join(directory, 'appendonly.aof.manifest')))
      await servers[1].client.text('PING')
    for (let i = 0; i < 200; i++) await servers[0].client.command('INCR', 'before')
    await servers[0].client.command('WAIT', 2, 10000)
    await servers[0].stop()
    const master = await promoted(servers.slice(1))
    for (let i = 0; i < 200; i++) await master.command('INCR', 'after')
    const info = await master.text('INFO', 'replication')
    const offset = /master_repl_offset:(\d+)/.exec(info)?.[1] ?? ''
    while (lastOffset(directory) < Number(offset) && child.exitCode === null)
      await master.text('PING')
    child.kill('SIGTERM')
    const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode]
    expect({code, out: code === 0 ? '' : out}).toEqual({code: 0, out: ''})
    expect(JSON.parse(out)).toMatchObject({state: 'stopped', endedBy: 'signal'})
    const {digest} = await runOperation<DigestReport>('digest', [directory])
    expect(digest).toBe(await master.text('DEBUG', 'DIGEST'))
    master.close()
  }, 60000)
})

/** How far an archive is, by the last mark in its log. */
function lastOffset(directory: string): number {
  const logs = readdirSync(directory).filter((name) => name.endsWith('.incr.aof'))
  const text = logs.map((name) => readFileSync(join(directory, name), 'latin1')).join('')
  return Math.max(...[...text.matchAll(/#RESPITE:\w+:(\d+):/g)].map(([, offset]) => Number(offset)))
}

/** A connection to the one of them that becomes the master: Sentinel ends those that were there before. */
async function promoted(servers: readonly RunningServer[]): Promise<RespClient> {
  for (;;) {
    for (const {port} of servers) {
      const client = await RespClient.connect(port)
      const info = await client.text('INFO', 'replication').catch(() => '')
      if (info.includes('role:master')) return client
      client.close()
    }
  }
}

describe('Sentinels that', () => {
  const row = (fields: Record<string, string | number>) => Object.entries(fields).flat().map(String)
  const array = (items: readonly string[]) => resp(...items)
  /** One that says who the master is, and what of its replicas. */
  const sentinel = (
    port: number,
    replicas: Record<string, string | number>[] = [],
    flags = 'master',
  ) =>
    listen((socket) => {
      socket.on('data', (chunk) => {
        for (const command of chunk.toString('latin1').split(/(?=\*\d+\r\n)/)) {
          if (/ADDR-BY-NAME/.test(command)) socket.write(array(['127.0.0.1', String(port)]))
          else if (/REPLICAS/.test(command)) {
            socket.write(`*${replicas.length}\r\n`)
            for (const each of replicas) socket.write(array(row(each)))
          } else if (/MASTER/.test(command)) socket.write(array(row({flags})))
          else socket.write('+PONG\r\n')
        }
      })
    })
  const ask = async (all: readonly {port: number; close(): Promise<void>}[]) => {
    const addresses = all.map(({port}) => ({host: '127.0.0.1', port}))
    const settings = {addresses, masterName: 'm', password: null}
    const found = await askSentinels(settings, new AbortController().signal).catch((error) => error)
    for (const each of all) await each.close()
    return found
  }
  const replica = (port: number, more: Record<string, string | number> = {}) => ({
    ip: '127.0.0.1',
    port,
    flags: 'slave',
    'role-reported': 'slave',
    'master-link-status': 'ok',
    'slave-priority': 100,
    'slave-repl-offset': 10,
    ...more,
  })

  test('do not agree are not believed', async () => {
    const found = await ask([await sentinel(1), await sentinel(2)])
    expect(found).toMatchObject({exit: 11, message: expect.stringContaining('do not agree')})
  })

  test('see two masters are not believed', async () => {
    const found = await ask([await sentinel(1, [replica(2, {'role-reported': 'master'})])])
    expect(found).toMatchObject({
      exit: 11,
      message: expect.stringContaining('127.0.0.1:2 says that it is'),
    })
  })

  test('say that the master is down are believed', async () => {
    const found = await ask([await sentinel(1, [], 's_down,o_down,master')])
    expect(found).toMatchObject({exit: 11, message: expect.stringContaining('is down')})
  })

  test('do not answer are left out, as long as one does', async () => {
    const gone = await sentinel(1)
    await gone.close()
    const rows = [
      replica(2, {'slave-repl-offset': 5}),
      replica(3),
      replica(4, {'slave-priority': 0, 'slave-repl-offset': 4}),
      replica(5, {flags: 's_down,slave,disconnected'}),
      replica(6, {'master-link-status': 'err'}),
    ]
    const found = await ask([{port: gone.port, close: async () => {}}, await sentinel(1, rows)])
    expect(found.replicas.map(({port}: {port: number}) => port)).toEqual([4, 3, 2])
  })
})
