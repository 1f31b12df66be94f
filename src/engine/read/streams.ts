/** Commands that read the entries of streams. Source: t_stream.c. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {indexArgument} from '../apply/index-argument.ts'
import {FULL, findStream, invalidId, readId, takeId, takeLooseId} from '../apply/stream-ids.ts'
import {newReading, type Reading, takeCount, takeTimeout, waits} from '../apply/streams-read.ts'
import {CommandError, latin1, syntaxError, wordsOf} from '../call.ts'
import {LAST_ID, type Stream} from '../values/stream-data.ts'
import {copyId, idText, nextId} from '../values/stream-id.ts'
import type {ReadCall, ReadRows} from './read-call.ts'
import {putBackward, putForward, putStream, putStreams} from './stream-replies.ts'

const OPEN = 0x28
const DASH = 0x2d

/** Ids of a range: the first at 0, the last at 4. */
export function takeRange(call: ReadCall, first: number, last: number): Uint32Array {
  const ids = new Uint32Array(8)
  takeEnd(call, first, ids, 0)
  takeEnd(call, last, ids, 4)
  return ids
}

function takeEnd(call: ReadCall, i: number, ids: Uint32Array, at: number): void {
  const {memory, starts} = call
  const isFirst = at === 0
  if (memory[starts[i]] !== OPEN || call.length(i) < 2) {
    takeLooseId(call, i, ids, at)
    if (!isFirst && hasNoSequence(call, i)) ids.fill(0xffffffff, at + 2, at + 4)
    return
  }
  starts[i]++
  const found = readId(call, i, ids, at)
  if (found !== FULL) throw invalidId()
  if (!isFirst && hasNoSequence(call, i)) ids.fill(0xffffffff, at + 2, at + 4)
  const moved = isFirst ? nextId(ids, at) : previousId(ids, at)
  if (moved) return
  const end = isFirst ? 'start' : 'end'
  throw new CommandError(`ERR invalid ${end} ID for the interval`)
}

/** The last entries of a millisecond are meant where only that is given. */
function hasNoSequence(call: ReadCall, i: number): boolean {
  const {memory, starts, ends} = call
  if (call.length(i) === 1 && memory[starts[i]] < 0x30) return false
  for (let at = starts[i]; at < ends[i]; at++) if (memory[at] === DASH) return false
  return true
}

function previousId(ids: Uint32Array, at: number): boolean {
  for (let word = at + 3; word >= at; word--) {
    ids[word]--
    if (ids[word] !== 0xffffffff) return true
  }
  return false
}

/** XRANGE key start end [COUNT n]; XREVRANGE has the end first. */
function xrange(call: ReadCall, reply: ReplyWriter, reverse: boolean): void {
  const ids = reverse ? takeRange(call, 3, 2) : takeRange(call, 2, 3)
  let limit = Number.POSITIVE_INFINITY
  let isNone = false
  for (let i = 4; i < call.argc; i += 2) {
    if (!call.is(i, 'COUNT') || i + 1 >= call.argc) throw syntaxError()
    const count = indexArgument(call, i + 1)
    limit = Math.max(count, 0)
    isNone = limit === 0
  }
  const stream = findStream(call, 1)
  if (stream === null) return reply.array(0)
  if (isNone) return reply.noArray()
  const start = reply.length
  const put = reverse ? putBackward : putForward
  reply.arrayAt(start, put(reply, stream, ids, 0, 4, limit))
}

/** XREAD [COUNT n] [BLOCK ms] STREAMS key... id... */
function readingOf(call: ReadCall): Reading {
  const {argc} = call
  const reading = newReading()
  for (let i = 1; i < argc; i++) {
    const more = argc - i - 1
    if (more > 0 && call.is(i, 'BLOCK')) reading.timeoutMs = takeTimeout(call, ++i)
    else if (more > 0 && call.is(i, 'COUNT')) takeCount(call, ++i, reading)
    else if (more > 0 && call.is(i, 'STREAMS')) {
      reading.keysAt = i + 1
      reading.keys = more / 2
      if (more % 2 === 0) return reading
      throw new CommandError(
        "ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.",
      )
    } else if (more >= 2 && call.is(i, 'GROUP')) {
      throw new CommandError(
        'ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.',
      )
    } else throw syntaxError()
  }
  throw syntaxError()
}

/** Where reading goes on behind, four words; the last of the stream for `$`. */
function takeBehind(call: ReadCall, i: number, stream: Stream | null): Uint32Array {
  const ids = new Uint32Array(8)
  if (call.length(i) === 1 && call.memory[call.starts[i]] === 0x24) {
    if (stream) copyId(stream.words, LAST_ID, ids, 0)
  } else {
    if (call.length(i) === 1 && call.memory[call.starts[i]] === 0x3e) {
      throw new CommandError(
        'ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.',
      )
    }
    takeId(call, i, ids, 0)
  }
  ids.fill(0xffffffff, 4)
  return ids
}

function xread(call: ReadCall, reply: ReplyWriter): void {
  const reading = readingOf(call)
  const {count, keysAt, keys} = reading
  const streams: {stream: Stream | null; ids: Uint32Array; i: number}[] = []
  for (let i = keysAt; i < keysAt + keys; i++) {
    const stream = findStream(call, i)
    streams.push({stream, ids: takeBehind(call, i + keys, stream), i})
  }
  const items = reply.part()
  let found = 0
  for (const {stream, ids, i} of streams) {
    const from = ids.slice()
    if (stream === null || !nextId(from, 0)) continue
    const entries = reply.part()
    const number = putForward(entries, stream, from, 0, 4, count || Number.POSITIVE_INFINITY)
    if (number === 0) continue
    found++
    putStream(items, call, i, number, entries)
  }
  if (found > 0) return putStreams(reply, found, items)
  const words = wordsOf(call)
  for (const {ids, i} of streams) words[i + keys] = latin1(idText(ids, 0))
  if (!waits(call, reading, words)) reply.noArray()
}

export const STREAM_READS: ReadRows = [
  ['XLEN', (call, reply) => reply.integer(findStream(call, 1)?.length ?? 0)],
  ['XRANGE', (call, reply) => xrange(call, reply, false)],
  ['XREVRANGE', (call, reply) => xrange(call, reply, true)],
  ['XREAD', xread],
]
