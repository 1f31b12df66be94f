/**
 * Ids of stream entries inside a Uint32Array: four words, most significant first. No bigint and no object per id:
 *
 *     ms high, ms low, sequence high, sequence low
 */
import type {StreamId} from '../../formats/rdb/visitor.ts'

export const ID_WORDS = 4
export const ID_BYTES = 16

const LAST = 0xffffffff

/** Order of two ids, at `i` of `a` and at `j` of `b`: negative, 0 or positive. */
export function compareIds(a: Uint32Array, i: number, b: Uint32Array, j: number): number {
  if (a[i] !== b[j]) return a[i] - b[j]
  if (a[i + 1] !== b[j + 1]) return a[i + 1] - b[j + 1]
  if (a[i + 2] !== b[j + 2]) return a[i + 2] - b[j + 2]
  return a[i + 3] - b[j + 3]
}

export function copyId(from: Uint32Array, i: number, to: Uint32Array, j: number): void {
  to[j] = from[i]
  to[j + 1] = from[i + 1]
  to[j + 2] = from[i + 2]
  to[j + 3] = from[i + 3]
}

export const isZeroId = (a: Uint32Array, i: number): boolean =>
  (a[i] | a[i + 1] | a[i + 2] | a[i + 3]) === 0

export const isLastId = (a: Uint32Array, i: number): boolean =>
  a[i] === LAST && a[i + 1] === LAST && a[i + 2] === LAST && a[i + 3] === LAST

/** The id behind, in place. False when there is none: it is 0-0 then. Source: streamIncrID() in t_stream.c. */
export function nextId(a: Uint32Array, i: number): boolean {
  for (let word = i + 3; word >= i; word--) {
    a[word]++
    if (a[word] !== 0) return true
  }
  return false
}

export function putMs(ms: number, a: Uint32Array, i: number): void {
  a[i] = Math.floor(ms / 0x100000000)
  a[i + 1] = ms >>> 0
}

export function readIdBytes(memory: Uint8Array, start: number, a: Uint32Array, i: number): void {
  for (let word = 0; word < ID_WORDS; word++) a[i + word] = u32be(memory, start + word * 4)
}

export function writeIdBytes(a: Uint32Array, i: number, memory: Uint8Array, start: number): void {
  for (let byte = 0; byte < ID_BYTES; byte++) {
    memory[start + byte] = a[i + (byte >> 2)] >>> (24 - (byte & 3) * 8)
  }
}

/** Order of the id at `i` of `a` and the one in 16 bytes, as they stand before a node. */
export function compareToBytes(
  a: Uint32Array,
  i: number,
  memory: Uint8Array,
  start: number,
): number {
  for (let word = 0; word < ID_WORDS; word++) {
    const other = u32be(memory, start + word * 4)
    if (a[i + word] !== other) return a[i + word] - other
  }
  return 0
}

export function u32be(memory: Uint8Array, at: number): number {
  const low = (memory[at + 1] << 16) | (memory[at + 2] << 8) | memory[at + 3]
  return memory[at] * 0x1000000 + low
}

export const bigAt = (a: Uint32Array, i: number): bigint => (BigInt(a[i]) << 32n) | BigInt(a[i + 1])

export function putBig(value: bigint, a: Uint32Array, i: number): void {
  a[i] = Number((value >> 32n) & 0xffffffffn)
  a[i + 1] = Number(value & 0xffffffffn)
}

export const streamId = (a: Uint32Array, i: number): StreamId => ({
  ms: bigAt(a, i),
  seq: bigAt(a, i + 2),
})

export function putStreamId(id: StreamId, a: Uint32Array, i: number): void {
  putBig(id.ms, a, i)
  putBig(id.seq, a, i + 2)
}

export const idText = (a: Uint32Array, i: number): string => `${bigAt(a, i)}-${bigAt(a, i + 2)}`
