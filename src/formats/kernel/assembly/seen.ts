/**
 * A set of hashes in an open-addressing table of u64, 0 for free: finds members that come twice in one collection.
 * The caller owns the table, `slots` a power of two, and grows it before it is half full.
 */
import {hashSpan} from './hash'

/** Empty a table. */
export function seenClear(table: u32, slots: u32): void {
  memory.fill(table, 0, (slots as usize) << 3)
}

/** Add the hash of [start, end). Returns 1 when it was there, else 0. */
export function seenAdd(table: u32, slots: u32, start: u32, end: u32): u32 {
  return insert(table, slots - 1, hashSpan(start, end, 0))
}

/** 1 when the hash of [start, end) is in the table, else 0. */
export function seenHas(table: u32, slots: u32, start: u32, end: u32): u32 {
  const hash = hashSpan(start, end, 0)
  const value: u64 = hash == 0 ? 1 : hash
  let slot = (value as u32) & (slots - 1)
  while (true) {
    const there = load<u64>(table + (slot << 3))
    if (there == value) return 1
    if (there == 0) return 0
    slot = (slot + 1) & (slots - 1)
  }
}

/** Move all hashes of one table to a larger, empty one. */
export function seenMove(from: u32, fromSlots: u32, to: u32, toSlots: u32): void {
  const end = from + (fromSlots << 3)
  for (let at = from; at < end; at += 8) {
    const value = load<u64>(at)
    if (value != 0) insert(to, toSlots - 1, value)
  }
}

export function insert(table: u32, mask: u32, hash: u64): u32 {
  const value: u64 = hash == 0 ? 1 : hash
  let slot = (value as u32) & mask
  while (true) {
    const at = table + (slot << 3)
    const there = load<u64>(at)
    if (there == 0) {
      store<u64>(at, value)
      return 0
    }
    if (there == value) return 1
    slot = (slot + 1) & mask
  }
}
