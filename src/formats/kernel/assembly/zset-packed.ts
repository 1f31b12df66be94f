/**
 * Sorted sets in listpacks: (member, score)*, ascending by score, then member. Scores are integers where a double is one, else
 * texts; a text of many digits is compared by what it is about, and left to TypeScript where that does not decide.
 * Source: zzlInsertAt(), zzlGetScore() in t_zset.c of Redis 7.2.
 */
import {
  REG_AUX,
  REG_COUNT,
  REGISTERS,
  ZSET_ALL_SCORE,
  ZSET_BEFORE_LEX,
  ZSET_BEFORE_SCORE,
  ZSET_TEXT,
} from '../layout'
import {listpackInt, listpackIsText, listpackTextEnd, listpackTextStart} from './listpack'
import {approximateDouble, putInt, textDouble} from './numbers'
import {packedNeeds, packedNext, packedPut} from './packed-edit'
import {scoreText} from './score-text'
import {compareSpans} from './spans'

const TERMINATOR: u32 = 0xff
const TEXT_MAX: u32 = 32
/** double2ll() in util.c of Redis 7.2. */
const INTEGER_LIMIT: f64 = 4611686018427387904
/** approximateDouble() is off by less. */
const DOUBT: f64 = 1e-13

/**
 * Step over pairs from the one at `entry` on while they are before a bound, see zset-tree.ts. Returns the address of the first
 * that is not, or of the terminator; REG_COUNT is how many were stepped over. REG_AUX is 1 if it must be looked at more closely.
 */
export function zsetRun(entry: u32, bound: i32, score: f64, from: u32, to: u32): u32 {
  let count: u32 = 0
  store<u32>(REGISTERS + REG_AUX, 0)
  while (load<u8>(entry) != TERMINATOR) {
    const scored = packedNext(entry)
    if (bound >= ZSET_BEFORE_LEX) {
      const order = compareMember(entry, from, to)
      if (order > 0 || (order == 0 && (bound & 1) == 0)) break
    } else {
      const own = roughScore(scored)
      const rough = load<u32>(REGISTERS + REG_AUX)
      const doubtful = rough > 1 || (rough == 1 && isClose(own, score))
      store<u32>(REGISTERS + REG_AUX, doubtful ? 1 : 0)
      if (doubtful || own > score) break
      if (own == score) {
        if (bound == ZSET_BEFORE_SCORE) break
        if (bound != ZSET_ALL_SCORE) {
          const order = compareMember(entry, from, to)
          if (order > 0 || (order == 0 && (bound & 1) == 0)) break
        }
      }
    }
    count++
    entry = packedNext(scored)
  }
  store<u32>(REGISTERS + REG_COUNT, count)
  return entry
}

/** Score in an entry; NaN with 1 in REG_AUX if TypeScript must parse the text. */
export function zsetScore(entry: u32): f64 {
  store<u32>(REGISTERS + REG_AUX, 0)
  if (!listpackIsText(load<u8>(entry))) return listpackInt(entry) as f64
  return textDouble(listpackTextStart(entry), listpackTextEnd(entry))
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
 * Put a pair in front of the entry at `at`. Returns the new size; 0, nothing changed, when that is above `capacity`. `keepZero`
 * is 1 where -0 stays a text of its own.
 */
export function zsetPut(
  block: u32,
  at: u32,
  from: u32,
  to: u32,
  score: f64,
  keepZero: u32,
  capacity: u32,
): u32 {
  const textEnd = putScore(score, keepZero != 0)
  const total = load<u32>(block)
  if ((total as u64) + packedNeeds(from, to) + packedNeeds(ZSET_TEXT, textEnd) > (capacity as u64)) return 0
  packedPut(block, at, 0, ZSET_TEXT, textEnd, capacity)
  return packedPut(block, at, 0, from, to, capacity)
}

/** How many bytes a pair takes at most. */
export function zsetNeeds(from: u32, to: u32): u32 {
  return packedNeeds(from, to) + TEXT_MAX
}

function putScore(score: f64, keepZero: bool): u32 {
  if (Math.abs(score) <= INTEGER_LIMIT && score == Math.trunc(score)) {
    if (score != 0 || !keepZero || reinterpret<u64>(score) >> 63 == 0) return putInt(ZSET_TEXT, score as i64)
  }
  return scoreText(score, ZSET_TEXT)
}

/** What a score is about; REG_AUX is 0 if it is just that. */
function roughScore(entry: u32): f64 {
  store<u32>(REGISTERS + REG_AUX, 0)
  if (!listpackIsText(load<u8>(entry))) return listpackInt(entry) as f64
  return approximateDouble(listpackTextStart(entry), listpackTextEnd(entry))
}

/** What is infinite may be so for want of digits: it is close to everything. */
function isClose(a: f64, b: f64): bool {
  return !(Math.abs(a - b) > (Math.abs(a) + Math.abs(b)) * DOUBT)
}
