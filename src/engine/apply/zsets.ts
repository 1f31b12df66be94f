/** Commands that change sorted sets in place. Those that store a new one are in zset-stores.ts. Source: t_zset.c. */
import {ZADD_GT, ZADD_INCR, ZADD_LT, ZADD_NX, ZADD_XX} from '../../formats/kernel/layout.ts'
import {type Apply, type Call, CommandError, syntaxError} from '../call.ts'
import {Kind} from '../values/kinds.ts'
import {zsetAdd, zsetBegin, zsetRemove, zsetRemoveRanks} from '../values/zset-members.ts'
import {Additions, CHANGES} from './additions.ts'
import {doubleArgument} from './doubles.ts'
import {dropIfEmpty, findZset, stageArgument} from './find-zset.ts'
import {ZSET_POPS_APPLY} from './zset-pops.ts'
import {type FindRanks, lexRange, rankRange, scoreRange} from './zset-ranges.ts'
import {ZSET_STORES_APPLY} from './zset-stores.ts'

/** ZADD key [NX | XX] [GT | LT] [CH] [INCR] (score member)* */
function zadd(call: Call): void {
  let options = 0
  let first = 2
  for (; first < call.argc; first++) {
    if (call.is(first, 'NX')) options |= ZADD_NX
    else if (call.is(first, 'XX')) options |= ZADD_XX
    else if (call.is(first, 'GT')) options |= ZADD_GT
    else if (call.is(first, 'LT')) options |= ZADD_LT
    else if (call.is(first, 'INCR')) options |= ZADD_INCR
    else if (call.is(first, 'CH')) options |= CHANGES
    else break
  }
  checkOptions(options, call.argc - first)
  addPairs(call, first, options)
}

function checkOptions(options: number, left: number): void {
  if (left === 0 || left % 2 !== 0) throw syntaxError()
  if ((options & ZADD_NX) !== 0 && (options & ZADD_XX) !== 0) {
    throw new CommandError('ERR XX and NX options at the same time are not compatible')
  }
  const order = options & (ZADD_GT | ZADD_LT)
  if (order === (ZADD_GT | ZADD_LT) || (order !== 0 && (options & ZADD_NX) !== 0)) {
    throw new CommandError('ERR GT, LT, and/or NX options at the same time are not compatible')
  }
  if ((options & ZADD_INCR) !== 0 && left > 2) {
    throw new CommandError('ERR INCR option supports a single increment-element pair')
  }
}

/** ZINCRBY key increment member */
function zincrby(call: Call): void {
  addPairs(call, 2, ZADD_INCR)
}

/** Add the (score member) pairs from argument `first` on. All scores are read before the first one counts. */
function addPairs(call: Call, first: number, given: number): void {
  const {argc, keyspace, starts, ends} = call
  const options = given & ~CHANGES
  const score = doubleArgument(call, first)
  for (let i = first + 2; i < argc; i += 2) doubleArgument(call, i)
  let entry = findZset(call, 1)
  if (call.answers) return addAnswering(call, entry, first, given)
  if (entry === 0) {
    if ((options & ZADD_XX) !== 0) return
    entry = newZset(call, first)
  }
  for (let i = first; i < argc; i += 2) {
    // First the score, then the member: both are staged in one place.
    const added = i === first ? score : doubleArgument(call, i)
    const from = stageArgument(call, i + 1)
    zsetAdd(keyspace, entry, from, from + ends[i + 1] - starts[i + 1], added, options)
  }
}

/** The same, looking at what becomes of each, which a log need not. */
function addAnswering(call: Call, found: number, first: number, given: number): void {
  const additions = new Additions(given)
  let entry = found
  if (entry === 0 && (given & ZADD_XX) === 0) entry = newZset(call, first)
  for (let i = first; entry !== 0 && i < call.argc; i += 2) {
    const score = doubleArgument(call, i)
    const from = stageArgument(call, i + 1)
    additions.add(call, entry, from, from + call.length(i + 1), score)
  }
  additions.answer(call)
}

/** Add the key; how it is held at first depends on the first member alone. */
function newZset(call: Call, first: number): number {
  const {db, keyspace, memory, starts, ends} = call
  const entry = db.add(memory, starts[1], ends[1], Kind.STRING)
  zsetBegin(keyspace, entry, 0, call.length(first + 1))
  return entry
}

/** ZREM key member* */
function zrem(call: Call): void {
  const {argc, keyspace, starts, ends} = call
  const entry = findZset(call, 1)
  if (entry === 0) return call.reply.integer(0)
  let removed = 0
  for (let i = 2; i < argc; i++) {
    const from = stageArgument(call, i)
    if (zsetRemove(keyspace, entry, from, from + ends[i] - starts[i])) removed++
  }
  dropIfEmpty(call, entry)
  call.changes += removed
  call.reply.integer(removed)
}

function removeRange(call: Call, find: FindRanks): void {
  const {keyspace} = call
  const entry = findZset(call, 1)
  if (entry === 0) return call.reply.integer(0)
  const {start, end} = find(keyspace, entry)
  zsetRemoveRanks(keyspace, entry, start, end)
  dropIfEmpty(call, entry)
  call.changes += end - start
  call.reply.integer(end - start)
}

export const ZSETS_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['ZADD', zadd],
  ['ZINCRBY', zincrby],
  ['ZREM', zrem],
  ['ZREMRANGEBYRANK', (call) => removeRange(call, rankRange(call, 2, false))],
  ['ZREMRANGEBYSCORE', (call) => removeRange(call, scoreRange(call, 2, 3))],
  ['ZREMRANGEBYLEX', (call) => removeRange(call, lexRange(call, 2, 3))],
  ...ZSET_POPS_APPLY,
  ...ZSET_STORES_APPLY,
]
