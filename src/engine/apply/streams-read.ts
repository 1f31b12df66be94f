/** XREADGROUP as a live server does it at once; logs of servers hold XCLAIM instead. Source: xreadCommand() in t_stream.c. */
import {type Apply, type Call, CommandError, syntaxError} from '../call.ts'
import {
  ADDED,
  EntryWalk,
  findEntry,
  firstId,
  hasHoleFrom,
  LAST_ID,
  MAX_DELETED_ID,
  type Stream,
} from '../values/stream-data.ts'
import {addPending, type Consumer, type Group, setOwner} from '../values/stream-group.ts'
import {bigAt, compareIds, copyId, isZeroId, nextId, putBig} from '../values/stream-id.ts'
import {CONSUMER, DELIVERIES} from '../values/stream-pel.ts'
import {findStream, shown, takeId} from './stream-ids.ts'
import {countDelivery, integerOr, putTime, seenConsumer} from './streams-claim.ts'
import {findGroup} from './streams-groups.ts'

interface Reading {
  /** Entries from each stream, 0 for all. */
  count: number
  noAck: boolean
  /** Argument of the group's name; that of the consumer stands behind it. 0 when not given. */
  groupAt: number
  /** First key and number of keys; as many ids stand behind them. */
  keysAt: number
  keys: number
}

const MEANINGLESS =
  'ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of ' +
  'this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would ' +
  'just return an empty result set.'

function xreadgroup(call: Call): void {
  const reading = readArguments(call)
  const {keysAt, keys, groupAt} = reading
  // Null where new entries are asked for.
  const ids: (Uint32Array | null)[] = []
  for (let i = 0; i < keys; i++) ids.push(idOf(call, reading, i))
  for (let i = 0; i < keys; i++) {
    const stream = findStream(call, keysAt + i)
    const group = findGroup(call, stream, groupAt)
    if (stream && group) read(call, stream, group, ids[i], reading)
  }
}

function readArguments(call: Call): Reading {
  const {argc} = call
  const reading: Reading = {count: 0, noAck: false, groupAt: 0, keysAt: 0, keys: 0}
  for (let i = 1; i < argc; i++) {
    const more = argc - i - 1
    if (more > 0 && call.is(i, 'BLOCK')) checkTimeout(call, ++i)
    else if (more > 0 && call.is(i, 'COUNT')) reading.count = Math.max(0, Number(call.bigint(++i)))
    else if (more > 0 && call.is(i, 'STREAMS')) {
      reading.keysAt = i + 1
      reading.keys = more / 2
      if (more % 2 === 0) break
      throw new CommandError(
        "ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.",
      )
    } else if (more >= 2 && call.is(i, 'GROUP')) {
      reading.groupAt = i + 1
      i += 2
    } else if (call.is(i, 'NOACK')) reading.noAck = true
    else throw syntaxError()
  }
  if (reading.keysAt === 0) throw syntaxError()
  if (reading.groupAt === 0) throw new CommandError('ERR Missing GROUP option for XREADGROUP')
  return reading
}

function checkTimeout(call: Call, i: number): void {
  const timeout = integerOr(call, i, 'ERR timeout is not an integer or out of range')
  if (timeout < 0) throw new CommandError('ERR timeout is negative')
}

function idOf(call: Call, {keysAt, keys, groupAt}: Reading, i: number): Uint32Array | null {
  const key = keysAt + i
  const at = key + keys
  if (findGroup(call, findStream(call, key), groupAt) === null) {
    throw new CommandError(
      `NOGROUP No such key '${shown(call, key)}' or consumer group '${shown(call, groupAt)}' ` +
        'in XREADGROUP with GROUP option',
    )
  }
  const sign = call.length(at) === 1 ? call.memory[call.starts[at]] : 0
  if (sign === 0x24) throw new CommandError(MEANINGLESS)
  if (sign === 0x3e) return null
  const id = new Uint32Array(4)
  takeId(call, at, id, 0)
  return id
}

function read(
  call: Call,
  stream: Stream,
  group: Group,
  id: Uint32Array | null,
  reading: Reading,
): void {
  if (id) {
    nextId(id, 0)
    readHistory(call, stream, group, seenConsumer(call, group, reading.groupAt + 1), id, reading)
  } else readNew(call, stream, group, reading)
}

/** What a consumer reads again is delivered once more, as far as it is still in the stream. */
function readHistory(
  call: Call,
  stream: Stream,
  {pel}: Group,
  consumer: Consumer,
  from: Uint32Array,
  {count}: Reading,
): void {
  let left = count === 0 ? Number.POSITIVE_INFINITY : count
  for (pel.seek(from, 0); pel.exists && left > 0; pel.step()) {
    const {words, at} = pel
    if (words[at + CONSUMER] !== consumer.number) continue
    left--
    if (findEntry(stream, words, at) === 0) continue
    putTime(call.nowMs, words, at)
    countDelivery(words, at)
  }
}

function readNew(call: Call, stream: Stream, group: Group, {count, noAck, groupAt}: Reading): void {
  const from = group.lastId.slice()
  const overflows = !nextId(from, 0)
  const walk = overflows ? null : new EntryWalk(stream, from, 0)
  let left = count === 0 ? Number.POSITIVE_INFINITY : count
  let consumer: Consumer | null = null
  while (walk && left > 0 && walk.nextLive()) {
    consumer ??= seenConsumer(call, group, groupAt + 1)
    consumer.activeMs = call.nowMs
    left--
    countRead(stream, group, walk.id)
    copyId(walk.id, 0, group.lastId, 0)
    if (!noAck) deliver(call, group, consumer, walk.id)
  }
}

function deliver(call: Call, group: Group, consumer: Consumer, id: Uint32Array): void {
  const {pel} = group
  if (!pel.seek(id, 0)) addPending(group, id, 0)
  setOwner(group, consumer)
  putTime(call.nowMs, pel.words, pel.at)
  putBig(1n, pel.words, pel.at + DELIVERIES)
}

function countRead(stream: Stream, group: Group, id: Uint32Array): void {
  if (group.entriesRead >= 0n && !hasHoleFrom(stream, id, 0)) group.entriesRead++
  else if (bigAt(stream.words, ADDED) > 0n) group.entriesRead = entriesUpTo(stream, id)
}

/** How many entries were added up to this one, -1 when nobody knows. Source: streamEstimateDistanceFromFirstEverEntry(). */
function entriesUpTo(stream: Stream, id: Uint32Array): bigint {
  const {words} = stream
  const added = bigAt(words, ADDED)
  const length = BigInt(stream.length)
  const toLast = compareIds(id, 0, words, LAST_ID)
  if (toLast === 0 || (length === 0n && toLast < 0)) return added
  if (toLast > 0) return -1n
  const first = new Uint32Array(4)
  firstId(stream, first, 0)
  const isWhole = isZeroId(words, MAX_DELETED_ID) || compareIds(words, MAX_DELETED_ID, first, 0) < 0
  const toFirst = compareIds(id, 0, first, 0)
  if (!isWhole || toFirst > 0) return -1n
  return toFirst < 0 ? added - length : added - length + 1n
}

export const STREAM_READ_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['XREADGROUP', xreadgroup],
]
