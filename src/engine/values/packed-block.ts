/** Packed values in blocks of the arena; the value field of their entry is the address of the block. */
import {ENTRY_KIND, REG_AUX, REGISTERS} from '../../formats/kernel/layout.ts'
import type {Arena} from '../arena.ts'
import type {Call} from '../call.ts'
import type {Keyspace} from '../keyspace.ts'
import {setValue, valueField} from './kinds.ts'

/** Bytes in front of the first entry of a listpack. */
export const LISTPACK_HEADER = 6

/** Size of the listpack at `block`. */
export const packedBytes = ({arena}: Keyspace, block: number): number =>
  arena.view.getUint32(block, true)

/** At most this is reserved in advance: what comes may not stay packed. */
const ROOM_MAX = 4096

/** Bytes that the arguments from `first` to the last will take as entries of a listpack, or a little more. */
export function roomFor(call: Call, first: number): number {
  let room = LISTPACK_HEADER + 1
  for (let i = first; i < call.argc; i++) room += call.ends[i] - call.starts[i] + 2
  return Math.min(room, ROOM_MAX)
}

/** An empty listpack in a new block with room for `size` bytes. */
export function newListpack({arena}: Keyspace, size: number): number {
  const block = arena.alloc(Math.max(size, LISTPACK_HEADER + 1))
  arena.kernel.packedInit(block)
  return block
}

/**
 * Put one entry with the staged bytes [from, to) in place of `remove` entries at `at`; 0 is the end. Returns where the
 * listpack lies now.
 */
export function putEntry(
  arena: Arena,
  block: number,
  at: number,
  remove: number,
  from: number,
  to: number,
): number {
  const {kernel} = arena
  if (kernel.packedPut(block, at, remove, from, to, arena.capacity(block)) !== 0) return block
  const size = arena.view.getUint32(block, true)
  const moved = arena.resize(block, size, size + kernel.packedNeeds(from, to))
  const place = at === 0 ? 0 : at - block + moved
  kernel.packedPut(moved, place, remove, from, to, arena.capacity(moved))
  return moved
}

/** Remove `count` entries from `at` on from an entry's listpack. */
export function deletePacked(keyspace: Keyspace, entry: number, at: number, count: number): void {
  const {arena} = keyspace
  const block = valueField(keyspace, entry)
  const size = arena.kernel.packedDelete(block, at, count)
  const moved = arena.resize(block, size, size)
  if (moved !== block) setValue(keyspace, entry, arena.view.getUint8(entry + ENTRY_KIND), moved)
}

/** Start and end of what `packedSpan` found. */
export const spanStart = ({arena}: Keyspace): number =>
  arena.view.getUint32(REGISTERS + REG_AUX, true)
export const spanEnd = ({arena}: Keyspace): number =>
  arena.view.getUint32(REGISTERS + REG_AUX + 4, true)

/** A new block with a copy of a blob. `memory` may be that of the arena. */
export function copyBlob(
  {arena}: Keyspace,
  memory: Uint8Array,
  start: number,
  end: number,
): number {
  const own = memory === arena.memory
  const block = arena.alloc(end - start)
  if (own) arena.memory.copyWithin(block, start, end)
  else arena.memory.set(memory.subarray(start, end), block)
  return block
}
