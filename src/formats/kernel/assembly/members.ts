/**
 * Members of packed collections, whatever packs them, and finding one that is there twice. An integer entry and a string entry
 * with the same text are the same member. SEEN_TABLE is open addressing over (tag u32, address u32); a tag is 16 bits of epoch,
 * which empties the table, and 16 bits of hash. What has the same tag is compared byte by byte.
 */
import {REG_AUX, REG_SEEN, REGISTERS, SEEN_SLOTS, SEEN_TABLE} from '../layout'
import {hashInt, hashSpan} from './hash'
import {listpackInt, listpackIsText, listpackTextEnd, listpackTextStart} from './listpack'
import {putInt, spanInt} from './numbers'
import {compareSpans, equalSpans} from './spans'
import {ziplistInt, ziplistIsText, ziplistTextEnd, ziplistTextStart} from './ziplist'
import {zipmapTextEnd, zipmapTextStart} from './zipmap'

/** What packs a member; its address is that of the encoding byte (ziplist) or of the length (zipmap). */
export const LISTPACK: u32 = 0
export const ZIPLIST: u32 = 1
export const ZIPMAP: u32 = 2

export const SEEN_NEW: u32 = 0
export const SEEN_TWICE: u32 = 1
export const SEEN_FULL: u32 = 2

/** A member with what belongs to it takes two bytes at least: the table is never more than half full, and as small as that allows. */
let seenMask: u32 = SEEN_SLOTS - 1

/** Forget all members, before those of a blob of so many bytes. */
export function seenBegin(bytes: u32): void {
  const wanted: u32 = bytes < 32 ? 32 : bytes
  seenMask = wanted >= (SEEN_SLOTS as u32) ? SEEN_SLOTS - 1 : ((1 as u32) << (32 - clz<u32>(wanted - 1))) - 1
  let epoch = load<u32>(REGISTERS + REG_SEEN) + 1
  if (epoch > 0xffff) {
    memory.fill(SEEN_TABLE, 0, SEEN_SLOTS * 8)
    epoch = 1
  }
  store<u32>(REGISTERS + REG_SEEN, epoch)
  store<u32>(REGISTERS + REG_SEEN, 0, 4)
}

/** Remember the member at `at`, which must be sound. Above SEEN_SLOTS / 2 members it is SEEN_FULL. Overwrites REG_AUX. */
// @ts-ignore: decorator
@inline
export function seenAdd(kind: u32, at: u32): u32 {
  return seenInsert(kind, at, memberHash(kind, at))
}

function seenInsert(kind: u32, at: u32, code: u64): u32 {
  const count = load<u32>(REGISTERS + REG_SEEN, 4)
  if (count > seenMask >> 1) return SEEN_FULL
  const tag = (load<u32>(REGISTERS + REG_SEEN) << 16) | ((code >> 48) as u32)
  let slot = (code as u32) & seenMask
  while (true) {
    const address: u32 = SEEN_TABLE + (slot << 3)
    const found = load<u32>(address)
    if (found >> 16 != tag >> 16) {
      store<u32>(address, tag)
      store<u32>(address, at, 4)
      store<u32>(REGISTERS + REG_SEEN, count + 1, 4)
      return SEEN_NEW
    }
    if (found == tag && sameMember(kind, load<u32>(address, 4), at)) return SEEN_TWICE
    slot = (slot + 1) & seenMask
  }
}

// @ts-ignore: decorator
@inline
function memberHash(kind: u32, at: u32): u64 {
  if (!memberIsText(kind, at)) return hashInt(memberInt(kind, at))
  const start = memberStart(kind, at)
  const end = memberEnd(kind, at)
  if (start < end && load<u8>(start) <= 0x39 && spanInt(start, end)) return hashInt(load<i64>(REGISTERS + REG_AUX))
  return hashSpan(start, end, 0)
}

function sameMember(kind: u32, a: u32, b: u32): bool {
  const aIsInt = memberIsInt(kind, a)
  const aInt = load<i64>(REGISTERS + REG_AUX)
  if (memberIsInt(kind, b) != aIsInt) return false
  if (aIsInt) return load<i64>(REGISTERS + REG_AUX) == aInt
  return equalSpans(
    memberStart(kind, a),
    memberEnd(kind, a),
    memberStart(kind, b),
    memberEnd(kind, b),
  )
}

/** Whether the member is an integer, or the text that one would have; if so it is in REG_AUX. */
export function memberIsInt(kind: u32, at: u32): bool {
  if (memberIsText(kind, at)) return spanInt(memberStart(kind, at), memberEnd(kind, at))
  store<i64>(REGISTERS + REG_AUX, memberInt(kind, at))
  return true
}

/** Whether the member is packed as a string. */
// @ts-ignore: decorator
@inline
export function memberIsText(kind: u32, at: u32): bool {
  const first: u32 = load<u8>(at)
  return kind == LISTPACK ? listpackIsText(first) : kind == ZIPLIST ? ziplistIsText(first) : true
}

/** Value of a member that is packed as an integer. */
// @ts-ignore: decorator
@inline
export function memberInt(kind: u32, at: u32): i64 {
  return kind == LISTPACK ? listpackInt(at) : ziplistInt(at)
}

/** Where the text of a string member starts. */
// @ts-ignore: decorator
@inline
export function memberStart(kind: u32, at: u32): u32 {
  return kind == LISTPACK
    ? listpackTextStart(at)
    : kind == ZIPLIST
      ? ziplistTextStart(at)
      : zipmapTextStart(at)
}

/** Where the text of a string member ends. */
// @ts-ignore: decorator
@inline
export function memberEnd(kind: u32, at: u32): u32 {
  return kind == LISTPACK
    ? listpackTextEnd(at)
    : kind == ZIPLIST
      ? ziplistTextEnd(at)
      : zipmapTextEnd(at)
}

/** Order of two members by the bytes of their texts. `scratch` has room for two decimal texts, 48 bytes. */
export function compareMembers(kind: u32, a: u32, b: u32, scratch: u32): i32 {
  const aText = memberIsText(kind, a)
  const bText = memberIsText(kind, b)
  const aStart = aText ? memberStart(kind, a) : scratch
  const aEnd = aText ? memberEnd(kind, a) : putInt(scratch, memberInt(kind, a))
  const bStart = bText ? memberStart(kind, b) : scratch + 24
  const bEnd = bText ? memberEnd(kind, b) : putInt(scratch + 24, memberInt(kind, b))
  return compareSpans(aStart, aEnd, bStart, bEnd)
}
