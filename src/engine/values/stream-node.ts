/**
 * One node of a stream, as the server holds it: the id of its first entry, then a listpack.
 *
 *     node    := id (16 bytes) total u32le, count u16le, master, item*, FF
 *     master  := live deleted fields field* 0             the fields of the first entry
 *     item    := flags ms-diff seq-diff values parts                       flags 2: the master's fields
 *              | flags ms-diff seq-diff pairs (field value)* parts         flags 1: deleted
 *
 * Source: streamAppendItem(), streamTrim() and streamIteratorRemoveEntry() in t_stream.c.
 */
import {ID_BYTES, readIdBytes, u32be, writeIdBytes} from './stream-id.ts'
import {
  ENTRY_OVERHEAD,
  entryAfter,
  entryIs,
  intHigh,
  intLow,
  putElement,
  putInt32,
  putInt64,
  putU32le,
  skipEntries,
  smallInt,
} from './stream-packed.ts'

export const DELETED = 1
export const SAME_FIELDS = 2

const LISTPACK = ID_BYTES
const COUNT = LISTPACK + 4
const FIRST_ENTRY = LISTPACK + 6
const UNKNOWN_COUNT = 0xffff
const NODE_BYTES = 4096
const NODE_ENTRIES = 100
/** Flags, two differences of ids, number of pairs, number of parts, terminator. */
const ITEM_OVERHEAD = 5 * ENTRY_OVERHEAD + 1

/** Room for a node of small entries until it is full. */
export const FULL_BYTES = NODE_BYTES + LISTPACK + 3 * ITEM_OVERHEAD

/** The fields and values of an entry: arguments from `first` on, in turn. */
export interface Pairs {
  memory: Uint8Array
  starts: Uint32Array
  ends: Uint32Array
}

export interface StreamNode {
  /** Longer than `length` while the node is filled. */
  bytes: Uint8Array
  length: number
  live: number
  deleted: number
  /** Number of the master's fields, and where they are. */
  fields: number
  fieldsAt: number
  /** No item before this one is live. */
  firstLive: number
  /** The item that was found last, 0 without any: the next one wanted is often near. */
  hint: number
}

/** Bytes of the listpack. */
export const packedSize = (node: StreamNode): number => node.length - LISTPACK
export const packedStart = LISTPACK

/** A node of at least `room` bytes whose first entry will be the one with the id at `i` of `ids`; the entry is still to be added. */
export function newNode(
  ids: Uint32Array,
  i: number,
  pairs: Pairs,
  first: number,
  count: number,
  size: number,
  room: number,
): StreamNode {
  // Fields, then the first item with the values.
  const texts = size * 2 + (count * 2 + 4) * ENTRY_OVERHEAD
  const bytes = new Uint8Array(Math.max(room, FIRST_ENTRY + texts + ITEM_OVERHEAD))
  writeIdBytes(ids, i, bytes, 0)
  let at = putInt32(bytes, FIRST_ENTRY, 0)
  at = putInt32(bytes, at, 0)
  at = putInt32(bytes, at, count / 2)
  const fieldsAt = at
  for (let arg = first; arg < first + count; arg += 2) {
    at = putElement(bytes, at, pairs.memory, pairs.starts[arg], pairs.ends[arg])
  }
  at = putInt32(bytes, at, 0)
  const node = {
    bytes,
    length: at,
    live: 0,
    deleted: 0,
    fields: count / 2,
    fieldsAt,
    firstLive: at,
    hint: 0,
  }
  finish(node, at, count / 2 + 4)
  return node
}

/** Does an entry whose texts have `size` bytes start a new node? */
export function isFull(node: StreamNode, size: number): boolean {
  return node.live + node.deleted >= NODE_ENTRIES || packedSize(node) + size >= NODE_BYTES
}

export function textBytes({starts, ends}: Pairs, first: number, count: number): number {
  let sum = 0
  for (let arg = first; arg < first + count; arg++) sum += ends[arg] - starts[arg]
  return sum
}

/** Give back what a full node has no use for. */
export function shrinkNode(node: StreamNode): void {
  if (node.bytes.length > node.length) node.bytes = node.bytes.slice(0, node.length)
}

/** Add an entry behind all others. */
export function appendItem(
  node: StreamNode,
  ids: Uint32Array,
  i: number,
  pairs: Pairs,
  first: number,
  count: number,
  size: number,
): void {
  const {memory, starts, ends} = pairs
  const same = hasMasterFields(node, pairs, first, count)
  reserve(node, size + count * ENTRY_OVERHEAD + ITEM_OVERHEAD)
  replaceInt(node, FIRST_ENTRY, ++node.live)
  const {bytes} = node
  let at = putInt32(bytes, node.length - 1, same ? SAME_FIELDS : 0)
  at = putDiff(bytes, at, ids, i, 0)
  at = putDiff(bytes, at, ids, i + 2, 8)
  if (!same) at = putInt32(bytes, at, count / 2)
  for (let arg = same ? first + 1 : first; arg < first + count; arg += same ? 2 : 1) {
    at = putElement(bytes, at, memory, starts[arg], ends[arg])
  }
  const parts = same ? count / 2 + 3 : count + 4
  finish(node, putInt32(bytes, at, parts), parts + 1)
}

/** Mark the item at `at` deleted: it was live, and is not the last live one unless the caller wants an empty node. */
export function deleteItem(node: StreamNode, at: number): void {
  node.bytes[at] |= DELETED
  node.live--
  node.deleted++
}

/** Write the counts that `deleteItem` changed. */
export function writeCounts(node: StreamNode): void {
  reserve(node, 2 * ENTRY_OVERHEAD)
  replaceInt(node, FIRST_ENTRY, node.live)
  replaceInt(node, entryAfter(node.bytes, FIRST_ENTRY), node.deleted)
}

/** Where the items begin. */
export function itemsStart({bytes, fields, fieldsAt}: StreamNode): number {
  return entryAfter(bytes, skipEntries(bytes, fieldsAt, fields))
}

/** Where the item behind the one at `at` begins. */
export function itemAfter({bytes, fields}: StreamNode, at: number): number {
  const same = (bytes[at] & SAME_FIELDS) !== 0
  const next = skipEntries(bytes, at, 3)
  if (same) return skipEntries(bytes, next, fields + 1)
  return skipEntries(bytes, next, smallInt(bytes, next) * 2 + 2)
}

export const itemsEnd = (node: StreamNode): number => node.length - 1

export function cloneNode(node: StreamNode): StreamNode {
  return {...node, bytes: node.bytes.slice(0, node.length)}
}

function hasMasterFields(node: StreamNode, pairs: Pairs, first: number, count: number): boolean {
  const {bytes, fields} = node
  if (fields * 2 !== count) return false
  let at = node.fieldsAt
  for (let arg = first; arg < first + count; arg += 2) {
    if (!entryIs(bytes, at, pairs.memory, pairs.starts[arg], pairs.ends[arg])) return false
    at = entryAfter(bytes, at)
  }
  return true
}

/** One half of an id less that of the node, modulo 2^64. */
function putDiff(bytes: Uint8Array, at: number, ids: Uint32Array, i: number, of: number): number {
  const low = ids[i + 1] - u32be(bytes, of + 4)
  const high = ids[i] - u32be(bytes, of) - (low < 0 ? 1 : 0)
  return putInt64(bytes, at, low >>> 0, high | 0)
}

function reserve(node: StreamNode, more: number): void {
  const needed = node.length + more
  if (needed <= node.bytes.length) return
  const doubled = Math.min(node.bytes.length * 2, FULL_BYTES)
  const bytes = new Uint8Array(Math.max(needed, doubled))
  bytes.set(node.bytes)
  node.bytes = bytes
}

/** Put another integer into the place of one; what is behind moves. The caller has made room. */
function replaceInt(node: StreamNode, at: number, value: number): void {
  const {bytes} = node
  // Nearly always both are of one byte.
  if (bytes[at] < 128 && value < 128) {
    bytes[at] = value
    return
  }
  const before = entryAfter(bytes, at)
  const size = value < 128 ? 2 : value < 4096 ? 3 : value < 0x8000 ? 4 : value < 0x800000 ? 5 : 6
  const grown = size - (before - at)
  bytes.copyWithin(before + grown, before, node.length)
  putInt32(bytes, at, value)
  node.fieldsAt += grown
  node.firstLive += grown
  if (node.hint !== 0) node.hint += grown
  node.length += grown
  putU32le(bytes, LISTPACK, packedSize(node))
}

/** The terminator stands at `end` now, and `entries` more stand before it. */
function finish(node: StreamNode, end: number, entries: number): void {
  const {bytes} = node
  bytes[end] = 0xff
  node.length = end + 1
  putU32le(bytes, LISTPACK, packedSize(node))
  const count = bytes[COUNT] | (bytes[COUNT + 1] << 8)
  if (count === UNKNOWN_COUNT) return
  const sum = Math.min(UNKNOWN_COUNT, count + entries)
  bytes[COUNT] = sum
  bytes[COUNT + 1] = sum >> 8
}

/** Walks over the items of a node, deleted ones included. */
export class ItemWalk {
  node: StreamNode
  /** Where the item begins. */
  at = 0
  flags = 0
  /** Its id, four words. */
  readonly id = new Uint32Array(4)
  private readonly master = new Uint32Array(4)
  private next = 0

  constructor(node: StreamNode, from: number) {
    this.node = node
    this.open(node, from)
  }

  open(node: StreamNode, from: number): void {
    this.node = node
    this.next = from
    readIdBytes(node.bytes, 0, this.master, 0)
  }

  /** Move to the next item; false behind the last. */
  step(): boolean {
    const {node, next} = this
    const {bytes} = node
    if (next >= itemsEnd(node)) return false
    this.at = next
    this.flags = bytes[next]
    const ms = entryAfter(bytes, next)
    this.add(0, ms)
    this.add(2, entryAfter(bytes, ms))
    this.next = itemAfter(node, next)
    return true
  }

  get isLive(): boolean {
    return (this.flags & DELETED) === 0
  }

  private add(half: number, at: number): void {
    const {id, master} = this
    const {bytes} = this.node
    const low = master[half + 1] + intLow(bytes, at)
    id[half + 1] = low
    id[half] = master[half] + intHigh(bytes, at) + (low >= 0x100000000 ? 1 : 0)
  }
}
