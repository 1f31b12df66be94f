/**
 * Lists by entry, whichever way they are held: one listpack while a server of 7.2 or newer would keep one, else nodes. When it
 * turns into the other is the server's rule too: it shows in OBJECT ENCODING. Before 7.2 that always said quicklist.
 * Source: listTypeTryConversion() in t_list.c.
 */
import {
  ENGINE_SCRATCH,
  ENGINE_SCRATCH_BYTES,
  ENTRY_KIND,
  INT_TEXT,
  REG_AUX,
  REGISTERS,
} from '../../formats/kernel/layout.ts'
import type {Database} from '../database.ts'
import type {Keyspace} from '../keyspace.ts'
import {Kind, objectOf, setValue, valueField} from './kinds.ts'
import {
  EMPTY_BYTES,
  FIRST_ENTRY,
  NODE_BYTES,
  removeEqualEntries,
  trimBlock,
} from './list-entries.ts'
import {ListNodes} from './list-nodes.ts'
import {putEntry} from './packed-block.ts'

const isPacked = (keyspace: Keyspace, entry: number): boolean =>
  keyspace.arena.view.getUint8(entry + ENTRY_KIND) === Kind.LIST_PACKED

/** Give an entry without a value an empty list that will get `bytes` more in `count` elements. */
export function makeList(keyspace: Keyspace, entry: number, bytes: number, count: number): void {
  const {arena} = keyspace
  const block = arena.alloc(EMPTY_BYTES + Math.min(bytes + 2 * count, NODE_BYTES))
  arena.kernel.packedInit(block)
  setValue(keyspace, entry, Kind.LIST_PACKED, block)
}

export function listLength(keyspace: Keyspace, entry: number): number {
  return isPacked(keyspace, entry)
    ? keyspace.arena.kernel.packedSize(valueField(keyspace, entry))
    : objectOf<ListNodes>(keyspace, entry).count
}

/** Elements of `bytes` bytes are about to come: nodes, if they would not fit. */
export function expectBytes(keyspace: Keyspace, entry: number, bytes: number): void {
  if (!isPacked(keyspace, entry)) return
  const {arena} = keyspace
  const block = valueField(keyspace, entry)
  if (arena.view.getUint32(block, true) + bytes <= NODE_BYTES) return
  const nodes = new ListNodes(arena)
  if (arena.kernel.packedSize(block) > 0) nodes.appendBlock(block)
  else arena.release(block)
  setValue(keyspace, entry, Kind.LIST, keyspace.addObject(nodes))
}

/** Make one listpack of nodes where at most `limit` bytes in one node are left. */
export function packNodes(keyspace: Keyspace, entry: number, limit: number): void {
  const nodes = objectOf<ListNodes>(keyspace, entry)
  if (nodes.length !== 1 || nodes.isPlain(0) || nodes.bytesOf(0) > limit) return
  const block = nodes.takeBlock()
  keyspace.removeObject(valueField(keyspace, entry))
  setValue(keyspace, entry, Kind.LIST_PACKED, block)
}

/** Elements were removed: the key goes with the last one. Returns whether it is still there. */
export function settle(db: Database, entry: number): boolean {
  const {keyspace} = db
  if (listLength(keyspace, entry) === 0) {
    db.remove(entry)
    return false
  }
  if (!isPacked(keyspace, entry)) packNodes(keyspace, entry, NODE_BYTES / 2)
  return true
}

/** Add the bytes [from, to) of kernel memory. */
export function pushElement(
  keyspace: Keyspace,
  entry: number,
  head: boolean,
  from: number,
  to: number,
): void {
  if (isPacked(keyspace, entry)) {
    const block = valueField(keyspace, entry)
    putPacked(keyspace, entry, head ? block + FIRST_ENTRY : 0, 0, from, to)
  } else objectOf<ListNodes>(keyspace, entry).push(head, from, to)
}

/** Remove `count` elements from `index` on; all of them are there. The list may be empty then: see `settle`. */
export function removeRange(keyspace: Keyspace, entry: number, index: number, count: number): void {
  if (count === 0) return
  if (!isPacked(keyspace, entry)) {
    objectOf<ListNodes>(keyspace, entry).remove(index, count)
    return
  }
  const {arena} = keyspace
  const block = valueField(keyspace, entry)
  arena.kernel.packedDelete(block, arena.kernel.packedAt(block, index), count)
  const now = trimBlock(arena, block)
  if (now !== block) setValue(keyspace, entry, Kind.LIST_PACKED, now)
}

/** Replace the element at an index that is there. */
export function replaceElement(
  keyspace: Keyspace,
  entry: number,
  index: number,
  from: number,
  to: number,
): void {
  expectBytes(keyspace, entry, to - from)
  if (isPacked(keyspace, entry)) {
    const at = keyspace.arena.kernel.packedAt(valueField(keyspace, entry), index) >>> 0
    putPacked(keyspace, entry, at, 1, from, to)
    return
  }
  const nodes = objectOf<ListNodes>(keyspace, entry)
  nodes.locate(index)
  nodes.replace(nodes.node, nodes.entry, from, to)
  packNodes(keyspace, entry, NODE_BYTES / 2)
}

/**
 * Insert beside the first element that holds the bytes of `pivot`; false if there is none. Both spans are in kernel memory: `stage`
 * gives the second one when the first is no longer needed.
 */
export function insertBeside(
  keyspace: Keyspace,
  entry: number,
  after: boolean,
  pivot: number,
  pivotEnd: number,
  stage: () => number,
  length: number,
): boolean {
  const {kernel} = keyspace.arena
  expectBytes(keyspace, entry, length)
  if (isPacked(keyspace, entry)) {
    const block = valueField(keyspace, entry)
    const found = kernel.packedFindFrom(block + FIRST_ENTRY, 1, pivot, pivotEnd) >>> 0
    if (found === 0) return false
    const from = stage()
    putPacked(
      keyspace,
      entry,
      after ? kernel.packedNext(found) >>> 0 : found,
      0,
      from,
      from + length,
    )
    return true
  }
  const nodes = objectOf<ListNodes>(keyspace, entry)
  for (let i = 0; i < nodes.length; i++) {
    const found = nodes.find(i, nodes.at(i) + FIRST_ENTRY, pivot, pivotEnd)
    if (found === 0) continue
    const from = stage()
    nodes.insert(i, found, after, from, from + length)
    return true
  }
  return false
}

/** Remove elements that hold [from, to): `count` from the head, `-count` from the tail, all when it is 0. */
export function removeEqual(
  keyspace: Keyspace,
  entry: number,
  count: number,
  from: number,
  to: number,
): void {
  const max = count === 0 ? Number.POSITIVE_INFINITY : Math.abs(count)
  if (isPacked(keyspace, entry)) {
    const block = valueField(keyspace, entry)
    removeEqualEntries(keyspace.arena, block, count < 0, max, from, to)
    setValue(keyspace, entry, Kind.LIST_PACKED, trimBlock(keyspace.arena, block))
    return
  }
  const nodes = objectOf<ListNodes>(keyspace, entry)
  let left = max
  for (let i = count < 0 ? nodes.length - 1 : 0; left > 0 && i >= 0 && i < nodes.length; ) {
    const before = nodes.length
    left -= nodes.removeEqual(i, count < 0, left, from, to)
    if (count < 0) i--
    else if (nodes.length === before) i++
  }
}

/** Bytes of one element, copied out of the way: they stay until anything is staged. */
export class ElementCopy {
  start = 0
  end = 0
  /** Integers, that servers do not count when they look whether an element fits. */
  integer = false
  private block = 0

  take(keyspace: Keyspace, entry: number, index: number): void {
    const {arena} = keyspace
    this.span(keyspace, entry, index)
    if (this.integer) return
    const length = this.end - this.start
    this.block = length > ENGINE_SCRATCH_BYTES ? arena.alloc(length) : 0
    const to = this.block || ENGINE_SCRATCH
    arena.memory.copyWithin(to, this.start, this.end)
    this.start = to
    this.end = to + length
  }

  free(keyspace: Keyspace): void {
    if (this.block !== 0) keyspace.arena.release(this.block)
    this.block = 0
  }

  private span(keyspace: Keyspace, entry: number, index: number): void {
    const {arena} = keyspace
    this.integer = false
    let at = 0
    if (isPacked(keyspace, entry)) {
      at = arena.kernel.packedAt(valueField(keyspace, entry), index)
    } else {
      const nodes = objectOf<ListNodes>(keyspace, entry)
      nodes.locate(index)
      if (nodes.isPlain(nodes.node)) {
        this.start = nodes.plainStart(nodes.node)
        this.end = this.start + nodes.bytesOf(nodes.node)
        return
      }
      at = nodes.entry
    }
    arena.kernel.packedSpan(at)
    this.start = arena.view.getUint32(REGISTERS + REG_AUX, true)
    this.end = arena.view.getUint32(REGISTERS + REG_AUX + 4, true)
    this.integer = this.start === INT_TEXT
  }
}

function putPacked(
  keyspace: Keyspace,
  entry: number,
  at: number,
  remove: number,
  from: number,
  to: number,
): void {
  const block = valueField(keyspace, entry)
  const now = putEntry(keyspace.arena, block, at, remove, from, to)
  if (now !== block) setValue(keyspace, entry, Kind.LIST_PACKED, now)
}
