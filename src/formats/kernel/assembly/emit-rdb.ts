/**
 * Entries in the encodings of RDB versions below 10, see write-value.ts for what goes where:
 *
 *     hash listpack, zset listpack      a ziplist, within the limits of servers; beyond them left to the reader
 *     quicklist of listpacks            nodes of ziplists, cut where a server cuts them
 *     set listpack                      count and members
 *     zset (f64le)                      before RDB 8: count and (member text)*
 *     stream                            nodes as they are; counters from RDB 10 on: see rdb-stream.ts
 */
import {
  emitAt,
  emitBytes,
  emitRoom,
  emitScore,
  emitScratch,
  emitTo,
  emitVersion,
  scoreFirst,
} from './emit'
import {lzfCompress} from './lzf-compress'
import {spanInt} from './numbers'
import {REG_AUX, REGISTERS} from '../layout'
import {HASH, LIST, NO_EXPIRY, SET, STREAM, ZSET} from './shapes'

const NODE_BYTES: u32 = 8192
const PACKED_LONGEST: u32 = 64
const HASH_PAIRS: u32 = 512
const ZSET_PAIRS: u32 = 128
/** A node that is one large element has to fit into the scratch room. */
const ELEMENT_MAX: u32 = 0x20000
const HEADER: u32 = 10
/** zipTryEncoding() leaves longer texts alone. */
const INTEGER_TEXT_MAX: u32 = 31

let shape: u32 = 0
let type: u32 = 0
let count: u32 = 0
let countAt: u32 = 0
let longest: u32 = 0
let fits: bool = true
/** The ziplist that is being built: where it starts, ends, and its last entry. */
let list: u32 = 0
let listEnd: u32 = 0
let tail: u32 = 0
let listCount: u32 = 0

/** Begin an entry that comes from a type. Returns false when it is left to the reader. */
export function rdbBegin(from: u32, expiry: u64, key: u32, keyEnd: u32): bool {
  const version = emitVersion()
  fits = true
  count = longest = 0
  if (from == 16) shape = HASH
  else if (from == 17 || from == 5) shape = ZSET
  else if (from == 18 && version >= 7) shape = LIST
  else if (from == 20) shape = SET
  else if (from == 19 || from == 21) shape = STREAM
  else return false
  type = shape == STREAM ? (version < 10 ? 15 : 19) : from == 16 ? 13 : from == 17 ? 12 : from == 5 ? 3 : from == 18 ? 14 : 2
  if (!emitRoom(16)) return true
  let at = emitAt()
  if (expiry != NO_EXPIRY) {
    store<u8>(at, 0xfc)
    store<u64>(at, expiry, 1)
    at += 9
  }
  store<u8>(at, type)
  emitTo(at + 1)
  rdbString(key, keyEnd)
  countAt = emitAt()
  // How many there are shows at the end: one byte holds most counts.
  if (type == 14 || type <= 3) emitTo(countAt + 1)
  startList()
  return true
}

export function rdbItem(start: u32, end: u32): void {
  if (shape == SET) {
    count++
    rdbString(start, end)
    return
  }
  const length = end - start
  if (length > ELEMENT_MAX) fits = false
  if (!fits) return
  const overhead: u32 = (length < 254 ? 1 : 5) + (length < 64 ? 1 : length < 16384 ? 2 : 5)
  if (listEnd + 1 - list + length + overhead > NODE_BYTES) closeNode()
  append(start, end)
}

export function rdbPair(start: u32, end: u32, valueStart: u32, valueEnd: u32): void {
  if (++count > HASH_PAIRS || end - start > PACKED_LONGEST || valueEnd - valueStart > PACKED_LONGEST) fits = false
  if (!fits) return
  append(start, end)
  append(valueStart, valueEnd)
}

export function rdbScored(start: u32, end: u32, score: f64): bool {
  const textEnd = emitScore(score)
  if (textEnd == 0) return false
  count++
  if (type == 3) {
    longest = max<u32>(longest, end - start)
    rdbString(start, end)
    if (!emitRoom(32)) return true
    store<u8>(emitAt(), textEnd - scoreFirst())
    emitTo(emitAt() + 1)
    emitBytes(scoreFirst(), textEnd)
    return true
  }
  if (count > ZSET_PAIRS || end - start > PACKED_LONGEST) return false
  append(start, end)
  append(scoreFirst(), textEnd)
  return true
}

/** Returns false when the entry is left to the reader. */
export function rdbEnd(): bool {
  if (shape == STREAM) return true
  // A zset that is short enough for a ziplist becomes one.
  if (!fits || (type == 3 && count <= ZSET_PAIRS && longest <= PACKED_LONGEST)) return false
  if (type == 14) closeNode()
  if (type == 14 || type <= 3) putCount()
  else {
    finishList()
    rdbString(list, listEnd)
  }
  return true
}

function closeNode(): void {
  if (listCount == 0) return
  finishList()
  count++
  rdbString(list, listEnd)
  startList()
}

function startList(): void {
  list = emitScratch()
  listEnd = list + HEADER
  tail = listEnd
  listCount = 0
}

function finishList(): void {
  store<u8>(listEnd++, 0xff)
  store<u32>(list, listEnd - list)
  store<u32>(list, tail - list, 4)
  store<u16>(list, min<u32>(listCount, 0xffff), 8)
}

/** Add an element to the ziplist. See packed/ziplist.ts. */
function append(start: u32, end: u32): void {
  const previous = listCount == 0 ? 0 : listEnd - tail
  tail = listEnd
  listCount++
  if (previous < 254) store<u8>(listEnd++, previous)
  else {
    store<u8>(listEnd, 0xfe)
    store<u32>(listEnd, previous, 1)
    listEnd += 5
  }
  const length = end - start
  if (length <= INTEGER_TEXT_MAX && spanInt(start, end)) return appendInteger(load<i64>(REGISTERS + REG_AUX))
  if (length < 64) store<u8>(listEnd++, length)
  else if (length < 16384) {
    store<u8>(listEnd, 0x40 | (length >> 8))
    store<u8>(listEnd, length, 1)
    listEnd += 2
  } else {
    store<u8>(listEnd, 0x80)
    store<u32>(listEnd, bswap<u32>(length), 1)
    listEnd += 5
  }
  memory.copy(listEnd, start, length)
  listEnd += length
}

function appendInteger(value: i64): void {
  const at = listEnd
  if (value >= 0 && value <= 12) {
    store<u8>(at, 0xf1 + (value as u8))
    listEnd += 1
  } else if (value >= -0x80 && value < 0x80) {
    store<u8>(at, 0xfe)
    store<u8>(at, value as u8, 1)
    listEnd += 2
  } else if (value >= -0x8000 && value < 0x8000) {
    store<u8>(at, 0xc0)
    store<u16>(at, value as u16, 1)
    listEnd += 3
  } else if (value >= -0x800000 && value < 0x800000) {
    store<u8>(at, 0xf0)
    store<u32>(at, value as u32, 1)
    listEnd += 4
  } else if (value >= -0x80000000 && value < 0x80000000) {
    store<u8>(at, 0xd0)
    store<u32>(at, value as u32, 1)
    listEnd += 5
  } else {
    store<u8>(at, 0xe0)
    store<u64>(at, value as u64, 1)
    listEnd += 9
  }
}

/** The count of nodes or members, for which one byte was left. */
function putCount(): void {
  if (!emitRoom(8)) return
  if (count < 0x40) return store<u8>(countAt, count)
  const end = emitAt()
  const size: u32 = count < 0x4000 ? 2 : 5
  memory.copy(countAt + size, countAt + 1, end - countAt - 1)
  emitTo(end + size - 1)
  putLength(countAt, count)
}

/** A length in its shortest form. Returns its end. */
function putLength(at: u32, length: u32): u32 {
  if (length < 0x40) {
    store<u8>(at, length)
    return at + 1
  }
  if (length < 0x4000) {
    store<u8>(at, 0x40 | (length >> 8))
    store<u8>(at, length, 1)
    return at + 2
  }
  store<u8>(at, 0x80)
  store<u32>(at, bswap<u32>(length), 1)
  return at + 5
}

/** A length of up to 64 bits in its shortest form. */
export function rdbLength(value: u64): void {
  if (!emitRoom(16)) return
  const at = emitAt()
  if (value <= 0xffffffff) return emitTo(putLength(at, value as u32))
  store<u8>(at, 0x81)
  store<u64>(at, bswap<u64>(value), 1)
  emitTo(at + 9)
}

export function rdbBytes(start: u32, end: u32): void {
  if (emitRoom(end - start)) emitBytes(start, end)
}

/** A string as write-string.ts writes it. */
export function rdbString(start: u32, end: u32): void {
  const length = end - start
  if (!emitRoom(length + 32)) return
  const at = emitAt()
  if (length <= 11 && spanInt(start, end)) {
    const value = load<i64>(REGISTERS + REG_AUX)
    if (value == ((value as i32) as i64)) return putInteger(at, value as i32)
  }
  if (length > 20) {
    // The lengths in front are as long as they can be for now.
    const data = at + 11
    const compressed = lzfCompress(start, end, data, data + length - 4)
    if (compressed != 0) {
      store<u8>(at, 0xc3)
      const behind = putLength(putLength(at + 1, compressed), length)
      memory.copy(behind, data, compressed)
      return emitTo(behind + compressed)
    }
  }
  emitTo(putLength(at, length))
  emitBytes(start, end)
}

function putInteger(at: u32, value: i32): void {
  if (value >= -0x80 && value < 0x80) {
    store<u8>(at, 0xc0)
    store<u8>(at, value as u8, 1)
    return emitTo(at + 2)
  }
  if (value >= -0x8000 && value < 0x8000) {
    store<u8>(at, 0xc1)
    store<u16>(at, value as u16, 1)
    return emitTo(at + 3)
  }
  store<u8>(at, 0xc2)
  store<i32>(at, value, 1)
  emitTo(at + 5)
}
