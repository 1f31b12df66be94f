/**
 * SipHash-1-3 under a key that nobody knows: who made the bytes cannot have chosen them to have the same hash as others.
 * Source: the reference implementation by Aumasson and Bernstein, with one round a word and three at the end.
 */

let key0: u64 = 0
let key1: u64 = 0

/** The key of this instance from now on. */
export function keyedHashKey(a: u64, b: u64): void {
  key0 = a
  key1 = b
}

/** The hash of [start, end) followed by `suffix`, eight bytes. The round is written twice: its state has to stay in registers. */
export function keyedHash(suffix: u64, start: u32, end: u32): u64 {
  let v0 = key0 ^ 0x736f6d6570736575
  let v1 = key1 ^ 0x646f72616e646f6d
  let v2 = key0 ^ 0x6c7967656e657261
  let v3 = key1 ^ 0x7465646279746573
  let at = start
  for (; at + 8 <= end; at += 8) {
    const word = load<u64>(at)
    v3 ^= word
    v0 += v1
    v2 += v3
    v1 = rotl<u64>(v1, 13) ^ v0
    v3 = rotl<u64>(v3, 16) ^ v2
    v0 = rotl<u64>(v0, 32)
    v2 += v1
    v0 += v3
    v1 = rotl<u64>(v1, 17) ^ v2
    v3 = rotl<u64>(v3, 21) ^ v0
    v2 = rotl<u64>(v2, 32)
    v0 ^= word
  }
  let last: u64 = ((end - start) as u64) << 56
  for (let shift: u64 = 0; at < end; at++, shift += 8) last |= (load<u8>(at) as u64) << shift
  // The rest, the suffix, and three rounds of nothing.
  for (let step: u32 = 0; step < 5; step++) {
    const word: u64 = step == 0 ? last : step == 1 ? suffix : 0
    if (step == 2) v2 ^= 0xff
    v3 ^= word
    v0 += v1
    v2 += v3
    v1 = rotl<u64>(v1, 13) ^ v0
    v3 = rotl<u64>(v3, 16) ^ v2
    v0 = rotl<u64>(v0, 32)
    v2 += v1
    v0 += v3
    v1 = rotl<u64>(v1, 17) ^ v2
    v3 = rotl<u64>(v3, 21) ^ v0
    v2 = rotl<u64>(v2, 32)
    v0 ^= word
  }
  return v0 ^ v1 ^ v2 ^ v3
}
