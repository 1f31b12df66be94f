/** Trimming, node by node as servers do it. Source: streamTrim() in t_stream.c. */
import {removeNode, type Stream} from './stream-data.ts'
import {compareIds} from './stream-id.ts'
import {
  DELETED,
  deleteItem,
  ItemWalk,
  itemAfter,
  itemsEnd,
  itemsStart,
  type StreamNode,
  writeCounts,
} from './stream-node.ts'

export interface Trim {
  /** Null when `minId` decides. */
  maxLength: number | null
  /** Four words: entries below it go. */
  minId: Uint32Array | null
  /** Whole nodes only. */
  approximate: boolean
  /** Entries to remove at most, 0 for no limit. */
  limit: number
}

/** Returns how many entries were removed. */
export function trimStream(stream: Stream, trim: Trim): number {
  const {maxLength, minId, limit} = trim
  let removed = 0
  while (stream.head < stream.nodes.length) {
    if (maxLength !== null && stream.length <= maxLength) break
    const node = stream.nodes[stream.head]
    if (limit > 0 && removed + node.live > limit) break
    const whole = maxLength !== null ? stream.length - node.live >= maxLength : isBelow(node, minId)
    if (!whole) {
      if (!trim.approximate) removed += trimNode(stream, node, trim)
      break
    }
    stream.length -= node.live
    removed += node.live
    removeNode(stream, stream.head)
  }
  return removed
}

/** Are all entries of a node, deleted ones too, below an id? */
function isBelow(node: StreamNode, minId: Uint32Array | null): boolean {
  if (minId === null) return false
  const walk = new ItemWalk(node, itemsStart(node))
  while (walk.step()) if (compareIds(walk.id, 0, minId, 0) >= 0) return false
  return true
}

function trimNode(stream: Stream, node: StreamNode, {maxLength, minId}: Trim): number {
  const removed =
    maxLength !== null ? trimToLength(stream, node, maxLength) : trimBelow(stream, node, minId)
  writeCounts(node)
  return removed
}

function trimToLength(stream: Stream, node: StreamNode, maxLength: number): number {
  const before = stream.length
  const end = itemsEnd(node)
  let at = node.firstLive
  for (; at < end && stream.length > maxLength; at = itemAfter(node, at))
    deleteLive(stream, node, at)
  node.firstLive = at
  return before - stream.length
}

function trimBelow(stream: Stream, node: StreamNode, minId: Uint32Array | null): number {
  if (minId === null) return 0
  const before = stream.length
  const walk = new ItemWalk(node, node.firstLive)
  while (walk.step() && compareIds(walk.id, 0, minId, 0) < 0) {
    deleteLive(stream, node, walk.at)
    node.firstLive = itemAfter(node, walk.at)
  }
  return before - stream.length
}

function deleteLive(stream: Stream, node: StreamNode, at: number): void {
  if ((node.bytes[at] & DELETED) !== 0) return
  deleteItem(node, at)
  stream.length--
}
