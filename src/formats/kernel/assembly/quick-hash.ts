/**
 * A 64-bit hash of a span for quick-digest.ts: most spans are no longer than two words, which are read without a branch on their
 * length, and of long ones four words are taken at a time. Not stable across releases: never store it.
 */

const FIRST: u64 = 0x9e3779b97f4a7c15
const SECOND: u64 = 0xd6e8feb86659fd93
const THIRD: u64 = 0xc2b2ae3d27d4eb4f
const FOURTH: u64 = 0x165667b19e3779f9
const SHORT: u32 = 16
const LANES_BYTES: u32 = 32

/** The hash of [start, end). Up to 16 bytes before it are read, and do not count. */
// @ts-ignore: decorator
@inline
export function quickHash(start: u32, end: u32, seed: u32): u64 {
  return end - start <= SHORT ? shortHash(start, end, seed) : longHash(start, end, seed)
}

// @ts-ignore: decorator
@inline
function shortHash(start: u32, end: u32, seed: u32): u64 {
  const length = end - start
  // Half of what is to be shifted out, twice: all 64 bits are too many for one shift.
  const short = ((8 - min<u32>(length, 8)) << 2) as u64
  const rest = ((16 - max<u32>(length, 8)) << 2) as u64
  const last = (load<u64>(end - 8) >> short) >> short
  const before = (load<u64>(end - 16) >> rest) >> rest
  return finish(absorb(absorb(begin(length, seed), last), before))
}

function longHash(start: u32, end: u32, seed: u32): u64 {
  const state = begin(end - start, seed)
  if (end - start < LANES_BYTES) {
    const head = absorb(absorb(state, load<u64>(start)), load<u64>(start, 8))
    return finish(absorb(absorb(head, load<u64>(end - 16)), load<u64>(end - 8)))
  }
  let a = state
  let b = state + SECOND
  let c = state + THIRD
  let d = state + FOURTH
  const last = end - LANES_BYTES
  for (let at = start; at < last; at += LANES_BYTES) {
    a = absorb(a, load<u64>(at))
    b = absorb(b, load<u64>(at, 8))
    c = absorb(c, load<u64>(at, 16))
    d = absorb(d, load<u64>(at, 24))
  }
  a = absorb(a, load<u64>(last))
  b = absorb(b, load<u64>(last, 8))
  c = absorb(c, load<u64>(last, 16))
  d = absorb(d, load<u64>(last, 24))
  return finish(absorb(absorb(absorb(a, b), c), d))
}

// @ts-ignore: decorator
@inline
function begin(length: u32, seed: u32): u64 {
  return ((seed as u64) ^ THIRD) + (length as u64) * FIRST
}

// @ts-ignore: decorator
@inline
function absorb(state: u64, word: u64): u64 {
  return rotl<u64>(state ^ (word * SECOND), 29) * FIRST + THIRD
}

// @ts-ignore: decorator
@inline
function finish(state: u64): u64 {
  state = (state ^ (state >> 32)) * SECOND
  return state ^ (state >> 29)
}
