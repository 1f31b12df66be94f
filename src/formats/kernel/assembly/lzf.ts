/**
 * LZF decompression. A control byte c, then:
 *
 *     c < 32    c + 1 literal bytes
 *     c >= 32   length c >> 5; if that is 7, plus the next byte; 2 more are copied
 *               from (((c & 31) << 8) | next byte) + 1 bytes back; the copy may overlap itself
 *
 * Copies move 16 bytes at a time and may write more than the code says, but never beyond `dstEnd`.
 * Source: lzf_decompress() in lzf_d.c.
 */
import {
  LZF_INPUT,
  LZF_LONG,
  LZF_PATTERNS,
  LZF_REFERENCE,
  LZF_SHORT,
  REG_ERROR_AT,
  REG_NEXT,
  REG_OUT,
  REGISTERS,
} from '../layout'

/** Longest code and longest copy: what `lzfPiece` needs on either side to decode one more code. */
const CODE_MAX: u32 = 34
const COPY_MAX: u32 = 264

/**
 * Row n holds the indexes i modulo n: a swizzle by it repeats the first n bytes of a vector. Byte n of row 0 says how many
 * bytes of such a vector are whole periods.
 */
export function lzfInit(): void {
  for (let period: u32 = 1; period < 16; period++) {
    store<u8>(LZF_PATTERNS + period, 16 - (16 % period))
    for (let i: u32 = 0; i < 16; i++) store<u8>(LZF_PATTERNS + (period << 4) + i, i % period)
  }
}

/**
 * Expand [src, srcEnd) to exactly [dst, dstEnd). Returns 0 or an LZF_ error, with REG_ERROR_AT the code in the input.
 * The two ranges must not overlap; on error the output holds anything.
 */
export function lzfDecompress(src: u32, srcEnd: u32, dst: u32, dstEnd: u32): u32 {
  const error = expand(src, srcEnd, srcEnd, dst, dst, dstEnd, dstEnd)
  if (error != 0) return error
  return load<u32>(REGISTERS + REG_OUT) == dstEnd ? 0 : fail(LZF_SHORT, srcEnd)
}

/**
 * Expand whole codes while 264 bytes of room and, unless `final`, 34 bytes of input are left. References may reach down to
 * `historyStart`. REG_NEXT says where the next code starts, REG_OUT where the output ends. Returns 0 or an LZF_ error.
 */
export function lzfPiece(src: u32, srcEnd: u32, final: bool, historyStart: u32, out: u32, outEnd: u32): u32 {
  store<u32>(REGISTERS + REG_NEXT, src)
  store<u32>(REGISTERS + REG_OUT, out)
  if (outEnd - out < COPY_MAX || (!final && srcEnd - src < CODE_MAX)) return 0
  const lastCode = final ? srcEnd : srcEnd - CODE_MAX + 1
  return expand(src, srcEnd, lastCode, historyStart, out, outEnd, outEnd - COPY_MAX + 1)
}

/** Would [src, srcEnd) expand to exactly `size` bytes? */
export function lzfIsRight(src: u32, srcEnd: u32, size: u32): bool {
  let out: u32 = 0
  while (src < srcEnd) {
    const control: u32 = load<u8>(src)
    if (control < 32) {
      src += control + 2
      out += control + 1
    } else {
      // Two bytes behind the end are readable: the code is refused if it ends there.
      const isLong = control >= 0xe0
      const more: u32 = load<u8>(src, 1)
      const low: u32 = isLong ? (load<u8>(src, 2) as u32) : more
      if ((((control & 31) << 8) | low) >= out) return false
      out += (control >> 5) + 2 + (isLong ? more : 0)
      src += isLong ? 3 : 2
    }
    if (out > size) return false
  }
  return src == srcEnd && out == size
}

/** Decode codes that start below `srcStop` as long as the output is below `dstStop`, or at it. */
function expand(src: u32, srcEnd: u32, srcStop: u32, history: u32, dst: u32, dstEnd: u32, dstStop: u32): u32 {
  const whole = dstStop == dstEnd
  while (src < srcStop && (whole || dst < dstStop)) {
    const code = src
    const control: u32 = load<u8>(src++)
    if (control < 32) {
      const length = control + 1
      if (length > srcEnd - src) return fail(LZF_INPUT, code)
      if (length > dstEnd - dst) return fail(LZF_LONG, code)
      copyLiterals(src, srcEnd, dst, dstEnd, length)
      src += length
      dst += length
      continue
    }
    let length = (control >> 5) + 2
    if (length == 9) {
      if (src >= srcEnd) return fail(LZF_INPUT, code)
      length += load<u8>(src++) as u32
    }
    if (src >= srcEnd) return fail(LZF_INPUT, code)
    const distance = (((control & 31) << 8) | (load<u8>(src++) as u32)) + 1
    if (distance > dst - history) return fail(LZF_REFERENCE, code)
    if (length > dstEnd - dst) return fail(LZF_LONG, code)
    copyBack(dst, dstEnd, distance, length)
    dst += length
  }
  store<u32>(REGISTERS + REG_NEXT, src)
  store<u32>(REGISTERS + REG_OUT, dst)
  return 0
}

// @ts-expect-error: decorator
@inline
function copyLiterals(src: u32, srcEnd: u32, dst: u32, dstEnd: u32, length: u32): void {
  if (srcEnd - src >= 32 && dstEnd - dst >= 32) {
    v128.store(dst, v128.load(src))
    if (length > 16) v128.store(dst, v128.load(src, 16), 16)
  } else {
    copyTail(src, dst, length)
  }
}

// @ts-expect-error: decorator
@inline
function copyBack(dst: u32, dstEnd: u32, distance: u32, length: u32): void {
  const end = dst + length
  let from = dst - distance
  if (dstEnd - end >= 16) {
    if (distance >= 16) {
      do {
        v128.store(dst, v128.load(from))
        from += 16
        dst += 16
      } while (dst < end)
      return
    }
    const pattern = v128.swizzle(v128.load(from), v128.load(LZF_PATTERNS + (distance << 4)))
    const step: u32 = load<u8>(LZF_PATTERNS + distance)
    do {
      v128.store(dst, pattern)
      dst += step
    } while (dst < end)
    return
  }
  copyTail(from, dst, length)
}

/** Byte by byte, so that overlaps repeat as the format wants; eight at a time where they do not. */
function copyTail(from: u32, dst: u32, length: u32): void {
  const end = dst + length
  if (dst - from >= 8) {
    for (; end - dst >= 8; dst += 8, from += 8) store<u64>(dst, load<u64>(from))
  }
  for (; dst < end; dst++, from++) store<u8>(dst, load<u8>(from))
}

function fail(error: u32, at: u32): u32 {
  store<u32>(REGISTERS + REG_ERROR_AT, at)
  return error
}
