/** What a node of a cluster says: of itself, of the others, and of the keys that it holds. */
import {text} from '../formats/text.ts'
import type {Client} from './client.ts'
import {SLOTS} from './key-slot.ts'
import {notRedis} from './net-error.ts'
import {type KnownNode, parseNodes} from './nodes-conf.ts'
import {readInfo, type ServerInfo} from './server-info.ts'

export interface NodeView {
  readonly info: ServerInfo
  /** The node itself, as it knows itself. */
  readonly self: KnownNode
  /** All that it knows, itself too. */
  readonly nodes: readonly KnownNode[]
  /** `cluster_state:ok`. */
  readonly isUp: boolean
}

/** @throws RespiteError NETWORK, also for a server that is not in cluster mode. */
export async function readView(client: Client): Promise<NodeView> {
  const info = await readInfo(client)
  const nodes = await readNodes(client)
  const state = text((await client.call('CLUSTER', 'INFO')) as Uint8Array)
  const self = nodes.find(({flags}) => flags.has('myself'))
  if (self === undefined) throw notRedis(client.name)
  return {info, self, nodes, isUp: /^cluster_state:ok\r?$/m.test(state)}
}

export async function readNodes(client: Client): Promise<KnownNode[]> {
  const reply = (await client.call('CLUSTER', 'NODES')) as Uint8Array
  const nodes = parseNodes(text(reply), () => {})
  if (nodes === null) throw notRedis(client.name)
  return nodes
}

/** How many keys each slot has there, whoever serves it. */
export async function countSlots(client: Client): Promise<number[]> {
  const counts = Array.from({length: SLOTS}, (_, slot) =>
    client.call('CLUSTER', 'COUNTKEYSINSLOT', String(slot)),
  )
  return (await Promise.all(counts)).map(Number)
}

/** Host and port; IPv6 addresses have colons of their own. */
export function placeOf(address: string): {host: string; port: number} {
  const colon = address.lastIndexOf(':')
  return {host: address.slice(0, colon), port: Number(address.slice(colon + 1))}
}

/** Ranges to slots. */
export function slotsIn(ranges: readonly (readonly [number, number])[]): number[] {
  return ranges.flatMap(([first, last]) =>
    Array.from({length: last - first + 1}, (_, i) => first + i),
  )
}

/** Slots, in order, to ranges. */
export function rangesOf(slots: readonly number[]): [number, number][] {
  const ranges: [number, number][] = []
  for (const slot of slots) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === slot - 1) last[1] = slot
    else ranges.push([slot, slot])
  }
  return ranges
}
