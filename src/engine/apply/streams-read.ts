/** XREADGROUP as a live server does it at once; logs of servers hold XCLAIM instead. Source: xreadCommand() in t_stream.c. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {type Apply, type Call, CommandError, latin1, syntaxError, wordsOf} from '../call.ts'
import {putEntry, putFound, putStream, putStreams} from '../read/stream-replies.ts'
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
import {bigAt, compareIds, copyId, idText, isZeroId, nextId, putBig} from '../values/stream-id.ts'
import {CONSUMER, DELIVERIES} from '../values/stream-pel.ts'
import {findStream, shown, takeId} from './stream-ids.ts'
import {type GroupArguments, tellClaim, tellGroupId} from './stream-tell.ts'
import {countDelivery, integerOr, putTime, seenConsumer} from './streams-claim.ts'
import {findGroup} from './streams-groups.ts'

export interface Reading {
  /** Entries from each stream, 0 for all. */
  count: number
  hasCount: boolean
  /** How long to wait, 0 for ever; -1 for not at all. */
  timeoutMs: number
  noAck: boolean
  /** Argument of the group's name; that of the consumer stands behind it. 0 when not given. */
  groupAt: number
  /** First key and number of keys; as many ids stand behind them. */
  keysAt: number
  keys: number
}

const INT64_MAX = 2 ** 63

const MEANINGLESS =
  'ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of ' +
  'this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would ' +
  'just return an empty result set.'

function xreadgroup(call: Call): void {
  const reading = readArguments(call)
  const {keys} = reading
  // Null where new entries are asked for.
  const ids: (Uint32Array | null)[] = []
  for (let i = 0; i < keys; i++) ids.push(idOf(call, reading, i))
  const {reply} = call
  if (call.answers) call.instead = []
  const streams = reply.part()
  let found = 0
  for (let i = 0; i < keys; i++) if (read(call, reading, i, ids[i], streams)) found++
  if (found > 0) putStreams(reply, found, streams)
  else if (!waits(call, reading)) reply.noArray()
}

/** As many entries get those who waited without saying how many they want. Source: XREAD_BLOCKED_DEFAULT_COUNT. */
const BLOCKED_COUNT = 1000

/** Does the client wait? `words`: the command as it is tried again. */
export function waits(
  call: Call,
  {timeoutMs, hasCount, keysAt, keys}: Reading,
  words = wordsOf(call),
): boolean {
  if (timeoutMs < 0) return false
  if (!hasCount) words.splice(keysAt - 1, 0, latin1('COUNT'), latin1(BLOCKED_COUNT))
  return call.waitFor({firstKey: keysAt, lastKey: keysAt + keys - 1, timeoutMs, again: words})
}

function readArguments(call: Call): Reading {
  const {argc} = call
  const reading: Reading = newReading()
  for (let i = 1; i < argc; i++) {
    const more = argc - i - 1
    if (more > 0 && call.is(i, 'BLOCK')) reading.timeoutMs = takeTimeout(call, ++i)
    else if (more > 0 && call.is(i, 'COUNT')) takeCount(call, ++i, reading)
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

export const newReading = (): Reading => ({
  count: 0,
  hasCount: false,
  timeoutMs: -1,
  noAck: false,
  groupAt: 0,
  keysAt: 0,
  keys: 0,
})

/** @throws CommandError. */
export function takeCount(call: Call, i: number, reading: Reading): void {
  reading.count = Math.max(0, Number(call.bigint(i)))
  reading.hasCount = reading.count > 0
}

/** In ms. @throws CommandError. */
export function takeTimeout(call: Call, i: number): number {
  const timeout = Number(integerOr(call, i, 'ERR timeout is not an integer or out of range'))
  if (timeout < 0) throw new CommandError('ERR timeout is negative')
  if (timeout > INT64_MAX - call.nowMs) throw new CommandError('ERR timeout is out of range')
  return timeout
}

/** Those who waited are told what went. */
const isGone = (stream: Stream | null): CommandError =>
  new CommandError(
    stream === null
      ? 'UNBLOCKED the stream key no longer exists'
      : 'NOGROUP the consumer group this client was blocked on no longer exists',
  )

function idOf(call: Call, {keysAt, keys, groupAt}: Reading, i: number): Uint32Array | null {
  const key = keysAt + i
  const at = key + keys
  const stream = findStream(call, key)
  if (findGroup(call, stream, groupAt) === null) {
    if (call.hasWaited) throw isGone(stream)
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

/** Read from stream `i` of the command. Returns whether there is something to answer, which is added to `streams`. */
function read(
  call: Call,
  reading: Reading,
  i: number,
  id: Uint32Array | null,
  streams: ReplyWriter,
): boolean {
  const {keysAt, groupAt} = reading
  const place = {keyAt: keysAt + i, groupAt}
  const stream = findStream(call, place.keyAt)
  const group = findGroup(call, stream, groupAt)
  if (stream === null || group === null) return false
  const entries = streams.part()
  const of = {stream, group, place, reading, entries}
  const count = id ? readHistory(call, of, id) : readNew(call, of)
  if (count === null) return false
  call.changes++
  if (call.answers) putStream(streams, call, place.keyAt, count, entries)
  return true
}

/** What is read from. */
interface Source {
  stream: Stream
  group: Group
  place: GroupArguments
  reading: Reading
  entries: ReplyWriter
}

/** The consumer, made when it is not there. Logs learn of it from what it gets, or else are told. */
function consumerOf(call: Call, {group, place, reading}: Source): Consumer {
  const {keyAt, groupAt} = place
  const before = group.consumers.length
  const consumer = seenConsumer(call, group, groupAt + 1)
  if (group.consumers.length > before && reading.noAck && call.answers) {
    const names = [keyAt, groupAt, groupAt + 1].map((at) => call.bytes(at))
    call.tell('XGROUP', 'CREATECONSUMER', ...names)
  }
  return consumer
}

/** What a consumer reads again is delivered once more, as far as it is still in the stream. Returns how many entries. */
function readHistory(call: Call, source: Source, from: Uint32Array): number {
  const {stream, group, entries, reading} = source
  const consumer = consumerOf(call, source)
  const {pel} = group
  const limit = reading.count === 0 ? Number.POSITIVE_INFINITY : reading.count
  let count = 0
  nextId(from, 0)
  for (pel.seek(from, 0); pel.exists && count < limit; pel.step()) {
    const {words, at} = pel
    if (words[at + CONSUMER] !== consumer.number) continue
    count++
    if (findEntry(stream, words, at) === 0) {
      if (call.answers) putDeleted(entries, words, at)
      continue
    }
    putTime(call.nowMs, words, at)
    countDelivery(words, at)
    if (call.answers) putFound(entries, stream, words.slice(at, at + 4))
  }
  return count
}

function putDeleted(entries: ReplyWriter, words: Uint32Array, at: number): void {
  entries.array(2)
  entries.text(idText(words, at))
  entries.noArray()
}

/** Returns how many entries, null where there are none. */
function readNew(call: Call, source: Source): number | null {
  const {stream, group, place, reading, entries} = source
  const from = group.lastId.slice()
  const walk = nextId(from, 0) ? new EntryWalk(stream, from, 0) : null
  const limit = reading.count === 0 ? Number.POSITIVE_INFINITY : reading.count
  let count = 0
  let consumer: Consumer | null = null
  while (walk && count < limit && walk.nextLive()) {
    consumer ??= consumerOf(call, source)
    consumer.activeMs = call.nowMs
    count++
    countRead(stream, group, walk.id)
    copyId(walk.id, 0, group.lastId, 0)
    if (call.answers) putEntry(entries, walk)
    if (!reading.noAck) deliver(call, source, consumer, walk.id)
  }
  if (count === 0) return null
  // Else the claims say how far the group is.
  if (reading.noAck) tellGroupId(call, group, place)
  return count
}

function deliver(call: Call, source: Source, consumer: Consumer, id: Uint32Array): void {
  const {group, place} = source
  const {pel} = group
  if (!pel.seek(id, 0)) addPending(group, id, 0)
  setOwner(group, consumer)
  putTime(call.nowMs, pel.words, pel.at)
  putBig(1n, pel.words, pel.at + DELIVERIES)
  if (call.answers) tellClaim(call, group, place, idText(id, 0))
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
