/**
 * Strings as rows of bits, the first bit in the top of the first byte: fields of BITFIELD, and BITOP.
 * Source: bitops.c.
 */
import {
  BITS_AND,
  BITS_LESS,
  BITS_NOT,
  BITS_OR,
  BITS_TWICE,
  BITS_WITHOUT,
} from '../layout'

/** What to do when a field does not hold the result: as OVERFLOW says. */
const SAT: u32 = 1
const FAIL: u32 = 2

/**
 * Set the field of `bits` bits at bit `offset` to `value`, or add `value` to it; the string reaches that far. Does nothing when
 * the result does not fit and `overflow` is 2; else it is cut (0) or the nearest that fits (1).
 */
export function bitsField(
  start: u32,
  offset: u32,
  bits: u32,
  signed: bool,
  add: bool,
  value: i64,
  overflow: u32,
): bool {
  const old = add ? getField(start, offset, bits) : 0
  const signedOld = signed && bits < 64 && (old >> (bits - 1)) != 0 ? old | ((-1 as u64) << bits) : old
  // A plain SET is checked like an addition of nothing.
  const base = add ? signedOld : (value as u64)
  const by = add ? value : 0
  const beyond = signed
    ? signedBeyond(base as i64, by, bits)
    : unsignedBeyond(base, by, bits)
  let result = base + (by as u64)
  if (beyond != 0) {
    if (overflow == FAIL) return false
    if (overflow == SAT) result = limit(signed, bits, beyond > 0)
  }
  setField(start, offset, bits, result)
  return true
}

/** Is base + by above (1) or below (-1) the field? Quirks of the sums included: a base far below counts as above. */
function signedBeyond(base: i64, by: i64, bits: u32): i32 {
  const most: i64 = bits == 64 ? i64.MAX_VALUE : ((1 as i64) << (bits - 1)) - 1
  const least: i64 = -most - 1
  const up: i64 = most - base
  const down: i64 = least - base
  if (base > most || (bits != 64 && by > up) || (base >= 0 && by > 0 && by > up)) return 1
  if (base < least || (bits != 64 && by < down) || (base < 0 && by < 0 && by < down)) return -1
  return 0
}

function unsignedBeyond(base: u64, by: i64, bits: u32): i32 {
  const most: u64 = ((1 as u64) << bits) - 1
  const up = (most - base) as i64
  const down = (0 - base) as i64
  if (base > most || (by > 0 && by > up)) return 1
  return by < 0 && by < down ? -1 : 0
}

function limit(signed: bool, bits: u32, above: bool): u64 {
  if (!signed) return above ? ((1 as u64) << bits) - 1 : 0
  const most: u64 = bits == 64 ? (i64.MAX_VALUE as u64) : ((1 as u64) << (bits - 1)) - 1
  return above ? most : ~most
}

function getField(start: u32, offset: u32, bits: u32): u64 {
  let value: u64 = 0
  let bit = offset as u64
  for (let left = bits; left > 0; left--, bit++) {
    const byte: u32 = load<u8>(start + ((bit >> 3) as u32))
    value = (value << 1) | (((byte >> (7 - ((bit as u32) & 7))) & 1) as u64)
  }
  return value
}

function setField(start: u32, offset: u32, bits: u32, value: u64): void {
  let bit = offset as u64
  for (let left = bits; left > 0; left--, bit++) {
    const at = start + ((bit >> 3) as u32)
    const shift = 7 - ((bit as u32) & 7)
    const on = ((value >> (left - 1)) as u32) & 1
    store<u8>(at, ((load<u8>(at) as u32) & ~(1 << shift)) | (on << shift))
  }
}

/**
 * Combine [target, target + length) with [source, source + sourceLength), not longer, zeros behind it; the result is in target.
 * `twice` is as long as the target: BITS_TWICE collects there which bits both had.
 */
export function bitsCombine(
  operation: u32,
  target: u32,
  length: u32,
  source: u32,
  sourceLength: u32,
  twice: u32,
): void {
  let at: u32 = 0
  const shared = operation == BITS_NOT ? length : sourceLength
  for (; shared - at >= 16; at += 16) {
    const a = v128.load(target + at)
    const b = operation == BITS_NOT ? a : v128.load(source + at)
    if (operation == BITS_TWICE) {
      v128.store(twice + at, v128.or(v128.load(twice + at), v128.and(a, b)))
    }
    v128.store(target + at, combined(operation, a, b))
  }
  for (; at < shared; at++) {
    const a = i8x16.splat(load<i8>(target + at))
    const b = operation == BITS_NOT ? a : i8x16.splat(load<i8>(source + at))
    if (operation == BITS_TWICE) {
      const both: u32 = (load<u8>(target + at) as u32) & (load<u8>(source + at) as u32)
      store<u8>(twice + at, (load<u8>(twice + at) as u32) | both)
    }
    store<u8>(target + at, i8x16.extract_lane_u(combined(operation, a, b), 0))
  }
  if (operation == BITS_AND || operation == BITS_LESS) memory.fill(target + shared, 0, length - shared)
}

// @ts-ignore: decorator
@inline
function combined(operation: u32, a: v128, b: v128): v128 {
  if (operation == BITS_AND) return v128.and(a, b)
  if (operation == BITS_OR) return v128.or(a, b)
  if (operation == BITS_NOT) return v128.not(a)
  if (operation == BITS_LESS) return v128.andnot(b, a)
  if (operation == BITS_WITHOUT) return v128.andnot(a, b)
  return v128.xor(a, b)
}
