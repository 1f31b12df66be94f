/** The last bytes of a stream of commands, in a ring: what a replica missed that was away for a while. */
export class Backlog {
  /** Bytes of the stream so far. */
  offset: number
  /** How many of them are still here. */
  length = 0
  private readonly ring: Uint8Array
  private next = 0

  /** It begins behind `offset` bytes of the stream. */
  constructor(size: number, offset: number) {
    this.ring = new Uint8Array(size)
    this.offset = offset
  }

  get size(): number {
    return this.ring.length
  }

  /** The number of the first byte that is still here, counted from 1. */
  get first(): number {
    return this.offset - this.length + 1
  }

  add(bytes: Uint8Array): void {
    const {ring} = this
    this.offset += bytes.length
    this.length = Math.min(ring.length, this.length + bytes.length)
    let from = Math.max(0, bytes.length - ring.length)
    while (from < bytes.length) {
      const part = bytes.subarray(from, from + ring.length - this.next)
      ring.set(part, this.next)
      this.next = (this.next + part.length) % ring.length
      from += part.length
    }
  }

  /** Can it go on with byte `number`? That may be the one to come next. */
  has(number: number): boolean {
    return number >= this.first && number <= this.offset + 1
  }

  /** A copy of all from byte `number` on, which it has. */
  from(number: number): Uint8Array {
    const {ring} = this
    const count = this.offset + 1 - number
    const bytes = new Uint8Array(count)
    const start = (this.next - count + ring.length) % ring.length
    const part = ring.subarray(start, Math.min(ring.length, start + count))
    bytes.set(part)
    bytes.set(ring.subarray(0, count - part.length), part.length)
    return bytes
  }
}
