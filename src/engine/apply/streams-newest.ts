/** XACKDEL and XDELEX (Redis 8.2), XNACK (8.8), by what is documented of them. */
import {type Apply, type Call, CommandError, syntaxError} from '../call.ts'
import {deleteEntry, findEntry, type Stream} from '../values/stream-data.ts'
import {addPending, type Group, removePending, setOwner} from '../values/stream-group.ts'
import {compareIds, putBig} from '../values/stream-id.ts'
import {DELIVERIES, TIME} from '../values/stream-pel.ts'
import {findStream, takeIds} from './stream-ids.ts'
import {noGroup} from './streams-claim.ts'
import {findGroup} from './streams-groups.ts'

/** What becomes of the references that groups hold to a deleted entry. */
type References = 'KEEPREF' | 'DELREF' | 'ACKED'
const REFERENCES = ['KEEPREF', 'DELREF', 'ACKED'] as const

/** `[KEEPREF|DELREF|ACKED] IDS count id*` from argument `i` on, the last ones. */
function readDeletion(call: Call, first: number): {references: References; ids: Uint32Array} {
  let references: References = 'KEEPREF'
  for (let i = first; i < call.argc; i++) {
    const option = REFERENCES.find((name) => call.is(i, name))
    if (option) references = option
    else if (call.is(i, 'IDS') && i + 1 < call.argc) {
      const end = endOfIds(call, i)
      if (end === call.argc) return {references, ids: takeIds(call, i + 2, end)}
      if (end > call.argc) throw miscounted()
      throw syntaxError()
    } else throw syntaxError()
  }
  throw syntaxError()
}

function endOfIds(call: Call, i: number): number {
  const count = Number(call.bigint(i + 1))
  if (count < 1) throw new CommandError('ERR Number of IDs must be a positive integer')
  return i + 2 + count
}

const miscounted = (): CommandError =>
  new CommandError('ERR The `numids` parameter must match the number of arguments')

/** XDELEX key [KEEPREF|DELREF|ACKED] IDS count id* */
function xdelex(call: Call): void {
  const {references, ids} = readDeletion(call, 2)
  const stream = findStream(call, 1)
  const {reply} = call
  reply.array(ids.length / 4)
  for (let at = 0; at < ids.length; at += 4) {
    const isThere = stream !== null && findEntry(stream, ids, at) !== 0
    const isKept = stream !== null && !drop(stream, ids, at, references)
    if (isThere && !isKept) call.changes++
    reply.integer(isThere ? (isKept ? KEPT : DELETED) : NO_SUCH_ID)
  }
}

/** XACKDEL key group [KEEPREF|DELREF|ACKED] IDS count id* */
function xackdel(call: Call): void {
  const {references, ids} = readDeletion(call, 3)
  const stream = findStream(call, 1)
  const group = findGroup(call, stream, 2)
  const {reply} = call
  reply.array(ids.length / 4)
  for (let at = 0; at < ids.length; at += 4) {
    if (stream === null || group === null || !group.pel.seek(ids, at)) {
      reply.integer(NO_SUCH_ID)
      continue
    }
    removePending(group)
    call.changes++
    reply.integer(drop(stream, ids, at, references) ? DELETED : KEPT)
  }
}

/** Returns whether the entry goes; with ACKED it stays while a group refers to it. */
function drop(stream: Stream, ids: Uint32Array, at: number, references: References): boolean {
  if (references === 'ACKED' && isReferenced(stream, ids, at)) return false
  if (references === 'DELREF') {
    for (const group of stream.groups) if (group.pel.seek(ids, at)) removePending(group)
  }
  deleteEntry(stream, ids, at)
  return true
}

/** Is the entry pending in a group, or still to be delivered? Source: streamEntryIsReferenced() in t_stream.c. */
function isReferenced({groups}: Stream, ids: Uint32Array, at: number): boolean {
  return groups.some(({lastId, pel}) => compareIds(ids, at, lastId, 0) > 0 || pel.seek(ids, at))
}

/** What is replied of each ID. */
const NO_SUCH_ID = -1
const DELETED = 1
const KEPT = 2

const MOST_DELIVERIES = 0x7fffffffffffffffn

/** XNACK key group SILENT|FAIL|FATAL IDS count id* [RETRYCOUNT count] [FORCE] */
function xnack(call: Call): void {
  const mode = (['SILENT', 'FAIL', 'FATAL'] as const).find((name) => call.is(3, name))
  if (mode === undefined || !call.is(4, 'IDS')) throw syntaxError()
  const end = endOfIds(call, 4)
  if (end > call.argc) throw miscounted()
  let retryCount: bigint | null = null
  let force = false
  for (let i = end; i < call.argc; i++) {
    if (call.is(i, 'FORCE')) force = true
    else if (call.is(i, 'RETRYCOUNT') && i + 1 < call.argc) {
      retryCount = call.bigint(++i)
      if (retryCount < 0n) throw new CommandError('ERR Invalid RETRYCOUNT value, must be >= 0')
    } else throw syntaxError()
  }
  const stream = findStream(call, 1)
  const group = findGroup(call, stream, 2)
  if (stream === null || group === null) throw noGroup(call)
  const ids = takeIds(call, 6, end)
  let released = 0
  for (let at = 0; at < ids.length; at += 4) {
    if (!findPending(stream, group, ids, at, force)) continue
    released++
    const {words, at: record} = group.pel
    const count = retryCount ?? nextCount(group, mode)
    words[record + TIME] = 0
    words[record + TIME + 1] = 0
    putBig(count, words, record + DELIVERIES)
    setOwner(group, null)
  }
  call.changes += released
  call.reply.integer(released)
}

function findPending(
  stream: Stream,
  group: Group,
  ids: Uint32Array,
  at: number,
  force: boolean,
): boolean {
  if (group.pel.seek(ids, at)) return true
  if (!force || findEntry(stream, ids, at) === 0) return false
  addPending(group, ids, at)
  return true
}

function nextCount({pel}: Group, mode: 'SILENT' | 'FAIL' | 'FATAL'): bigint {
  if (mode === 'FATAL') return MOST_DELIVERIES
  const {words, at} = pel
  const count = (BigInt(words[at + DELIVERIES]) << 32n) | BigInt(words[at + DELIVERIES + 1])
  return mode === 'SILENT' && count > 0n ? count - 1n : count
}

export const STREAM_NEWEST_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['XACKDEL', xackdel],
  ['XDELEX', xdelex],
  ['XNACK', xnack],
]
