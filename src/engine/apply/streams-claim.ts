/** XCLAIM and XAUTOCLAIM, as of 7.0: what is pending but no longer in the stream is forgotten. Source: xclaimCommand(). */
import {type Apply, type Call, CommandError, syntaxError} from '../call.ts'
import {findEntry, type Stream} from '../values/stream-data.ts'
import {
  addConsumer,
  addPending,
  type Consumer,
  findName,
  type Group,
  removePending,
  setOwner,
} from '../values/stream-group.ts'
import {bigAt, compareIds, copyId, nextId, putBig, putMs} from '../values/stream-id.ts'
import {DELIVERIES, TIME} from '../values/stream-pel.ts'
import {
  FULL,
  findStream,
  invalidId,
  readId,
  readIdIn,
  shown,
  takeId,
  takeInteger,
  takeLooseId,
} from './stream-ids.ts'
import {findGroup} from './streams-groups.ts'

interface Claim {
  force: boolean
  justId: boolean
  /** -1 when not given. */
  timeMs: number
  retryCount: number | bigint
  lastId: Uint32Array | null
}

function xclaim(call: Call): void {
  const stream = findStream(call, 1)
  const group = findGroup(call, stream, 2)
  if (stream === null || group === null) throw noGroup(call)
  const minIdle = minIdleOf(call, 'XCLAIM')
  const id = new Uint32Array(4)
  let options = 5
  while (options < call.argc && readId(call, options, id, 0) === FULL) options++
  const claim = readClaim(call, options)
  if (claim.lastId && compareIds(claim.lastId, 0, group.lastId, 0) > 0) {
    copyId(claim.lastId, 0, group.lastId, 0)
  }
  let consumer: Consumer | null = null
  for (let i = 5; i < options; i++) {
    readId(call, i, id, 0)
    if (findClaimable(call, stream, group, id, claim, minIdle)) {
      consumer ??= seenConsumer(call, group, 3)
      give(call, group, consumer, claim)
    }
  }
}

/** Stand at the pending entry that is to be given away, made when it has to be. False when there is none. */
function findClaimable(
  call: Call,
  stream: Stream,
  group: Group,
  id: Uint32Array,
  {force}: Claim,
  minIdle: number,
): boolean {
  const {pel} = group
  const isPending = pel.seek(id, 0)
  if (!isPending && !force) return false
  if (findEntry(stream, id, 0) === 0) {
    if (isPending) removePending(group)
    return false
  }
  if (isPending) return isIdle(call, group, minIdle)
  addPending(group, id, 0)
  putTime(call.nowMs, pel.words, pel.at)
  putBig(1n, pel.words, pel.at + DELIVERIES)
  return true
}

/** Was the pending entry at hand delivered so long ago? */
function isIdle(call: Call, {pel}: Group, minIdle: number): boolean {
  if (minIdle <= 0) return true
  const time = BigInt.asIntN(64, bigAt(pel.words, pel.at + TIME))
  return BigInt(call.nowMs) - time >= minIdle
}

/**
 * A time that has not come is now. But what a log says of its own time is rounded: `#TS` to seconds, a file's time to the tick
 * of the kernel. A time so near behind was not in the future when it was written.
 */
const CLOCK_STEP_MS = 1000

function give(call: Call, group: Group, consumer: Consumer, claim: Claim): void {
  const {pel} = group
  const {words, at} = pel
  const latest = call.nowMs + CLOCK_STEP_MS
  putTime(claim.timeMs < 0 || claim.timeMs > latest ? call.nowMs : claim.timeMs, words, at)
  if (claim.retryCount >= 0) putCount(claim.retryCount, words, at)
  else if (!claim.justId) countDelivery(words, at)
  setOwner(group, consumer)
  consumer.activeMs = call.nowMs
}

export function putTime(ms: number, words: Uint32Array, at: number): void {
  putMs(ms, words, at + TIME)
}

function putCount(count: number | bigint, words: Uint32Array, at: number): void {
  if (typeof count === 'number') putMs(count, words, at + DELIVERIES)
  else putBig(count, words, at + DELIVERIES)
}

export function countDelivery(words: Uint32Array, at: number): void {
  words[at + DELIVERIES + 1]++
  if (words[at + DELIVERIES + 1] === 0) words[at + DELIVERIES]++
}

function readClaim(call: Call, from: number): Claim {
  const claim: Claim = {
    force: false,
    justId: false,
    timeMs: -1,
    retryCount: -1,
    lastId: null,
  }
  for (let i = from; i < call.argc; i++) {
    const more = i + 1 < call.argc
    if (call.is(i, 'FORCE')) claim.force = true
    else if (call.is(i, 'JUSTID')) claim.justId = true
    else if (more && call.is(i, 'IDLE')) claim.timeMs = idleSince(call, ++i)
    else if (more && call.is(i, 'TIME')) claim.timeMs = Number(option(call, ++i, 'TIME'))
    else if (more && call.is(i, 'RETRYCOUNT')) claim.retryCount = option(call, ++i, 'RETRYCOUNT')
    else if (more && call.is(i, 'LASTID')) {
      claim.lastId = new Uint32Array(4)
      takeId(call, ++i, claim.lastId, 0)
    } else throw new CommandError(`ERR Unrecognized XCLAIM option '${shown(call, i)}'`)
  }
  return claim
}

/** -1 means that nothing was given, for servers too. */
function idleSince(call: Call, i: number): number {
  return Number(BigInt.asIntN(64, BigInt(call.nowMs) - BigInt(option(call, i, 'IDLE'))))
}

const option = (call: Call, i: number, name: string): number | bigint =>
  integerOr(call, i, `ERR Invalid ${name} option argument for XCLAIM`)

function minIdleOf(call: Call, name: string): number {
  return Number(integerOr(call, 4, `ERR Invalid min-idle-time argument for ${name}`))
}

export function integerOr(call: Call, i: number, error: string): number | bigint {
  try {
    return takeInteger(call, i)
  } catch (cause) {
    if (cause instanceof CommandError) throw new CommandError(error)
    throw cause
  }
}

export const noGroup = (call: Call): CommandError =>
  new CommandError(`NOGROUP No such key '${shown(call, 1)}' or consumer group '${shown(call, 2)}'`)

/** The consumer whose name is argument `i`, made when it is not there; it was seen now. */
export function seenConsumer(call: Call, group: Group, i: number): Consumer {
  const place = findName(group.consumers, call.memory, call.starts[i], call.ends[i])
  if (place < 0) return addConsumer(group, place, call.bytes(i), call.nowMs)
  const consumer = group.consumers[place]
  consumer.seenMs = call.nowMs
  return consumer
}

const DEFAULT_COUNT = 100
/** As many entries are looked at for each that is wanted. */
const ATTEMPTS = 10
const MAX_COUNT = 576460752303423487n

function xautoclaim(call: Call): void {
  const minIdle = minIdleOf(call, 'XAUTOCLAIM')
  const start = new Uint32Array(4)
  takeStart(call, start)
  const {count, justId} = readAutoClaim(call)
  const stream = findStream(call, 1)
  const group = findGroup(call, stream, 2)
  if (stream === null || group === null) throw noGroup(call)
  const claim: Claim = {force: false, justId, timeMs: -1, retryCount: -1, lastId: null}
  const {pel} = group
  const id = new Uint32Array(4)
  let consumer: Consumer | null = null
  let left = count
  pel.seek(start, 0)
  for (let attempts = count * ATTEMPTS; attempts > 0 && left > 0 && pel.exists; attempts--) {
    copyId(pel.words, pel.at, id, 0)
    if (findEntry(stream, id, 0) === 0) {
      removePending(group)
      left--
      continue
    }
    if (isIdle(call, group, minIdle)) {
      consumer ??= seenConsumer(call, group, 3)
      give(call, group, consumer, claim)
      left--
    }
    pel.step()
  }
}

/** An id, or `(` and an id that is left out itself. Source: streamParseIntervalIDOrReply(). */
function takeStart(call: Call, start: Uint32Array): void {
  const {memory, starts, ends} = call
  const exclusive = ends[5] - starts[5] > 1 && memory[starts[5]] === 0x28
  if (!exclusive) return takeLooseId(call, 5, start, 0)
  if (readIdIn(memory, starts[5] + 1, ends[5], start, 0) !== FULL) throw invalidId()
  if (!nextId(start, 0)) throw new CommandError('ERR invalid start ID for the interval')
}

function readAutoClaim(call: Call): {count: number; justId: boolean} {
  let count = DEFAULT_COUNT
  let justId = false
  for (let i = 6; i < call.argc; i++) {
    if (call.is(i, 'COUNT') && i + 1 < call.argc) {
      const given = call.bigint(++i)
      if (given < 1n || given > MAX_COUNT) throw new CommandError('ERR COUNT must be > 0')
      count = Number(given)
    } else if (call.is(i, 'JUSTID')) justId = true
    else throw syntaxError()
  }
  return {count, justId}
}

export const STREAM_CLAIM_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['XAUTOCLAIM', xautoclaim],
  ['XCLAIM', xclaim],
]
