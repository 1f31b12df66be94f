/** The nodes of a tree in columns, and a table that finds the child of a node by its name: millions of objects would cost too much. */
import type {NodeSums, PrefixNode, Sort} from './prefix-tree.ts'
import type {SegmentName} from './segment.ts'

const NONE = -1
/** Sums of a node: keys, memory, size, keys without expiry. */
const SUMS = 4
const [KEYS, MEMORY, SIZE, WITHOUT_TTL] = [0, 1, 2, 3]
const NAME_BYTES = 50
const SORTS = 2

export class TreeColumns {
  depth = new Uint8Array(64)
  /** Two of each node, one for each sort of children. */
  folded = new Uint8Array(64 * SORTS)
  star = new Int32Array(64 * SORTS)
  /** How many children there are. */
  names = new Uint16Array(64 * SORTS)
  private first = new Int32Array(64 * SORTS)
  private next = new Int32Array(64)
  private before = new Int32Array(64)
  private parent = new Int32Array(64)
  private sort = new Uint8Array(64)
  private hashes = new Uint32Array(64)
  private lengths = new Uint8Array(64)
  private texts = new Uint8Array(64 * NAME_BYTES)
  private sums = new Float64Array(64 * SUMS)
  private used = 1
  private readonly spare: number[] = []
  /** Open addressing; 0 is free, because the root is nobody's child. */
  private table = new Int32Array(256)
  private inTable = 0

  constructor() {
    this.clear(0)
  }

  count(node: number, memory: number, size: number, hasExpiry: boolean): void {
    const {sums} = this
    const at = node * SUMS
    sums[at + KEYS]++
    sums[at + MEMORY] += memory
    sums[at + SIZE] += size
    if (!hasExpiry) sums[at + WITHOUT_TTL]++
  }

  addSums(node: number, {keys, memory, size, withoutTtl}: NodeSums): void {
    const {sums} = this
    const at = node * SUMS
    sums[at + KEYS] += keys
    sums[at + MEMORY] += memory
    sums[at + SIZE] += size
    sums[at + WITHOUT_TTL] += withoutTtl
  }

  addFrom(into: number, from: number): void {
    for (let i = 0; i < SUMS; i++) this.sums[into * SUMS + i] += this.sums[from * SUMS + i]
  }

  find(node: number, sort: Sort, name: SegmentName): number {
    const {table, hashes, parent} = this
    const hash = keyOf(node, sort, name.hash)
    const mask = table.length - 1
    for (let slot = hash & mask; table[slot] !== 0; slot = (slot + 1) & mask) {
      const child = table[slot]
      const same = hashes[child] === hash && parent[child] === node && this.sort[child] === sort
      if (same && this.hasName(child, name)) return child
    }
    return NONE
  }

  make(node: number, sort: Sort, name: SegmentName): number {
    const made = this.room()
    this.clear(made)
    this.depth[made] = this.depth[node] + 1
    this.parent[made] = node
    this.sort[made] = sort
    this.hashes[made] = keyOf(node, sort, name.hash)
    this.lengths[made] = name.length
    for (let i = 0, at = made * NAME_BYTES; i < name.length; i++) this.texts[at + i] = name.bytes[i]
    const list = node * SORTS + sort
    const first = this.first[list]
    this.next[made] = first
    if (first !== NONE) this.before[first] = made
    this.first[list] = made
    this.names[list]++
    this.intoTable(made)
    return made
  }

  /** Take a node out of the list of its parent, and out of the table. */
  unlink(node: number): void {
    const {next, before, first, names} = this
    const list = this.parent[node] * SORTS + this.sort[node]
    if (before[node] === NONE) first[list] = next[node]
    else next[before[node]] = next[node]
    if (next[node] !== NONE) before[next[node]] = before[node]
    names[list]--
    this.outOfTable(node)
  }

  free(node: number): void {
    this.spare.push(node)
  }

  children(node: number, sort: Sort): number[] {
    const list: number[] = []
    for (let at = this.first[node * SORTS + sort]; at !== NONE; at = this.next[at]) list.push(at)
    return list
  }

  nameOf(node: number, name: SegmentName): void {
    const at = node * NAME_BYTES
    name.take(this.texts, at, at + this.lengths[node])
  }

  /** Sums are counted where keys end: what leads there has the sums of what is below it. */
  plain(node: number): PrefixNode {
    const {sums, texts, lengths} = this
    const at = node * SUMS
    const below = [...this.children(node, 0), ...this.children(node, 1)]
    const made: PrefixNode = {
      name: texts.slice(node * NAME_BYTES, node * NAME_BYTES + lengths[node]),
      sort: this.sort[node] as Sort,
      folded: this.folded[node * SORTS] | (this.folded[node * SORTS + 1] << 1),
      keys: sums[at + KEYS],
      memory: sums[at + MEMORY],
      size: sums[at + SIZE],
      withoutTtl: sums[at + WITHOUT_TTL],
      children: below.map((child) => this.plain(child)).sort(byName),
    }
    for (const child of made.children) {
      made.keys += child.keys
      made.memory += child.memory
      made.size += child.size
      made.withoutTtl += child.withoutTtl
    }
    return made
  }

  private hasName(node: number, {bytes, length}: SegmentName): boolean {
    if (this.lengths[node] !== length) return false
    for (let i = 0, at = node * NAME_BYTES; i < length; i++, at++) {
      if (this.texts[at] !== bytes[i]) return false
    }
    return true
  }

  private room(): number {
    const spare = this.spare.pop()
    if (spare !== undefined) return spare
    if (this.used === this.depth.length) this.grow()
    return this.used++
  }

  private clear(node: number): void {
    this.sums.fill(0, node * SUMS, node * SUMS + SUMS)
    this.depth[node] = 0
    this.parent[node] = NONE
    this.next[node] = NONE
    this.before[node] = NONE
    for (let list = node * SORTS; list < (node + 1) * SORTS; list++) {
      this.folded[list] = 0
      this.star[list] = NONE
      this.names[list] = 0
      this.first[list] = NONE
    }
  }

  private intoTable(node: number): void {
    if (this.inTable * 2 >= this.table.length) {
      const old = this.table
      this.table = new Int32Array(old.length * 2)
      for (const each of old) if (each !== 0) this.put(each)
    }
    this.inTable++
    this.put(node)
  }

  private put(node: number): void {
    const {table, hashes} = this
    const mask = table.length - 1
    let slot = hashes[node] & mask
    while (table[slot] !== 0) slot = (slot + 1) & mask
    table[slot] = node
  }

  /** What stands behind it moves up, so that nothing is lost behind a free slot. */
  private outOfTable(node: number): void {
    const {table, hashes} = this
    const mask = table.length - 1
    let slot = hashes[node] & mask
    while (table[slot] !== node) slot = (slot + 1) & mask
    for (let at = (slot + 1) & mask; table[at] !== 0; at = (at + 1) & mask) {
      const home = hashes[table[at]] & mask
      if (((at - home) & mask) < ((at - slot) & mask)) continue
      table[slot] = table[at]
      slot = at
    }
    table[slot] = 0
    this.inTable--
  }

  private grow(): void {
    const size = this.depth.length * 2
    this.depth = grown(this.depth, new Uint8Array(size))
    this.folded = grown(this.folded, new Uint8Array(size * SORTS))
    this.star = grown(this.star, new Int32Array(size * SORTS))
    this.names = grown(this.names, new Uint16Array(size * SORTS))
    this.first = grown(this.first, new Int32Array(size * SORTS))
    this.next = grown(this.next, new Int32Array(size))
    this.before = grown(this.before, new Int32Array(size))
    this.parent = grown(this.parent, new Int32Array(size))
    this.sort = grown(this.sort, new Uint8Array(size))
    this.hashes = grown(this.hashes, new Uint32Array(size))
    this.lengths = grown(this.lengths, new Uint8Array(size))
    this.texts = grown(this.texts, new Uint8Array(size * NAME_BYTES))
    this.sums = grown(this.sums, new Float64Array(size * SUMS))
  }
}

function grown<Column extends {set(from: ArrayLike<number>): void}>(
  old: ArrayLike<number>,
  larger: Column,
): Column {
  larger.set(old)
  return larger
}

/** Of a name below a node. */
function keyOf(node: number, sort: Sort, hash: number): number {
  const mixed = Math.imul(hash ^ Math.imul(node * SORTS + sort + 1, 0x9e3779b1), 0x85ebca6b)
  return (mixed ^ (mixed >>> 15)) >>> 0
}

function byName(a: PrefixNode, b: PrefixNode): number {
  const length = Math.min(a.name.length, b.name.length)
  for (let i = 0; i < length; i++) if (a.name[i] !== b.name[i]) return a.name[i] - b.name[i]
  return a.name.length - b.name.length || a.sort - b.sort
}
