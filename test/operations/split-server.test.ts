/** Parts loaded by the nodes of a real cluster: together they have the DEBUG DIGEST of the input. */
import {execFileSync} from 'node:child_process'
import {copyFileSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import {digest} from '../../src/operations/digest.ts'
import {merge} from '../../src/operations/merge.ts'
import {split} from '../../src/operations/split.ts'
import {figure} from '../support/campaign.ts'
import {inlineHost} from '../support/dataset.ts'
import {fixture} from '../support/fixtures.ts'
import {type RunningServer, serverProgram, startServer} from '../support/server.ts'

const cli = serverProgram('redis-cli')
const withCluster = serverProgram() && cli ? describe : describe.skip
const INPUT = fixture('redis-7.0.15/small-cluster').path

const xored = (digests: readonly string[]): string =>
  digests
    .map((each) => BigInt(`0x${each}`))
    .reduce((a, b) => a ^ b)
    .toString(16)
    .padStart(40, '0')

withCluster('a cluster of three masters', () => {
  let folder: string
  let nodes: RunningServer[]
  let host = inlineHost()
  const ids: string[] = []
  const conf = () => join(nodes[0].dir, 'nodes.conf')

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'respite-split-cluster-'))
    nodes = []
    const args = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf']
    for (let i = 0; i < 3; i++) nodes.push(await startServer({args}))
    const addresses = nodes.map(({port}) => `127.0.0.1:${port}`)
    execFileSync(cli!, ['--cluster', 'create', ...addresses, '--cluster-yes'])
    for (const {client} of nodes) {
      // The nodes agree a moment after the slots were given out.
      while (!(await client.text('CLUSTER', 'INFO')).includes('cluster_state:ok'));
      ids.push(await client.text('CLUSTER', 'MYID'))
    }
  }, 60_000)
  afterEach(() => {
    host.close()
    host = inlineHost()
  })
  afterAll(async () => {
    for (const node of nodes) await node.stop()
    rmSync(folder, {recursive: true})
  })

  test('loads a part each, split as its nodes.conf says', async () => {
    const output = join(folder, 'parts')
    const report = await split(host, [INPUT], {nodesConf: conf(), output})
    expect(report.parts.map(({node}) => node?.id).sort()).toEqual([...ids].sort())
    const digests: string[] = []
    for (const {node, file, keys} of report.parts) {
      const {client, dir} = nodes[ids.indexOf(node!.id)]
      copyFileSync(join(output, file!), join(dir, 'dump.rdb'))
      await client.command('DEBUG', 'RELOAD', 'NOSAVE', 'NOFLUSH')
      expect(await client.command('DBSIZE')).toBe(keys)
      // A node that had a key of another slot would give that slot to itself.
      expect(await client.text('CLUSTER', 'INFO')).toContain('cluster_slots_ok:16384')
      expect(await client.text('FUNCTION', 'STATS')).toBeDefined()
      digests.push(await client.text('DEBUG', 'DIGEST'))
    }
    const whole = digest(inlineHost(), [INPUT]).digest
    figure('R23', `split: the digests of ${digests.length} nodes make that of the input, ${whole}`)
    expect(xored(digests)).toBe(whole)
  })

  test('saves parts that merge to what was split', async () => {
    const saved: string[] = []
    for (const {client, dir} of nodes) {
      await client.command('SAVE')
      saved.push(join(dir, 'dump.rdb'))
    }
    const output = join(folder, 'merged.rdb')
    expect(merge(host, saved, {output})).toMatchObject({verdict: 'merged', conflicts: {keys: 0}})
    expect(digest(inlineHost(), [output], {full: true}).digest).toBe(
      digest(inlineHost(), [INPUT], {full: true}).digest,
    )
  })

  test('redis-cli gives three nodes the slots that --nodes 3 gives them', async () => {
    const output = join(folder, 'even')
    const even = await split(host, [INPUT], {nodes: 3, output})
    const told = await split(host, [INPUT], {nodesConf: conf(), output: null, dryRun: true})
    expect(told.parts.map(({slots}) => slots)).toEqual(even.parts.map(({slots}) => slots))
  })
})
