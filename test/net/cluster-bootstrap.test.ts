/** `cluster bootstrap`: nodes that hold the parts of a split become a cluster. */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {respite} from '../support/cli.ts'
import {startNode} from '../support/cluster.ts'
import {fixture} from '../support/fixtures.ts'
import {type RunningServer, serverProgram, startServer} from '../support/server.ts'

const withServer = serverProgram() ? describe : describe.skip
const SMALL = fixture('redis-7.0.15/small-cluster')

let folder: string
let parts: string
const rdb = (name: string) => readFileSync(join(parts, name))
const part = (i: number) => rdb(`node-${i + 1}.rdb`)
const named = (nodes: readonly RunningServer[]) =>
  nodes.flatMap(({port}) => ['--node', `redis://127.0.0.1:${port}`])
async function bootstrap(nodes: readonly RunningServer[], ...args: string[]) {
  const plan = ['cluster', 'bootstrap', '--plan', parts, ...named(nodes)]
  const run = await respite([...plan, '--run', '--json', ...args])
  return {code: run.code, report: JSON.parse(run.stdout)}
}
async function withNodes(
  started: readonly Promise<RunningServer>[],
  use: (nodes: RunningServer[]) => Promise<void>,
): Promise<void> {
  const nodes = await Promise.all(started)
  try {
    await use(nodes)
  } finally {
    for (const node of nodes) await node.stop()
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'respite-bootstrap-'))
  parts = join(folder, 'parts')
  await respite(['split', SMALL.path, '--nodes', '3', '-o', parts])
})
afterAll(() => rmSync(folder, {recursive: true}))

test('prints a script: files, slots, epochs, who meets whom', async () => {
  const {code, stdout} = await respite(['cluster', 'bootstrap', '--plan', parts])
  expect(code).toBe(0)
  expect(stdout.trimEnd().split('\n')).toEqual([
    ...[1, 2, 3].map((i) => `# node-${i}:6379 starts with ${parts}/node-${i}.rdb as its dump.rdb`),
    'redis-cli -h node-1 -p 6379 CLUSTER ADDSLOTSRANGE 0 5460',
    'redis-cli -h node-2 -p 6379 CLUSTER ADDSLOTSRANGE 5461 10922',
    'redis-cli -h node-3 -p 6379 CLUSTER ADDSLOTSRANGE 10923 16383',
    ...[1, 2, 3].map((i) => `redis-cli -h node-${i} -p 6379 CLUSTER SET-CONFIG-EPOCH ${i}`),
    '# CLUSTER MEET takes IP addresses, no names',
    'redis-cli -h node-1 -p 6379 CLUSTER MEET node-2 6379',
    'redis-cli -h node-1 -p 6379 CLUSTER MEET node-3 6379',
    'redis-cli -h node-1 -p 6379 CLUSTER INFO',
  ])
})

test('takes no plan in which a slot is missing', async () => {
  const path = join(folder, 'holes.json')
  const nodes = [{name: 'a', slots: [[0, 16000]]}]
  writeFileSync(path, JSON.stringify({schema: 'respite.split-plan/1', nodes}))
  const {code, stderr} = await respite(['cluster', 'bootstrap', '--plan', path])
  expect({code, stderr}).toMatchObject({code: 2, stderr: expect.stringContaining('383 slots')})
})

test.each([
  ['{"nodes": []}', 'this is no plan'],
  ['\0\0', 'this is no JSON'],
])('says how to make a plan where %j is none', async (text, says) => {
  const path = join(folder, 'none.json')
  writeFileSync(path, text)
  const {code, stderr} = await respite(['cluster', 'bootstrap', '--plan', path])
  expect(code).toBe(2)
  expect(stderr).toContain(says)
  expect(stderr).toContain('Next: respite split INPUT --nodes 3 --plan-only -o plan.json')
})

test('names its help as it is typed', async () => {
  const {code, stderr} = await respite(['cluster', 'bootstrap', '--bogus'])
  expect(code).toBe(2)
  expect(stderr).toContain('Next: respite cluster bootstrap --help')
})

withServer('nodes', () => {
  test('that started with their parts become a cluster, once', async () => {
    const started = [0, 1, 2].map((i) => startNode([], {'dump.rdb': part(i)}))
    await withNodes(started, async (nodes) => {
      const {code, report} = await bootstrap(nodes)
      expect({code, reason: report.reason}).toEqual({code: 0, reason: null})
      expect(report.verdict).toBe('formed')
      const there = await respite(['digest', '--full', `redis://127.0.0.1:${nodes[2].port}`])
      const file = await respite(['digest', '--full', SMALL.path])
      expect(there.stdout.slice(0, 40)).toBe(file.stdout.slice(0, 40))
      const again = await bootstrap(nodes)
      expect(again).toMatchObject({code: 0, report: {verdict: 'formed', commands: []}})
    })
  }, 30000)

  test('of which one holds the part of another are left as they are', async () => {
    const started = [0, 1, 1].map((i) => startNode([], {'dump.rdb': part(i)}))
    await withNodes(started, async (nodes) => {
      const {code, report} = await bootstrap(nodes)
      expect({code, verdict: report.verdict}).toEqual({code: 1, verdict: 'refused'})
      expect(report.nodes.map(({problem}: {problem: string | null}) => problem)).toEqual([
        null,
        null,
        expect.stringMatching(/^serves slot \d+, which the plan gives to another part$/),
      ])
      expect(await nodes[0].client.text('CLUSTER', 'INFO')).toContain('cluster_known_nodes:1')
    })
  }, 30000)

  test('that are empty are refused, and with --empty go on where an earlier run ended', async () => {
    await withNodes([startNode(), startNode(), startNode()], async (nodes) => {
      const refused = await bootstrap(nodes)
      expect(refused.report.nodes[0].problem).toContain('node-1.rdb')
      await nodes[0].client.text('CLUSTER', 'ADDSLOTSRANGE', '0', '5000')
      await nodes[0].client.text('CLUSTER', 'MEET', '127.0.0.1', String(nodes[1].port))
      while (!(await nodes[1].client.text('CLUSTER', 'INFO')).includes('known_nodes:2'));
      const {code, report} = await bootstrap(nodes, '--empty')
      expect({code, reason: report.reason}).toEqual({code: 0, reason: null})
      expect(report.commands).toContain(
        `127.0.0.1:${nodes[0].port} CLUSTER ADDSLOTSRANGE 5001 5460`,
      )
      expect(String(report.commands).match(/MEET/g)).toHaveLength(1)
      const url = `redis://127.0.0.1:${nodes[0].port}`
      expect((await respite(['push', SMALL.path, url, '--cluster'])).code).toBe(0)
    })
  }, 30000)

  test('that are strangers, or no nodes, are named', async () => {
    await withNodes([startNode(), startNode(), startServer(), startNode()], async (nodes) => {
      const [first, second, plain, stranger] = nodes
      await second.client.text('CLUSTER', 'MEET', '127.0.0.1', String(stranger.port))
      while (!(await second.client.text('CLUSTER', 'INFO')).includes('known_nodes:2'));
      while ((await second.client.text('CLUSTER', 'NODES')).includes('handshake'));
      const {code, report} = await bootstrap([first, second, plain], '--empty')
      expect(code).toBe(1)
      expect(report.nodes.map(({problem}: {problem: string | null}) => problem)).toEqual([
        null,
        `knows another node already, 127.0.0.1:${stranger.port}`,
        'is not in cluster mode (cluster-enabled yes)',
      ])
    })
  }, 30000)
})
