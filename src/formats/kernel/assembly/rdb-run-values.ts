/** Values on the fast path of rdb-run.ts. Every function returns where the value ends, 0 to leave it to the reader. */
import {CHECK_SCORE_ORDER, CHECK_SCORES, CHECK_TTL, REG_AUX, REG_COUNT, REGISTERS} from '../layout'
import {hashSpan} from './hash'
import {intsetCheck} from './intset'
import {listpackCheck} from './listpack-check'
import {textDouble} from './numbers'
import {frameAt, lengthAt, lengthRead, plainlyRight, spanFirst, spanLast, stringAt} from './rdb-run'
import {isStream, STREAM_LOOK, streamAt} from './rdb-stream'
import {insert, seenClear} from './seen'
import {ziplistCheck} from './ziplist-check'
import {zipmapCheck} from './zipmap-check'

const LIST: u32 = 1
const SET: u32 = 2
const ZSET: u32 = 3
const HASH: u32 = 4
const ZSET_2: u32 = 5

/** Types 1 to 5. Members go to a table at `table` of at most `room` bytes; more members than it holds are not for a run. */
export function runCollection(
  type: u32,
  at: u32,
  limit: u32,
  deep: bool,
  table: u32,
  room: u32,
): u32 {
  at = lengthAt(at, limit)
  const count = lengthRead()
  if (at == 0 || count == 0 || count > limit - at) return 0
  if (type == LIST || !deep) return runMembers(type, at, limit, count, deep)
  let slots: u32 = 16
  while (slots < count * 2) slots <<= 1
  if (slots << 3 > room) return 0
  seenClear(table, slots)
  for (let left = count; left > 0; left--) {
    at = stringAt(at, limit, true)
    if (at == 0 || insert(table, slots - 1, hashSpan(spanFirst(), spanLast(), 0)) != 0) return 0
    at = afterMember(type, at, limit, true)
    if (at == 0) return 0
  }
  return at
}

/** The same without looking for duplicates. */
function runMembers(type: u32, at: u32, limit: u32, count: u32, deep: bool): u32 {
  for (let left = count; left > 0; left--) {
    at = deep ? stringAt(at, limit, false) : frameAt(at, limit)
    if (at == 0) return 0
    if (type != LIST) at = afterMember(type, at, limit, deep)
    if (at == 0) return 0
  }
  return at
}

/** What follows a member: nothing, a score, or the value of a field. */
function afterMember(type: u32, at: u32, limit: u32, deep: bool): u32 {
  if (type == SET) return at
  if (type == HASH) return deep ? stringAt(at, limit, false) : frameAt(at, limit)
  if (type == ZSET) return asciiDouble(at, limit)
  if (limit - at < 8 || at > limit) return 0
  const score = load<f64>(at)
  return score == score ? at + 8 : 0
}

function asciiDouble(at: u32, limit: u32): u32 {
  if (at >= limit) return 0
  const length: u32 = load<u8>(at)
  if (length == 0xfe || length == 0xff) return at + 1
  if (length == 0xfd || length > limit - at - 1) return 0
  const score = textDouble(at + 1, at + 1 + length)
  return score == score ? at + 1 + length : 0
}

/** Types 9 and above: strings that hold packed encodings, and streams, which take a table as collections do. */
export function runPacked(type: u32, at: u32, limit: u32, deep: bool, table: u32): u32 {
  if (type == 14 || type == 18) return runNodes(type == 18, at, limit, deep)
  if (isStream(type)) return streamAt(STREAM_LOOK, type, at, limit, table)
  if (type == 25) {
    if (at + 8 > limit || load<u64>(at) > 0x1000000000000) return 0
    at += 8
  }
  if (!deep) return frameAt(at, limit)
  const first: u32 = load<u8>(at)
  if (first >= 0xc0 && first != 0xc3) return 0
  const end = stringAt(at, limit, true)
  if (end == 0) return 0
  return checkBlob(type, spanFirst(), spanLast()) ? end : 0
}

export function checkBlob(type: u32, start: u32, end: u32): bool {
  const scored = CHECK_SCORES | CHECK_SCORE_ORDER
  store<u64>(REGISTERS + REG_AUX, 0)
  switch (type) {
    case 9:
      return plainlyRight(zipmapCheck(start, end))
    case 10:
      return plainlyRight(ziplistCheck(start, end, 0, 0))
    case 11:
      return plainlyRight(intsetCheck(start, end))
    case 12:
      return plainlyRight(ziplistCheck(start, end, 2, scored))
    case 13:
      return plainlyRight(ziplistCheck(start, end, 2, 0))
    case 16:
      return plainlyRight(listpackCheck(start, end, 2, 0))
    case 17:
      return plainlyRight(listpackCheck(start, end, 2, scored))
    case 20:
      return plainlyRight(listpackCheck(start, end, 1, 0))
    case 25:
      return plainlyRight(listpackCheck(start, end, 3, CHECK_TTL))
  }
  return false
}

/** Quicklists: nodes of ziplists, or of a container number and a listpack. */
function runNodes(containers: bool, at: u32, limit: u32, deep: bool): u32 {
  at = lengthAt(at, limit)
  const nodes = lengthRead()
  if (at == 0 || nodes == 0) return 0
  for (let left = nodes; left > 0; left--) {
    let packed = true
    if (containers) {
      if (at >= limit) return 0
      const container: u32 = load<u8>(at++)
      if (container != 1 && container != 2) return 0
      packed = container == 2
    }
    if (at >= limit) return 0
    const first: u32 = load<u8>(at)
    if (!deep) at = frameAt(at, limit)
    else {
      at = stringAt(at, limit, packed)
      if (at != 0 && packed && !checkNode(containers, spanFirst(), spanLast())) return 0
    }
    // Empty, in any form: an integer never is, and leaves no span.
    if (at == 0 || (first < 0xc0 && spanFirst() == spanLast())) return 0
  }
  return at
}

export function checkNode(listpack: bool, start: u32, end: u32): bool {
  const problem = listpack ? listpackCheck(start, end, 0, 0) : ziplistCheck(start, end, 0, 0)
  return problem == 0 && load<u32>(REGISTERS + REG_COUNT) != 0
}
