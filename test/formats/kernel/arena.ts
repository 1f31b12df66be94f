import {isDeepStrictEqual} from 'node:util'
import {createKernel, type Kernel} from '../../../src/formats/kernel/kernel.ts'
import {REG_COUNT, REG_NEXT, REGISTERS, SPANS, WINDOW} from '../../../src/formats/kernel/layout.ts'
import {loadKernelModule} from '../../../src/io/kernel-file.ts'

/** A kernel over a memory that cannot grow: reading behind its last byte traps. */
export const kernel: Kernel = createKernel(loadKernelModule(), 64)
export const memory = new Uint8Array(kernel.memory.buffer)
export const view = new DataView(kernel.memory.buffer)
export const MEMORY_END = memory.length

export const register = (offset: number) => view.getUint32(REGISTERS + offset, true)
export const register64 = (offset: number) => view.getBigUint64(REGISTERS + offset, true)
export const setRegister64 = (offset: number, value: bigint) =>
  view.setBigUint64(REGISTERS + offset, value, true)

const GUARD = 256
const FILLS = Array.from({length: 256}, (_, fill) => Buffer.alloc(GUARD, fill))

/** Where `blob` lies after `put`: [start, end), with GUARD bytes of `fill` on either side. */
export function put(blob: Uint8Array, fill = 0xa5, start = WINDOW + GUARD): [number, number] {
  const end = start + blob.length
  memory.fill(fill, start - GUARD, start)
  memory.set(blob, start)
  memory.fill(fill, end, Math.min(end + GUARD, MEMORY_END))
  return [start, end]
}

/** Whether nothing was written around [start, end). */
export function untouched(start: number, end: number, fill: number): boolean {
  const expected = FILLS[fill]
  if (Buffer.compare(memory.subarray(start - GUARD, start), expected) !== 0) return false
  const after = memory.subarray(end, end + GUARD)
  return Buffer.compare(after, expected.subarray(0, after.length)) === 0
}

/**
 * Run a kernel over `blob` with zeros around it, with ff around it, and at the end of memory, where reading on traps.
 * The result must be the same, and nothing may be written in or around the blob.
 */
export function everywhere<T>(blob: Uint8Array, run: (start: number, end: number) => T): T {
  const results = [0x00, 0xff, 0xfe].map((fill) => {
    const where = fill === 0xfe ? MEMORY_END - blob.length : WINDOW + GUARD
    const [start, end] = put(blob, fill, where)
    const result = run(start, end)
    if (!untouched(start, end, fill)) throw new Error('the kernel wrote outside')
    if (Buffer.compare(memory.subarray(start, end), blob) !== 0)
      throw new Error('the kernel wrote inside')
    return result
  })
  // Not expect(): this runs a hundred thousand times.
  if (results.some((result) => !isDeepStrictEqual(result, results[0]))) {
    throw new Error(`the kernel looked outside: ${results.map((result) => JSON.stringify(result))}`)
  }
  return results[0]
}

/** What a check says: the error, and the number of elements when there is none. */
export function verdict(check: (start: number, end: number) => number, blob: Uint8Array) {
  return everywhere(blob, (start, end) => {
    const error = check(start, end)
    return error === 0 ? {error, count: register(REG_COUNT)} : {error}
  })
}

/** The texts of the `count` spans in SPANS. */
export function spanTexts(count: number): string[] {
  return Array.from({length: count}, (_, i) => {
    const start = view.getUint32(SPANS + i * 8, true)
    const end = view.getUint32(SPANS + i * 8 + 4, true)
    return Buffer.from(memory.slice(start, end)).toString('latin1')
  })
}

type Read = (next: number, end: number, max: number) => number

/** All elements that a read kernel finds from `first` on, `max` at a time; null when it meets a bad entry. */
export function readAll(read: Read, first: number, end: number, max: number): string[] | null {
  const texts: string[] = []
  for (let next = first; ; next = register(REG_NEXT)) {
    const count = read(next, end, max)
    if (count < 0) return null
    if (count === 0) return texts
    texts.push(...spanTexts(count))
  }
}

/** Every blob that differs from `blob` in one byte. */
export function* mutations(blob: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < blob.length; at++) {
    for (let change = 1; change < 256; change++) {
      const mutated = Uint8Array.from(blob)
      mutated[at] ^= change
      yield mutated
    }
  }
}
