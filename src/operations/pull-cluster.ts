/**
 * `pull --cluster`: the snapshots of all masters at the same time, one file for each, and who serves which slots. All or nothing: what
 * came is taken away again when one of them fails, and cluster.json, which is written last, says that it is whole. A cluster has no
 * one moment: each file has its own.
 */
import {join} from 'node:path'
import {Exit, RespiteError} from '../errors.ts'
import {type Disk, nodeDisk} from '../io/disk.ts'
import type {Host} from '../io/host.ts'
import {publishText} from '../io/publish-text.ts'
import {runOperation} from '../io/run-operation.ts'
import {removeQuietly} from '../io/temporaries.ts'
import {SLOTS} from '../net/key-slot.ts'
import {replicaRdb} from '../net/replica-rdb.ts'
import {type ServerSettings, serverName} from '../net/server-settings.ts'
import type {ClusterPullReport, PulledNode} from './cluster-reports.ts'
import {
  type ClusterMap,
  isAway,
  layoutOfSlots,
  movingSlot,
  readMap,
  type Shard,
  sourcesOf,
} from './cluster-shards.ts'
import type {PullReport} from './pull-reports.ts'

export interface PullClusterOptions {
  output: string
  force?: boolean
  /** How long a node may say nothing, and how long a replica may need to take over. */
  silenceMs?: number
  /** From replicas where there are any that are connected. */
  preferReplicas?: boolean
  servers?: ReadonlyMap<string, ServerSettings>
}

interface PulledShard {
  report: PullReport
  from: ServerSettings
}

const INDEX = 'cluster.json'
const NODES = 'nodes.conf'
const SILENCE_MS = 60000
const AGAIN_AFTER_MS = 500
const MOVED = 'slots moved while it was pulled'

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
  const map = await readMap([settings])
  await refuseMoving(map)
  const {shards} = map
  const files = shards.map(({master: {host, port}}) => `${host.replaceAll(':', '_')}-${port}.rdb`)
  try {
    const pulled = await allOf(
      shards.map((shard, i) => pullShard(shard, map, join(output, files[i]), options)),
    )
    const report = reportOf(input, output, shards, files, pulled)
    const after = await readMap([settings, ...map.all])
    const moved = layoutOfSlots(after.shards) !== layoutOfSlots(shards)
    if (moved || (await movingSlot(after.shards)) !== null) report.reason = MOVED
    if (report.reason !== null) return refused(disk, report)
    await publishText(join(output, NODES), map.nodes)
    await publishText(join(output, INDEX), `${JSON.stringify(report)}\n`)
    return report
  } catch (error) {
    removeAll(disk, output, files)
    throw error
  }
}

/** Keys of a slot on its way are on both sides: each of the files would have some of them. */
async function refuseMoving({shards}: ClusterMap): Promise<void> {
  const slot = await movingSlot(shards)
  if (slot === null) return
  const message = `slot ${slot} is on its way from one node to another`
  const next = 'Wait for it, or end it: redis-cli --cluster fix.'
  throw new RespiteError(Exit.CHANGED, 'INPUT_CHANGED', message, next)
}

/** From another node of the shard where one fails; where a replica may still take over, that is waited for. */
async function pullShard(
  first: Shard,
  {all}: ClusterMap,
  output: string,
  options: PullClusterOptions,
): Promise<PulledShard> {
  let shard = first
  const endMs = performance.now() + (options.silenceMs ?? SILENCE_MS)
  for (;;) {
    let failure: unknown
    for (const from of await sourcesOf(shard, options.preferReplicas === true)) {
      try {
        return {report: await pullOne(from, output, options), from}
      } catch (error) {
        if (!isAway(error)) throw error
        failure = error
      }
    }
    if (first.replicas.length === 0 || performance.now() > endMs) throw failure
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS))
    const {shards} = await readMap(all)
    const now = shards.find(({slots}) => String(slots) === String(shard.slots))
    if (now === undefined) throw new RespiteError(Exit.CHANGED, 'INPUT_CHANGED', MOVED)
    shard = now
  }
}

function pullOne(
  node: ServerSettings,
  output: string,
  {force, silenceMs}: PullClusterOptions,
): Promise<PullReport> {
  const hangUp = new AbortController()
  const openRemote = () => ({
    chunks: replicaRdb(node, hangUp.signal, silenceMs),
    close: () => hangUp.abort(),
  })
  return runOperation('pull', [serverName(node)], {output, force}, {openRemote, mode: 'worker'})
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
  shards: readonly Shard[],
  files: readonly string[],
  pulled: readonly PulledShard[],
): ClusterPullReport {
  const nodes = shards.map(({master, slots}, i): PulledNode => {
    const {report, from} = pulled[i]
    const {bytes, keys, replication} = report
    const address = addressOf(master)
    return {address, from: addressOf(from), slots, file: files[i], bytes, keys, replication}
  })
  const bad = pulled.find(({report}) => report.verdict !== 'pulled')?.report
  const served = shards.flatMap(({slots}) => slots)
  return {
    schema: 'respite.cluster-pull/1',
    ...{input, output, nodes},
    verdict: 'pulled',
    keys: nodes.reduce((sum, {keys}) => sum + keys, 0),
    bytes: nodes.reduce((sum, {bytes}) => sum + bytes, 0),
    uncovered: SLOTS - served.reduce((sum, [first, last]) => sum + last - first + 1, 0),
    reason:
      bad === undefined ? null : `${bad.input} sent no sound snapshot: ${bad.findings[0]?.message}`,
    next: null,
  }
}

const addressOf = ({host, port}: ServerSettings): string => `${host}:${port}`

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

function notEmpty(output: string): RespiteError {
  const next = 'Name an empty or new directory, or give --force.'
  return new RespiteError(
    Exit.USAGE,
    'OUTPUT_EXISTS',
    `${output}: the directory is not empty`,
    next,
  )
}
