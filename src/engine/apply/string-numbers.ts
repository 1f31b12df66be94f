/** Commands that compute with the number in a string. Source: t_string.c. */
import {
  type Apply,
  type Call,
  CommandError,
  canonicalInteger,
  notFloat,
  notInteger,
  syntaxError,
} from '../call.ts'
import {addLongDouble, isLongDouble, isNotFinite} from '../long-double.ts'
import {Kind} from '../values/kinds.ts'
import {Origin, setString, sizeString, stringEnd, stringStart} from '../values/string.ts'
import {findString} from './find-string.ts'
import {decimalLength, putDecimal, shortArgument, shortInteger} from './numbers.ts'
import {Option, readExpiry, readOption, TIMES} from './string-options.ts'

const INT64_MAX = 9223372036854775807n
const INT64_MIN = -9223372036854775808n
const wouldOverflow = () => new CommandError('ERR increment or decrement would overflow')

/** Add a number that a double holds exactly. */
function add(call: Call, by: number): void {
  const {keyspace} = call
  const entry = findString(call, 1)
  if (entry === 0) {
    putShort(call, 0, by)
    return
  }
  const start = stringStart(keyspace, entry)
  const value = shortInteger(keyspace.arena.memory, start, stringEnd(keyspace, entry))
  const sum = value + by
  if (Number.isSafeInteger(sum)) putShort(call, entry, sum)
  else addLong(call, entry, BigInt(by))
}

/** Add to what may need all of 64 bits. @throws CommandError. */
function addLong(call: Call, entry: number, by: bigint): void {
  const value = entry === 0 ? 0n : canonicalInteger(valueText(call, entry))
  if (value === null) throw notInteger()
  const sum = value + by
  if (sum > INT64_MAX || sum < INT64_MIN) throw wouldOverflow()
  putText(call, entry, sum.toString(), Origin.WHOLE)
  call.reply.bigint(sum)
}

function putShort(call: Call, entry: number, value: number): void {
  const {db, keyspace, memory, starts, ends} = call
  const {arena} = keyspace
  const length = decimalLength(value)
  const found = entry === 0 ? db.add(memory, starts[1], ends[1], Kind.STRING, length) : entry
  const place = sizeString(db, found, length)
  putDecimal(arena.memory, stringStart(keyspace, place), length, value)
  call.changes++
  call.reply.integer(value)
}

function putText(call: Call, entry: number, text: string, origin: number): number {
  const {db, memory, starts, ends} = call
  const place = entry === 0 ? db.add(memory, starts[1], ends[1], Kind.STRING, text.length) : entry
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0))
  call.changes++
  return setString(db, place, bytes, 0, bytes.length, origin)
}

/** The value of a string, one character per byte; for those too long to be a number, only that it is long. */
function valueText(call: Call, entry: number): string {
  const {memory} = call.keyspace.arena
  const start = stringStart(call.keyspace, entry)
  const end = Math.min(stringEnd(call.keyspace, entry), start + NUMBER_TEXT_MAX)
  let text = ''
  for (let at = start; at < end; at++) text += String.fromCharCode(memory[at])
  return text
}

/** No number has a text of this length. */
const NUMBER_TEXT_MAX = 5 * 1024

function incrby(call: Call): void {
  const by = shortArgument(call, 2)
  if (Number.isNaN(by)) {
    const long = call.bigint(2)
    addLong(call, findString(call, 1), long)
  } else add(call, by)
}

function decrby(call: Call): void {
  const by = shortArgument(call, 2)
  if (Number.isNaN(by)) {
    const long = call.bigint(2)
    if (long === INT64_MIN) throw new CommandError('ERR decrement would overflow')
    addLong(call, findString(call, 1), -long)
  } else add(call, by === 0 ? 0 : -by)
}

function incrbyfloat(call: Call): void {
  const entry = findString(call, 1)
  const sum = addLongDouble(entry === 0 ? '0' : valueText(call, entry), numberText(call, 2))
  if (sum === null) throw notFloat()
  if (isNotFinite(sum)) throw new CommandError('ERR increment would produce NaN or Infinity')
  putText(call, entry, sum, Origin.FLOAT)
  call.reply.text(sum)
  if (call.answers) call.tell('SET', call.bytes(1), sum, 'KEEPTTL')
}

/** Argument `i` as text, unless it is too long for a number. */
const numberText = (call: Call, i: number): string =>
  call.length(i) < NUMBER_TEXT_MAX ? call.text(i) : ''

interface Increment {
  isFloat: boolean
  by: number
  low: number
  high: number
  saturate: boolean
  enx: boolean
  given: number
  time: number
  operand: number
}

const INCREX_OPTIONS = TIMES | Option.PERSIST | Option.NX | Option.XX

/**
 * INCREX key [BYINT n | BYFLOAT x] [LBOUND n] [UBOUND n] [SATURATE] [a time [ENX] | PERSIST] [NX | XX]
 * Past a bound nothing happens, unless it saturates: then the bound is the result. No option may come twice.
 */
function increx(call: Call): void {
  const increment = readIncrement(call)
  const {given, time, enx} = increment
  const {db} = call
  if (enx && time === 0) throw new CommandError('ERR ENX flag requires an expiration')
  const bounds = [increment.low, increment.high, increment.by].map((i) =>
    boundOf(call, i, increment),
  )
  const expiresAtMs = time === 0 ? null : readExpiry(call, time, given & TIMES, 'increx')
  const entry = findString(call, 1)
  const {isFloat, saturate} = increment
  const old = entry === 0 ? '0' : valueText(call, entry)
  const isRefused = (given & (entry === 0 ? Option.XX : Option.NX)) !== 0
  const sum = isRefused ? null : (isFloat ? floatSum : integerSum)(call, entry, bounds, saturate)
  putIncrement(call, old, sum ?? old, isFloat)
  if (sum === null) return
  const place = putText(call, entry, sum, isFloat ? Origin.FLOAT : Origin.WHOLE)
  if (time !== 0 && !(enx && db.expiresAtMs(place) !== null)) db.setExpiry(place, expiresAtMs)
  if ((given & Option.PERSIST) !== 0) db.setExpiry(place, null)
  const until = db.expiresAtMs(place)
  if (call.answers) call.tell('SET', call.bytes(1), sum, ...(until === null ? [] : ['PXAT', until]))
}

/** Answer the new value and by how much it is more. */
function putIncrement({answers, reply}: Call, old: string, value: string, isFloat: boolean): void {
  if (!answers) return
  reply.array(2)
  if (isFloat) {
    reply.double(value)
    reply.double(addLongDouble(value, negated(old)) ?? '0')
  } else {
    reply.bigint(BigInt(value))
    reply.bigint(BigInt(value) - BigInt(old))
  }
}

function readIncrement(call: Call): Increment {
  const zero = {isFloat: false, by: 0, low: 0, high: 0, saturate: false, enx: false}
  const result: Increment = {...zero, given: 0, time: 0, operand: 0}
  for (let i = 2; i < call.argc; i++) {
    const hasNext = i + 1 < call.argc
    if (call.is(i, 'SATURATE') && !result.saturate) result.saturate = true
    else if (call.is(i, 'ENX') && !result.enx) result.enx = true
    else if (call.is(i, 'LBOUND') && result.low === 0 && hasNext) result.low = ++i
    else if (call.is(i, 'UBOUND') && result.high === 0 && hasNext) result.high = ++i
    else if ((call.is(i, 'BYINT') || call.is(i, 'BYFLOAT')) && result.by === 0 && hasNext) {
      result.isFloat = call.is(i, 'BYFLOAT')
      result.by = ++i
    } else {
      const before = result.given
      i = readOption(call, i, INCREX_OPTIONS, result)
      if (result.given === before) throw syntaxError()
    }
  }
  return result
}

/** The text of a bound or of the increment, checked; null when it was not given. */
function boundOf(call: Call, i: number, {isFloat, low, high}: Increment): string | null {
  if (i === 0) return null
  const name = i === low ? 'LBOUND' : i === high ? 'UBOUND' : 'Increment'
  const text = numberText(call, i)
  if (isFloat && !isLongDouble(text)) throw new CommandError(`ERR ${name} is not a valid float`)
  if (!isFloat && canonicalInteger(text) === null) {
    throw new CommandError(`ERR ${name} is not an integer or out of range`)
  }
  return text
}

type Bounds = readonly (string | null)[]

/** The new value, null when it stays. */
function integerSum(call: Call, entry: number, bounds: Bounds, saturate: boolean): string | null {
  const [low = INT64_MIN, high = INT64_MAX, by = 1n] = bounds.map((text) =>
    text === null ? undefined : BigInt(text),
  )
  const value = entry === 0 ? 0n : canonicalInteger(valueText(call, entry))
  if (value === null) throw notInteger()
  const sum = value + by
  if (sum >= low && sum <= high) return sum.toString()
  if (!saturate) return null
  return (sum < low ? low : high).toString()
}

function floatSum(call: Call, entry: number, bounds: Bounds, saturate: boolean): string | null {
  const [low, high, by] = bounds
  const sum = addLongDouble(entry === 0 ? '0' : valueText(call, entry), by ?? '1')
  if (sum === null) throw notFloat()
  if (isNotFinite(sum)) throw new CommandError('ERR increment would produce NaN or Infinity')
  const passed = [low, high].find(
    (bound, i) =>
      typeof bound === 'string' && isBelow(i === 0 ? sum : bound, i === 0 ? bound : sum),
  )
  if (typeof passed !== 'string') return sum
  return saturate ? addLongDouble(passed, '0') : null
}

/** Is a less than b? Both are numbers. */
function isBelow(a: string, b: string): boolean {
  return addLongDouble(a, negated(b))?.startsWith('-') ?? false
}

const negated = (number: string): string =>
  number.startsWith('-') ? number.slice(1) : `-${number.replace(/^\+/, '')}`

export const NUMBERS_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['INCR', (call) => add(call, 1)],
  ['DECR', (call) => add(call, -1)],
  ['INCRBY', incrby],
  ['DECRBY', decrby],
  ['INCRBYFLOAT', incrbyfloat],
  ['INCREX', increx],
]
