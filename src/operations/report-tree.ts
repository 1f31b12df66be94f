/** Trees of prefixes in a part file, and what a report shows of one. */
import type {PrefixNode, Sort} from '../engine/statistics/prefix-tree.ts'
import {bytesOfLatin1, latin1} from './latin1.ts'
import {reportBytes} from './report-builder.ts'
import type {PrefixReport} from './report-reports.ts'

/** Name, sort and folds (sort + 2 x folded), keys, memory, size, keys without expiry, children. */
export type PackedNode = [string, number, number, number, number, number, PackedNode[]]

export function packTree(node: PrefixNode): PackedNode {
  const {name, sort, folded, keys, memory, size, withoutTtl, children} = node
  const below = children.map(packTree)
  return [latin1(name), sort + folded * 2, keys, memory, size, withoutTtl, below]
}

export function unpackTree(packed: PackedNode): PrefixNode {
  const [name, bits, keys, memory, size, withoutTtl, children] = packed
  return {
    ...{name: bytesOfLatin1(name), sort: (bits & 1) as Sort, folded: bits >> 1},
    ...{keys, memory, size, withoutTtl, children: children.map(unpackTree)},
  }
}

/** The nodes with most memory, at most so many, each below its parent. What is left out is what a node has more than its children. */
export function shownTree(root: PrefixNode, most: number): {root: PrefixReport; nodes: number} {
  const all: {node: PrefixNode; order: number; depth: number}[] = []
  const gather = (node: PrefixNode, depth: number): void => {
    all.push({node, order: all.length, depth})
    for (const child of node.children) gather(child, depth + 1)
  }
  gather(root, 0)
  // A node has no less than those below it: behind its parent it comes in any case.
  all.sort((a, b) => b.node.memory - a.node.memory || a.depth - b.depth || a.order - b.order)
  const shown = new Set(all.slice(0, most).map(({node}) => node))
  return {root: reportNode(root, shown), nodes: all.length}
}

function reportNode(node: PrefixNode, shown: ReadonlySet<PrefixNode>): PrefixReport {
  const {name, sort, keys, memory, size, withoutTtl, children} = node
  return {
    name: reportBytes(name),
    isPrefix: sort === 0,
    ...{keys, memory, size, withoutTtl},
    children: children
      .filter((child) => shown.has(child))
      .sort((a, b) => b.memory - a.memory)
      .map((child) => reportNode(child, shown)),
  }
}
