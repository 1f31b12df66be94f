/**
 * A long list: a ring of nodes in the arena, each a listpack of up to 8 KiB, or one plain element that is larger than that.
 * Elements go to the same nodes as in a server of 7.4, where it shows whether one node is left. Source: quicklist.c.
 */
import type {Arena} from '../arena.ts'
import {
  EMPTY_BYTES,
  entriesFrom,
  FIRST_ENTRY,
  joinEntries,
  NODE_BYTES,
  removeEqualEntries,
  splitEntries,
  TERMINATOR,
  trimBlock,
} from './list-entries.ts'
import {NodeRing} from './node-ring.ts'
import {putEntry} from './packed-block.ts'

/** What an element is taken to need besides its bytes. */
const ELEMENT_OVERHEAD = 8
const PLAIN = 1

export class ListNodes {
  /** Number of elements. */
  count = 0
  /** Results of `locate`. */
  node = 0
  entry = 0
  private readonly arena: Arena
  /** Addresses of listpacks; of a u32 length and the bytes, plus PLAIN, for a plain element. */
  private readonly ring = new NodeRing()

  constructor(arena: Arena) {
    this.arena = arena
  }

  /** Number of nodes. */
  get length(): number {
    return this.ring.length
  }

  at(i: number): number {
    return this.ring.at(i)
  }

  private blockOf(i: number): number {
    return (this.at(i) & ~PLAIN) >>> 0
  }

  isPlain(i: number): boolean {
    return (this.at(i) & PLAIN) !== 0
  }

  /** Bytes of a node, which may be a listpack. */
  bytesOf(i: number): number {
    return this.arena.view.getUint32(this.blockOf(i), true)
  }

  countOf(i: number): number {
    return this.isPlain(i) ? 1 : this.arena.kernel.packedSize(this.at(i))
  }

  plainStart(i: number): number {
    return this.at(i) - PLAIN + 4
  }

  release(): void {
    for (let i = 0; i < this.length; i++) this.arena.release(this.blockOf(i))
    this.ring.length = 0
    this.count = 0
  }

  /** Add a listpack, which belongs to the list from now on. */
  appendBlock(block: number): void {
    this.count += this.arena.kernel.packedSize(block)
    this.ring.insert(this.length, block)
  }

  appendPlain(from: number, to: number): void {
    this.count++
    this.ring.insert(this.length, this.plainNode(from, to))
  }

  /** Take the only node, a listpack, out of the list. */
  takeBlock(): number {
    const block = this.at(0)
    this.ring.length = 0
    this.count = 0
    return block
  }

  push(head: boolean, from: number, to: number): void {
    const i = head ? 0 : this.length - 1
    this.count++
    if (this.allows(i, to - from)) {
      this.put(i, head ? this.at(i) + FIRST_ENTRY : 0, 0, from, to)
    } else {
      this.ring.insert(head ? 0 : this.length, this.newNode(from, to))
    }
  }

  /** Find an element by index, which must be there: `node` and `entry` say where it is. */
  locate(index: number): void {
    let i = 0
    if (index < this.count / 2) {
      for (let size = this.countOf(0); index >= size; size = this.countOf(++i)) index -= size
    } else {
      i = this.length - 1
      index -= this.count
      for (let size = this.countOf(i); index < -size; size = this.countOf(--i)) index += size
    }
    this.node = i
    this.entry = this.isPlain(i) ? 0 : this.arena.kernel.packedAt(this.at(i), index) >>> 0
  }

  /** The first entry of a node that holds these bytes, from `entry` on; 0 when there is none. Of a plain node it is 1. */
  find(i: number, entry: number, from: number, to: number): number {
    const {kernel} = this.arena
    if (!this.isPlain(i)) return kernel.packedFindFrom(entry, 1, from, to) >>> 0
    const start = this.plainStart(i)
    return kernel.equalSpans(start, start + this.bytesOf(i), from, to)
  }

  /** Remove `count` elements from `index` on; all of them are there. */
  remove(index: number, count: number): void {
    if (count === 0) return
    this.locate(index)
    let i = this.node
    let {entry} = this
    for (let left = count; left > 0; ) {
      const block = this.at(i)
      const size = this.countOf(i)
      const whole = this.isPlain(i) || entry === block + FIRST_ENTRY
      if (whole && size <= left) {
        this.count -= size
        left -= size
        this.dropNode(i)
      } else {
        const some = Math.min(left, entriesFrom(this.arena, this.at(i), entry, left))
        this.removeEntries(i, entry, some)
        left -= some
        i++
      }
      if (left > 0) entry = this.at(i) + FIRST_ENTRY
    }
  }

  /** Remove entries of one node. Returns whether the node is still there. */
  removeEntries(i: number, entry: number, count: number): boolean {
    this.count -= count
    if (this.countOf(i) === count) {
      this.dropNode(i)
      return false
    }
    const block = this.at(i)
    this.arena.kernel.packedDelete(block, entry, count)
    this.ring.set(i, trimBlock(this.arena, block))
    return true
  }

  /** Remove up to `max` equal elements of a node. Returns how many; the node goes with its last one. */
  removeEqual(i: number, backward: boolean, max: number, from: number, to: number): number {
    if (this.isPlain(i)) {
      if (this.find(i, 0, from, to) === 0) return 0
      this.count--
      this.dropNode(i)
      return 1
    }
    const block = this.at(i)
    const removed = removeEqualEntries(this.arena, block, backward, max, from, to)
    if (removed === 0) return 0
    this.count -= removed
    if (this.countOf(i) === 0) this.dropNode(i)
    else this.ring.set(i, trimBlock(this.arena, block))
    return removed
  }

  /** Insert before or after an element that was found. Source: _quicklistInsert(). */
  insert(i: number, entry: number, after: boolean, from: number, to: number): void {
    const {memory, kernel} = this.arena
    const size = to - from
    const plain = this.isPlain(i)
    const cut = plain || !after ? entry : kernel.packedNext(entry) >>> 0
    this.count++
    if (this.allows(i, size)) this.put(i, cut, 0, from, to)
    else if (plain || (after ? memory[cut] === TERMINATOR : entry === this.at(i) + FIRST_ENTRY)) {
      this.insertBeside(i, after, from, to)
    } else {
      this.splitNode(i, cut)
      if (size > NODE_BYTES) this.ring.insert(i + 1, this.plainNode(from, to))
      else {
        const half = after ? i + 1 : i
        this.put(half, after ? this.at(half) + FIRST_ENTRY : 0, 0, from, to)
        this.mergeAround(after ? i : i + 1)
      }
    }
  }

  /** Replace an element that was found. Source: quicklistReplaceEntry(). */
  replace(i: number, entry: number, from: number, to: number): void {
    const large = to - from > NODE_BYTES
    if (this.isPlain(i)) {
      if (large) this.ring.insert(i + 1, this.plainNode(from, to))
      else this.insertBeside(i, true, from, to)
      this.dropNode(i)
    } else if (!large) {
      this.put(i, entry, 1, from, to)
    } else {
      const next = this.arena.kernel.packedNext(entry) >>> 0
      const offset = entry - this.at(i)
      if (this.arena.memory[next] !== TERMINATOR) this.splitNode(i, next)
      this.ring.insert(i + 1, this.plainNode(from, to))
      this.count++
      if (this.removeEntries(i, this.at(i) + offset, 1)) this.mergeAround(i + 1)
    }
  }

  copy(): ListNodes {
    const {arena} = this
    const copy = new ListNodes(arena)
    copy.count = this.count
    for (let i = 0; i < this.length; i++) {
      const plain = this.at(i) & PLAIN
      const size = this.bytesOf(i) + plain * 4
      const block = arena.alloc(size)
      const from = this.at(i) - plain
      arena.memory.copyWithin(block, from, from + size)
      copy.ring.insert(i, block + plain)
    }
    return copy
  }

  /** Does a node take an element of this length? Source: _quicklistNodeAllowInsert(). */
  private allows(i: number, length: number): boolean {
    if (i < 0 || i >= this.length || this.isPlain(i) || length > NODE_BYTES) return false
    return this.bytesOf(i) + length + ELEMENT_OVERHEAD <= NODE_BYTES
  }

  private put(i: number, at: number, remove: number, from: number, to: number): void {
    const block = this.at(i)
    const now = putEntry(this.arena, block, at, remove, from, to)
    if (now !== block) this.ring.set(i, now)
  }

  /** Insert next to a node that is full: into its neighbour, else as a node. */
  private insertBeside(i: number, after: boolean, from: number, to: number): void {
    const beside = after ? i + 1 : i - 1
    if (this.allows(beside, to - from)) {
      this.put(beside, after ? this.at(beside) + FIRST_ENTRY : 0, 0, from, to)
    } else this.ring.insert(after ? i + 1 : i, this.newNode(from, to))
  }

  private dropNode(i: number): void {
    this.arena.release(this.blockOf(i))
    this.ring.remove(i)
  }

  private newNode(from: number, to: number): number {
    if (to - from > NODE_BYTES) return this.plainNode(from, to)
    const {arena} = this
    const block = arena.alloc(EMPTY_BYTES + arena.kernel.packedNeeds(from, to))
    arena.kernel.packedInit(block)
    return putEntry(arena, block, 0, 0, from, to)
  }

  private plainNode(from: number, to: number): number {
    const {arena} = this
    const block = arena.alloc(4 + to - from)
    arena.view.setUint32(block, to - from, true)
    arena.memory.copyWithin(block + 4, from, to)
    return block + PLAIN
  }

  /** Move the entries from `entry` on to a node of their own behind this one. */
  private splitNode(i: number, entry: number): void {
    const block = this.at(i)
    this.ring.insert(i + 1, splitEntries(this.arena, block, entry))
    this.ring.set(i, trimBlock(this.arena, block))
  }

  /** Source: _quicklistMergeNodes(). */
  private mergeAround(center: number): void {
    let i = center
    if (this.merge(i - 2)) i--
    this.merge(i + 1)
    if (this.merge(i - 1)) i--
    this.merge(i)
  }

  /** Merge a node with the next one if both are there and fit one. */
  private merge(i: number): boolean {
    if (i < 0 || i + 1 >= this.length || this.isPlain(i) || this.isPlain(i + 1)) return false
    if (this.bytesOf(i) + this.bytesOf(i + 1) - EMPTY_BYTES > NODE_BYTES) return false
    this.ring.set(i, joinEntries(this.arena, this.at(i), this.at(i + 1)))
    this.dropNode(i + 1)
    return true
  }
}
