/** Commands on HyperLogLogs. Source: hyperloglog.c. */
import {HLL_DENSE_BYTES, HLL_HEADER, HLL_REGISTERS} from '../../formats/kernel/layout.ts'
import {type Apply, type Call, CommandError} from '../call.ts'
import {
  addToHll,
  beginHll,
  countHll,
  HLL_FAILED,
  isDense,
  isHll,
  makeDense,
  mergeHll,
  storeHll,
} from '../values/hll.ts'
import {Kind, valueField} from '../values/kinds.ts'
import {setEdited, stringEnd, stringStart} from '../values/string.ts'
import {findString} from './find-string.ts'

const corrupt = () => new CommandError('INVALIDOBJ Corrupted HLL object detected')

/** The entry of a HyperLogLog, 0 when there is no key. @throws CommandError. */
function findHll(call: Call, i: number): number {
  const entry = findString(call, i)
  if (entry !== 0 && !isHll(call.keyspace, entry)) {
    throw new CommandError('WRONGTYPE Key is not a valid HyperLogLog string value.')
  }
  return entry
}

/** Servers make the string raw before they look whether there is something to do. */
function unshare(call: Call, entry: number): void {
  setEdited(call.keyspace, entry, valueField(call.keyspace, entry))
}

function begin(call: Call): number {
  const {db, memory, starts, ends, keyspace} = call
  const place = beginHll(db, db.add(memory, starts[1], ends[1], Kind.STRING))
  keyspace.arena.kernel.hllStale(db.keyEnd(place))
  return place
}

/** Wrong registers show when an element meets them: those before it are in by then, as on a server. */
function pfadd(call: Call): void {
  const found = findHll(call, 1)
  const {changes} = call
  if (found !== 0) unshare(call, found)
  else call.changes++
  let entry = found === 0 ? begin(call) : found
  for (let i = 2; i < call.argc; i++) {
    entry = addToHll(call.db, entry, call.memory, call.starts[i], call.ends[i], call)
    if (entry === HLL_FAILED) throw corrupt()
  }
  call.reply.integer(call.changes === changes ? 0 : 1)
}

function pfmerge(call: Call): void {
  const {arena} = call.keyspace
  const registers = arena.alloc(HLL_REGISTERS)
  try {
    const wantsDense = merge(call, registers)
    const found = findHll(call, 1)
    if (found !== 0) unshare(call, found)
    const entry = found === 0 ? begin(call) : found
    const place = wantsDense ? makeDense(call.db, entry) : entry
    if (place === HLL_FAILED) throw corrupt()
    storeHll(call.db, place, registers)
    call.changes++
    call.reply.simple('OK')
  } finally {
    arena.release(registers)
  }
}

/** The registers of all arguments together. Returns whether one of them is dense. @throws CommandError. */
function merge(call: Call, registers: number, first = 1): boolean {
  const {keyspace} = call
  keyspace.arena.memory.fill(0, registers, registers + HLL_REGISTERS)
  let wantsDense = false
  for (let i = first; i < call.argc; i++) {
    const entry = findHll(call, i)
    if (entry === 0) continue
    if (isDense(keyspace, entry)) wantsDense = true
    if (!mergeHll(keyspace, entry, registers)) throw corrupt()
  }
  return wantsDense
}

/** The header holds the cardinality, low byte first, when it is not stale. */
const COUNT = 8
/** Its highest bit says that it is. */
const STALE = 15
const STALE_BIT = 0x80

/** Of one key it writes the cardinality down: that is a change, which logs are told. */
export function pfcount(call: Call): void {
  const {keyspace, reply} = call
  const {arena} = keyspace
  if (call.argc === 2) {
    const entry = findHll(call, 1)
    if (entry === 0) return reply.integer(0)
    unshare(call, entry)
    const start = stringStart(keyspace, entry)
    const isStale = (arena.memory[start + STALE] & STALE_BIT) !== 0
    if (!countHll(keyspace, entry)) throw corrupt()
    if (isStale) call.changes++
    if (call.answers) reply.bigint(arena.view.getBigUint64(start + COUNT, true))
    return
  }
  const registers = arena.alloc(HLL_REGISTERS)
  try {
    merge(call, registers)
    if (call.answers) reply.bigint(countRegisters(call, registers))
  } finally {
    arena.release(registers)
  }
}

/** The cardinality of registers, a byte each: of a dense one that is made of them. */
function countRegisters({keyspace}: Call, registers: number): bigint {
  const {arena} = keyspace
  const block = arena.alloc(HLL_DENSE_BYTES)
  const {memory, view, kernel} = arena
  memory.fill(0, block, block + HLL_DENSE_BYTES)
  memory[block + STALE] = STALE_BIT
  for (let i = 0; i < HLL_REGISTERS; i++) {
    const bit = i * 6
    const at = block + HLL_HEADER + (bit >> 3)
    const value = memory[registers + i] << (bit & 7)
    memory[at] |= value
    if (value > 0xff) memory[at + 1] |= value >> 8
  }
  kernel.hllCount(block, block + HLL_DENSE_BYTES)
  const count = view.getBigUint64(block + COUNT, true)
  arena.release(block)
  return count
}

/** TODENSE and GETREG make it dense, DECODE and ENCODING change nothing. */
function pfdebug(call: Call): void {
  const {db, keyspace, reply} = call
  const entry = findHll(call, 2)
  if (entry === 0) throw new CommandError('ERR The specified key does not exist')
  unshare(call, entry)
  const wasDense = isDense(keyspace, entry)
  if (call.is(1, 'TODENSE') || call.is(1, 'GETREG')) {
    const dense = makeDense(db, entry)
    if (dense === HLL_FAILED) throw corrupt()
    if (!wasDense) call.changes++
    if (call.is(1, 'TODENSE')) reply.integer(wasDense ? 0 : 1)
    else if (call.answers) putRegisters(call, dense)
  } else if (call.is(1, 'DECODE')) {
    if (wasDense) throw new CommandError('ERR HLL encoding is not sparse')
    if (call.answers) putDecoded(call, entry)
  } else if (call.is(1, 'ENCODING')) reply.simple(wasDense ? 'dense' : 'sparse')
  else throw new CommandError(`ERR Unknown PFDEBUG subcommand '${call.text(1)}'`)
}

function putRegisters({keyspace, reply}: Call, entry: number): void {
  const {arena} = keyspace
  const registers = arena.alloc(HLL_REGISTERS)
  arena.memory.fill(0, registers, registers + HLL_REGISTERS)
  mergeHll(keyspace, entry, registers)
  reply.array(HLL_REGISTERS)
  for (let i = 0; i < HLL_REGISTERS; i++) reply.integer(arena.memory[registers + i])
  arena.release(registers)
}

/** Runs of a sparse one: `z` and `Z` of zeros, in one byte or two, `v` of a value. */
function putDecoded({keyspace, reply}: Call, entry: number): void {
  const {memory} = keyspace.arena
  const end = stringEnd(keyspace, entry)
  const runs: string[] = []
  for (let at = stringStart(keyspace, entry) + HLL_HEADER; at < end; at++) {
    const byte = memory[at]
    if (byte >= 0x80) runs.push(`v:${((byte >> 2) & 31) + 1},${(byte & 3) + 1}`)
    else if (byte < 0x40) runs.push(`z:${byte + 1}`)
    else runs.push(`Z:${(((byte & 63) << 8) | memory[++at]) + 1}`)
  }
  reply.text(runs.join(' '))
}

export const HYPERLOGLOG_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['PFADD', pfadd],
  ['PFMERGE', pfmerge],
  ['PFCOUNT', pfcount],
  ['PFDEBUG', pfdebug],
]
