/** XPENDING. Source: t_stream.c. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {indexArgument} from '../apply/index-argument.ts'
import {findStream, shown} from '../apply/stream-ids.ts'
import {CommandError, syntaxError} from '../call.ts'
import type {Stream} from '../values/stream-data.ts'
import {findName, type Group} from '../values/stream-group.ts'
import {bigAt, compareIds, idText} from '../values/stream-id.ts'
import {CONSUMER, DELIVERIES, TIME} from '../values/stream-pel.ts'
import type {ReadCall, ReadRows} from './read-call.ts'
import {takeRange} from './streams.ts'

/** @throws CommandError when there is none. */
export function findGroup(call: ReadCall, stream: Stream | null, key: number): Group {
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

export const STREAM_GROUP_READS: ReadRows = [['XPENDING', xpending]]
