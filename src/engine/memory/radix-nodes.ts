/**
 * Counts the nodes that a server's radix tree has for keys of 16 bytes, which come in their order: a leaf for each key, a node
 * where keys part, and one for each stretch of bytes between two of those. Source: raxInsert() in rax.c.
 */
const KEY_BYTES = 16
const ROOT = -1
const NODE_HEADER = 4
const POINTER = 8
const LEAF = 16
const BRANCH = 32

export class RadixNodes {
  keys = 0
  /** An empty tree has its root. */
  nodes = 1
  /** What the nodes take. */
  bytes = POINTER
  private readonly last = new Uint8Array(KEY_BYTES)
  /** Where the path to the last key branches, by depth. */
  private readonly path: number[] = []

  clear(): void {
    this.keys = 0
    this.nodes = 1
    this.bytes = POINTER
    this.path.length = 0
  }

  add(memory: Uint8Array, start: number): void {
    const {last} = this
    let shared = 0
    if (this.keys++ === 0) {
      this.nodes = 0
      this.bytes = 0
      this.stretch(ROOT, KEY_BYTES, 1)
    } else {
      while (shared < KEY_BYTES && memory[start + shared] === last[shared]) shared++
      this.part(shared)
      this.stretch(shared, KEY_BYTES, 1)
    }
    this.nodes++
    this.bytes += LEAF
    for (let i = shared; i < KEY_BYTES; i++) last[i] = memory[start + i]
  }

  /** Make a branch at a depth of the path to the last key, where there is none. */
  private part(depth: number): void {
    const {path} = this
    let below = KEY_BYTES
    while (path.length > 0 && path[path.length - 1] > depth) below = path.pop()!
    const above = path.length > 0 ? path[path.length - 1] : ROOT
    if (above === depth) {
      this.bytes += POINTER
      return
    }
    this.stretch(above, below, -1)
    this.stretch(above, depth, 1)
    this.stretch(depth, below, 1)
    this.nodes++
    this.bytes += BRANCH
    path.push(depth)
  }

  /** Bytes between two depths have a node. The byte at the upper one stands in the node that branches there. */
  private stretch(above: number, below: number, times: 1 | -1): void {
    const bytes = below - above - 1
    if (bytes <= 0) return
    this.nodes += times
    this.bytes += times * (Math.ceil((NODE_HEADER + bytes) / POINTER) * POINTER + POINTER)
  }
}
