/**
 * Values that are one string holding a packed encoding, or a list of such strings.
 *
 *      9 zipmap | 10, 12, 13 ziplist | 11 intset | 16, 17, 20 listpack | 25 i64le then listpack | 23 listpack
 *
 * The kernels check a whole blob before its first element is given away.
 * Sources: rdbLoadObject() in rdb.c; lpValidateIntegrityAndDups() and relatives.
 */
import type {Cursor} from '../bytes/cursor.ts'
import {
  AUX_BEHIND,
  AUX_NO_NUMBER,
  AUX_UNSORTED,
  CHECK_SCORE_ORDER,
  CHECK_SCORES,
  CHECK_TTL,
  REG_AUX,
  REG_COUNT,
  REG_NEXT,
  REGISTERS,
  SPAN_MAX,
  SPANS,
} from '../kernel/layout.ts'
import {packedFault} from './packed-faults.ts'
import {errorAddress, readPieces, readString} from './primitives.ts'
import type {RdbReader} from './reader.ts'
import {readNumber} from './scores.ts'
import type {ValueVisitor} from './visitor.ts'

type Visit = ValueVisitor | null

/** How a packed encoding is checked and read, and what its elements mean. */
export interface PackedFormat {
  readonly name: 'listpack' | 'ziplist' | 'intset' | 'zipmap'
  /** Elements per member: 1 list or set, 2 hash or zset, 3 hash with field expiry. */
  readonly tuple: 1 | 2 | 3
  readonly unique: boolean
  readonly flags: number
  readonly give: (r: RdbReader, visit: ValueVisitor, index: number) => void
}

const SCORED = CHECK_SCORES | CHECK_SCORE_ORDER

function giveMember(r: RdbReader, visit: ValueVisitor): void {
  visit.member(r.c.memory, r.c.start, r.c.end)
}

function giveField(r: RdbReader, visit: ValueVisitor, index: number): void {
  const {c} = r
  if ((index & 1) === 0) visit.field(c.memory, c.start, c.end)
  else visit.value(c.memory, c.start, c.end)
}

function giveScored(r: RdbReader, visit: ValueVisitor, index: number): void {
  const {c} = r
  if ((index & 1) === 0) visit.member(c.memory, c.start, c.end)
  else visit.score(readNumber(c, c.start, c.end))
}

function giveExpiring(r: RdbReader, visit: ValueVisitor, index: number): void {
  const {c} = r
  const part = index % 3
  if (part === 0) visit.field(c.memory, c.start, c.end)
  else if (part === 1) visit.value(c.memory, c.start, c.end)
  else {
    const expiresAtMs = readNumber(c, c.start, c.end)
    if (expiresAtMs !== 0) visit.fieldExpiry(expiresAtMs)
  }
}

const format = (
  name: PackedFormat['name'],
  tuple: 1 | 2 | 3,
  unique: boolean,
  give: PackedFormat['give'],
  flags = 0,
): PackedFormat => ({name, tuple, unique, flags, give})

export const ZIPLIST_LIST = format('ziplist', 1, false, giveMember)
export const ZIPLIST_HASH = format('ziplist', 2, true, giveField)
export const ZIPLIST_ZSET = format('ziplist', 2, true, giveScored, SCORED)
export const LISTPACK_LIST = format('listpack', 1, false, giveMember)
export const LISTPACK_SET = format('listpack', 1, true, giveMember)
export const LISTPACK_HASH = format('listpack', 2, true, giveField)
export const LISTPACK_ZSET = format('listpack', 2, true, giveScored, SCORED)
export const LISTPACK_EXPIRING = format('listpack', 3, true, giveExpiring, CHECK_TTL)
export const INTSET = format('intset', 1, true, giveMember)
export const ZIPMAP = format('zipmap', 2, true, giveField)

/** Read a string that holds one packed collection. */
export function readPacked(r: RdbReader, visit: Visit, packed: PackedFormat): void {
  const {c} = r
  if (!visit && !r.deep) return void readPieces(c, null, false)
  const payload = readBlob(r, packed.name)
  if (payload === BROKEN) return
  const {start, end} = c
  if (!checkBlob(r, packed, payload)) {
    if (r.givesDamaged && visit) giveIntact(r, packed, start, end, visit)
    return
  }
  const count = c.view.getUint32(REGISTERS + REG_COUNT, true) / packed.tuple
  if (count === 0) {
    r.report('RDB_EMPTY', r.typeOffset, `an empty ${r.logical}`)
    return
  }
  visit?.begin(r.logical, r.type, count)
  if (visit) giveBlob(r, packed, start, end, visit)
  visit?.end()
}

/** Give the elements of a checked blob to `visit`, unless its size is enough for it. */
export function giveBlob(
  r: RdbReader,
  packed: PackedFormat,
  start: number,
  end: number,
  visit: ValueVisitor,
): void {
  const count = r.c.view.getUint32(REGISTERS + REG_COUNT, true) / packed.tuple
  if (!visit.suffices?.(packed.name, end - start, count)) walkBlob(r, packed, start, end, visit)
}

/** Give the elements of a damaged blob that come before the damage, whole tuples only. */
function giveIntact(
  r: RdbReader,
  packed: PackedFormat,
  start: number,
  end: number,
  visit: ValueVisitor,
): void {
  const {c} = r
  visit.begin(r.logical, r.type, -1)
  let next = start + HEADER[packed.name]
  for (let index = 0; next < end; index++) {
    const from = packed.name === 'intset' ? start : next
    if (readBatch(c, packed, from, end, index, 1) <= 0) break
    next = c.view.getUint32(REGISTERS + REG_NEXT, true)
    c.start = c.view.getUint32(SPANS, true)
    c.end = c.view.getUint32(SPANS + 4, true)
    packed.give(r, visit, index)
  }
  visit.end()
}

export const BROKEN = -2

/** Read a blob into [c.start, c.end); returns its offset in the input, -1 when it was compressed, BROKEN on damage. */
export function readBlob(r: RdbReader, name: string): number {
  try {
    return readString(r.c)
  } catch (error) {
    r.reportError(error, name)
    return BROKEN
  }
}

/** Check the blob in [c.start, c.end); its elements are in REG_COUNT. Reports and returns false when it is damaged. */
export function checkBlob(r: RdbReader, packed: PackedFormat, payload: number): boolean {
  const {c} = r
  const {kernel, start, end} = c
  const tuple = packed.unique ? packed.tuple : 0
  let problem: number
  if (packed.name === 'listpack') problem = kernel.listpackCheck(start, end, tuple, packed.flags)
  else if (packed.name === 'ziplist') problem = kernel.ziplistCheck(start, end, tuple, packed.flags)
  else if (packed.name === 'intset') problem = kernel.intsetCheck(start, end)
  else problem = kernel.zipmapCheck(start, end)
  if (problem !== 0) {
    packedFault(r, packed.name, problem, placeOf(r, payload, start))
    return false
  }
  if (packed.flags & CHECK_SCORE_ORDER || packed.name === 'zipmap') {
    warnOfDoubts(r, packed.name, payload < 0 ? r.typeOffset : payload)
  }
  if (tuple !== 0 && c.view.getUint32(REGISTERS + REG_AUX + 4, true) === 1) {
    return checkUnique(r, packed, payload)
  }
  return true
}

/** What servers load though it is odd. */
function warnOfDoubts(r: RdbReader, name: string, offset: number): void {
  const doubts = r.c.view.getUint32(REGISTERS + REG_AUX, true)
  if (doubts === 0) return
  if (doubts & AUX_UNSORTED) {
    r.warn('RDB_SCORE', offset, 'members are not in the order of their scores', name)
  }
  if (doubts & AUX_NO_NUMBER) {
    r.warn('RDB_SCORE', offset, 'a score is no number, servers read what it begins with', name)
  }
  if (doubts & AUX_BEHIND) r.warn('RDB_ZIPMAP', offset, 'bytes follow its terminator', name)
}

/** Where the last kernel error lies in the input: exact in a plain blob, the start of a compressed one. */
function placeOf(r: RdbReader, payload: number, start: number): number {
  return payload < 0 ? r.typeOffset : payload + errorAddress(r.c) - start
}

/** Blobs with too many elements for the kernel's own table. */
function checkUnique(r: RdbReader, packed: PackedFormat, payload: number): boolean {
  const {c} = r
  const {start, end} = c
  const count = c.view.getUint32(REGISTERS + REG_COUNT, true)
  r.seen.begin(count / packed.tuple)
  const unique = walkBlob(r, packed, start, end, null)
  c.start = start
  c.end = end
  c.view.setUint32(REGISTERS + REG_COUNT, count, true)
  if (!unique) {
    const offset = payload < 0 ? r.typeOffset : payload
    r.report('RDB_DUPLICATE', offset, 'an element is there twice', packed.name)
  }
  return unique
}

/**
 * Give every element of a checked blob to `visit`; without one add the first of each tuple to `r.seen`.
 * Returns false when that found one twice.
 */
export function walkBlob(
  r: RdbReader,
  packed: PackedFormat,
  start: number,
  end: number,
  visit: Visit,
): boolean {
  const {c} = r
  let next = start + HEADER[packed.name]
  let unique = true
  for (let index = 0; ; ) {
    const count = readBatch(c, packed, packed.name === 'intset' ? start : next, end, index)
    if (count === 0) return unique
    next = c.view.getUint32(REGISTERS + REG_NEXT, true)
    for (let i = 0; i < count; i++, index++) {
      c.start = c.view.getUint32(SPANS + i * 8, true)
      c.end = c.view.getUint32(SPANS + i * 8 + 4, true)
      if (visit) packed.give(r, visit, index)
      else if (index % packed.tuple === 0 && r.seen.add(c.start, c.end)) unique = false
    }
  }
}

/** Bytes before the first entry. */
const HEADER = {listpack: 6, ziplist: 10, zipmap: 1, intset: 8}

function readBatch(
  c: Cursor,
  packed: PackedFormat,
  next: number,
  end: number,
  index: number,
  max = SPAN_MAX,
): number {
  const {kernel} = c
  if (packed.name === 'listpack') return kernel.listpackRead(next, end, max)
  if (packed.name === 'ziplist') return kernel.ziplistRead(next, end, max)
  if (packed.name === 'zipmap') return kernel.zipmapRead(next, end, Math.max(2, max))
  return kernel.intsetRead(next, end, index, max)
}

/** Types 23 and 25: field, value, expiry; 25 has the smallest expiry in front. */
export function readExpiringListpack(r: RdbReader, visit: Visit, withMinimum: boolean): void {
  const {c} = r
  if (withMinimum) {
    const start = c.offset
    c.u64le()
    if (c.high > 0x10000 || (c.high === 0x10000 && c.low > 0)) {
      r.warn('RDB_FIELD_TTL', start, 'the smallest field expiry is out of range')
    }
  }
  readPacked(r, visit, LISTPACK_EXPIRING)
}
