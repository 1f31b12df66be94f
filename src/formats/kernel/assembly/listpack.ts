/**
 * Listpacks: `total u32 | count u16 | entries... | ff`, an entry being
 *
 *     0xxxxxxx                       0..127
 *     10llllll             l bytes   string
 *     110xxxxx b                     13 bits, signed
 *     1110llll b           l bytes   string, 12-bit length
 *     f0 u32               l bytes   string
 *     f1 i16, f2 i24, f3 i32, f4 i64
 *
 * and then its own size without this part, in 7-bit groups, highest first; all but the first group have the top bit set.
 * Source: lpEncodeGetType(), lpEncodeBacklen() in listpack.c.
 */
import {
  INT_TEXT,
  PACKED_BACK,
  PACKED_BEYOND,
  PACKED_ENCODING,
  PACKED_SIZE,
  PACKED_TERMINATOR,
  REG_ERROR_AT,
  REG_NEXT,
  REGISTERS,
  SPANS,
} from '../layout'
import {putInt} from './numbers'

/** Check what a server always checks: size, stated size, terminator. Returns 0 or a PACKED_ error at REG_ERROR_AT. */
export function listpackHeader(start: u32, end: u32): u32 {
  if (end - start < 7 || load<u32>(start) != end - start) return fail(PACKED_SIZE, start)
  if (load<u8>(end - 1) != 0xff) return fail(PACKED_TERMINATOR, end - 1)
  return 0
}

/**
 * Decode up to `max` entries from `next`: the first one is at start + 6, `end` is the end of the blob. SPANS gets their spans,
 * integers as decimal text in INT_TEXT. Returns how many, 0 at the terminator, with REG_NEXT where to go on;
 * or 0xffffffff when the first of them is bad, with REG_ERROR_AT.
 */
export function listpackRead(next: u32, end: u32, max: u32): u32 {
  const limit = end - 1
  let count: u32 = 0
  let text: u32 = INT_TEXT
  for (let span: u32 = SPANS; count < max && next < limit; count++, span += 8) {
    const first: u32 = load<u8>(next)
    if ((first & 0xc0) == 0x80) {
      // A short string, as most entries are.
      const size = (first & 63) + 1
      if (size < limit - next && (load<u8>(next + size) as u32) == size) {
        store<u32>(span, next + 1)
        store<u32>(span, next + size, 4)
        next += size + 1
        continue
      }
    }
    const after = listpackStep(next, limit)
    if (after == 0) {
      if (count != 0) break
      store<u32>(REGISTERS + REG_ERROR_AT, next)
      return 0xffffffff
    }
    if (listpackIsText(first)) {
      const start = next + textOffset(first)
      store<u32>(span, start)
      store<u32>(span, start + textLength(next, first), 4)
    } else {
      store<u32>(span, text)
      text = putInt(text, listpackInt(next))
      store<u32>(span, text, 4)
    }
    next = after
  }
  store<u32>(REGISTERS + REG_NEXT, next)
  return count
}

/**
 * Address of the entry after the one at `at`, or 0 if that one is bad or reaches `limit`, the address of the terminator.
 * `at` must be below `limit`.
 */
export function listpackStep(at: u32, limit: u32): u32 {
  const first: u32 = load<u8>(at)
  const size: u32 = first < 0x80 ? 1 : first < 0xc0 ? (first & 63) + 1 : wideSize(at, first, limit)
  if (size == 0 || size >= limit - at) return 0
  const back = at + size
  if (size > 127) return longBack(back, size, limit)
  return (load<u8>(back) as u32) == size ? back + 1 : oddBack(back + 1, size)
}

/** Size of encoding and data of an entry that starts with 0xc0 or more; 0 if it is invalid or does not fit. */
function wideSize(at: u32, first: u32, limit: u32): u32 {
  if (first < 0xe0) return 2
  const room = limit - at
  if (first < 0xf0) return room < 2 ? 0 : 2 + (((first & 15) << 8) | (load<u8>(at, 1) as u32))
  if (first == 0xf0) {
    if (room < 5) return 0
    const length = load<u32>(at, 1)
    return length > room - 5 ? 0 : length + 5
  }
  return first > 0xf4 ? 0 : first == 0xf4 ? 9 : first - 0xee
}

/** Address after the backward length at `back` if it says `size`, above 127; else 0. */
function longBack(back: u32, size: u32, limit: u32): u32 {
  let groups: u32 = size < 16383 ? 2 : size < 2097151 ? 3 : size < 268435455 ? 4 : 5
  // Valkey 9.1 writes these three sizes in as few bytes as hold them, all others before and beside it in one more.
  if ((size == 16383 || size == 2097151 || size == 268435455) && load<u8>(back) == 0x7f) groups--
  if (limit - back < groups) return 0
  let shift = (groups - 1) * 7
  if ((load<u8>(back) as u32) != size >> shift) return oddBack(back + groups, size)
  for (let at = back + 1; at < back + groups; at++) {
    shift -= 7
    if ((load<u8>(at) as u32) != (((size >> shift) & 127) | 128)) return oddBack(back + groups, size)
  }
  return back + groups
}

/**
 * `end` if the backward length that ends there says `size` to a server, though it is not written as one would write it; else 0.
 * Servers read it from its last byte and as far as its bits say, into the data if need be. Source: lpDecodeBacklen() in listpack.c.
 */
function oddBack(end: u32, size: u32): u32 {
  let value: u64 = 0
  let shift: u64 = 0
  for (let at = end - 1; shift <= 28; at--, shift += 7) {
    const byte: u64 = load<u8>(at)
    value |= (byte & 127) << shift
    if ((byte & 128) == 0) return value == (size as u64) ? end : 0
  }
  return 0
}

/** Why listpackStep returned 0 for the entry at `at`. */
export function listpackFault(at: u32, limit: u32): u32 {
  const first: u32 = load<u8>(at)
  if (first > 0xf4) return PACKED_ENCODING
  const size: u32 = first < 0x80 ? 1 : first < 0xc0 ? (first & 63) + 1 : wideSize(at, first, limit)
  return size == 0 || size >= limit - at ? PACKED_BEYOND : PACKED_BACK
}

/** Whether an entry with this first byte is a string; the others are integers. */
// @ts-expect-error: decorator
@inline
export function listpackIsText(first: u32): bool {
  return (first & 0xc0) == 0x80 || (first & 0xf0) == 0xe0 || first == 0xf0
}

/** Where the bytes of the string entry at `at` start. */
export function listpackTextStart(at: u32): u32 {
  return at + textOffset(load<u8>(at))
}

/** Where the bytes of the string entry at `at` end. */
export function listpackTextEnd(at: u32): u32 {
  const first: u32 = load<u8>(at)
  return at + textOffset(first) + textLength(at, first)
}

/** Value of the integer entry at `at`. */
export function listpackInt(at: u32): i64 {
  const first: u32 = load<u8>(at)
  if (first < 0x80) return first as i64
  if (first < 0xe0) return (((((first & 31) << 8) | (load<u8>(at, 1) as u32)) << 19) as i32 >> 19) as i64
  if (first == 0xf1) return load<i16>(at, 1) as i64
  if (first == 0xf2) return ((load<i8>(at, 3) as i64) << 16) | (load<u16>(at, 1) as i64)
  if (first == 0xf3) return load<i32>(at, 1) as i64
  return load<i64>(at, 1)
}

// @ts-expect-error: decorator
@inline
function textOffset(first: u32): u32 {
  return first < 0xc0 ? 1 : first < 0xf0 ? 2 : 5
}

// @ts-expect-error: decorator
@inline
function textLength(at: u32, first: u32): u32 {
  if (first < 0xc0) return first & 63
  return first < 0xf0 ? ((first & 15) << 8) | (load<u8>(at, 1) as u32) : load<u32>(at, 1)
}

/** Note where it went wrong, and pass the error on. */
export function fail(error: u32, at: u32): u32 {
  store<u32>(REGISTERS + REG_ERROR_AT, at)
  return error
}
