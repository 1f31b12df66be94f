/**
 * Ranges of sorted sets, as ranks [start, end): by rank, by score `1`, `(1`, by member `[a`, `(a`, `-`, `+`.
 * Source: zslParseRange(), zslParseLexRange(), zzlFirstInLexRange(), zrangeGenericCommand() in t_zset.c.
 */
import {
  ENTRY_KIND,
  ZSET_ALL_SCORE,
  ZSET_BEFORE_LEX,
  ZSET_BEFORE_SCORE,
  ZSET_UP_TO_LEX,
} from '../../formats/kernel/layout.ts'
import {type Call, CommandError} from '../call.ts'
import type {Keyspace} from '../keyspace.ts'
import {Kind} from '../values/kinds.ts'
import {zsetRun, zsetSize} from '../values/zset-members.ts'
import {scoreBound} from './doubles.ts'

export interface Ranks {
  start: number
  end: number
}

/** Finds the range in a sorted set. Its arguments have been read. */
export type FindRanks = (keyspace: Keyspace, entry: number) => Ranks

const NOTHING: Ranks = {start: 0, end: 0}

/** An integer of 64 bits, as a double: near enough for a rank or a count. @throws CommandError. */
export const longArgument = (call: Call, i: number): number => Number(call.bigint(i))

/** The ranks in arguments `i` and `i + 1`, both inclusive, from the end when negative; from the other end if `reverse`. */
export function rankRange(call: Call, i: number, reverse: boolean): FindRanks {
  const first = longArgument(call, i)
  const last = longArgument(call, i + 1)
  return (keyspace, entry) => {
    const size = zsetSize(keyspace, entry)
    const start = Math.max(first < 0 ? first + size : first, 0)
    const end = Math.min((last < 0 ? last + size : last) + 1, size)
    if (start >= end) return NOTHING
    return reverse ? {start: size - end, end: size - start} : {start, end}
  }
}

/** Bounds of scores in these arguments. */
export function scoreRange(call: Call, min: number, max: number): FindRanks {
  // The first one that is wrong is named by the same text.
  const low = scoreBound(call, min)
  const high = scoreBound(call, max)
  const below = low.exclusive ? ZSET_ALL_SCORE : ZSET_BEFORE_SCORE
  const upTo = high.exclusive ? ZSET_BEFORE_SCORE : ZSET_ALL_SCORE
  return (keyspace, entry) => {
    const start = zsetRun(keyspace, entry, 0, below, low.value, 0, 0)
    const end = zsetRun(keyspace, entry, start, upTo, high.value, 0, 0)
    return {start, end: Math.max(start, end)}
  }
}

/** A member, or -1 for what is before all of them, 1 for what is behind. */
interface LexBound {
  member: Uint8Array | -1 | 1
  exclusive: boolean
}

/**
 * Bounds of members in these arguments. Where scores differ members are in no order: then it counts that a server looks at the
 * last and the first member, and goes on from the end that it reads from. Source: zzlIsInLexRange().
 */
export function lexRange(call: Call, min: number, max: number, reverse = false): FindRanks {
  const low = lexBound(call, min)
  const high = lexBound(call, max)
  if (isEmpty(low, high)) return () => NOTHING
  return (keyspace, entry) => {
    const last = zsetSize(keyspace, entry) - 1
    const reaches = (rank: number) => runTo(keyspace, entry, rank, low, !low.exclusive) === rank
    const isBehind = (rank: number) => runTo(keyspace, entry, rank, high, high.exclusive) === rank
    if (last < 0 || !reaches(last) || isBehind(0)) return NOTHING
    // A table is searched as if its members were in order.
    if (reverse && isPackedSet(keyspace, entry)) {
      let end = last + 1
      while (end > 0 && isBehind(end - 1)) end--
      let start = end
      while (start > 0 && reaches(start - 1)) start--
      return {start, end}
    }
    const start = runTo(keyspace, entry, 0, low, !low.exclusive)
    const end = runTo(keyspace, entry, start, high, high.exclusive)
    return {start, end: Math.max(start, end)}
  }
}

const isPackedSet = ({arena}: Keyspace, entry: number): boolean =>
  arena.view.getUint8(entry + ENTRY_KIND) === Kind.ZSET_PACKED

function lexBound(call: Call, i: number): LexBound {
  const bytes = call.bytes(i)
  const first = String.fromCharCode(bytes[0] ?? 0)
  if (first === '[' || first === '(') return {member: bytes.subarray(1), exclusive: first === '('}
  // The text ends at a NUL for the server.
  const alone = bytes.length === 1 || bytes[1] === 0
  if (alone && (first === '-' || first === '+')) {
    return {member: first === '-' ? -1 : 1, exclusive: true}
  }
  throw new CommandError('ERR min or max not valid string range item')
}

function isEmpty(low: LexBound, high: LexBound): boolean {
  const order = compareBounds(low.member, high.member)
  return order > 0 || (order === 0 && (low.exclusive || high.exclusive))
}

function compareBounds(a: LexBound['member'], b: LexBound['member']): number {
  if (typeof a === 'number' || typeof b === 'number') {
    return (typeof a === 'number' ? a : 0) - (typeof b === 'number' ? b : 0)
  }
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return a[i] - b[i]
  return a.length - b.length
}

/** The rank of the first member, from `rank` on, that is not before a bound; one that is equal is not if `before`. */
function runTo(
  keyspace: Keyspace,
  entry: number,
  rank: number,
  {member}: LexBound,
  before: boolean,
): number {
  if (typeof member === 'number') return member < 0 ? rank : zsetSize(keyspace, entry)
  const from = keyspace.stage(member, 0, member.length)
  const bound = before ? ZSET_BEFORE_LEX : ZSET_UP_TO_LEX
  return zsetRun(keyspace, entry, rank, bound, 0, from, from + member.length)
}
