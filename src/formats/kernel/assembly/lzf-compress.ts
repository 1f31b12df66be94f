/**
 * LZF compression: greedy, one hash table of 2^14 positions, which stays in the nearest caches, keyed on three bytes. The layout of the codes is in lzf.ts.
 * Positions in the table are counted from a base that only grows, so that what an earlier call left there is out of range:
 * nothing has to be cleared, and the same input always gives the same bytes.
 * Source: the limits of lzf_compress() in lzf_c.c.
 */
import {LZF_TABLE, REG_LZF, REGISTERS} from '../layout'

const TABLE_BYTES: u32 = 0x10000
const DISTANCE_MAX: u32 = 8192
const MATCH_MAX: u32 = 264
const LITERALS_MAX: u32 = 32
/** Positions left out between two tries in bytes that do not compress. */
const SKIP_MAX: u32 = 3

/** Compress [src, srcEnd) to `dst`. Returns the compressed length, or 0 if it does not fit in [dst, dstEnd). */
export function lzfCompress(src: u32, srcEnd: u32, dst: u32, dstEnd: u32): u32 {
  // What is added to an address to get its position in the table; earlier positions are all below `base`.
  const base = reserve(srcEnd - src)
  const bias = base - src
  let out = dst
  let at = src
  let literals = src
  if (srcEnd - src >= 4) {
    // Four bytes are loaded to get three, so the last three positions start no match.
    const stop = srcEnd - 3
    while (at < stop) {
      const word = load<u32>(at) & 0xffffff
      const slot = slotOf(word)
      const candidate = load<u32>(slot)
      store<u32>(slot, at + bias)
      const distance = at + bias - candidate
      if (candidate < base || distance > DISTANCE_MAX || (load<u32>(at - distance) & 0xffffff) != word) {
        // The longer nothing was found, the less is looked for, or random bytes would cost the most.
        at += 1 + min<u32>((at - literals) >> 7, SKIP_MAX)
        continue
      }
      const length = matchLength(at - distance, at, srcEnd)
      out = putLiterals(literals, at, out, dstEnd)
      if (out == 0 || dstEnd - out < (length < 9 ? 2 : 3)) return 0
      out = putReference(out, distance - 1, length - 2)
      const end = at + length
      // Remembering every position of a match costs more than the matches it finds: the last two do.
      for (at = end - 2; at < end && at < stop; at++) store<u32>(slotOf(load<u32>(at) & 0xffffff), at + bias)
      at = end
      literals = end
    }
  }
  out = putLiterals(literals, srcEnd, out, dstEnd)
  return out == 0 ? 0 : out - dst
}

/** Set `length` positions aside and return the first; starts over, with a cleared table, when the numbers run out. */
function reserve(length: u32): u32 {
  let base = load<u32>(REGISTERS + REG_LZF)
  if (base == 0 || base > 0xffffffff - DISTANCE_MAX - length) {
    memory.fill(LZF_TABLE, 0, TABLE_BYTES)
    base = 1
  }
  store<u32>(REGISTERS + REG_LZF, base + length)
  return base
}

// @ts-expect-error: decorator
@inline
function slotOf(word: u32): u32 {
  return LZF_TABLE + (((word * 0x9e3779b1) >> 18) << 2)
}

// @ts-expect-error: decorator
@inline
function matchLength(from: u32, at: u32, srcEnd: u32): u32 {
  const end = min<u32>(srcEnd, at + MATCH_MAX)
  let next = at + 3
  from += 3
  while (end - next >= 8) {
    const difference = load<u64>(from) ^ load<u64>(next)
    if (difference != 0) return next - at + ((ctz<u64>(difference) as u32) >> 3)
    next += 8
    from += 8
  }
  while (next < end && load<u8>(from) == load<u8>(next)) {
    next++
    from++
  }
  return next - at
}

/** Write [from, end) as literal runs. Returns where the output ends, or 0 when it does not fit. */
function putLiterals(from: u32, end: u32, out: u32, outEnd: u32): u32 {
  while (from < end) {
    const length = min<u32>(end - from, LITERALS_MAX)
    if (outEnd - out < length + 1) return 0
    store<u8>(out++, length - 1)
    if (end - from >= 32 && outEnd - out >= 32) {
      v128.store(out, v128.load(from))
      v128.store(out, v128.load(from, 16), 16)
    } else {
      for (let i: u32 = 0; i < length; i++) store<u8>(out + i, load<u8>(from + i))
    }
    out += length
    from += length
  }
  return out
}

// @ts-expect-error: decorator
@inline
function putReference(out: u32, offset: u32, length: u32): u32 {
  if (length < 7) {
    store<u8>(out++, (length << 5) | (offset >> 8))
  } else {
    store<u8>(out++, 0xe0 | (offset >> 8))
    store<u8>(out++, length - 7)
  }
  store<u8>(out++, offset)
  return out
}
