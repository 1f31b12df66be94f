/** Comparing and searching bytes, sixteen at a time. */

/** Whether the two spans hold the same bytes. */
export function equalSpans(a: u32, aEnd: u32, b: u32, bEnd: u32): bool {
  if (aEnd - a != bEnd - b) return false
  return firstDifference(a, b, aEnd - a) == aEnd - a
}

/** Order of the two spans as memcmp() and then length have it: below 0, 0 or above 0. */
export function compareSpans(a: u32, aEnd: u32, b: u32, bEnd: u32): i32 {
  const aLength = aEnd - a
  const bLength = bEnd - b
  const shared = min<u32>(aLength, bLength)
  const at = firstDifference(a, b, shared)
  if (at < shared) return (load<u8>(a + at) as i32) - (load<u8>(b + at) as i32)
  return ((aLength > bLength) as i32) - ((aLength < bLength) as i32)
}

/** Copy [start, end) to `to`, over which it may lie. */
export function moveSpan(start: u32, end: u32, to: u32): void {
  memory.copy(to, start, end - start)
}

/** Address of the first `byte` in [start, end), or `end`. */
export function findByte(start: u32, end: u32, byte: u32): u32 {
  const wanted = i8x16.splat(byte as i8)
  for (; end - start >= 16; start += 16) {
    const hits = i8x16.bitmask(i8x16.eq(v128.load(start), wanted))
    if (hits != 0) return start + ctz<i32>(hits)
  }
  while (start < end && load<u8>(start) != (byte & 0xff)) start++
  return start
}

/** Address of the first byte that is not zero in [start, end), or `end`. */
export function isZero(start: u32, end: u32): u32 {
  for (; end - start >= 64; start += 64) {
    const low = v128.or(v128.load(start), v128.load(start, 16))
    const high = v128.or(v128.load(start, 32), v128.load(start, 48))
    if (v128.any_true(v128.or(low, high))) break
  }
  while (end - start >= 8 && load<u64>(start) == 0) start += 8
  while (start < end && load<u8>(start) == 0) start++
  return start
}

/** How many of the `length` bytes at `a` and `b` agree before the first that differs. */
function firstDifference(a: u32, b: u32, length: u32): u32 {
  let at: u32 = 0
  for (; length - at >= 16; at += 16) {
    const same = i8x16.bitmask(i8x16.eq(v128.load(a + at), v128.load(b + at)))
    if (same != 0xffff) return at + ctz<i32>(~same)
  }
  if (length - at >= 8) {
    const difference = load<u64>(a + at) ^ load<u64>(b + at)
    if (difference != 0) return at + ((ctz<u64>(difference) as u32) >> 3)
    at += 8
  }
  while (at < length && load<u8>(a + at) == load<u8>(b + at)) at++
  return at
}
