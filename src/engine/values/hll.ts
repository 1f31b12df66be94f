/** HyperLogLogs in strings. Their layout, and the kernels that edit them, are in hll.ts and hll-sparse.ts of the kernel. */
import {
  HLL_CHANGED,
  HLL_CORRUPT,
  HLL_DENSE_BYTES,
  HLL_HEADER,
  HLL_PROMOTE,
  HLL_REGISTERS,
  HLL_SPARSE_MAX,
  HLL_STAY,
  REG_OUT,
  REGISTERS,
} from '../../formats/kernel/layout.ts'
import type {Database} from '../database.ts'
import type {Keyspace} from '../keyspace.ts'
import {valueField} from './kinds.ts'
import {reserve, setEdited, setString, stringEnd, stringStart} from './string.ts'

/** "HYLL", sparse, nothing counted; all registers are 0 in one run. */
const EMPTY = Uint8Array.of(0x48, 0x59, 0x4c, 0x4c, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0xff)
/** What one step may write behind a sparse one: three bytes more, and one for a long run that the value ends in. */
const STEP = 4
const SPARSE = 1

/** Does the string look like a HyperLogLog? Its registers may still be wrong. Source: isHLLObjectOrReply(). */
export function isHll(keyspace: Keyspace, entry: number): boolean {
  const {memory} = keyspace.arena
  const start = stringStart(keyspace, entry)
  const length = valueField(keyspace, entry)
  if (length < HLL_HEADER || memory[start + 4] > SPARSE) return false
  for (let i = 0; i < 4; i++) if (memory[start + i] !== EMPTY[i]) return false
  return memory[start + 4] === SPARSE || length === HLL_DENSE_BYTES
}

export function isDense(keyspace: Keyspace, entry: number): boolean {
  return keyspace.arena.memory[stringStart(keyspace, entry) + 4] !== SPARSE
}

/** Put an empty one into the entry of a new key. Returns where the entry lies now. */
export function beginHll(db: Database, entry: number): number {
  const place = setString(db, entry, EMPTY, 0, EMPTY.length)
  setEdited(db.keyspace, place, EMPTY.length)
  return place
}

/** What happened, with the entry of what it happened to. */
export const HLL_FAILED = 0

/**
 * Add the element in [from, to) of `memory`. Returns where the entry lies now, HLL_FAILED when the registers are wrong.
 * Marks the cardinality as stale, and counts a change, when a register changed.
 */
export function addToHll(
  db: Database,
  entry: number,
  memory: Uint8Array,
  from: number,
  to: number,
  counter: {changes: number},
): number {
  const {keyspace} = db
  const {arena} = keyspace
  // The element first: room may move what it is staged beside, never what is staged.
  const place = reserveStep(db, entry)
  const element = keyspace.stage(memory, from, to)
  const start = stringStart(keyspace, place)
  const end = stringEnd(keyspace, place)
  const result = arena.kernel.hllAdd(start, end, element, element + to - from)
  if (result === HLL_CORRUPT) return HLL_FAILED
  if (result === HLL_PROMOTE) {
    const dense = makeDense(db, place)
    return dense === HLL_FAILED ? HLL_FAILED : addToHll(db, dense, memory, from, to, counter)
  }
  if (result === HLL_CHANGED) {
    counter.changes++
    const length = arena.view.getUint32(REGISTERS + REG_OUT, true) - start
    setEdited(keyspace, place, length)
    arena.kernel.hllStale(start)
  }
  return place
}

function reserveStep(db: Database, entry: number): number {
  const {keyspace} = db
  if (isDense(keyspace, entry)) return entry
  return reserve(db, entry, valueField(keyspace, entry) + STEP)
}

/** Make a sparse one dense. Returns where the entry lies now, HLL_FAILED when the registers are wrong. */
export function makeDense(db: Database, entry: number): number {
  const {keyspace} = db
  if (isDense(keyspace, entry)) return entry
  const {arena} = keyspace
  const block = arena.alloc(HLL_DENSE_BYTES)
  const start = stringStart(keyspace, entry)
  let place = HLL_FAILED
  if (arena.kernel.hllDense(start, stringEnd(keyspace, entry), block) === HLL_STAY) {
    place = setString(db, entry, arena.memory, block, block + HLL_DENSE_BYTES)
    setEdited(keyspace, place, HLL_DENSE_BYTES)
  }
  arena.release(block)
  return place
}

/** Raise the registers at `registers`, a byte each, to those of the value. False when these are wrong. */
export function mergeHll(keyspace: Keyspace, entry: number, registers: number): boolean {
  const start = stringStart(keyspace, entry)
  const end = stringEnd(keyspace, entry)
  return keyspace.arena.kernel.hllMerge(registers, start, end) === HLL_STAY
}

/** Raise the registers of a sound value to those at `registers`; its cardinality is stale then. */
export function storeHll(db: Database, entry: number, registers: number): number {
  const {keyspace} = db
  const {arena} = keyspace
  const {kernel} = arena
  // Once for all registers: whoever passes this becomes dense.
  const room = Math.max(valueField(keyspace, entry), HLL_SPARSE_MAX) + STEP
  let place = isDense(keyspace, entry) ? entry : reserve(db, entry, room)
  for (let next = 0; ; ) {
    const start = stringStart(keyspace, place)
    next = kernel.hllStore(start, stringEnd(keyspace, place), registers, next)
    setEdited(keyspace, place, arena.view.getUint32(REGISTERS + REG_OUT, true) - start)
    if (next === HLL_REGISTERS) break
    place = makeDense(db, place)
  }
  kernel.hllStale(stringStart(keyspace, place))
  return db.resize(place, valueField(keyspace, place))
}

/** Put the cardinality into the header when it is stale there. False when the registers are wrong. */
export function countHll(keyspace: Keyspace, entry: number): boolean {
  const start = stringStart(keyspace, entry)
  const end = stringEnd(keyspace, entry)
  return keyspace.arena.kernel.hllCount(start, end) !== HLL_CORRUPT
}
