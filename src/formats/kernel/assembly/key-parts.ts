/**
 * Parts of a dataset, by the hash of the key. Where commands act on several keys these are tied: part 0 has them all. Tied keys
 * are remembered as bits of their hashes, and a key that shares such a bit with another goes to part 0 with it: as long as
 * everybody has the same bits, nothing is lost by that.
 */
import {TIED_KEYS, TIED_KEYS_BYTES} from '../layout'
import {hashSpan} from './hash'

const BITS: u32 = TIED_KEYS_BYTES * 8

/** The part of the key [start, end) among `parts`. */
export function keyPart(start: u32, end: u32, parts: u32): u32 {
  return partOfHash(hashSpan(start, end, 0), parts)
}

/** The same for the hash of a key. */
export function partOfHash(hash: u64, parts: u32): u32 {
  const bit = bitOf(hash)
  if ((load<u8>(TIED_KEYS + (bit >> 3)) >> (bit & 7)) & 1) return 0
  // Bits of the hash that tables of keys do not look at.
  return (((hash >> 40) as u32) & 0xffff) % parts
}

/** Tie the key [start, end) to all others that are tied. */
export function keyTie(start: u32, end: u32): void {
  const bit = bitOf(hashSpan(start, end, 0))
  const at = TIED_KEYS + (bit >> 3)
  store<u8>(at, load<u8>(at) | ((1 as u8) << ((bit & 7) as u8)))
}

// @ts-expect-error: decorator
@inline
function bitOf(hash: u64): u32 {
  return ((hash >> 20) as u32) & (BITS - 1)
}
