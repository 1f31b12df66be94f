/**
 * The entries of a table in an order that depends on their keys alone, not on the size of the table, nor on what else was in it:
 * by shelf, which is their part among SHELVES, then by hash, then by their bytes. A part of the dataset, of which there may be any
 * power of two up to SHELVES, has whole shelves.
 *
 *     pair    u32 shelf << 24 | 24 bits of the hash, u32 entry
 */
import {DICT_COUNT, DICT_SLOTS, ENTRY_KEY, ENTRY_KEY_LENGTH, HASH_LOG, SHELVES} from '../layout'
import {keyPart} from './key-parts'
import {compareSpans} from './spans'

const DIGITS: u32 = 4
const RADIX: u32 = 256

/** Put a pair for every entry to `out`, in order. There and at `room` are 8 bytes for each. Counts digits in HASH_LOG. */
export function dictOrder(dict: u32, out: u32, room: u32): void {
  const end = fill(dict, out)
  memory.fill(HASH_LOG, 0, (DIGITS * RADIX) << 2)
  for (let at = out; at < end; at += 8) {
    const word = load<u32>(at)
    for (let digit: u32 = 0; digit < DIGITS; digit++) {
      const count = counter(digit, word)
      store<u32>(count, load<u32>(count) + 1)
    }
  }
  // An even number of times: they end where they were.
  for (let digit: u32 = 0; digit < DIGITS; digit++) {
    const back = (digit & 1) != 0
    deal(digit, back ? room : out, end - out, back ? out : room)
  }
  settle(out, end)
}

/** Returns the end of the pairs. */
function fill(dict: u32, out: u32): u32 {
  const table = load<u32>(dict)
  const slotsEnd = table + (load<u32>(dict, DICT_SLOTS) << 2)
  const end = out + (load<u32>(dict, DICT_COUNT) << 3)
  for (let slot = table; slot < slotsEnd && out < end; slot += 4) {
    const entry = load<u32>(slot) & ~15
    if (entry == 0) continue
    const key = entry + ENTRY_KEY
    const shelf = keyPart(key, key + load<u32>(entry, ENTRY_KEY_LENGTH), SHELVES)
    store<u32>(out, (shelf << 24) | (load<u32>(entry) & 0xffffff))
    store<u32>(out, entry, 4)
    out += 8
  }
  return out
}

// @ts-expect-error: decorator
@inline
function counter(digit: u32, word: u32): u32 {
  return HASH_LOG + ((digit * RADIX + ((word >> (digit << 3)) & (RADIX - 1))) << 2)
}

/** Move `bytes` of pairs to another place, in the order of one digit. */
function deal(digit: u32, from: u32, bytes: u32, to: u32): void {
  let next = to
  const counts = HASH_LOG + ((digit * RADIX) << 2)
  for (let at = counts; at < counts + (RADIX << 2); at += 4) {
    const count = load<u32>(at)
    store<u32>(at, next)
    next += count << 3
  }
  for (const end = from + bytes; from < end; from += 8) {
    const pair = load<u64>(from)
    const place = counter(digit, pair as u32)
    const at = load<u32>(place)
    store<u64>(at, pair)
    store<u32>(place, at + 8)
  }
}

/** Order those by their bytes whose words are the same. There are few. */
function settle(out: u32, end: u32): void {
  for (let at = out + 8; at < end; at += 8) {
    const pair = load<u64>(at)
    let to = at
    while (to > out && load<u32>(to - 8) == (pair as u32)) {
      if (compareKeys(load<u32>(to - 4), (pair >> 32) as u32) <= 0) break
      store<u64>(to, load<u64>(to - 8))
      to -= 8
    }
    store<u64>(to, pair)
  }
}

function compareKeys(a: u32, b: u32): i32 {
  const keyA = a + ENTRY_KEY
  const keyB = b + ENTRY_KEY
  return compareSpans(keyA, keyA + load<u32>(a, ENTRY_KEY_LENGTH), keyB, keyB + load<u32>(b, ENTRY_KEY_LENGTH))
}
