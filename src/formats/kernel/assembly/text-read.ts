/** Strings of JSON on their way in. */
import {REG_ERROR_AT, REG_NEXT, REGISTERS} from '../layout'
import {fail} from './listpack'
import {utf8Size} from './text-strings'

const QUOTE: u32 = 0x22
const BACKSLASH: u32 = 0x5c

/**
 * Address of the quotation mark that ends the string whose first character is at `next`; 0 when it is not below `limit`, with
 * REG_NEXT an address up to which the string may be cut.
 */
export function jsonEnd(next: u32, limit: u32): u32 {
  const quotes = i8x16.splat(QUOTE as i8)
  const slashes = i8x16.splat(BACKSLASH as i8)
  let at = next
  while (at < limit) {
    if (limit - at >= 16) {
      const bytes = v128.load(at)
      const found = i8x16.bitmask(v128.or(i8x16.eq(bytes, quotes), i8x16.eq(bytes, slashes)))
      if (found == 0) {
        at += 16
        continue
      }
      at += ctz<u32>(found as u32)
    }
    const byte: u32 = load<u8>(at)
    if (byte == QUOTE) return at
    if (byte == BACKSLASH) {
      if (limit - at < 2) break
      at++
    }
    at++
  }
  store<u32>(REGISTERS + REG_NEXT, at)
  return 0
}

/**
 * Decode the inside of a string, [start, end), to `out`, which may be `start`. Returns the end of what it is; 0 where it is none, at
 * REG_ERROR_AT. Empty strings are not for it.
 */
export function jsonDecode(start: u32, end: u32, out: u32): u32 {
  const marks = i8x16.splat(BACKSLASH as i8)
  const blank = i8x16.splat(0x20)
  let at = start
  while (at < end) {
    if (end - at >= 16) {
      const bytes = v128.load(at)
      const found = i8x16.bitmask(v128.or(i8x16.eq(bytes, marks), i8x16.lt_s(bytes, blank)))
      if (found == 0) {
        v128.store(out, bytes)
        at += 16
        out += 16
        continue
      }
      let plain = ctz<u32>(found as u32)
      if (plain >= 8) {
        // What lies in front of `at` was read: in place, nothing is written over that was not.
        store<u64>(out, load<u64>(at))
        at += 8
        out += 8
        plain -= 8
      }
      for (; plain > 0; plain--) store<u8>(out++, load<u8>(at++))
    }
    const byte: u32 = load<u8>(at)
    if (byte >= 0x80) {
      const size = utf8Size(at, end)
      if (size == 0) return fail(0, at)
      for (let i: u32 = 0; i < size; i++) store<u8>(out++, load<u8>(at++))
    } else if (byte == BACKSLASH) {
      const size = escapeSize(at, end)
      if (size == 0) return fail(0, at)
      out = putEscaped(at, out)
      at += size
    } else if (byte < 0x20) return fail(0, at)
    else {
      store<u8>(out++, byte as u8)
      at++
    }
  }
  return out
}

/** Bytes of the escape sequence at `at`, both halves of a pair; 0 for what is none. */
function escapeSize(at: u32, end: u32): u32 {
  if (end - at < 2) return 0
  const letter: u32 = load<u8>(at, 1)
  if (letter != 0x75) return shortEscape(letter) != 0 ? 2 : 0
  const unit = hexUnit(at, end)
  if (unit < 0 || (unit & 0xfc00) == 0xdc00) return 0
  if ((unit & 0xfc00) != 0xd800) return 6
  const low = hexUnit(at + 6, end)
  return low >= 0 && (low & 0xfc00) == 0xdc00 ? 12 : 0
}

/** What the letter behind a backslash stands for, 0 when it is none of them. */
function shortEscape(letter: u32): u32 {
  if (letter == QUOTE || letter == BACKSLASH || letter == 0x2f) return letter
  if (letter == 0x62) return 8
  if (letter == 0x74) return 9
  if (letter == 0x6e) return 10
  if (letter == 0x66) return 12
  return letter == 0x72 ? 13 : 0
}

/** The number in the `\uxxxx` at `at`, -1 when there is none. */
function hexUnit(at: u32, end: u32): i32 {
  if (at + 6 > end || load<u16>(at) != 0x755c) return -1
  let unit: i32 = 0
  for (let i: u32 = 2; i < 6; i++) {
    const byte: u32 = load<u8>(at + i)
    const digit = byte - 0x30
    const letter = (byte | 0x20) - 0x61
    if (digit > 9 && letter > 5) return -1
    unit = (unit << 4) | ((digit <= 9 ? digit : letter + 10) as i32)
  }
  return unit
}

/** Write what the escape sequence at `at`, which is right, stands for. */
function putEscaped(at: u32, out: u32): u32 {
  const letter: u32 = load<u8>(at, 1)
  if (letter != 0x75) {
    store<u8>(out, shortEscape(letter) as u8)
    return out + 1
  }
  let code = hexUnit(at, at + 6) as u32
  if ((code & 0xfc00) == 0xd800) {
    code = 0x10000 + ((code & 0x3ff) << 10) + ((hexUnit(at + 6, at + 12) as u32) & 0x3ff)
  }
  if (code < 0x80) {
    store<u8>(out, code as u8)
    return out + 1
  }
  if (code < 0x800) {
    store<u8>(out, (0xc0 | (code >> 6)) as u8)
    return putLast(out + 1, code)
  }
  if (code < 0x10000) {
    store<u8>(out, (0xe0 | (code >> 12)) as u8)
    return putLast(putLast(out + 1, code >> 6), code)
  }
  store<u8>(out, (0xf0 | (code >> 18)) as u8)
  return putLast(putLast(putLast(out + 1, code >> 12), code >> 6), code)
}

function putLast(out: u32, code: u32): u32 {
  store<u8>(out, (0x80 | (code & 0x3f)) as u8)
  return out + 1
}
