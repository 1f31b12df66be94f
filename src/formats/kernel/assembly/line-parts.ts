/**
 * Strings and numbers in lines of JSON, as their writer puts them: without blanks. What is written in any other way is left to the reader
 * in TypeScript. Nothing is decoded in place, so that it finds the lines as they were.
 */
import {base64Decode} from './base64'
import {plainDouble} from './decimal'
import {findByte} from './spans'
import {jsonDecode, jsonEnd} from './text-read'

const QUOTE: u32 = 0x22
const DASH: u32 = 0x2d
const BACKSLASH: u32 = 0x5c
const CLOSE_BRACE: u32 = 0x7d
/** `{"base64":"` */
const BASE64: u64 = 0x343665736162227b
const BASE64_REST: u64 = 0x223a22
/** A number with so many digits is a safe integer. */
const DIGITS_MOST: u32 = 15
/** One with so many has 64 bits. */
const ID_DIGITS_MOST: u32 = 19
/** What quickHash() may read in front of a text. */
const BEFORE: u32 = 16

let area: u32 = 0
let room: u32 = 0
let first: u32 = 0
let last: u32 = 0
let number: u64 = 0
let double: f64 = 0
let half: u64 = 0

/** Texts that do not stand as they are may be decoded to `bytes` bytes at `at`. */
export function decodeTo(at: u32, bytes: u32): void {
  area = at + BEFORE
  room = bytes - BEFORE
}

/** The last string, [stringFirst(), stringLast()); the last integer; the last score. */
// @ts-ignore: decorator
@inline
export function stringFirst(): u32 {
  return first
}
// @ts-ignore: decorator
@inline
export function stringLast(): u32 {
  return last
}
// @ts-ignore: decorator
@inline
export function integerRead(): u64 {
  return number
}
// @ts-ignore: decorator
@inline
export function scoreRead(): f64 {
  return double
}

/** Behind the `length` bytes of `word`, at most eight, if they are at `at` and eight are there to be read; else 0. */
// @ts-ignore: decorator
@inline
export function behind(at: u32, limit: u32, word: u64, length: u32): u32 {
  if (limit - at < 8) return 0
  const beyond = ((8 - length) << 3) as u64
  return (load<u64>(at) ^ word) << beyond == 0 ? at + length : 0
}

/** The same of two words, eight bytes and `length`. */
export function behindTwo(at: u32, limit: u32, word: u64, rest: u64, length: u32): u32 {
  at = behind(at, limit, word, 8)
  return at == 0 ? 0 : behind(at, limit, rest, length)
}

/** Read a string, or the bytes of one that is no UTF-8. Returns where it ends; 0 to leave it to the reader. */
export function jsonString(at: u32, limit: u32): u32 {
  if (at >= limit) return 0
  if (load<u8>(at) != QUOTE) return bytesOf(at, limit)
  const start = ++at
  const blank = i8x16.splat(0x20)
  const quotes = i8x16.splat(QUOTE as i8)
  const slashes = i8x16.splat(BACKSLASH as i8)
  while (limit - at >= 16) {
    const bytes = v128.load(at)
    // Less than a blank are control characters and, as they have a sign, all that is no ASCII.
    const marks = v128.or(i8x16.eq(bytes, quotes), i8x16.eq(bytes, slashes))
    const found = i8x16.bitmask(v128.or(marks, i8x16.lt_s(bytes, blank)))
    if (found == 0) {
      at += 16
      continue
    }
    at += ctz<u32>(found as u32)
    if (load<u8>(at) != QUOTE) break
    first = start
    last = at
    return at + 1
  }
  return decoded(start, at, limit)
}

/** One that does not stand as it is, up to `at` without an escape sequence or an end; or whose end is near the limit. */
function decoded(start: u32, at: u32, limit: u32): u32 {
  const close = jsonEnd(at, limit)
  if (close == 0 || close - start > room) return 0
  first = area
  last = start == close ? area : jsonDecode(start, close, area)
  return last == 0 ? 0 : close + 1
}

function bytesOf(at: u32, limit: u32): u32 {
  at = behind(at, limit, BASE64, 8)
  if (at == 0) return 0
  at = behind(at, limit, BASE64_REST, 3)
  if (at == 0) return 0
  const close = findByte(at, limit, QUOTE)
  if (limit - close < 2 || load<u8>(close, 1) != CLOSE_BRACE || close - at > room) return 0
  first = area
  last = at == close ? area : base64Decode(at, close, area)
  return last == 0 ? 0 : close + 2
}

/** Read an integer that is not negative. Returns where it ends; 0 to leave it to the reader. */
export function jsonInteger(at: u32, limit: u32): u32 {
  const start = at
  number = 0
  for (; at < limit && at - start <= DIGITS_MOST; at++) {
    const digit = (load<u8>(at) as u32) - 0x30
    if (digit > 9) break
    number = number * 10 + digit
  }
  const digits = at - start
  const isPlain = digits == 1 || (digits > 1 && load<u8>(start) != 0x30)
  return isPlain && digits <= DIGITS_MOST ? at : 0
}

/** Read a score. Returns where it ends; 0 to leave it to the reader. */
export function jsonScore(at: u32, limit: u32): u32 {
  const start = at
  while (at < limit && isNumber(load<u8>(at))) at++
  double = plainDouble(start, at)
  if (double != 0) return double == double ? at : 0
  return at == start + 1 ? at : 0
}

// @ts-ignore: decorator
@inline
function isNumber(byte: u32): bool {
  return byte - 0x30 <= 9 || byte == 0x2e || byte == 0x2d
}

/** Read the id of a stream's entry, `"ms-seq"`, to 16 bytes at `out`. Returns where it ends; 0 to leave it to the reader. */
export function jsonId(at: u32, limit: u32, out: u32): u32 {
  if (at >= limit || load<u8>(at) != QUOTE) return 0
  at = idHalf(at + 1, limit)
  if (at == 0 || at >= limit || load<u8>(at) != DASH) return 0
  store<u64>(out, bswap<u64>(half))
  at = idHalf(at + 1, limit)
  if (at == 0 || at >= limit || load<u8>(at) != QUOTE) return 0
  store<u64>(out, bswap<u64>(half), 8)
  return at + 1
}

function idHalf(at: u32, limit: u32): u32 {
  const start = at
  half = 0
  for (; at < limit; at++) {
    const digit = (load<u8>(at) as u32) - 0x30
    if (digit > 9) break
    if (at - start == ID_DIGITS_MOST) return 0
    half = half * 10 + digit
  }
  return at == start ? 0 : at
}
