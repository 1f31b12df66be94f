/** The whole of a listpack, as a server's deep check has it, plus the order of scores. Source: lpValidateIntegrity() in listpack.c. */
import {
  CHECK_SCORE_ORDER,
  CHECK_SCORES,
  CHECK_TTL,
  PACKED_COUNT,
  PACKED_DUPLICATE,
  PACKED_EMPTY,
  PACKED_TUPLE,
  REG_AUX,
  REG_COUNT,
  REGISTERS,
} from '../layout'
import {fail, listpackFault, listpackHeader, listpackInt, listpackStep} from './listpack'
import {LISTPACK, SEEN_FULL, SEEN_TWICE, seenAdd, seenBegin} from './members'
import {orderBegin, orderDoubts, scoreRule, ttlRule} from './tuples'

/**
 * Check every entry of the listpack, and what `tuple` and `flags` ask for: 0 any entries, 1 a set, 2 pairs, 3 fields with expiry.
 * The first of each tuple must be unique. REG_COUNT is the number of entries; REG_AUX (u32) has AUX_ bits for what is
 * odd about the scores if that was asked for, REG_AUX + 4 (u32) is 1 if there were too many tuples to look for duplicates.
 * Returns 0 or a PACKED_ error at REG_ERROR_AT.
 */
export function listpackCheck(start: u32, end: u32, tuple: u32, flags: u32): u32 {
  const header = listpackHeader(start, end)
  if (header != 0) return header
  store<u64>(REGISTERS + REG_AUX, 0)
  const error =
    tuple == 0 ? walkEntries(start + 6, end - 1) : walkTuples(start + 6, end - 1, tuple, flags)
  if (error != 0) return error
  const count = load<u32>(REGISTERS + REG_COUNT)
  const stated: u32 = load<u16>(start, 4)
  if (stated != 0xffff && stated != count) return fail(PACKED_COUNT, start + 4)
  if (tuple == 0) return 0
  if (count % tuple != 0) return fail(PACKED_TUPLE, start + 4)
  return count == 0 ? fail(PACKED_EMPTY, start + 4) : 0
}

function walkEntries(at: u32, limit: u32): u32 {
  let count: u32 = 0
  while (at < limit) {
    const next = listpackStep(at, limit)
    if (next == 0) return fail(listpackFault(at, limit), at)
    at = next
    count++
  }
  store<u32>(REGISTERS + REG_COUNT, count)
  return 0
}

function walkTuples(at: u32, limit: u32, tuple: u32, flags: u32): u32 {
  seenBegin(limit - at)
  orderBegin()
  let count: u32 = 0
  let column: u32 = 0
  let member: u32 = 0
  let full: u32 = 0
  let ttl: i64 = -1
  while (at < limit) {
    const next = listpackStep(at, limit)
    if (next == 0) return fail(listpackFault(at, limit), at)
    let error: u32 = 0
    if (column == 0) {
      member = at
      const seen = full != 0 ? SEEN_FULL : seenAdd(LISTPACK, at)
      if (seen == SEEN_TWICE) error = PACKED_DUPLICATE
      full = (seen == SEEN_FULL) as u32
    } else if (column == 1) {
      if ((flags & CHECK_SCORES) != 0) error = scoreRule(LISTPACK, member, at)
    } else if ((flags & CHECK_TTL) != 0) {
      error = ttlRule(LISTPACK, at, ttl)
      ttl = listpackInt(at)
    }
    if (error != 0) return fail(error, at)
    if (++column == tuple) column = 0
    at = next
    count++
  }
  store<u32>(REGISTERS + REG_COUNT, count)
  store<u32>(REGISTERS + REG_AUX, (flags & CHECK_SCORE_ORDER) != 0 ? orderDoubts() : 0)
  store<u32>(REGISTERS + REG_AUX, full, 4)
  return 0
}
