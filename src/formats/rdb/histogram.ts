/** How often each byte occurs in keys, or in elements: what else is one is told by it. */

/** A span is judged by so many of its bytes. */
const BYTES = 64
/** Before anything is known: printable bytes are likely, others are not. */
const PRINTABLE_PRIOR = 0.5
const OTHER_PRIOR = 0.03
const PRIOR = 95 * PRINTABLE_PRIOR + 161 * OTHER_PRIOR
const WORST = -8

export const isPrintable = (byte: number): boolean => byte >= 0x20 && byte < 0x7f

export class Histogram {
  private readonly counts = new Float64Array(256)
  private total = 0

  add(memory: Uint8Array, start: number, end: number): void {
    const last = Math.min(end, start + BYTES)
    for (let at = start; at < last; at++) this.counts[memory[at]]++
    this.total += last - start
  }

  /** By how many bits the span is likelier here than among random bytes. */
  bits(memory: Uint8Array, start: number, end: number): number {
    const last = Math.min(end, start + BYTES)
    let bits = 0
    for (let at = start; at < last; at++) {
      const byte = memory[at]
      const prior = isPrintable(byte) ? PRINTABLE_PRIOR : OTHER_PRIOR
      bits += Math.max(WORST, Math.log2((256 * (this.counts[byte] + prior)) / (this.total + PRIOR)))
    }
    return bits
  }
}
