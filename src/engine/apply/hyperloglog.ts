/** Commands on HyperLogLogs. Source: hyperloglog.c. */
import {HLL_REGISTERS} from '../../formats/kernel/layout.ts'
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
import {setEdited} from '../values/string.ts'
import {findString} from './find-string.ts'

export const corrupt = () => new CommandError('INVALIDOBJ Corrupted HLL object detected')

/** The entry of a HyperLogLog, 0 when there is no key. @throws CommandError. */
export function findHll(call: Call, i: number): number {
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
  if (found !== 0) unshare(call, found)
  let entry = found === 0 ? begin(call) : found
  for (let i = 2; i < call.argc; i++) {
    entry = addToHll(call.db, entry, call.memory, call.starts[i], call.ends[i])
    if (entry === HLL_FAILED) throw corrupt()
  }
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
  } finally {
    arena.release(registers)
  }
}

/** The registers of all arguments together. Returns whether one of them is dense. @throws CommandError. */
export function merge(call: Call, registers: number, first = 1): boolean {
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

/** Of one key it writes the cardinality down, of several it only finds out whether they are sound. */
function pfcount(call: Call): void {
  const {keyspace} = call
  if (call.argc === 2) {
    const entry = findHll(call, 1)
    if (entry === 0) return
    unshare(call, entry)
    if (!countHll(keyspace, entry)) throw corrupt()
    return
  }
  const registers = keyspace.arena.alloc(HLL_REGISTERS)
  try {
    merge(call, registers)
  } finally {
    keyspace.arena.release(registers)
  }
}

/** TODENSE and GETREG make it dense, DECODE and ENCODING change nothing. */
function pfdebug(call: Call): void {
  const entry = findHll(call, 2)
  if (entry === 0) throw new CommandError('ERR The specified key does not exist')
  unshare(call, entry)
  if (call.is(1, 'TODENSE') || call.is(1, 'GETREG')) {
    if (makeDense(call.db, entry) === HLL_FAILED) throw corrupt()
  } else if (call.is(1, 'DECODE')) {
    if (isDense(call.keyspace, entry)) throw new CommandError('ERR HLL encoding is not sparse')
  } else if (!call.is(1, 'ENCODING')) {
    throw new CommandError(`ERR Unknown PFDEBUG subcommand '${call.text(1)}'`)
  }
}

export const HYPERLOGLOG_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['PFADD', pfadd],
  ['PFMERGE', pfmerge],
  ['PFCOUNT', pfcount],
  ['PFDEBUG', pfdebug],
]
