/**
 * Strings as cells of text formats, straight from the memory of the input:
 *
 *     JSON       "…", with \" \\ \b \f \n \r \t and \u00xx for other bytes below 0x20
 *     lenient    the same; bytes that are no UTF-8 become \udc80 to \udcff, one for one
 *     CSV        "…", with "" for a quotation mark
 *
 * What is no UTF-8 as RFC 3629 has it is refused unless the mode is lenient.
 */
import {TEXT_CSV, TEXT_LENIENT} from '../layout'
import {putInt} from './numbers'

const QUOTE: u32 = 0x22
const BACKSLASH: u32 = 0x5c
const HEX: u64 = 0x6665646362613938
const HEX_LOW: u64 = 0x3736353433323130

/**
 * Write [start, end) as a string at `out`, where six bytes for each of its bytes and 20 more may be written over. Returns the end,
 * or 0 for what is no UTF-8.
 */
export function textString(start: u32, end: u32, out: u32, mode: u32): u32 {
  store<u8>(out, QUOTE)
  out = textBody(start, end, out + 1, mode)
  if (out == 0) return 0
  store<u8>(out, QUOTE)
  return out + 1
}

/** The same without quotation marks: a part of a string that begins and ends between characters. */
export function textBody(start: u32, end: u32, out: u32, mode: u32): u32 {
  // The last address that sixteen bytes can be read from.
  const last = ((memory.size() as u32) << 16) - 16
  let at = start
  while (at < end) {
    if (at <= last) {
      const bytes = v128.load(at)
      v128.store(out, bytes)
      const plain = min<u32>(ctz<u32>((specials(bytes) as u32) | 0x10000), end - at)
      at += plain
      out += plain
      if (plain == 16 || at == end) continue
    }
    const byte: u32 = load<u8>(at)
    if (byte >= 0x80) {
      const size = utf8Size(at, end)
      if (size != 0) {
        copySmall(at, out, size)
        at += size
        out += size
        continue
      }
      if (mode != TEXT_LENIENT) return 0
      out = putEscape(out, 0xdc00 | byte)
    } else if (mode == TEXT_CSV) {
      store<u8>(out++, byte as u8)
      if (byte == QUOTE) store<u8>(out++, QUOTE)
    } else if (byte == QUOTE || byte == BACKSLASH) {
      store<u8>(out, BACKSLASH)
      store<u8>(out, byte as u8, 1)
      out += 2
    } else if (byte >= 0x20) store<u8>(out++, byte as u8)
    else out = putControl(out, byte)
    at++
  }
  return out
}

/** Which of sixteen bytes are quotation marks, backslashes, below 0x20 or above 0x7f: as signed numbers the latter are, too. */
// @ts-ignore: decorator
@inline
function specials(bytes: v128): i32 {
  const marks = v128.or(
    i8x16.eq(bytes, i8x16.splat(QUOTE as i8)),
    i8x16.eq(bytes, i8x16.splat(BACKSLASH as i8)),
  )
  return i8x16.bitmask(v128.or(marks, i8x16.lt_s(bytes, i8x16.splat(0x20))))
}

/** Bytes of the character of more than one byte at `at`; 0 when there is none. No surrogates, nothing longer than need be. */
export function utf8Size(at: u32, end: u32): u32 {
  const first: u32 = load<u8>(at)
  const left = end - at
  if (first < 0xe0) return first >= 0xc2 && left > 1 && follows(at + 1) ? 2 : 0
  if (left < 3 || !follows(at + 1) || !follows(at + 2)) return 0
  const second: u32 = load<u8>(at, 1)
  if (first < 0xf0) {
    if (first == 0xe0 && second < 0xa0) return 0
    return first == 0xed && second > 0x9f ? 0 : 3
  }
  if (first > 0xf4 || left < 4 || !follows(at + 3)) return 0
  if (first == 0xf0 && second < 0x90) return 0
  return first == 0xf4 && second > 0x8f ? 0 : 4
}

// @ts-ignore: decorator
@inline
function follows(at: u32): bool {
  return ((load<u8>(at) as u32) & 0xc0) == 0x80
}

// @ts-ignore: decorator
@inline
function copySmall(from: u32, to: u32, size: u32): void {
  store<u8>(to, load<u8>(from))
  store<u8>(to, load<u8>(from, 1), 1)
  if (size > 2) store<u8>(to, load<u8>(from, 2), 2)
  if (size > 3) store<u8>(to, load<u8>(from, 3), 3)
}

function putControl(out: u32, byte: u32): u32 {
  let letter: u32 = 0
  if (byte == 8) letter = 0x62
  else if (byte == 9) letter = 0x74
  else if (byte == 10) letter = 0x6e
  else if (byte == 12) letter = 0x66
  else if (byte == 13) letter = 0x72
  else return putEscape(out, byte)
  store<u8>(out, BACKSLASH)
  store<u8>(out, letter as u8, 1)
  return out + 2
}

function putEscape(out: u32, unit: u32): u32 {
  store<u16>(out, 0x755c)
  store<u8>(out, hexDigit(unit >> 12), 2)
  store<u8>(out, hexDigit((unit >> 8) & 15), 3)
  store<u8>(out, hexDigit((unit >> 4) & 15), 4)
  store<u8>(out, hexDigit(unit & 15), 5)
  return out + 6
}

// @ts-ignore: decorator
@inline
function hexDigit(value: u32): u8 {
  const digits = value < 8 ? HEX_LOW : HEX
  return (digits >> (((value & 7) as u64) << 3)) as u8
}

/** Write an integer in decimal at `out`. Returns the end. */
export function putInteger(out: u32, value: f64): u32 {
  return putInt(out, value as i64)
}

/** Write the id of a stream's entry, two u64 big-endian at `id`, as `ms-seq`. Returns the end. */
export function putStreamId(out: u32, id: u32): u32 {
  out = putUnsigned(out, bswap<u64>(load<u64>(id)))
  store<u8>(out, 0x2d)
  return putUnsigned(out + 1, bswap<u64>(load<u64>(id, 8)))
}

function putUnsigned(out: u32, value: u64): u32 {
  if ((value as i64) >= 0) return putInt(out, value as i64)
  out = putInt(out, (value / 10) as i64)
  store<u8>(out, (0x30 + (value % 10)) as u8)
  return out + 1
}
