/**
 * XXH3, 64 bits, seed 0, of a whole span: what DIGEST says and IFDEQ compares with.
 * Source: the specification, xxhash_spec.md of xxHash 0.8; the secret is its kSecret.
 */

const P32_1: u64 = 0x9e3779b1
const P32_2: u64 = 0x85ebca77
const P32_3: u64 = 0xc2b2ae3d
const P64_1: u64 = 0x9e3779b185ebca87
const P64_2: u64 = 0xc2b2ae3d27d4eb4f
const P64_3: u64 = 0x165667b19e3779f9
const P64_4: u64 = 0x85ebca77c2b2ae63
const P64_5: u64 = 0x27d4eb2f165667c5
const MIX_1: u64 = 0x165667919e3779f9
const MIX_2: u64 = 0x9fb21c651e98df25

const secret = memory.data<u64>([
  0xbe4ba423396cfeb8, 0x1cad21f72c81017c, 0xdb979083e96dd4de,
  0x1f67b3b7a4a44072, 0x78e5c0cc4ee679cb, 0x2172ffcc7dd05a82,
  0x8e2443f7744608b8, 0x4c263a81e69035e0, 0xcb00c391bb52283c,
  0xa32e531b8b65d088, 0x4ef90da297486471, 0xd8acdea946ef1938,
  0x3f349ce33f76faa8, 0x1d4f0bc7c7bbdcf9, 0x3159b4cd4be0518a,
  0x647378d9c97e9fc8, 0xc3ebd33483acc5ea, 0xeb6313faffa081c5,
  0x49daf0b751dd0d17, 0x9e68d429265516d3, 0xfca1477d58be162b,
  0xce31d07ad1b8f88f, 0x280416958f3acb45, 0x7e404bbbcafbd7af,
])
/** Eight accumulators of the long form. */
const lanes = memory.data(64, 16)

const SECRET_BYTES: u32 = 192
const STRIPE: u32 = 64
/** A stripe moves on by 8 bytes in the secret, so a block is (192 - 64) / 8 stripes. */
const BLOCK: u32 = 1024

/** The digest of [start, end). */
export function xxh3(start: u32, end: u32): u64 {
  const length = end - start
  if (length <= 16) return upTo16(start, length)
  if (length <= 128) return upTo128(start, length)
  if (length <= 240) return upTo240(start, length)
  return long(start, length)
}

function upTo16(start: u32, length: u32): u64 {
  if (length > 8) {
    const low = load<u64>(start) ^ key(24) ^ key(32)
    const high = load<u64>(start + length - 8) ^ key(40) ^ key(48)
    return avalanche((length as u64) + bswap<u64>(low) + high + fold(low, high))
  }
  if (length >= 4) {
    const first = load<u32>(start) as u64
    const last = load<u32>(start + length - 4) as u64
    let hash = (last + (first << 32)) ^ key(8) ^ key(16)
    hash ^= rotl<u64>(hash, 49) ^ rotl<u64>(hash, 24)
    hash *= MIX_2
    hash ^= (hash >> 35) + (length as u64)
    hash *= MIX_2
    return hash ^ (hash >> 28)
  }
  if (length == 0) return finish(key(56) ^ key(64))
  const first: u32 = load<u8>(start)
  const middle: u32 = load<u8>(start + (length >> 1))
  const last: u32 = load<u8>(start + length - 1)
  const combined = (first << 16) | (middle << 24) | last | (length << 8)
  const flip = (key(0) as u32) ^ ((key(0) >> 32) as u32)
  return finish((combined ^ flip) as u64)
}

function upTo128(start: u32, length: u32): u64 {
  let hash = (length as u64) * P64_1
  for (let i = ((length - 1) >> 5) as i32; i >= 0; i--) {
    const by = (i as u32) << 4
    hash += mix16(start + by, by << 1) + mix16(start + length - by - 16, (by << 1) + 16)
  }
  return avalanche(hash)
}

function upTo240(start: u32, length: u32): u64 {
  let hash = (length as u64) * P64_1
  for (let i: u32 = 0; i < 8; i++) hash += mix16(start + (i << 4), i << 4)
  hash = avalanche(hash)
  for (let i: u32 = 8; i < length >> 4; i++) hash += mix16(start + (i << 4), ((i - 8) << 4) + 3)
  return avalanche(hash + mix16(start + length - 16, 136 - 17))
}

function long(start: u32, length: u32): u64 {
  store<u64>(lanes, P32_3)
  store<u64>(lanes, P64_1, 8)
  store<u64>(lanes, P64_2, 16)
  store<u64>(lanes, P64_3, 24)
  store<u64>(lanes, P64_4, 32)
  store<u64>(lanes, P32_2, 40)
  store<u64>(lanes, P64_5, 48)
  store<u64>(lanes, P32_1, 56)
  const stripes = (length - 1) / STRIPE
  for (let i: u32 = 0; i < stripes; i++) {
    const inBlock = i & (BLOCK / STRIPE - 1)
    accumulate(start + i * STRIPE, inBlock << 3)
    if (inBlock == BLOCK / STRIPE - 1) scramble()
  }
  accumulate(start + length - STRIPE, SECRET_BYTES - STRIPE - 7)
  let hash = (length as u64) * P64_1
  for (let i: u32 = 0; i < 4; i++) {
    const at = lanes + (i << 4)
    hash += fold(load<u64>(at) ^ key(11 + (i << 4)), load<u64>(at, 8) ^ key(19 + (i << 4)))
  }
  return avalanche(hash)
}

function accumulate(stripe: u32, from: u32): void {
  for (let i: u32 = 0; i < 64; i += 8) {
    const word = load<u64>(stripe + i)
    const mixed = word ^ key(from + i)
    const other = lanes + (i ^ 8)
    store<u64>(other, load<u64>(other) + word)
    store<u64>(lanes + i, load<u64>(lanes + i) + (mixed & 0xffffffff) * (mixed >> 32))
  }
}

function scramble(): void {
  for (let i: u32 = 0; i < 64; i += 8) {
    const lane = load<u64>(lanes + i)
    store<u64>(lanes + i, (lane ^ (lane >> 47) ^ key(SECRET_BYTES - STRIPE + i)) * P32_1)
  }
}

// @ts-ignore: decorator
@inline
function key(at: u32): u64 {
  return load<u64>((secret as u32) + at)
}

function mix16(at: u32, from: u32): u64 {
  return fold(load<u64>(at) ^ key(from), load<u64>(at, 8) ^ key(from + 8))
}

/** The 128 bits of a * b, its halves folded together. */
function fold(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff
  const aHigh = a >> 32
  const bLow = b & 0xffffffff
  const bHigh = b >> 32
  const low = aLow * bLow
  const middle = aHigh * bLow + (low >> 32)
  const cross = aLow * bHigh + (middle & 0xffffffff)
  const high = aHigh * bHigh + (middle >> 32) + (cross >> 32)
  return high ^ ((cross << 32) | (low & 0xffffffff))
}

function avalanche(hash: u64): u64 {
  hash = (hash ^ (hash >> 37)) * MIX_1
  return hash ^ (hash >> 32)
}

function finish(hash: u64): u64 {
  hash = (hash ^ (hash >> 33)) * P64_2
  hash = (hash ^ (hash >> 29)) * P64_3
  return hash ^ (hash >> 32)
}
