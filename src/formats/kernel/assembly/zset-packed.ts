/**
 * Sorted sets in listpacks: (member, score)*, ascending by score, then member. Scores are integers where a double is one, else
 * texts; a text of many digits is compared by what it is about, and left to TypeScript where that does not decide.
 * Source: zzlInsertAt(), zzlGetScore() in t_zset.c of Redis 7.0.
 */
import {
  REG_AUX,
  REG_COUNT,
  REGISTERS,
  ZADD_GT,
  ZADD_INCR,
  ZADD_LT,
  ZADD_NX,
  ZADD_XX,
  ZSET_ALL_SCORE,
  ZSET_BEFORE,
  ZSET_BEFORE_LEX,
  ZSET_BEFORE_SCORE,
  ZSET_TEXT,
} from '../layout'
import {plainDouble} from './decimal'
import {listpackInt, listpackIsText, listpackTextEnd, listpackTextStart} from './listpack'
import {approximateDouble, putInt, spanInt, textDouble} from './numbers'
import {packedDelete, packedFindFrom, packedNeeds, packedNext, packedPut, packedSize} from './packed-edit'
import {scoreText} from './score-text'
import {compareSpans, equalSpans} from './spans'

const HEADER: u32 = 6
const TERMINATOR: u32 = 0xff
/** Of 128 members. */
const ENTRIES_MAX: u32 = 256
const SHORT_TEXT: u32 = 0x80
const SHORT_MAX: u32 = 63
const TEXT_MAX: u32 = 32
/** double2ll() in util.c of Redis 7.0. */
const INTEGER_LIMIT: f64 = 4611686018427387904
/** approximateDouble() is off by less. */
const DOUBT: f64 = 1e-13
/** Bytes of a text to look at first. */
const GLANCE: u32 = 12
/** The point, less the digit 0. */
const POINT: u32 = 0xfffffffe

/** The pair of the member [from, to), 0 when there is none. */
export function zsetFind(block: u32, from: u32, to: u32): u32 {
  const length = to - from
  if (length == 0 || length > SHORT_MAX || spanInt(from, to)) return packedFindFrom(block + HEADER, 2, from, to)
  const head = SHORT_TEXT | length
  // Members are often numbered: the last byte tells them apart, the first one does not.
  const last: u32 = load<u8>(to - 1)
  let at = block + HEADER
  while (true) {
    const first: u32 = load<u8>(at)
    if (first == head) {
      if ((load<u8>(at + length) as u32) == last && equalSpans(at + 1, at + 1 + length, from, to)) return at
      at += length + 2
    } else if (first == TERMINATOR) {
      return 0
    } else {
      if (first >= 0xe0 && listpackIsText(first) && compareMember(at, from, to) == 0) return at
      at = behind(at, first)
    }
    at = behind(at, load<u8>(at))
  }
}

// @ts-ignore: decorator
@inline
function behind(at: u32, first: u32): u32 {
  if (first < 0x80) return at + 2
  if (first < 0xc0) return at + (first & 63) + 2
  if (first < 0xe0) return at + 3
  return first == 0xf1 ? at + 4 : first == 0xf2 ? at + 5 : packedNext(at)
}

/**
 * Step over pairs from the one at `entry` on while they are before a bound, see zset-tree.ts. Returns the address of the first
 * that is not, or of the terminator; REG_COUNT is how many were stepped over. REG_AUX is 1 if it must be looked at more closely.
 */
export function zsetRun(entry: u32, bound: i32, score: f64, from: u32, to: u32): u32 {
  let count: u32 = 0
  store<u32>(REGISTERS + REG_AUX, 0)
  while (true) {
    const first: u32 = load<u8>(entry)
    if (first == TERMINATOR) break
    const scored = behind(entry, first)
    if (bound >= ZSET_BEFORE_LEX) {
      const order = compareMember(entry, from, to)
      if (order > 0 || (order == 0 && (bound & 1) == 0)) break
    } else {
      const order = scoreOrder(scored, score)
      if (order > 0) break
      if (order == 0) {
        if (bound == ZSET_BEFORE_SCORE) break
        if (bound != ZSET_ALL_SCORE) {
          const order = compareMember(entry, from, to)
          if (order > 0 || (order == 0 && (bound & 1) == 0)) break
        }
      }
    }
    count++
    entry = behind(scored, load<u8>(scored))
  }
  store<u32>(REGISTERS + REG_COUNT, count)
  return entry
}

/** Score in an entry; NaN with 1 in REG_AUX if TypeScript must parse the text. */
export function zsetScore(entry: u32): f64 {
  store<u32>(REGISTERS + REG_AUX, 0)
  if (!listpackIsText(load<u8>(entry))) return listpackInt(entry) as f64
  const start = listpackTextStart(entry)
  const end = listpackTextEnd(entry)
  const plain = plainDouble(start, end)
  return plain == plain ? plain : textDouble(start, end)
}

/** Order of a member and the bytes [from, to): below 0, 0, above 0. */
export function compareMember(entry: u32, from: u32, to: u32): i32 {
  if (listpackIsText(load<u8>(entry))) {
    return compareSpans(listpackTextStart(entry), listpackTextEnd(entry), from, to)
  }
  const text = ZSET_TEXT + TEXT_MAX
  return compareSpans(text, putInt(text, listpackInt(entry)), from, to)
}

/**
 * Put a pair in front of the entry at `at`. Returns the new size; 0, nothing changed, when that is above `capacity`.
 */
export function zsetPut(block: u32, at: u32, from: u32, to: u32, score: f64, capacity: u32): u32 {
  const textEnd = putScore(score)
  const total = load<u32>(block)
  if ((total as u64) + packedNeeds(from, to) + packedNeeds(ZSET_TEXT, textEnd) > (capacity as u64)) return 0
  packedPut(block, at, 0, ZSET_TEXT, textEnd, capacity)
  return packedPut(block, at, 0, from, to, capacity)
}

/** How many bytes a pair takes at most. */
export function zsetNeeds(from: u32, to: u32): u32 {
  return packedNeeds(from, to) + TEXT_MAX
}

/**
 * Add a member or change its score, under ZADD_ options. Returns 1 when that is done; 0, nothing changed, where it takes more: a
 * larger block, a table, all digits of a score, an error.
 */
export function zsetUpdate(
  block: u32,
  from: u32,
  to: u32,
  score: f64,
  options: u32,
  longest: u32,
  capacity: u32,
): bool {
  const at = zsetFind(block, from, to)
  if (at == 0) {
    if ((options & ZADD_XX) != 0) return true
    if (to - from > longest || packedSize(block) >= ENTRIES_MAX) return false
    const place = zsetRun(block + HEADER, ZSET_BEFORE, score, from, to)
    return load<u32>(REGISTERS + REG_AUX) == 0 && zsetPut(block, place, from, to, score, capacity) != 0
  }
  if ((options & ZADD_NX) != 0) return true
  const current = zsetScore(packedNext(at))
  if (load<u32>(REGISTERS + REG_AUX) != 0) return false
  if ((options & ZADD_INCR) != 0) score += current
  if (score != score) return false
  if (score == current) return true
  if ((options & (score < current ? ZADD_GT : ZADD_LT)) != 0) return true
  return moveMember(block, at, from, to, score, score > current, capacity)
}

/** Take a member to where it belongs with another score. Returns whether that could be done. */
function moveMember(block: u32, at: u32, from: u32, to: u32, score: f64, rises: bool, capacity: u32): bool {
  const scored = packedNext(at)
  const after = packedNext(scored)
  const place = zsetRun(rises ? after : block + HEADER, ZSET_BEFORE, score, from, to)
  if (load<u32>(REGISTERS + REG_AUX) != 0) return false
  const textEnd = putScore(score)
  if (place == at || place == after) return packedPut(block, scored, 1, ZSET_TEXT, textEnd, capacity) != 0
  const total = load<u32>(block) - (after - scored)
  if ((total as u64) + packedNeeds(ZSET_TEXT, textEnd) > (capacity as u64)) return false
  packedDelete(block, at, 2)
  return zsetPut(block, rises ? place - (after - at) : place, from, to, score, capacity) != 0
}

/** An integer is one, -0 too. */
function putScore(score: f64): u32 {
  if (Math.abs(score) <= INTEGER_LIMIT && score == Math.trunc(score)) return putInt(ZSET_TEXT, score as i64)
  return scoreText(score, ZSET_TEXT)
}

/** Order of the score in an entry and another one: below 0, 0, above 0; above 0 with 1 in REG_AUX where it is not clear. */
// @ts-ignore: decorator
@inline
function scoreOrder(entry: u32, score: f64): i32 {
  const first: u32 = load<u8>(entry)
  if (first < 0x80) return compare(first as f64, score)
  return first == 0xf1 ? compare(load<i16>(entry, 1) as f64, score) : otherOrder(entry, first, score)
}

function otherOrder(entry: u32, first: u32, score: f64): i32 {
  if (!listpackIsText(first)) return compare(listpackInt(entry) as f64, score)
  const start = listpackTextStart(entry)
  const end = listpackTextEnd(entry)
  const glance = firstDigitsOrder(start, end, score)
  if (glance != 0) return glance
  const plain = plainDouble(start, end)
  if (plain == plain) return compare(plain, score)
  const own = approximateDouble(start, end)
  const rough = load<u32>(REGISTERS + REG_AUX)
  if (rough == 0) return compare(own, score)
  const clear = rough == 1 && !isClose(own, score)
  store<u32>(REGISTERS + REG_AUX, clear ? 0 : 1)
  return clear ? compare(own, score) : 1
}

// @ts-ignore: decorator
@inline
function compare(a: f64, b: f64): i32 {
  return ((a > b) as i32) - ((a < b) as i32)
}

/** The same as far as the first digits of a plain decimal tell; 0 when they do not. */
function firstDigitsOrder(start: u32, end: u32, score: f64): i32 {
  // An exponent would be among the last bytes.
  for (let at = max<u32>(start + 5, end) - 5; at < end; at++) {
    if ((load<u8>(at) | 0x20) == 0x65) return 0
  }
  const negative = start < end && load<u8>(start) == 0x2d
  const limit = min<u32>(end, start + GLANCE)
  let digits: u64 = 0
  let unit: f64 = 1
  let point = false
  let at = start + (negative as u32)
  for (; at < limit; at++) {
    const digit = (load<u8>(at) as u32) - 0x30
    if (digit <= 9) {
      digits = digits * 10 + digit
      if (point) unit *= 10
    } else if (digit == POINT && !point) point = true
    else return 0
  }
  if (!point && at < end && (load<u8>(at) as u32) != 0x2e) return 0
  // Twelve digits: what is rounded in the multiplication is far below a thousandth of the last one.
  const other = (negative ? -score : score) * unit
  const order: i32 = other > (digits as f64) + 1.001 ? -1 : other < (digits as f64) - 0.001 ? 1 : 0
  return negative ? -order : order
}

/** What is infinite may be so for want of digits: it is close to everything. */
function isClose(a: f64, b: f64): bool {
  return !(Math.abs(a - b) > (Math.abs(a) + Math.abs(b)) * DOUBT)
}
