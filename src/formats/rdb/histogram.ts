/** Which bytes occur in keys, or elsewhere, and which behind which: what else is one is told by it. */

/** A span is judged by so many of its bytes. */
const BYTES = 64
/** Before anything is known: printable bytes are likely, others are not. */
const PRINTABLE_PRIOR = 0.5
const OTHER_PRIOR = 0.03
const PRIOR = 95 * PRINTABLE_PRIOR + 161 * OTHER_PRIOR
/** What a byte does on its own counts as much as so many pairs. */
const SINGLE = 2
const WORST = -8
/** Text of any kind is worth so many bits per byte against random ones, and no more than that in all. */
const TEXT_BITS = Math.log2(256 / 95)
const MOST_TEXT_BITS = 12
/** Stands in front of the first byte. */
const BEGIN = 256

export const isPrintable = (byte: number): boolean => byte >= 0x20 && byte < 0x7f

/** 0 plain ASCII, 1 other UTF-8 without control characters, 2 neither. */
export function byteKind(memory: Uint8Array, start: number, end: number): number {
  let kind = 0
  for (let at = start; at < end; at++) {
    const byte = memory[at]
    if (isPrintable(byte)) continue
    const more = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1
    if (byte < 0xc2 || byte > 0xf4 || at + more >= end) return 2
    for (let i = 0; i < more; i++) if ((memory[++at] & 0xc0) !== 0x80) return 2
    kind = 1
  }
  return kind
}

/** Decimal text of an int32: servers write it as a number. */
export function isNumber(memory: Uint8Array, start: number, end: number): boolean {
  const digits = memory[start] === 0x2d ? start + 1 : start
  const length = end - digits
  if (length < 1 || length > 10) return false
  if (memory[digits] === 0x30) return length === 1 && digits === start
  let value = 0
  for (let at = digits; at < end; at++) {
    if (memory[at] < 0x30 || memory[at] > 0x39) return false
    value = value * 10 + memory[at] - 0x30
  }
  return value < 0x80000000 || (value === 0x80000000 && digits > start)
}

/** What a span is worth for being text, whatever it says. */
export function textBits(memory: Uint8Array, start: number, end: number): number {
  const last = Math.min(end, start + BYTES)
  let count = 0
  for (let at = start; at < last; at++) if (isPrintable(memory[at])) count++
  return Math.min(MOST_TEXT_BITS, count * TEXT_BITS)
}

export class Histogram {
  private readonly counts = new Float64Array(256)
  private readonly pairs = new Float32Array(257 * 256)
  private readonly followed = new Float64Array(257)
  private total = 0

  copy(): Histogram {
    const copy = new Histogram()
    copy.counts.set(this.counts)
    copy.pairs.set(this.pairs)
    copy.followed.set(this.followed)
    copy.total = this.total
    return copy
  }

  add(memory: Uint8Array, start: number, end: number): void {
    const last = Math.min(end, start + BYTES)
    let before = BEGIN
    for (let at = start; at < last; at++) {
      const byte = memory[at]
      this.counts[byte]++
      this.pairs[before * 256 + byte]++
      this.followed[before]++
      before = byte
    }
    this.total += last - start
  }

  /** By how many bits the byte is likelier in front of a span than within one. */
  beginBits(byte: number): number {
    const prior = isPrintable(byte) ? PRINTABLE_PRIOR : OTHER_PRIOR
    const single = (this.counts[byte] + prior) / (this.total + PRIOR)
    const pair = this.pairs[BEGIN * 256 + byte] + SINGLE * single
    return Math.log2(pair / (this.followed[BEGIN] + SINGLE) / single)
  }

  /** By how many bits the span is likelier here than among random bytes. */
  bits(memory: Uint8Array, start: number, end: number): number {
    const last = Math.min(end, start + BYTES)
    let bits = 0
    let text = 0
    let before = BEGIN
    for (let at = start; at < last; at++) {
      const byte = memory[at]
      if (isPrintable(byte)) text += TEXT_BITS
      const prior = isPrintable(byte) ? PRINTABLE_PRIOR : OTHER_PRIOR
      const single = (this.counts[byte] + prior) / (this.total + PRIOR)
      const pair = this.pairs[before * 256 + byte] + SINGLE * single
      bits += Math.max(WORST, Math.log2((256 * pair) / (this.followed[before] + SINGLE)))
      before = byte
    }
    return bits - Math.max(0, text - MOST_TEXT_BITS)
  }
}
