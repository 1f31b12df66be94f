/**
 * Values whose order matters, for DEBUG DIGEST: d = SHA1(d ^ SHA1(part)), part after part. One chain cannot be hashed faster than
 * one block after the other, but four can go side by side: parts are kept until four values are there. A value with too many parts
 * goes alone, as does every one whose own digest is asked for.
 */
import {
  CHAIN_LINKS,
  CHAIN_MAX,
  DIGEST_CHAIN,
  DIGEST_CHAIN_2,
  DIGEST_MARKS,
  DIGEST_TEMP,
  DIGEST_TOTAL,
  DIGEST_VALUE,
  LANE_HASH,
  LANE_WORDS,
} from '../layout'
import {CHAIN_KEYS, laneHash, put, putWords, SIDES, slotHash, takeWords, xorLanes, xorMark} from './digest-slots'
import {clearHash, copyHash, sha1Mix, sha1Xor, xorHash} from './sha1'
import {lanesAgain, lanesHash, lanesPad, lanesXor} from './sha1-lanes'

const LINK: u32 = 80
const EXPIRE: u32 = DIGEST_MARKS

/** Vectors beside the slot: types, lengths, which chains expire. */
const TYPES: u32 = SIDES + 0x180
const LENGTHS: u32 = SIDES + 0x1d0
const EXPIRING: u32 = SIDES + 0x1e0

let chains: u32 = 0
let length: u32 = 0
let alone: bool = false
let values: bool = false
let typeHash: u32 = 0

/** Forget all chains. */
export function chainStart(): void {
  chains = 0
}

/** state = what a value without its key begins with. */
export function valueBegin(state: u32, type: u32): void {
  clearHash(state)
  sha1Mix(state, type)
}

/** Begin the value of the key [start, end); with `eachValue` also without the key. */
export function chainBegin(type: u32, eachValue: bool, start: u32, end: u32): void {
  if (chains == 4) flushChains()
  put(CHAIN_KEYS, chains, start, end)
  putWords(TYPES, chains, type)
  typeHash = type
  values = eachValue
  length = 0
  alone = false
  if (eachValue) goAlone()
}

/** From here on the current value is hashed part by part. */
function goAlone(): void {
  alone = true
  laneHash(CHAIN_KEYS, chains, DIGEST_TEMP)
  clearHash(DIGEST_CHAIN)
  sha1Mix(DIGEST_CHAIN, DIGEST_TEMP)
  sha1Mix(DIGEST_CHAIN, typeHash)
  if (values) valueBegin(DIGEST_CHAIN_2, typeHash)
  for (let i: u32 = 0; i < length; i++) {
    takeWords(CHAIN_LINKS + i * LINK, chains, DIGEST_TEMP)
    mixOne(DIGEST_TEMP)
  }
}

function mixOne(hash: u32): void {
  sha1Mix(DIGEST_CHAIN, hash)
  if (values) sha1Mix(DIGEST_CHAIN_2, hash)
}

/** Add the first `count` hashes of LANE_HASH. */
export function chainLink(count: u32): void {
  if (!alone && length + count > (CHAIN_MAX as u32)) goAlone()
  for (let lane: u32 = 0; lane < count; lane++) {
    takeWords(LANE_HASH, lane, DIGEST_TEMP)
    if (alone) mixOne(DIGEST_TEMP)
    else putWords(CHAIN_LINKS + length++ * LINK, chains, DIGEST_TEMP)
  }
}

/** Add the same hash `count` times. */
export function chainRepeat(hash: u32, count: u32): void {
  if (!alone) goAlone()
  for (; count > 0; count--) mixOne(hash)
}

/** The value ends. */
export function chainEnd(expires: bool): void {
  if (!alone) {
    store<u32>(LENGTHS + (chains << 2), length)
    store<i32>(EXPIRING + (chains << 2), expires ? -1 : 0)
    chains++
    return
  }
  if (values) {
    copyHash(DIGEST_VALUE, DIGEST_CHAIN_2)
    if (expires) xorHash(DIGEST_VALUE, EXPIRE)
  }
  if (expires) xorHash(DIGEST_CHAIN, EXPIRE)
  sha1Xor(DIGEST_TOTAL, DIGEST_CHAIN)
}

/** Bring the chains that wait into DIGEST_TOTAL. */
export function chainSettle(): void {
  if (chains > 0) flushChains()
}

function flushChains(): void {
  for (let lane = chains; lane < 4; lane++) store<u32>(LENGTHS + (lane << 2), 0)
  slotHash(CHAIN_KEYS)
  lanesAgain()
  lanesXor(TYPES)
  lanesAgain()
  const lengths = v128.load(LENGTHS)
  const twice = i32x4.max_u(lengths, v128.shuffle<i64>(lengths, lengths, 1, 0))
  const longest = max<u32>(i32x4.extract_lane(twice, 0), i32x4.extract_lane(twice, 1))
  // The padding stays where it is: hashing overwrites only what is behind it.
  lanesPad(5)
  for (let i: u32 = 0; i < longest; i++) linkAll(CHAIN_LINKS + i * LINK, i32x4.gt_s(lengths, i32x4.splat(i)))
  xorMark(EXPIRE, v128.load(EXPIRING))
  lanesAgain()
  xorLanes(DIGEST_TOTAL, chains)
  chains = 0
}

/** One part of every chain that has one. */
function linkAll(link: u32, active: v128): void {
  const a = v128.load(LANE_HASH)
  const b = v128.load(LANE_HASH, 16)
  const c = v128.load(LANE_HASH, 32)
  const d = v128.load(LANE_HASH, 48)
  const e = v128.load(LANE_HASH, 64)
  v128.store(LANE_WORDS, v128.xor(a, v128.load(link)))
  v128.store(LANE_WORDS, v128.xor(b, v128.load(link, 16)), 16)
  v128.store(LANE_WORDS, v128.xor(c, v128.load(link, 32)), 32)
  v128.store(LANE_WORDS, v128.xor(d, v128.load(link, 48)), 48)
  v128.store(LANE_WORDS, v128.xor(e, v128.load(link, 64)), 64)
  lanesHash()
  v128.store(LANE_HASH, v128.bitselect(v128.load(LANE_HASH), a, active))
  v128.store(LANE_HASH, v128.bitselect(v128.load(LANE_HASH, 16), b, active), 16)
  v128.store(LANE_HASH, v128.bitselect(v128.load(LANE_HASH, 32), c, active), 32)
  v128.store(LANE_HASH, v128.bitselect(v128.load(LANE_HASH, 48), d, active), 48)
  v128.store(LANE_HASH, v128.bitselect(v128.load(LANE_HASH, 64), e, active), 64)
}
