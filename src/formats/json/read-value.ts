/**
 * Values of docs/jsonl.md, element by element: what value-writer.ts writes in the shape of lines. Nothing nests deeper than that
 * says, so a hostile text cannot either.
 */
import {AREA_SEEN} from '../bytes/areas.ts'
import type {Cursor} from '../bytes/cursor.ts'
import {SCRATCH} from '../kernel/layout.ts'
import {SeenMembers} from '../rdb/seen-members.ts'
import {type LogicalType, RdbType} from '../rdb/types.ts'
import type {ValueVisitor} from '../rdb/visitor.ts'
import type {JsonCursor} from './json-cursor.ts'
import {readJsonStream, StreamSeen} from './read-stream.ts'

const COMMA = 0x2c
const COLON = 0x3a
const OPEN = 0x5b
const CLOSE = 0x5d
const QUOTE = 0x22
const BRACE = 0x7b

const U64_MAX = 2n ** 64n - 1n
const I64_MAX = 2n ** 63n - 1n
/** The latest expiry of a field that an RDB can hold. */
const MS_MAX = Number.MAX_SAFE_INTEGER

const ITEMS = ['signed', 'unsigned', 'float', 'double', 'string']
const STRING = 5

/** What tells members apart that come twice. */
export class JsonSeen {
  readonly members: SeenMembers
  readonly stream: StreamSeen

  constructor(c: Cursor) {
    this.members = new SeenMembers(c, AREA_SEEN)
    this.stream = new StreamSeen(c)
  }
}

/** Read a value. Returns false, nothing given, for an empty collection, which servers do not keep. @throws FormatError. */
export function readJsonValue(
  j: JsonCursor,
  logical: LogicalType,
  visit: ValueVisitor,
  seen: JsonSeen,
): boolean {
  if (logical === 'string') return readJsonString(j, visit)
  if (logical === 'stream') return readJsonStream(j, visit, seen.stream)
  if (logical === 'module') return readModule(j, visit)
  if (logical === 'array') return readArray(j, visit, seen.members)
  j.expect(OPEN)
  if (j.accept(CLOSE)) return false
  const {members} = seen
  members.begin(0)
  visit.begin(logical, TYPES[logical], -1)
  do {
    if (logical === 'list') readMember(j, visit, null)
    else if (logical === 'set') readMember(j, visit, members)
    else readPair(j, logical, visit, members)
  } while (j.accept(COMMA))
  j.expect(CLOSE)
  visit.end()
  return true
}

/** Types of large collections: the packed ones promise an order, or that they are small. */
const TYPES = {
  list: RdbType.LIST,
  set: RdbType.SET,
  zset: RdbType.ZSET_2,
  hash: RdbType.HASH,
} as const

function readJsonString(j: JsonCursor, visit: ValueVisitor): boolean {
  const {c} = j
  visit.begin('string', RdbType.STRING, 1)
  if (j.peek() !== BRACE) {
    j.string()
    visit.piece(c.memory, c.start, c.end)
  } else if (isParts(j)) {
    j.expect(OPEN)
    do {
      j.bytes()
      visit.piece(c.memory, c.start, c.end)
    } while (j.accept(COMMA))
    j.expect(CLOSE)
    j.expect(0x7d)
  } else {
    j.base64()
    visit.piece(c.memory, c.start, c.end)
  }
  visit.end()
  return true
}

/** Read the name in `{"parts":` or `{"base64":`. */
function isParts(j: JsonCursor): boolean {
  j.expect(BRACE)
  const start = j.offset
  const name = j.text()
  if (name !== 'parts' && name !== 'base64') {
    throw j.error('JSON_FIELD', start, '`base64` or `parts` is expected here')
  }
  j.expect(COLON)
  return name === 'parts'
}

function readMember(j: JsonCursor, visit: ValueVisitor, seen: SeenMembers | null): void {
  const {c} = j
  if (seen !== null && j.peek() === BRACE && j.word('{"expiresAtMs":')) {
    visit.fieldExpiry(j.integer(0, MS_MAX))
    j.expect(0x7d)
    return
  }
  const start = j.offset
  j.bytes()
  if (seen) j.unique(seen, start)
  visit.member(c.memory, c.start, c.end)
}

function readPair(
  j: JsonCursor,
  logical: 'zset' | 'hash',
  visit: ValueVisitor,
  seen: SeenMembers,
): void {
  const {c} = j
  j.expect(OPEN)
  const start = j.offset
  j.bytes()
  j.unique(seen, start)
  if (logical === 'zset') {
    visit.member(c.memory, c.start, c.end)
    j.expect(COMMA)
    visit.score(j.double())
  } else {
    visit.field(c.memory, c.start, c.end)
    j.expect(COMMA)
    j.bytes()
    visit.value(c.memory, c.start, c.end)
    if (j.accept(COMMA)) visit.fieldExpiry(j.integer(0, MS_MAX))
  }
  j.expect(CLOSE)
}

function readArray(j: JsonCursor, visit: ValueVisitor, seen: SeenMembers): boolean {
  const {c} = j
  j.expect(BRACE)
  j.name('insertIndex')
  const insertIndex = j.isNull() ? null : j.big(0n, U64_MAX)
  j.expect(COMMA)
  j.name('cells')
  j.expect(OPEN)
  if (j.accept(CLOSE)) {
    j.expect(0x7d)
    return false
  }
  seen.begin(0)
  visit.begin('array', RdbType.ARRAY, -1)
  visit.arrayMeta(insertIndex)
  do {
    j.expect(OPEN)
    const start = j.offset
    const index = j.big(0n, U64_MAX)
    c.view.setBigUint64(SCRATCH, index)
    c.start = SCRATCH
    c.end = SCRATCH + 8
    j.unique(seen, start)
    j.expect(COMMA)
    visit.cell(index)
    j.bytes()
    visit.value(c.memory, c.start, c.end)
    j.expect(CLOSE)
  } while (j.accept(COMMA))
  j.expect(CLOSE)
  j.expect(0x7d)
  visit.end()
  return true
}

function readModule(j: JsonCursor, visit: ValueVisitor): boolean {
  j.expect(BRACE)
  j.name('module')
  j.string()
  j.expect(COMMA)
  j.name('version')
  j.integer(0, 1023)
  j.expect(COMMA)
  j.name('id')
  visit.begin('module', RdbType.MODULE_2, -1)
  visit.moduleId(j.big(0n, U64_MAX))
  j.expect(COMMA)
  j.name('items')
  j.expect(OPEN)
  if (j.peek() !== CLOSE) {
    do readItem(j, visit)
    while (j.accept(COMMA))
  }
  j.expect(CLOSE)
  j.expect(0x7d)
  visit.end()
  return true
}

function readItem(j: JsonCursor, visit: ValueVisitor): void {
  const {c} = j
  j.expect(OPEN)
  const start = j.offset
  const opcode = ITEMS.indexOf(j.text()) + 1
  if (opcode === 0) throw j.error('JSON_FIELD', start, `none of ${ITEMS.join(', ')}`)
  if (opcode === STRING) {
    visit.moduleItem(STRING, 1, c.memory, 0, 0)
    while (j.accept(COMMA)) {
      j.bytes()
      visit.piece(c.memory, c.start, c.end)
    }
    visit.moduleItem(STRING, 0, c.memory, 0, 0)
  } else {
    j.expect(COMMA)
    if (opcode > 2) readFloat(j, visit, opcode)
    else {
      const value = opcode === 1 ? j.big(-I64_MAX - 1n, I64_MAX) : j.big(0n, U64_MAX)
      visit.moduleItem(opcode, value, c.memory, 0, 0)
    }
  }
  j.expect(CLOSE)
}

/** A number, or the bytes of one that is none. */
function readFloat(j: JsonCursor, visit: ValueVisitor, opcode: number): void {
  const {c} = j
  const length = opcode === 3 ? 4 : 8
  const start = j.offset
  if (j.peek() !== BRACE && j.peek() !== QUOTE) {
    const value = j.double()
    if (length === 4) c.view.setFloat32(SCRATCH, value, true)
    else c.view.setFloat64(SCRATCH, value, true)
  } else {
    j.bytes()
    if (c.end - c.start !== length) {
      throw j.error('JSON_NUMBER', start, `${length} bytes are expected here`)
    }
    c.memory.copyWithin(SCRATCH, c.start, c.end)
  }
  const {view} = c
  const value = length === 4 ? view.getFloat32(SCRATCH, true) : view.getFloat64(SCRATCH, true)
  visit.moduleItem(opcode, value, c.memory, SCRATCH, SCRATCH + length)
}
