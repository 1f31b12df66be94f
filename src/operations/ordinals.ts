export interface PlainOrdinals {
  bits: Uint8Array
  /** Behind the largest one. */
  end: number
}

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

  /** Put the bits from that of `ordinal` on to [at, at + bytes). Returns which bit of the first byte is that of `ordinal`. */
  copyTo(ordinal: number, memory: Uint8Array, at: number, bytes: number): number {
    const from = Math.floor(ordinal / 8)
    memory.fill(0, at, at + bytes)
    memory.set(this.bits.subarray(from, Math.min(from + bytes, Math.ceil(this.end / 8))), at)
    return ordinal & 7
  }

  /**
   * Add those whose bits are set among `count` from bit `bit` of `at` on, the first of which is that of `ordinal`.
   * Returns how many they are.
   */
  addFrom(ordinal: number, memory: Uint8Array, at: number, bit: number, count: number): number {
    let added = 0
    for (let i = 0; i < count; i++) {
      const place = bit + i
      if (((memory[at + (place >> 3)] >> (place & 7)) & 1) === 0) continue
      this.add(ordinal + i)
      added++
    }
    return added
  }

  /** Plain data. */
  get plain(): PlainOrdinals {
    return {bits: this.bits.slice(0, Math.ceil(this.end / 8)), end: this.end}
  }

  /** Add all of another set, the first of which would be `from`. */
  addAll({bits, end}: PlainOrdinals, from: number): void {
    this.addFrom(from, bits, 0, 0, end)
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
