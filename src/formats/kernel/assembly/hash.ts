/**
 * A 64-bit hash of a span, for tables and duplicate search. Words of eight bytes are multiplied and rotated into the state;
 * the last word overlaps the one before it, so that no key needs a byte loop. Every step is a bijection of the state.
 * Not stable across releases: never store it.
 */
import {HASH_LOG, REG_HASH, REG_HASHES, REGISTERS} from '../layout'

const FIRST: u64 = 0x9e3779b97f4a7c15
const SECOND: u64 = 0xd6e8feb86659fd93
const THIRD: u64 = 0xc2b2ae3d27d4eb4f

/** Hash [start, end) into REG_HASH. */
export function hash(start: u32, end: u32, seed: u32): void {
  store<u64>(REGISTERS + REG_HASH, hashSpan(start, end, seed))
}

/** Hash [start, end) and append it to HASH_LOG; the caller keeps REG_HASHES below HASH_LOG_MAX. */
export function hashAppend(start: u32, end: u32, seed: u32): void {
  const count = load<u32>(REGISTERS + REG_HASHES)
  store<u64>(HASH_LOG + (count << 3), hashSpan(start, end, seed))
  store<u32>(REGISTERS + REG_HASHES, count + 1)
}

/** The hash of [start, end). */
export function hashSpan(start: u32, end: u32, seed: u32): u64 {
  const length = end - start
  let state: u64 = ((seed as u64) ^ THIRD) + (length as u64) * FIRST
  if (length < 8) return finish(absorb(state, shortWord(start, length)))
  const last = end - 8
  for (let at = start; at < last; at += 8) state = absorb(state, load<u64>(at))
  return finish(absorb(state, load<u64>(last)))
}

/** The hash of an integer; differs from that of its text. */
export function hashInt(value: i64): u64 {
  return finish(absorb(THIRD, value as u64))
}

// @ts-expect-error: decorator
@inline
function absorb(state: u64, word: u64): u64 {
  return rotl<u64>(state ^ (word * SECOND), 29) * FIRST + THIRD
}

// @ts-expect-error: decorator
@inline
function finish(state: u64): u64 {
  state = (state ^ (state >> 32)) * SECOND
  state = (state ^ (state >> 29)) * FIRST
  return state ^ (state >> 32)
}

/** Up to seven bytes as one number; unambiguous, because the length is hashed too. */
function shortWord(start: u32, length: u32): u64 {
  if (length >= 4) return (load<u32>(start) as u64) | ((load<u32>(start + length - 4) as u64) << 32)
  if (length == 0) return 0
  return (
    (load<u8>(start) as u64) |
    ((load<u8>(start + (length >> 1)) as u64) << 8) |
    ((load<u8>(start + length - 1) as u64) << 16)
  )
}
