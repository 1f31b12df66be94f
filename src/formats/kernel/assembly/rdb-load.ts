/**
 * The fast path of loading: RDB entries that lie whole in [next, limit) and are plainly right go into the memory of an engine, without a
 * call for each. As in rdb-run.ts it stops at the first byte of anything else, which the reader in TypeScript then reads. Entries
 * of other parts of the dataset are stepped over; their values are for those parts to look into.
 *
 * Blocks are taken from the end of the arena's heap, see arena.ts. Entries go into the table of their database LOAD_BATCH at a time.
 */
import {
  ENTRY_EXPIRY,
  ENTRY_KEY,
  ENTRY_KEY_LENGTH,
  ENTRY_KIND,
  ENTRY_SCORE,
  ENTRY_VALUE,
  HASH_LOG,
  KIND_STRING,
  LOAD_AREA,
  LOAD_AREA_BYTES,
  LOAD_DICT,
  LOAD_ENTRIES,
  LOAD_ENTRY_MAX,
  LOAD_EXPIRES,
  LOAD_HEAP,
  LOAD_HEAP_END,
  LOAD_KEY,
  LOAD_KEY_BYTES,
  LOAD_PART,
  LOAD_PARTS,
  LOAD_ROOM,
  LOAD_WAITING,
  LOAD_WAITING_END,
  REG_RUN,
  REGISTERS,
  RUN_DEEP,
  TREE_NODE_BYTES,
} from '../layout'
import {dictFill} from './dict'
import {hashSpan} from './hash'
import {partOfHash} from './key-parts'
import {copyOver, loadValue} from './rdb-load-values'
import {afterAttributes, expandTo, keyAt, spanFirst, spanLast, stringAt, valueAt} from './rdb-run'
import {giveNode, treeAdd, treeWants} from './zset-tree'

const LOAD_BATCH: u32 = 128
const REGS: u32 = REGISTERS + REG_RUN
/** Classes of small blocks, see arena.ts. */
const SMALL_CLASSES: u32 = 9
const LARGE: u32 = 4096
const EXTRA: u32 = 16

/** Where the last block ends. */
let heap: u32 = 0

/**
 * Read entries from `next` on; `flags` are RUN_ALLOW_ bits and `types` is a mask of the type bytes that the file may hold. What to
 * load and where to is in the LOAD_ registers. Stops as well when memory or the table is full, and in front of a key that is there
 * already: what waits then for its place in the table is left in LOAD_WAITING. Returns the address of the first entry that was not read.
 */
export function rdbLoad(next: u32, limit: u32, flags: u32, types: u32): u32 {
  expandTo(LOAD_AREA, LOAD_AREA_BYTES)
  heap = load<u32>(REGS + LOAD_HEAP)
  const part = load<u32>(REGS + LOAD_PART)
  const parts = load<u32>(REGS + LOAD_PARTS)
  const heapStop = load<u32>(REGS + LOAD_HEAP_END) - LOAD_ENTRY_MAX
  const dict = load<u32>(REGS + LOAD_DICT)
  let room = load<u32>(REGS + LOAD_ROOM)
  let entries: u32 = 0
  let expires: u32 = 0
  let waiting: u32 = HASH_LOG
  let done: u32 = HASH_LOG
  flags &= ~RUN_DEEP
  while (room > 0 && heap <= heapStop) {
    const at = afterAttributes(next, limit, flags)
    if (at == 0 || at >= limit) break
    const type: u32 = load<u8>(at)
    if (type > 31 || ((types >> type) & 1) == 0) break
    // A string under the empty key may be a piece of a hole: the reader looks closer.
    if (type == 0 && (at + 6 > limit || load<u8>(at, 1) == 0)) break
    const value = keyAt(at + 1, limit)
    if (value == 0) break
    let key = spanFirst()
    const length = spanLast() - key
    const hash = hashSpan(key, key + length, 0)
    if (parts > 1 && partOfHash(hash, parts) != part) {
      const end = valueAt(type, value, limit, flags)
      if (end == 0) break
      entries++
      next = end
      continue
    }
    // A decoded key lies where its value is decoded too.
    if (key < next || key >= limit) {
      if (length > (LOAD_KEY_BYTES as u32)) break
      memory.copy(LOAD_KEY, key, length)
      key = LOAD_KEY
    }
    const before = heap
    const end = loadValue(type, value, limit, key, length)
    if (end == 0) {
      heap = before
      break
    }
    const entry = before + 16
    store<f64>(entry, expiryAt(next), ENTRY_EXPIRY)
    expires += (load<u8>(next) >= 0xfc) as u32
    store<u32>(waiting, entry)
    waiting += 4
    entries++
    room--
    next = end
    if (waiting == HASH_LOG + LOAD_BATCH * 4) {
      done = dictFill(dict, HASH_LOG, waiting, waiting)
      if (done != waiting) break
      waiting = HASH_LOG
      done = HASH_LOG
    }
  }
  if (done == HASH_LOG && waiting > done) done = dictFill(dict, HASH_LOG, waiting, waiting)
  store<u32>(REGS + LOAD_HEAP, heap)
  store<u32>(REGS + LOAD_ENTRIES, entries)
  store<u32>(REGS + LOAD_EXPIRES, expires)
  store<u32>(REGS + LOAD_WAITING, done)
  store<u32>(REGS + LOAD_WAITING_END, waiting)
  return next
}

/**
 * Load `count` members of a set, or of a sorted set with `tree`, into an empty table with room for them. Returns where they end; 0 when
 * they are not whole or not plainly right: then only some of them are in the table.
 */
export function rdbMembers(next: u32, limit: u32, count: u32, dict: u32, tree: u32): u32 {
  const end = loadMembers(next, limit, count, dict, tree)
  store<u32>(REGS + LOAD_HEAP, heap)
  return end
}

function loadMembers(next: u32, limit: u32, count: u32, dict: u32, tree: u32): u32 {
  expandTo(LOAD_AREA, LOAD_AREA_BYTES)
  heap = load<u32>(REGS + LOAD_HEAP)
  const heapStop = load<u32>(REGS + LOAD_HEAP_END) - LOAD_ENTRY_MAX
  let waiting: u32 = HASH_LOG
  while (count > 0) {
    next = heap > heapStop ? 0 : stringAt(next, limit, true)
    if (next == 0) return 0
    const entry = allotEntry(KIND_STRING, spanFirst(), spanLast() - spanFirst(), 0)
    store<u32>(entry, 0, ENTRY_VALUE)
    store<f64>(entry, NaN, ENTRY_EXPIRY)
    if (tree != 0) {
      if (limit - next < 8) return 0
      const score = load<f64>(next)
      if (score != score) return 0
      store<f64>(entry, score, ENTRY_SCORE)
      next += 8
    }
    store<u32>(waiting, entry)
    waiting += 4
    count--
    if (count > 0 && waiting != HASH_LOG + LOAD_BATCH * 4) continue
    // A member that is there twice is for the reader to find.
    if (dictFill(dict, HASH_LOG, waiting, waiting) != waiting) return 0
    if (tree != 0) addToTree(tree, waiting)
    waiting = HASH_LOG
  }
  return next
}

/** Add the entries [HASH_LOG, end) to a tree. */
function addToTree(tree: u32, end: u32): void {
  for (let at: u32 = HASH_LOG; at < end; at += 4) {
    while (treeWants(tree)) giveNode(tree, allot(TREE_NODE_BYTES))
    treeAdd(tree, load<u32>(at))
  }
}

/** The expiry in front of an entry whose attributes were looked at, NaN without one. */
// @ts-expect-error: decorator
@inline
function expiryAt(at: u32): f64 {
  const first: u32 = load<u8>(at)
  if (first < 0xfc) return NaN
  return first == 0xfc ? (load<i64>(at, 1) as f64) : (load<i32>(at, 1) as f64) * 1000
}

/** Take a block of at least `size` bytes. Those behind it are not used yet. */
export function allot(size: u32): u32 {
  const sizeClass = classOf(size + 4)
  const block = heap + 16
  store<u32>(block - 4, sizeClass)
  heap += roomOf(sizeClass)
  return block
}

/** Where the next block will lie. */
export const nextBlock = (): u32 => heap + 16

/** Take the block of an entry with `room` bytes behind its key. */
export function allotEntry(kind: u32, key: u32, keyLength: u32, room: u32): u32 {
  const entry = allot(ENTRY_KEY + keyLength + room)
  copyOver(key, entry + ENTRY_KEY, keyLength)
  store<u32>(entry, kind, ENTRY_KIND)
  store<u32>(entry, keyLength, ENTRY_KEY_LENGTH)
  return entry
}

// @ts-expect-error: decorator
@inline
function classOf(bytes: u32): u32 {
  if (bytes <= 128) return (bytes + 15) >> 4
  const last = (bytes > LARGE ? bytes - EXTRA : bytes) - 1
  const top: u32 = 31 - clz<u32>(last)
  return SMALL_CLASSES + (top - 7) * 4 + ((last >> (top - 2)) & 3)
}

// @ts-expect-error: decorator
@inline
function roomOf(sizeClass: u32): u32 {
  if (sizeClass < SMALL_CLASSES) return sizeClass << 4
  const step = sizeClass - SMALL_CLASSES
  const room: u32 = (5 + (step & 3)) << (5 + (step >> 2))
  return room >= LARGE ? room + EXTRA : room
}
