/** Commands on the bits of strings. Source: bitops.c. */
import {
  BITS_AND,
  BITS_LESS,
  BITS_NOT,
  BITS_OR,
  BITS_TWICE,
  BITS_WITHOUT,
  BITS_XOR,
} from '../../formats/kernel/layout.ts'
import {type Apply, type Call, CommandError, canonicalInteger, syntaxError} from '../call.ts'
import {Kind} from '../values/kinds.ts'
import {
  growString,
  Origin,
  STRING_MAX,
  setString,
  stringEnd,
  stringStart,
} from '../values/string.ts'
import {findString} from './find-string.ts'
import {shortArgument, shortInteger} from './numbers.ts'

const HASH = 0x23
const wrongOffset = () => new CommandError('ERR bit offset is not an integer or out of range')
const wrongBit = () => new CommandError('ERR bit is not an integer or out of range')

/** The bit that argument `i` names; with `#` before it the number counts fields of `width` bits. @throws CommandError. */
export function readOffset(call: Call, i: number, width: number): number {
  const counts = width > 0 && call.length(i) > 0 && call.memory[call.starts[i]] === HASH
  const short = shortInteger(call.memory, call.starts[i] + (counts ? 1 : 0), call.ends[i])
  const offset = Number.isNaN(short)
    ? readLongOffset(call, i, counts ? width : 0)
    : short * (counts ? width : 1)
  if (offset < 0 || offset >= STRING_MAX * 8) throw wrongOffset()
  return offset
}

/** The server's product wraps, and then may be right. */
function readLongOffset(call: Call, i: number, width: number): number {
  const value = canonicalInteger(call.text(i).slice(width > 0 ? 1 : 0))
  if (value === null) throw wrongOffset()
  return Number(width > 0 ? BigInt.asIntN(64, value * BigInt(width)) : value)
}

/** A string that reaches to bit `bit`, made when there is none. Returns where its bytes start. */
function reach(call: Call, entry: number, bit: number): number {
  const {db, memory, starts, ends} = call
  const found = entry === 0 ? db.add(memory, starts[1], ends[1], Kind.STRING) : entry
  return stringStart(call.keyspace, growString(db, found, Math.floor(bit / 8) + 1))
}

function setbit(call: Call): void {
  const offset = readOffset(call, 2, 0)
  const bit = shortArgument(call, 3)
  if (bit !== 0 && bit !== 1) throw wrongBit()
  const entry = findString(call, 1)
  const grows = !reaches(call, entry, offset)
  const at = reach(call, entry, offset) + Math.floor(offset / 8)
  const {memory} = call.keyspace.arena
  const mask = 0x80 >> (offset % 8)
  const old = (memory[at] & mask) === 0 ? 0 : 1
  memory[at] = bit === 1 ? memory[at] | mask : memory[at] & ~mask
  if (grows || old !== bit) call.changes++
  call.reply.integer(old)
}

/** Is there a string that is as long? */
const reaches = (call: Call, entry: number, bit: number): boolean =>
  entry !== 0 && lengthOf(call, entry) > Math.floor(bit / 8)

const OVERFLOWS: readonly string[] = ['WRAP', 'SAT', 'FAIL']

interface Field {
  at: number
  bits: number
  signed: boolean
}

interface Step extends Field {
  /** Else it is set, or read only where the command says GET. */
  add: boolean
  get: boolean
  value: bigint
  overflow: number
}

/** BITFIELD key {GET type offset | SET type offset value | INCRBY type offset by | OVERFLOW WRAP | SAT | FAIL}... */
function bitfield(call: Call): void {
  const steps: Step[] = []
  let overflow = 0
  for (let i = 2; i < call.argc; ) {
    if (call.is(i, 'OVERFLOW') && i + 1 < call.argc) {
      overflow = OVERFLOWS.findIndex((word) => call.is(i + 1, word))
      if (overflow < 0) throw new CommandError('ERR Invalid OVERFLOW type specified')
      i += 2
    } else i = readStep(call, i, overflow, steps)
  }
  const entry = findString(call, 1)
  const writing = steps.filter(({get}) => !get)
  call.reply.array(steps.length)
  if (writing.length === 0) {
    for (const step of steps) call.reply.bigint(fieldAt(call, entry, step))
    return
  }
  const reached = writing.reduce((most, {at, bits}) => Math.max(most, at + bits - 1), 0)
  const grows = !reaches(call, entry, reached)
  const start = reach(call, entry, reached)
  if (call.answers) writeAnswered(call, steps, start, grows)
  else for (const step of writing) write(call, start, step)
}

function writeAnswered(call: Call, steps: readonly Step[], start: number, grows: boolean): void {
  const {reply} = call
  const entry = call.find(1)
  for (const step of steps) {
    const old = fieldAt(call, entry, step)
    if (step.get) {
      reply.bigint(old)
      continue
    }
    if (!write(call, start, step)) {
      reply.nothing()
      continue
    }
    const now = fieldAt(call, entry, step)
    reply.bigint(step.add ? now : old)
    if (grows || now !== old) call.changes++
  }
}

/** False where it overflows, and OVERFLOW FAIL was said. */
function write(call: Call, start: number, {at, bits, signed, add, value, overflow}: Step): boolean {
  const {kernel} = call.keyspace.arena
  return kernel.bitsField(start, at, bits, Number(signed), Number(add), value, overflow) !== 0
}

/** A field of a string, which goes on with zeros. */
export function fieldAt(call: Call, entry: number, {at, bits, signed}: Field): bigint {
  const {keyspace} = call
  const from = entry === 0 ? 0 : stringStart(keyspace, entry)
  const end = entry === 0 ? 0 : stringEnd(keyspace, entry)
  let value = 0n
  for (let bit = at; bit < at + bits; bit++) {
    const place = from + Math.floor(bit / 8)
    const byte = place < end ? keyspace.arena.memory[place] : 0
    value = (value << 1n) | BigInt((byte >> (7 - (bit % 8))) & 1)
  }
  return signed ? BigInt.asIntN(bits, value) : value
}

/** Read an operation into a step. Returns where the next one starts. */
function readStep(call: Call, i: number, overflow: number, steps: Step[]): number {
  const left = call.argc - i - 1
  const gets = call.is(i, 'GET') && left >= 2
  const adds = call.is(i, 'INCRBY') && left >= 3
  if (!gets && !adds && !(call.is(i, 'SET') && left >= 3)) throw syntaxError()
  const signed = call.memory[call.starts[i + 1]] === 0x69
  const bits = readWidth(call, i + 1, signed)
  const at = readOffset(call, i + 2, bits)
  const value = gets ? 0n : call.bigint(i + 3)
  steps.push({at, bits, signed, add: adds, get: gets, value, overflow})
  return gets ? i + 3 : i + 4
}

export function readWidth(call: Call, i: number, signed: boolean): number {
  const {memory, starts, ends} = call
  const isType = call.length(i) > 0 && (signed || memory[starts[i]] === 0x75)
  const bits = isType ? shortInteger(memory, starts[i] + 1, ends[i]) : Number.NaN
  if (!(bits >= 1 && bits <= (signed ? 64 : 63))) {
    throw new CommandError(
      'ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.',
    )
  }
  return bits
}

interface Operation {
  word: string
  /** How each source but the first is added. */
  join: number
  /** How the first source comes in after the others, which are then joined without it; -1 when it comes first. */
  first: number
}

const OPERATIONS: readonly Operation[] = [
  {word: 'AND', join: BITS_AND, first: -1},
  {word: 'OR', join: BITS_OR, first: -1},
  {word: 'XOR', join: BITS_XOR, first: -1},
  {word: 'NOT', join: BITS_NOT, first: -1},
  {word: 'DIFF', join: BITS_OR, first: BITS_LESS},
  {word: 'DIFF1', join: BITS_OR, first: BITS_WITHOUT},
  {word: 'ANDOR', join: BITS_OR, first: BITS_AND},
  {word: 'ONE', join: BITS_TWICE, first: -1},
]

/** BITOP operation destination source [source ...] */
function bitop(call: Call): void {
  const operation = OPERATIONS.find(({word}) => call.is(1, word))
  if (operation === undefined) throw syntaxError()
  const {word, first} = operation
  if (word === 'NOT' && call.argc !== 4) {
    throw new CommandError('ERR BITOP NOT must be called with a single source key.')
  }
  if (first >= 0 && call.argc < 5) {
    throw new CommandError(`ERR BITOP ${word} must be called with at least two source keys.`)
  }
  let length = 0
  for (let i = 3; i < call.argc; i++) {
    const entry = findString(call, i)
    if (entry !== 0) length = Math.max(length, lengthOf(call, entry))
  }
  const target = call.find(2)
  if (length > 0) combine(call, operation, length)
  else if (target !== 0) call.db.remove(target)
  if (length > 0 || target !== 0) call.changes++
  call.reply.integer(length)
}

const lengthOf = (call: Call, entry: number): number =>
  stringEnd(call.keyspace, entry) - stringStart(call.keyspace, entry)

function combine(call: Call, {join, first}: Operation, length: number): void {
  const {arena} = call.keyspace
  const block = arena.alloc(length)
  const twice = join === BITS_TWICE ? arena.alloc(length) : 0
  arena.memory.fill(0, block, block + length)
  if (twice !== 0) arena.memory.fill(0, twice, twice + length)
  if (first < 0) mix(call, BITS_OR, block, length, 3, twice)
  if (join === BITS_NOT) arena.kernel.bitsCombine(BITS_NOT, block, length, 0, 0, 0)
  for (let i = 4; i < call.argc; i++) mix(call, join, block, length, i, twice)
  if (first >= 0) mix(call, first, block, length, 3, 0)
  if (twice !== 0) {
    arena.kernel.bitsCombine(BITS_WITHOUT, block, length, twice, length, 0)
    arena.release(twice)
  }
  store(call, block, length)
  arena.release(block)
}

function mix(
  call: Call,
  operation: number,
  block: number,
  length: number,
  i: number,
  twice: number,
): void {
  const {keyspace} = call
  const entry = call.find(i)
  const start = entry === 0 ? 0 : stringStart(keyspace, entry)
  const size = entry === 0 ? 0 : lengthOf(call, entry)
  keyspace.arena.kernel.bitsCombine(operation, block, length, start, size, twice)
}

function store(call: Call, block: number, length: number): void {
  const {db, memory, starts, ends, keyspace} = call
  const found = call.find(2)
  const entry = found === 0 ? db.add(memory, starts[2], ends[2], Kind.STRING, length) : found
  const place = setString(db, entry, keyspace.arena.memory, block, block + length, Origin.EDITED)
  db.setExpiry(place, null)
}

export const BITMAPS_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['SETBIT', setbit],
  ['BITFIELD', bitfield],
  ['BITOP', bitop],
]
