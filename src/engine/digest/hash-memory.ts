/** Hashes and inputs in the memory of the digest kernels. */
import {AREA_DIGEST} from '../../formats/bytes/areas.ts'
import type {Kernel} from '../../formats/kernel/kernel.ts'
import {DIGEST_TEXT, DIGEST_TEXT_BYTES} from '../../formats/kernel/layout.ts'

/** Where digests are computed: a cursor is one. */
export interface HashMemory {
  readonly kernel: Kernel
  /** All of the memory; replaced when it grows. */
  readonly memory: Uint8Array
  readonly view: DataView
  /** Address of room for `size` bytes. */
  area(which: number, size: number): number
}

export const HASH_WORDS = 5

/** Address of a span's bytes for the kernels: where they are, or a copy if that is another memory. */
export function addressOf(c: HashMemory, memory: Uint8Array, start: number, end: number): number {
  if (memory === c.memory) return start
  const length = end - start
  const to = length <= DIGEST_TEXT_BYTES ? DIGEST_TEXT : c.area(AREA_DIGEST, length)
  for (let i = 0; i < length; i++) c.memory[to + i] = memory[start + i]
  return to
}

export function hashHex(c: HashMemory, at: number): string {
  let text = ''
  for (let i = 0; i < HASH_WORDS; i++) {
    text += c.view
      .getUint32(at + i * 4, true)
      .toString(16)
      .padStart(8, '0')
  }
  return text
}

/** The words of a hash. */
export function readHash(c: HashMemory, at: number): Uint32Array {
  return Uint32Array.from({length: HASH_WORDS}, (_, i) => c.view.getUint32(at + i * 4, true))
}

/** Put the 20 bytes of a hash, which the kernels keep as words, to `to`. */
export function writeHash(c: HashMemory, at: number, to: number): void {
  for (let i = 0; i < HASH_WORDS; i++) {
    c.view.setUint32(to + i * 4, c.view.getUint32(at + i * 4, true))
  }
}

/** Write an unsigned 64-bit integer in decimal at `out`. Returns its end. */
export function writeDecimal(c: HashMemory, high: number, low: number, out: number): number {
  if (high >= 0x200000) {
    const text = ((BigInt(high) << 32n) | BigInt(low)).toString()
    return writeText(c, text, out)
  }
  let rest = high * 0x100000000 + low
  let end = out + 1
  for (let size = 10; size <= rest; size *= 10) end++
  for (let at = end; at > out; rest = Math.floor(rest / 10)) c.memory[--at] = 0x30 + (rest % 10)
  return end
}

/** Write plain ASCII at `out`. Returns its end. */
export function writeText(c: HashMemory, text: string, out: number): number {
  for (let i = 0; i < text.length; i++) c.memory[out + i] = text.charCodeAt(i)
  return out + text.length
}
