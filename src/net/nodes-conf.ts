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

const RANGE = /^(\d{1,5})(?:-(\d{1,5}))?$/
const MOVING = /^\[(\d{1,5})-[<>]-\w+\]$/

/** Masters with slots, by their first one. Null where a line is none of such a file; `line` is told then. */
export function parseNodesConf(text: string, wrong: (line: number) => void): ClusterNode[] | null {
  const nodes: ClusterNode[] = []
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const words = line.trim().split(/\s+/)
    if (words[0] === '' || words[0] === 'vars') continue
    const node = parseNode(words)
    if (node === null) {
      wrong(i + 1)
      return null
    }
    if (node.slots.length > 0) nodes.push(node)
  }
  return nodes.sort((a, b) => a.slots[0][0] - b.slots[0][0])
}

function parseNode([id, address, flags, , , , , , ...ranges]: string[]): ClusterNode | null {
  if (flags === undefined || !/^[0-9a-f]{40}$/.test(id)) return null
  const node: ClusterNode = {id, address: address.split(/[@,]/)[0], slots: [], moving: []}
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
