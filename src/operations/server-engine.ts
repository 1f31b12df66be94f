/** The engine of `--engine`: a live server that loads and replays an input in place of the embedded one. */
import type {CommandTable} from '../engine/commands/table.ts'
import type {Trouble} from '../engine/replay.ts'
import {Exit, RespiteError} from '../errors.ts'
import {FormatError} from '../formats/errors.ts'
import type {Host} from '../io/host.ts'
import {openTarget, type ReplayTarget} from '../net/replay-target.ts'
import {databasesOf, producerName, readInfo} from '../net/server-info.ts'
import type {ServerSettings} from '../net/server-settings.ts'
import type {FileToLoad} from './load-dataset.ts'
import type {DatabaseCounts} from './reports.ts'
import {ServerReplay} from './server-replay.ts'

export interface EngineOptions {
  /** Settings of the servers among the inputs, by name. */
  servers?: ReadonlyMap<string, ServerSettings>
  /** Empty the server first. Without it a server that holds anything is refused. */
  force?: boolean
}

export interface Played {
  /** Commands that were read. */
  commands: number
  /** Bytes of the files, unwrapped. */
  bytes: number
  /** Where it could not go on. */
  stopped: {file: string; error: FormatError} | null
  /** What the server counts; it does not count types. */
  databases: Record<string, DatabaseCounts>
  /** What the server is: `redis 7.0.15`. */
  producer: string | null
  /** DEBUG DIGEST, where the server allows it. A cluster has none. */
  debugDigest: string | null
}

/**
 * Load the files on the server `name`. Sockets live in the thread that this runs in, between whose turns it waits for them; the
 * files come in as ever. @throws RespiteError where the server is in the way.
 */
export async function playOnServer(
  host: Host,
  name: string,
  files: readonly FileToLoad[],
  {servers, force = false}: EngineOptions,
  replay: {table: CommandTable; onTrouble(file: string, trouble: Trouble): void},
): Promise<Played> {
  const settings = servers?.get(name)
  if (settings === undefined) throw new Error('an engine without its settings')
  const target = await openTarget(settings, force, new AbortController().signal)
  try {
    const player = new ServerReplay(host, target, replay)
    const evicted = await evictedKeys(target)
    const stopped = await loadAll(player, files)
    if ((await evictedKeys(target)) > evicted) throw lostKeys(target.name)
    const databases = await countsOf(target)
    const producer = producerName(await readInfo(target.nodes[0]))
    const digest = await debugDigest(target)
    const {commands, bytes} = player
    return {commands, bytes, stopped, databases, producer, debugDigest: digest}
  } finally {
    target.close()
  }
}

async function loadAll(
  player: ServerReplay,
  files: readonly FileToLoad[],
): Promise<Played['stopped']> {
  for (const file of files) {
    try {
      await player.load(file)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      return {file: file.name, error}
    }
  }
  return null
}

async function evictedKeys({nodes}: ReplayTarget): Promise<number> {
  let sum = 0
  for (const node of nodes) sum += Number((await readInfo(node)).get('evicted_keys') ?? 0)
  return sum
}

async function countsOf({nodes}: ReplayTarget): Promise<Played['databases']> {
  const databases: Played['databases'] = {}
  for (const node of nodes) {
    for (const {db, keys, expires} of databasesOf(await readInfo(node))) {
      const counts = (databases[db] ??= {keys: 0, expires: 0, types: {}})
      counts.keys += keys
      counts.expires += expires
    }
  }
  return databases
}

/** Servers from 7.0 on refuse DEBUG unless they were told otherwise. */
async function debugDigest({nodes, isCluster}: ReplayTarget): Promise<string | null> {
  if (isCluster) return null
  const reply = await nodes[0].ask('DEBUG', 'DIGEST')
  return typeof reply === 'string' && /^[0-9a-f]{40}$/.test(reply) ? reply : null
}

function lostKeys(server: string): RespiteError {
  const next = 'Raise its maxmemory, or set maxmemory-policy noeviction, and run it again.'
  const message = `${server}: evicted keys while they were loaded`
  return new RespiteError(Exit.LIMIT, 'LIMIT', message, next)
}
