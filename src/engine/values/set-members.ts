/**
 * What sets are made of. As servers of 7.2 and later hold them:
 *
 *     intset     up to 512 members, all of them integers
 *     listpack   up to 128 members of up to 64 bytes
 *     table      else: a database whose entries have no values
 *
 * A set never goes back to a smaller form. Source: setTypeAddAux() and setTypeConvert() in t_set.c.
 */
import {
  ENTRY_KIND,
  PACKED_INTSET_MAX,
  PACKED_MEMBER_MAX,
  PACKED_SET_MAX,
  SPANS,
} from '../../formats/kernel/layout.ts'
import {Database} from '../database.ts'
import type {Keyspace} from '../keyspace.ts'
import {Kind, objectOf, setValue, valueField} from './kinds.ts'
import {
  deletePacked,
  LISTPACK_HEADER,
  newListpack,
  packedBytes,
  putEntry,
  spanEnd,
  spanStart,
} from './packed-block.ts'

export const INTSET_MAX = PACKED_INTSET_MAX
export const LISTPACK_MAX = PACKED_SET_MAX
export const MEMBER_MAX = PACKED_MEMBER_MAX
export const INTSET_HEADER = 8
const NO_ROOM = 0
const THERE = 1
const NO_INTEGER = 2

export type TakeSpan = (memory: Uint8Array, start: number, end: number) => void

/** Make the value of an entry, which has none, an empty set of this kind, with room for so many members or bytes. */
export function beginSet(keyspace: Keyspace, entry: number, kind: number, room = 0): void {
  const {arena} = keyspace
  if (kind === Kind.SET) {
    const table = new Database(keyspace, slotsFor(room))
    setValue(keyspace, entry, kind, keyspace.addObject(table))
  } else if (kind === Kind.SET_PACKED) {
    setValue(keyspace, entry, kind, newListpack(keyspace, room))
  } else {
    const block = arena.alloc(Math.max(room, INTSET_HEADER))
    arena.kernel.intsetInit(block)
    setValue(keyspace, entry, kind, block)
  }
}

/** Slots of a table that will hold this many. */
export function slotsFor(size: number): number {
  return size < 6 ? 8 : 2 ** (32 - Math.clz32(Math.ceil(size * 1.4)))
}

/**
 * Add a member; false when it is there already. The span must not lie in the arena. A listpack takes members of up to
 * `longest` bytes.
 */
export function addMember(
  keyspace: Keyspace,
  entry: number,
  memory: Uint8Array,
  start: number,
  end: number,
  longest = MEMBER_MAX,
): boolean {
  const kind = keyspace.arena.view.getUint8(entry + ENTRY_KIND)
  if (kind === Kind.SET_PACKED) return addPacked(keyspace, entry, memory, start, end, longest)
  if (kind === Kind.SET_INTSET) return addInteger(keyspace, entry, memory, start, end)
  const table = objectOf<Database>(keyspace, entry)
  if (table.find(memory, start, end) !== 0) return false
  table.add(memory, start, end, Kind.STRING)
  return true
}

function addPacked(
  keyspace: Keyspace,
  entry: number,
  memory: Uint8Array,
  start: number,
  end: number,
  longest: number,
): boolean {
  const {kernel} = keyspace.arena
  const block = valueField(keyspace, entry)
  const from = keyspace.stage(memory, start, end)
  const to = from + end - start
  if (kernel.packedFind(block, 0, 1, from, to) !== 0) return false
  if (kernel.packedSize(block) < LISTPACK_MAX && end - start <= longest) {
    const moved = putEntry(keyspace.arena, block, 0, 0, from, to)
    if (moved !== block) setValue(keyspace, entry, Kind.SET_PACKED, moved)
    return true
  }
  toTable(keyspace, entry)
  return addMember(keyspace, entry, memory, start, end)
}

function addInteger(
  keyspace: Keyspace,
  entry: number,
  memory: Uint8Array,
  start: number,
  end: number,
): boolean {
  const {arena} = keyspace
  const {kernel} = arena
  let block = valueField(keyspace, entry)
  const from = keyspace.stage(memory, start, end)
  const to = from + end - start
  let outcome = kernel.intsetAdd(block, from, to, arena.capacity(block))
  if (outcome === THERE) return false
  if (outcome === NO_INTEGER) {
    const fits = intsetCount(keyspace, block) < LISTPACK_MAX && end - start <= MEMBER_MAX
    if (fits) toListpack(keyspace, entry)
    else toTable(keyspace, entry)
    return addMember(keyspace, entry, memory, start, end)
  }
  if (outcome === NO_ROOM) {
    const size = intsetBytes(keyspace, block)
    block = arena.resize(block, size, kernel.intsetNeeds(block, from, to))
    setValue(keyspace, entry, Kind.SET_INTSET, block)
    outcome = kernel.intsetAdd(block, from, to, arena.capacity(block))
  }
  if (intsetCount(keyspace, block) > INTSET_MAX) toTable(keyspace, entry)
  return true
}

/** Remove a member; false when it is not there. The set may be empty afterwards. */
export function removeMember(
  keyspace: Keyspace,
  entry: number,
  memory: Uint8Array,
  start: number,
  end: number,
): boolean {
  const {arena} = keyspace
  const kind = arena.view.getUint8(entry + ENTRY_KIND)
  if (kind === Kind.SET) {
    const table = objectOf<Database>(keyspace, entry)
    const member = table.find(memory, start, end)
    if (member !== 0) table.drop(member)
    return member !== 0
  }
  const block = valueField(keyspace, entry)
  const from = keyspace.stage(memory, start, end)
  const to = from + end - start
  if (kind === Kind.SET_PACKED) {
    const at = arena.kernel.packedFind(block, 0, 1, from, to) >>> 0
    if (at !== 0) deletePacked(keyspace, entry, at, 1)
    return at !== 0
  }
  const size = arena.kernel.intsetRemove(block, from, to)
  if (size === 0) return false
  const moved = arena.resize(block, size, size)
  if (moved !== block) setValue(keyspace, entry, Kind.SET_INTSET, moved)
  return true
}

export function hasMember(
  keyspace: Keyspace,
  entry: number,
  memory: Uint8Array,
  start: number,
  end: number,
): boolean {
  const {arena} = keyspace
  const kind = arena.view.getUint8(entry + ENTRY_KIND)
  if (kind === Kind.SET) return objectOf<Database>(keyspace, entry).find(memory, start, end) !== 0
  const block = valueField(keyspace, entry)
  const from = keyspace.stage(memory, start, end)
  const to = from + end - start
  if (kind === Kind.SET_PACKED) return arena.kernel.packedFind(block, 0, 1, from, to) !== 0
  return arena.kernel.intsetFind(block, from, to) !== 0
}

export function memberCount(keyspace: Keyspace, entry: number): number {
  const kind = keyspace.arena.view.getUint8(entry + ENTRY_KIND)
  if (kind === Kind.SET) return objectOf<Database>(keyspace, entry).size
  const block = valueField(keyspace, entry)
  if (kind === Kind.SET_PACKED) return keyspace.arena.kernel.packedSize(block)
  return intsetCount(keyspace, block)
}

/** Give every member away. The set must not change meanwhile; other values may. */
export function eachMember(keyspace: Keyspace, entry: number, take: TakeSpan): void {
  const {arena} = keyspace
  const kind = arena.view.getUint8(entry + ENTRY_KIND)
  if (kind === Kind.SET) {
    const table = objectOf<Database>(keyspace, entry)
    for (const member of table.entries()) {
      take(arena.memory, table.keyStart(member), table.keyEnd(member))
    }
    return
  }
  const block = valueField(keyspace, entry)
  if (kind === Kind.SET_PACKED) {
    const end = block + packedBytes(keyspace, block) - 1
    for (let at = block + LISTPACK_HEADER; at < end; at = arena.kernel.packedNext(at) >>> 0) {
      arena.kernel.packedSpan(at)
      take(arena.memory, spanStart(keyspace), spanEnd(keyspace))
    }
    return
  }
  const end = block + intsetBytes(keyspace, block)
  for (let i = 0; arena.kernel.intsetRead(block, end, i, 1) === 1; i++) {
    take(arena.memory, arena.view.getUint32(SPANS, true), arena.view.getUint32(SPANS + 4, true))
  }
}

/** Make a table of a set that is none. */
export function toTable(keyspace: Keyspace, entry: number): void {
  const table = new Database(keyspace, slotsFor(memberCount(keyspace, entry) + 1))
  eachMember(keyspace, entry, (memory, start, end) => {
    table.add(memory, start, end, Kind.STRING)
  })
  keyspace.arena.release(valueField(keyspace, entry))
  setValue(keyspace, entry, Kind.SET, keyspace.addObject(table))
}

/** Make a listpack of an intset. */
function toListpack(keyspace: Keyspace, entry: number): void {
  const old = valueField(keyspace, entry)
  let block = newListpack(keyspace, intsetBytes(keyspace, old))
  eachMember(keyspace, entry, (_, start, end) => {
    block = putEntry(keyspace.arena, block, 0, 0, start, end)
  })
  keyspace.arena.release(old)
  setValue(keyspace, entry, Kind.SET_PACKED, block)
}

export const intsetCount = ({arena}: Keyspace, block: number): number =>
  arena.view.getUint32(block + 4, true)

export const intsetBytes = (keyspace: Keyspace, block: number): number =>
  INTSET_HEADER + intsetCount(keyspace, block) * keyspace.arena.view.getUint32(block, true)
