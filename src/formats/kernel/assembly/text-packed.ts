/** Packed encodings as JSON: blobs in which nothing is wrong. */
import {readMember} from './intset'
import {listpackInt, listpackIsText, listpackStep, listpackTextEnd, listpackTextStart} from './listpack'
import {putByte, putDouble, putIntText, putNumber, putScoreText, putText} from './text-put'
import {ziplistEncoding, ziplistInt, ziplistIsText, ziplistSize, ziplistTextEnd, ziplistTextStart} from './ziplist'
import {zipmapNext, zipmapTextEnd, zipmapTextStart, zipmapValue} from './zipmap'

const COMMA: u32 = 0x2c
const COLON: u32 = 0x3a
const OPEN: u32 = 0x5b
const CLOSE: u32 = 0x5d

/** The current element: a span, or an integer. */
let isText = false
let first: u32 = 0
let last: u32 = 0
let integer: i64 = 0

/** Write the blob of a type. Those of quicklists, 14 and 18, are parts of a list: without brackets. */
export function putPacked(type: u32, start: u32, end: u32, lines: bool): void {
  if (type == 11) return putIntset(start, end)
  if (type == 9) return putZipmap(start, end, lines)
  const isListpack = type > 14
  const limit = end - 1
  const from = start + (isListpack ? 6 : 10)
  const isPairs = type == 12 || type == 13 || type == 16 || type == 17
  if (isPairs) return putPairs(from, limit, isListpack, type == 12 || type == 17, lines)
  if (type == 25) return putTriples(from, limit, lines)
  const brackets = type == 10 || type == 20
  if (brackets) putByte(OPEN)
  for (let at = from; at < limit; ) {
    if (at != from) putByte(COMMA)
    at = next(at, limit, isListpack)
    putElement()
  }
  if (brackets) putByte(CLOSE)
}

function putPairs(from: u32, limit: u32, isListpack: bool, scored: bool, lines: bool): void {
  putByte(lines ? OPEN : 0x7b)
  for (let at = from; at < limit; ) {
    if (at != from) putByte(COMMA)
    if (lines) putByte(OPEN)
    at = next(at, limit, isListpack)
    putElement()
    putByte(lines ? COMMA : COLON)
    at = next(at, limit, isListpack)
    if (scored) putScore()
    else putElement()
    if (lines) putByte(CLOSE)
  }
  putByte(lines ? CLOSE : 0x7d)
}

/** Fields with expiries, 0 for none. */
function putTriples(from: u32, limit: u32, lines: bool): void {
  putByte(lines ? OPEN : 0x7b)
  for (let at = from; at < limit; ) {
    if (at != from) putByte(COMMA)
    if (lines) putByte(OPEN)
    at = next(at, limit, true)
    putElement()
    putByte(lines ? COMMA : COLON)
    at = next(at, limit, true)
    putElement()
    at = next(at, limit, true)
    if (!lines) continue
    if (isText || integer != 0) {
      putByte(COMMA)
      putScore()
    }
    putByte(CLOSE)
  }
  putByte(lines ? CLOSE : 0x7d)
}

/** Make the entry at `at` the current element. Returns where the one behind it starts. */
function next(at: u32, limit: u32, isListpack: bool): u32 {
  if (isListpack) {
    isText = listpackIsText(load<u8>(at))
    if (isText) {
      first = listpackTextStart(at)
      last = listpackTextEnd(at)
    } else integer = listpackInt(at)
    return listpackStep(at, limit)
  }
  const encoding = ziplistEncoding(at, limit)
  isText = ziplistIsText(load<u8>(encoding))
  if (isText) {
    first = ziplistTextStart(encoding)
    last = ziplistTextEnd(encoding)
  } else integer = ziplistInt(encoding)
  return encoding + ziplistSize(encoding, limit)
}

function putElement(): void {
  if (isText) putText(first, last)
  else putIntText(integer)
}

function putScore(): void {
  if (isText) putScoreText(first, last)
  else if (integer > 9007199254740991 || integer < -9007199254740991) putDouble(integer as f64)
  else putNumber(integer)
}

function putIntset(start: u32, end: u32): void {
  const width = load<u32>(start)
  for (let at = start + 8; at < end; at += width) {
    putByte(at == start + 8 ? OPEN : COMMA)
    putIntText(readMember(at, width))
  }
  putByte(CLOSE)
}

function putZipmap(start: u32, end: u32, lines: bool): void {
  const limit = end - 1
  const from = start + 1
  putByte(lines ? OPEN : 0x7b)
  for (let at = from; at < limit && load<u8>(at) != 255; ) {
    if (at != from) putByte(COMMA)
    if (lines) putByte(OPEN)
    putText(zipmapTextStart(at), zipmapTextEnd(at))
    putByte(lines ? COMMA : COLON)
    const value = zipmapValue(at, limit)
    at = zipmapNext(value, limit)
    const size: u32 = load<u8>(value) < 254 ? 1 : 5
    const length: u32 = size == 1 ? (load<u8>(value) as u32) : load<u32>(value, 1)
    putText(value + size + 1, value + size + 1 + length)
    if (lines) putByte(CLOSE)
  }
  putByte(lines ? CLOSE : 0x7d)
}
