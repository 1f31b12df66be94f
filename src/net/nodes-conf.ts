/**
 * A cluster as a node's nodes.conf tells it, which CLUSTER NODES prints likewise:
 *
 *     <id> <ip:port@bus[,hostname[,key=value]...]> <flags> <master id or -> <ping> <pong> <epoch> <link> <slot or range>...
 *     vars currentEpoch <n> lastVoteEpoch <n>
 *
 * A slot that is on its way stands in brackets besides: [93-<-id] comes from, [93->-id] goes to that node.
 * Source: clusterLoadConfig() in cluster.c.
 */
import {SLOTS} from './key-slot.ts'

export interface ClusterNode {
  id: string
  /** `127.0.0.1:7000`. */
  address: string
  /** Both ends included. */
  slots: [first: number, last: number][]
  /** Slots that are just leaving it or coming to it. */
  moving: number[]
}

/** All that a line tells. */
export interface KnownNode extends ClusterNode {
  /** `myself`, `master`, `slave`, `fail`, `handshake` … */
  flags: ReadonlySet<string>
  /** Id of the master that a replica follows. */
  master: string | null
  epoch: number
  /** Is there a link to it? Always of the node itself. */
  linked: boolean
  /** Port that the nodes talk over; null in files of the first versions. */
  busPort: number | null
}

const RANGE = /^(\d{1,5})(?:-(\d{1,5}))?$/
const MOVING = /^\[(\d{1,5})-[<>]-\w+\]$/

/** Masters with slots, by their first one. Null where a line is none of such a file; `line` is told then. */
export function parseNodesConf(text: string, wrong: (line: number) => void): ClusterNode[] | null {
  const nodes = parseNodes(text, wrong)
  if (nodes === null) return null
  return nodes
    .filter(({slots}) => slots.length > 0)
    .map(({id, address, slots, moving}) => ({id, address, slots, moving}))
    .sort((a, b) => a.slots[0][0] - b.slots[0][0])
}

/** All nodes, in the order of the lines. Null where a line is none of such a file; `line` is told then. */
export function parseNodes(text: string, wrong: (line: number) => void): KnownNode[] | null {
  const nodes: KnownNode[] = []
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const words = line.trim().split(/\s+/)
    if (words[0] === '' || words[0] === 'vars') continue
    const node = parseNode(words)
    if (node === null) {
      wrong(i + 1)
      return null
    }
    nodes.push(node)
  }
  return nodes
}

function parseNode(words: string[]): KnownNode | null {
  const [id, place, flags, master, , , epoch, link, ...ranges] = words
  if (flags === undefined || !/^[0-9a-f]{40}$/.test(id)) return null
  const [address, bus] = place.split(',')[0].split('@')
  const node: KnownNode = {
    ...{id, address, slots: [], moving: []},
    flags: new Set(flags.split(',')),
    master: master === undefined || master === '-' ? null : master,
    epoch: Number(epoch),
    linked: link === 'connected',
    busPort: bus === undefined ? null : Number(bus),
  }
  for (const range of ranges) {
    const moving = MOVING.exec(range)
    const match = RANGE.exec(range)
    const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])]
    if (moving !== null) node.moving.push(Number(moving[1]))
    else if (first <= last && last < SLOTS) node.slots.push([first, last])
    else return null
  }
  return node
}
