/** Entries of one listpack in the arena. */
import {PACKED_LIST_BYTES} from '../../formats/kernel/layout.ts'
import type {Arena} from '../arena.ts'

/** list-max-listpack-size -2: what one listpack may hold. */
export const NODE_BYTES = PACKED_LIST_BYTES
/** Header and terminator. */
export const EMPTY_BYTES = 7
export const FIRST_ENTRY = 6
export const TERMINATOR = 0xff
/** The header does not say how many entries there are. */
const COUNT_UNKNOWN = 0xffff

/** Give back memory that a listpack does not need any more. Returns where it lies now. */
export function trimBlock(arena: Arena, block: number): number {
  const total = arena.view.getUint32(block, true)
  return arena.capacity(block) > total * 2 + 64 ? arena.resize(block, total, total) : block
}

/** Remove up to `max` entries that hold [from, to), from the end if `backward`. Returns how many. */
export function removeEqualEntries(
  arena: Arena,
  block: number,
  backward: boolean,
  max: number,
  from: number,
  to: number,
): number {
  const {kernel, memory} = arena
  let removed = 0
  if (backward) {
    let at = kernel.packedAt(block, -1) >>> 0
    while (at !== 0 && removed < max) {
      const previous = kernel.packedPrev(block, at) >>> 0
      if (kernel.packedEquals(at, from, to)) {
        kernel.packedDelete(block, at, 1)
        removed++
      }
      at = previous
    }
    return removed
  }
  let at = kernel.packedFindFrom(block + FIRST_ENTRY, 1, from, to) >>> 0
  while (at !== 0 && removed < max) {
    kernel.packedDelete(block, at, 1)
    removed++
    at = memory[at] === TERMINATOR ? 0 : kernel.packedFindFrom(at, 1, from, to) >>> 0
  }
  return removed
}

/** Entries from this one on, counted no further than `max`. */
export function entriesFrom(arena: Arena, block: number, entry: number, max: number): number {
  const {kernel, memory} = arena
  if (entry === block + FIRST_ENTRY) return kernel.packedSize(block)
  let count = 0
  for (let at = entry; count < max && memory[at] !== TERMINATOR; at = kernel.packedNext(at) >>> 0) {
    count++
  }
  return count
}

/** Move the entries from `entry` on to a listpack of their own, which is returned. */
export function splitEntries(arena: Arena, block: number, entry: number): number {
  const {kernel} = arena
  const end = block + arena.view.getUint32(block, true)
  const count = entriesFrom(arena, block, entry, Number.POSITIVE_INFINITY)
  const half = arena.alloc(EMPTY_BYTES + end - entry)
  kernel.packedInit(half)
  arena.memory.copyWithin(half + FIRST_ENTRY, entry, end)
  arena.view.setUint32(half, FIRST_ENTRY + end - entry, true)
  arena.view.setUint16(half + 4, Math.min(count, COUNT_UNKNOWN), true)
  kernel.packedDelete(block, entry, count)
  return half
}

/** Add the entries of one listpack to another; together they are at most NODE_BYTES. Returns where the other lies now. */
export function joinEntries(arena: Arena, block: number, more: number): number {
  const {kernel} = arena
  const count = kernel.packedSize(block) + kernel.packedSize(more)
  const size = arena.view.getUint32(block, true)
  const added = arena.view.getUint32(more, true) - EMPTY_BYTES
  const joined = arena.resize(block, size, size + added)
  arena.memory.copyWithin(joined + size - 1, more + FIRST_ENTRY, more + FIRST_ENTRY + added + 1)
  arena.view.setUint32(joined, size + added, true)
  arena.view.setUint16(joined + 4, count, true)
  return joined
}
