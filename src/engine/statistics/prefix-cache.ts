/** What keys begin with, up to the first separator, and where in a tree that leads: most keys begin like others, byte for byte. */
const SLOTS = 256
const BYTES = 32
const NONE = -1

export class PrefixCache {
  private readonly nodes = new Int32Array(SLOTS).fill(NONE)
  private readonly lengths = new Uint8Array(SLOTS)
  private readonly bytes = new Uint8Array(SLOTS * BYTES)

  /** The node that [start, end) leads to, -1 when it is not known. `hash` is any one of it. */
  find(memory: Uint8Array, start: number, end: number, hash: number): number {
    const slot = hash & (SLOTS - 1)
    if (this.lengths[slot] !== end - start) return NONE
    for (let i = start, at = slot * BYTES; i < end; i++, at++) {
      if (memory[i] !== this.bytes[at]) return NONE
    }
    return this.nodes[slot]
  }

  set(memory: Uint8Array, start: number, end: number, hash: number, node: number): void {
    const length = end - start
    if (length > BYTES) return
    const slot = hash & (SLOTS - 1)
    for (let i = 0, at = slot * BYTES; i < length; i++, at++) this.bytes[at] = memory[start + i]
    this.lengths[slot] = length
    this.nodes[slot] = node
  }

  /** Nodes are about to go. */
  clear(): void {
    this.nodes.fill(NONE)
    this.lengths.fill(0)
  }
}
