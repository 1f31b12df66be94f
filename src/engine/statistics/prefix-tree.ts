/**
 * Prefixes of keys as a tree, in bounded memory. A node has two sorts of children: prefixes, whose names end in a separator, and what
 * keys end in. Where there are more names of a sort than its depth allows, all of them become one, `*`, with all that is below them.
 *
 * Whether a node folds depends on nothing but the set of names that it would have without: what is folded in a part is folded in the
 * whole, and what is not is all there. So trees of parts come to the same tree in any order and grouping.
 */
import {PrefixCache} from './prefix-cache.ts'
import {isId, SegmentName} from './segment.ts'
import {TreeColumns} from './tree-columns.ts'

const NONE = -1
const ROOT = 0
export const PREFIX = 0
export const END = 1
export type Sort = typeof PREFIX | typeof END

/** How many names a node of each depth may have below it. What is deeper than the last of them ends there. */
const PREFIX_LIMITS = [256, 64, 8, 4]
const END_LIMITS = [64, 16, 8, 4, 4]

/** What a node counts, of all keys below it. */
export interface NodeSums {
  keys: number
  memory: number
  size: number
  withoutTtl: number
}

export interface PrefixNode extends NodeSums {
  name: Uint8Array
  sort: Sort
  /** Bits: 1 all prefixes below it are one, 2 all ends are. */
  folded: number
  children: PrefixNode[]
}

export class PrefixTree {
  readonly columns = new TreeColumns()
  private readonly separators: Uint8Array
  /** What stands behind a folded prefix. */
  private readonly separator: number
  private readonly name = new SegmentName()
  private readonly cache = new PrefixCache()

  /** Bytes that separate the parts of keys; at least one. */
  constructor(separators: Uint8Array) {
    this.separator = separators[0]
    this.separators = new Uint8Array(256)
    for (const byte of separators) this.separators[byte] = 1
  }

  add(
    memory: Uint8Array,
    start: number,
    end: number,
    bytes: number,
    size: number,
    hasExpiry: boolean,
  ): void {
    const {separators, columns} = this
    let at = start
    let hash = 0
    for (let isPart = true; isPart && at < end; at++) {
      const byte = memory[at]
      hash = (hash * 31 + byte) | 0
      isPart = separators[byte] === 0
    }
    const isWhole = at === start || separators[memory[at - 1]] === 0
    let node = isWhole ? ROOT : this.first(memory, start, at - 1, hash ^ (hash >>> 8))
    let from = isWhole ? start : at
    for (; at < end; at++) {
      const byte = memory[at]
      if (separators[byte] === 0) continue
      if (columns.depth[node] === PREFIX_LIMITS.length) break
      node = this.below(node, PREFIX, memory, from, at, byte)
      from = at + 1
    }
    const last = this.below(node, END, memory, from, end, 0)
    columns.count(last, bytes, size, hasExpiry)
  }

  /** The node of what a key begins with, up to the separator at `end`. */
  private first(memory: Uint8Array, start: number, end: number, hash: number): number {
    const known = this.cache.find(memory, start, end + 1, hash)
    if (known !== NONE) return known
    const node = this.below(ROOT, PREFIX, memory, start, end, memory[end])
    this.cache.set(memory, start, end + 1, hash, node)
    return node
  }

  /** The child that a part of a key leads to. */
  private below(
    node: number,
    sort: Sort,
    memory: Uint8Array,
    start: number,
    end: number,
    separator: number,
  ): number {
    const {columns, name} = this
    const list = node * 2 + sort
    if (columns.folded[list] === 1) return columns.star[list]
    // Most keys end in a number: that is known without looking for it.
    if (sort === END && columns.star[list] !== NONE && isId(memory, start, end)) {
      return columns.star[list]
    }
    name.set(memory, start, end, separator)
    return this.child(node, sort)
  }

  /** All nodes, children in the order of their names. */
  root(): PrefixNode {
    return this.columns.plain(ROOT)
  }

  /** Add what another tree, or a part of it, has. */
  merge(other: PrefixNode): void {
    this.mergeNode(ROOT, other)
  }

  private mergeNode(node: number, other: PrefixNode): void {
    // Prefixes are summed up when they are asked for.
    if (other.sort === END) this.columns.addSums(node, other)
    for (const sort of [PREFIX, END] as const) {
      const folds = ((other.folded >> sort) & 1) === 1
      if (folds && this.columns.folded[node * 2 + sort] === 0) this.fold(node, sort)
    }
    for (const below of other.children) {
      this.name.take(below.name, 0, below.name.length)
      this.mergeNode(this.child(node, below.sort), below)
    }
  }

  /** The child of a node that has `name`, made if there is none. */
  private child(node: number, sort: Sort): number {
    const {columns, name} = this
    if (columns.folded[node * 2 + sort] === 1) return columns.star[node * 2 + sort]
    const known = columns.find(node, sort, name)
    if (known !== NONE) return known
    const made = columns.make(node, sort, name)
    if (sort === END && name.isStar) columns.star[node * 2 + sort] = made
    const limits = sort === PREFIX ? PREFIX_LIMITS : END_LIMITS
    if (columns.names[node * 2 + sort] <= limits[columns.depth[node]]) return made
    this.fold(node, sort)
    return columns.star[node * 2 + sort]
  }

  private fold(node: number, sort: Sort): void {
    const {columns} = this
    if (node === ROOT) this.cache.clear()
    this.name.setStar(sort === PREFIX ? this.separator : 0)
    const found = columns.find(node, sort, this.name)
    const star = found === NONE ? columns.make(node, sort, this.name) : found
    columns.folded[node * 2 + sort] = 1
    columns.star[node * 2 + sort] = star
    for (const child of columns.children(node, sort)) {
      if (child === star) continue
      columns.unlink(child)
      this.absorb(star, child)
    }
  }

  /** Give all that `from` has to `into`. */
  private absorb(into: number, from: number): void {
    const {columns, name} = this
    columns.addFrom(into, from)
    for (const sort of [PREFIX, END] as const) {
      if (columns.folded[from * 2 + sort] === 1 && columns.folded[into * 2 + sort] === 0) {
        this.fold(into, sort)
      }
      for (const below of columns.children(from, sort)) {
        columns.nameOf(below, name)
        columns.unlink(below)
        this.absorb(this.child(into, sort), below)
      }
    }
    columns.free(from)
  }
}
