/**
 * `pull --cluster`: the snapshots of all masters at the same time, one file for each, and who serves which slots. All or nothing: what
 * came is taken away again when one of them fails, and cluster.json, which is written last, says that it is whole. A cluster has no
 * one moment: each file has its own.
 */
import {join} from 'node:path'
import {Exit, RespiteError} from '../errors.ts'
import {text} from '../formats/text.ts'
import {type Disk, nodeDisk} from '../io/disk.ts'
import type {Host} from '../io/host.ts'
import {publishText} from '../io/publish-text.ts'
import {runOperation} from '../io/run-operation.ts'
import {removeQuietly} from '../io/temporaries.ts'
import {Client} from '../net/client.ts'
import {mastersOf, readSlots, type SlotRange} from '../net/cluster-slots.ts'
import {SLOTS} from '../net/key-slot.ts'
import {replicaRdb} from '../net/replica-rdb.ts'
import {type ServerSettings, serverName} from '../net/server-settings.ts'
import type {ClusterPullReport, PulledNode} from './cluster-reports.ts'
import type {PullReport} from './pull-reports.ts'

export interface PullClusterOptions {
  output: string
  force?: boolean
  silenceMs?: number
  servers?: ReadonlyMap<string, ServerSettings>
}

const INDEX = 'cluster.json'
const NODES = 'nodes.conf'

/** @throws RespiteError where a node is in the way; DiskError, OutputError. */
export async function pullCluster(
  _host: Host,
  [input]: readonly string[],
  options: PullClusterOptions,
): Promise<ClusterPullReport> {
  const settings = options.servers?.get(input)
  if (settings === undefined) throw new Error('a server without its settings')
  const disk = nodeDisk()
  const {output} = options
  if (disk.stat(output) === undefined) disk.mkdir(output, 0o700)
  else if (disk.readdir(output).length > 0 && !options.force) throw notEmpty(output)
  const {slots, nodes} = await mapOf(settings)
  const masters = mastersOf(slots, settings)
  const files = masters.map(({host, port}) => `${host.replaceAll(':', '_')}-${port}.rdb`)
  try {
    const reports = await allOf(
      masters.map((master, i) => pullOne(master, join(output, files[i]), options)),
    )
    const report = reportOf(input, output, masters, files, reports, slots)
    const after = await mapOf(settings)
    if (signature(after.slots) !== signature(slots))
      report.reason = 'slots moved while it was pulled'
    if (report.reason !== null) return refused(disk, report)
    await publishText(join(output, NODES), nodes)
    await publishText(join(output, INDEX), `${JSON.stringify(report)}\n`)
    return report
  } catch (error) {
    removeAll(disk, output, files)
    throw error
  }
}

/** Which slots are where, and CLUSTER NODES as the node that was asked has it. */
async function mapOf(settings: ServerSettings): Promise<{slots: SlotRange[]; nodes: string}> {
  const client = await Client.connect(settings, new AbortController().signal)
  try {
    const slots = await readSlots(client, settings)
    const nodes = (await client.call('CLUSTER', 'NODES')) as Uint8Array
    if (slots.length > 0) return {slots, nodes: text(nodes)}
    const message = `${client.name}: a cluster in which no slot is served`
    throw new RespiteError(Exit.BUSY, 'BUSY', message, 'See CLUSTER INFO.')
  } finally {
    client.close()
  }
}

function pullOne(
  master: ServerSettings,
  output: string,
  {force, silenceMs}: PullClusterOptions,
): Promise<PullReport> {
  const hangUp = new AbortController()
  const openRemote = () => ({
    chunks: replicaRdb(master, hangUp.signal, silenceMs),
    close: () => hangUp.abort(),
  })
  return runOperation('pull', [serverName(master)], {output, force}, {openRemote, mode: 'worker'})
}

/** All of them, or the first error once all have ended: nothing is written any more then. */
async function allOf<T>(runs: readonly Promise<T>[]): Promise<T[]> {
  const ends = await Promise.allSettled(runs)
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
}

function reportOf(
  input: string,
  output: string,
  masters: readonly ServerSettings[],
  files: readonly string[],
  reports: readonly PullReport[],
  slots: readonly SlotRange[],
): ClusterPullReport {
  const nodes = masters.map(({host, port}, i): PulledNode => {
    const {bytes, keys, replication} = reports[i]
    const own = slots.filter((range) => range.host === host && range.port === port)
    const ranges = own.map(({first, last}): [number, number] => [first, last])
    return {address: `${host}:${port}`, slots: ranges, file: files[i], bytes, keys, replication}
  })
  const bad = reports.find(({verdict}) => verdict !== 'pulled')
  return {
    schema: 'respite.cluster-pull/1',
    ...{input, output, nodes},
    verdict: 'pulled',
    keys: nodes.reduce((sum, {keys}) => sum + keys, 0),
    bytes: nodes.reduce((sum, {bytes}) => sum + bytes, 0),
    uncovered: SLOTS - slots.reduce((sum, {first, last}) => sum + last - first + 1, 0),
    reason:
      bad === undefined ? null : `${bad.input} sent no sound snapshot: ${bad.findings[0]?.message}`,
    next: null,
  }
}

function refused(disk: Disk, report: ClusterPullReport): ClusterPullReport {
  removeAll(
    disk,
    report.output,
    report.nodes.map(({file}) => file),
  )
  return {...report, verdict: 'refused', next: 'Pull again when no slots are being moved.'}
}

function removeAll(disk: Disk, output: string, files: readonly string[]): void {
  for (const file of [INDEX, NODES, ...files]) removeQuietly(disk, join(output, file))
}

const signature = (slots: readonly SlotRange[]): string =>
  slots
    .map(({first, last, host, port}) => `${first}-${last} ${host}:${port}`)
    .sort()
    .join(' ')

function notEmpty(output: string): RespiteError {
  const next = 'Name an empty or new directory, or give --force.'
  return new RespiteError(
    Exit.USAGE,
    'OUTPUT_EXISTS',
    `${output}: the directory is not empty`,
    next,
  )
}
