/**
 * Listpacks edited in place, see listpack.ts for their layout. The listpack is sound, that is checked or made here: only what
 * `listpackCheck` lets through may come in. `block` is where it starts, an entry is an address, spans are never inside of it.
 */
import {INT_TEXT, REG_AUX, REGISTERS} from '../layout'
import {listpackInt, listpackIsText, listpackTextEnd, listpackTextStart} from './listpack'
import {putInt, spanInt} from './numbers'
import {equalSpans} from './spans'

const HEADER: u32 = 6
const TERMINATOR: u32 = 0xff
const COUNT_UNKNOWN: u32 = 0xffff

/** Make an empty listpack. Returns its size. */
export function packedInit(block: u32): u32 {
  store<u32>(block, HEADER + 1)
  store<u16>(block, 0, 4)
  store<u8>(block, TERMINATOR, 6)
  return HEADER + 1
}

/** Number of entries. */
export function packedSize(block: u32): u32 {
  const stated: u32 = load<u16>(block, 4)
  if (stated != COUNT_UNKNOWN) return stated
  let count: u32 = 0
  for (let at = block + HEADER; load<u8>(at) != TERMINATOR; at = packedNext(at)) count++
  if (count < COUNT_UNKNOWN) store<u16>(block, count, 4)
  return count
}

/** The entry after this one, or the terminator, a byte ff. */
export function packedNext(entry: u32): u32 {
  const first: u32 = load<u8>(entry)
  if (first < 0x80) return entry + 2
  if (first < 0xc0) return entry + (first & 63) + 2
  const size = sizeOf(entry)
  if (size < 128) return entry + size + 1
  const back = entry + size
  const bytes = backBytes(size)
  // See longBack() in listpack.ts.
  return back + bytes - ((isBorder(size) && load<u8>(back) == 0x7f) as u32)
}

/** The entry before this one, which may be the terminator; 0 when there is none. */
export function packedPrev(block: u32, entry: u32): u32 {
  if (entry == block + HEADER) return 0
  let at = entry - 1
  let size: u32 = load<u8>(at) & 127
  for (let shift: u32 = 7; (load<u8>(at) & 128) != 0 && shift <= 28; shift += 7) {
    size |= ((load<u8>(--at) & 127) as u32) << shift
  }
  const previous = entry - size - backBytes(size)
  return isBorder(size) && packedNext(previous) != entry ? previous + 1 : previous
}

/** The entry at `index`, from the end when negative; 0 when there is none. */
export function packedAt(block: u32, index: i32): u32 {
  const count = packedSize(block) as i32
  if (index < 0) index += count
  if (index < 0 || index >= count) return 0
  if (index <= count >> 1) {
    let at = block + HEADER
    for (; index > 0; index--) at = packedNext(at)
    return at
  }
  let at = block + load<u32>(block) - 1
  for (; index < count; index++) at = packedPrev(block, at)
  return at
}

/** The first entry that holds the bytes [from, to) among those at positions 0, step, 2 * step ..., or 0. */
export function packedFind(block: u32, end: u32, step: u32, from: u32, to: u32): u32 {
  return packedFindFrom(block + HEADER, step, from, to)
}

/** The same, beginning with an entry, or the terminator. */
export function packedFindFrom(entry: u32, step: u32, from: u32, to: u32): u32 {
  const integer = spanInt(from, to)
  const value = load<i64>(REGISTERS + REG_AUX)
  const length = to - from
  // Members and fields are often numbered: the last byte tells them apart, the first one does not.
  const last: u32 = length > 0 ? load<u8>(to - 1) : 0
  let skip: u32 = 0
  let at = entry
  while (true) {
    const first: u32 = load<u8>(at)
    if (first == TERMINATOR) return 0
    if (skip == 0) {
      skip = step
      if ((first & 0xc0) == 0x80) {
        if (
          (first & 63) == length &&
          (length == 0 || (load<u8>(at + length) as u32) == last) &&
          equalSpans(at + 1, at + 1 + length, from, to)
        ) {
          return at
        }
      } else if (holds(at, first, from, to, integer, value)) return at
    }
    skip--
    at = packedNext(at)
  }
}

/** Whether an entry holds the bytes [from, to): 1 or 0. */
export function packedEquals(entry: u32, from: u32, to: u32): bool {
  const integer = spanInt(from, to)
  return holds(entry, load<u8>(entry), from, to, integer, load<i64>(REGISTERS + REG_AUX))
}

/** Put where the bytes of an entry start and end into REG_AUX (two u32); integers as text in INT_TEXT. */
export function packedSpan(entry: u32): void {
  if (listpackIsText(load<u8>(entry))) {
    store<u32>(REGISTERS + REG_AUX, listpackTextStart(entry))
    store<u32>(REGISTERS + REG_AUX, listpackTextEnd(entry), 4)
  } else {
    store<u32>(REGISTERS + REG_AUX, INT_TEXT)
    store<u32>(REGISTERS + REG_AUX, putInt(INT_TEXT, listpackInt(entry)), 4)
  }
}

/** How many bytes an entry that holds [from, to) takes. */
export function packedNeeds(from: u32, to: u32): u32 {
  const size = spanInt(from, to) ? intSize(load<i64>(REGISTERS + REG_AUX)) : textSize(to - from)
  return size + backBytes(size)
}

/**
 * Replace the `remove` entries from `at` on by one with the bytes [from, to); `at` 0 is the end. Canonical integers become
 * integers. Returns the new size, or 0, nothing changed, when that is above `capacity`.
 */
export function packedPut(block: u32, at: u32, remove: u32, from: u32, to: u32, capacity: u32): u32 {
  const integer = spanInt(from, to)
  const value = load<i64>(REGISTERS + REG_AUX)
  const size = integer ? intSize(value) : textSize(to - from)
  const room = size + backBytes(size)
  const total = load<u32>(block)
  if (at == 0) at = block + total - 1
  let behind = at
  for (let left = remove; left > 0; left--) behind = packedNext(behind)
  const grown = (total as u64) + room - (behind - at)
  if (grown > (capacity as u64)) return 0
  if (behind != at + room) memory.copy(at + room, behind, block + total - behind)
  if (integer) putInteger(at, size, value)
  else putText(at, from, to)
  putBack(at + size, size)
  resized(block, grown as u32, 1 - (remove as i32))
  return grown as u32
}

/** Remove `count` entries from `at` on. Returns the new size. */
export function packedDelete(block: u32, at: u32, count: u32): u32 {
  const total = load<u32>(block)
  let behind = at
  for (let left = count; left > 0; left--) behind = packedNext(behind)
  memory.copy(at, behind, block + total - behind)
  const rest = total - (behind - at)
  resized(block, rest, -(count as i32))
  return rest
}

/** Note a new size, and that `more` entries have come. Source: lpInsert() in listpack.c. */
function resized(block: u32, total: u32, more: i32): void {
  store<u32>(block, total)
  const count: u32 = load<u16>(block, 4)
  if (count != COUNT_UNKNOWN) store<u16>(block, min<i32>((count as i32) + more, COUNT_UNKNOWN), 4)
}

function holds(at: u32, first: u32, from: u32, to: u32, integer: bool, value: i64): bool {
  if (listpackIsText(first)) return equalSpans(listpackTextStart(at), listpackTextEnd(at), from, to)
  return integer && listpackInt(at) == value
}

/** Size of an entry without its backward length. */
function sizeOf(entry: u32): u32 {
  const first: u32 = load<u8>(entry)
  if (listpackIsText(first)) return listpackTextEnd(entry) - entry
  if (first < 0x80) return 1
  return first < 0xe0 ? 2 : first == 0xf4 ? 9 : first - 0xee
}

function backBytes(size: u32): u32 {
  return size <= 127 ? 1 : size < 16383 ? 2 : size < 2097151 ? 3 : size < 268435455 ? 4 : 5
}

/** Sizes whose backward length Valkey 9.1 writes one byte shorter. */
function isBorder(size: u32): bool {
  return size == 16383 || size == 2097151 || size == 268435455
}

function textSize(length: u32): u32 {
  return length + (length < 64 ? 1 : length < 4096 ? 2 : 5)
}

/** Source: lpEncodeIntegerGetType() in listpack.c. */
function intSize(value: i64): u32 {
  if (value >= 0 && value <= 127) return 1
  if (value >= -4096 && value <= 4095) return 2
  if (value >= -0x8000 && value <= 0x7fff) return 3
  if (value >= -0x800000 && value <= 0x7fffff) return 4
  return value >= -0x80000000 && value <= 0x7fffffff ? 5 : 9
}

function putInteger(at: u32, size: u32, value: i64): void {
  if (size == 1) store<u8>(at, value as u8)
  else if (size == 2) {
    store<u8>(at, 0xc0 | (((value >> 8) & 0x1f) as u8))
    store<u8>(at, value as u8, 1)
  } else if (size == 9) {
    store<u8>(at, 0xf4)
    store<i64>(at, value, 1)
  } else {
    store<u8>(at, 0xee + size)
    let rest = value
    for (let byte: u32 = 1; byte < size; byte++, rest >>= 8) store<u8>(at + byte, rest as u8)
  }
}

function putText(at: u32, from: u32, to: u32): void {
  const length = to - from
  if (length < 64) store<u8>(at++, 0x80 | length)
  else if (length < 4096) {
    store<u8>(at, 0xe0 | (length >> 8))
    store<u8>(at, length, 1)
    at += 2
  } else {
    store<u8>(at, 0xf0)
    store<u32>(at, length, 1)
    at += 5
  }
  if (length > 24) memory.copy(at, from, length)
  else for (let i: u32 = 0; i < length; i++) store<u8>(at + i, load<u8>(from + i))
}

function putBack(at: u32, size: u32): void {
  const bytes = backBytes(size)
  for (let byte = bytes; byte > 0; byte--, size >>= 7) {
    store<u8>(at + byte - 1, (size & 127) | (byte == 1 ? 0 : 128))
  }
}
