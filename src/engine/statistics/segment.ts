/**
 * Names of the parts of keys, without what numbers them: `user`, `123`, `cart` are `user`, `*`, `cart`.
 *
 *     digits; a UUID; eight or more hexadecimal digits, one of them below a    *
 *     three or more digits in a row in anything else                           * in place of them
 *     what is longer than 48 bytes                                             as much of it, and *
 */
const NAME_BYTES = 48
const STAR = 0x2a
const DASH = 0x2d
const ZERO = 0x30
/** Digits in a row that are taken for a number. */
const NUMBER = 3
const HEX_LEAST = 8
const UUID_BYTES = 36
const UUID_DASHES: ReadonlySet<number> = new Set([8, 13, 18, 23])

const [OTHER, DIGIT, LETTER] = [0, 1, 2]
/** By byte: a digit, a hexadecimal letter, or anything else. */
const CLASSES = Uint8Array.from({length: 256}, (_, byte) => {
  if (byte >= ZERO && byte <= 0x39) return DIGIT
  return (byte >= 0x61 && byte <= 0x66) || (byte >= 0x41 && byte <= 0x46) ? LETTER : OTHER
})

/** One name at a time. */
export class SegmentName {
  readonly bytes = new Uint8Array(NAME_BYTES + 2)
  length = 0
  hash = 0

  get isStar(): boolean {
    return this.length === 1 && this.bytes[0] === STAR
  }

  /** The name of [start, end), and `separator` behind it unless that is 0. */
  set(memory: Uint8Array, start: number, end: number, separator: number): void {
    this.length = 0
    if (isId(memory, start, end)) this.bytes[this.length++] = STAR
    else this.copy(memory, start, end)
    if (separator !== 0) this.bytes[this.length++] = separator
    this.finish()
  }

  setStar(separator: number): void {
    this.length = 0
    this.bytes[this.length++] = STAR
    if (separator !== 0) this.bytes[this.length++] = separator
    this.finish()
  }

  /** A name as it is. */
  take(memory: Uint8Array, start: number, end: number): void {
    this.length = 0
    for (let at = start; at < end; at++) this.bytes[this.length++] = memory[at]
    this.finish()
  }

  private finish(): void {
    const {bytes, length} = this
    let hash = 0x811c9dc5
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193)
    this.hash = hash >>> 0
  }

  private copy(memory: Uint8Array, start: number, end: number): void {
    const {bytes} = this
    let to = 0
    let digits = 0
    let at = start
    for (; at < end && to < NAME_BYTES; at++) {
      const byte = memory[at]
      if (CLASSES[byte] !== DIGIT) digits = 0
      else if (++digits === NUMBER) {
        to -= NUMBER - 1
        bytes[to++] = STAR
        continue
      } else if (digits > NUMBER) continue
      bytes[to++] = byte
    }
    if (at < end && bytes[to - 1] !== STAR) bytes[to++] = STAR
    this.length = to
  }
}

/** Is a part of a key nothing but what numbers it? */
export function isId(memory: Uint8Array, start: number, end: number): boolean {
  const length = end - start
  if (length === 0) return false
  let digits = 0
  let letters = 0
  for (let at = start; at < end; at++) {
    const is = CLASSES[memory[at]]
    if (is === DIGIT) digits++
    else if (is === LETTER) letters++
    else if (length !== UUID_BYTES || memory[at] !== DASH || !UUID_DASHES.has(at - start)) {
      return false
    }
  }
  if (digits === length) return true
  return digits > 0 && digits + letters >= HEX_LEAST
}
