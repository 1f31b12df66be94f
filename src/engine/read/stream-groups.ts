/** XPENDING and XINFO. Source: t_stream.c. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {indexArgument} from '../apply/index-argument.ts'
import {findStream, shown} from '../apply/stream-ids.ts'
import {CommandError, syntaxError} from '../call.ts'
import {RadixNodes} from '../memory/radix-nodes.ts'
import {
  ADDED,
  firstId,
  LAST_ID,
  lastLiveId,
  MAX_DELETED_ID,
  type Stream,
} from '../values/stream-data.ts'
import {findName, type Group} from '../values/stream-group.ts'
import {bigAt, compareIds, idText} from '../values/stream-id.ts'
import {CONSUMER, DELIVERIES, TIME} from '../values/stream-pel.ts'
import type {ReadCall, ReadRows} from './read-call.ts'
import {groupLag} from './stream-lag.ts'
import {putBackward, putForward} from './stream-replies.ts'
import {takeRange} from './streams.ts'

const ALL = Uint32Array.of(0, 0, 0, 0, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff)

function findGroup(call: ReadCall, stream: Stream | null, key: number): Group {
  const i = key + 1
  const {memory, starts, ends} = call
  const at = stream === null ? -1 : findName(stream.groups, memory, starts[i], ends[i])
  if (stream === null || at < 0) {
    throw new CommandError(
      `NOGROUP No such key '${shown(call, key)}' or consumer group '${shown(call, i)}'`,
    )
  }
  return stream.groups[at]
}

/** XPENDING key group [[IDLE ms] start end count [consumer]] */
function xpending(call: ReadCall, reply: ReplyWriter): void {
  if (call.argc === 3) {
    return summary(reply, findGroup(call, findStream(call, 1), 1))
  }
  if (call.argc < 6) throw syntaxError()
  let first = 3
  let idle = 0
  if (call.is(3, 'IDLE')) {
    idle = indexArgument(call, 4)
    if (call.argc < 8) throw syntaxError()
    first = 5
  }
  if (call.argc > first + 4) throw syntaxError()
  const count = Math.max(0, indexArgument(call, first + 2))
  const ids = takeRange(call, first, first + 1)
  const group = findGroup(call, findStream(call, 1), 1)
  const consumer = call.argc > first + 3 ? consumerNumber(call, group, first + 3) : null
  pending(call, reply, group, ids, count, idle, consumer)
}

/** The number of the consumer in argument `i`, -1 when there is none. */
function consumerNumber(call: ReadCall, group: Group, i: number): number {
  const at = findName(group.consumers, call.memory, call.starts[i], call.ends[i])
  return at < 0 ? -1 : group.consumers[at].number
}

function summary(reply: ReplyWriter, {pel, consumers}: Group): void {
  reply.array(4)
  reply.integer(pel.size)
  if (pel.size === 0) {
    reply.nothing()
    reply.nothing()
    return reply.noArray()
  }
  pel.rewind()
  reply.text(idText(pel.words, pel.at))
  let last = ''
  for (; pel.exists; pel.step()) last = idText(pel.words, pel.at)
  reply.text(last)
  const owners = consumers.filter((each) => each.pending > 0)
  reply.array(owners.length)
  for (const {name, pending: own} of owners) {
    reply.array(2)
    reply.bulk(name, 0, name.length)
    reply.text(String(own))
  }
}

function pending(
  call: ReadCall,
  reply: ReplyWriter,
  {pel, byNumber}: Group,
  ids: Uint32Array,
  count: number,
  idle: number,
  consumer: number | null,
): void {
  const start = reply.length
  let found = 0
  for (pel.seek(ids, 0); pel.exists && found < count; pel.step()) {
    const {words, at} = pel
    if (compareIds(words, at, ids, 4) > 0) break
    if (consumer !== null && words[at + CONSUMER] !== consumer) continue
    const waited = Math.max(0, call.nowMs - Number(BigInt.asIntN(64, bigAt(words, at + TIME))))
    if (waited < idle) continue
    const name = byNumber.get(words[at + CONSUMER])?.name ?? new Uint8Array(0)
    found++
    reply.array(4)
    reply.text(idText(words, at))
    reply.bulk(name, 0, name.length)
    reply.integer(waited)
    reply.bigint(bigAt(words, at + DELIVERIES))
  }
  reply.arrayAt(start, found)
}

function streamOf(call: ReadCall): Stream {
  const stream = findStream(call, 2)
  if (stream === null) throw new CommandError('ERR no such key')
  return stream
}

function xinfo(call: ReadCall, reply: ReplyWriter): void {
  const stream = streamOf(call)
  if (call.is(1, 'GROUPS')) return groups(reply, stream)
  if (call.is(1, 'CONSUMERS')) return consumers(call, reply, findGroup(call, stream, 2))
  if (call.argc === 3) return streamInfo(reply, stream)
  if (!call.is(3, 'FULL') || call.argc === 5 || call.argc > 6) throw syntaxError()
  throw new CommandError('ERR XINFO STREAM FULL is not answered here')
}

function groups(reply: ReplyWriter, stream: Stream): void {
  reply.array(stream.groups.length)
  for (const group of stream.groups) {
    reply.map(6)
    reply.text('name')
    reply.bulk(group.name, 0, group.name.length)
    reply.text('consumers')
    reply.integer(group.consumers.length)
    reply.text('pending')
    reply.integer(group.pel.size)
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
}

function consumers(call: ReadCall, reply: ReplyWriter, group: Group): void {
  reply.array(group.consumers.length)
  for (const {name, pending: own, seenMs, activeMs} of group.consumers) {
    reply.map(call.rules?.layout.listpackLists === false ? 3 : 4)
    reply.text('name')
    reply.bulk(name, 0, name.length)
    reply.text('pending')
    reply.integer(own)
    reply.text('idle')
    reply.integer(Math.max(0, call.nowMs - Number(seenMs)))
    if (call.rules?.layout.listpackLists === false) continue
    reply.text('inactive')
    reply.integer(Number(activeMs) < 0 ? -1 : Math.max(0, call.nowMs - Number(activeMs)))
  }
}

function streamInfo(reply: ReplyWriter, stream: Stream): void {
  const {words, length, nodes, head} = stream
  const first = new Uint32Array(4)
  const last = new Uint32Array(4)
  firstId(stream, first, 0)
  lastLiveId(stream, last, 0)
  reply.map(10)
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
  reply.text('groups')
  reply.integer(stream.groups.length)
  reply.text('first-entry')
  putOne(reply, length, () => putForward(reply, stream, ALL, 0, 4, 1))
  reply.text('last-entry')
  putOne(reply, length, () => putBackward(reply, stream, ALL, 0, 4, 1))
}

function putOne(reply: ReplyWriter, length: number, put: () => void): void {
  if (length === 0) reply.nothing()
  else put()
}

/** Nodes of the server's tree over the ids of its listpacks. */
function radixNodes({nodes, head}: Stream): number {
  const tree = new RadixNodes()
  for (let i = head; i < nodes.length; i++) tree.add(nodes[i].bytes, 0)
  return tree.nodes
}

export const STREAM_GROUP_READS: ReadRows = [
  ['XPENDING', xpending],
  ['XINFO', xinfo],
]
