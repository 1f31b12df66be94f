/**
 * Vector sets, a module that Redis has had built in since 8.0, item by item as they stand in a file:
 *
 *     u dimensions | u elements | u quantisation, links | u flags | [u input dimensions | s projection]     flag 1
 *     element      s name | [s attributes] | s vector | u count | count x u                                 flag 2
 *
 * (u an unsigned, s a string.) The numbers behind a vector are its links in the graph, which differ from run to run, and last its
 * length and range: two floats.
 * Source: VectorSetRdbSave() and VectorSetDigest() in vset.c, hnsw_serialize_node() in hnsw.c.
 */

/** Takes the parts of a vector set. Hashes of strings are where `hashTo` said. */
export interface VectorSetParts {
  head(dimensions: bigint, elements: bigint, config: bigint): void
  projection(): void
  /** All strings of an element are hashed. `scale` is its length and range. */
  element(hasAttributes: boolean, scale: bigint): void
}

export type VectorPart = 'name' | 'attributes' | 'vector' | 'projection'

const HAS_PROJECTION = 1n
const HAS_ATTRIBUTES = 2n

export class VectorSetItems {
  private readonly parts: VectorSetParts
  private head: bigint[] = []
  private flags = 0n
  /** What the next string is. */
  next: VectorPart = 'name'
  private attributes = false
  private numbers = -1n

  constructor(parts: VectorSetParts) {
    this.parts = parts
  }

  begin(): void {
    this.head = []
    this.next = 'name'
    this.numbers = -1n
  }

  unsigned(value: bigint): void {
    const {head} = this
    if (head.length < 4) {
      head.push(value)
      if (head.length < 4) return
      this.flags = value
      this.parts.head(head[0], head[1], head[2])
      if (value & HAS_PROJECTION) this.next = 'projection'
    } else if (this.next === 'vector') this.number(value)
  }

  /** A string was hashed; `length` says whether there was any. */
  string(length: number): void {
    if (this.next === 'projection') {
      this.parts.projection()
      this.next = 'name'
    } else if (this.next === 'name') {
      this.attributes = false
      this.next = this.flags & HAS_ATTRIBUTES ? 'attributes' : 'vector'
    } else if (this.next === 'attributes') {
      this.attributes = length > 0
      this.next = 'vector'
    }
  }

  /** Behind the vector: how many numbers follow, then those. */
  private number(value: bigint): void {
    this.numbers = this.numbers < 0n ? value : this.numbers - 1n
    if (this.numbers > 0n) return
    this.parts.element(this.attributes, value)
    this.numbers = -1n
    this.next = 'name'
  }
}
