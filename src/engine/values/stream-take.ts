import type {Stream} from './stream-data.ts'
import {ID_BYTES} from './stream-id.ts'
import {
  DELETED,
  itemAfter,
  itemsEnd,
  itemsStart,
  packedStart,
  SAME_FIELDS,
  type StreamNode,
} from './stream-node.ts'
import {entryAfter, isTextEntry, skipEntries, smallInt} from './stream-packed.ts'

const FIRST_ENTRY = packedStart + 6

/** Take over a node as it is, if its counts are right and its numbers stand as numbers. Returns whether it was taken. */
export function takeNode(
  stream: Stream,
  memory: Uint8Array,
  idStart: number,
  start: number,
  end: number,
): boolean {
  const bytes = new Uint8Array(ID_BYTES + end - start)
  bytes.set(memory.subarray(idStart, idStart + ID_BYTES))
  bytes.set(memory.subarray(start, end), packedStart)
  const node = readMaster(bytes)
  if (node === null || !countsAreRight(node)) return false
  stream.nodes.push(node)
  stream.length += node.live
  return true
}

function readMaster(bytes: Uint8Array): StreamNode | null {
  const deletedAt = entryAfter(bytes, FIRST_ENTRY)
  const countAt = entryAfter(bytes, deletedAt)
  for (const at of [FIRST_ENTRY, deletedAt, countAt]) if (isTextEntry(bytes, at)) return null
  const fieldsAt = entryAfter(bytes, countAt)
  const [live, deleted, fields] = [FIRST_ENTRY, deletedAt, countAt].map((at) => smallInt(bytes, at))
  const node = {bytes, length: bytes.length, live, deleted, fields, fieldsAt, firstLive: 0, hint: 0}
  node.firstLive = itemsStart(node)
  return node
}

function countsAreRight(node: StreamNode): boolean {
  const {bytes} = node
  const end = itemsEnd(node)
  let live = 0
  let deleted = 0
  let at = node.firstLive
  for (; at < end; at = itemAfter(node, at)) {
    const own = skipEntries(bytes, at, 3)
    const same = (bytes[at] & SAME_FIELDS) !== 0
    const ints = same ? 3 : 4
    for (let i = 0, next = at; i < ints; i++, next = entryAfter(bytes, next)) {
      if (isTextEntry(bytes, next)) return false
    }
    if (bytes[at] > 3 || own > end) return false
    if ((bytes[at] & DELETED) === 0) live++
    else deleted++
  }
  return at === end && bytes[end] === 0xff && live === node.live && deleted === node.deleted
}
