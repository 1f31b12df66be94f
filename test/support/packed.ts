/** Builders for the packed encodings inside RDB values: ziplist, listpack, intset, zipmap. */
import {bytes, intle, len, type Part, u16le, u32be, u32le} from './bytes.ts'

/** Numbers become integer entries of the smallest class; text and bytes stay strings. */
export type Item = number | bigint | string | Uint8Array

const isInt = (item: Item): item is number | bigint =>
  typeof item === 'number' || typeof item === 'bigint'

function fits(n: bigint, bits: bigint): boolean {
  return n >= -(1n << (bits - 1n)) && n < 1n << (bits - 1n)
}

/**
 * A listpack:
 *
 *     total u32le, num u16le, entries, FF
 *     entry: encoding and data, then the size of both as backlen
 *
 * Source: listpack.c.
 */
export function listpack(items: readonly Item[], num = Math.min(items.length, 65535)): Buffer {
  const entries = items.map((item) => {
    const data = isInt(item) ? listpackInt(BigInt(item)) : listpackStr(bytes(item))
    return bytes(data, backlen(data.length))
  })
  const body = bytes(...entries)
  return bytes(u32le(body.length + 7), u16le(num), body, 0xff)
}

function listpackInt(n: bigint): Buffer {
  if (n >= 0n && n <= 127n) return bytes(Number(n))
  if (fits(n, 13n)) {
    const low = Number(BigInt.asUintN(13, n))
    return bytes(0xc0 | (low >> 8), low & 255)
  }
  const form = fits(n, 16n) ? 0 : fits(n, 24n) ? 1 : fits(n, 32n) ? 2 : 3
  return bytes(0xf1 + form, intle(n, [2, 3, 4, 8][form]))
}

function listpackStr(data: Uint8Array): Buffer {
  if (data.length < 64) return bytes(0x80 | data.length, data)
  if (data.length < 4096) return bytes(0xe0 | (data.length >> 8), data.length & 255, data)
  return bytes(0xf0, u32le(data.length), data)
}

/** The size of an entry in 7-bit groups, readable from its end. Source: lpEncodeBacklenBytes() in listpack.c. */
export function backlen(size: number): Buffer {
  const count = size <= 127 ? 1 : size < 16383 ? 2 : size < 2097151 ? 3 : size < 268435455 ? 4 : 5
  const groups = Array.from({length: count}, (_, i) => (size >>> (7 * (count - 1 - i))) & 127)
  return bytes(groups.map((group, i) => (i === 0 ? group : group | 128)))
}

export interface ZiplistOptions {
  /** Integers as Redis 2.4 writes them: 16, 32 or 64 bits only. */
  readonly wide?: boolean
  /** Write every prevlen in its 5-byte form, which servers may leave behind. */
  readonly longPrevlen?: boolean
}

/**
 * A ziplist:
 *
 *     zlbytes u32le, zltail u32le, zllen u16le, entries, FF
 *     entry: size of the previous entry, encoding, data
 *
 * Source: ziplist.c.
 */
export function ziplist(items: readonly Item[], options: ZiplistOptions = {}): Buffer {
  const entries: Buffer[] = []
  let previous = 0
  let tail = 10
  let size = 10
  for (const item of items) {
    const short = previous < 254 && !options.longPrevlen
    const prevlen = short ? bytes(previous) : bytes(0xfe, u32le(previous))
    const data = isInt(item) ? ziplistInt(BigInt(item), options.wide) : ziplistStr(bytes(item))
    tail = size
    previous = prevlen.length + data.length
    size += previous
    entries.push(prevlen, data)
  }
  const count = Math.min(items.length, 65535)
  return bytes(u32le(size + 1), u32le(tail), u16le(count), ...entries, 0xff)
}

function ziplistInt(n: bigint, wide = false): Buffer {
  if (!wide && n >= 0n && n <= 12n) return bytes(0xf1 + Number(n))
  if (!wide && fits(n, 8n)) return bytes(0xfe, intle(n, 1))
  if (fits(n, 16n)) return bytes(0xc0, intle(n, 2))
  if (!wide && fits(n, 24n)) return bytes(0xf0, intle(n, 3))
  return fits(n, 32n) ? bytes(0xd0, intle(n, 4)) : bytes(0xe0, intle(n, 8))
}

function ziplistStr(data: Uint8Array): Buffer {
  if (data.length < 64) return bytes(data.length, data)
  if (data.length < 16384) return bytes(0x40 | (data.length >> 8), data.length & 255, data)
  return bytes(0x80, u32be(data.length), data)
}

/** An intset of the given element width; the caller sorts. Source: intset.c. */
export function intset(members: readonly (number | bigint)[], width: 2 | 4 | 8): Buffer {
  return bytes(u32le(width), u32le(members.length), ...members.map((n) => intle(n, width)))
}

/** A zipmap of pairs, each with `free` unused bytes after its value. Source: zipmap.c. */
export function zipmap(pairs: readonly (readonly [Part, Part])[], free = 0): Buffer {
  const size = (part: Uint8Array) =>
    part.length < 254 ? bytes(part.length) : bytes(0xfe, u32le(part.length))
  const body = pairs.map(([field, value]) => {
    const [f, v] = [bytes(field), bytes(value)]
    return bytes(size(f), f, size(v), free, v, new Uint8Array(free))
  })
  return bytes(Math.min(pairs.length, 254), ...body, 0xff)
}

/** A quicklist node of type 18: 1 is a plain element, 2 a listpack. */
export const quicklistNode = (container: 1 | 2, content: Uint8Array): Buffer =>
  bytes(len(container), len(content.length), content)
