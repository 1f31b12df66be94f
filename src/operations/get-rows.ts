/**
 * Values on their way from one thread to the other, in pieces. A chunk holds whole rows:
 *
 *     row    u32le length of all of it | u8 what it is (GetRow in get-reports.ts) | bytes
 */
const HEAD = 5
const CHUNK = 0x40000
const encoder = new TextEncoder()

export class GetRows {
  private readonly emit: (chunk: Uint8Array<ArrayBuffer>) => void
  private chunk = new Uint8Array(CHUNK)
  private used = 0

  constructor(emit: (chunk: Uint8Array<ArrayBuffer>) => void) {
    this.emit = emit
  }

  add(what: number, memory: Uint8Array, start: number, end: number): void {
    const length = HEAD + end - start
    if (this.used + length > this.chunk.length) this.flush()
    if (length > this.chunk.length) this.chunk = new Uint8Array(length)
    const {chunk} = this
    const at = this.used
    new DataView(chunk.buffer).setUint32(at, length, true)
    chunk[at + 4] = what
    chunk.set(memory.subarray(start, end), at + HEAD)
    this.used += length
  }

  text(what: number, text: string): void {
    const bytes = encoder.encode(text)
    this.add(what, bytes, 0, bytes.length)
  }

  /** Emit what there is. */
  flush(): void {
    if (this.used > 0) this.emit(this.chunk.slice(0, this.used))
    this.used = 0
  }
}
