/**
 * Our own digest of everything that can be read back, key by key; docs/digest.md has the definition.
 *
 *     set         sum of SHA1(member)
 *     others      sum of SHA1(SHA1(a) SHA1(b) number), b being absent (zeros) for list elements
 *     value       SHA1(content, expiry u64be, type u32be)
 *     key         SHA1(SHA1(key) value, database u32be), all of them added to the total
 *
 * Sums are of five u32 each, without carry.
 */
import {
  DIGEST_CONTENT,
  DIGEST_TEMP,
  DIGEST_TOTAL,
  DIGEST_VALUE,
  LANE_HASH,
  LANE_KEPT,
  LANE_WORDS,
  SHA1_BLOCK,
} from '../layout'
import {addLanes, FIRST, KEYS, put, putHash, SECOND, SIDES, slotHash, takeWords, TEXTS} from './digest-slots'
import {clearHash, ONE_BLOCK, sha1, sha1Begin, sha1End, sha1Update} from './sha1'
import {lanesCopy, lanesHash, lanesPad} from './sha1-lanes'

/** How the elements of a value come together. */
const TEXT: u32 = 0
const MEMBERS: u32 = 1
const PAIRS: u32 = 2

/** Vectors beside the slots: number of each element; expiry, type and database of each key. */
const NUMBERS: u32 = SIDES + 0x100
const EXPIRIES: u32 = SIDES + 0x120
const TYPES: u32 = SIDES + 0x140
const DATABASES: u32 = SIDES + 0x150

let kind: u32 = 0
/** Keep DIGEST_VALUE for every key. */
let values: bool = false
let elements: u32 = 0
let keys: u32 = 0
let pieces: u32 = 0
let textLength: u32 = 0

/** Start with nothing. */
export function fullStart(eachValue: bool): void {
  values = eachValue
  elements = keys = 0
  clearHash(DIGEST_TOTAL)
}

/** Begin the value of the key [start, end). `how` is TEXT, MEMBERS or PAIRS. */
export function fullBegin(how: u32, db: u32, type: u32, start: u32, end: u32): void {
  if (keys == 4) flushKeys()
  kind = how
  elements = 0
  pieces = 0
  put(KEYS, keys, start, end)
  store<u32>(TYPES + (keys << 2), type)
  store<u32>(DATABASES + (keys << 2), db)
  clearHash(DIGEST_CONTENT)
}

/** Add a piece of a string. */
export function fullPiece(start: u32, end: u32): void {
  if (pieces == 0 && end - start <= ONE_BLOCK) {
    pieces = 1
    textLength = end - start
    return put(TEXTS, keys, start, end)
  }
  if (pieces < 2) {
    sha1Begin()
    if (pieces == 1) sha1Update(TEXTS + (keys << 6), TEXTS + (keys << 6) + textLength)
    pieces = 2
  }
  sha1Update(start, end)
}

/** Add a member, or the first half of a pair. */
export function fullFirst(start: u32, end: u32): void {
  if (elements == 4) flushElements()
  put(FIRST, elements, start, end)
  elements++
  if (kind == MEMBERS) return
  clearHash(DIGEST_TEMP)
  putHash(SECOND, elements - 1, DIGEST_TEMP)
  fullNumber(0, 0)
}

/** Add the second half of the last pair. */
export function fullSecond(start: u32, end: u32): void {
  put(SECOND, elements - 1, start, end)
}

/** The number that belongs to the last pair. */
export function fullNumber(high: u32, low: u32): void {
  const at = NUMBERS + ((elements - 1) << 2)
  store<u32>(at, high)
  store<u32>(at, low, 16)
}

/** Add the hash of [start, end) to what is at `sum`. */
export function fullNote(start: u32, end: u32, sum: u32): void {
  sha1(start, end, DIGEST_TEMP)
  v128.store(sum, i32x4.add(v128.load(sum), v128.load(DIGEST_TEMP)))
  store<u32>(sum, load<u32>(sum, 16) + load<u32>(DIGEST_TEMP, 16), 16)
}

/** The value ends: its key waits for others. */
export function fullEnd(expiryHigh: u32, expiryLow: u32): void {
  if (kind == TEXT) {
    if (pieces == 0) put(TEXTS, keys, SHA1_BLOCK, SHA1_BLOCK)
    if (pieces == 2) {
      sha1End(DIGEST_TEMP)
      putHash(TEXTS, keys, DIGEST_TEMP)
    }
  } else {
    flushElements()
    putHash(TEXTS, keys, DIGEST_CONTENT)
  }
  store<u32>(EXPIRIES + (keys << 2), expiryHigh)
  store<u32>(EXPIRIES + (keys << 2), expiryLow, 16)
  if (values) {
    hashValues()
    takeWords(LANE_HASH, keys, DIGEST_VALUE)
  }
  keys++
}

/** Bring everything that waits into DIGEST_TOTAL. */
export function fullSettle(): void {
  if (keys > 0) flushKeys()
}

/**
 * Instead of adding the keys that wait, at most four, to the total, put a row of each at `out`. Returns how many there were.
 *
 *     row   3 x u32 of the key's hash, the database in the last; 4 x u32 of the content's, the type in the last; unused u32
 *
 * A row says nothing of the expiry. Call it before a fifth key begins.
 */
export function fullRows(out: u32): u32 {
  const count = keys
  if (count == 0) return 0
  slotHash(TEXTS)
  lanesCopy(LANE_KEPT, LANE_HASH)
  slotHash(KEYS)
  for (let lane: u32 = 0; lane < count; lane++) {
    const side = lane << 2
    const key = LANE_HASH + side
    const content = LANE_KEPT + side
    const row = out + (lane << 5)
    store<u32>(row, load<u32>(key))
    store<u32>(row, load<u32>(key, 16), 4)
    store<u32>(row, load<u32>(key, 32) ^ load<u32>(DATABASES + side), 8)
    store<u32>(row, load<u32>(content), 12)
    store<u32>(row, load<u32>(content, 16), 16)
    store<u32>(row, load<u32>(content, 32), 20)
    store<u32>(row, load<u32>(content, 48) ^ load<u32>(TYPES + side), 24)
  }
  keys = 0
  return count
}

function flushElements(): void {
  if (elements == 0) return
  if (kind == PAIRS) hashPairs()
  else slotHash(FIRST)
  addLanes(DIGEST_CONTENT, elements)
  elements = 0
}

function hashPairs(): void {
  slotHash(SECOND)
  lanesCopy(LANE_KEPT, LANE_HASH)
  slotHash(FIRST)
  lanesCopy(LANE_WORDS, LANE_HASH)
  lanesCopy(LANE_WORDS + 80, LANE_KEPT)
  v128.store(LANE_WORDS + 160, v128.load(NUMBERS))
  v128.store(LANE_WORDS + 176, v128.load(NUMBERS + 16))
  lanesPad(12)
  lanesHash()
}

/** LANE_HASH = the values of the keys that wait. */
function hashValues(): void {
  slotHash(TEXTS)
  lanesCopy(LANE_WORDS, LANE_HASH)
  v128.store(LANE_WORDS + 80, v128.load(EXPIRIES))
  v128.store(LANE_WORDS + 96, v128.load(EXPIRIES + 16))
  v128.store(LANE_WORDS + 112, v128.load(TYPES))
  lanesPad(8)
  lanesHash()
}

function flushKeys(): void {
  hashValues()
  lanesCopy(LANE_KEPT, LANE_HASH)
  slotHash(KEYS)
  lanesCopy(LANE_WORDS, LANE_HASH)
  lanesCopy(LANE_WORDS + 80, LANE_KEPT)
  v128.store(LANE_WORDS + 160, v128.load(DATABASES))
  lanesPad(11)
  lanesHash()
  addLanes(DIGEST_TOTAL, keys)
  keys = 0
}
