/** ZUNIONSTORE, ZINTERSTORE, ZDIFFSTORE, ZRANGESTORE: the result is built aside, its key may be among the sources. Source: t_zset.c. */
import {type Apply, type Call, CommandError, syntaxError, wrongType} from '../call.ts'
import type {Keyspace} from '../keyspace.ts'
import {Builder} from '../values/builder.ts'
import {logicalOf} from '../values/kinds.ts'
import {eachMember, memberCount} from '../values/set-members.ts'
import {
  isZset,
  type TakeMember,
  zsetAdd,
  zsetBegin,
  zsetEach,
  zsetSize,
} from '../values/zset-members.ts'
import {SortedTable} from '../values/zset-table.ts'
import {doubleArgument} from './doubles.ts'
import {findZset, storeZset} from './find-zset.ts'
import {type FindRanks, lexRange, longArgument, rankRange, scoreRange} from './zset-ranges.ts'

/** What becomes of two scores of one member. */
type Aggregate = (score: number, other: number) => number

/** Infinities of both signs make 0. Source: zunionInterAggregate(). */
const SUM: Aggregate = (score, other) => zeroForNaN(score + other)

/** Of 0 and -0 the first one stays, and NaN is never less. */
const MIN: Aggregate = (score, other) => {
  if (other < score) return other
  return score
}
const MAX: Aggregate = (score, other) => {
  if (other > score) return other
  return score
}
const AGGREGATES: readonly (readonly [name: string, aggregate: Aggregate])[] = [
  ['SUM', SUM],
  ['MIN', MIN],
  ['MAX', MAX],
]

interface Source {
  /** 0 for a key that is not there. */
  entry: number
  isSet: boolean
  size: number
  weight: number
}

interface Options {
  aggregate: Aggregate
  /** AGGREGATE COUNT of Redis 8.8: every score counts as 1. */
  counts: boolean
}

const zeroForNaN = (score: number): number => (Number.isNaN(score) ? 0 : score)

/** ZUNIONSTORE destination numkeys key* [WEIGHTS weight*] [AGGREGATE SUM | MIN | MAX | COUNT] */
function readSources(call: Call, name: string): Source[] {
  const count = longArgument(call, 2)
  if (count < 1) {
    throw new CommandError(`ERR at least 1 input key is needed for '${name}' command`)
  }
  if (count > call.argc - 3) throw syntaxError()
  return Array.from({length: count}, (_, i) => sourceOf(call, i + 3))
}

function sourceOf(call: Call, i: number): Source {
  const {db, keyspace} = call
  const entry = call.find(i)
  if (entry === 0) return {entry, isSet: false, size: 0, weight: 1}
  const kind = db.kind(entry)
  if (isZset(kind)) return {entry, isSet: false, size: zsetSize(keyspace, entry), weight: 1}
  if (logicalOf(kind) !== 'set') throw wrongType()
  return {entry, isSet: true, size: memberCount(keyspace, entry), weight: 1}
}

function readOptions(call: Call, sources: Source[]): Options {
  const options: Options = {aggregate: SUM, counts: false}
  for (let i = 3 + sources.length; i < call.argc; ) {
    if (call.is(i, 'WEIGHTS') && call.argc - i > sources.length) {
      for (const source of sources) {
        source.weight = doubleArgument(call, ++i, 'ERR weight value is not a float')
      }
      i++
    } else if (call.is(i, 'AGGREGATE') && i + 1 < call.argc) {
      const named = AGGREGATES.find(([name]) => call.is(i + 1, name))
      options.counts = call.is(i + 1, 'COUNT')
      if (!named && !options.counts) throw syntaxError()
      options.aggregate = named ? named[1] : SUM
      i += 2
    } else throw syntaxError()
  }
  return options
}

/** Members of a set have a score of 1. */
function eachScored(keyspace: Keyspace, {entry, isSet}: Source, take: TakeMember): void {
  if (entry === 0) return
  if (!isSet) zsetEach(keyspace, entry, 0, zsetSize(keyspace, entry), false, take)
  else eachMember(keyspace, entry, (memory, start, end) => take(memory, start, end, 1))
}

/** Servers go from the smallest source to the largest, which shows where sums are rounded. */
const ascending = (sources: Source[]): Source[] => [...sources].sort((a, b) => a.size - b.size)

function storeUnion(call: Call): void {
  const {keyspace} = call
  const sources = readSources(call, 'zunionstore')
  const {aggregate, counts} = readOptions(call, sources)
  const result = new SortedTable(keyspace.arena)
  for (const source of ascending(sources)) {
    eachScored(keyspace, source, (_, start, end, own) => {
      const score = zeroForNaN(source.weight * (counts ? 1 : own))
      const member = result.find(start, end)
      if (member === 0) result.add(start, end, score)
      else result.setScore(member, aggregate(result.score(member), score))
    })
  }
  storeTable(call, result)
}

function storeIntersection(call: Call): void {
  const {keyspace} = call
  const sources = readSources(call, 'zinterstore')
  const {aggregate, counts} = readOptions(call, sources)
  const [smallest, ...others] = ascending(sources)
  let result = new SortedTable(keyspace.arena)
  eachScored(keyspace, smallest, (_, start, end, own) => {
    if (result.find(start, end) === 0) {
      result.add(start, end, zeroForNaN(smallest.weight * (counts ? 1 : own)))
    }
  })
  for (const source of others) {
    const both = new SortedTable(keyspace.arena)
    eachScored(keyspace, source, (_, start, end, own) => {
      const member = result.find(start, end)
      if (member === 0 || both.find(start, end) !== 0) return
      both.add(start, end, aggregate(result.score(member), source.weight * (counts ? 1 : own)))
    })
    result.release()
    result = both
  }
  storeTable(call, result)
}

function storeDifference(call: Call): void {
  const {keyspace} = call
  const sources = readSources(call, 'zdiffstore')
  if (call.argc > 3 + sources.length) throw syntaxError()
  const [first, ...others] = sources
  const result = new SortedTable(keyspace.arena)
  eachScored(keyspace, first, (_, start, end, score) => {
    if (result.find(start, end) === 0) result.add(start, end, score)
  })
  for (const source of others) {
    eachScored(keyspace, source, (_, start, end) => {
      const member = result.find(start, end)
      if (member !== 0) result.remove(member)
    })
  }
  storeTable(call, result)
}

/** Store what was computed under the key in argument 1. Source: zsetConvertToListpackIfNeeded(). */
export function storeTable(call: Call, table: SortedTable): void {
  const {keyspace} = call
  const members = table.entries(0, table.size)
  const longest = members.reduce((size, at) => Math.max(size, table.end(at) - table.start(at)), 0)
  const built = new Builder(keyspace)
  zsetBegin(keyspace, built.begin(), members.length, longest)
  for (const at of members) {
    zsetAdd(keyspace, built.entry, table.start(at), table.end(at), table.score(at), 0)
  }
  table.release()
  storeZset(call, 1, built)
}

/** ZRANGESTORE destination source min max [BYSCORE | BYLEX] [REV] [LIMIT offset count] */
function storeRange(call: Call): void {
  const {keyspace} = call
  const {range, byRank, reverse, offset, limit} = readRange(call)
  const source = findZset(call, 2)
  const built = new Builder(keyspace)
  if (source !== 0) {
    const {start, end} = limited(range(keyspace, source), reverse, offset, limit)
    zsetBegin(keyspace, built.begin(), byRank ? end - start : 0, 0)
    // In the order of the command: a score of -0 lasts only once the set is no listpack any more.
    zsetEach(keyspace, source, start, end, reverse, (memory, from, to, score) => {
      const at = keyspace.stage(memory.slice(from, to), 0, to - from)
      zsetAdd(keyspace, built.entry, at, at + to - from, score, 0)
    })
  }
  storeZset(call, 1, built)
}

interface RangeOptions {
  range: FindRanks
  /** Then the server knows how many come. */
  byRank: boolean
  reverse: boolean
  offset: number
  /** Below 0 without one. */
  limit: number
}

function readRange(call: Call): RangeOptions {
  let by: 'rank' | 'score' | 'lex' = 'rank'
  let reverse = false
  let offset = 0
  let limit = -1
  for (let i = 5; i < call.argc; i++) {
    if (call.is(i, 'LIMIT') && i + 2 < call.argc) {
      offset = longArgument(call, i + 1)
      limit = longArgument(call, i + 2)
      i += 2
    } else if (call.is(i, 'REV') && !reverse) reverse = true
    else if (call.is(i, 'BYLEX') && by === 'rank') by = 'lex'
    else if (call.is(i, 'BYSCORE') && by === 'rank') by = 'score'
    else throw syntaxError()
  }
  if (limit !== -1 && by === 'rank') {
    throw new CommandError(
      'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX',
    )
  }
  const [min, max] = reverse ? [4, 3] : [3, 4]
  if (by === 'rank') {
    return {range: rankRange(call, 3, reverse), byRank: true, reverse, offset: 0, limit: -1}
  }
  const range = by === 'score' ? scoreRange(call, min, max) : lexRange(call, min, max, reverse)
  return {range, byRank: false, reverse, offset, limit}
}

/** What LIMIT leaves of a range; it counts from the end where the range is walked from. A negative offset leaves nothing. */
function limited(
  {start, end}: {start: number; end: number},
  reverse: boolean,
  offset: number,
  limit: number,
): {start: number; end: number} {
  const size = end - start
  const from = offset < 0 ? size : Math.min(offset, size)
  const to = limit < 0 ? size : Math.min(from + limit, size)
  return reverse ? {start: end - to, end: end - from} : {start: start + from, end: start + to}
}

export const ZSET_STORES_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['ZUNIONSTORE', storeUnion],
  ['ZINTERSTORE', storeIntersection],
  ['ZDIFFSTORE', storeDifference],
  ['ZRANGESTORE', storeRange],
]
