/**
 * Digests of single keys, packed: millions of them come out of an operation at once.
 *
 *     row      u32le database | u32le length of the key | 20 bytes digest | key
 *
 * A chunk holds whole rows.
 */
const ROW_HEAD = 28
const CHUNK = 0x100000
const DIGEST_BYTES = 20

export class DigestRows {
  private readonly full: Uint8Array[] = []
  private chunk = new Uint8Array(0)
  private used = 0

  add(db: number, memory: Uint8Array, keyStart: number, keyEnd: number, digest: string): void {
    const length = ROW_HEAD + keyEnd - keyStart
    if (this.used + length > this.chunk.length) {
      this.close()
      this.chunk = new Uint8Array(Math.max(CHUNK, length))
    }
    const {chunk} = this
    const view = new DataView(chunk.buffer)
    let at = this.used
    view.setUint32(at, db, true)
    view.setUint32(at + 4, keyEnd - keyStart, true)
    at += 8
    for (let i = 0; i < DIGEST_BYTES; i += 4) {
      view.setUint32(at + i, Number.parseInt(digest.slice(i * 2, i * 2 + 8), 16))
    }
    at += DIGEST_BYTES
    for (let i = keyStart; i < keyEnd; i++) chunk[at++] = memory[i]
    this.used = at
  }

  chunks(): Uint8Array[] {
    this.close()
    return this.full
  }

  private close(): void {
    if (this.used > 0) this.full.push(this.chunk.slice(0, this.used))
    this.used = 0
    this.chunk = new Uint8Array(0)
  }
}
