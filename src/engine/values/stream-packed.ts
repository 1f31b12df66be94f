/**
 * Entries of a listpack inside an array of bytes; see formats/packed/listpack.ts for their layout. Only what a server writes is
 * read here: what comes from elsewhere is checked or written anew before.
 */
import {copyBytes} from '../../formats/packed/growable.ts'
import {type Int64, parseInt64} from '../../formats/packed/int64.ts'

/** What an entry takes more than its text, at most. */
export const ENTRY_OVERHEAD = 10
const TWO_32 = 0x100000000

/** Bytes of the encoding and data of the entry at `at`. */
function dataSize(bytes: Uint8Array, at: number): number {
  const first = bytes[at]
  if (first < 0x80) return 1
  if (first < 0xc0) return 1 + (first & 63)
  if (first < 0xe0) return 2
  if (first < 0xf0) return 2 + (((first & 15) << 8) | bytes[at + 1])
  if (first === 0xf0) return 5 + u32le(bytes, at + 1)
  return first === 0xf4 ? 9 : first - 0xee
}

/** Bytes of the length that leads back over `size` bytes. Source: lpEncodeBacklen() in listpack.c. */
const backSize = (size: number): number =>
  size < 128 ? 1 : size < 16383 ? 2 : size < 2097151 ? 3 : size < 268435455 ? 4 : 5

export function entryAfter(bytes: Uint8Array, at: number): number {
  const first = bytes[at]
  if (first < 0x80) return at + 2
  const size = dataSize(bytes, at)
  return at + size + backSize(size)
}

export function skipEntries(bytes: Uint8Array, at: number, count: number): number {
  for (; count > 0; count--) at = entryAfter(bytes, at)
  return at
}

export function isTextEntry(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at]
  return (first & 0xc0) === 0x80 || (first >= 0xe0 && first <= 0xf0)
}

export function textStart(bytes: Uint8Array, at: number): number {
  const first = bytes[at]
  return at + (first < 0xc0 ? 1 : first < 0xf0 ? 2 : 5)
}

export const textEnd = (bytes: Uint8Array, at: number): number => at + dataSize(bytes, at)

/** Low half of an integer entry, unsigned. */
export function intLow(bytes: Uint8Array, at: number): number {
  const first = bytes[at]
  if (first < 0x80) return first
  if (first < 0xe0) return (((((first & 31) << 8) | bytes[at + 1]) << 19) >> 19) >>> 0
  if (first === 0xf1) return (((bytes[at + 1] | (bytes[at + 2] << 8)) << 16) >> 16) >>> 0
  if (first === 0xf2) return (i24le(bytes, at + 1) << 0) >>> 0
  return u32le(bytes, at + 1)
}

/** High half of an integer entry, signed. */
export function intHigh(bytes: Uint8Array, at: number): number {
  if (bytes[at] === 0xf4) return u32le(bytes, at + 5) | 0
  return bytes[at] < 0x80 ? 0 : (intLow(bytes, at) | 0) >> 31
}

/** An integer entry that is known to be small. */
export const smallInt = (bytes: Uint8Array, at: number): number => intLow(bytes, at) | 0

/** Write an integer of 64 bits at `at`; returns where it ends. */
export function putInt64(bytes: Uint8Array, at: number, low: number, high: number): number {
  const small = low | 0
  if (high !== small >> 31) {
    bytes[at] = 0xf4
    putU32le(bytes, at + 1, low)
    putU32le(bytes, at + 5, high)
    bytes[at + 9] = 9
    return at + 10
  }
  return putInt32(bytes, at, small)
}

export function putInt32(bytes: Uint8Array, at: number, value: number): number {
  let end = at + 1
  if (value >= 0 && value < 128) bytes[at] = value
  else if (value >= -4096 && value < 4096) {
    bytes[at] = 0xc0 | ((value >> 8) & 0x1f)
    bytes[end++] = value
  } else {
    const width = value >= -0x8000 && value < 0x8000 ? 2 : fits24(value) ? 3 : 4
    bytes[at] = 0xef + width
    for (let shift = 0; shift < width * 8; shift += 8) bytes[end++] = value >> shift
  }
  bytes[end] = end - at
  return end + 1
}

const fits24 = (value: number): boolean => value >= -0x800000 && value < 0x800000

/** Write a text as the server would: canonical integers as integers. Returns where it ends. */
export function putElement(
  bytes: Uint8Array,
  at: number,
  memory: Uint8Array,
  start: number,
  end: number,
): number {
  const length = end - start
  if (length > 0 && length <= 20) {
    const last = memory[end - 1]
    // Most texts are told from numbers by their last letter.
    if (last >= 0x30 && last <= 0x39) {
      const after = putNumber(bytes, at, memory, start, end)
      if (after !== 0) return after
    }
  }
  return putText(bytes, at, memory, start, end)
}

/** 0 when the text is no canonical integer. */
function putNumber(
  bytes: Uint8Array,
  at: number,
  memory: Uint8Array,
  start: number,
  end: number,
): number {
  if (end - start > 15) return putLongNumber(bytes, at, memory, start, end)
  const negative = memory[start] === 0x2d
  let next = negative ? start + 1 : start
  if (memory[next] === 0x30 && (negative || end - start > 1)) return 0
  let value = 0
  for (; next < end; next++) {
    const digit = memory[next] - 0x30
    if (digit < 0 || digit > 9) return 0
    value = value * 10 + digit
  }
  if (negative) value = -value
  return putInt64(bytes, at, value >>> 0, Math.floor(value / TWO_32))
}

function putLongNumber(
  bytes: Uint8Array,
  at: number,
  memory: Uint8Array,
  start: number,
  end: number,
): number {
  const number: Int64 = {lo: 0, hi: 0}
  return parseInt64(memory, start, end, number) ? putInt64(bytes, at, number.lo, number.hi) : 0
}

function putText(
  bytes: Uint8Array,
  at: number,
  memory: Uint8Array,
  start: number,
  end: number,
): number {
  const length = end - start
  let next = at
  if (length < 64) bytes[next++] = 0x80 | length
  else if (length < 4096) {
    bytes[next++] = 0xe0 | (length >> 8)
    bytes[next++] = length
  } else {
    bytes[next] = 0xf0
    putU32le(bytes, next + 1, length)
    next += 5
  }
  copyBytes(memory, start, end, bytes, next)
  return putBack(bytes, next + length, next + length - at)
}

function putBack(bytes: Uint8Array, at: number, size: number): number {
  const groups = backSize(size)
  for (let group = groups - 1; group >= 0; group--) {
    const bits = Math.floor(size / 2 ** (group * 7)) & 127
    bytes[at++] = group === groups - 1 ? bits : bits | 128
  }
  return at
}

/** Does the entry at `at` hold this text? */
export function entryIs(
  bytes: Uint8Array,
  at: number,
  memory: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (!isTextEntry(bytes, at)) return intIs(bytes, at, memory, start, end)
  let from = textStart(bytes, at)
  if (textEnd(bytes, at) - from !== end - start) return false
  for (let i = start; i < end; i++) if (bytes[from++] !== memory[i]) return false
  return true
}

function intIs(
  bytes: Uint8Array,
  at: number,
  memory: Uint8Array,
  start: number,
  end: number,
): boolean {
  const number: Int64 = {lo: 0, hi: 0}
  if (!parseInt64(memory, start, end, number)) return false
  return number.lo === intLow(bytes, at) && number.hi === intHigh(bytes, at)
}

/** Text of an integer entry into `out` from 0 on, at least 20 bytes; returns its length. */
export function intText(bytes: Uint8Array, at: number, out: Uint8Array): number {
  const high = intHigh(bytes, at)
  const low = intLow(bytes, at)
  const text =
    high === (low | 0) >> 31 ? String(low | 0) : String((BigInt(high) << 32n) | BigInt(low))
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i)
  return text.length
}

export function u32le(bytes: Uint8Array, at: number): number {
  const low = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16)
  return low + bytes[at + 3] * 0x1000000
}

const i24le = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] << 8) | (bytes[at + 1] << 16) | (bytes[at + 2] << 24)) >> 8

export function putU32le(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}
