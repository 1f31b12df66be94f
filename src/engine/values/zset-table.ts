/**
 * A sorted set too large for a listpack, in the arena: a dict finds a member's entry, a tree keeps the entries in order.
 *
 *     block   dict (see dict.ts) | tree (see zset-tree.ts)
 *
 * Measured with a million members of ten bytes: 77 bytes each, where redis-server 7.0 takes 102.
 */
import {
  DICT_BYTES,
  DICT_COUNT,
  DICT_SLOTS,
  DICT_TABLE,
  DICT_USED,
  ENTRY_KEY,
  ENTRY_KEY_LENGTH,
  ENTRY_SCORE,
  REG_NEXT,
  REGISTERS,
  SPAN_MAX,
  SPANS,
  TREE_BYTES,
  TREE_LEVEL,
  TREE_NODE_BYTES,
  TREE_SPARE,
  TREE_SPARES,
} from '../../formats/kernel/layout.ts'
import type {Arena} from '../arena.ts'
import type {Releasable} from '../keyspace.ts'

const FIRST_SLOTS = 256
/** More spare nodes than this are given back. */
const SPARES_MAX = 16

export class SortedTable implements Releasable {
  private readonly arena: Arena
  private readonly dict: number
  private readonly tree: number

  /** `slots`: for how many members there is room at first, a power of two. */
  constructor(arena: Arena, slots = FIRST_SLOTS) {
    this.arena = arena
    this.dict = arena.alloc(DICT_BYTES + TREE_BYTES)
    this.tree = this.dict + DICT_BYTES
    const table = arena.alloc(slots * 4)
    arena.memory.fill(0, table, table + slots * 4)
    this.setWord(this.dict + DICT_TABLE, table)
    this.setWord(this.dict + DICT_SLOTS, slots)
    this.setWord(this.dict + DICT_COUNT, 0)
    this.setWord(this.dict + DICT_USED, 0)
    this.setWord(this.tree + TREE_SPARE, 0)
    this.setWord(this.tree + TREE_SPARES, 0)
    this.keepSpares(1)
    arena.kernel.treeInit(this.tree)
  }

  /** Where the table of members is, for kernels. */
  get table(): number {
    return this.dict
  }

  /** Where the tree is. */
  get order(): number {
    return this.tree
  }

  get size(): number {
    return this.word(this.dict + DICT_COUNT)
  }

  /** The entry of the member [from, to) of the arena's memory, 0 when there is none. */
  find(from: number, to: number): number {
    return this.arena.kernel.dictFind(this.dict, from, to) >>> 0
  }

  score(entry: number): number {
    return this.arena.view.getFloat64(entry + ENTRY_SCORE, true)
  }

  /** Where the member of an entry starts in the arena's memory. */
  start(entry: number): number {
    return entry + ENTRY_KEY
  }

  end(entry: number): number {
    return entry + ENTRY_KEY + this.word(entry + ENTRY_KEY_LENGTH)
  }

  /** Add the member that `find` has just not found. */
  add(from: number, to: number, score: number): void {
    const {arena, dict} = this
    this.makeRoom()
    const entry = arena.alloc(ENTRY_KEY + to - from)
    this.keepSpares(this.word(this.word(this.tree) + TREE_LEVEL) + 2)
    const {memory} = arena
    for (let at = from, out = entry + ENTRY_KEY; at < to; at++, out++) memory[out] = memory[at]
    this.setWord(entry + ENTRY_KEY_LENGTH, to - from)
    arena.view.setFloat64(entry + ENTRY_SCORE, score, true)
    // The hash is still where find() left it.
    arena.kernel.dictAdd(dict, entry)
    arena.kernel.treeAdd(this.tree, entry)
  }

  setScore(entry: number, score: number): void {
    const {arena} = this
    arena.kernel.treeRemove(this.tree, entry)
    arena.view.setFloat64(entry + ENTRY_SCORE, score, true)
    this.keepSpares(this.word(this.word(this.tree) + TREE_LEVEL) + 2)
    arena.kernel.treeAdd(this.tree, entry)
  }

  remove(entry: number): void {
    const {arena} = this
    this.find(this.start(entry), this.end(entry))
    arena.kernel.dictRemove(this.dict)
    arena.kernel.treeRemove(this.tree, entry)
    arena.release(entry)
    if (this.word(this.tree + TREE_SPARES) > SPARES_MAX) this.dropSpare()
  }

  /** How many members are before a bound, one of ZSET_. */
  count(bound: number, score: number, from: number, to: number): number {
    return this.arena.kernel.treeCount(this.tree, bound, score, from, to) >>> 0
  }

  /** Entries of the ranks [start, end), in order. */
  entries(start: number, end: number): Uint32Array {
    const {arena} = this
    const entries = new Uint32Array(end - start)
    for (let rank = start; rank < end; ) {
      const count = Math.min(arena.kernel.treeRead(this.tree, rank), end - rank)
      for (let i = 0; i < count; i++) entries[rank - start + i] = this.word(SPANS + i * 4)
      rank += count
    }
    return entries
  }

  release(): void {
    const {arena, dict, tree} = this
    for (let slot = 0, count = 1; count > 0; slot = this.word(REGISTERS + REG_NEXT)) {
      count = arena.kernel.dictRead(dict, slot, SPANS, SPAN_MAX)
      for (let i = 0; i < count; i++) arena.release(this.word(SPANS + i * 4))
    }
    arena.kernel.treeDismantle(tree)
    while (this.word(tree + TREE_SPARES) > 0) this.dropSpare()
    arena.release(this.word(dict + DICT_TABLE))
    arena.release(dict)
  }

  private makeRoom(): void {
    const {arena, dict} = this
    const slots = this.word(dict + DICT_SLOTS)
    if (this.word(dict + DICT_USED) < slots * 0.75) return
    const old = this.word(dict + DICT_TABLE)
    const wanted = this.size > slots / 2 ? slots * 2 : slots
    arena.kernel.dictGrow(dict, arena.alloc(wanted * 4), wanted)
    arena.release(old)
  }

  private keepSpares(count: number): void {
    while (this.word(this.tree + TREE_SPARES) < count) {
      const node = this.arena.alloc(TREE_NODE_BYTES)
      this.setWord(node, this.word(this.tree + TREE_SPARE))
      this.setWord(this.tree + TREE_SPARE, node)
      this.setWord(this.tree + TREE_SPARES, this.word(this.tree + TREE_SPARES) + 1)
    }
  }

  private dropSpare(): void {
    const node = this.word(this.tree + TREE_SPARE)
    this.setWord(this.tree + TREE_SPARE, this.word(node))
    this.setWord(this.tree + TREE_SPARES, this.word(this.tree + TREE_SPARES) - 1)
    this.arena.release(node)
  }

  private word(at: number): number {
    return this.arena.view.getUint32(at, true)
  }

  private setWord(at: number, value: number): void {
    this.arena.view.setUint32(at, value, true)
  }
}
