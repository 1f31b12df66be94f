/**
 * Zipmaps: `count u8 | (length key length free value padding)... | ff`. A length is one byte below 254, or fe and u32;
 * `free` says how many bytes of padding follow the value. A count of 254 means that one has to walk. Servers take a length of
 * 255 for one of 254, except at a key, where it ends the map.
 * Source: the head comment of zipmap.c, zipmapValidateIntegrity().
 */
import {REG_ERROR_AT, REG_NEXT, REGISTERS, SPANS} from '../layout'

/** As listpackRead, two spans per pair, so `max` is rounded down to pairs; the first pair is at start + 1. Ends at the first ff. */
export function zipmapRead(next: u32, end: u32, max: u32): u32 {
  const limit = end - 1
  let count: u32 = 0
  for (let span: u32 = SPANS; count + 2 <= max && next < limit && load<u8>(next) != 255; count += 2, span += 16) {
    const value = zipmapValue(next, limit)
    const after = value == 0 ? 0 : zipmapNext(value, limit)
    if (after == 0) {
      store<u32>(REGISTERS + REG_ERROR_AT, next)
      return 0xffffffff
    }
    const start = value + lengthSize(value) + 1
    store<u32>(span, zipmapTextStart(next))
    store<u32>(span, value, 4)
    store<u32>(span, start, 8)
    store<u32>(span, start + readLength(value), 12)
    next = after
  }
  store<u32>(REGISTERS + REG_NEXT, next)
  return count
}

/** Where the key with its length at `at` starts. */
export function zipmapTextStart(at: u32): u32 {
  return at + lengthSize(at)
}

/** Where the key with its length at `at` ends. */
export function zipmapTextEnd(at: u32): u32 {
  return at + lengthSize(at) + readLength(at)
}

/** Address of the value's length after the key at `at`, or 0 when the key is bad. */
export function zipmapValue(at: u32, limit: u32): u32 {
  if (!soundLength(at, limit)) return 0
  const size = lengthSize(at)
  const length = readLength(at)
  return length >= limit - at - size ? 0 : at + size + length
}

/** Address after the value with its length at `at`, padding included, or 0 when it is bad. */
export function zipmapNext(at: u32, limit: u32): u32 {
  if (!soundLength(at, limit)) return 0
  const size = lengthSize(at)
  const room = limit - at - size
  if (room == 0) return 0
  const free: u32 = load<u8>(at + size)
  const length = readLength(at)
  if (length > room - 1 || free > room - 1 - length) return 0
  return at + size + 1 + length + free
}

// @ts-expect-error: decorator
@inline
function lengthSize(at: u32): u32 {
  return load<u8>(at) < 254 ? 1 : 5
}

// @ts-expect-error: decorator
@inline
function readLength(at: u32): u32 {
  const first: u32 = load<u8>(at)
  return first < 254 ? first : load<u32>(at, 1)
}

/** Whether a length starts at `at`, below `limit`, lies inside and is in its only form. */
function soundLength(at: u32, limit: u32): bool {
  const first: u32 = load<u8>(at)
  if (first < 254) return true
  return limit - at >= 5 && load<u32>(at, 1) >= 254
}
