/** `push --as-master` for a command: a server replicates from us, gets everything as a snapshot, and is a master again. */
import {Exit, isOwn, RespiteError} from './errors.ts'
import {SERVERS} from './formats/rdb/targets.ts'
import {Client} from './net/client.ts'
import {type FedReplica, FeedingMaster} from './net/feeding-master.ts'
import {isCluster, keyCount, readInfo, type ServerInfo} from './net/server-info.ts'
import type {ServerSettings} from './net/server-settings.ts'
import {targetNameOf} from './net/server-version.ts'
import type {ConvertReport} from './operations/convert-reports.ts'
import type {FeedReport} from './operations/feed-reports.ts'

export interface FeedTask {
  host: string
  port: number
  /** A server that holds keys loses them. */
  replace: boolean
  /** For `convert`, but for what only the target can say. */
  options: Record<string, unknown> & {server?: string}
}

/** Runs `convert` with an output that is given away. */
export type RunConvert = (
  options: object,
  onChunk: (chunk: Uint8Array) => Promise<void>,
) => Promise<ConvertReport>

/** A server that cannot load what it gets hangs up and comes again. */
const ATTEMPTS = 3
const LOOK_MS = 200

export async function runFeed(
  input: string,
  settings: ServerSettings | null,
  task: FeedTask,
  convert: RunConvert,
  /** Told where to send a replica, where nobody does it here. */
  onListening: (address: string) => void,
): Promise<FeedReport> {
  const until = new AbortController()
  const client = settings === null ? null : await Client.connect(settings, until.signal)
  const master = await FeedingMaster.listen(task.host, task.port)
  try {
    const info = client === null ? null : await readInfo(client)
    if (client !== null && info !== null) refuse(client, info, task)
    const name = info === null ? null : targetNameOf(info, Object.keys(SERVERS))
    const options = {...task.options, ...(name === null ? {} : {server: name})}
    if (client === null) onListening(`${master.host} ${master.port}`)
    else await client.call('REPLICAOF', master.host, String(master.port))
    try {
      const {report, replica} = await feed(master, options, convert, until.signal)
      return await finished(input, client, master, report, replica)
    } finally {
      await client?.ask('REPLICAOF', 'NO', 'ONE').catch(() => null)
    }
  } finally {
    until.abort()
    master.close()
    client?.close()
  }
}

function refuse(client: Client, info: ServerInfo, {replace}: FeedTask): void {
  const keys = keyCount(info)
  const usage = (message: string, next: string) =>
    new RespiteError(Exit.USAGE, 'USAGE', `${client.name}: ${message}`, next)
  if (isCluster(info)) {
    throw usage('a cluster node, which takes no other master', 'Push without --as-master.')
  }
  if (info.get('role') === 'slave') {
    throw usage('a replica of another master already', 'Name its master, or a server of its own.')
  }
  if (keys > 0 && !replace) {
    const next = '--replace lets it lose them: a replica throws away what it has.'
    throw usage(`holds ${keys} keys`, next)
  }
}

/** One replica after the other until one has loaded it. */
async function feed(
  master: FeedingMaster,
  options: object,
  convert: RunConvert,
  until: AbortSignal,
): Promise<{report: ConvertReport; replica: FedReplica | null}> {
  for (let attempt = 1; ; attempt++) {
    const replica = await master.replica(until)
    try {
      let begun = false
      const report = await convert(options, async (chunk) => {
        if (!begun) await replica.begin()
        begun = true
        await replica.write(chunk)
      })
      if (report.verdict !== 'converted') return {report, replica: null}
      await replica.end()
      await replica.loaded
      return {report, replica}
    } catch (error) {
      const lost = isOwn(error) && error.exit === Exit.NETWORK
      if (!lost) throw error
      if (attempt === ATTEMPTS) throw givenUp(replica)
    } finally {
      // It would take us for its master for as long as it can.
      if (!replica.isThere) replica.close()
    }
  }
}

function givenUp({name}: FedReplica): RespiteError {
  const next = 'Its log says why. Is it older than the data? Give --for, as redis-6.2.'
  const message = `${name}: came ${ATTEMPTS} times and did not load what it got`
  return new RespiteError(Exit.NETWORK, 'NETWORK', message, next)
}

async function finished(
  input: string,
  client: Client | null,
  master: FeedingMaster,
  report: ConvertReport,
  replica: FedReplica | null,
): Promise<FeedReport> {
  const {kind, producer, keys, databases, functions, unselected, missing, bytes} = report
  const {stoppedAt, next, target, verdict} = report
  const keysThere = client === null || replica === null ? null : await promote(client)
  const unlike = keysThere !== null && keysThere > keys
  return {
    schema: 'respite.feed/1',
    ...{input, kind, producer, keys, databases, functions, unselected, missing, bytes},
    ...{stoppedAt, next, keysThere},
    target: client?.name ?? null,
    replica: replica?.name ?? null,
    listen: `${master.host}:${master.port}`,
    verdict: unlike
      ? 'unlike'
      : verdict === 'converted'
        ? 'pushed'
        : verdict === 'refused'
          ? 'refused'
          : 'unreadable',
    rdbVersion: target.rdbVersion,
    reason: unlike ? `the server has ${keysThere} keys` : report.reason,
  }
}

/** Make it a master again, and wait until its own files hold what it has. Returns its keys. */
async function promote(client: Client): Promise<number> {
  await client.call('REPLICAOF', 'NO', 'ONE')
  for (;;) {
    const info = await readInfo(client)
    const writes =
      info.get('aof_rewrite_in_progress') === '1' || info.get('aof_rewrite_scheduled') === '1'
    if (!writes) return keyCount(info)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
