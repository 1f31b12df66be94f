/** Commands that change sorted sets in place. Those that store a new one are in zset-stores.ts. Source: t_zset.c. */
import {ZADD_GT, ZADD_INCR, ZADD_LT, ZADD_NX, ZADD_XX} from '../../formats/kernel/layout.ts'
import {type Apply, type Call, CommandError, syntaxError} from '../call.ts'
import {Kind} from '../values/kinds.ts'
import {zsetAdd, zsetBegin, zsetRemove, zsetRemoveRanks, zsetSize} from '../values/zset-members.ts'
import {doubleArgument} from './doubles.ts'
import {dropIfEmpty, findZset, stageArgument} from './find-zset.ts'
import {type FindRanks, lexRange, longArgument, rankRange, scoreRange} from './zset-ranges.ts'
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
    else if (!call.is(first, 'CH')) break
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
function addPairs(call: Call, first: number, options: number): void {
  const {argc, keyspace, starts, ends} = call
  const score = doubleArgument(call, first)
  for (let i = first + 2; i < argc; i += 2) doubleArgument(call, i)
  let entry = findZset(call, 1)
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
  if (entry === 0) return
  for (let i = 2; i < argc; i++) {
    const from = stageArgument(call, i)
    zsetRemove(keyspace, entry, from, from + ends[i] - starts[i])
  }
  dropIfEmpty(call, entry)
}

function removeRange(call: Call, find: FindRanks): void {
  const {keyspace} = call
  const entry = findZset(call, 1)
  if (entry === 0) return
  const {start, end} = find(keyspace, entry)
  zsetRemoveRanks(keyspace, entry, start, end)
  dropIfEmpty(call, entry)
}

/** Remove up to `count` members from one end. */
function pop(call: Call, entry: number, highest: boolean, count: number): void {
  const {keyspace} = call
  const size = zsetSize(keyspace, entry)
  const popped = Math.min(count, size)
  if (highest) zsetRemoveRanks(keyspace, entry, size - popped, size)
  else zsetRemoveRanks(keyspace, entry, 0, popped)
  dropIfEmpty(call, entry)
}

/** ZPOPMIN key [count] */
function popOne(call: Call, highest: boolean): void {
  if (call.argc > 3) throw syntaxError()
  const text = 'ERR value is out of range, must be positive'
  const count = call.argc === 3 ? countArgument(call, 2, 0, text) : 1
  const entry = findZset(call, 1)
  if (entry !== 0) pop(call, entry, highest, count)
}

/** An integer that is not below `least`. @throws CommandError with this text. */
function countArgument(call: Call, i: number, least: number, text: string): number {
  let count: number
  try {
    count = longArgument(call, i)
  } catch (error) {
    if (error instanceof CommandError) throw new CommandError(text)
    throw error
  }
  if (count < least) throw new CommandError(text)
  return count
}

/** ZMPOP numkeys key* MIN | MAX [COUNT count], the first argument being `first` */
function popMany(call: Call, first: number): void {
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
  popFirst(call, first + 1, where, highest, count === -1 ? 1 : count)
}

/** Pop from the first of the keys in arguments [first, end) that is there. */
function popFirst(call: Call, first: number, end: number, highest: boolean, count: number): void {
  for (let i = first; i < end; i++) {
    const entry = findZset(call, i)
    if (entry !== 0) {
      pop(call, entry, highest, count)
      return
    }
  }
}

/** Nobody waits here, but a wrong time to wait is an error all the same. */
function checkTimeout(call: Call, i: number): void {
  const seconds = doubleArgument(call, i, 'ERR timeout is not a float or out of range')
  if (seconds < 0) throw new CommandError('ERR timeout is negative')
}

function blockingPop(call: Call, highest: boolean): void {
  checkTimeout(call, call.argc - 1)
  popFirst(call, 1, call.argc - 1, highest, 1)
}

function blockingPopMany(call: Call): void {
  checkTimeout(call, 1)
  popMany(call, 2)
}

export const ZSETS_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['ZADD', zadd],
  ['ZINCRBY', zincrby],
  ['ZREM', zrem],
  ['ZREMRANGEBYRANK', (call) => removeRange(call, rankRange(call, 2, false))],
  ['ZREMRANGEBYSCORE', (call) => removeRange(call, scoreRange(call, 2, 3))],
  ['ZREMRANGEBYLEX', (call) => removeRange(call, lexRange(call, 2, 3))],
  ['ZPOPMIN', (call) => popOne(call, false)],
  ['ZPOPMAX', (call) => popOne(call, true)],
  ['ZMPOP', (call) => popMany(call, 1)],
  ['BZPOPMIN', (call) => blockingPop(call, false)],
  ['BZPOPMAX', (call) => blockingPop(call, true)],
  ['BZMPOP', blockingPopMany],
  ...ZSET_STORES_APPLY,
]
