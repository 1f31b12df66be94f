import {Growable} from './growable.ts'

/** A row of byte strings, copied one after the other. */
export class Elements {
  readonly data = new Growable()
  count = 0
  /** Length of the longest one since `clear`. */
  longest = 0
  private ends = new Uint32Array(64)

  get bytes(): Uint8Array {
    return this.data.bytes
  }

  clear(): void {
    this.data.clear()
    if (this.ends.length > 1 << 16) this.ends = new Uint32Array(64)
    this.count = 0
    this.longest = 0
  }

  push(memory: Uint8Array, start: number, end: number): void {
    this.data.append(memory, start, end)
    if (end - start > this.longest) this.longest = end - start
    if (this.count === this.ends.length) {
      const ends = new Uint32Array(this.ends.length * 2)
      ends.set(this.ends)
      this.ends = ends
    }
    this.ends[this.count++] = this.data.length
  }

  start(i: number): number {
    return i === 0 ? 0 : this.ends[i - 1]
  }

  end(i: number): number {
    return this.ends[i]
  }
}
