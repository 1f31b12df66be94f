/** The whole of a zipmap, as servers check it when they convert it. Source: zipmapValidateIntegrity() in zipmap.c. */
import {
  AUX_BEHIND,
  PACKED_BEYOND,
  PACKED_COUNT,
  PACKED_DUPLICATE,
  PACKED_EMPTY,
  PACKED_LENGTH_FORM,
  PACKED_SIZE,
  PACKED_TERMINATOR,
  REG_AUX,
  REG_COUNT,
  REGISTERS,
} from '../layout'
import {fail} from './listpack'
import {SEEN_FULL, SEEN_TWICE, seenAdd, seenBegin, ZIPMAP} from './members'
import {zipmapNext, zipmapValue} from './zipmap'

/**
 * Check all of the zipmap, duplicates included. REG_COUNT is the number of pairs, REG_AUX (u32) is AUX_BEHIND if bytes follow its
 * terminator, REG_AUX + 4 (u32) is 1 if the pairs were too many to look for duplicates. Returns 0 or a PACKED_ error at REG_ERROR_AT.
 */
export function zipmapCheck(start: u32, end: u32): u32 {
  if (end - start < 2) return fail(PACKED_SIZE, start)
  const limit = end - 1
  if (load<u8>(limit) != 0xff) return fail(PACKED_TERMINATOR, limit)
  seenBegin(limit - start)
  let count: u32 = 0
  let full: u32 = 0
  let at = start + 1
  for (; load<u8>(at) != 255; count++) {
    const value = zipmapValue(at, limit)
    const next = value == 0 ? 0 : zipmapNext(value, limit)
    if (next == 0) return fault(value == 0 ? at : value, limit)
    if (full == 0) {
      const seen = seenAdd(ZIPMAP, at)
      if (seen == SEEN_TWICE) return fail(PACKED_DUPLICATE, at)
      if (seen == SEEN_FULL) full = 1
    }
    at = next
  }
  store<u32>(REGISTERS + REG_COUNT, count)
  store<u32>(REGISTERS + REG_AUX, at < limit ? AUX_BEHIND : 0)
  store<u32>(REGISTERS + REG_AUX, full, 4)
  if (count == 0) return fail(PACKED_EMPTY, start)
  const stated: u32 = load<u8>(start)
  return stated != 254 && stated != count ? fail(PACKED_COUNT, start) : 0
}

/** Why the length at `at`, or what it announces, is bad. */
function fault(at: u32, limit: u32): u32 {
  const first: u32 = load<u8>(at)
  if (first >= 254 && limit - at >= 5 && load<u32>(at, 1) < 254) return fail(PACKED_LENGTH_FORM, at)
  return fail(PACKED_BEYOND, at)
}
