/** Three masters with a replica each: `cluster verify`, and `pull --cluster` while nodes fail. The tests go on where those before ended. */
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {loadKeySlot} from '../../src/net/key-slot.ts'
import type {ClusterVerifyReport} from '../../src/operations/cluster-reports.ts'
import {bytes} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {startCluster} from '../support/cluster.ts'
import {fixture} from '../support/fixtures.ts'
import {type RunningServer, serverProgram} from '../support/server.ts'

const withCluster = serverProgram('redis-cli') && serverProgram() ? describe : describe.skip
const SMALL = fixture('redis-7.0.15/small-cluster')

withCluster('a cluster of six nodes', () => {
  let folder: string
  let nodes: RunningServer[]
  const url = (i: number) => `redis://127.0.0.1:${nodes[i].port}`
  const address = (i: number) => `127.0.0.1:${nodes[i].port}`
  const verify = async (...args: string[]) => {
    const run = await respite(['cluster', 'verify', url(1), '--json', ...args])
    return {code: run.code, report: JSON.parse(run.stdout) as ClusterVerifyReport}
  }
  const pull = async (name: string, ...args: string[]) => {
    const output = join(folder, name)
    const run = await respite(['pull', '--cluster', url(1), '-o', output, '--json', ...args])
    return {code: run.code, report: JSON.parse(run.stdout), output}
  }
  const fullDigest = async (path: string) =>
    JSON.parse((await respite(['digest', '--full', '--json', path])).stdout).digest
  /** Digest of all files together. */
  const merged = async (output: string) => {
    const {nodes} = JSON.parse(readFileSync(join(output, 'cluster.json'), 'utf8'))
    const paths = nodes.map(({file}: {file: string}) => join(output, file))
    await respite(['merge', ...paths, '--to', 'rdb', '-o', `${output}.rdb`])
    return fullDigest(`${output}.rdb`)
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'respite-six-'))
    nodes = await startCluster(1)
    await respite(['push', SMALL.path, url(0)])
    for (const {client} of nodes.slice(0, 3)) await client.command('WAIT', '1', '0')
  }, 60000)
  afterAll(async () => {
    for (const node of nodes) await node.stop()
    rmSync(folder, {recursive: true})
  })

  test('is good, replicas hold what their masters hold, and all of it is the file', async () => {
    const {code, report} = await verify('--against', SMALL.path)
    expect({code, findings: report.findings}).toEqual({code: 0, findings: []})
    expect(report).toMatchObject({verdict: 'ok', keys: SMALL.entry.keys, uncovered: 0})
    expect(report.digest).toBe(await fullDigest(SMALL.path))
    for (const {role, master, digest} of report.nodes.slice(3)) {
      expect(role).toBe('replica')
      expect(report.nodes.find((node) => node.address === master)?.digest).toBe(digest)
    }
  }, 20000)

  test('with a key in a wrong place is not, and not what the file is', async () => {
    const keySlot = await loadKeySlot()
    const key = Array.from({length: 20}, (_, i) => `stray${i}`).find(
      (name) => keySlot(bytes(name)) > 10922,
    )!
    const slot = String(keySlot(bytes(key)))
    const [, , owner] = await Promise.all(
      nodes.slice(0, 3).map(({client}) => client.text('CLUSTER', 'MYID')),
    )
    const {client} = nodes[0]
    const askedTo = async (...args: string[]) => {
      await client.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', owner)
      await client.command('ASKING')
      await client.command(...args)
      await client.command('CLUSTER', 'SETSLOT', slot, 'STABLE')
    }
    await askedTo('SET', key, 'x')
    const {code, report} = await verify('--against', SMALL.path)
    expect(code).toBe(1)
    expect(report.findings).toMatchObject([
      {code: 'CLUSTER_STRAY', severity: 'error', node: address(0)},
      {code: 'CLUSTER_UNLIKE'},
    ])
    await askedTo('DEL', key)
    await client.command('WAIT', '1', '0')
  }, 20000)

  test('with a slot on its way is not pulled, and verify warns', async () => {
    const {client} = nodes[0]
    const other = await nodes[1].client.text('CLUSTER', 'MYID')
    await client.command('CLUSTER', 'SETSLOT', '7', 'MIGRATING', other)
    const {code, report, output} = await pull('moving')
    expect({code, error: report.error}).toMatchObject({
      code: 13,
      error: {message: expect.stringContaining('slot 7 is on its way')},
    })
    expect(readdirSync(output)).toEqual([])
    const verified = await verify('--no-digest')
    expect(verified.report.verdict).toBe('warnings')
    expect(verified.report.findings).toMatchObject([{code: 'CLUSTER_MOVING', node: address(0)}])
    await client.command('CLUSTER', 'SETSLOT', '7', 'STABLE')
  }, 20000)

  test('is pulled from its replicas', async () => {
    const {code, report, output} = await pull('replicas', '--prefer-replicas')
    expect(code).toBe(0)
    const from = report.nodes.map((node: {from: string}) => node.from)
    expect(from.toSorted()).toEqual([3, 4, 5].map(address).toSorted())
    expect(await merged(output)).toBe(await fullDigest(SMALL.path))
  }, 20000)

  test('of which a master dies while it is pulled is whole: a replica takes over', async () => {
    const {client} = nodes[0]
    await client.command('CONFIG', 'SET', 'rdb-key-save-delay', '300000')
    const running = pull('failover')
    const isPulled = async () => {
      const info = await client.text('INFO', 'replication')
      return Number(/connected_slaves:(\d+)/.exec(info)?.[1]) > 1
    }
    while (!(await isPulled()));
    await nodes[0].stop()
    const {code, report, output} = await running
    expect({code, reason: report.reason}).toEqual({code: 0, reason: null})
    const part = report.nodes.find((node: {address: string}) => node.address === address(0))
    expect([3, 4, 5].map(address)).toContain(part.from)
    expect(report.keys).toBe(SMALL.entry.keys)
    expect(await merged(output)).toBe(await fullDigest(SMALL.path))
  }, 40000)

  test('that has lost a node is failing, for Nagios too', async () => {
    const {code, report} = await verify('--no-digest')
    expect(code).toBe(1)
    const codes = report.findings.filter(({node}) => node === address(0)).map((each) => each.code)
    expect(codes).toEqual(['CLUSTER_FAILING', 'CLUSTER_UNREACHABLE'])
    const alone = report.findings.filter((each) => each.code === 'CLUSTER_NO_REPLICA')
    expect(alone).toMatchObject([{severity: 'warning'}])
    const nagios = await respite(['cluster', 'verify', url(1), '--no-digest', '--nagios'])
    expect(nagios).toMatchObject({code: 2, stdout: expect.stringMatching(/^RESPITE CRITICAL - /)})
  }, 20000)

  test('in which a replica holds something of its own is found out', async () => {
    const {report: before} = await verify('--no-digest')
    const replica = before.nodes.find(({role, keys}) => role === 'replica' && keys !== null)!
    const node = nodes.find((_, i) => address(i) === replica.address)!
    await node.client.command('DEBUG', 'POPULATE', '1', 'own')
    const {report} = await verify()
    expect(report.findings).toContainEqual(
      expect.objectContaining({code: 'CLUSTER_REPLICA_UNLIKE', node: replica.address}),
    )
  }, 20000)

  test('of which a whole shard is gone is not pulled, and nothing is left', async () => {
    const {report: before} = await verify('--no-digest')
    const shard = before.nodes.filter(({address: at, master}) => [at, master].includes(address(2)))
    for (const [i, node] of nodes.entries()) {
      if (shard.some(({address: at}) => at === address(i))) await node.stop()
    }
    const {code, output} = await pull('gone', '--timeout', '2s')
    expect([11, 31]).toContain(code)
    expect(existsSync(join(output, 'cluster.json'))).toBe(false)
    expect(readdirSync(output)).toEqual([])
  }, 40000)
})
