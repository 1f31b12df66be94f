/**
 * Intsets: `width u32 | count u32 | count integers of that width`, strictly ascending. Source: intset.c.
 */
import {
  INT_TEXT,
  PACKED_EMPTY,
  PACKED_ENCODING,
  PACKED_ORDER,
  PACKED_SIZE,
  REG_COUNT,
  REGISTERS,
  SPANS,
} from '../layout'
import {fail} from './listpack'
import {putInt} from './numbers'

/** Check header and order. REG_COUNT is the number of members. Returns 0 or a PACKED_ error at REG_ERROR_AT. */
export function intsetCheck(start: u32, end: u32): u32 {
  if (end - start < 8) return fail(PACKED_SIZE, start)
  const width = load<u32>(start)
  if (width != 2 && width != 4 && width != 8) return fail(PACKED_ENCODING, start)
  const count = load<u32>(start, 4)
  if ((width as u64) * (count as u64) + 8 != ((end - start) as u64)) return fail(PACKED_SIZE, start + 4)
  store<u32>(REGISTERS + REG_COUNT, count)
  if (count == 0) return fail(PACKED_EMPTY, start)
  let previous = readMember(start + 8, width)
  for (let at = start + 8 + width; at < end; at += width) {
    const member = readMember(at, width)
    if (member <= previous) return fail(PACKED_ORDER, at)
    previous = member
  }
  return 0
}

/** Write the members from `index` on, up to `max`, as decimal texts with spans in SPANS. Returns how many: 0 after the last. */
export function intsetRead(start: u32, end: u32, index: u32, max: u32): u32 {
  const width = end - start < 8 ? 0 : load<u32>(start)
  if (width != 2 && width != 4 && width != 8) return 0
  const total = (end - start - 8) / width
  if (index >= total) return 0
  const count = min<u32>(max, total - index)
  let text: u32 = INT_TEXT
  let at = start + 8 + index * width
  const spansEnd: u32 = SPANS + (count << 3)
  for (let span: u32 = SPANS; span < spansEnd; span += 8, at += width) {
    store<u32>(span, text)
    text = putInt(text, readMember(at, width))
    store<u32>(span, text, 4)
  }
  return count
}

/** The first member of an intset that was found right, or the last. */
export function intsetEnds(start: u32, end: u32, last: bool): i64 {
  const width = load<u32>(start)
  return readMember(last ? end - width : start + 8, width)
}

// @ts-expect-error: decorator
@inline
export function readMember(at: u32, width: u32): i64 {
  return width == 2 ? (load<i16>(at) as i64) : width == 4 ? (load<i32>(at) as i64) : load<i64>(at)
}
