/** The whole of a ziplist, as a server's deep check has it. Source: ziplistValidateIntegrity() in ziplist.c. */
import {
  CHECK_SCORE_ORDER,
  CHECK_SCORES,
  PACKED_BACK,
  PACKED_COUNT,
  PACKED_DUPLICATE,
  PACKED_EMPTY,
  PACKED_TAIL,
  PACKED_TUPLE,
  REG_AUX,
  REG_COUNT,
  REGISTERS,
} from '../layout'
import {fail} from './listpack'
import {SEEN_FULL, SEEN_TWICE, seenAdd, seenBegin, ZIPLIST} from './members'
import {orderBegin, orderDoubts, scoreRule} from './tuples'
import {ziplistEncoding, ziplistFault, ziplistHeader, ziplistPrevious, ziplistSize} from './ziplist'

/** As listpackCheck, for tuples of 0, 1 or 2. */
export function ziplistCheck(start: u32, end: u32, tuple: u32, flags: u32): u32 {
  const header = ziplistHeader(start, end)
  if (header != 0) return header
  store<u64>(REGISTERS + REG_AUX, 0)
  const error = walk(start, end - 1, tuple, flags)
  if (error != 0) return error
  const count = load<u32>(REGISTERS + REG_COUNT)
  const stated: u32 = load<u16>(start, 8)
  if (stated != 0xffff && stated != count) return fail(PACKED_COUNT, start + 8)
  if (tuple == 0) return 0
  if (count % tuple != 0) return fail(PACKED_TUPLE, start + 8)
  return count == 0 ? fail(PACKED_EMPTY, start + 8) : 0
}

function walk(start: u32, limit: u32, tuple: u32, flags: u32): u32 {
  if (tuple != 0) {
    seenBegin(limit - start)
    orderBegin()
  }
  let count: u32 = 0
  let column: u32 = 0
  let member: u32 = 0
  let full: u32 = 0
  let last = start + 10
  let previous: u32 = 0
  for (let at = last; at < limit; at += previous) {
    const encoding = ziplistEncoding(at, limit)
    const size = encoding == 0 ? 0 : ziplistSize(encoding, limit)
    if (size == 0) return fail(ziplistFault(at, limit), at)
    if (ziplistPrevious(at) != previous) return fail(PACKED_BACK, at)
    if (tuple != 0) {
      let error: u32 = 0
      if (column == 0) {
        member = encoding
        const seen = full != 0 ? SEEN_FULL : seenAdd(ZIPLIST, encoding)
        if (seen == SEEN_TWICE) error = PACKED_DUPLICATE
        full = (seen == SEEN_FULL) as u32
      } else if ((flags & CHECK_SCORES) != 0) error = scoreRule(ZIPLIST, member, encoding)
      if (error != 0) return fail(error, at)
      if (++column == tuple) column = 0
    }
    last = at
    previous = encoding - at + size
    count++
  }
  // Without entries servers do not look at the tail.
  if (count != 0 && load<u32>(start, 4) != last - start) return fail(PACKED_TAIL, start + 4)
  store<u32>(REGISTERS + REG_COUNT, count)
  store<u32>(
    REGISTERS + REG_AUX,
    (flags & CHECK_SCORE_ORDER) != 0 && tuple != 0 ? orderDoubts() : 0,
  )
  store<u32>(REGISTERS + REG_AUX, full, 4)
  return 0
}
