/** `push`: what an input holds, in a server that runs. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from '@jest/globals'
import {targetNameOf} from '../../src/net/server-version.ts'
import {respite} from '../support/cli.ts'
import {startCluster} from '../support/cluster.ts'
import {fixture, ROOT} from '../support/fixtures.ts'
import {relayTo} from '../support/live.ts'
import {type RunningServer, serverProgram, startServer} from '../support/server.ts'

const FULL = fixture('redis-7.0.15/full')
const SMALL = fixture('redis-7.0.15/small')
const withServer = serverProgram() ? describe : describe.skip
const withCluster = serverProgram('redis-cli') && serverProgram() ? describe : describe.skip

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-push-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

withServer('pushed into a server', () => {
  let server: RunningServer
  let url: string
  const push = async (...args: string[]) => {
    const run = await respite(['push', ...args, '--json'])
    return {...run, report: JSON.parse(run.stdout)}
  }

  beforeAll(async () => {
    server = await startServer()
    url = `redis://127.0.0.1:${server.port}`
  })
  beforeEach(async () => {
    await server.client.command('FLUSHALL')
    await server.client.command('FUNCTION', 'FLUSH')
  })
  afterAll(() => server.stop())

  test('a file is there as it was, and was compared', async () => {
    const {report, code} = await push(FULL.path, url)
    expect(code).toBe(0)
    expect(report).toMatchObject({
      schema: 'respite.push/1',
      verdict: 'pushed',
      restored: FULL.entry.keys,
      functions: 2,
      server: 'redis 7.0.15',
      verified: 'digest',
    })
    expect(await server.client.text('DEBUG', 'DIGEST')).toBe(FULL.entry.digest)
  })

  test('an append-only directory is there as its replay gives it', async () => {
    const {path, entry} = fixture('redis-7.0.15/aof-small-multi')
    const {code} = await push(path, url)
    expect(code).toBe(0)
    expect(await server.client.text('DEBUG', 'DIGEST')).toBe(entry.digest)
  })

  test('a file of an older server goes there too', async () => {
    const {path, entry} = fixture('redis-4.0.14/small')
    const {report} = await push(path, url)
    expect(report).toMatchObject({verdict: 'pushed', keys: entry.keys, verified: 'digest'})
  })

  test('nothing is sent that the target cannot hold', async () => {
    const {report, code} = await push(fixture('redis-8.0.6/full').path, url)
    expect(code).toBe(20)
    expect(report).toMatchObject({verdict: 'refused', restored: 0})
    expect(await server.client.command('DBSIZE')).toBe(0)
  })

  test('a key that is there ends it by default, stays with --skip-existing, goes with --replace', async () => {
    const {client} = server
    const [db] = Object.keys((await push(SMALL.path, url, '--dry-run')).report.databases)
    await client.command('SELECT', db)
    await push(SMALL.path, url)
    const key = await client.text('RANDOMKEY')
    await client.command('DEL', key)
    await client.command('SET', key, 'mine')
    const fails = await push(SMALL.path, url, '--drop', 'functions')
    expect(fails.code).toBe(2)
    expect(fails.report.error.code).toBe('KEY_EXISTS')
    const skips = await push(SMALL.path, url, '--skip-existing')
    expect(skips.report).toMatchObject({
      restored: 0,
      skipped: SMALL.entry.keys,
      keysBefore: SMALL.entry.keys,
    })
    expect(await client.text('GET', key)).toBe('mine')
    const replaces = await push(SMALL.path, url, '--replace')
    expect(replaces.report).toMatchObject({restored: SMALL.entry.keys, skipped: 0})
    expect(await client.text('DEBUG', 'DIGEST')).toBe(SMALL.entry.digest)
    await client.command('SELECT', 0)
  })

  test('what is chosen and changed arrives like that', async () => {
    const {report} = await push(
      FULL.path,
      url,
      '--type',
      'hash',
      '--rename-db',
      '0=5',
      '--prefix-add',
      'x:',
    )
    const keys = (await server.client.text('INFO', 'keyspace')).match(/db5:keys=(\d+)/)?.[1]
    expect(Number(keys)).toBeGreaterThan(0)
    expect(report.verified).toBe('digest')
  })

  test('with --dry-run nothing is sent', async () => {
    const {report, code} = await push(FULL.path, url, '--dry-run')
    expect(code).toBe(0)
    expect(report).toMatchObject({verdict: 'planned', keys: FULL.entry.keys, restored: 0})
    expect(await server.client.command('DBSIZE')).toBe(0)
  })

  test('a server that is full says so, and how far it came', async () => {
    const small = await startServer({
      args: ['--maxmemory', '2mb', '--maxmemory-policy', 'noeviction'],
    })
    await server.client.command('DEBUG', 'POPULATE', '6000', 'k', '500')
    const dump = join(folder, 'large.rdb')
    await respite(['pull', url, '-o', dump, '--force'])
    const {report, code} = await push(dump, `redis://127.0.0.1:${small.port}`)
    const kept = await small.client.command('DBSIZE')
    await small.stop()
    expect(code).toBe(32)
    expect(report.error.message).toMatch(/OOM .*, after \d+ keys/)
    expect(Number(kept)).toBeGreaterThan(0)
  }, 20000)

  test('a replica is refused, with the master to name', async () => {
    const replica = await startServer({args: ['--replicaof', '127.0.0.1', '1']})
    const {report, code} = await push(SMALL.path, `redis://127.0.0.1:${replica.port}`)
    await replica.stop()
    expect(code).toBe(11)
    expect(report.error.next).toContain('Name its master')
  })

  test('what was interrupted goes on behind what had arrived', async () => {
    await server.client.command('DEBUG', 'POPULATE', '30000', 'k', '100')
    const wanted = await server.client.text('DEBUG', 'DIGEST')
    const dump = join(folder, 'resume.rdb')
    await respite(['pull', url, '-o', dump, '--force'])
    await server.client.command('FLUSHALL')
    let left = 120000
    let killed = false
    const state = join(folder, 'push.json')
    let child: ReturnType<typeof spawn> | null = null
    const relay = await relayTo(server.port, {
      onAnswer(chunk, client) {
        left -= chunk.length
        if (left > 0 || killed) return
        killed = true
        client.destroy()
      },
    })
    const args = ['push', dump, `redis://127.0.0.1:${relay.port}`, '--resume', state]
    child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), ...args], {stdio: 'ignore'})
    const [code] = await once(child, 'exit')
    expect(code).toBe(31)
    const {keys} = JSON.parse(readFileSync(state, 'utf8'))
    expect(keys).toBeGreaterThan(0)
    const again = await respite([...args, '--json'])
    await relay.close()
    expect(again.code).toBe(0)
    expect(JSON.parse(again.stdout).restored).toBeLessThanOrEqual(30000 - keys)
    expect(JSON.parse(again.stdout)).toMatchObject({verified: 'digest'})
    expect(await server.client.text('DEBUG', 'DIGEST')).toBe(wanted)
    expect(existsSync(state)).toBe(false)
  }, 30000)
})

withCluster('pushed into a cluster', () => {
  let nodes: RunningServer[]
  beforeAll(async () => {
    nodes = await startCluster()
  }, 60000)
  afterAll(async () => {
    for (const node of nodes) await node.stop()
  })

  test('each key goes to the node of its slot, and all of them were compared', async () => {
    const {path, entry} = fixture('redis-7.0.15/small-cluster')
    const run = await respite([
      'push',
      path,
      `redis://127.0.0.1:${nodes[1].port}`,
      '--cluster',
      '--json',
    ])
    expect(run.code).toBe(0)
    expect(JSON.parse(run.stdout)).toMatchObject({
      nodes: 3,
      restored: entry.keys,
      verified: 'digest',
    })
    const sizes = await Promise.all(nodes.map(({client}) => client.command('DBSIZE')))
    expect(sizes.reduce<number>((sum, size) => sum + Number(size), 0)).toBe(entry.keys)
  }, 20000)

  test('databases that a cluster has not are refused', async () => {
    const run = await respite([
      'push',
      FULL.path,
      `redis://127.0.0.1:${nodes[0].port}`,
      '--json',
      '--skip-existing',
    ])
    expect(run.code).toBe(20)
    expect(JSON.parse(run.stdout).missing).toMatchObject([
      {feature: 'databases', decision: 'refused'},
    ])
  })
})

test.each([
  [{redis_version: '7.0.15'}, 'redis-7.0'],
  [{redis_version: '7.3.240'}, 'redis-7.2'],
  [{redis_version: '99.0.0'}, 'redis-8.10'],
  [{redis_version: '7.2.4', valkey_version: '8.1.1', server_name: 'valkey'}, 'valkey-8.1'],
  [{redis_version: '2.4.0'}, null],
  [{}, null],
])('a server that says %j takes what %s takes', (info, expected) => {
  const known = [
    'redis-2.6',
    'redis-7.0',
    'redis-7.2',
    'redis-8.2',
    'redis-8.10',
    'valkey-8.0',
    'valkey-8.1',
  ]
  expect(targetNameOf(new Map(Object.entries(info)), known)).toBe(expected)
})
