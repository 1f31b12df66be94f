/**
 * Values on the fast path of rdb-load.ts: strings, and collections that stay packed as servers hold them. Every function puts an
 * entry and its value into new blocks, and returns where the value ends in the input; 0 to leave it to the reader.
 */
import {
  ENTRY_KEY,
  ENTRY_VALUE,
  KIND_HASH_PACKED,
  KIND_LIST_PACKED,
  KIND_SET_INTSET,
  KIND_SET_PACKED,
  KIND_STRING,
  KIND_ZSET_PACKED,
  LOAD_AREA,
  LOAD_AREA_BYTES,
  PACKED_HASH_MAX,
  PACKED_INTSET_MAX,
  PACKED_LIST_BYTES,
  PACKED_MEMBER_MAX,
  PACKED_SET_MAX,
  PACKED_ZSET_MAX,
  REG_COUNT,
  REGISTERS,
} from '../layout'
import {hashSpan} from './hash'
import {lzfDecompress} from './lzf'
import {spanInt} from './numbers'
import {allot, allotEntry, nextBlock} from './rdb-load'
import {lengthAt, lengthRead, spanFirst, spanLast, stringAt} from './rdb-run'
import {checkBlob, checkNode} from './rdb-run-values'
import {insert, seenClear} from './seen'

/** The last string: where its bytes are, compressed or not, and how many it has. */
let from: u32 = 0
let fromEnd: u32 = 0
let size: u32 = 0
let compressed: bool = false

/** Load a value of `type` under a key; its entry is the first block that is taken. */
// @ts-expect-error: decorator
@inline
export function loadValue(type: u32, at: u32, limit: u32, key: u32, keyLength: u32): u32 {
  if (type == 0) return loadString(at, limit, key, keyLength)
  if (type == 2) return loadSet(at, limit, key, keyLength)
  return loadPacked(type, at, limit, key, keyLength)
}

/** Find the string at `at`. Returns its end, 0 when it is not whole or not plain. */
// @ts-expect-error: decorator
@inline
function openString(at: u32, limit: u32): u32 {
  if (at >= limit) return 0
  compressed = load<u8>(at) == 0xc3
  if (!compressed) {
    const end = stringAt(at, limit, true)
    from = spanFirst()
    fromEnd = spanLast()
    size = fromEnd - from
    return end
  }
  at = lengthAt(at + 1, limit)
  if (at == 0) return 0
  const length = lengthRead()
  at = lengthAt(at, limit)
  size = lengthRead()
  if (at == 0 || length > limit - at || size == 0 || size > (LOAD_AREA_BYTES as u32)) return 0
  from = at
  fromEnd = at + length
  return fromEnd
}

/** Put the string to `to`. Returns false when its compressed form is damaged. */
// @ts-expect-error: decorator
@inline
function putString(to: u32): bool {
  if (compressed) return lzfDecompress(from, fromEnd, to, to + size) == 0
  copyOver(from, to, size)
  return true
}

function loadString(at: u32, limit: u32, key: u32, keyLength: u32): u32 {
  const end = openString(at, limit)
  if (end == 0) return 0
  const entry = allotEntry(KIND_STRING, key, keyLength, size)
  store<u32>(entry, size, ENTRY_VALUE)
  return putString(entry + ENTRY_KEY + keyLength) ? end : 0
}

/** One listpack or intset. */
function loadPacked(type: u32, at: u32, limit: u32, key: u32, keyLength: u32): u32 {
  const kind = kindOf(type)
  if (kind == 0) return 0
  if (type == 18) {
    // One node, packed.
    if (at + 2 > limit || load<u16>(at) != 0x0201) return 0
    at += 2
  }
  const end = openString(at, limit)
  // Integers are no packed value.
  if (end == 0 || (from < at || from >= limit)) return 0
  if (type == 18 && size > (PACKED_LIST_BYTES as u32)) return 0
  const entry = allotEntry(kind, key, keyLength, 0)
  const block = allot(size)
  store<u32>(entry, block, ENTRY_VALUE)
  if (!putString(block)) return 0
  const sound = type == 18 ? checkNode(true, block, block + size) : checkBlob(type, block, block + size)
  return sound && load<u32>(REGISTERS + REG_COUNT) <= mostOf(type) ? end : 0
}

function kindOf(type: u32): u32 {
  switch (type) {
    case 11:
      return KIND_SET_INTSET
    case 16:
      return KIND_HASH_PACKED
    case 17:
      return KIND_ZSET_PACKED
    case 18:
      return KIND_LIST_PACKED
    case 20:
      return KIND_SET_PACKED
  }
  return 0
}

/** More entries of a listpack, or of an intset, are held in a table. */
function mostOf(type: u32): u32 {
  switch (type) {
    case 11:
      return PACKED_INTSET_MAX
    case 16:
      return PACKED_HASH_MAX * 2
    case 17:
      return PACKED_ZSET_MAX * 2
    case 20:
      return PACKED_SET_MAX
  }
  return 0xffffffff
}

/** A set member by member, none of which is an integer: a listpack, as servers from 7.2 on make of it. */
function loadSet(at: u32, limit: u32, key: u32, keyLength: u32): u32 {
  at = lengthAt(at, limit)
  const count = lengthRead()
  if (at == 0 || count == 0 || count > (PACKED_SET_MAX as u32)) return 0
  const entry = allotEntry(KIND_SET_PACKED, key, keyLength, 0)
  const block = nextBlock()
  store<u32>(entry, block, ENTRY_VALUE)
  const table: u32 = LOAD_AREA + LOAD_AREA_BYTES
  let slots: u32 = 16
  while (slots < count * 2) slots <<= 1
  seenClear(table, slots)
  let to = block + 6
  for (let left = count; left > 0; left--) {
    at = stringAt(at, limit, true)
    if (at == 0) return 0
    const start = spanFirst()
    const length = spanLast() - start
    if (length > (PACKED_MEMBER_MAX as u32) || spanInt(start, start + length)) return 0
    if (insert(table, slots - 1, hashSpan(start, start + length, 0)) != 0) return 0
    to = putMember(to, start, length)
  }
  store<u8>(to, 0xff)
  const bytes = to + 1 - block
  store<u32>(block, bytes)
  store<u16>(block, count as u16, 4)
  allot(bytes)
  return at
}

/** Append up to PACKED_MEMBER_MAX bytes to a listpack as a string. Returns where it ends. */
// @ts-expect-error: decorator
@inline
function putMember(to: u32, start: u32, length: u32): u32 {
  if (length < 64) {
    store<u8>(to, 0x80 | length)
    copyOver(start, to + 1, length)
    to += 1 + length
    store<u8>(to, length + 1)
    return to + 1
  }
  store<u8>(to, 0xe0 | (length >> 8))
  store<u8>(to, length, 1)
  copyOver(start, to + 2, length)
  to += 2 + length
  store<u8>(to, length + 2)
  return to + 1
}

/** Copy bytes to where those behind them are not used yet, in steps of 16. */
// @ts-expect-error: decorator
@inline
export function copyOver(start: u32, to: u32, length: u32): void {
  if (length > 256) {
    memory.copy(to, start, length)
    return
  }
  const end = start + length
  for (; start < end; start += 16, to += 16) v128.store(to, v128.load(start))
}
