/** Small sorted sets: a listpack of (member, score)*, ascending by score, then member; see zset-packed.ts of the kernels. */
import {
  REG_AUX,
  REG_COUNT,
  REGISTERS,
  ZSET_ALL_SCORE,
  ZSET_BEFORE,
  ZSET_BEFORE_SCORE,
} from '../../formats/kernel/layout.ts'
import {leadingNumber} from '../../formats/rdb/scores.ts'
import type {Arena} from '../arena.ts'
import type {Keyspace} from '../keyspace.ts'
import {Kind, setValue, valueField} from './kinds.ts'
import {
  deletePacked,
  LISTPACK_HEADER,
  newListpack,
  packedBytes,
  spanEnd,
  spanStart,
} from './packed-block.ts'
import {SortedTable} from './zset-table.ts'

/** Servers look at so many bytes of a score. Source: zzlStrtod() in t_zset.c. */
const SCORE_TEXT = 127

export function packedBegin(keyspace: Keyspace, entry: number, room: number): void {
  setValue(keyspace, entry, Kind.ZSET_PACKED, newListpack(keyspace, LISTPACK_HEADER + 1 + room))
}

export function packedCount(keyspace: Keyspace, entry: number): number {
  return keyspace.arena.kernel.packedSize(valueField(keyspace, entry)) >>> 1
}

/** Address of the member [from, to) of the arena's memory, 0 when there is none. */
export function packedMember(keyspace: Keyspace, entry: number, from: number, to: number): number {
  const block = valueField(keyspace, entry)
  return keyspace.arena.kernel.zsetFind(block, from, to) >>> 0
}

/** Score of the member at an address. */
export function packedScore({kernel, view, memory}: Arena, member: number): number {
  const at = kernel.packedNext(member) >>> 0
  const score = kernel.zsetScore(at)
  if (view.getUint32(REGISTERS + REG_AUX, true) !== 1) return score
  kernel.packedSpan(at)
  const start = view.getUint32(REGISTERS + REG_AUX, true)
  const end = Math.min(view.getUint32(REGISTERS + REG_AUX + 4, true), start + SCORE_TEXT)
  return leadingNumber(String.fromCharCode(...memory.subarray(start, end)))[0]
}

/** Add a member that is not there. */
export function packedInsert(
  keyspace: Keyspace,
  entry: number,
  from: number,
  to: number,
  score: number,
): void {
  insertFrom(keyspace, entry, valueField(keyspace, entry) + LISTPACK_HEADER, from, to, score)
}

/** Change the score of the member [from, to), which stands at an address. */
export function packedChange(
  keyspace: Keyspace,
  entry: number,
  at: number,
  from: number,
  to: number,
  score: number,
): void {
  const {arena} = keyspace
  const block = valueField(keyspace, entry)
  const rises = score > packedScore(arena, at)
  arena.kernel.packedDelete(block, at, 2)
  insertFrom(keyspace, entry, rises ? at : block + LISTPACK_HEADER, from, to, score)
}

/** Add a member that belongs to `start` or behind it. */
function insertFrom(
  keyspace: Keyspace,
  entry: number,
  start: number,
  from: number,
  to: number,
  score: number,
): void {
  const {arena} = keyspace
  const {kernel} = arena
  const block = valueField(keyspace, entry)
  const at = run(arena, start, ZSET_BEFORE, score, from, to, false)
  if (kernel.zsetPut(block, at, from, to, score, arena.capacity(block)) !== 0) return
  const bytes = packedBytes(keyspace, block)
  const moved = arena.resize(block, bytes, bytes + kernel.zsetNeeds(from, to))
  setValue(keyspace, entry, Kind.ZSET_PACKED, moved)
  kernel.zsetPut(moved, at - block + moved, from, to, score, arena.capacity(moved))
}

/** Remove `count` members from the one at an address on. */
export function packedRemove(keyspace: Keyspace, entry: number, at: number, count: number): void {
  deletePacked(keyspace, entry, at, count * 2)
}

/** Address of the member at a rank. */
export function packedAtRank(keyspace: Keyspace, entry: number, rank: number): number {
  return keyspace.arena.kernel.packedAt(valueField(keyspace, entry), rank * 2) >>> 0
}

/** The rank behind the members from `rank` on that are before a bound, one of ZSET_. */
export function packedRun(
  keyspace: Keyspace,
  entry: number,
  rank: number,
  bound: number,
  score: number,
  from: number,
  to: number,
): number {
  const at = packedAtRank(keyspace, entry, rank)
  return at === 0 ? rank : rank + run(keyspace.arena, at, bound, score, from, to, true)
}

/** Returns how many members are before the bound, or the address of the first that is not. */
function run(
  arena: Arena,
  member: number,
  bound: number,
  score: number,
  from: number,
  to: number,
  counted: boolean,
): number {
  const {kernel, view} = arena
  let count = 0
  for (let at = member; ; ) {
    at = kernel.zsetRun(at, bound, score, from, to) >>> 0
    count += view.getUint32(REGISTERS + REG_COUNT, true)
    const undecided = view.getUint32(REGISTERS + REG_AUX, true) === 1
    if (!undecided || !isBefore(arena, at, bound, score, from, to)) return counted ? count : at
    count++
    at = kernel.packedNext(kernel.packedNext(at) >>> 0) >>> 0
  }
}

/** Whether a member is before a bound of scores, with all digits of its score. */
function isBefore(
  arena: Arena,
  member: number,
  bound: number,
  score: number,
  from: number,
  to: number,
): boolean {
  const own = packedScore(arena, member)
  if (own !== score) return own < score
  if (bound === ZSET_BEFORE_SCORE || bound === ZSET_ALL_SCORE) return bound === ZSET_ALL_SCORE
  const order = arena.kernel.compareMember(member, from, to)
  return order < 0 || (order === 0 && bound !== ZSET_BEFORE)
}

/** Make a table of it. */
export function packedToTable(keyspace: Keyspace, entry: number): SortedTable {
  const {arena} = keyspace
  const {kernel} = arena
  const block = valueField(keyspace, entry)
  const table = new SortedTable(arena)
  const end = block + packedBytes(keyspace, block) - 1
  for (
    let at = block + LISTPACK_HEADER;
    at < end;
    at = kernel.packedNext(kernel.packedNext(at)) >>> 0
  ) {
    const score = packedScore(arena, at)
    kernel.packedSpan(at)
    const from = spanStart(keyspace)
    const to = spanEnd(keyspace)
    if (table.find(from, to) === 0) table.add(from, to, score)
  }
  arena.release(block)
  setValue(keyspace, entry, Kind.ZSET, keyspace.addObject(table))
  return table
}
