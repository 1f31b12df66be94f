/**
 * DEBUG DIGEST, key by key. The caller gives a value's elements in their order; what can be hashed in any order waits until
 * four of a kind are there.
 *
 *     mix(d, x)   d = SHA1(d ^ SHA1(x))        xor(d, x)   d = d ^ SHA1(x)
 *     key         d = 0, mix key, mix type, the value, xor "!!expire!!" if it expires; then xor(total, d)
 *     value       string: mix it | list, stream, array: mix each part | set: xor each member
 *                 hash, sorted set: e = 0, mix member, mix value, xor "!!hexpire!!" if it is marked; then xor(d, e)
 *
 * Source: computeDatasetDigest(), xorObjectDigest() in debug.c.
 */
import {
  DIGEST_CONTENT,
  DIGEST_MARKS,
  DIGEST_TEMP,
  DIGEST_TOTAL,
  DIGEST_TYPES,
  DIGEST_VALUE,
  DIGEST_ZEROS,
  LANE_HASH,
  LANE_KEPT,
  SHA1_BLOCK,
} from '../layout'
import {
  FIRST,
  KEYS,
  laneHash,
  put,
  putHash,
  putWords,
  SECOND,
  SIDES,
  slotHash,
  SUM_KEYS,
  TEXTS,
  xorLanes,
  xorMark,
} from './digest-slots'
import {chainBegin, chainEnd, chainLink, chainRepeat, chainSettle, chainStart, valueBegin} from './digest-chains'
import {clearHash, copyHash, ONE_BLOCK, sha1, sha1Begin, sha1End, sha1Mix, sha1Update, sha1Xor, xorHash} from './sha1'
import {lanesAgain, lanesCopy, lanesXor} from './sha1-lanes'

/** How the elements of a value come together. */
const TEXT: u32 = 0
const MEMBERS: u32 = 1
const PAIRS: u32 = 2
const CHAIN: u32 = 3

const EXPIRE: u32 = DIGEST_MARKS
const FIELD_EXPIRE: u32 = DIGEST_MARKS + 32
const HASH_BYTES: u32 = 32
const TEMP_2: u32 = DIGEST_TEMP + HASH_BYTES

/** Vectors beside the slots: which fields are marked, which strings expire, types and contents of the other keys. */
const MARKED: u32 = SIDES
const EXPIRING: u32 = SIDES + 16
const SUM_TYPES: u32 = SIDES + 32
const SUM_CONTENTS: u32 = SIDES + 112

let kind: u32 = 0
let typeHash: u32 = 0
/** Also digest each value without its key. */
let values: bool = false
/** Inputs that wait: elements, strings, other keys. */
let elements: u32 = 0
let strings: u32 = 0
let sums: u32 = 0
/** Pieces of the current string so far, counted up to two. */
let pieces: u32 = 0
let textLength: u32 = 0

/** Start with nothing. DIGEST_TYPES and DIGEST_MARKS must be there. With `eachValue` DIGEST_VALUE is kept for every key. */
export function digestStart(eachValue: bool): void {
  values = eachValue
  elements = strings = sums = 0
  chainStart()
  clearHash(DIGEST_TOTAL)
}

/** Begin the value of the key [start, end). `how` is TEXT, MEMBERS, PAIRS or CHAIN. */
export function digestBegin(how: u32, type: u32, start: u32, end: u32): void {
  kind = how
  typeHash = DIGEST_TYPES + type * HASH_BYTES
  elements = 0
  pieces = 0
  if (how == TEXT) {
    if (strings == 4) flushStrings()
    return put(KEYS, strings, start, end)
  }
  if (how == CHAIN) return chainBegin(typeHash, values, start, end)
  if (sums == 4) flushSums()
  put(SUM_KEYS, sums, start, end)
  clearHash(DIGEST_CONTENT)
  clearHash(DIGEST_ZEROS)
  v128.store(MARKED, i32x4.splat(0))
}

/** Add a piece of a string. */
export function digestPiece(start: u32, end: u32): void {
  if (pieces == 0 && end - start <= ONE_BLOCK) {
    pieces = 1
    textLength = end - start
    return put(TEXTS, strings, start, end)
  }
  if (pieces < 2) {
    sha1Begin()
    if (pieces == 1) sha1Update(TEXTS + (strings << 6), TEXTS + (strings << 6) + textLength)
    pieces = 2
  }
  sha1Update(start, end)
}

/** Add a member, field, or part of a chain. */
export function digestFirst(start: u32, end: u32): void {
  if (elements == 4) flushElements()
  put(FIRST, elements, start, end)
  elements++
}

/** Add what belongs to the last field or member. */
export function digestSecond(start: u32, end: u32): void {
  put(SECOND, elements - 1, start, end)
}

/** Mark the last field. */
export function digestMark(): void {
  store<i32>(MARKED + ((elements - 1) << 2), -1)
}

/** The last member's score is one text in small sorted sets and another in large ones: keep the difference. */
export function digestEither(start: u32, end: u32): void {
  const lane = elements - 1
  laneHash(FIRST, lane, DIGEST_TEMP)
  clearHash(TEMP_2)
  sha1Mix(TEMP_2, DIGEST_TEMP)
  copyHash(DIGEST_TEMP, TEMP_2)
  const third = TEMP_2 + HASH_BYTES
  laneHash(SECOND, lane, third)
  sha1Mix(DIGEST_TEMP, third)
  sha1Xor(DIGEST_ZEROS, DIGEST_TEMP)
  sha1(start, end, third)
  sha1Mix(TEMP_2, third)
  sha1Xor(DIGEST_ZEROS, TEMP_2)
}

/** The other text was right. */
export function digestOther(): void {
  xorHash(DIGEST_CONTENT, DIGEST_ZEROS)
}

/** Add `count` times the same part, whose hash is at `hash`, to a chain. */
export function digestRepeat(hash: u32, count: u32): void {
  flushElements()
  chainRepeat(hash, count)
}

/** The value ends: add its key to the total. */
export function digestEnd(expires: bool): void {
  if (kind == TEXT) return endText(expires)
  flushElements()
  if (kind == CHAIN) return chainEnd(expires)
  if (expires) xorHash(DIGEST_CONTENT, EXPIRE)
  putWords(SUM_TYPES, sums, typeHash)
  putWords(SUM_CONTENTS, sums, DIGEST_CONTENT)
  sums++
  if (!values) return
  valueBegin(DIGEST_VALUE, typeHash)
  xorHash(DIGEST_VALUE, DIGEST_CONTENT)
}

function endText(expires: bool): void {
  if (pieces == 0) put(TEXTS, strings, SHA1_BLOCK, SHA1_BLOCK)
  if (pieces == 2) {
    sha1End(DIGEST_TEMP)
    putHash(TEXTS, strings, DIGEST_TEMP)
  }
  store<i32>(EXPIRING + (strings << 2), expires ? -1 : 0)
  if (values) {
    laneHash(TEXTS, strings, DIGEST_TEMP)
    valueBegin(DIGEST_VALUE, typeHash)
    sha1Mix(DIGEST_VALUE, DIGEST_TEMP)
    if (expires) xorHash(DIGEST_VALUE, EXPIRE)
  }
  strings++
}

/** Bring everything that waits into DIGEST_TOTAL. */
export function digestSettle(): void {
  if (strings > 0) flushStrings()
  if (sums > 0) flushSums()
  chainSettle()
}

function flushElements(): void {
  if (elements == 0) return
  slotHash(FIRST)
  if (kind == PAIRS) finishPairs()
  if (kind == CHAIN) chainLink(elements)
  else xorLanes(DIGEST_CONTENT, elements)
  elements = 0
}

function finishPairs(): void {
  lanesAgain()
  lanesCopy(LANE_KEPT, LANE_HASH)
  slotHash(SECOND)
  lanesXor(LANE_KEPT)
  lanesAgain()
  const marked = v128.load(MARKED)
  if (v128.any_true(marked)) {
    xorMark(FIELD_EXPIRE, marked)
    v128.store(MARKED, i32x4.splat(0))
  }
  lanesAgain()
}

function flushStrings(): void {
  slotHash(KEYS)
  lanesAgain()
  xorMark(DIGEST_TYPES, i32x4.splat(-1))
  lanesAgain()
  lanesCopy(LANE_KEPT, LANE_HASH)
  slotHash(TEXTS)
  lanesXor(LANE_KEPT)
  lanesAgain()
  xorMark(EXPIRE, v128.load(EXPIRING))
  lanesAgain()
  xorLanes(DIGEST_TOTAL, strings)
  strings = 0
}

function flushSums(): void {
  slotHash(SUM_KEYS)
  lanesAgain()
  lanesXor(SUM_TYPES)
  lanesAgain()
  lanesXor(SUM_CONTENTS)
  lanesAgain()
  xorLanes(DIGEST_TOTAL, sums)
  sums = 0
}
