/** Entries of streams in replies. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import type {Call} from '../call.ts'
import {EntryWalk, findEntry, nodeOf, type Stream} from '../values/stream-data.ts'
import {compareIds, idText} from '../values/stream-id.ts'
import {ItemWalk, SAME_FIELDS, type StreamNode} from '../values/stream-node.ts'
import {
  entryAfter,
  intText,
  isTextEntry,
  skipEntries,
  smallInt,
  textEnd,
  textStart,
} from '../values/stream-packed.ts'

/** The lowest id and the highest. */
export const ALL_IDS = Uint32Array.of(0, 0, 0, 0, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff)

/** An entry in its node. */
interface Place {
  node: StreamNode
  flags: number
  at: number
  id: Uint32Array
}

const INTEGER = new Uint8Array(20)

function putElement(reply: ReplyWriter, bytes: Uint8Array, at: number): void {
  if (isTextEntry(bytes, at)) reply.bulk(bytes, textStart(bytes, at), textEnd(bytes, at))
  else reply.bulk(INTEGER, 0, intText(bytes, at, INTEGER))
}

/** The entry that a walk stands at: its id, its fields and values. */
export function putEntry(reply: ReplyWriter, walk: Place): void {
  const {node, flags} = walk
  const {bytes} = node
  const same = (flags & SAME_FIELDS) !== 0
  let value = skipEntries(bytes, walk.at, 3)
  const pairs = same ? node.fields : smallInt(bytes, value)
  let field = node.fieldsAt
  if (!same) value = entryAfter(bytes, value)
  reply.array(2)
  reply.text(idText(walk.id, 0))
  reply.array(pairs * 2)
  for (let left = pairs; left > 0; left--) {
    if (!same) field = value
    const behind = entryAfter(bytes, field)
    if (!same) value = behind
    putElement(reply, bytes, field)
    putElement(reply, bytes, value)
    value = entryAfter(bytes, value)
    field = behind
  }
}

/** The entry with an id, which is in the stream. */
export function putFound(reply: ReplyWriter, stream: Stream, id: Uint32Array): void {
  const at = findEntry(stream, id, 0)
  const node = stream.nodes[stream.found]
  putEntry(reply, {node, flags: node.bytes[at], at, id})
}

/** What one of several streams has: `count` entries, written to `entries`; its key is argument `i`. */
export function putStream(
  reply: ReplyWriter,
  {memory, starts, ends}: Call,
  i: number,
  count: number,
  entries: ReplyWriter,
): void {
  if (!reply.resp3) reply.array(2)
  reply.bulk(memory, starts[i], ends[i])
  reply.array(count)
  reply.append(entries)
}

/** All that `count` streams have. */
export function putStreams(reply: ReplyWriter, count: number, streams: ReplyWriter): void {
  if (reply.resp3) reply.map(count)
  else reply.array(count)
  reply.append(streams)
}

/** Entries from the id at `from` of `ids` up to that at `to`, at most `limit`. Returns how many. */
export function putForward(
  reply: ReplyWriter,
  stream: Stream,
  ids: Uint32Array,
  from: number,
  to: number,
  limit: number,
): number {
  let count = 0
  const walk = new EntryWalk(stream, ids, from)
  while (count < limit && walk.nextLive() && compareIds(walk.id, 0, ids, to) <= 0) {
    putEntry(reply, walk)
    count++
  }
  return count
}

/** The same from the last one back. */
export function putBackward(
  reply: ReplyWriter,
  stream: Stream,
  ids: Uint32Array,
  from: number,
  to: number,
  limit: number,
): number {
  let count = 0
  for (let index = nodeOf(stream, ids, to); index >= stream.head && count < limit; index--) {
    const node = stream.nodes[index]
    const places: {at: number; flags: number; id: Uint32Array}[] = []
    const walk = new ItemWalk(node, node.firstLive)
    while (walk.step()) {
      if (!walk.isLive || compareIds(walk.id, 0, ids, to) > 0) continue
      if (compareIds(walk.id, 0, ids, from) >= 0) {
        places.push({at: walk.at, flags: walk.flags, id: walk.id.slice()})
      }
    }
    for (let i = places.length - 1; i >= 0 && count < limit; i--, count++) {
      putEntry(reply, {node, ...places[i]})
    }
  }
  return count
}
