/** A set of ordinals from 0 on, one bit for each. */
export class Ordinals {
  private bits = new Uint8Array(1024)
  /** Behind the largest one. */
  private end = 0

  add(ordinal: number): void {
    if (ordinal >> 3 >= this.bits.length) {
      const more = new Uint8Array(Math.max(this.bits.length * 2, (ordinal >> 3) + 1))
      more.set(this.bits)
      this.bits = more
    }
    this.bits[ordinal >> 3] |= 1 << (ordinal & 7)
    this.end = Math.max(this.end, ordinal + 1)
  }

  has(ordinal: number): boolean {
    return ordinal < this.end && ((this.bits[ordinal >> 3] >> (ordinal & 7)) & 1) === 1
  }

  /** The first one that is `from` or larger, Infinity when there is none. */
  next(from: number): number {
    for (let at = from; at < this.end; at++) {
      const byte = this.bits[at >> 3]
      if (byte === 0) at |= 7
      else if (((byte >> (at & 7)) & 1) === 1) return at
    }
    return Number.POSITIVE_INFINITY
  }
}
