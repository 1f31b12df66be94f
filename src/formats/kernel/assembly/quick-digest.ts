/**
 * A digest like that of full-digest.ts and with the same calls, for whoever compares two readings of the same data and keeps
 * neither: with a hash of 64 bits in place of SHA-1, many times as fast. Not stable across releases, no match for an adversary.
 *
 *     text       hashes of blocks of BLOCK bytes, chained
 *     others     sum of element(a, b, number) over the elements, b and number being 0 where there are none
 *     key        mix(text or sum, what quickNote() added, expiry, key), added to the total in words without carry
 */
import {DIGEST_CONTENT, DIGEST_TOTAL, QUICK_BLOCK} from '../layout'
import {quickHash} from './quick-hash'
import {clearHash} from './sha1'

const TEXT: u32 = 0
const BLOCK: u32 = 4096
const FIRST: u64 = 0x9e3779b97f4a7c15
const SECOND: u64 = 0xd6e8feb86659fd93
const THIRD: u64 = 0xc2b2ae3d27d4eb4f

let kind: u32 = 0
let keyHash: u64 = 0
let content: u64 = 0
let first: u64 = 0
let second: u64 = 0
let number: u64 = 0
let pending: bool = false
/** A block of a text that comes in pieces. */
const block: u32 = QUICK_BLOCK
let filled: u32 = 0

export function quickStart(_eachValue: bool): void {
  clearHash(DIGEST_TOTAL)
}

export function quickBegin(how: u32, db: u32, type: u32, start: u32, end: u32): void {
  quickBeginKey(how, type, quickHash(start, end, db))
}

/** The same for a key that was hashed, with its database as the seed. */
export function quickBeginKey(how: u32, type: u32, hash: u64): void {
  kind = how
  keyHash = mix(hash, type as u64)
  content = 0
  pending = false
  filled = 0
  clearHash(DIGEST_CONTENT)
}

export function quickPiece(start: u32, end: u32): void {
  while (start < end) {
    if (filled == 0 && end - start >= BLOCK) {
      content = mix(content, quickHash(start, start + BLOCK, 0))
      start += BLOCK
      continue
    }
    const part = min<u32>(BLOCK - filled, end - start)
    memory.copy(block + filled, start, part)
    filled += part
    start += part
    if (filled == BLOCK) endBlock()
  }
}

function endBlock(): void {
  content = mix(content, quickHash(block, block + filled, 0))
  filled = 0
}

/** A whole text: as its pieces. */
export function quickText(start: u32, end: u32): void {
  for (; end - start >= BLOCK; start += BLOCK) content = mix(content, quickHash(start, start + BLOCK, 0))
  if (start < end) content = mix(content, quickHash(start, end, 0))
}

export function quickFirst(start: u32, end: u32): void {
  settleElement()
  first = quickHash(start, end, 0)
  second = number = 0
  pending = true
}

export function quickSecond(start: u32, end: u32): void {
  second = quickHash(start, end, 1)
}

export function quickNumber(high: u32, low: u32): void {
  number = ((high as u64) << 32) | (low as u64)
}

/** One that is whole, by its hashes: of what comes first with 0 as the seed, of what comes second with 1. */
// @ts-ignore: decorator
@inline
export function quickElement(a: u64, b: u64, value: u64): void {
  content += element(a, b, value)
}

export function quickWide(value: u64): void {
  number = value
}

// @ts-ignore: decorator
@inline
function settleElement(): void {
  if (pending) content += element(first, second, number)
  pending = false
}

/** Hash a text that says something of a value and add it to one of the sums, in words without carry. */
export function quickNote(start: u32, end: u32, sum: u32): void {
  const hash = quickHash(start, end, 0)
  const lanes = i64x2.replace_lane(i64x2.splat(hash), 1, mix(hash, FIRST))
  v128.store(sum, i32x4.add(v128.load(sum), lanes))
}

export function quickEnd(expiryHigh: u32, expiryLow: u32): void {
  quickClose(((expiryHigh as u64) << 32) | (expiryLow as u64))
}

export function quickClose(expiry: u64): void {
  settleElement()
  if (kind == TEXT && filled > 0) endBlock()
  const noted = mix(load<u64>(DIGEST_CONTENT), mix(load<u64>(DIGEST_CONTENT, 8), load<u32>(DIGEST_CONTENT, 16)))
  const value = mix(mix(mix(content, noted), expiry), keyHash)
  const lanes = i64x2.replace_lane(i64x2.splat(value), 1, mix(value, FIRST))
  v128.store(DIGEST_TOTAL, i32x4.add(v128.load(DIGEST_TOTAL), lanes))
}

export function quickSettle(): void {}

// @ts-ignore: decorator
@inline
function element(a: u64, b: u64, value: u64): u64 {
  return mix(a ^ (value * THIRD), b)
}

// @ts-ignore: decorator
@inline
function mix(a: u64, b: u64): u64 {
  let state = (a ^ rotl<u64>(b, 29) ^ (b * SECOND)) * FIRST + SECOND
  state = (state ^ (state >> 32)) * SECOND
  return state ^ (state >> 29)
}
