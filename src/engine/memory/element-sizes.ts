/** Adds up what the elements of one value take, in each form that they may end up in. */
import type {LogicalType} from '../../formats/rdb/types.ts'
import {type Allocator, allocated} from './allocator.ts'
import type {ServerLayout} from './server-layout.ts'

const LISTPACK_ENDS = 7
/** No sorted set of more members is packed. */
const PACKED_MOST = 128
/** A score, as an entry of a listpack. */
const SCORE_GUESS = 10
const INTSET_HEADER = 8
/** A skip list raises every fourth node to each further level. */
const LEVEL_SHARE = 0.25
const LEVELS_MAX = 32
const SKIPLIST_NODE = 24
const SKIPLIST_LEVEL = 16
/** Field and value of a hash are one allocation up to this. */
const EMBEDDED_MAX = 128
/** What a field with an expiry has in front of it, or behind. */
const EXPIRY_HEADER = 16

/** A string with its header and terminating NUL. */
export function sdsBytes(length: number): number {
  if (length < 32 && length > 0) return length + 2
  if (length < 0x100) return length + 4
  if (length < 0x10000) return length + 6
  return length + (length < 0x100000000 ? 10 : 18)
}

/** One entry of a listpack: header, bytes, and its length for walking back. */
export function listpackEntryBytes(length: number, integer: number | null): number {
  const bytes = integer === null ? stringEntry(length) : integerEntry(integer)
  if (bytes < 0x80) return bytes + 1
  return bytes + (bytes < 0x4000 ? 2 : bytes < 0x200000 ? 3 : bytes < 0x10000000 ? 4 : 5)
}

const stringEntry = (length: number): number => length + (length < 64 ? 1 : length < 4096 ? 2 : 5)

function integerEntry(value: number): number {
  if (value >= 0 && value < 128) return 1
  if (value >= -4096 && value < 4096) return 2
  if (value >= -0x8000 && value < 0x8000) return 3
  if (value >= -0x800000 && value < 0x800000) return 4
  return value >= -0x80000000 && value < 0x80000000 ? 5 : 9
}

export class ElementSizes {
  count = 0
  longest = 0
  integers = true
  /** As a listpack, and their scores in it. */
  listpack = LISTPACK_ENDS
  scores = 0
  /** Strings of their own. */
  strings = 0
  /** The widest integer, in bytes. */
  width = 2
  /** Nodes of a skip list that have their member in them. */
  nodes = 0
  /** Fields and values that share one allocation where that is small. */
  pairs = 0
  /** Fields with an expiry. */
  expiring = 0
  private field = 0
  private readonly layout: ServerLayout
  private readonly allocator: Allocator

  constructor(layout: ServerLayout, allocator: Allocator) {
    this.layout = layout
    this.allocator = allocator
  }

  clear(): void {
    this.count = 0
    this.longest = 0
    this.integers = true
    this.listpack = LISTPACK_ENDS
    this.scores = 0
    this.strings = 0
    this.width = 2
    this.nodes = 0
    this.pairs = 0
    this.expiring = 0
  }

  /** A member, field or value. Returns what it takes as an entry of a listpack. */
  add(memory: Uint8Array, start: number, end: number): number {
    const length = end - start
    const integer = integerOf(memory, start, end)
    const entry = listpackEntryBytes(length, integer)
    this.listpack += entry
    this.strings += this.string(length)
    if (length > this.longest) this.longest = length
    if (integer === null) this.integers = false
    else this.width = Math.max(this.width, widthOf(integer))
    return entry
  }

  member(memory: Uint8Array, start: number, end: number): void {
    this.count++
    this.add(memory, start, end)
    if (this.layout.key === 'in object') this.nodes += this.node(1 + sdsBytes(end - start) - 8)
  }

  fieldOf(memory: Uint8Array, start: number, end: number): void {
    this.count++
    this.add(memory, start, end)
    this.field = sdsBytes(end - start)
  }

  value(memory: Uint8Array, start: number, end: number): void {
    this.add(memory, start, end)
    const length = end - start
    const both = this.field + length + (length < 0x100 ? 4 : 6)
    this.pairs +=
      both <= EMBEDDED_MAX
        ? allocated(both, this.allocator)
        : allocated(this.field + 8, this.allocator) + this.string(length)
  }

  /** The field just given has an expiry: it is larger. */
  expiry(): void {
    const {field, allocator} = this
    const more = allocated(field + EXPIRY_HEADER, allocator) - allocated(field, allocator)
    this.expiring++
    this.strings += more
    this.pairs += EXPIRY_HEADER
  }

  /** A score beside a member in a listpack, while that may still be one: its text costs more than all the rest. */
  score(score: number): void {
    if (this.count > PACKED_MOST) return
    const integer = Number.isInteger(score) && Math.abs(score) < 2 ** 53 ? score : null
    this.scores += listpackEntryBytes(String(score).length, integer)
  }

  /** All of them in the packed encoding that they could have. */
  packed(logical: LogicalType): number {
    if (logical === 'set' && this.integers) return INTSET_HEADER + this.width * this.count
    return this.listpack + (logical === 'zset' ? this.count * SCORE_GUESS : 0)
  }

  /** Allocation of one string. */
  string(length: number): number {
    const bytes = sdsBytes(length)
    return this.layout.exact === 'all' ? bytes : allocated(bytes, this.allocator)
  }

  /** What a node of a skip list takes on average, with `more` bytes in it. */
  node(more: number): number {
    const {exact} = this.layout
    let bytes = 0
    let share = 1
    for (let level = 1; level <= LEVELS_MAX; level++, share *= LEVEL_SHARE) {
      const size = SKIPLIST_NODE + SKIPLIST_LEVEL * level + more
      bytes +=
        share * (1 - LEVEL_SHARE) * (exact === 'all' ? size : allocated(size, this.allocator))
    }
    return bytes
  }
}

/** The integer that a span is the shortest text of, rounded above 2^53; null when it is none. */
export function integerOf(memory: Uint8Array, start: number, end: number): number | null {
  const negative = memory[start] === 0x2d
  const first = negative ? start + 1 : start
  const digits = end - first
  if (digits < 1 || digits > 19 || (memory[first] === 0x30 && (digits > 1 || negative))) return null
  let value = 0
  for (let at = first; at < end; at++) {
    const digit = memory[at] - 0x30
    if (digit < 0 || digit > 9) return null
    value = value * 10 + digit
  }
  if (digits === 19 && isBeyond(memory, first, negative)) return null
  return negative ? -value : value
}

/** Are 19 digits more than an integer of 64 bits can be? */
function isBeyond(memory: Uint8Array, first: number, negative: boolean): boolean {
  const limit = negative ? '9223372036854775808' : '9223372036854775807'
  for (let i = 0; i < limit.length; i++) {
    const difference = memory[first + i] - limit.charCodeAt(i)
    if (difference !== 0) return difference > 0
  }
  return false
}

function widthOf(value: number): number {
  if (value >= -0x8000 && value < 0x8000) return 2
  return value >= -0x80000000 && value < 0x80000000 ? 4 : 8
}
