/**
 * Four SHA-1 blocks at a time, one per lane of a vector: three to four times as fast as one after the other.
 *
 *     LANE_WORDS   80 vectors: the schedule; the caller fills the first sixteen
 *     LANE_HASH    5 vectors: the result
 *
 * Every message is one block, so that every state begins with the standard's own.
 */
import {LANE_HASH, LANE_WORDS} from '../layout'
import {words} from './sha1'

const VECTOR: u32 = 16
const AFTER_20: u32 = LANE_WORDS + 20 * VECTOR
const AFTER_40: u32 = LANE_WORDS + 40 * VECTOR
const AFTER_60: u32 = LANE_WORDS + 60 * VECTOR
const AFTER_80: u32 = LANE_WORDS + 80 * VECTOR

/** Four padded blocks, one after the other at `blocks`, as words. */
export function lanesOfBlocks(blocks: u32): void {
  for (let quarter: u32 = 0; quarter < 64; quarter += 16) {
    const a = words(blocks + quarter)
    const b = words(blocks + quarter + 64)
    const c = words(blocks + quarter + 128)
    const d = words(blocks + quarter + 192)
    const low = v128.shuffle<i32>(a, b, 0, 4, 1, 5)
    const high = v128.shuffle<i32>(a, b, 2, 6, 3, 7)
    const low2 = v128.shuffle<i32>(c, d, 0, 4, 1, 5)
    const high2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7)
    const at = LANE_WORDS + (quarter << 2)
    v128.store(at, v128.shuffle<i64>(low, low2, 0, 2))
    v128.store(at, v128.shuffle<i64>(low, low2, 1, 3), 16)
    v128.store(at, v128.shuffle<i64>(high, high2, 0, 2), 32)
    v128.store(at, v128.shuffle<i64>(high, high2, 1, 3), 48)
  }
}

/** Pad messages of `count` words, at most 14, that the caller has put to LANE_WORDS. */
export function lanesPad(count: u32): void {
  let at = LANE_WORDS + count * VECTOR
  v128.store(at, i32x4.splat(0x80000000))
  for (at += VECTOR; at < LANE_WORDS + 15 * VECTOR; at += VECTOR) v128.store(at, i32x4.splat(0))
  v128.store(at, i32x4.splat(count << 5))
}

/** LANE_HASH = the hashes of the hashes in LANE_HASH. */
export function lanesAgain(): void {
  for (let at: u32 = 0; at < 80; at += 16) v128.store(LANE_WORDS + at, v128.load(LANE_HASH + at))
  lanesPad(5)
  lanesHash()
}

/** LANE_HASH ^= five vectors at `other`. */
// @ts-expect-error: decorator
@inline
export function lanesXor(other: u32): void {
  for (let at: u32 = 0; at < 80; at += 16) {
    v128.store(LANE_HASH + at, v128.xor(v128.load(LANE_HASH + at), v128.load(other + at)))
  }
}

/** Five vectors from one place to another. */
// @ts-expect-error: decorator
@inline
export function lanesCopy(to: u32, from: u32): void {
  for (let at: u32 = 0; at < 80; at += 16) v128.store(to + at, v128.load(from + at))
}

// @ts-expect-error: decorator
@inline
function rotate(x: v128, left: i32): v128 {
  return v128.or(i32x4.shl(x, left), i32x4.shr_u(x, 32 - left))
}

/** A word of the schedule; the one sixteen further on is computed on the way. */
// @ts-expect-error: decorator
@inline
function word(at: u32): v128 {
  const now = v128.load(at)
  const near = v128.xor(v128.load(at, 13 * 16), v128.load(at, 8 * 16))
  v128.store(at, rotate(v128.xor(v128.xor(now, v128.load(at, 2 * 16)), near), 1), 16 * 16)
  return now
}

// @ts-expect-error: decorator
@inline
function step(e: v128, a: v128, mixed: v128, k: v128, w: v128): v128 {
  return i32x4.add(i32x4.add(i32x4.add(e, mixed), i32x4.add(k, w)), rotate(a, 5))
}

// @ts-expect-error: decorator
@inline
function choose(b: v128, c: v128, d: v128): v128 {
  return v128.xor(d, v128.and(b, v128.xor(c, d)))
}

// @ts-expect-error: decorator
@inline
function parity(b: v128, c: v128, d: v128): v128 {
  return v128.xor(v128.xor(b, c), d)
}

// @ts-expect-error: decorator
@inline
function most(b: v128, c: v128, d: v128): v128 {
  return v128.or(v128.and(b, c), v128.and(d, v128.or(b, c)))
}

/** LANE_HASH = the hashes of the four messages in LANE_WORDS. */
export function lanesHash(): void {
  let a = i32x4.splat(0x67452301)
  let b = i32x4.splat(0xefcdab89)
  let c = i32x4.splat(0x98badcfe)
  let d = i32x4.splat(0x10325476)
  let e = i32x4.splat(0xc3d2e1f0)
  let at: u32 = LANE_WORDS
  let k = i32x4.splat(0x5a827999)
  for (; at < AFTER_20; at += 5 * VECTOR) {
    e = step(e, a, choose(b, c, d), k, word(at))
    b = rotate(b, 30)
    d = step(d, e, choose(a, b, c), k, word(at + 16))
    a = rotate(a, 30)
    c = step(c, d, choose(e, a, b), k, word(at + 32))
    e = rotate(e, 30)
    b = step(b, c, choose(d, e, a), k, word(at + 48))
    d = rotate(d, 30)
    a = step(a, b, choose(c, d, e), k, word(at + 64))
    c = rotate(c, 30)
  }
  k = i32x4.splat(0x6ed9eba1)
  for (; at < AFTER_40; at += 5 * VECTOR) {
    e = step(e, a, parity(b, c, d), k, word(at))
    b = rotate(b, 30)
    d = step(d, e, parity(a, b, c), k, word(at + 16))
    a = rotate(a, 30)
    c = step(c, d, parity(e, a, b), k, word(at + 32))
    e = rotate(e, 30)
    b = step(b, c, parity(d, e, a), k, word(at + 48))
    d = rotate(d, 30)
    a = step(a, b, parity(c, d, e), k, word(at + 64))
    c = rotate(c, 30)
  }
  k = i32x4.splat(0x8f1bbcdc)
  for (; at < AFTER_60; at += 5 * VECTOR) {
    e = step(e, a, most(b, c, d), k, word(at))
    b = rotate(b, 30)
    d = step(d, e, most(a, b, c), k, word(at + 16))
    a = rotate(a, 30)
    c = step(c, d, most(e, a, b), k, word(at + 32))
    e = rotate(e, 30)
    b = step(b, c, most(d, e, a), k, word(at + 48))
    d = rotate(d, 30)
    a = step(a, b, most(c, d, e), k, word(at + 64))
    c = rotate(c, 30)
  }
  for (let last = at; last < at + 4 * VECTOR; last += VECTOR) word(last)
  k = i32x4.splat(0xca62c1d6)
  for (; at < AFTER_80; at += 5 * VECTOR) {
    e = step(e, a, parity(b, c, d), k, v128.load(at))
    b = rotate(b, 30)
    d = step(d, e, parity(a, b, c), k, v128.load(at, 16))
    a = rotate(a, 30)
    c = step(c, d, parity(e, a, b), k, v128.load(at, 32))
    e = rotate(e, 30)
    b = step(b, c, parity(d, e, a), k, v128.load(at, 48))
    d = rotate(d, 30)
    a = step(a, b, parity(c, d, e), k, v128.load(at, 64))
    c = rotate(c, 30)
  }
  v128.store(LANE_HASH, i32x4.add(a, i32x4.splat(0x67452301)))
  v128.store(LANE_HASH, i32x4.add(b, i32x4.splat(0xefcdab89)), 16)
  v128.store(LANE_HASH, i32x4.add(c, i32x4.splat(0x98badcfe)), 32)
  v128.store(LANE_HASH, i32x4.add(d, i32x4.splat(0x10325476)), 48)
  v128.store(LANE_HASH, i32x4.add(e, i32x4.splat(0xc3d2e1f0)), 64)
}
