/**
 * Slots of four inputs, one per lane, that wait until they can be hashed together.
 *
 *     slot     4 x 64 bytes: the input as a padded block
 *              5 vectors: hashes of the inputs that are too long for a block
 *              vector: all ones in the lanes of those
 */
import {DIGEST_SLOTS, DIGEST_TEMP, LANE_HASH} from '../layout'
import {fillBlock, ONE_BLOCK, sha1, sha1Block} from './sha1'
import {lanesCopy, lanesHash, lanesOfBlocks} from './sha1-lanes'

const SLOT: u32 = 0x200
const HASHES: u32 = 0x100
const LONG: u32 = 0x150

/** Members, fields, list elements. */
export const FIRST: u32 = DIGEST_SLOTS
/** What belongs to a field or member. */
export const SECOND: u32 = DIGEST_SLOTS + SLOT
/** Keys of strings, and those strings. With the other algorithm: keys, and what they hold. */
export const KEYS: u32 = DIGEST_SLOTS + 2 * SLOT
export const TEXTS: u32 = DIGEST_SLOTS + 3 * SLOT
/** Keys of values whose order does not matter. */
export const SUM_KEYS: u32 = DIGEST_SLOTS + 4 * SLOT
/** Keys of values whose order matters. */
export const CHAIN_KEYS: u32 = DIGEST_SLOTS + 5 * SLOT
/** Vectors that go with the slots. */
export const SIDES: u32 = DIGEST_SLOTS + 6 * SLOT

/** Put [start, end) into a lane. */
export function put(slot: u32, lane: u32, start: u32, end: u32): void {
  const length = end - start
  if (length > ONE_BLOCK) {
    sha1(start, end, DIGEST_TEMP)
    return putHash(slot, lane, DIGEST_TEMP)
  }
  fillBlock(slot + (lane << 6), start, length)
  store<i32>(slot + LONG + (lane << 2), 0)
}

/** Put an input into a lane whose hash is known. */
export function putHash(slot: u32, lane: u32, hash: u32): void {
  putWords(slot + HASHES, lane, hash)
  store<i32>(slot + LONG + (lane << 2), -1)
}

/** LANE_HASH = the hashes of a slot's inputs. */
export function slotHash(slot: u32): void {
  const long = v128.load(slot + LONG)
  if (i32x4.all_true(long)) return lanesCopy(LANE_HASH, slot + HASHES)
  lanesOfBlocks(slot)
  lanesHash()
  if (!v128.any_true(long)) return
  for (let at: u32 = 0; at < 80; at += 16) {
    const hash = v128.load(LANE_HASH + at)
    v128.store(LANE_HASH + at, v128.bitselect(v128.load(slot + HASHES + at), hash, long))
  }
}

/** The hash of the input in one lane. */
export function laneHash(slot: u32, lane: u32, out: u32): void {
  if (load<i32>(slot + LONG + (lane << 2)) == 0) sha1Block(slot + (lane << 6), out)
  else takeWords(slot + HASHES, lane, out)
}

/** Put a hash into one lane of five vectors. */
export function putWords(vectors: u32, lane: u32, hash: u32): void {
  const to = vectors + (lane << 2)
  store<u32>(to, load<u32>(hash))
  store<u32>(to, load<u32>(hash, 4), 16)
  store<u32>(to, load<u32>(hash, 8), 32)
  store<u32>(to, load<u32>(hash, 12), 48)
  store<u32>(to, load<u32>(hash, 16), 64)
}

/** Take a hash out of one lane of five vectors. */
export function takeWords(vectors: u32, lane: u32, out: u32): void {
  const from = vectors + (lane << 2)
  store<u32>(out, load<u32>(from))
  store<u32>(out, load<u32>(from, 16), 4)
  store<u32>(out, load<u32>(from, 32), 8)
  store<u32>(out, load<u32>(from, 48), 12)
  store<u32>(out, load<u32>(from, 64), 16)
}

/** LANE_HASH ^= one hash, in some lanes. */
// @ts-expect-error: decorator
@inline
export function xorMark(hash: u32, lanes: v128): void {
  for (let word: u32 = 0; word < 5; word++) {
    const at = LANE_HASH + (word << 4)
    const mark = v128.and(i32x4.splat(load<u32>(hash + (word << 2))), lanes)
    v128.store(at, v128.xor(v128.load(at), mark))
  }
}

/** All ones in the first `count` lanes. */
// @ts-expect-error: decorator
@inline
function firstLanes(count: u32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count))
}

/** state ^= the first `count` hashes of LANE_HASH. */
export function xorLanes(state: u32, count: u32): void {
  const used = firstLanes(count)
  for (let word: u32 = 0; word < 5; word++) {
    const four = v128.and(v128.load(LANE_HASH + (word << 4)), used)
    const two = v128.xor(four, v128.shuffle<i64>(four, four, 1, 0))
    const one = i32x4.extract_lane(two, 0) ^ i32x4.extract_lane(two, 1)
    store<u32>(state + (word << 2), load<u32>(state + (word << 2)) ^ one)
  }
}

/** Add the first `count` hashes of LANE_HASH to `state`, word by word. */
export function addLanes(state: u32, count: u32): void {
  const used = firstLanes(count)
  for (let word: u32 = 0; word < 5; word++) {
    const four = v128.and(v128.load(LANE_HASH + (word << 4)), used)
    const two = i32x4.add(four, v128.shuffle<i64>(four, four, 1, 0))
    const one = i32x4.extract_lane(two, 0) + i32x4.extract_lane(two, 1)
    store<u32>(state + (word << 2), load<u32>(state + (word << 2)) + one)
  }
}
