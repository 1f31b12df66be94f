/** What sorted sets are made of: up to 128 members of up to 64 bytes in a listpack, else a table. Source: zsetAdd() in t_zset.c. */
import {
  ENTRY_KIND,
  PACKED_ZSET_MAX,
  ZADD_GT,
  ZADD_INCR,
  ZADD_LT,
  ZADD_NX,
  ZADD_XX,
} from '../../formats/kernel/layout.ts'
import {CommandError} from '../call.ts'
import type {Keyspace} from '../keyspace.ts'
import {Kind, objectOf, setValue, valueField} from './kinds.ts'
import {spanEnd, spanStart} from './packed-block.ts'
import {
  packedAtRank,
  packedBegin,
  packedChange,
  packedCount,
  packedInsert,
  packedMember,
  packedRemove,
  packedRun,
  packedScore,
  packedToTable,
} from './zset-packed.ts'
import {SortedTable} from './zset-table.ts'

export const ZSET_MAX_ENTRIES = PACKED_ZSET_MAX
export const ZSET_MAX_BYTES = 64

/** Takes one member: bytes [start, end) of `memory`, valid until the call returns. */
export type TakeMember = (memory: Uint8Array, start: number, end: number, score: number) => void

export const isZset = (kind: number): boolean => kind === Kind.ZSET_PACKED || kind === Kind.ZSET

export const isPackedZset = (keyspace: Keyspace, entry: number): boolean =>
  keyspace.arena.view.getUint8(entry + ENTRY_KIND) === Kind.ZSET_PACKED

export const tableOf = (keyspace: Keyspace, entry: number): SortedTable =>
  objectOf<SortedTable>(keyspace, entry)

/** Give an entry without a value an empty sorted set; `longest` and `count` are what is going to come. */
export function zsetBegin(keyspace: Keyspace, entry: number, count: number, longest: number): void {
  if (count <= ZSET_MAX_ENTRIES && longest <= ZSET_MAX_BYTES)
    packedBegin(keyspace, entry, longest + 8)
  else setValue(keyspace, entry, Kind.ZSET, keyspace.addObject(new SortedTable(keyspace.arena)))
}

export function zsetSize(keyspace: Keyspace, entry: number): number {
  return isPackedZset(keyspace, entry)
    ? packedCount(keyspace, entry)
    : tableOf(keyspace, entry).size
}

/**
 * Add the member [from, to) of the arena's memory, or change its score, under ZADD_ options. A listpack takes members of up
 * to `longest` bytes.
 * @throws CommandError when the score becomes NaN.
 */
export function zsetAdd(
  keyspace: Keyspace,
  entry: number,
  from: number,
  to: number,
  score: number,
  options: number,
  longest = ZSET_MAX_BYTES,
): void {
  if (!isPackedZset(keyspace, entry)) {
    addToTable(tableOf(keyspace, entry), from, to, score, options)
    return
  }
  const {arena} = keyspace
  const block = valueField(keyspace, entry)
  const room = arena.capacity(block)
  if (arena.kernel.zsetUpdate(block, from, to, score, options, longest, room) !== 0) return
  const at = packedMember(keyspace, entry, from, to)
  if (at !== 0) {
    const current = packedScore(arena, at)
    const wanted = newScore(current, score, options)
    if (wanted === current) return
    packedChange(keyspace, entry, at, from, to, wanted)
  } else if ((options & ZADD_XX) === 0) {
    const fits = to - from <= longest && packedCount(keyspace, entry) < ZSET_MAX_ENTRIES
    if (fits) packedInsert(keyspace, entry, from, to, score)
    else addToTable(packedToTable(keyspace, entry), from, to, score, options)
  }
}

function addToTable(
  table: SortedTable,
  from: number,
  to: number,
  score: number,
  options: number,
): void {
  const member = table.find(from, to)
  if (member !== 0) {
    const current = table.score(member)
    const wanted = newScore(current, score, options)
    if (wanted !== current) table.setScore(member, wanted)
  } else if ((options & ZADD_XX) === 0) table.add(from, to, score)
}

/** The score that a member gets that has one. */
const newScore = (current: number, score: number, options: number): number =>
  permittedScore(current, score, options) ?? current

/**
 * The score that zsetAdd() gives a member which has `current`, NaN for none; null where the options do not permit it.
 * @throws CommandError when it becomes NaN.
 */
export function permittedScore(current: number, score: number, options: number): number | null {
  if (Number.isNaN(current)) return (options & ZADD_XX) !== 0 ? null : score
  if ((options & ZADD_NX) !== 0) return null
  const wanted = (options & ZADD_INCR) !== 0 ? current + score : score
  if (Number.isNaN(wanted)) throw new CommandError('ERR resulting score is not a number (NaN)')
  if ((options & ZADD_LT) !== 0 && wanted >= current) return null
  if ((options & ZADD_GT) !== 0 && wanted <= current) return null
  return wanted
}

/** Score of the member [from, to) of the arena's memory, NaN when it is not there. */
export function zsetScore(keyspace: Keyspace, entry: number, from: number, to: number): number {
  if (isPackedZset(keyspace, entry)) {
    const at = packedMember(keyspace, entry, from, to)
    return at === 0 ? Number.NaN : packedScore(keyspace.arena, at)
  }
  const table = tableOf(keyspace, entry)
  const member = table.find(from, to)
  return member === 0 ? Number.NaN : table.score(member)
}

/** Remove a member; false when it is not there. The set may be empty afterwards. */
export function zsetRemove(keyspace: Keyspace, entry: number, from: number, to: number): boolean {
  if (isPackedZset(keyspace, entry)) {
    const at = packedMember(keyspace, entry, from, to)
    if (at !== 0) packedRemove(keyspace, entry, at, 1)
    return at !== 0
  }
  const table = tableOf(keyspace, entry)
  const member = table.find(from, to)
  if (member !== 0) table.remove(member)
  return member !== 0
}

/**
 * The rank behind the members that are before a bound, one of ZSET_; only members from `rank` on are looked at, which matters
 * for bounds by member where scores differ.
 */
export function zsetRun(
  keyspace: Keyspace,
  entry: number,
  rank: number,
  bound: number,
  score: number,
  from: number,
  to: number,
): number {
  return isPackedZset(keyspace, entry)
    ? packedRun(keyspace, entry, rank, bound, score, from, to)
    : Math.max(rank, tableOf(keyspace, entry).count(bound, score, from, to))
}

/** Remove the ranks [start, end). */
export function zsetRemoveRanks(
  keyspace: Keyspace,
  entry: number,
  start: number,
  end: number,
): void {
  if (start >= end) return
  if (isPackedZset(keyspace, entry)) {
    packedRemove(keyspace, entry, packedAtRank(keyspace, entry, start), end - start)
    return
  }
  const table = tableOf(keyspace, entry)
  for (const member of table.entries(start, end)) table.remove(member)
}

/** Give the members of the ranks [start, end) to `take`, from the last one on if `reverse`. The set must not change meanwhile. */
export function zsetEach(
  keyspace: Keyspace,
  entry: number,
  start: number,
  end: number,
  reverse: boolean,
  take: TakeMember,
): void {
  const {arena} = keyspace
  if (!isPackedZset(keyspace, entry)) {
    const table = tableOf(keyspace, entry)
    const members = table.entries(start, end)
    if (reverse) members.reverse()
    for (const at of members) take(arena.memory, table.start(at), table.end(at), table.score(at))
    return
  }
  const {kernel} = arena
  const block = valueField(keyspace, entry)
  let at = start < end ? packedAtRank(keyspace, entry, reverse ? end - 1 : start) : 0
  for (let left = end - start; left > 0; left--) {
    const score = packedScore(arena, at)
    kernel.packedSpan(at)
    const from = spanStart(keyspace)
    const to = spanEnd(keyspace)
    take(arena.memory, from, to, score)
    if (left === 1) break
    if (reverse) at = kernel.packedPrev(block, kernel.packedPrev(block, at) >>> 0) >>> 0
    else at = kernel.packedNext(kernel.packedNext(at) >>> 0) >>> 0
  }
}
