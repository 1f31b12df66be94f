/**
 * How much speaks for an entry being one. Bytes that are anything else (random ones, the inside of a value) read as an entry
 * now and then: for every bit of evidence half as often. What is measured against is what the intact part of the file holds.
 */
import type {Elements} from './elements.ts'
import {Histogram, isPrintable} from './histogram.ts'
import type {RdbReader} from './reader.ts'

/** No key is worth more bits. */
const KEY_BITS = 28
const TYPE_PRIOR = 0.5
const TYPES = 30
/** 1998 to 2200, in ms. */
const EARLIEST_EXPIRY = 9e11
const LATEST_EXPIRY = 7.3e12
const VALUE_BYTES = 12

/** What keys and types of a file look like. */
export class Profile {
  /** What else keys may be taken from: the elements of a damaged collection. */
  elements: Elements | null = null
  private readonly keys = new Histogram()
  private readonly types = new Float64Array(256)
  private typeCount = 0

  /** Entries that it knows. */
  get entries(): number {
    return this.typeCount
  }

  /** Add the reader's current entry. */
  learn(r: RdbReader): void {
    this.keys.add(r.c.memory, r.c.pinStart, r.c.pinEnd)
    this.types[r.type]++
    this.typeCount++
  }

  /** Bits that key, type and attributes of the reader's current entry are worth. */
  head(r: RdbReader): number {
    const {memory, pinStart, pinEnd} = r.c
    // An empty key says nothing, and NUL bytes make many of them.
    const bits = pinStart === pinEnd ? -12 : 1 + this.keys.bits(memory, pinStart, pinEnd)
    return Math.min(bits, KEY_BITS) + this.typeBits(r.type) + attributeBits(r)
  }

  /** By how many bits the key is likelier an element. */
  likeElement(r: RdbReader): number {
    if (this.elements === null || r.offset > this.elements.until) return Number.NEGATIVE_INFINITY
    const {memory, pinStart, pinEnd} = r.c
    return (
      this.elements.histogram.bits(memory, pinStart, pinEnd) -
      this.keys.bits(memory, pinStart, pinEnd)
    )
  }

  private typeBits(type: number): number {
    return Math.log2(
      (256 * (this.types[type] + TYPE_PRIOR)) / (this.typeCount + TYPES * TYPE_PRIOR),
    )
  }
}

function attributeBits({expiresAtMs, idleSeconds, freq}: RdbReader): number {
  let bits = idleSeconds === null && freq === null ? 0 : 6
  if (expiresAtMs !== null) {
    bits += expiresAtMs > EARLIEST_EXPIRY && expiresAtMs < LATEST_EXPIRY ? 24 : -20
  }
  return bits
}

/** Types whose one string is checked from its header to its last byte. */
const PACKED: ReadonlySet<number> = new Set([9, 10, 11, 12, 13, 16, 17, 20, 25])
/** Types whose values no element of another value looks like: packed ones, quicklists, streams, modules. */
export const isStructured = (type: number): boolean => type > 5
const PLAIN: ReadonlySet<number> = new Set([1, 2, 3, 4, 5])

/**
 * Bits that a value is worth, seen before it is read: the cursor stands at its first byte. They count only once it
 * has been read without fault.
 */
export function valueBits({c, type}: RdbReader): number {
  if (c.atEnd()) return 0
  const first = c.memory[c.next]
  if (type === 0) return stringBits(first, c.memory, c.next, c.limit)
  if (PACKED.has(type)) return 26
  // A count of one or two proves as little as a string does.
  if (PLAIN.has(type)) return first === 0 ? 0 : Math.min(20, 3 * (first < 0x40 ? first : 8))
  return type === 14 || type === 18 ? 20 : 24
}

function stringBits(first: number, memory: Uint8Array, at: number, limit: number): number {
  if (first === 0xc3) return 20
  if (first >= 0xc0) return 4
  const start = at + (first < 0x40 ? 1 : first < 0x80 ? 2 : first === 0x80 ? 5 : 9)
  const end = Math.min(start + Math.min(first, VALUE_BYTES), limit)
  for (let i = start; i < end; i++) if (!isPrintable(memory[i])) return 0
  return end > start ? 1 + 1.4 * (end - start) : 0
}
