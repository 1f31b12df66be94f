/**
 * Unions, intersections and differences of sorted sets and sets, for commands that store them and commands that answer them.
 * Source: zunionInterDiffGenericCommand() in t_zset.c.
 */
import {Growable} from '../../formats/packed/growable.ts'
import {type Call, CommandError, syntaxError, wrongType} from '../call.ts'
import type {Keyspace} from '../keyspace.ts'
import {logicalOf} from '../values/kinds.ts'
import {eachMember, hasMember, memberCount} from '../values/set-members.ts'
import {isZset, type TakeMember, zsetEach, zsetScore, zsetSize} from '../values/zset-members.ts'
import {SortedTable} from '../values/zset-table.ts'
import {doubleArgument} from './doubles.ts'
import {countArgument} from './list-arguments.ts'
import {longArgument} from './zset-ranges.ts'

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

export interface Source {
  /** 0 for a key that is not there. */
  entry: number
  isSet: boolean
  size: number
  weight: number
}

export interface Operands {
  sources: Source[]
  aggregate: Aggregate
  /** AGGREGATE COUNT of Redis 8.8: every score counts as 1. */
  counts: boolean
  withScores: boolean
  /** Of ZINTERCARD; 0 without one. */
  limit: number
}

/** Which options a command takes behind its keys. */
export interface Takes {
  weights?: boolean
  scores?: boolean
  limit?: boolean
}

const zeroForNaN = (score: number): number => (Number.isNaN(score) ? 0 : score)

/** numkeys key* [WEIGHTS weight*] [AGGREGATE SUM | MIN | MAX | COUNT] [WITHSCORES] [LIMIT limit], the first in argument `i` */
export function readOperands(call: Call, i: number, takes: Takes): Operands {
  const sources = readSources(call, i)
  const operands = {sources, aggregate: SUM, counts: false, withScores: false, limit: 0}
  for (let at = i + 1 + sources.length; at < call.argc; ) at = readOption(call, at, operands, takes)
  return operands
}

function readSources(call: Call, i: number): Source[] {
  const count = longArgument(call, i)
  if (count < 1) {
    const name = call.text(0).toLowerCase()
    throw new CommandError(`ERR at least 1 input key is needed for '${name}' command`)
  }
  if (count > call.argc - i - 1) throw syntaxError()
  return Array.from({length: count}, (_, k) => sourceOf(call, i + 1 + k))
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

/** Read the option in argument `i`. Returns the argument behind it. */
function readOption(call: Call, i: number, operands: Operands, takes: Takes): number {
  const {sources} = operands
  const left = call.argc - i - 1
  if (takes.weights && call.is(i, 'WEIGHTS') && left >= sources.length) {
    sources.forEach((source, k) => {
      source.weight = doubleArgument(call, i + 1 + k, 'ERR weight value is not a float')
    })
    return i + 1 + sources.length
  }
  if (takes.weights && call.is(i, 'AGGREGATE') && left >= 1) {
    const named = AGGREGATES.find(([name]) => call.is(i + 1, name))
    operands.counts = call.is(i + 1, 'COUNT')
    if (!named && !operands.counts) throw syntaxError()
    operands.aggregate = named ? named[1] : SUM
    return i + 2
  }
  if (takes.limit && call.is(i, 'LIMIT') && left >= 1) {
    operands.limit = countArgument(call, i + 1, 0, "ERR LIMIT can't be negative")
    return i + 2
  }
  if (!takes.scores || !call.is(i, 'WITHSCORES')) throw syntaxError()
  operands.withScores = true
  return i + 1
}

/** Members of a set have a score of 1. */
function eachScored(keyspace: Keyspace, {entry, isSet}: Source, take: TakeMember): void {
  if (entry === 0) return
  if (!isSet) zsetEach(keyspace, entry, 0, zsetSize(keyspace, entry), false, take)
  else eachMember(keyspace, entry, (memory, start, end) => take(memory, start, end, 1))
}

/** Servers go from the smallest source to the largest, which shows where sums are rounded. */
const ascending = (sources: Source[]): Source[] => [...sources].sort((a, b) => a.size - b.size)

export type Combine = (keyspace: Keyspace, operands: Operands) => SortedTable

/** What is in one of the sources or more. */
export function union(keyspace: Keyspace, {sources, aggregate, counts}: Operands): SortedTable {
  const result = new SortedTable(keyspace.arena)
  for (const source of ascending(sources)) {
    eachScored(keyspace, source, (_, start, end, own) => {
      const score = zeroForNaN(source.weight * (counts ? 1 : own))
      const member = result.find(start, end)
      if (member === 0) result.add(start, end, score)
      else result.setScore(member, aggregate(result.score(member), score))
    })
  }
  return result
}

/** What is in all sources. */
export function intersection(
  keyspace: Keyspace,
  {sources, aggregate, counts}: Operands,
): SortedTable {
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
  return result
}

/** What is in the first source alone. */
export function difference(keyspace: Keyspace, {sources}: Operands): SortedTable {
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
  return result
}

/** How many members are in all sources; no more than `limit` are counted, if it is not 0. */
export function intersectionSize(keyspace: Keyspace, sources: Source[], limit: number): number {
  const [smallest, ...others] = ascending(sources)
  const member = new Growable()
  let size = 0
  eachScored(keyspace, smallest, (memory, start, end) => {
    if (limit !== 0 && size >= limit) return
    // Looking it up elsewhere uses the area that it lies in.
    member.clear()
    member.append(memory, start, end)
    if (others.every((source) => hasScored(keyspace, source, member))) size++
  })
  return size
}

function hasScored(keyspace: Keyspace, {entry, isSet}: Source, member: Growable): boolean {
  const {bytes, length} = member
  if (entry === 0) return false
  if (isSet) return hasMember(keyspace, entry, bytes, 0, length)
  const from = keyspace.stage(bytes, 0, length)
  return !Number.isNaN(zsetScore(keyspace, entry, from, from + length))
}
