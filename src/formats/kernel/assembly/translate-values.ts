/** The elements of values, checked as rdb-run-values.ts checks them, to the digest and to what writes them. */
import {REG_NEXT, REGISTERS, SPAN_MAX, SPANS, TRANSLATE_COMMANDS, TRANSLATE_RDB} from '../layout'
import {emitScratch} from './emit'
import {commandsItem, commandsPair, commandsScored, commandsText} from './emit-commands'
import {rdbItem, rdbPair, rdbScored} from './emit-rdb'
import {intsetRead} from './intset'
import {listpackRead} from './listpack'
import {quickElement, quickText} from './quick-digest'
import {quickHash} from './quick-hash'
import {lengthAt, lengthRead, spanFirst, spanLast, stringAt} from './rdb-run'
import {checkBlob, checkNode} from './rdb-run-values'
import {streamAt} from './rdb-stream'
import {scoreOf} from './score-read'
import {insert, seenClear} from './seen'
import {HASH, LIST, SET, STREAM, ZSET} from './shapes'
import {ziplistRead} from './ziplist'

let mode: u32 = 0
let shape: u32 = 0
/** Of the element to come, where order matters. */
let position: u64 = 0
let roomTable: u32 = 0
let roomBytes: u32 = 0
let score: f64 = 0

/** `how` is a TRANSLATE_ constant; tables of members may take [table, table + bytes). */
export function elementsBegin(how: u32, table: u32, bytes: u32): void {
  mode = how
  roomTable = table
  roomBytes = bytes
}

/** Give every element of the value at `at`, which makes a `what`. Returns where it ends, 0 to leave it to the reader. */
export function elements(what: u32, type: u32, at: u32, limit: u32): u32 {
  shape = what
  position = 0
  if (what == STREAM) return streamAt(mode, type, at, limit, roomTable)
  if (type == 0) return text(at, limit)
  if (type <= 5) return collection(type, at, limit)
  if (type == 14 || type == 18) return nodes(type == 18, at, limit)
  if (at >= limit) return 0
  const first: u32 = load<u8>(at)
  if (first >= 0xc0 && first != 0xc3) return 0
  const end = stringAt(at, limit, true)
  if (end == 0 || !checkBlob(type, spanFirst(), spanLast())) return 0
  return packed(type >= 16, type == 11, spanFirst(), spanLast()) ? end : 0
}

function text(at: u32, limit: u32): u32 {
  const end = stringAt(at, limit, true)
  if (end == 0) return 0
  quickText(spanFirst(), spanLast())
  if (mode == TRANSLATE_COMMANDS) commandsText(spanFirst(), spanLast())
  else if (mode == TRANSLATE_RDB) return 0
  return end
}

/** Types 1 to 5. */
function collection(type: u32, at: u32, limit: u32): u32 {
  at = lengthAt(at, limit)
  const count = lengthRead()
  if (at == 0 || count == 0 || count > limit - at) return 0
  let slots: u32 = 16
  while (slots < count * 2) slots <<= 1
  if (slots << 3 > roomBytes) return 0
  if (shape != LIST) seenClear(roomTable, slots)
  for (let left = count; left > 0; left--) {
    const encoded: u32 = at < limit ? load<u8>(at) : 0
    at = stringAt(at, limit, true)
    if (at == 0) return 0
    let start = spanFirst()
    let end = spanLast()
    const hash = quickHash(start, end, 0)
    if (shape != LIST && insert(roomTable, slots - 1, hash) != 0) return 0
    if (shape <= SET) {
      one(start, end, hash)
      continue
    }
    if (shape == ZSET) {
      at = scoreAt(type, at, limit)
      if (at == 0 || !scored(start, end, hash, score)) return 0
      continue
    }
    if (encoded >= 0xc0) {
      // The value would be decoded to where its field is.
      memory.copy(emitScratch(), start, end - start)
      end = emitScratch() + (end - start)
      start = emitScratch()
    }
    at = stringAt(at, limit, true)
    if (at == 0) return 0
    pair(start, end, hash, spanFirst(), spanLast())
  }
  return at
}

function scoreAt(type: u32, at: u32, limit: u32): u32 {
  if (type == 5) {
    if (at > limit || limit - at < 8) return 0
    score = load<f64>(at)
    return score == score ? at + 8 : 0
  }
  if (at >= limit) return 0
  const length: u32 = load<u8>(at)
  if (length >= 0xfd || length > limit - at - 1) return 0
  score = scoreOf(at + 1, at + 1 + length)
  return score == score ? at + 1 + length : 0
}

function nodes(containers: bool, at: u32, limit: u32): u32 {
  at = lengthAt(at, limit)
  const count = lengthRead()
  if (at == 0 || count == 0) return 0
  for (let left = count; left > 0; left--) {
    if (containers) {
      // An element that stands alone is a large one.
      if (at >= limit || load<u8>(at++) != 2) return 0
    }
    if (at >= limit) return 0
    const first: u32 = load<u8>(at)
    if (first >= 0xc0 && first != 0xc3) return 0
    at = stringAt(at, limit, true)
    if (at == 0 || spanFirst() == spanLast() || !checkNode(containers, spanFirst(), spanLast())) return 0
    if (!packed(containers, false, spanFirst(), spanLast())) return 0
  }
  return at
}

/** Every element of a checked listpack, intset or ziplist. */
function packed(isListpack: bool, isIntset: bool, start: u32, end: u32): bool {
  let next = isIntset ? 0 : isListpack ? start + 6 : start + 10
  while (true) {
    const count = isIntset
      ? intsetRead(start, end, next, SPAN_MAX)
      : isListpack
        ? listpackRead(next, end, SPAN_MAX)
        : ziplistRead(next, end, SPAN_MAX)
    if (count == 0) return true
    if (count > (SPAN_MAX as u32)) return false
    next = isIntset ? next + count : load<u32>(REGISTERS + REG_NEXT)
    const spansEnd = (SPANS as u32) + (count << 3)
    if (shape <= SET) {
      for (let span: u32 = SPANS; span < spansEnd; span += 8) {
        const first = load<u32>(span)
        const firstEnd = load<u32>(span, 4)
        one(first, firstEnd, quickHash(first, firstEnd, 0))
      }
      continue
    }
    for (let span: u32 = SPANS; span < spansEnd; span += 16) {
      const first = load<u32>(span)
      const firstEnd = load<u32>(span, 4)
      const second = load<u32>(span, 8)
      const secondEnd = load<u32>(span, 12)
      const hash = quickHash(first, firstEnd, 0)
      if (shape == HASH) pair(first, firstEnd, hash, second, secondEnd)
      else if (!scored(first, firstEnd, hash, scoreOf(second, secondEnd))) return false
    }
  }
}

// @ts-ignore: decorator
@inline
function one(start: u32, end: u32, hash: u64): void {
  quickElement(hash, 0, shape == LIST ? position++ : 0)
  if (mode == TRANSLATE_COMMANDS) commandsItem(start, end)
  else if (mode == TRANSLATE_RDB) rdbItem(start, end)
}

// @ts-ignore: decorator
@inline
function pair(start: u32, end: u32, hash: u64, valueStart: u32, valueEnd: u32): void {
  quickElement(hash, quickHash(valueStart, valueEnd, 1), 0)
  if (mode == TRANSLATE_COMMANDS) commandsPair(start, end, valueStart, valueEnd)
  else if (mode == TRANSLATE_RDB) rdbPair(start, end, valueStart, valueEnd)
}

/** False for a score that is left to the reader. */
function scored(start: u32, end: u32, hash: u64, value: f64): bool {
  if (value != value) return false
  // Adding 0 makes -0 the 0 that listpacks make of it.
  quickElement(hash, 0, reinterpret<u64>(value + 0))
  if (mode == TRANSLATE_COMMANDS) return commandsScored(start, end, value)
  return mode == TRANSLATE_RDB ? rdbScored(start, end, value) : true
}
