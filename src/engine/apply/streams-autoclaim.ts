/** XAUTOCLAIM, as of 7.0: what is pending but no longer in the stream is forgotten. Source: xautoclaimCommand() in t_stream.c. */
import {type Apply, type Call, CommandError, syntaxError} from '../call.ts'
import {findEntry} from '../values/stream-data.ts'
import {copyId, idText, nextId} from '../values/stream-id.ts'
import {FULL, invalidId, readIdIn, takeLooseId} from './stream-ids.ts'
import {type Claim, forget, give, isIdle, minIdleOf, newClaim} from './streams-claim.ts'

const DEFAULT_COUNT = 100
/** As many entries are looked at for each that is wanted. */
const ATTEMPTS = 10
const MAX_COUNT = 576460752303423487n

function xautoclaim(call: Call): void {
  const minIdle = minIdleOf(call, 'XAUTOCLAIM')
  const start = new Uint32Array(4)
  takeStart(call, start)
  const {count, justId} = readAutoClaim(call)
  const claim = newClaim(call, () => minIdle)
  claim.justId = justId
  const {pel} = claim.group
  if (call.answers) call.instead = []
  pel.seek(start, 0)
  const deleted = claimFrom(call, claim, count)
  const {reply} = call
  reply.array(3)
  reply.text(call.answers && pel.exists ? idText(pel.words, pel.at) : '0-0')
  reply.array(claim.claimed)
  reply.append(claim.items)
  reply.array(deleted.length)
  for (const id of deleted) reply.text(id)
}

/** From the pending entry at hand on. Returns ids of those that are no longer in the stream. */
function claimFrom(call: Call, claim: Claim, count: number): string[] {
  const {pel} = claim.group
  const deleted: string[] = []
  const id = new Uint32Array(4)
  let left = count
  for (let attempts = count * ATTEMPTS; attempts > 0 && left > 0 && pel.exists; attempts--) {
    copyId(pel.words, pel.at, id, 0)
    const told = call.answers ? idText(id, 0) : ''
    if (findEntry(claim.stream, id, 0) === 0) {
      forget(call, claim.group, told)
      deleted.push(told)
      left--
      continue
    }
    if (isIdle(call, claim)) {
      give(call, claim, id, told)
      left--
    }
    pel.step()
  }
  return deleted
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

export const STREAM_AUTOCLAIM_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['XAUTOCLAIM', xautoclaim],
]
