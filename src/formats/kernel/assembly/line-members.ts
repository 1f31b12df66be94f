/** Members of the collection at hand, by their hashes, in a table that grows with them. */
import {insert, seenClear, seenMove} from './seen'

const FEWEST_SLOTS: u32 = 16

let table: u32 = 0
let other: u32 = 0
let tableBytes: u32 = 0
let slots: u32 = 0
let members: u32 = 0

/** Tables may take `bytes` bytes at `at` and as many behind them. */
export function membersAt(at: u32, bytes: u32): void {
  table = at
  other = at + bytes
  tableBytes = bytes
}

/** There are none. */
export function membersBegin(): void {
  slots = FEWEST_SLOTS
  members = 0
  seenClear(table, slots)
}

/** Was this one there already, or are there too many to know? */
export function isTwice(hash: u64): bool {
  if (members * 2 >= slots) {
    if (slots << 4 > tableBytes) return true
    const larger = other
    other = table
    seenClear(larger, slots << 1)
    seenMove(table, slots, larger, slots << 1)
    table = larger
    slots <<= 1
  }
  members++
  return insert(table, slots - 1, hash) != 0
}
