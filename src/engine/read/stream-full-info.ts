/** All that XINFO STREAM tells of a stream. Source: xinfoReplyWithStreamInfo() in t_stream.c. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {RadixNodes} from '../memory/radix-nodes.ts'
import {ADDED, firstId, LAST_ID, MAX_DELETED_ID, type Stream} from '../values/stream-data.ts'
import type {Consumer, Group} from '../values/stream-group.ts'
import {bigAt, idText} from '../values/stream-id.ts'
import {CONSUMER, DELIVERIES, TIME} from '../values/stream-pel.ts'
import type {ReadCall} from './read-call.ts'
import {groupLag} from './stream-lag.ts'
import {ALL_IDS, putForward} from './stream-replies.ts'

/** Servers know since 7.2 when a consumer got something last. */
export const tellsActivity = ({rules}: ReadCall): boolean => rules?.layout.listpackLists !== false

/** Seven pairs. */
export function putCounters(reply: ReplyWriter, stream: Stream): void {
  const {words, length, nodes, head} = stream
  const first = new Uint32Array(4)
  firstId(stream, first, 0)
  reply.text('length')
  reply.integer(length)
  reply.text('radix-tree-keys')
  reply.integer(nodes.length - head)
  reply.text('radix-tree-nodes')
  reply.integer(radixNodes(stream))
  reply.text('last-generated-id')
  reply.text(idText(words, LAST_ID))
  reply.text('max-deleted-entry-id')
  reply.text(idText(words, MAX_DELETED_ID))
  reply.text('entries-added')
  reply.bigint(bigAt(words, ADDED))
  reply.text('recorded-first-entry-id')
  reply.text(idText(first, 0))
}

/** Nodes of the server's tree over the ids of its listpacks. */
function radixNodes({nodes, head}: Stream): number {
  const tree = new RadixNodes()
  for (let i = head; i < nodes.length; i++) tree.add(nodes[i].bytes, 0)
  return tree.nodes
}

/** Three pairs: how far a group is. */
export function putProgress(reply: ReplyWriter, stream: Stream, group: Group): void {
  reply.text('last-delivered-id')
  reply.text(idText(group.lastId, 0))
  reply.text('entries-read')
  if (group.entriesRead < 0n) reply.nothing()
  else reply.bigint(group.entriesRead)
  reply.text('lag')
  const lag = groupLag(stream, group)
  if (lag === null) reply.nothing()
  else reply.bigint(lag)
}

/** At most `count` entries of each. */
export function putFullInfo(
  call: ReadCall,
  reply: ReplyWriter,
  stream: Stream,
  count: number,
): void {
  reply.map(9)
  putCounters(reply, stream)
  reply.text('entries')
  const start = reply.length
  reply.arrayAt(start, putForward(reply, stream, ALL_IDS, 0, 4, count))
  reply.text('groups')
  reply.array(stream.groups.length)
  for (const group of stream.groups) putGroup(call, reply, stream, group, count)
}

function putGroup(
  call: ReadCall,
  reply: ReplyWriter,
  stream: Stream,
  group: Group,
  count: number,
): void {
  const {name, pel, consumers} = group
  reply.map(7)
  reply.text('name')
  reply.bulk(name, 0, name.length)
  putProgress(reply, stream, group)
  reply.text('pel-count')
  reply.integer(pel.size)
  reply.text('pending')
  putPending(reply, group, null, count)
  reply.text('consumers')
  reply.array(consumers.length)
  for (const consumer of consumers) putConsumer(call, reply, group, consumer, count)
}

function putConsumer(
  call: ReadCall,
  reply: ReplyWriter,
  group: Group,
  consumer: Consumer,
  count: number,
): void {
  const {name, seenMs, activeMs, pending} = consumer
  reply.map(tellsActivity(call) ? 5 : 4)
  reply.text('name')
  reply.bulk(name, 0, name.length)
  reply.text('seen-time')
  reply.bigint(BigInt(seenMs))
  if (tellsActivity(call)) {
    reply.text('active-time')
    reply.bigint(BigInt(activeMs))
  }
  reply.text('pel-count')
  reply.integer(pending)
  reply.text('pending')
  putPending(reply, group, consumer, count)
}

/** Pending entries of one consumer, or of all with who has them. */
function putPending(
  reply: ReplyWriter,
  {pel, byNumber}: Group,
  owner: Consumer | null,
  count: number,
): void {
  const start = reply.length
  let found = 0
  for (pel.rewind(); pel.exists && found < count; pel.step()) {
    const {words, at} = pel
    if (owner !== null && words[at + CONSUMER] !== owner.number) continue
    found++
    reply.array(owner === null ? 4 : 3)
    reply.text(idText(words, at))
    const name = byNumber.get(words[at + CONSUMER])?.name ?? NOBODYS_NAME
    if (owner === null) reply.bulk(name, 0, name.length)
    reply.bigint(BigInt.asIntN(64, bigAt(words, at + TIME)))
    reply.bigint(bigAt(words, at + DELIVERIES))
  }
  reply.arrayAt(start, found)
}

const NOBODYS_NAME = new Uint8Array(0)
