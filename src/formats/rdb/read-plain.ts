/**
 * Values whose elements stand in the file one after the other.
 *
 *      0 string             string
 *      1 list, 2 set        length n, n x string
 *      3 zset               length n, n x (string, ASCII double)
 *      5 zset               length n, n x (string, f64le)
 *      4 hash               length n, n x (string field, string value)
 *     24 hash with expiry   i64le smallest, length n, n x (length expiry, field, value); 0 none, else smallest + expiry - 1
 *     22 (Redis 7.4 RC)     length n, n x (length absolute expiry or 0, field, value)
 *     22 (Valkey)           length n, n x (field, value, i64le absolute expiry or -1)
 *     23 (Valkey)           length n, n x (string path, length m, m x (field, value))
 *
 *     ASCII double          one byte n, n bytes of text; FD NaN, FE +inf, FF -inf
 *
 * Source: rdbLoadObject(), rdbLoadDoubleValue() in rdb.c.
 */
import type {Cursor} from '../bytes/cursor.ts'
import {FormatError} from '../errors.ts'
import {big, readCount, readLength64, readPieces, readString} from './primitives.ts'
import type {RdbReader} from './reader.ts'
import {scannedNumber, textOf} from './scores.ts'
import type {ValueVisitor} from './visitor.ts'

type Visit = ValueVisitor | null

/** The latest field expiry that servers take, in ms. */
const MAX_FIELD_EXPIRY = 2 ** 48 - 1

export function readStringValue(r: RdbReader, visit: Visit): void {
  visit?.begin(r.logical, r.type, 1)
  try {
    readPieces(r.c, visit, r.deep)
  } catch (error) {
    r.reportError(error)
  }
  visit?.end()
}

/** Read one element into [c.start, c.end), or step over it. Returns whether there is something to give away. */
function readElement(r: RdbReader, wanted: boolean): boolean {
  const {c} = r
  try {
    if (wanted || r.deep) readString(c)
    else readPieces(c, null, false)
    return wanted
  } catch (error) {
    r.reportError(error)
    return false
  }
}

/** Read the first string of a tuple and look whether it was there before. */
function readUnique(r: RdbReader, visit: Visit): boolean {
  const {c} = r
  const start = c.offset
  const given = readElement(r, visit !== null || r.deep)
  if (given && r.deep && r.seen.add(c.start, c.end)) {
    r.report('RDB_DUPLICATE', start, 'an element is there twice')
  }
  return given && visit !== null
}

function begin(r: RdbReader, visit: Visit, smallest: number): number {
  const start = r.c.offset
  const count = readCount(r.c, smallest, 'elements')
  if (count === 0) r.report('RDB_EMPTY', start, `an empty ${r.logical}`)
  visit?.begin(r.logical, r.type, count)
  return count
}

export function readList(r: RdbReader, visit: Visit): void {
  const {c} = r
  for (let left = begin(r, visit, 1); left > 0; left--) {
    if (visit === null) skipElement(r)
    else if (readElement(r, true)) visit.member(c.memory, c.start, c.end)
  }
  visit?.end()
}

/** Step over an element that nobody compares or wants. */
function skipElement(r: RdbReader): void {
  try {
    readPieces(r.c, null, r.deep)
  } catch (error) {
    r.reportError(error)
  }
}

export function readSet(r: RdbReader, visit: Visit): void {
  const {c} = r
  const count = begin(r, visit, 1)
  if (r.deep) r.seen.begin(count)
  for (let left = count; left > 0; left--) {
    if (readUnique(r, visit)) visit?.member(c.memory, c.start, c.end)
  }
  visit?.end()
}

function readZset(
  r: RdbReader,
  visit: Visit,
  smallest: number,
  score: (r: RdbReader) => number,
): void {
  const {c} = r
  const count = begin(r, visit, smallest)
  if (r.deep) r.seen.begin(count)
  for (let left = count; left > 0; left--) {
    if (readUnique(r, visit)) visit?.member(c.memory, c.start, c.end)
    const start = c.offset
    const value = score(r)
    if (Number.isNaN(value)) r.report('RDB_SCORE', start, 'a score is not a number')
    visit?.score(value)
  }
  visit?.end()
}

export const readZset1 = (r: RdbReader, visit: Visit) => readZset(r, visit, 2, readAsciiDouble)
export const readZset2 = (r: RdbReader, visit: Visit) => readZset(r, visit, 9, ({c}) => c.f64le())

function readAsciiDouble(r: RdbReader): number {
  const {c} = r
  const start = c.offset
  const length = c.u8()
  if (length === 0xfd) return Number.NaN
  if (length === 0xfe) return Infinity
  if (length === 0xff) return -Infinity
  const at = c.take(length)
  const fast = c.kernel.textDouble(at, at + length)
  if (!Number.isNaN(fast)) return fast
  const [value, used] = scannedNumber(textOf(c, at, at + length))
  if (used < length) {
    r.warn('RDB_SCORE', start, 'something follows the number of a score, servers ignore it')
  }
  return value
}

function readFieldAndValue(r: RdbReader, visit: Visit): void {
  const {c} = r
  if (readUnique(r, visit)) visit?.field(c.memory, c.start, c.end)
  if (visit === null) skipElement(r)
  else if (readElement(r, true)) visit.value(c.memory, c.start, c.end)
}

export function readHash(r: RdbReader, visit: Visit): void {
  const count = begin(r, visit, 2)
  if (r.deep) r.seen.begin(count)
  for (let left = count; left > 0; left--) readFieldAndValue(r, visit)
  visit?.end()
}

/** Type 24, and 22 of the Redis 7.4 release candidates. */
function readHashMetadata(r: RdbReader, visit: Visit, relative: boolean): void {
  const {c} = r
  const smallest = relative ? readSmallest(r) : 0
  const count = begin(r, visit, 3)
  if (r.deep) r.seen.begin(count)
  for (let left = count; left > 0; left--) {
    const start = c.offset
    readLength64(c)
    const ttl = c.high * 0x100000000 + c.low
    const expiresAtMs = ttl === 0 || !relative ? ttl : sumOf(c, smallest, ttl)
    if (expiresAtMs > MAX_FIELD_EXPIRY) {
      r.report('RDB_FIELD_TTL', start, 'a field expiry is beyond 2^48 ms')
    }
    readFieldAndValue(r, visit)
    if (expiresAtMs !== 0) visit?.fieldExpiry(expiresAtMs)
  }
  visit?.end()
}

/** The expiry that others count from. Servers take any, and look at the sums. */
function readSmallest(r: RdbReader): number | bigint {
  const {c} = r
  const start = c.offset
  c.u64le()
  if (c.high < 0x10000) return c.high * 0x100000000 + c.low
  r.warn('RDB_FIELD_TTL', start, 'the smallest field expiry is out of range')
  return big(c)
}

/** The smallest expiry and one counted from it, in 64 bits as servers add them. */
function sumOf(c: Cursor, smallest: number | bigint, ttl: number): number {
  if (typeof smallest === 'number' && ttl <= MAX_FIELD_EXPIRY) return smallest + ttl - 1
  return Number(BigInt.asUintN(64, BigInt(smallest) + big(c) - 1n))
}

export const readHashMetadata24 = (r: RdbReader, visit: Visit) => readHashMetadata(r, visit, true)
export const readHashMetadata22 = (r: RdbReader, visit: Visit) => readHashMetadata(r, visit, false)

/** Valkey's type 22. */
export function readValkeyHash(r: RdbReader, visit: Visit): void {
  const {c} = r
  const count = begin(r, visit, 10)
  if (r.deep) r.seen.begin(count)
  for (let left = count; left > 0; left--) {
    readFieldAndValue(r, visit)
    const start = c.offset
    c.u64le()
    const expiresAtMs = (c.high | 0) * 0x100000000 + c.low
    if (expiresAtMs < -1) r.report('RDB_FIELD_TTL', start, 'a field expiry is out of range')
    else if (!Number.isSafeInteger(expiresAtMs)) {
      r.warn('RDB_FIELD_TTL', start, 'a field expiry more than 285,000 years away')
    }
    if (expiresAtMs >= 0) visit?.fieldExpiry(expiresAtMs)
  }
  visit?.end()
}

/** Valkey's type 23, of the 9.2 development tree: checked, but not given to visitors. */
export function readPathHash(r: RdbReader, visit: Visit): void {
  const {c} = r
  if (visit) {
    throw new FormatError(
      'UNSUPPORTED',
      r.typeOffset,
      'a path hash of Valkey 9.2 can only be copied',
    )
  }
  for (let paths = readCount(c, 4, 'paths'); paths > 0; paths--) {
    skipElement(r)
    const start = c.offset
    const fields = readCount(c, 2, 'fields')
    if (fields === 0) r.report('RDB_EMPTY', start, 'a path without fields')
    for (let left = fields * 2; left > 0; left--) skipElement(r)
  }
}
