/** A row of addresses that grows and shrinks at either end in constant time. */
export class NodeRing {
  length = 0
  /** A power of two of them. */
  private nodes = new Uint32Array(4)
  private first = 0

  at(i: number): number {
    return this.nodes[(this.first + i) & (this.nodes.length - 1)]
  }

  set(i: number, node: number): void {
    this.nodes[(this.first + i) & (this.nodes.length - 1)] = node
  }

  insert(i: number, node: number): void {
    if (this.length === this.nodes.length) this.grow()
    if (i < this.length / 2) {
      this.first = (this.first - 1) & (this.nodes.length - 1)
      for (let k = 0; k < i; k++) this.set(k, this.at(k + 1))
    } else for (let k = this.length; k > i; k--) this.set(k, this.at(k - 1))
    this.length++
    this.set(i, node)
  }

  remove(i: number): void {
    if (i < this.length / 2) {
      for (let k = i; k > 0; k--) this.set(k, this.at(k - 1))
      this.first = (this.first + 1) & (this.nodes.length - 1)
    } else for (let k = i; k < this.length - 1; k++) this.set(k, this.at(k + 1))
    this.length--
  }

  private grow(): void {
    const nodes = new Uint32Array(this.nodes.length * 2)
    for (let i = 0; i < this.length; i++) nodes[i] = this.at(i)
    this.nodes = nodes
    this.first = 0
  }
}
