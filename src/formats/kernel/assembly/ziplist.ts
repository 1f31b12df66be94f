/**
 * Ziplists: `bytes u32 | tail u32 | count u16 | entries... | ff`, an entry being the size of the one before it
 * (one byte, or fe and u32), then
 *
 *     00llllll             l bytes   string
 *     01llllll b           l bytes   string, 14-bit big-endian length
 *     10...... u32be       l bytes   string
 *     c0 i16, d0 i32, e0 i64, f0 i24, fe i8
 *     f1..fd                         0..12
 *
 * Source: the head comment of ziplist.c.
 */
import {
  INT_TEXT,
  PACKED_BACK,
  PACKED_BEYOND,
  PACKED_ENCODING,
  PACKED_SIZE,
  PACKED_TAIL,
  PACKED_TERMINATOR,
  REG_ERROR_AT,
  REG_NEXT,
  REGISTERS,
  SPANS,
} from '../layout'
import {fail} from './listpack'
import {putInt} from './numbers'

/** Check what a server always checks: size, stated size, terminator, tail inside. Returns 0 or a PACKED_ error. */
export function ziplistHeader(start: u32, end: u32): u32 {
  if (end - start < 11 || load<u32>(start) != end - start) return fail(PACKED_SIZE, start)
  if (load<u8>(end - 1) != 0xff) return fail(PACKED_TERMINATOR, end - 1)
  const tail = load<u32>(start, 4)
  return tail > end - start - 1 ? fail(PACKED_TAIL, start + 4) : 0
}

/** As listpackRead; the first entry is at start + 10. The sizes that lead backward are skipped, not verified. */
export function ziplistRead(next: u32, end: u32, max: u32): u32 {
  const limit = end - 1
  let count: u32 = 0
  let text: u32 = INT_TEXT
  for (let span: u32 = SPANS; count < max && next < limit; count++, span += 8) {
    const at = ziplistEncoding(next, limit)
    const size = at == 0 ? 0 : ziplistSize(at, limit)
    if (size == 0) {
      store<u32>(REGISTERS + REG_ERROR_AT, next)
      return 0xffffffff
    }
    if (ziplistIsText(load<u8>(at))) {
      store<u32>(span, ziplistTextStart(at))
      store<u32>(span, at + size, 4)
    } else {
      store<u32>(span, text)
      text = putInt(text, ziplistInt(at))
      store<u32>(span, text, 4)
    }
    next = at + size
  }
  store<u32>(REGISTERS + REG_NEXT, next)
  return count
}

/** Address of the encoding byte of the entry at `at`, after the size of the previous one; 0 if it is at `limit` or beyond. */
export function ziplistEncoding(at: u32, limit: u32): u32 {
  const first: u32 = load<u8>(at)
  if (first == 0xff) return 0
  const size: u32 = first < 0xfe ? 1 : 5
  return size >= limit - at ? 0 : at + size
}

/** The size that the entry at `at` states for the previous one; ziplistEncoding said that it is there. */
export function ziplistPrevious(at: u32): u32 {
  const first: u32 = load<u8>(at)
  return first < 0xfe ? first : load<u32>(at, 1)
}

/** Size of encoding and data at `at`, below `limit`; 0 if they are invalid or reach beyond `limit`. */
export function ziplistSize(at: u32, limit: u32): u32 {
  const first: u32 = load<u8>(at)
  const room = limit - at
  let size: u32 = 0
  if (first < 0x40) size = first + 1
  else if (first < 0x80) size = room < 2 ? 0 : (((first & 63) << 8) | (load<u8>(at, 1) as u32)) + 2
  else if (first < 0xc0) {
    const length: u32 = room < 5 ? 0 : bswap<u32>(load<u32>(at, 1))
    size = room < 5 || length > room - 5 ? 0 : length + 5
  } else size = integerSize(first)
  return size > room ? 0 : size
}

function integerSize(first: u32): u32 {
  if (first == 0xc0) return 3
  if (first == 0xd0) return 5
  if (first == 0xe0) return 9
  if (first == 0xf0) return 4
  if (first == 0xfe) return 2
  return first > 0xf0 && first < 0xfe ? 1 : 0
}

/** Why the entry at `at` cannot be decoded. */
export function ziplistFault(at: u32, limit: u32): u32 {
  if (load<u8>(at) == 0xff) return PACKED_TERMINATOR
  const encoding = ziplistEncoding(at, limit)
  if (encoding == 0) return PACKED_BEYOND
  const first: u32 = load<u8>(encoding)
  if (first >= 0xc0 && integerSize(first) == 0) return PACKED_ENCODING
  return ziplistSize(encoding, limit) == 0 ? PACKED_BEYOND : PACKED_BACK
}

/** Whether an entry with this encoding byte is a string. */
export function ziplistIsText(first: u32): bool {
  return first < 0xc0
}

/** Where the bytes of the string entry with its encoding at `at` start. */
export function ziplistTextStart(at: u32): u32 {
  const first: u32 = load<u8>(at)
  return at + (first < 0x40 ? 1 : first < 0x80 ? 2 : 5)
}

/** Where the bytes of the string entry with its encoding at `at` end. */
export function ziplistTextEnd(at: u32): u32 {
  const first: u32 = load<u8>(at)
  if (first < 0x40) return at + 1 + first
  if (first < 0x80) return at + 2 + (((first & 63) << 8) | (load<u8>(at, 1) as u32))
  return at + 5 + bswap<u32>(load<u32>(at, 1))
}

/** Value of the integer entry with its encoding at `at`. */
export function ziplistInt(at: u32): i64 {
  const first: u32 = load<u8>(at)
  if (first == 0xc0) return load<i16>(at, 1) as i64
  if (first == 0xd0) return load<i32>(at, 1) as i64
  if (first == 0xe0) return load<i64>(at, 1)
  if (first == 0xf0) return ((load<i8>(at, 3) as i64) << 16) | (load<u16>(at, 1) as i64)
  if (first == 0xfe) return load<i8>(at, 1) as i64
  return ((first & 15) as i64) - 1
}
