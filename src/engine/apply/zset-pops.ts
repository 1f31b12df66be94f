/** Commands that take from an end of the first sorted set that has something, and those that wait for it. Source: t_zset.c. */
import {type Apply, type Call, syntaxError} from '../call.ts'
import {isZset, zsetEach, zsetRemoveRanks, zsetSize} from '../values/zset-members.ts'
import {dropIfEmpty, findZset} from './find-zset.ts'
import {countArgument} from './list-arguments.ts'
import {timeoutArgument} from './timeout.ts'

/** The sorted set of argument `i`, 0 for none; for a client that may have waited for it a key of another type is none. */
function findAwaited(call: Call, i: number): number {
  const entry = call.find(i)
  return entry !== 0 && call.hasWaited && !isZset(call.db.kind(entry)) ? 0 : findZset(call, i)
}

/**
 * Remove `count` members, which are there, from one end. Each is answered with its score behind it, in an array of its own if
 * `pairs`; without a header.
 */
function pop(call: Call, entry: number, highest: boolean, count: number, pairs: boolean): void {
  const {keyspace, reply} = call
  const size = zsetSize(keyspace, entry)
  const start = highest ? size - count : 0
  if (call.answers) {
    zsetEach(keyspace, entry, start, start + count, highest, (memory, from, to, score) => {
      if (pairs) reply.array(2)
      reply.bulk(memory, from, to)
      reply.double(call.scoreText(score))
    })
  }
  zsetRemoveRanks(keyspace, entry, start, start + count)
  dropIfEmpty(call, entry)
  call.changes += count
}

/** ZPOPMIN key [count] */
function popOne(highest: boolean): Apply {
  return (call) => {
    if (call.argc > 3) throw syntaxError()
    const {keyspace, reply} = call
    const counted = call.argc === 3
    const text = 'ERR value is out of range, must be positive'
    const wanted = counted ? countArgument(call, 2, 0, text) : 1
    const entry = findZset(call, 1)
    if (entry === 0 || wanted === 0) return reply.array(0)
    const count = Math.min(wanted, zsetSize(keyspace, entry))
    const pairs = counted && reply.resp3
    reply.array(pairs ? count : count * 2)
    pop(call, entry, highest, count, pairs)
  }
}

/** ZMPOP numkeys key* MIN | MAX [COUNT count], the first argument being `first`; BZMPOP with a timeout before all. */
function popMany(first: number): Apply {
  return (call) => {
    const keys = countArgument(call, first, 1, 'ERR numkeys should be greater than 0')
    const where = first + keys + 1
    if (where >= call.argc) throw syntaxError()
    const highest = call.is(where, 'MAX')
    if (!highest && !call.is(where, 'MIN')) throw syntaxError()
    let count = -1
    for (let i = where + 1; i < call.argc; i += 2) {
      if (count !== -1 || !call.is(i, 'COUNT') || i + 1 >= call.argc) throw syntaxError()
      count = countArgument(call, i + 1, 1, 'ERR count should be greater than 0')
    }
    const timeoutMs = first === 2 ? timeoutArgument(call, 1) : 0
    if (popFirst(call, first + 1, where, highest, count === -1 ? 1 : count)) return
    const wanted = {firstKey: first + 1, lastKey: where - 1, timeoutMs}
    if (first === 1 || !call.waitFor(wanted)) call.reply.noArray()
  }
}

/** Pop from the first of the keys in arguments [first, end) that is there; false when none is. `count` 0: one, without an array. */
function popFirst(
  call: Call,
  first: number,
  end: number,
  highest: boolean,
  count: number,
): boolean {
  const {keyspace, reply} = call
  for (let i = first; i < end; i++) {
    const entry = findAwaited(call, i)
    if (entry === 0) continue
    const some = Math.min(count || 1, zsetSize(keyspace, entry))
    reply.array(count > 0 ? 2 : 3)
    reply.bulk(call.memory, call.starts[i], call.ends[i])
    if (count > 0) reply.array(some)
    pop(call, entry, highest, some, count > 0)
    const name = highest ? 'ZPOPMAX' : 'ZPOPMIN'
    if (call.answers) call.tell(name, call.bytes(i), ...(count > 0 ? [some] : []))
    return true
  }
  return false
}

/** BZPOPMIN key* timeout */
function blockingPop(highest: boolean): Apply {
  return (call) => {
    const last = call.argc - 1
    const timeoutMs = timeoutArgument(call, last)
    if (popFirst(call, 1, last, highest, 0)) return
    if (!call.waitFor({firstKey: 1, lastKey: last - 1, timeoutMs})) call.reply.noArray()
  }
}

export const ZSET_POPS_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['ZPOPMIN', popOne(false)],
  ['ZPOPMAX', popOne(true)],
  ['ZMPOP', popMany(1)],
  ['BZMPOP', popMany(2)],
  ['BZPOPMIN', blockingPop(false)],
  ['BZPOPMAX', blockingPop(true)],
]
