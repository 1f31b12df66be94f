/** XINFO. Source: xinfoCommand() in t_stream.c. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {indexArgument} from '../apply/index-argument.ts'
import {putHelp} from '../apply/put-help.ts'
import {findStream, shown} from '../apply/stream-ids.ts'
import {CommandError} from '../call.ts'
import type {Stream} from '../values/stream-data.ts'
import type {Group} from '../values/stream-group.ts'
import type {ReadCall, ReadRows} from './read-call.ts'
import {putCounters, putFullInfo, putProgress, tellsActivity} from './stream-full-info.ts'
import {findGroup} from './stream-groups.ts'
import {ALL_IDS, putBackward, putForward} from './stream-replies.ts'

function streamOf(call: ReadCall): Stream {
  const stream = findStream(call, 2)
  if (stream === null) throw new CommandError('ERR no such key')
  return stream
}

const HELP = [
  'XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
  'CONSUMERS <key> <groupname>',
  '    Show consumers of <groupname>.',
  'GROUPS <key>',
  '    Show the stream consumer groups.',
  'STREAM <key> [FULL [COUNT <count>]',
  '    Show information about the stream.',
]

function xinfo(call: ReadCall, reply: ReplyWriter): void {
  if (call.is(1, 'HELP')) return putHelp(reply, HELP)
  const stream = streamOf(call)
  if (call.is(1, 'GROUPS')) return groups(reply, stream)
  if (call.is(1, 'CONSUMERS')) return consumers(call, reply, findGroup(call, stream, 2))
  if (call.argc === 3) return streamInfo(reply, stream)
  putFullInfo(call, reply, stream, fullCount(call))
}

const DEFAULT_COUNT = 10

/** How many entries XINFO STREAM key FULL [COUNT n] shows of each. */
function fullCount(call: ReadCall): number {
  const hasCount = call.argc === 6 && call.is(4, 'COUNT')
  if (!call.is(3, 'FULL') || (call.argc !== 4 && !hasCount)) {
    throw new CommandError(
      `ERR unknown subcommand or wrong number of arguments for '${shown(call, 1)}'. Try XINFO HELP.`,
    )
  }
  const count = hasCount ? indexArgument(call, 5) : DEFAULT_COUNT
  return count < 0 ? DEFAULT_COUNT : count || Number.POSITIVE_INFINITY
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
    putProgress(reply, stream, group)
  }
}

function consumers(call: ReadCall, reply: ReplyWriter, group: Group): void {
  reply.array(group.consumers.length)
  for (const {name, pending: own, seenMs, activeMs} of group.consumers) {
    reply.map(tellsActivity(call) ? 4 : 3)
    reply.text('name')
    reply.bulk(name, 0, name.length)
    reply.text('pending')
    reply.integer(own)
    reply.text('idle')
    reply.integer(Math.max(0, call.nowMs - Number(seenMs)))
    if (!tellsActivity(call)) continue
    reply.text('inactive')
    reply.integer(Number(activeMs) < 0 ? -1 : Math.max(0, call.nowMs - Number(activeMs)))
  }
}

function streamInfo(reply: ReplyWriter, stream: Stream): void {
  const {length} = stream
  reply.map(10)
  putCounters(reply, stream)
  reply.text('groups')
  reply.integer(stream.groups.length)
  reply.text('first-entry')
  putOne(reply, length, () => putForward(reply, stream, ALL_IDS, 0, 4, 1))
  reply.text('last-entry')
  putOne(reply, length, () => putBackward(reply, stream, ALL_IDS, 0, 4, 1))
}

function putOne(reply: ReplyWriter, length: number, put: () => void): void {
  if (length === 0) reply.nothing()
  else put()
}

export const STREAM_INFO_READS: ReadRows = [['XINFO', xinfo]]
