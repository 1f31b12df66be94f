/** Text that runs of entries are written as: where it goes, and what its parts look like. */
import {
  TEXT_HEAD_SIZE,
  TEXT_HEADS,
  TEXT_JSON,
  TEXT_LENIENT,
  TEXT_OUT,
  TEXT_OUT_BYTES,
  TEXT_PIECE,
} from '../layout'
import {base64Encode} from './base64'
import {putInt} from './numbers'
import {scoreOf} from './score-read'
import {shortestText} from './shortest'
import {textBody, textString} from './text-strings'

/** Empties the buffer, which is full up to `end`. */
// @ts-ignore: decorator
@external("env", "textFull")
declare function textFull(end: u32): void
/** Writes a double at `out`. Returns the end. */
// @ts-ignore: decorator
@external("env", "textNumber")
declare function textNumber(value: f64, out: u32): u32
/** Writes the double that servers read in [start, end) at `out`. Returns the end. */
// @ts-ignore: decorator
@external("env", "textScore")
declare function textScore(start: u32, end: u32, out: u32): u32

const OUT_END: u32 = TEXT_OUT + TEXT_OUT_BYTES
const SLACK: u32 = 64
const PIECE: u32 = TEXT_PIECE
/** So many significant digits always come back from a double. */
const SURE_DIGITS: u32 = 15
const EXACT: f64 = 9007199254740992

let out: u32 = TEXT_OUT
let lenient = false

export function beginText(from: u32, isLenient: bool): void {
  out = from
  lenient = isLenient
}

export const textEnd = (): u32 => out

// @ts-ignore: decorator
@inline
function need(room: u32): void {
  if (out + room <= OUT_END) return
  textFull(out)
  out = TEXT_OUT
}

// @ts-ignore: decorator
@inline
export function putByte(byte: u32): void {
  need(1)
  store<u8>(out++, byte as u8)
}

/** Write one of the texts that stand in TEXT_HEADS. */
export function putHead(index: u32, skip: u32): void {
  const head = TEXT_HEADS + index * TEXT_HEAD_SIZE
  const length: u32 = (load<u8>(head) as u32) - skip
  need(TEXT_HEAD_SIZE)
  memory.copy(out, head + 1 + skip, length)
  out += length
}

export function putNumber(value: i64): void {
  need(SLACK)
  out = putInt(out, value)
}

/** An integer as a string. */
export function putIntText(value: i64): void {
  need(SLACK)
  store<u8>(out, 0x22)
  out = putInt(out + 1, value)
  store<u8>(out++, 0x22)
}

/** A string of the input. */
export function putText(start: u32, end: u32): void {
  const length = end - start
  if (length > PIECE) return putLong(start, end)
  need(length * 6 + SLACK)
  const after = textString(start, end, out, lenient ? TEXT_LENIENT : TEXT_JSON)
  if (after != 0) out = after
  else putBase64(start, end)
}

function putLong(start: u32, end: u32): void {
  if (!lenient && !isText(start, end)) return putBase64(start, end)
  putByte(0x22)
  for (let at = start; at < end; ) {
    const to = cut(at, end)
    need((to - at) * 6 + SLACK)
    out = textBody(at, to, out, lenient ? TEXT_LENIENT : TEXT_JSON)
    at = to
  }
  putByte(0x22)
}

function isText(start: u32, end: u32): bool {
  for (let at = start; at < end; ) {
    const to = cut(at, end)
    need((to - at) * 6 + SLACK)
    if (textBody(at, to, out, TEXT_JSON) == 0) return false
    at = to
  }
  return true
}

/** Where a part of a string ends that is no longer than a piece: not within a character, if it is text. */
function cut(start: u32, end: u32): u32 {
  if (end - start <= PIECE) return end
  const to = start + PIECE
  for (let at = to - 1; at >= to - 3; at--) {
    const byte: u32 = load<u8>(at)
    if (byte < 0x80) return to
    if (byte < 0xc0) continue
    const size: u32 = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
    return at + size > to ? at : to
  }
  return to
}

function putBase64(start: u32, end: u32): void {
  putLetters(0x343665736162227b, 8)
  putLetters(0x223a22, 3)
  const most: u32 = PIECE - (PIECE % 3)
  for (let at = start; at < end; ) {
    const to = end - at > most ? at + most : end
    need((to - at) * 2 + SLACK)
    out = base64Encode(at, to, out)
    at = to
  }
  putLetters(0x7d22, 2)
}

/** Up to eight letters, the first in the lowest byte. */
// @ts-ignore: decorator
@inline
export function putLetters(letters: u64, length: u32): void {
  need(SLACK)
  store<u64>(out, letters)
  out += length
}

export function putDouble(value: f64): void {
  need(SLACK)
  if (Math.abs(value) < EXACT && value == Math.trunc(value) && value != 0) {
    out = putInt(out, value as i64)
    return
  }
  const after = shortestText(value, out)
  out = after != 0 ? after : textNumber(value, out)
}

/** A score that stands in the input as text: as it is, where that is the shortest text of its double. */
export function putScoreText(start: u32, end: u32): void {
  need(SLACK)
  if (!isShortest(start, end)) {
    const value = scoreOf(start, end)
    if (value == value) putDouble(value)
    else out = textScore(start, end, out)
    return
  }
  memory.copy(out, start, end - start)
  out += end - start
}

/** `-?(0|[1-9]d*)(.d*[1-9])?` of few digits, and not so small that it would have an exponent. */
function isShortest(start: u32, end: u32): bool {
  if (end - start > SURE_DIGITS + 2) return false
  let at = start
  if (at < end && load<u8>(at) == 0x2d) at++
  const first = at
  while (at < end && (load<u8>(at) as u32) - 0x30 <= 9) at++
  const whole = at - first
  if (whole == 0 || (load<u8>(first) == 0x30 && whole != 1)) return false
  if (at == end) return whole <= SURE_DIGITS && load<u8>(first) != 0x30
  if (load<u8>(at) != 0x2e || end - at < 2) return false
  const point = at++
  while (at < end && (load<u8>(at) as u32) - 0x30 <= 9) at++
  if (at != end || load<u8>(end - 1) == 0x30) return false
  if (whole + end - point - 1 > SURE_DIGITS) return false
  return load<u8>(first) != 0x30 || end - point <= 6
}
