/** XCLAIM, as of 7.0: what is pending but no longer in the stream is forgotten. Source: xclaimCommand() in t_stream.c. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {type Apply, type Call, CommandError} from '../call.ts'
import {putFound} from '../read/stream-replies.ts'
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
import {bigAt, compareIds, copyId, idText, putBig, putMs} from '../values/stream-id.ts'
import {DELIVERIES, TIME} from '../values/stream-pel.ts'
import {FULL, findStream, readId, shown, takeId, takeInteger} from './stream-ids.ts'
import {tellClaim, tellGroupId} from './stream-tell.ts'
import {findGroup} from './streams-groups.ts'

/** What is claimed, and how. */
export interface Claim {
  readonly stream: Stream
  readonly group: Group
  force: boolean
  justId: boolean
  /** Entries that were delivered later are left alone. */
  minIdle: number
  /** -1 when not given. */
  timeMs: number
  retryCount: number | bigint
  lastId: Uint32Array | null
  /** Null until there is something for it. */
  consumer: Consumer | null
  /** How many entries were given to it, and their replies. */
  claimed: number
  readonly items: ReplyWriter
}

/** Where the group is named. */
export const CLAIMED = {keyAt: 1, groupAt: 2}

function xclaim(call: Call): void {
  const claim = newClaim(call, () => minIdleOf(call, 'XCLAIM'))
  const {group, items} = claim
  const id = new Uint32Array(4)
  let options = 5
  while (options < call.argc && readId(call, options, id, 0) === FULL) options++
  readOptions(call, options, claim)
  const moves = claim.lastId !== null && compareIds(claim.lastId, 0, group.lastId, 0) > 0
  if (moves && claim.lastId) copyId(claim.lastId, 0, group.lastId, 0)
  const {changes} = call
  if (call.answers) call.instead = []
  for (let i = 5; i < options; i++) {
    readId(call, i, id, 0)
    const told = call.answers ? call.bytes(i) : ''
    if (findClaimable(call, claim, id, told)) give(call, claim, id, told)
  }
  if (moves && call.changes === changes) {
    call.changes++
    tellGroupId(call, group, CLAIMED)
  }
  call.reply.array(claim.claimed)
  call.reply.append(items)
}

/** Of the group that the command names. `minIdle` is read only when there is one. @throws CommandError. */
export function newClaim(call: Call, minIdle: () => number): Claim {
  const stream = findStream(call, 1)
  const group = findGroup(call, stream, 2)
  if (stream === null || group === null) throw noGroup(call)
  return {
    stream,
    group,
    force: false,
    justId: false,
    minIdle: minIdle(),
    timeMs: -1,
    retryCount: -1,
    lastId: null,
    consumer: null,
    claimed: 0,
    items: call.reply.part(),
  }
}

/** Stand at the pending entry that is to be given away, made when it has to be. False when there is none. */
function findClaimable(
  call: Call,
  claim: Claim,
  id: Uint32Array,
  told: string | Uint8Array,
): boolean {
  const {group, force, stream} = claim
  const {pel} = group
  const isPending = pel.seek(id, 0)
  if (!isPending && !force) return false
  if (findEntry(stream, id, 0) === 0) {
    if (isPending) forget(call, group, told)
    return false
  }
  if (isPending) return isIdle(call, claim)
  addPending(group, id, 0)
  putTime(call.nowMs, pel.words, pel.at)
  putBig(1n, pel.words, pel.at + DELIVERIES)
  return true
}

/** The pending entry at hand is no longer in the stream. `told`: its id as logs are told. */
export function forget(call: Call, group: Group, told: string | Uint8Array): void {
  tellClaim(call, group, CLAIMED, told)
  call.changes++
  removePending(group)
}

/** Was the pending entry at hand delivered so long ago? */
export function isIdle(call: Call, {group, minIdle}: Claim): boolean {
  if (minIdle <= 0) return true
  const {words, at} = group.pel
  const time = BigInt.asIntN(64, bigAt(words, at + TIME))
  return BigInt(call.nowMs) - time >= minIdle
}

/**
 * A time that has not come is now. But what a log says of its own time is rounded: `#TS` to seconds, a file's time to the tick
 * of the kernel. A time so near behind was not in the future when it was written.
 */
const CLOCK_STEP_MS = 1000

/** Give the pending entry at hand to the consumer who claims it. */
export function give(call: Call, claim: Claim, id: Uint32Array, told: string | Uint8Array): void {
  const {group, justId, items} = claim
  claim.consumer ??= seenConsumer(call, group, 3)
  const {words, at} = group.pel
  putTime(timeOf(call, claim), words, at)
  if (claim.retryCount >= 0) putCount(claim.retryCount, words, at)
  else if (!justId) countDelivery(words, at)
  setOwner(group, claim.consumer)
  claim.consumer.activeMs = call.nowMs
  claim.claimed++
  call.changes++
  if (!call.answers) return
  if (justId) items.text(idText(id, 0))
  else putFound(items, claim.stream, id)
  tellClaim(call, group, CLAIMED, told)
}

function timeOf({nowMs, answers}: Call, {timeMs}: Claim): number {
  const latest = answers ? nowMs : nowMs + CLOCK_STEP_MS
  return timeMs < 0 || timeMs > latest ? nowMs : timeMs
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

function readOptions(call: Call, from: number, claim: Claim): void {
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
}

/** -1 means that nothing was given, for servers too. */
function idleSince(call: Call, i: number): number {
  return Number(BigInt.asIntN(64, BigInt(call.nowMs) - BigInt(option(call, i, 'IDLE'))))
}

const option = (call: Call, i: number, name: string): number | bigint =>
  integerOr(call, i, `ERR Invalid ${name} option argument for XCLAIM`)

export function minIdleOf(call: Call, name: string): number {
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

export const STREAM_CLAIM_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['XCLAIM', xclaim],
]
