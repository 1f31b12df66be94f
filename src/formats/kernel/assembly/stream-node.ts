/**
 * One node of a stream, a listpack:
 *
 *     count, deleted, fields, field 1 .. field N, 0                     master entry
 *     flags, ms, seq, value 1 .. value N, N + 3                         item with the master's fields (flag 2)
 *     flags, ms, seq, n, field 1, value 1 .. value n, 2n + 4            item with its own
 *
 * Numbers may stand as texts; the number of entries in the header and that of deleted items are not for servers to check.
 * Flag 1 marks a deleted item. An id is the node's own plus the signed differences, modulo 2^64.
 * Source: streamValidateListpackIntegrity() in t_stream.c.
 */
import {
  AUX_BEHIND,
  AUX_COUNTS,
  AUX_UNSORTED,
  PACKED_INTEGER,
  PACKED_STREAM,
  REG_AUX,
  REG_COUNT,
  REG_STREAM,
  REGISTERS,
} from '../layout'
import {
  fail,
  listpackFault,
  listpackHeader,
  listpackInt,
  listpackIsText,
  listpackStep,
  listpackTextEnd,
  listpackTextStart,
} from './listpack'
import {spanInt} from './numbers'

const FIRST: u32 = REGISTERS + REG_STREAM
const LAST_LIVE: u32 = REGISTERS + REG_STREAM + 16
const LAST: u32 = REGISTERS + REG_STREAM + 32
const DOUBTS: u32 = REGISTERS + REG_STREAM + 48
const DELETED: u32 = REGISTERS + REG_STREAM + 52
const LIVE: u32 = REGISTERS + REG_COUNT
// Private to the walk: entries of all items, and why a step returned 0. Numbers that stand as texts come through REG_AUX itself.
const ENTRIES: u32 = REGISTERS + REG_AUX + 8
const ERROR: u32 = REGISTERS + REG_AUX + 12

/**
 * Check the node in [start, end), whose id is 16 bytes at `id`. REG_COUNT is the number of live items; REG_STREAM has the ids,
 * as (ms u64, seq u64), of the first live item at 0, of the last live one at 16, of the last of all at 32, then a u32 of
 * AUX_ bits: ids that do not strictly ascend from the node's, wrong counts, bytes behind a terminator; and at 52 the number of deleted items. The ids of live items mean
 * nothing when there is none. Overwrites REG_AUX. Returns 0 or a PACKED_ error at REG_ERROR_AT.
 */
export function streamNodeCheck(start: u32, end: u32, id: u32): u32 {
  const header = listpackHeader(start, end)
  if (header != 0) return header
  memory.fill(FIRST, 0, 56)
  store<u32>(LIVE, 0)
  const limit = end - 1
  const room = (end - start) as i64
  const live = start + 6
  const deleted = stepInt(live, limit)
  const fields = deleted == 0 ? 0 : stepInt(deleted, limit)
  const names = fields == 0 ? 0 : stepInt(fields, limit)
  if (names == 0) return load<u32>(ERROR)
  // Servers only use the sum of these two.
  const total = intAt(live) + intAt(deleted)
  if (total < 0 || total > room) return fail(PACKED_STREAM, live)
  if (!within(fields, room)) return fail(PACKED_STREAM, fields)
  const width = intAt(fields) as u32
  const terminator = skip(names, limit, width)
  if (terminator == 0) return load<u32>(ERROR)
  const items = stepInt(terminator, limit)
  if (items == 0) return load<u32>(ERROR)
  if (intAt(terminator) != 0) return fail(PACKED_STREAM, terminator)

  const next = walkItems(items, limit, total as u32, width, id)
  if (next == 0) return load<u32>(ERROR)
  if (load<u8>(next) != 0xff) return fail(PACKED_STREAM, next)
  if (next != limit) doubtful(AUX_BEHIND)
  const stated: u32 = load<u16>(start, 4)
  const countsEntries = stated == 0xffff || stated == load<u32>(ENTRIES) + 4 + width
  const countsDeleted = (load<u32>(DELETED) as i64) == intAt(deleted)
  if (!countsEntries || !countsDeleted) doubtful(AUX_COUNTS)
  return 0
}

/** Walk `total` items. Returns where they end, or 0. */
function walkItems(at: u32, limit: u32, total: u32, fields: u32, id: u32): u32 {
  store<u64>(LAST, bswap<u64>(load<u64>(id)))
  store<u64>(LAST, bswap<u64>(load<u64>(id, 8)), 8)
  let all: u32 = 0
  for (let i: u32 = 0; i < total; i++) {
    const ms = stepInt(at, limit)
    const seq = ms == 0 ? 0 : stepInt(ms, limit)
    let next = seq == 0 ? 0 : stepInt(seq, limit)
    if (next == 0) return 0
    const flags = intAt(at)
    let entries = (fields as i64) + 3
    if ((flags & 2) != 0) {
      next = skip(next, limit, fields)
    } else {
      const own = next
      next = stepInt(own, limit)
      if (next == 0) return 0
      if (!within(own, (limit - own) as i64)) return broken(PACKED_STREAM, own)
      const pairs = intAt(own)
      entries = pairs * 2 + 4
      next = skip(next, limit, (pairs as u32) * 2)
    }
    if (next == 0) return 0
    const length = next
    next = stepInt(length, limit)
    if (next == 0) return 0
    if (intAt(length) != entries) return broken(PACKED_STREAM, length)
    noteItem(id, intAt(ms), intAt(seq), (flags & 1) != 0, i == 0)
    all += (entries as u32) + 1
    at = next
  }
  store<u32>(ENTRIES, all)
  return at
}

/** Count an item and remember its id; `first` may have the id of the node itself. */
function noteItem(id: u32, msStep: i64, seqStep: i64, deleted: bool, first: bool): void {
  const ms = bswap<u64>(load<u64>(id)) + (msStep as u64)
  const seq = bswap<u64>(load<u64>(id, 8)) + (seqStep as u64)
  const lastMs = load<u64>(LAST)
  const lastSeq = load<u64>(LAST, 8)
  if (ms < lastMs || (ms == lastMs && (seq < lastSeq || (seq == lastSeq && !first))))
    doubtful(AUX_UNSORTED)
  putId(LAST, ms, seq)
  if (deleted) {
    store<u32>(DELETED, load<u32>(DELETED) + 1)
    return
  }
  const live = load<u32>(LIVE)
  if (live == 0) putId(FIRST, ms, seq)
  putId(LAST_LIVE, ms, seq)
  store<u32>(LIVE, live + 1)
}

function putId(at: u32, ms: u64, seq: u64): void {
  store<u64>(at, ms)
  store<u64>(at, seq, 8)
}

/** Whether the integer entry at `at` is a count that `room` bytes can hold. */
function within(at: u32, room: i64): bool {
  const value = intAt(at)
  return value >= 0 && value <= room
}

function doubtful(doubt: u32): void {
  store<u32>(DOUBTS, load<u32>(DOUBTS) | doubt)
}

/** Value of the entry at `at`, which stepInt accepted. */
// @ts-ignore: decorator
@inline
function intAt(at: u32): i64 {
  return listpackIsText(load<u8>(at)) ? intOfText(at) : listpackInt(at)
}

function intOfText(at: u32): i64 {
  return isIntText(at) ? load<i64>(REGISTERS + REG_AUX) : 0
}

function isIntText(at: u32): bool {
  return spanInt(listpackTextStart(at), listpackTextEnd(at))
}

/** Address after the integer entry at `at`, or 0. */
// @ts-ignore: decorator
@inline
function stepInt(at: u32, limit: u32): u32 {
  const next = step(at, limit)
  if (next != 0 && listpackIsText(load<u8>(at)) && !isIntText(at)) return broken(PACKED_INTEGER, at)
  return next
}

/** Address after the `count` entries from `at` on, or 0. */
function skip(at: u32, limit: u32, count: u32): u32 {
  for (; count > 0 && at != 0; count--) at = step(at, limit)
  return at
}

/** Address after the entry at `at`, or 0: it is bad, or there is none. */
// @ts-ignore: decorator
@inline
function step(at: u32, limit: u32): u32 {
  if (at >= limit) return broken(PACKED_STREAM, limit)
  const next = listpackStep(at, limit)
  if (next == 0) return broken(listpackFault(at, limit), at)
  return next
}

function broken(error: u32, at: u32): u32 {
  store<u32>(ERROR, fail(error, at))
  return 0
}
