/**
 * SHA-1 of short inputs, most of them one block: what DEBUG DIGEST is made of. A hash is kept as five u32 in the order of the
 * standard, not as bytes, so that one that is hashed again needs no turning around.
 *
 * The message schedule is computed four words at a time; rounds go by five, after which the variables are back in their places.
 * Source: FIPS 180-4.
 */
import {SHA1_BLOCK, SHA1_STATE, SHA1_WORDS} from '../layout'

const K0: u32 = 0x5a827999
const K1: u32 = 0x6ed9eba1
const K2: u32 = 0x8f1bbcdc
const K3: u32 = 0xca62c1d6

const H0: u32 = 0x67452301
const H1: u32 = 0xefcdab89
const H2: u32 = 0x98badcfe
const H3: u32 = 0x10325476
const H4: u32 = 0xc3d2e1f0

const AFTER_20: u32 = SHA1_WORDS + 80
const AFTER_40: u32 = SHA1_WORDS + 160
const AFTER_60: u32 = SHA1_WORDS + 240
const AFTER_80: u32 = SHA1_WORDS + 320

/** Bytes that fit into one block with their padding. */
export const ONE_BLOCK: u32 = 55

/** Bytes of the message that is being fed in pieces. */
let total: u64 = 0

/** SHA-1 of [start, end) as five u32 at `out`. */
export function sha1(start: u32, end: u32, out: u32): void {
  if (end - start > ONE_BLOCK) {
    sha1Begin()
    sha1Update(start, end)
    return sha1End(out)
  }
  fillBlock(SHA1_BLOCK, start, end - start)
  sha1Block(SHA1_BLOCK, out)
}

/** SHA-1 of a message that is one padded block. */
export function sha1Block(block: u32, out: u32): void {
  begin(out)
  compress(out, block)
}

/** Start a message that comes in pieces; there is one at a time. */
export function sha1Begin(): void {
  begin(SHA1_STATE)
  total = 0
}

/** Add [start, end) to the message. */
export function sha1Update(start: u32, end: u32): void {
  const filled = (total as u32) & 63
  const length = end - start
  total += length
  if (filled + length < 64) return copy(SHA1_BLOCK + filled, start, length)
  if (filled > 0) {
    copy(SHA1_BLOCK + filled, start, 64 - filled)
    compress(SHA1_STATE, SHA1_BLOCK)
    start += 64 - filled
  }
  for (; end - start >= 64; start += 64) compress(SHA1_STATE, start)
  copy(SHA1_BLOCK, start, end - start)
}

/** The SHA-1 of the message, as five u32 at `out`. */
export function sha1End(out: u32): void {
  let filled = (total as u32) & 63
  store<u8>(SHA1_BLOCK + filled, 0x80)
  filled++
  if (filled > 56) {
    memory.fill(SHA1_BLOCK + filled, 0, 64 - filled)
    compress(SHA1_STATE, SHA1_BLOCK)
    filled = 0
  }
  memory.fill(SHA1_BLOCK + filled, 0, 56 - filled)
  store<u64>(SHA1_BLOCK, bswap<u64>(total << 3), 56)
  compress(SHA1_STATE, SHA1_BLOCK)
  copyHash(out, SHA1_STATE)
}

/** state = SHA-1 of the 20 bytes of (state xor other); both are five u32. */
export function sha1Mix(state: u32, other: u32): void {
  const first = v128.xor(v128.load(state), v128.load(other))
  const fifth = load<u32>(state, 16) ^ load<u32>(other, 16)
  begin(state)
  const zero = i32x4.splat(0)
  const second = i32x4.replace_lane(i32x4.replace_lane(zero, 0, fifth), 1, 0x80000000)
  rounds(state, first, second, zero, i32x4.replace_lane(zero, 3, 160))
}

/** state ^= SHA-1 of the 20 bytes of `hash`. Overwrites `hash`. */
export function sha1Xor(state: u32, hash: u32): void {
  // Mixed with itself turned to zero: SHA-1(hash).
  const first = v128.load(hash)
  const fifth = load<u32>(hash, 16)
  begin(hash)
  const zero = i32x4.splat(0)
  const second = i32x4.replace_lane(i32x4.replace_lane(zero, 0, fifth), 1, 0x80000000)
  rounds(hash, first, second, zero, i32x4.replace_lane(zero, 3, 160))
  xorHash(state, hash)
}

// @ts-expect-error: decorator
@inline
export function xorHash(state: u32, hash: u32): void {
  v128.store(state, v128.xor(v128.load(state), v128.load(hash)))
  store<u32>(state, load<u32>(state, 16) ^ load<u32>(hash, 16), 16)
}

// @ts-expect-error: decorator
@inline
export function copyHash(to: u32, from: u32): void {
  v128.store(to, v128.load(from))
  store<u32>(to, load<u32>(from, 16), 16)
}

// @ts-expect-error: decorator
@inline
export function clearHash(at: u32): void {
  v128.store(at, i32x4.splat(0))
  store<u32>(at, 0, 16)
}

/** `length` bytes, at most ONE_BLOCK, as one padded block. */
// @ts-expect-error: decorator
@inline
export function fillBlock(block: u32, start: u32, length: u32): void {
  const zero = i32x4.splat(0)
  v128.store(block, zero)
  v128.store(block, zero, 16)
  v128.store(block, zero, 32)
  v128.store(block, zero, 48)
  copy(block, start, length)
  store<u8>(block + length, 0x80)
  store<u16>(block, bswap<u16>((length << 3) as u16), 62)
}

/** Copy up to 63 bytes. Never looks beyond them. */
function copy(to: u32, from: u32, length: u32): void {
  if (length >= 16) {
    const last = length - 16
    for (let at: u32 = 0; at < last; at += 16) v128.store(to + at, v128.load(from + at))
    v128.store(to + last, v128.load(from + last))
  } else if (length >= 8) {
    const last = load<u64>(from + length - 8)
    store<u64>(to, load<u64>(from))
    store<u64>(to + length - 8, last)
  } else if (length >= 4) {
    const last = load<u32>(from + length - 4)
    store<u32>(to, load<u32>(from))
    store<u32>(to + length - 4, last)
  } else if (length > 0) {
    store<u8>(to, load<u8>(from))
    store<u8>(to + (length >> 1), load<u8>(from + (length >> 1)))
    store<u8>(to + length - 1, load<u8>(from + length - 1))
  }
}

function begin(state: u32): void {
  store<u32>(state, H0)
  store<u32>(state, H1, 4)
  store<u32>(state, H2, 8)
  store<u32>(state, H3, 12)
  store<u32>(state, H4, 16)
}

// @ts-expect-error: decorator
@inline
function compress(state: u32, block: u32): void {
  rounds(state, words(block), words(block + 16), words(block + 32), words(block + 48))
}

/** Four big-endian words. */
// @ts-expect-error: decorator
@inline
export function words(at: u32): v128 {
  const bytes = v128.load(at)
  return v128.shuffle<u8>(bytes, bytes, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)
}

/** Words t to t+3 of the schedule from the sixteen before them; the fourth depends on the first. */
// @ts-expect-error: decorator
@inline
function schedule(a: v128, b: v128, c: v128, d: v128): v128 {
  const zero = i32x4.splat(0)
  const near = v128.shuffle<i32>(d, zero, 1, 2, 3, 4)
  const mixed = v128.xor(v128.xor(a, v128.shuffle<i32>(a, b, 2, 3, 4, 5)), v128.xor(c, near))
  const turned = rotate1(mixed)
  return v128.xor(turned, rotate1(v128.shuffle<i32>(zero, turned, 0, 1, 2, 4)))
}

// @ts-expect-error: decorator
@inline
function rotate1(x: v128): v128 {
  return v128.or(i32x4.shl(x, 1), i32x4.shr_u(x, 31))
}

/** Add one block, given as sixteen words, to a state. */
function rounds(state: u32, w0: v128, w1: v128, w2: v128, w3: v128): void {
  for (let at: u32 = SHA1_WORDS; at < AFTER_80; at += 64) {
    v128.store(at, w0)
    v128.store(at, w1, 16)
    v128.store(at, w2, 32)
    v128.store(at, w3, 48)
    w0 = schedule(w0, w1, w2, w3)
    w1 = schedule(w1, w2, w3, w0)
    w2 = schedule(w2, w3, w0, w1)
    w3 = schedule(w3, w0, w1, w2)
  }
  let a = load<u32>(state)
  let b = load<u32>(state, 4)
  let c = load<u32>(state, 8)
  let d = load<u32>(state, 12)
  let e = load<u32>(state, 16)
  let at: u32 = SHA1_WORDS
  for (; at < AFTER_20; at += 20) {
    e += choose(b, c, d) + K0 + load<u32>(at) + rotl<u32>(a, 5)
    b = rotl<u32>(b, 30)
    d += choose(a, b, c) + K0 + load<u32>(at, 4) + rotl<u32>(e, 5)
    a = rotl<u32>(a, 30)
    c += choose(e, a, b) + K0 + load<u32>(at, 8) + rotl<u32>(d, 5)
    e = rotl<u32>(e, 30)
    b += choose(d, e, a) + K0 + load<u32>(at, 12) + rotl<u32>(c, 5)
    d = rotl<u32>(d, 30)
    a += choose(c, d, e) + K0 + load<u32>(at, 16) + rotl<u32>(b, 5)
    c = rotl<u32>(c, 30)
  }
  for (; at < AFTER_40; at += 20) {
    e += (b ^ c ^ d) + K1 + load<u32>(at) + rotl<u32>(a, 5)
    b = rotl<u32>(b, 30)
    d += (a ^ b ^ c) + K1 + load<u32>(at, 4) + rotl<u32>(e, 5)
    a = rotl<u32>(a, 30)
    c += (e ^ a ^ b) + K1 + load<u32>(at, 8) + rotl<u32>(d, 5)
    e = rotl<u32>(e, 30)
    b += (d ^ e ^ a) + K1 + load<u32>(at, 12) + rotl<u32>(c, 5)
    d = rotl<u32>(d, 30)
    a += (c ^ d ^ e) + K1 + load<u32>(at, 16) + rotl<u32>(b, 5)
    c = rotl<u32>(c, 30)
  }
  for (; at < AFTER_60; at += 20) {
    e += most(b, c, d) + K2 + load<u32>(at) + rotl<u32>(a, 5)
    b = rotl<u32>(b, 30)
    d += most(a, b, c) + K2 + load<u32>(at, 4) + rotl<u32>(e, 5)
    a = rotl<u32>(a, 30)
    c += most(e, a, b) + K2 + load<u32>(at, 8) + rotl<u32>(d, 5)
    e = rotl<u32>(e, 30)
    b += most(d, e, a) + K2 + load<u32>(at, 12) + rotl<u32>(c, 5)
    d = rotl<u32>(d, 30)
    a += most(c, d, e) + K2 + load<u32>(at, 16) + rotl<u32>(b, 5)
    c = rotl<u32>(c, 30)
  }
  for (; at < AFTER_80; at += 20) {
    e += (b ^ c ^ d) + K3 + load<u32>(at) + rotl<u32>(a, 5)
    b = rotl<u32>(b, 30)
    d += (a ^ b ^ c) + K3 + load<u32>(at, 4) + rotl<u32>(e, 5)
    a = rotl<u32>(a, 30)
    c += (e ^ a ^ b) + K3 + load<u32>(at, 8) + rotl<u32>(d, 5)
    e = rotl<u32>(e, 30)
    b += (d ^ e ^ a) + K3 + load<u32>(at, 12) + rotl<u32>(c, 5)
    d = rotl<u32>(d, 30)
    a += (c ^ d ^ e) + K3 + load<u32>(at, 16) + rotl<u32>(b, 5)
    c = rotl<u32>(c, 30)
  }
  store<u32>(state, load<u32>(state) + a)
  store<u32>(state, load<u32>(state, 4) + b, 4)
  store<u32>(state, load<u32>(state, 8) + c, 8)
  store<u32>(state, load<u32>(state, 12) + d, 12)
  store<u32>(state, load<u32>(state, 16) + e, 16)
}

// @ts-expect-error: decorator
@inline
function choose(b: u32, c: u32, d: u32): u32 {
  return d ^ (b & (c ^ d))
}

// @ts-expect-error: decorator
@inline
function most(b: u32, c: u32, d: u32): u32 {
  return (b & c) + (d & (b ^ c))
}
