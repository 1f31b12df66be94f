/** What logs and replicas are told of groups in place of commands that read and claim. */
import type {Call} from '../call.ts'
import type {Group} from '../values/stream-group.ts'
import {bigAt, idText} from '../values/stream-id.ts'
import {CONSUMER, DELIVERIES, TIME} from '../values/stream-pel.ts'

/** A group as a command names it: the arguments of its key and of its name. */
export interface GroupArguments {
  keyAt: number
  groupAt: number
}

/** Who has the pending entry at hand, since when and how often. Source: streamPropagateXCLAIM() in t_stream.c. */
export function tellClaim(
  call: Call,
  {pel, byNumber, lastId}: Group,
  {keyAt, groupAt}: GroupArguments,
  id: string | Uint8Array,
): void {
  if (!call.answers) return
  const {words, at} = pel
  // Nobody owns what was given back: it goes to whoever asks.
  const owner = byNumber.get(words[at + CONSUMER])?.name ?? call.bytes(groupAt + 1)
  const place = [call.bytes(keyAt), call.bytes(groupAt), owner, 0, id]
  const time = String(BigInt.asIntN(64, bigAt(words, at + TIME)))
  const count = String(bigAt(words, at + DELIVERIES))
  const state = ['TIME', time, 'RETRYCOUNT', count, 'FORCE', 'JUSTID']
  call.tell('XCLAIM', ...place, ...state, 'LASTID', idText(lastId, 0))
}

/** What was delivered last. Source: streamPropagateGroupID(). */
export function tellGroupId(
  call: Call,
  {lastId, entriesRead}: Group,
  {keyAt, groupAt}: GroupArguments,
): void {
  if (!call.answers) return
  const place = [call.bytes(keyAt), call.bytes(groupAt), idText(lastId, 0)]
  call.tell('XGROUP', 'SETID', ...place, 'ENTRIESREAD', String(entriesRead))
}
