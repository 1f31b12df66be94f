/**
 * What holds between the entries of a packed collection: unique members, scores that are numbers, field expiries in order.
 */
import {
  AUX_NO_NUMBER,
  AUX_UNSORTED,
  ORDER_TEXT,
  PACKED_INTEGER,
  PACKED_SCORE_NAN,
  PACKED_TTL_ORDER,
  PACKED_TTL_RANGE,
  REG_AUX,
  REG_ORDER,
  REGISTERS,
} from '../layout'
import {compareMembers, memberEnd, memberInt, memberIsText, memberStart} from './members'
import {approximateDouble} from './numbers'

const TTL_MAX: i64 = 0xffffffffffff
const SCORE: u32 = REGISTERS + REG_ORDER
const AUX: u32 = REGISTERS + REG_AUX
/** Two scores further apart than this, relative to their size, differ even when their last digits were not looked at. */
const CLOSE: f64 = 1e-12

/** Start a collection of pairs that should be in score order. */
export function orderBegin(): void {
  store<f64>(SCORE, NaN)
  store<u32>(SCORE, 0, 16)
}

/** AUX_UNSORTED if the pairs since orderBegin were certainly not in the order (score, member), AUX_NO_NUMBER if a score is none. */
export function orderDoubts(): u32 {
  return load<u32>(SCORE, 16)
}

/**
 * The rule for a pair with a score: it must not be NaN, its place is remembered. A text that is no number is a doubt: servers take
 * what it begins with, or 0. Returns 0 or a PACKED_ error. Source: zzlStrtod() in t_zset.c.
 */
export function scoreRule(kind: u32, member: u32, at: u32): u32 {
  let score: f64
  let exact: u32 = 1
  if (memberIsText(kind, at)) {
    score = approximateDouble(memberStart(kind, at), memberEnd(kind, at))
    const doubt = load<u32>(AUX)
    if (doubt == 3) return PACKED_SCORE_NAN
    if (doubt == 2) {
      if (beginsWithNan(memberStart(kind, at), memberEnd(kind, at))) return PACKED_SCORE_NAN
      doubtful(AUX_NO_NUMBER)
    }
    // What was not evaluated has no known place.
    if (doubt == 2 || doubt == 4) score = NaN
    const infinite = abs<f64>(score) == Infinity
    const named = infinite && saysInfinity(memberStart(kind, at))
    exact = (doubt == 0 || named) as u32
    // Close to the largest double an approximation may have gone over it.
    if (infinite && !named) score = NaN
  } else {
    score = memberInt(kind, at) as f64
  }
  const previous = load<f64>(SCORE)
  const certain = (exact & load<u32>(SCORE, 12)) != 0
  if (certain && score == previous) {
    if (compareMembers(kind, load<u32>(SCORE, 8), member, ORDER_TEXT) >= 0) doubtful(AUX_UNSORTED)
  } else if (
    score < previous &&
    (certain || previous - score >= CLOSE * max<f64>(abs<f64>(score), abs<f64>(previous)))
  ) {
    doubtful(AUX_UNSORTED)
  }
  store<f64>(SCORE, score)
  store<u32>(SCORE, member, 8)
  store<u32>(SCORE, exact, 12)
  return 0
}

/** Does a number that came out infinite say so, by name: inf, +inf, -infinity? */
function saysInfinity(start: u32): bool {
  const first: u32 = load<u8>(start)
  const signed = first == 0x2b || first == 0x2d
  return ((load<u8>(start + (signed as u32)) as u32) | 0x20) == 0x69
}

function doubtful(doubt: u32): void {
  store<u32>(SCORE, load<u32>(SCORE, 16) | doubt, 16)
}

function isSpace(byte: u32): bool {
  return byte == 0x20 || byte - 9 < 5
}

/** Whether C's strtod() finds NaN at the start of the text. */
function beginsWithNan(at: u32, end: u32): bool {
  while (at < end && isSpace(load<u8>(at))) at++
  if (at < end && (load<u8>(at) == 0x2b || load<u8>(at) == 0x2d)) at++
  if (end - at < 3) return false
  return ((load<u16>(at) as u32) | ((load<u8>(at, 2) as u32) << 16) | 0x202020) == 0x6e616e
}

/**
 * The rule for the expiry of a field, `previous` being that of the one before or -1: an integer up to 2^48 - 1, ascending, with
 * all zeros, for none, at the end. Returns 0 or a PACKED_ error. Source: lpValidateIntegrityAndDups() callers in rdb.c.
 */
export function ttlRule(kind: u32, at: u32, previous: i64): u32 {
  if (memberIsText(kind, at)) return PACKED_INTEGER
  const ttl = memberInt(kind, at)
  if (ttl < 0 || ttl > TTL_MAX) return PACKED_TTL_RANGE
  if (previous == 0 ? ttl != 0 : ttl != 0 && ttl < previous) return PACKED_TTL_ORDER
  return 0
}
