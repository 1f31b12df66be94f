/**
 * Entries of an RDB as JSON, one after the other, in the shapes of value-writer.ts. They lie whole in [start, end) and rdbRun() found
 * nothing wrong with them: what it checked is not checked again.
 */
import {TEXT_DB, TEXT_EXPIRES, TEXT_FREQ, TEXT_IDLE} from '../layout'
import {lengthAt, lengthRead, spanFirst, spanLast, stringAt, expandTo} from './rdb-run'
import {beginText, putByte, putDouble, putHead, putLetters, putNumber, putScoreText, putText, textEnd} from './text-put'
import {putPacked} from './text-packed'

const COMMA: u32 = 0x2c
const COLON: u32 = 0x3a
const OPEN: u32 = 0x5b
const CLOSE: u32 = 0x5d

const LIST: u32 = 1
const SET: u32 = 2
const ZSET: u32 = 3
const HASH: u32 = 4

/**
 * Write entries at `out`. `lines`: in the shape of lines, else in that of a document; of the first one `skip` bytes of what stands
 * before it are left out. `area` has `room` bytes for expanded strings. Returns the end of the text.
 */
export function textRun(start: u32, end: u32, out: u32, lines: u32, skip: u32, area: u32, room: u32): u32 {
  expandTo(area, room)
  beginText(out, lines == 0)
  let at = start
  while (at < end) {
    at = putEntry(at, end, lines != 0, skip)
    skip = 0
  }
  return textEnd()
}

function putEntry(at: u32, end: u32, lines: bool, skip: u32): u32 {
  const attributes = at
  at = behindAttributes(at)
  const type: u32 = load<u8>(at)
  at = stringAt(at + 1, end, true)
  putHead(TEXT_DB, skip)
  putText(spanFirst(), spanLast())
  if (lines) putAttributes(attributes)
  putHead(type, 0)
  at = putValue(type, at, end, lines)
  if (lines) putLetters(0x0a7d, 2)
  return at
}

function behindAttributes(at: u32): u32 {
  for (let byte: u32 = load<u8>(at); byte >= 0xf8; byte = load<u8>(at)) {
    if (byte == 0xfc) at += 9
    else if (byte == 0xfd) at += 5
    else if (byte == 0xf9) at += 2
    else at = lengthAt(at + 1, at + 10)
  }
  return at
}

function putAttributes(at: u32): void {
  for (let byte: u32 = load<u8>(at); byte >= 0xf8; byte = load<u8>(at)) {
    if (byte == 0xfc) {
      putHead(TEXT_EXPIRES, 0)
      putNumber(load<i64>(at, 1))
      at += 9
    } else if (byte == 0xfd) {
      putHead(TEXT_EXPIRES, 0)
      putNumber((load<i32>(at, 1) as i64) * 1000)
      at += 5
    } else if (byte == 0xf9) {
      putHead(TEXT_FREQ, 0)
      putNumber(load<u8>(at, 1))
      at += 2
    } else {
      putHead(TEXT_IDLE, 0)
      at = lengthAt(at + 1, at + 10)
      putNumber(lengthRead())
    }
  }
}

function putValue(type: u32, at: u32, end: u32, lines: bool): u32 {
  if (type == 0) {
    at = stringAt(at, end, true)
    putText(spanFirst(), spanLast())
    return at
  }
  if (type <= SET) return putMembers(at, end)
  if (type < 6) return putPairs(type, at, end, lines)
  if (type == 14 || type == 18) return putNodes(type == 18, at, end)
  if (type == 25) at += 8
  at = stringAt(at, end, true)
  putPacked(type, spanFirst(), spanLast(), lines)
  return at
}

function putMembers(at: u32, end: u32): u32 {
  at = lengthAt(at, end)
  const count = lengthRead()
  for (let i: u32 = 0; i < count; i++) {
    putByte(i == 0 ? OPEN : COMMA)
    at = stringAt(at, end, true)
    putText(spanFirst(), spanLast())
  }
  putByte(CLOSE)
  return at
}

function putPairs(type: u32, at: u32, end: u32, lines: bool): u32 {
  at = lengthAt(at, end)
  const count = lengthRead()
  putByte(lines ? OPEN : 0x7b)
  for (let i: u32 = 0; i < count; i++) {
    if (i != 0) putByte(COMMA)
    if (lines) putByte(OPEN)
    at = stringAt(at, end, true)
    putText(spanFirst(), spanLast())
    putByte(lines ? COMMA : COLON)
    if (type == HASH) {
      at = stringAt(at, end, true)
      putText(spanFirst(), spanLast())
    } else if (type == ZSET) at = putAsciiDouble(at)
    else {
      putDouble(load<f64>(at))
      at += 8
    }
    if (lines) putByte(CLOSE)
  }
  putByte(lines ? CLOSE : 0x7d)
  return at
}

function putAsciiDouble(at: u32): u32 {
  const length: u32 = load<u8>(at)
  if (length >= 0xfe) {
    putDouble(length == 0xfe ? Infinity : -Infinity)
    return at + 1
  }
  putScoreText(at + 1, at + 1 + length)
  return at + 1 + length
}

/** Quicklists: nodes of ziplists, or of a container number and a listpack or a single element. */
function putNodes(containers: bool, at: u32, end: u32): u32 {
  at = lengthAt(at, end)
  const nodes = lengthRead()
  putByte(OPEN)
  for (let i: u32 = 0; i < nodes; i++) {
    if (i != 0) putByte(COMMA)
    const container: u32 = containers ? load<u8>(at++) : 2
    at = stringAt(at, end, true)
    if (container == 1) putText(spanFirst(), spanLast())
    else putPacked(containers ? 18 : 14, spanFirst(), spanLast(), true)
  }
  putByte(CLOSE)
  return at
}
