/** A cluster as masters with their slots and replicas, and where the data of one is best taken from. */
import {Exit, isOwn, RespiteError} from '../errors.ts'
import {text} from '../formats/text.ts'
import {Client} from '../net/client.ts'
import {nodeAt} from '../net/cluster-slots.ts'
import {placeOf, readNodes} from '../net/cluster-view.ts'
import type {KnownNode} from '../net/nodes-conf.ts'
import {readInfo} from '../net/server-info.ts'
import type {ServerSettings} from '../net/server-settings.ts'

export interface Shard {
  master: ServerSettings
  replicas: ServerSettings[]
  /** Both ends included. */
  slots: [first: number, last: number][]
}

export interface ClusterMap {
  shards: Shard[]
  /** CLUSTER NODES as the node that was asked has it. */
  nodes: string
  /** Who was asked may be gone later: everybody who can be asked in its place. */
  all: ServerSettings[]
}

/** The map of the first that answers. @throws RespiteError AUTH, NETWORK; BUSY where no slot is served. */
export async function readMap(from: readonly ServerSettings[]): Promise<ClusterMap> {
  let failure: unknown
  for (const settings of from) {
    try {
      return await mapFrom(settings)
    } catch (error) {
      if (!isAway(error)) throw error
      failure ??= error
    }
  }
  throw failure
}

async function mapFrom(settings: ServerSettings): Promise<ClusterMap> {
  const client = await Client.connect(settings, new AbortController().signal)
  try {
    const known = await readNodes(client)
    const nodes = text((await client.call('CLUSTER', 'NODES')) as Uint8Array)
    const at = ({address}: KnownNode) => {
      const {host, port} = placeOf(address)
      return nodeAt(settings, host === '' ? settings.host : host, port)
    }
    const shards = known
      .filter(({slots}) => slots.length > 0)
      .sort((a, b) => a.slots[0][0] - b.slots[0][0])
      .map((master) => {
        const replicas = known.filter((node) => node.master === master.id && isThere(node))
        return {master: at(master), replicas: replicas.map(at), slots: master.slots}
      })
    if (shards.length > 0) return {shards, nodes, all: known.filter(isThere).map(at)}
    const message = `${client.name}: a cluster in which no slot is served`
    throw new RespiteError(Exit.BUSY, 'BUSY', message, 'See CLUSTER INFO.')
  } finally {
    client.close()
  }
}

/** A slot that is on its way, as the masters themselves say; null where there is none. */
export async function movingSlot(shards: readonly Shard[]): Promise<number | null> {
  for (const {master} of shards) {
    try {
      const client = await Client.connect(master, new AbortController().signal)
      const nodes = await readNodes(client).finally(() => client.close())
      const moving = nodes.find(({flags}) => flags.has('myself'))?.moving ?? []
      if (moving.length > 0) return moving[0]
    } catch (error) {
      // Its part shows whether it can be had elsewhere.
      if (!isAway(error)) throw error
    }
  }
  return null
}

/** Where to take a shard's data from, the best first. Replicas that have lost their master are none. */
export async function sourcesOf(shard: Shard, preferReplicas: boolean): Promise<ServerSettings[]> {
  const ranked: {settings: ServerSettings; never: boolean; offset: number}[] = []
  for (const settings of shard.replicas) {
    try {
      const client = await Client.connect(settings, new AbortController().signal)
      const info = await readInfo(client).finally(() => client.close())
      if (info.get('role') !== 'slave' || info.get('master_link_status') !== 'up') continue
      const never = info.get('slave_priority') === '0'
      ranked.push({settings, never, offset: Number(info.get('slave_repl_offset'))})
    } catch (error) {
      if (!isAway(error)) throw error
    }
  }
  ranked.sort((a, b) => Number(b.never) - Number(a.never) || b.offset - a.offset)
  const replicas = ranked.map(({settings}) => settings)
  return preferReplicas ? [...replicas, shard.master] : [shard.master, ...replicas]
}

/** Who has which slots, whoever is the master there just now. */
export const layoutOfSlots = (shards: readonly Shard[]): string =>
  shards
    .map(({slots}) => String(slots))
    .sort()
    .join(' ')

/** Another node may have the same. */
export function isAway(error: unknown): boolean {
  return isOwn(error) && (error.exit === Exit.NETWORK || error.exit === Exit.BUSY)
}

const isThere = ({flags}: KnownNode): boolean =>
  !['handshake', 'noaddr', 'fail'].some((flag) => flags.has(flag))
