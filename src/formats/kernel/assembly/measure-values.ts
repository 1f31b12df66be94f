/** Values of a run that is measured, verified as rdb-run-values.ts does. Every function returns where the value ends, 0 to leave it to the reader. */
import {PACKED_HASH_MAX, PACKED_ZSET_MAX, REG_COUNT, REGISTERS} from '../layout'
import {hashSpan} from './hash'
import {intsetLongest, listpackLongest, ziplistLongest} from './measure-longest'
import {packedBytes, sizesField, sizesMember, sizesValue} from './measure-sizes'
import {spanInt} from './numbers'
import {lengthAt, lengthRead, spanFirst, spanLast, stringAt} from './rdb-run'
import {checkBlob, checkNode} from './rdb-run-values'
import {insert, seenClear} from './seen'

const SET: u32 = 2
const HASH: u32 = 4
const INTSET_MAX: u32 = 512
/** No longer text is that of an integer. */
const INTEGER_LONGEST: u32 = 20

/** Of packed values, their elements; of a string, its length. */
export let elements: u32 = 0
export let blobs: u32 = 0
export let blobBytes: u32 = 0
export let longestPacked: u32 = 0
export let isInteger: bool = false

export function valuesClear(): void {
  elements = 0
  blobs = 0
  blobBytes = 0
  longestPacked = 0
  isInteger = false
}

export function measureValue(type: u32, at: u32, limit: u32, table: u32, room: u32, setMost: u32): u32 {
  if (type == 0) return string(at, limit)
  if (type < 6) return collection(type, at, limit, table, room)
  if (type == 14 || type == 18) return nodes(type == 18, at, limit)
  return packed(type, at, limit, setMost)
}

function string(at: u32, limit: u32): u32 {
  if (isLongCompressed(at, limit)) {
    const end = stringAt(at, limit, false)
    elements = lengthRead()
    longestPacked = elements
    return end
  }
  const end = stringAt(at, limit, true)
  if (end == 0) return 0
  elements = spanLast() - spanFirst()
  longestPacked = elements
  isInteger = elements <= INTEGER_LONGEST && spanInt(spanFirst(), spanLast())
  return end
}

/** Of such a string its length is enough, which comes last of what stepping over it reads of lengths. */
function isLongCompressed(at: u32, limit: u32): bool {
  if (at >= limit || load<u8>(at) != 0xc3) return false
  at = lengthAt(at + 1, limit)
  return at != 0 && lengthAt(at, limit) != 0 && lengthRead() > INTEGER_LONGEST
}

/** Types 2, 4 and 5. */
function collection(type: u32, at: u32, limit: u32, table: u32, room: u32): u32 {
  at = lengthAt(at, limit)
  const members = lengthRead()
  if (at == 0 || members == 0 || members > limit - at) return 0
  // A small sorted set may end up packed, with its scores as text.
  if (type > HASH && members <= (PACKED_ZSET_MAX as u32)) return 0
  let slots: u32 = 16
  while (slots < members * 2) slots <<= 1
  if (slots << 3 > room) return 0
  seenClear(table, slots)
  for (let left = members; left > 0; left--) {
    at = stringAt(at, limit, true)
    if (at == 0 || insert(table, slots - 1, hashSpan(spanFirst(), spanLast(), 0)) != 0) return 0
    if (type == HASH) {
      sizesField(spanFirst(), spanLast())
      at = stringAt(at, limit, true)
      if (at == 0) return 0
      sizesValue(spanFirst(), spanLast())
    } else {
      sizesMember(spanFirst(), spanLast())
      if (type == SET) continue
      if (at > limit || limit - at < 8) return 0
      const score = load<f64>(at)
      if (score != score) return 0
      at += 8
    }
  }
  return at
}

function nodes(containers: bool, at: u32, limit: u32): u32 {
  at = lengthAt(at, limit)
  const total = lengthRead()
  if (at == 0 || total == 0) return 0
  for (let left = total; left > 0; left--) {
    if (containers) {
      // Plain nodes are large: for the reader.
      if (at >= limit || load<u8>(at) != 2) return 0
      at++
    }
    if (at >= limit) return 0
    const first: u32 = load<u8>(at)
    if (first >= 0xc0 && first != 0xc3) return 0
    at = stringAt(at, limit, true)
    const start = spanFirst()
    const end = spanLast()
    if (at == 0 || !checkNode(containers, start, end)) return 0
    elements += load<u32>(REGISTERS + REG_COUNT)
    const longest = containers ? listpackLongest(start, end, 1, 1) : ziplistLongest(start, end, 1, 1)
    if (longest > longestPacked) longestPacked = longest
    blob(end - start)
  }
  return at
}

/** Types 10 and above: one string that holds a packed encoding. */
function packed(type: u32, at: u32, limit: u32, setMost: u32): u32 {
  if (type == 25) {
    if (at + 8 > limit || load<u64>(at) > 0x1000000000000) return 0
    at += 8
  }
  if (at >= limit) return 0
  const first: u32 = load<u8>(at)
  if (first >= 0xc0 && first != 0xc3) return 0
  const after = stringAt(at, limit, true)
  if (after == 0) return 0
  const start = spanFirst()
  const end = spanLast()
  if (!checkBlob(type, start, end)) return 0
  const entries = load<u32>(REGISTERS + REG_COUNT)
  let most: u32 = PACKED_HASH_MAX
  switch (type) {
    case 10:
      elements = entries
      most = entries
      longestPacked = ziplistLongest(start, end, 1, 1)
      break
    case 11:
      elements = entries
      most = INTSET_MAX
      longestPacked = intsetLongest(start, end)
      break
    case 12:
    case 17:
      elements = entries >> 1
      most = PACKED_ZSET_MAX
      longestPacked = type == 12 ? ziplistLongest(start, end, 2, 1) : listpackLongest(start, end, 2, 1)
      break
    case 13:
    case 16:
      elements = entries >> 1
      longestPacked = type == 13 ? ziplistLongest(start, end, 1, 1) : listpackLongest(start, end, 1, 1)
      break
    case 20:
      elements = entries
      most = setMost
      longestPacked = listpackLongest(start, end, 1, 1)
      break
    default:
      elements = entries / 3
      longestPacked = listpackLongest(start, end, 3, 2)
  }
  if (elements > most) return 0
  blob(end - start)
  return after
}

function blob(bytes: u32): void {
  blobs++
  blobBytes += packedBytes(bytes)
}
