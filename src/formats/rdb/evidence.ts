/**
 * How much speaks for an entry being one. Bytes that are anything else (random ones, the inside of a value) read as an entry
 * now and then: for every bit of evidence half as often. What is measured against is what the intact part of the file holds.
 */
import type {Cursor} from '../bytes/cursor.ts'
import {text} from '../text.ts'
import type {Elements} from './elements.ts'
import {byteKind, Histogram, isNumber, isPrintable, textBits} from './histogram.ts'
import type {RdbReader} from './reader.ts'

/** No key is worth more bits. */
const KEY_BITS = 28
const EMPTY_BITS = -24
/** What other servers write, or something else than an entry. */
const FOREIGN_BITS = -30
const TYPE_PRIOR = 0.5
const TYPES = 30
/** 1998 to 2200, in ms. */
const EARLIEST_EXPIRY = 9e11
const LATEST_EXPIRY = 7.3e12
const VALUE_BYTES = 12

/** Shares of kinds of keys before anything is known; together 1. */
const KIND_PRIOR = [0.85, 0.08, 0.02, 0.05]
const KIND_BINARY = 2
const KIND_NUMBER = 3
const RARE = -2
/** So many of the elements of values are numbers. */
const NUMBERS = 0.25
/** What is worth less than this on its own may be something else that ends where a true record begins. */
export const OWN_BITS = 6
/** That some byte is the length of what is left of a key in front of which bytes are lost. */
const CUT_BITS = 10
/** What no element of a value has: a type with a structure of its own, or an expiry. */
const MARK_BITS = 20

/** What keys and types of a file look like. */
export class Profile {
  /** What else keys may be taken from: the elements of a damaged collection. */
  elements: Elements | null = null
  private keys = new Histogram()
  private readonly types = new Float64Array(256)
  private typeCount = 0
  /** How many keys are plain ASCII, other UTF-8, neither, numbers. */
  private readonly kinds = new Float64Array(4)

  /** Entries that it knows. */
  get entries(): number {
    return this.typeCount
  }

  /** One that can learn more, while this one stays as it is. */
  copy(): Profile {
    const copy = new Profile()
    copy.elements = this.elements
    copy.keys = this.keys.copy()
    copy.types.set(this.types)
    copy.kinds.set(this.kinds)
    copy.typeCount = this.typeCount
    return copy
  }

  /** Add an entry's key and type. */
  learn(memory: Uint8Array, keyStart: number, keyEnd: number, type: number): void {
    const kind = keyKind(memory, keyStart, keyEnd)
    if (kind !== KIND_NUMBER) this.keys.add(memory, keyStart, keyEnd)
    this.kinds[kind]++
    this.types[type]++
    this.typeCount++
  }

  /** Bits that key, type and attributes of the reader's current entry are worth. */
  head(r: RdbReader, keyBits = this.keyBits(r)): number {
    if (r.isEnterprise || isFieldName(r) || isFilled(r)) return FOREIGN_BITS
    return Math.min(1 + keyBits, KEY_BITS) + this.typeBits(r.type) + attributeBits(r)
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

  /** By how many bits the reader's current key is likelier one than random bytes are. */
  keyBits({c}: RdbReader): number {
    const {memory, pinStart: start, pinEnd: end} = c
    // An empty key says nothing, and NUL bytes make many of them.
    if (start === end) return EMPTY_BITS
    const kind = keyKind(memory, start, end)
    const share = Math.log2(this.shareOf(kind))
    // It is written in binary: any two or four bytes behind the right one make a number.
    if (kind === KIND_NUMBER) return 8 + share
    const bits = this.keys.bits(memory, start, end)
    // What is rare among the keys has to show by its value that it is one.
    return kind === KIND_BINARY && share < RARE ? Math.min(bits, 0) + share : bits + share
  }

  /**
   * By how many bits the reader's current entry is likelier one of this file's than elements of some value, behind a byte that reads as
   * a type: they are text too, and end where a true record begins.
   */
  ownBits(r: RdbReader, keyBits: number): number {
    const {memory, pinStart: start, pinEnd: end} = r.c
    const marks = (isStructured(r.type) ? MARK_BITS : 0) + (r.expiresAtMs === null ? 0 : MARK_BITS)
    if (keyKind(memory, start, end) === KIND_NUMBER) {
      return marks + Math.log2(this.shareOf(KIND_NUMBER) / NUMBERS)
    }
    const bits = keyBits - textBits(memory, start, end)
    const cut = CUT_BITS + this.keys.beginBits(memory[start])
    return marks + (cut < OWN_BITS ? Math.min(bits, cut) : bits)
  }

  private shareOf(kind: number): number {
    return (this.kinds[kind] + KIND_PRIOR[kind]) / (this.typeCount + 1)
  }

  private typeBits(type: number): number {
    return Math.log2(
      (256 * (this.types[type] + TYPE_PRIOR)) / (this.typeCount + TYPES * TYPE_PRIOR),
    )
  }
}

const keyKind = (memory: Uint8Array, start: number, end: number): number =>
  isNumber(memory, start, end) ? KIND_NUMBER : byteKind(memory, start, end)

/** So many zeros in front of a string's type: it may be the last of a block that was overwritten with them. A score has 8. */
const FILLED = 12

function isFilled({c, type, typeOffset, offset}: RdbReader): boolean {
  if (type !== 0 || offset !== typeOffset) return false
  const at = c.next - (c.offset - typeOffset)
  if (at < FILLED) return false
  for (let i = 1; i <= FILLED; i++) if (c.memory[at - i] !== 0) return false
  return true
}

function attributeBits({expiresAtMs, idleSeconds, freq}: RdbReader): number {
  let bits = idleSeconds === null && freq === null ? 0 : 6
  if (expiresAtMs !== null) {
    bits += expiresAtMs > EARLIEST_EXPIRY && expiresAtMs < LATEST_EXPIRY ? 24 : -20
  }
  return bits
}

/** Keys no longer than this, in entries no longer than that, may be odd. */
const ODD_KEY = 16
const ODD_ENTRY = 32

/** Names of AUX fields: where the opcode in front of one was damaged it reads as a key. */
const FIELD_NAMES: ReadonlySet<string> = new Set([
  'redis-ver',
  'valkey-ver',
  'redis-bits',
  'ctime',
  'used-mem',
  'repl-stream-db',
  'repl-id',
  'repl-offset',
  'aof-preamble',
  'aof-base',
  'lua',
  'slot-info',
])
const LONGEST_NAME = 14

function isFieldName({c: {memory, pinStart, pinEnd}, type}: RdbReader): boolean {
  if (type !== 0 || pinEnd - pinStart > LONGEST_NAME) return false
  return FIELD_NAMES.has(text(memory.subarray(pinStart, pinEnd)))
}

/**
 * What entries of an intact file hardly look like: attributes of a server that others have nothing of, the name of an AUX field
 * as key, or a few bytes with a key that is empty or begins with a control character, and a value that is no text: pieces of
 * numbers read so.
 */
export function isOdd(r: RdbReader): boolean {
  return r.isEnterprise || isFieldName(r) || isNumbers(r)
}

/** So many bytes of a key are looked at, as runs do. */
const BINARY_BYTES = 64

/** An empty key, or one with control characters: where a length was damaged, keys are made of pieces of other records. */
export function isBinary({c: {memory, pinStart, pinEnd}}: RdbReader): boolean {
  const end = Math.min(pinEnd, pinStart + BINARY_BYTES)
  for (let at = pinStart; at < end; at++) if (memory[at] < 0x20) return true
  return pinStart === pinEnd
}

function isNumbers({c, type, typeOffset}: RdbReader): boolean {
  if (type > 5 || c.offset - typeOffset > ODD_ENTRY) return false
  const {memory, pinStart, pinEnd} = c
  let text = 0
  while (text < 3 && isPrintable(memory[c.next - 1 - text])) text++
  if (text === 3) return false
  return pinStart === pinEnd || (pinEnd - pinStart <= ODD_KEY && memory[pinStart] < 0x20)
}

/** Types whose one string is checked from its header to its last byte. */
const PACKED_TYPES: ReadonlySet<number> = new Set([9, 10, 11, 12, 13, 16, 17, 20, 25])
/** Is the value one string? Then damage inside of it leaves its end where it is. */
export const isOneString = (type: number): boolean => type === 0 || PACKED_TYPES.has(type)
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
  if (type === 0) {
    if (isPackedValue(c)) return PACKED_STRING_BITS
    return stringBits(first, c.memory, c.next, c.limit)
  }
  if (PACKED_TYPES.has(type)) return 26
  // A count of one or two proves as little as a string does.
  if (PLAIN.has(type)) return first === 0 ? 0 : Math.min(20, 3 * (first < 0x40 ? first : 8))
  return type === 14 || type === 18 ? 20 : 24
}

/** A string that holds a listpack, ziplist or intset is one of those whose type was damaged. */
const PACKED_STRING_BITS = -40

function isPackedValue({memory, view, next, limit}: Cursor): boolean {
  const first = memory[next]
  if (first >= 0x80) return false
  const length = first < 0x40 ? first : ((first & 0x3f) << 8) | memory[next + 1]
  const at = next + (first < 0x40 ? 1 : 2)
  if (length < 7 || at + length > limit) return false
  const size = view.getUint32(at, true)
  if (size === length && memory[at + length - 1] === 0xff) return true
  const isInteger = size === 2 || size === 4 || size === 8
  return isInteger && 8 + size * view.getUint32(at + 4, true) === length
}

function stringBits(first: number, memory: Uint8Array, at: number, limit: number): number {
  if (first === 0xc3) return 20
  if (first >= 0xc0) return 4
  const start = at + (first < 0x40 ? 1 : first < 0x80 ? 2 : first === 0x80 ? 5 : 9)
  const end = Math.min(start + Math.min(first, VALUE_BYTES), limit)
  for (let i = start; i < end; i++) if (!isPrintable(memory[i])) return 0
  return end > start ? 1 + 1.4 * (end - start) : 0
}
