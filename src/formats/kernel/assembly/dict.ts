/**
 * The hash table of one database: open addressing over u32 addresses of entries, 0 for free, 1 for removed. The four low
 * bits of a slot, where addresses have none, hold bits of the hash, so that other keys are seldom looked at.
 *
 *     dict    u32 table | u32 slots, a power of two | u32 entries | u32 entries and removed ones
 *     entry   u32 hash | u32 kind, flags | u32 key length | u32 value | f64 expiry | key
 *
 * The caller keeps the table at most half full: a search that ends early is a cache miss less.
 */
import {DICT_COUNT, DICT_SLOTS, DICT_USED, ENTRY_EXPIRY, ENTRY_KEY, ENTRY_KEY_LENGTH, ENTRY_KIND, ENTRY_VALUE, KINDS, PACKED_FIRST, PACKED_LAST, REG_AUX, REG_HASH, REG_NEXT, REGISTERS} from '../layout'
import {hashSpan} from './hash'
import {equalSpans} from './spans'

const REMOVED: u32 = 1

/**
 * The entry whose key is [start, end); 0 when there is none. REG_HASH is the key's hash, REG_NEXT the address of the slot
 * that was found.
 */
export function dictFind(dict: u32, start: u32, end: u32): u32 {
  const hash = hashSpan(start, end, 0)
  store<u64>(REGISTERS + REG_HASH, hash)
  const table = load<u32>(dict)
  const mask = load<u32>(dict, DICT_SLOTS) - 1
  const tag = (hash >> 60) as u32
  let slot = (hash as u32) & mask
  while (true) {
    const at = table + (slot << 2)
    const there = load<u32>(at)
    if (there == 0) return 0
    if ((there & 15) == tag && there > 15) {
      const entry = there & ~15
      if (load<u32>(entry) == (hash as u32)) {
        const key = entry + ENTRY_KEY
        if (equalSpans(key, key + load<u32>(entry, ENTRY_KEY_LENGTH), start, end)) {
          store<u32>(REGISTERS + REG_NEXT, at)
          return entry
        }
      }
    }
    slot = (slot + 1) & mask
  }
}

/** Put the address of an entry's slot into REG_NEXT: what dictFind() does for a key, without looking at other entries. */
export function dictSeek(dict: u32, entry: u32): void {
  const table = load<u32>(dict)
  const mask = load<u32>(dict, DICT_SLOTS) - 1
  let slot = load<u32>(entry) & mask
  while ((load<u32>(table + (slot << 2)) & ~15) != entry) slot = (slot + 1) & mask
  store<u32>(REGISTERS + REG_NEXT, table + (slot << 2))
}

/** Add an entry, whose hash is in REG_HASH and whose key is not there yet. */
export function dictAdd(dict: u32, entry: u32): void {
  const hash = load<u64>(REGISTERS + REG_HASH)
  store<u32>(entry, hash as u32)
  const table = load<u32>(dict)
  const mask = load<u32>(dict, DICT_SLOTS) - 1
  let slot = (hash as u32) & mask
  while (load<u32>(table + (slot << 2)) > REMOVED) slot = (slot + 1) & mask
  const at = table + (slot << 2)
  if (load<u32>(at) == 0) store<u32>(dict, load<u32>(dict, DICT_USED) + 1, DICT_USED)
  store<u32>(at, entry | ((hash >> 60) as u32))
  store<u32>(dict, load<u32>(dict, DICT_COUNT) + 1, DICT_COUNT)
}

/**
 * Add the entries at [at, end), u32 each, which are whole but for their hashes. Those are made first, at `room`, 8 bytes each, and
 * their slots loaded together. Stops in front of an entry whose key is there: REG_NEXT is the entry that has it. Returns where it
 * stopped. The table must have room for all.
 */
export function dictFill(dict: u32, at: u32, end: u32, room: u32): u32 {
  const table = load<u32>(dict)
  const mask = load<u32>(dict, DICT_SLOTS) - 1
  let sum: u32 = 0
  let out = room
  for (let place = at; place < end; place += 4) {
    const entry = load<u32>(place)
    const key = entry + ENTRY_KEY
    const hash = hashSpan(key, key + load<u32>(entry, ENTRY_KEY_LENGTH), 0)
    store<u32>(entry, hash as u32)
    store<u64>(out, hash)
    sum += load<u32>(table + (((hash as u32) & mask) << 2))
    out += 8
  }
  // What is not used might not be loaded.
  store<u32>(REGISTERS + REG_AUX, sum)
  let added: u32 = 0
  for (out = room; at < end; at += 4, out += 8, added++) {
    const there = insert(table, mask, load<u64>(out), load<u32>(at))
    if (there == 0) continue
    store<u32>(REGISTERS + REG_NEXT, there)
    break
  }
  store<u32>(dict, load<u32>(dict, DICT_USED) + added, DICT_USED)
  store<u32>(dict, load<u32>(dict, DICT_COUNT) + added, DICT_COUNT)
  return at
}

/** Put an entry into the first free slot. Returns 0, or the entry that has its key. */
// @ts-expect-error: decorator
@inline
function insert(table: u32, mask: u32, hash: u64, entry: u32): u32 {
  const tag = (hash >> 60) as u32
  let slot = (hash as u32) & mask
  while (true) {
    const at = table + (slot << 2)
    const there = load<u32>(at)
    if (there == 0) {
      store<u32>(at, entry | tag)
      return 0
    }
    if ((there & 15) == tag && there > 15) {
      const other = there & ~15
      if (load<u32>(other) == (hash as u32)) {
        const key = entry + ENTRY_KEY
        const old = other + ENTRY_KEY
        const end = key + load<u32>(entry, ENTRY_KEY_LENGTH)
        if (equalSpans(old, old + load<u32>(other, ENTRY_KEY_LENGTH), key, end)) return other
      }
    }
    slot = (slot + 1) & mask
  }
}

/** Free the slot that dictFind() left in REG_NEXT. */
export function dictRemove(dict: u32): void {
  store<u32>(load<u32>(REGISTERS + REG_NEXT), REMOVED)
  store<u32>(dict, load<u32>(dict, DICT_COUNT) - 1, DICT_COUNT)
}

/** The entry that dictFind() found lies at `entry` now. */
export function dictMoved(entry: u32): void {
  const at = load<u32>(REGISTERS + REG_NEXT)
  store<u32>(at, entry | (load<u32>(at) & 15))
}

/** Move all entries to an empty table of `slots` slots at `table`. */
export function dictGrow(dict: u32, table: u32, slots: u32): void {
  memory.fill(table, 0, (slots as usize) << 2)
  const old = load<u32>(dict)
  const end = old + (load<u32>(dict, DICT_SLOTS) << 2)
  const mask = slots - 1
  for (let at = old; at < end; at += 4) {
    const there = load<u32>(at)
    if (there <= REMOVED) continue
    let slot = load<u32>(there & ~15) & mask
    while (load<u32>(table + (slot << 2)) != 0) slot = (slot + 1) & mask
    store<u32>(table + (slot << 2), there)
  }
  store<u32>(dict, table)
  store<u32>(dict, slots, DICT_SLOTS)
  store<u32>(dict, load<u32>(dict, DICT_COUNT), DICT_USED)
}

/**
 * Put up to `count` entries at or behind slot `slot` to `out`, u32 each, and load them together. Returns how many there are, 0 at
 * the end; REG_NEXT is the slot behind the last.
 */
export function dictRead(dict: u32, slot: u32, out: u32, count: u32): u32 {
  const table = load<u32>(dict)
  const slots = load<u32>(dict, DICT_SLOTS)
  let found: u32 = 0
  let sum: u32 = 0
  for (; slot < slots && found < count; slot++) {
    const there = load<u32>(table + (slot << 2))
    if (there <= REMOVED) continue
    sum += load<u32>(there & ~15)
    store<u32>(out + (found << 2), there & ~15)
    found++
  }
  store<u32>(REGISTERS + REG_NEXT, slot)
  // What is not used might not be loaded.
  store<u32>(REGISTERS + REG_AUX, sum)
  return found
}

/**
 * Add the entries in the slots [from, to) to a count by kind, KINDS x u32 at `out`, with room for all of them behind it. Returns how
 * many expire before a time. A table is scattered over memory: entries are found first, so that the waits for them run side by side.
 */
export function dictCount(dict: u32, from: u32, to: u32, beforeMs: f64, out: u32): u32 {
  const table = load<u32>(dict)
  const list = out + KINDS * 4
  let last = list
  for (let slot = from; slot < to; slot++) {
    const entry = load<u32>(table + (slot << 2)) & ~15
    store<u32>(last, entry)
    last += ((entry != 0) as u32) << 2
  }
  let expired: u32 = 0
  for (let at = list; at < last; at += 4) {
    const entry = load<u32>(at)
    const counter = out + (load<u8>(entry, ENTRY_KIND) << 2)
    store<u32>(counter, load<u32>(counter) + 1)
    expired += (load<f64>(entry, ENTRY_EXPIRY) < beforeMs) as u32
  }
  return expired
}

/**
 * Load the slots, the entries and the packed values of the keys [at, end), each a length, u8, and its bytes, all at a time: a
 * command waits for memory three times, and this way the waits of many run side by side. `room` has 8 bytes for each key.
 */
export function dictTouch(dict: u32, at: u32, end: u32, room: u32): void {
  const table = load<u32>(dict)
  const mask = load<u32>(dict, DICT_SLOTS) - 1
  let out = room
  while (at < end) {
    const length: u32 = load<u8>(at)
    store<u32>(out, table + (((hashSpan(at + 1, at + 1 + length, 0) as u32) & mask) << 2))
    out += 4
    at += 1 + length
  }
  for (let place = room; place < out; place += 4) store<u32>(place, load<u32>(load<u32>(place)) & ~15)
  for (let place = room; place < out; place += 4) {
    const entry = load<u32>(place)
    const kind: u32 = entry != 0 ? load<u8>(entry, ENTRY_KIND) : 0
    store<u32>(place, kind >= (PACKED_FIRST as u32) && kind <= (PACKED_LAST as u32) ? load<u32>(entry, ENTRY_VALUE) : 0)
  }
  let sum: u32 = 0
  for (let place = room; place < out; place += 4) sum += load<u32>(load<u32>(place))
  // What is not used might not be loaded.
  store<u32>(room, sum)
}
