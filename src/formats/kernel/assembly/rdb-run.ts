/**
 * The fast path over RDB entries: as many as lie whole in the window and are plainly right. A run stops at the first byte
 * of anything else (an opcode, an entry that reaches beyond the window, a rare type, any irregularity), which the reader in
 * TypeScript then reads, and explains if need be. A run accepts nothing that the reader would not accept.
 *
 *     [FC i64le | FD i32le] [F8 length | F9 u8]   type   key string   value
 */
import {
  HASH_LOG,
  HASH_LOG_MAX,
  INT_TEXT,
  REG_AUX,
  REG_COUNT,
  REG_HASHES,
  REG_RUN,
  REGISTERS,
  RUN_ALLOW_EVICTION,
  RUN_STOP_ODD,
  RUN_ALLOW_MS,
  RUN_DEEP,
  RUN_ENTRIES,
  RUN_EXPIRES,
  RUN_PAIRS,
  RUN_TYPES,
} from '../layout'
import {hashSpan} from './hash'
import {keyedHash} from './keyed-hash'
import {lzfDecompress, lzfIsRight} from './lzf'
import {lzfSeen} from './lzf-tally'
import {putInt} from './numbers'
import {runCollection, runPacked} from './rdb-run-values'

/** Keys are looked at so far. */
const ODD_BYTES: u32 = 64

/** The last string that was wanted: its decoded bytes. */
let spanStart: u32 = 0
let spanEnd: u32 = 0
/** Room for expanded strings. */
let expandArea: u32 = 0
let expandRoom: u32 = 0

/** Where strings are expanded from now on. */
export function expandTo(area: u32, room: u32): void {
  expandArea = area
  expandRoom = room
}

export const spanFirst = (): u32 => spanStart
export const spanLast = (): u32 => spanEnd

/**
 * Read entries from `next` on. `types` is a mask of the type bytes 0 to 31 that the file may hold; `area` has `room` bytes
 * for expanded strings and, behind them, as many for tables of members. The hash of every key goes to HASH_LOG, seeded with
 * `db`; with RUN_PAIRS two keyed ones of each entry instead: of the key, and of expiry, type, key and value as they lie there. Counts are added to the RUN_ registers. Returns the address of the first entry that was not read.
 */
export function rdbRun(next: u32, limit: u32, flags: u32, types: u32, db: u32, area: u32, room: u32, max: u32): u32 {
  expandTo(area, room)
  let entries: u32 = 0
  let expires: u32 = 0
  let hashes = load<u32>(REGISTERS + REG_HASHES)
  while (entries < max && hashes < (HASH_LOG_MAX as u32)) {
    const at = afterAttributes(next, limit, flags)
    if (at == 0 || at >= limit) break
    const type: u32 = load<u8>(at)
    if (type > 31 || ((types >> type) & 1) == 0) break
    // A string under the empty key may be a piece of a hole: the reader looks closer.
    if (type == 0 && (at + 6 > limit || load<u8>(at, 1) == 0)) break
    const value = keyAt(at + 1, limit)
    if (value == 0 || ((flags & RUN_STOP_ODD) != 0 && isOdd(spanStart, spanEnd))) break
    const pairs = (flags & RUN_PAIRS) != 0
    const hash = pairs ? keyedHash(db, spanStart, spanEnd) : hashSpan(spanStart, spanEnd, db)
    const end = valueAt(type, value, limit, flags)
    if (end == 0) break
    store<u64>(HASH_LOG + (hashes << 3), hash)
    hashes++
    if (pairs) {
      store<u64>(HASH_LOG + (hashes << 3), keyedHash(expiryAt(next), at, end))
      hashes++
    }
    entries++
    const first: u32 = load<u8>(next)
    if (first >= 0xfc) expires++
    const counter = REGISTERS + REG_RUN + RUN_TYPES + (type << 2)
    store<u32>(counter, load<u32>(counter) + 1)
    next = end
  }
  store<u32>(REGISTERS + REG_HASHES, hashes)
  const run = REGISTERS + REG_RUN
  store<u32>(run + RUN_ENTRIES, load<u32>(run + RUN_ENTRIES) + entries)
  store<u32>(run + RUN_EXPIRES, load<u32>(run + RUN_EXPIRES) + expires)
  return next
}

/** Is the span empty, or has it control characters? */
// @ts-expect-error: decorator
@inline
function isOdd(start: u32, end: u32): bool {
  if (start == end) return true
  const last = end - start > ODD_BYTES ? start + ODD_BYTES : end
  let at = start
  for (; at + 8 <= last; at += 8) {
    const bytes = load<u64>(at)
    if (((bytes - 0x2020202020202020) & ~bytes & 0x8080808080808080) != 0) return true
  }
  for (; at < last; at++) if (load<u8>(at) < 0x20) return true
  return false
}

/** The expiry in front of an entry as one number, whatever its unit; one that no entry has where there is none. */
function expiryAt(at: u32): u64 {
  const byte: u32 = load<u8>(at)
  if (byte == 0xfc) return load<u64>(at, 1)
  if (byte == 0xfd) return (load<u32>(at, 1) as u64) | (0x4000000000000000 as u64)
  return 0x8000000000000000
}

/** The address of the type byte, 0 when the attributes are unusual. At most one expiry, in front, then idle or freq. */
// @ts-expect-error: decorator
@inline
export function afterAttributes(at: u32, limit: u32, flags: u32): u32 {
  if (at + 32 > limit) return attributesNearEnd(at, limit, flags)
  let byte: u32 = load<u8>(at)
  if (byte < 0xf8) return at
  if (byte == 0xfc && (flags & RUN_ALLOW_MS) != 0) {
    const ms = load<i64>(at, 1)
    if (ms > 9007199254740991 || ms < -9007199254740991) return 0
    at += 9
  } else if (byte == 0xfd) at += 5
  byte = load<u8>(at)
  if (byte == 0xf9 && (flags & RUN_ALLOW_EVICTION) != 0) return at + 2
  if (byte == 0xf8 && (flags & RUN_ALLOW_EVICTION) != 0) {
    const length: u32 = load<u8>(at, 1)
    return length < 0x40 ? at + 2 : length < 0x80 ? at + 3 : length == 0x80 ? at + 6 : 0
  }
  return at
}

/** The same where the bytes behind `limit` must not be looked at: attributes only when they fit. */
function attributesNearEnd(at: u32, limit: u32, flags: u32): u32 {
  if (at >= limit) return 0
  return load<u8>(at) < 0xf8 ? at : 0
}

/**
 * Step over the string at `at`, reading what is compressed to its end; 0 when it is not whole or not right. With `wanted` its bytes are
 * at spanFirst() to spanLast() until the next string.
 */
export function stringAt(at: u32, limit: u32, wanted: bool): u32 {
  if (at >= limit) return 0
  const first: u32 = load<u8>(at)
  let start: u32 = at + 1
  let length: u32 = first
  if (first >= 0x40) {
    if (first < 0x80) {
      length = ((first & 0x3f) << 8) | load<u8>(at, 1)
      start = at + 2
    } else if (first == 0x80) {
      length = bswap<u32>(load<u32>(at, 1))
      start = at + 5
    } else return first == 0xc3 ? lzfAt(at, limit, wanted) : integerAt(at, limit, first, wanted)
  }
  if (start > limit || length > limit - start) return 0
  spanStart = start
  spanEnd = start + length
  return start + length
}

function integerAt(at: u32, limit: u32, first: u32, wanted: bool): u32 {
  let value: i64 = 0
  let end: u32 = 0
  if (first == 0xc0) {
    value = load<i8>(at, 1)
    end = at + 2
  } else if (first == 0xc1) {
    value = load<i16>(at, 1)
    end = at + 3
  } else if (first == 0xc2) {
    value = load<i32>(at, 1)
    end = at + 5
  }
  if (end == 0 || end > limit) return 0
  if (wanted) {
    spanStart = INT_TEXT
    spanEnd = putInt(INT_TEXT, value)
  }
  return end
}

/** Where a length at `at` ends, 0 when it does not lie below `limit`; the length is at lengthRead(). */
let lengthValue: u32 = 0
export const lengthRead = (): u32 => lengthValue

export function lengthAt(at: u32, limit: u32): u32 {
  if (at >= limit) return 0
  const first: u32 = load<u8>(at)
  if (first < 0x40) {
    lengthValue = first
    return at + 1
  }
  if (first < 0x80) {
    lengthValue = ((first & 0x3f) << 8) | load<u8>(at, 1)
    return at + 2 > limit ? 0 : at + 2
  }
  if (first != 0x80 || at + 5 > limit) return 0
  lengthValue = bswap<u32>(load<u32>(at, 1))
  return at + 5
}

/** The same for a length of up to 64 bits, which is at wideRead(). */
let wideValue: u64 = 0
export const wideRead = (): u64 => wideValue

export function wideAt(at: u32, limit: u32): u32 {
  if (at == 0) return 0
  if (at < limit && load<u8>(at) == 0x81) {
    wideValue = bswap<u64>(load<u64>(at, 1))
    return at + 9 > limit ? 0 : at + 9
  }
  at = lengthAt(at, limit)
  wideValue = lengthValue as u64
  return at
}

function lzfAt(at: u32, limit: u32, wanted: bool): u32 {
  at = lengthAt(at + 1, limit)
  if (at == 0) return 0
  const compressed = lengthValue
  at = lengthAt(at, limit)
  if (at == 0) return 0
  const expanded = lengthValue
  if (compressed > limit - at || expanded > expandRoom || expanded == 0) return 0
  if (!wanted) {
    if (!lzfIsRight(at, at + compressed, expanded)) return 0
  } else if (lzfDecompress(at, at + compressed, expandArea, expandArea + expanded) != 0) return 0
  lzfSeen(compressed, expanded)
  spanStart = expandArea
  spanEnd = expandArea + expanded
  return at + compressed
}

/** Step over a string without expanding it: only its frame is looked at. */
export function frameAt(at: u32, limit: u32): u32 {
  if (at >= limit) return 0
  if (load<u8>(at) != 0xc3) return stringAt(at, limit, false)
  at = lengthAt(at + 1, limit)
  if (at == 0) return 0
  const compressed = lengthValue
  at = lengthAt(at, limit)
  if (at == 0 || compressed > limit - at || lengthValue == 0) return 0
  return (lengthValue as u64) > (compressed as u64) * 88 ? 0 : at + compressed
}

/** stringAt() for a key, with the usual case, a short plain string, in place. */
// @ts-ignore: decorator
@inline
export function keyAt(at: u32, limit: u32): u32 {
  const end = at < limit ? shortEnd(at) : 0
  if (end == 0 || end > limit) return stringAt(at, limit, true)
  spanStart = at + 1
  spanEnd = end
  return end
}

/** Where a plain string of less than 64 bytes ends; 0 for any other string. */
// @ts-ignore: decorator
@inline
function shortEnd(at: u32): u32 {
  const first: u32 = load<u8>(at)
  return first < 0x40 ? at + 1 + first : 0
}

/** Step over the value of `type` at `at`; 0 when it is left to the reader. */
// @ts-expect-error: decorator
@inline
export function valueAt(type: u32, at: u32, limit: u32, flags: u32): u32 {
  const deep = (flags & RUN_DEEP) != 0
  if (type == 0) {
    const end = at < limit ? shortEnd(at) : 0
    if (end != 0 && end <= limit) return end
    return deep ? stringAt(at, limit, false) : frameAt(at, limit)
  }
  if (type < 6) return runCollection(type, at, limit, deep, expandArea + expandRoom, expandRoom)
  return runPacked(type, at, limit, deep, expandArea + expandRoom)
}

/** The result of a check kernel that found nothing wrong and nothing odd, with at least one element. */
export function plainlyRight(problem: u32): bool {
  if (problem != 0 || load<u32>(REGISTERS + REG_COUNT) == 0) return false
  return load<u64>(REGISTERS + REG_AUX) == 0
}
