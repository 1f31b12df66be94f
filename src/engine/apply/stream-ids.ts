/** Stream ids as arguments: `ms-seq`, `ms`, where allowed `ms-*`, `-` and `+`. Source: streamGenericParseIDOrReply() in t_stream.c. */
import {type Call, CommandError, wrongType} from '../call.ts'
import {Kind, objectOf, setValue} from '../values/kinds.ts'
import type {Stream} from '../values/stream-data.ts'

const LONGEST = 127
const DASH = 0x2d
const STAR = 0x2a
const PLUS = 0x2b
const TWO_32 = 0x100000000

/** What `readId` found. */
export const INVALID = 0
export const FULL = 1
/** `ms-*` */
export const OPEN_SEQUENCE = 2

export const invalidId = (): CommandError =>
  new CommandError('ERR Invalid stream ID specified as stream command argument')

/** Argument `i` as an id to `at` of `ids`. @throws CommandError. */
export function takeId(call: Call, i: number, ids: Uint32Array, at: number): void {
  if (readId(call, i, ids, at) !== FULL) throw invalidId()
}

/** The same where `-` and `+` mean the lowest and the highest id. @throws CommandError. */
export function takeLooseId(call: Call, i: number, ids: Uint32Array, at: number): void {
  const {memory, starts} = call
  const byte = call.length(i) === 1 ? memory[starts[i]] : 0
  if (byte === DASH || byte === PLUS) ids.fill(byte === DASH ? 0 : 0xffffffff, at, at + 4)
  else takeId(call, i, ids, at)
}

/** Argument `i` as an id, if it is one. A sequence number that is not given is 0. */
export function readId(call: Call, i: number, ids: Uint32Array, at: number): number {
  return readIdIn(call.memory, call.starts[i], call.ends[i], ids, at)
}

export function readIdIn(
  memory: Uint8Array,
  start: number,
  limit: number,
  ids: Uint32Array,
  at: number,
): number {
  const next = putDigits(memory, start, limit, ids, at)
  if (next !== 0 && (next === limit || memory[next] === DASH)) {
    ids[at + 2] = 0
    ids[at + 3] = 0
    if (next === limit) return FULL
    if (putDigits(memory, next + 1, limit, ids, at + 2) === limit) return FULL
  }
  return readOddId(memory, start, limit, ids, at)
}

/** Up to 15 plain digits; returns where they end, 0 when there are none or more. */
function putDigits(
  memory: Uint8Array,
  start: number,
  limit: number,
  out: Uint32Array,
  at: number,
): number {
  let value = 0
  let next = start
  for (; next < limit; next++) {
    const digit = memory[next] - 0x30
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
  }
  if (next === start || next - start > 15) return 0
  out[at + 1] = value >>> 0
  out[at] = (value - out[at + 1]) / TWO_32
  return next
}

/** The same for all that is not just digits. */
function readOddId(
  memory: Uint8Array,
  start: number,
  limit: number,
  ids: Uint32Array,
  at: number,
): number {
  if (limit - start > LONGEST) return INVALID
  let end = start
  let dash = -1
  // Servers read it as text that ends with a zero.
  for (; end < limit && memory[end] !== 0; end++) {
    if (memory[end] === DASH && dash < 0) dash = end
  }
  ids[at + 2] = 0
  ids[at + 3] = 0
  if (!readU64(memory, start, dash < 0 ? end : dash, ids, at)) return INVALID
  if (dash < 0) return FULL
  if (end === dash + 2 && memory[dash + 1] === STAR) return OPEN_SEQUENCE
  return readU64(memory, dash + 1, end, ids, at + 2) ? FULL : INVALID
}

/** What strtoull() takes, less the negative numbers that are canonical. Source: string2ull() in util.c. */
function readU64(
  memory: Uint8Array,
  start: number,
  end: number,
  out: Uint32Array,
  at: number,
): boolean {
  let next = start
  while (next < end && isSpace(memory[next])) next++
  const negative = memory[next] === DASH && next < end
  if (negative || (memory[next] === PLUS && next < end)) next++
  if (next === end) return false
  if (end - next > 15) return readLong(memory, start, next, end, negative, out, at)
  const first = memory[next]
  let value = 0
  for (; next < end; next++) {
    const digit = memory[next] - 0x30
    if (digit < 0 || digit > 9) return false
    value = value * 10 + digit
  }
  if (negative && first !== 0x30 && memory[start] === DASH) return false
  out[at + 1] = value >>> 0
  out[at] = (value - (value >>> 0)) / TWO_32
  if (negative) negate(out, at)
  return true
}

function readLong(
  memory: Uint8Array,
  start: number,
  digits: number,
  end: number,
  negative: boolean,
  out: Uint32Array,
  at: number,
): boolean {
  let low = 0
  let high = 0
  for (let next = digits; next < end; next++) {
    const digit = memory[next] - 0x30
    if (digit < 0 || digit > 9) return false
    low = low * 10 + digit
    const carry = Math.floor(low / TWO_32)
    low -= carry * TWO_32
    high = high * 10 + carry
    if (high >= TWO_32) return false
  }
  const canonical = memory[start] === DASH && memory[digits] !== 0x30
  if (negative && canonical && (high < 0x80000000 || (high === 0x80000000 && low === 0)))
    return false
  out[at] = high
  out[at + 1] = low
  if (negative) negate(out, at)
  return true
}

function negate(out: Uint32Array, at: number): void {
  out[at + 1] = -out[at + 1]
  out[at] = ~out[at] + (out[at + 1] === 0 ? 1 : 0)
}

const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 9 && byte <= 13)

/** Ids from argument `first` up to `last`, four words each. @throws CommandError. */
export function takeIds(call: Call, first: number, last: number): Uint32Array {
  const ids = new Uint32Array((last - first) * 4)
  for (let i = first; i < last; i++) takeId(call, i, ids, (i - first) * 4)
  return ids
}

/**
 * The stream in argument `i`, null without a key, or where a client waited for one and something else came.
 * @throws CommandError when the key holds something else.
 */
export function findStream(call: Call, i: number): Stream | null {
  const entry = call.find(i)
  if (entry === 0) return null
  if (call.db.kind(entry) === Kind.STREAM) return objectOf<Stream>(call.keyspace, entry)
  if (call.hasWaited) return null
  throw wrongType()
}

/** Put a stream under the key in argument `i`, where there is none. */
export function addStream(call: Call, i: number, stream: Stream): void {
  const {db, keyspace, memory, starts, ends} = call
  const entry = db.add(memory, starts[i], ends[i], Kind.STREAM)
  setValue(keyspace, entry, Kind.STREAM, keyspace.addObject(stream))
}

/** Argument `i` as text of one byte per character, up to the first zero: as it stands in errors. */
export const shown = (call: Call, i: number): string => call.text(i).split('\0', 1)[0]

/** As `call.bigint`, without one for up to 15 plain digits. @throws CommandError. */
export function takeInteger(call: Call, i: number): number | bigint {
  const {memory, starts, ends} = call
  const length = ends[i] - starts[i]
  if (length === 0 || length > 15 || (length > 1 && memory[starts[i]] === 0x30)) {
    return call.bigint(i)
  }
  let value = 0
  for (let at = starts[i]; at < ends[i]; at++) {
    const digit = memory[at] - 0x30
    if (digit < 0 || digit > 9) return call.bigint(i)
    value = value * 10 + digit
  }
  return value
}
