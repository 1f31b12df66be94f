/** `pull --cluster`: every master into a file, all or nothing. */
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {respite} from '../support/cli.ts'
import {startCluster} from '../support/cluster.ts'
import {fixture} from '../support/fixtures.ts'
import {type RunningServer, serverProgram} from '../support/server.ts'

const withCluster = serverProgram('redis-cli') && serverProgram() ? describe : describe.skip
const SMALL = fixture('redis-7.0.15/small-cluster')

withCluster('a cluster of three masters', () => {
  let folder: string
  let nodes: RunningServer[]
  const url = (i: number) => `redis://127.0.0.1:${nodes[i].port}`

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'respite-cluster-pull-'))
    nodes = await startCluster()
    await respite(['push', SMALL.path, url(0)])
  }, 60000)
  afterAll(async () => {
    for (const node of nodes) await node.stop()
    rmSync(folder, {recursive: true})
  })

  test('is pulled as a directory that merges into what it holds', async () => {
    const output = join(folder, 'whole')
    const run = await respite(['pull', '--cluster', url(1), '-o', output, '--json'])
    expect(run.code).toBe(0)
    const report = JSON.parse(run.stdout)
    expect(report).toMatchObject({verdict: 'pulled', keys: SMALL.entry.keys, uncovered: 0})
    expect(report.nodes).toHaveLength(3)
    const files = report.nodes.map(({file}: {file: string}) => file)
    expect(readdirSync(output)).toEqual([...files, 'cluster.json', 'nodes.conf'].sort())
    expect(JSON.parse(readFileSync(join(output, 'cluster.json'), 'utf8')).nodes).toEqual(
      report.nodes,
    )
    const merged = join(folder, 'merged.rdb')
    const paths = files.map((file: string) => join(output, file))
    await respite(['merge', ...paths, '--to', 'rdb', '-o', merged])
    const [file, back] = [SMALL.path, merged].map((path) => respite(['digest', '--full', path]))
    expect((await back).stdout.slice(0, 40)).toBe((await file).stdout.slice(0, 40))
  }, 20000)

  test('is not pulled into a directory that holds anything', async () => {
    const run = await respite(['pull', '--cluster', url(0), '-o', join(folder, 'whole')])
    expect(run.code).toBe(2)
  })

  test('of which a node dies leaves nothing', async () => {
    const output = join(folder, 'half')
    await nodes[2].stop()
    const run = await respite(['pull', '--cluster', url(0), '-o', output])
    expect(run.code).toBe(31)
    expect(run.stderr).toContain(String(nodes[2].port))
    expect(readdirSync(output)).toEqual([])
  })
})
