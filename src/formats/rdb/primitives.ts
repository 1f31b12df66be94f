/**
 * Lengths and strings of RDB files.
 *
 *     length   00vvvvvv                6 bits
 *              01vvvvvv b              14 bits, big-endian
 *              80 u32be                32 bits
 *              81 u64be                64 bits, since RDB 8
 *     string   length, then that many bytes
 *              C0 i8 | C1 i16le | C2 i32le         decimal text of the integer
 *              C3 length length bytes              LZF: compressed length, expanded length, data
 *
 * Sources: rdbLoadLenByRef(), rdbGenericLoadStringObject(), rdbLoadLzfStringObject() in rdb.c.
 */
import {AREA_EXPANDED} from '../bytes/areas.ts'
import {type Cursor, GAP} from '../bytes/cursor.ts'
import {FormatError} from '../errors.ts'
import {REG_ERROR_AT, REG_NEXT, REG_OUT, REGISTERS, SCRATCH} from '../kernel/layout.ts'

/** Takes a long string piece by piece; a span is valid until the method returns. */
export interface PieceVisitor {
  /** See ValueVisitor. */
  suffices?(encoding: 'plain', bytes: number, elements: number): boolean
  piece(memory: Uint8Array, start: number, end: number): void
}

/** 264 output bytes per 3 input bytes: no LZF data expands further. */
const LZF_MAX_RATIO = 88
/** Strings longer than this are expanded piece by piece where nobody wants them whole. */
const PIECE = 0x100000
const LZF_HISTORY = 8192

const LZF_TEXT: Readonly<Record<number, string>> = {
  1: 'the data ends inside a code',
  2: 'a back reference reaches before the start',
  3: 'the data expands to more than was stated',
  4: 'the data expands to less than was stated',
}

/** Read a length of up to 2^53. @throws FormatError `RDB_LENGTH`. */
export function readLength(c: Cursor): number {
  const first = c.u8()
  if (first < 0x40) return first
  if (first < 0x80) return ((first & 0x3f) << 8) | c.u8()
  return readLongLength(c, first)
}

function readLongLength(c: Cursor, first: number): number {
  const start = c.offset - 1
  if (first === 0x80) return c.u32be()
  if (first !== 0x81) throw notLength(start, first)
  c.u64be()
  if (c.high > 0x1fffff) throw new FormatError('RDB_LENGTH', start, 'a length over 2^53')
  return c.high * 0x100000000 + c.low
}

/** Read a length of up to 64 bits into `c.high` and `c.low`. @throws FormatError `RDB_LENGTH`. */
export function readLength64(c: Cursor): void {
  const first = c.u8()
  if (first === 0x81) return c.u64be()
  c.high = 0
  if (first < 0x40) c.low = first
  else if (first < 0x80) c.low = ((first & 0x3f) << 8) | c.u8()
  else if (first === 0x80) c.low = c.u32be()
  else throw notLength(c.offset - 1, first)
}

/** Read a length of up to 64 bits. Allocates: not for hot loops. */
export function readBigLength(c: Cursor): bigint {
  readLength64(c)
  return big(c)
}

/** The 64 bits that the cursor read last, unsigned. */
export function big(c: Cursor): bigint {
  return (BigInt(c.high) << 32n) | BigInt(c.low)
}

function notLength(offset: number, first: number): FormatError {
  return new FormatError('RDB_LENGTH', offset, `byte 0x${hex(first)} starts no length`)
}

export function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}

/** 64 bits from their halves, `0x` and 16 digits. */
export function hex64(high: number, low: number): string {
  return `0x${high.toString(16).padStart(8, '0')}${low.toString(16).padStart(8, '0')}`
}

/**
 * Read a count of items that take at least `smallest` bytes each.
 * @throws FormatError `RDB_COUNT` when the rest of the input cannot hold them.
 */
export function readCount(c: Cursor, smallest: number, what: string): number {
  const start = c.offset
  const count = readLength(c)
  if (count * smallest > c.left) {
    throw new FormatError(
      'RDB_COUNT',
      start,
      `${count} ${what} are claimed, ${c.left} bytes are left`,
    )
  }
  return count
}

/**
 * Read a string into one piece: the span [c.start, c.end), valid until the next call on the cursor. Returns where its
 * payload starts in the input when the span is that very payload, else -1 (integers and expanded data).
 * @throws FormatError `RDB_STRING`, `RDB_LENGTH`, or framed `RDB_LZF` with the cursor behind the string.
 */
export function readString(c: Cursor): number {
  const first = c.u8()
  if (first < 0x40) return plain(c, first)
  if (first < 0x80) return plain(c, ((first & 0x3f) << 8) | c.u8())
  if (first < 0xc0) return plain(c, readLongLength(c, first))
  if (first === 0xc3) return expand(c)
  decimal(c, readInteger(c, first))
  return -1
}

function plain(c: Cursor, length: number): number {
  if (length > c.left) throw tooLong(c, length)
  const start = c.take(length)
  c.start = start
  c.end = start + length
  return c.offset - length
}

function tooLong(c: Cursor, length: number): FormatError {
  const {offset, left} = c
  return new FormatError(
    'TRUNCATED',
    offset + left,
    `a string of ${length} bytes, ${left} are left`,
  )
}

function readInteger(c: Cursor, first: number): number {
  if (first === 0xc0) return (c.u8() << 24) >> 24
  if (first === 0xc1) return c.view.getInt16(c.take(2), true)
  if (first === 0xc2) return c.i32le()
  throw new FormatError('RDB_STRING', c.offset - 1, `byte 0x${hex(first)} starts no string`)
}

/** Decimal text of an int32 in scratch memory. */
function decimal(c: Cursor, value: number): void {
  let rest = Math.abs(value)
  let at = SCRATCH + 16
  do {
    c.memory[--at] = 0x30 + (rest % 10)
    rest = Math.floor(rest / 10)
  } while (rest > 0)
  if (value < 0) c.memory[--at] = 0x2d
  c.start = at
  c.end = SCRATCH + 16
}

/** Compressed and expanded length of LZF data, checked against each other and the input. */
function readLzfLengths(c: Cursor): [compressed: number, expanded: number] {
  const start = c.offset - 1
  const compressed = readLength(c)
  const expanded = readLength(c)
  if (compressed > c.left) throw tooLong(c, compressed)
  if (expanded > compressed * LZF_MAX_RATIO || compressed === 0 || expanded === 0) {
    c.skip(compressed)
    const claim = `${compressed} bytes of LZF data cannot expand to ${expanded}`
    throw new FormatError('RDB_LZF', start, claim, true)
  }
  c.lzf.strings++
  c.lzf.compressed += compressed
  c.lzf.expanded += expanded
  return [compressed, expanded]
}

function expand(c: Cursor): number {
  const start = c.offset - 1
  const [compressed, expanded] = readLzfLengths(c)
  return expandWhole(c, start, compressed, expanded)
}

function expandWhole(c: Cursor, start: number, compressed: number, expanded: number): number {
  const from = c.take(compressed)
  const to = c.area(AREA_EXPANDED, expanded)
  const problem = c.kernel.lzfDecompress(from, from + compressed, to, to + expanded)
  if (problem !== 0) throw new FormatError('RDB_LZF', start, LZF_TEXT[problem], true)
  c.start = to
  c.end = to + expanded
  return -1
}

/**
 * Read a string piece by piece, in memory that does not depend on its length. Returns its length.
 * @throws as `readString`; on `RDB_LZF` some pieces may have been given already.
 */
export function readPieces(c: Cursor, visit: PieceVisitor | null, deep: boolean): number {
  const first = c.u8()
  if (first === 0xc3) return lzfPieces(c, visit, deep)
  if (first >= 0xc0) {
    decimal(c, readInteger(c, first))
    visit?.piece(c.memory, c.start, c.end)
    return c.end - c.start
  }
  c.next--
  const length = readLength(c)
  if (length > c.left) throw tooLong(c, length)
  if (!visit || visit.suffices?.('plain', length, 1)) {
    c.skip(length)
    return length
  }
  for (let left = length; left > 0; ) {
    if (c.next === c.limit && !c.more()) throw c.truncated(left)
    const n = Math.min(left, c.limit - c.next)
    c.next += n
    left -= n
    visit.piece(c.memory, c.next - n, c.next)
  }
  return length
}

/**
 * Read a string that is not long into one piece, as `readString` does, and return true; give any other to `visit` as `readPieces`
 * does. @throws as `readPieces`.
 */
export function readShort(c: Cursor, visit: PieceVisitor): boolean {
  c.ensure(1)
  const first = c.memory[c.next]
  if (first === 0xc3) {
    c.next++
    return lzfShort(c, visit)
  }
  const isShort = first < 0x80 || first >= 0xc0
  if (isShort) readString(c)
  else readPieces(c, visit, true)
  return isShort
}

function lzfShort(c: Cursor, visit: PieceVisitor): boolean {
  const start = c.offset - 1
  const [compressed, expanded] = readLzfLengths(c)
  const isShort = expanded <= PIECE && compressed <= GAP
  if (isShort) expandWhole(c, start, compressed, expanded)
  else lzfLong(c, start, compressed, expanded, visit)
  return isShort
}

function lzfPieces(c: Cursor, visit: PieceVisitor | null, deep: boolean): number {
  const start = c.offset - 1
  const [compressed, expanded] = readLzfLengths(c)
  const to = visit?.suffices?.('plain', expanded, 1) ? null : visit
  if (!to && !deep) c.skip(compressed)
  else if (expanded > PIECE || compressed > GAP) lzfLong(c, start, compressed, expanded, to)
  else {
    expandWhole(c, start, compressed, expanded)
    to?.piece(c.memory, c.start, c.end)
  }
  return expanded
}

/** Expand through a buffer that keeps the last 8 KiB, as far as references reach. */
function lzfLong(
  c: Cursor,
  start: number,
  compressed: number,
  expanded: number,
  visit: PieceVisitor | null,
): void {
  const room = LZF_HISTORY + PIECE
  const area = c.area(AREA_EXPANDED, room)
  let history = area + LZF_HISTORY
  let left = compressed
  let out = 0
  let fault = 0
  while (left > 0 && fault === 0) {
    const want = Math.min(left, 0x10000)
    c.ensure(want)
    const from = area + LZF_HISTORY
    const final = want === left ? 1 : 0
    fault = c.kernel.lzfPiece(c.next, c.next + want, final, history, from, area + room)
    const used = c.view.getUint32(REGISTERS + REG_NEXT, true) - c.next
    const to = c.view.getUint32(REGISTERS + REG_OUT, true)
    out += to - from
    if (fault === 0 && used === 0) fault = 1
    if (out > expanded) fault = 3
    if (fault !== 0) break
    visit?.piece(c.memory, from, to)
    // The last 8 KiB move in front of the place where the next piece goes.
    c.memory.copyWithin(area, to - LZF_HISTORY, to)
    history = area + LZF_HISTORY - Math.min(LZF_HISTORY, out)
    c.next += used
    left -= used
  }
  if (fault === 0 && out < expanded) fault = 4
  c.skip(left)
  if (fault !== 0) throw new FormatError('RDB_LZF', start, LZF_TEXT[fault], true)
}

/** Where in memory the last failed kernel call stopped. */
export function errorAddress(c: Cursor): number {
  return c.view.getUint32(REGISTERS + REG_ERROR_AT, true)
}
