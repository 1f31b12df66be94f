/**
 * A first look for places where an RDB record may begin, behind damage. It passes over whatever cannot be one, at a few bytes per
 * step; what it stops at is for the reader to judge. Nothing that the reader would take for a record of the kinds below is missed,
 * except keys that do not end below `limit`.
 */
import { REG_HASHES, REGISTERS } from '../layout'
import { frameAt, lengthAt, lengthRead, rdbRun, stringAt } from './rdb-run'

/** The latest expiry that looks like one: in the year 2248. */
const LATEST_MS: i64 = 1 << 43

/**
 * The first address from `next` on where an entry, SELECTDB, AUX or FUNCTION2 may begin; `limit` when there is none. `plain` is a
 * mask of the types that rdbRun() reads, `known` of all types that the file may hold; `area` and `room` as in rdbRun().
 */
export function rdbSeek(next: u32, limit: u32, flags: u32, plain: u32, known: u32, area: u32, room: u32): u32 {
  for (let at = next; at + 2 < limit; at++) {
    const byte: u32 = load<u8>(at)
    if (byte < 0xf5) {
      if (byte < 32 && ((known >> byte) & 1) != 0 && entryMay(at, at, limit, flags, plain, area, room)) return at
    } else if (recordMay(at, byte, limit, flags, plain, known, area, room)) return at
  }
  return limit
}

function recordMay(at: u32, byte: u32, limit: u32, flags: u32, plain: u32, known: u32, area: u32, room: u32): bool {
  if (byte == 0xfe) return load<u8>(at, 1) < 0x40 && startsRecord(load<u8>(at, 2), known)
  if (byte == 0xfa) return load<u8>(at, 1) - 1 < 0x3f && load<u8>(at, 2) - 0x20 < 0x5f
  if (byte == 0xf5) return stringAt(at + 1, limit, false) != 0 || load<u8>(at, 1) == 0xc3
  if (byte != 0xfc && byte != 0xfd && byte != 0xf8 && byte != 0xf9) return false
  const type = typeBehind(at, limit)
  if (type == 0) return false
  const number: u32 = load<u8>(type)
  return number < 32 && ((known >> number) & 1) != 0 && entryMay(at, type, limit, flags, plain, area, room)
}

// @ts-expect-error: decorator
@inline
function startsRecord(byte: u32, known: u32): bool {
  return byte >= 0xf3 || (byte < 32 && ((known >> byte) & 1) != 0)
}

/** The type byte behind up to three attributes, 0 when they are not plausible. */
function typeBehind(at: u32, limit: u32): u32 {
  for (let i = 0; i < 3; i++) {
    if (at + 16 > limit) return 0
    const byte: u32 = load<u8>(at)
    if (byte == 0xfc) {
      const ms = load<i64>(at, 1)
      if (ms < 0 || ms > LATEST_MS) return 0
      at += 9
    } else if (byte == 0xfd) at += 5
    else if (byte == 0xf9) at += 2
    else if (byte == 0xf8) {
      at = lengthAt(at + 1, limit)
      if (at == 0) return 0
    } else return at
  }
  return load<u8>(at) < 0xf3 ? at : 0
}

/** May an entry begin at `start`, whose type byte is at `at`? */
function entryMay(start: u32, at: u32, limit: u32, flags: u32, plain: u32, area: u32, room: u32): bool {
  const type: u32 = load<u8>(at)
  if (type == 0 && load<u8>(at, 1) == 0 && load<u8>(at, 2) == 0) return false
  const value = frameAt(at + 1, limit)
  if (value == 0 || value >= limit) return false
  if (((plain >> type) & 1) == 0) return rareMay(type, value, limit)
  store<u32>(REGISTERS + REG_HASHES, 0)
  if (rdbRun(start, limit, flags, plain, 0, area, room, 1) != start) return true
  // What does not lie below the limit, or needs more room, is not wrong for that.
  if (type >= 1 && type <= 5) return countMay(type, value, limit)
  if (type == 14 || type == 18) return countMay(1, value, limit)
  return longString(value, limit, room)
}

/** Streams begin with the 16 bytes of an id, modules with a 64-bit id. */
function rareMay(type: u32, value: u32, limit: u32): bool {
  if (type == 7) return load<u8>(value) == 0x81
  if (type != 15 && type != 19 && type != 21 && type != 26 && type != 27) return true
  const first = lengthAt(value, limit)
  if (first == 0 || first >= limit) return false
  return lengthRead() == 0 || load<u8>(first) == 0x10
}

/** A count whose elements may reach beyond the limit, with a first element that may be one. */
function countMay(type: u32, value: u32, limit: u32): bool {
  const first = lengthAt(value, limit)
  if (first == 0 || lengthRead() == 0 || first >= limit) return false
  return (type == 1 && load<u8>(first) < 3) || frameAt(first, limit) != 0 || longString(first, limit, 0)
}

/** A string that is whole only behind the limit, or that expands to more than `room`. */
function longString(at: u32, limit: u32, room: u32): bool {
  const byte: u32 = load<u8>(at)
  if (byte == 0xc3) {
    at = lengthAt(at + 1, limit)
    if (at == 0) return false
    const compressed = lengthRead()
    at = lengthAt(at, limit)
    return at != 0 && (compressed > limit - at || lengthRead() > room)
  }
  if (byte == 0x81) return load<u8>(at, 1) == 0 && load<u8>(at, 2) == 0
  if (byte > 0x81) return false
  at = lengthAt(at, limit)
  return at != 0 && lengthRead() > limit - at
}
