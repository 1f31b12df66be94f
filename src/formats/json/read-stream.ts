/** Streams of docs/jsonl.md; stream-writer.ts has the layout. Ids rise, and who owns an entry has it pending. */
import {AREA_NAME, AREA_SEEN} from '../bytes/areas.ts'
import type {Cursor} from '../bytes/cursor.ts'
import {SCRATCH} from '../kernel/layout.ts'
import {SeenMembers} from '../rdb/seen-members.ts'
import {compareIds} from '../rdb/stream-counters.ts'
import {RdbType} from '../rdb/types.ts'
import type {StreamId, ValueVisitor} from '../rdb/visitor.ts'
import type {JsonCursor} from './json-cursor.ts'

const COMMA = 0x2c
const OPEN = 0x5b
const CLOSE = 0x5d
const BRACE = 0x7b
const END = 0x7d

const U64_MAX = 2n ** 64n - 1n
const I64_MAX = 2n ** 63n - 1n
const ID = /^(\d{1,20})-(\d{1,20})$/
const ID_BYTES = 16

export class StreamSeen {
  readonly groups: SeenMembers
  readonly names: SeenMembers
  readonly pending: SeenMembers
  readonly owned: SeenMembers

  constructor(c: Cursor) {
    this.groups = new SeenMembers(c, AREA_SEEN + 1)
    this.names = new SeenMembers(c, AREA_SEEN + 2)
    this.pending = new SeenMembers(c, AREA_SEEN + 3)
    this.owned = new SeenMembers(c, AREA_SEEN + 4)
  }
}

export function readJsonStream(j: JsonCursor, visit: ValueVisitor, seen: StreamSeen): true {
  j.expect(BRACE)
  j.name('entries')
  visit.begin('stream', RdbType.STREAM_LISTPACKS_3, -1)
  const length = readEntries(j, visit)
  const lastId = readId(j, 'lastId')
  const firstId = readId(j, 'firstId')
  const maxDeletedId = readId(j, 'maxDeletedId')
  const entriesAdded = readBig(j, 'entriesAdded', 0n, U64_MAX)
  visit.streamEnd({length, lastId, firstId, maxDeletedId, entriesAdded, groups: 0})
  let part = 0
  while (j.accept(COMMA)) {
    const start = j.offset
    const name = j.text()
    j.expect(0x3a)
    const next = PARTS.findIndex(([each]) => each === name) + 1
    if (next <= part)
      throw j.error('JSON_FIELD', start, 'this part of a stream is not expected here')
    PARTS[next - 1][1](j, visit, seen)
    part = next
  }
  j.expect(END)
  visit.end()
  return true
}

type ReadPart = (j: JsonCursor, visit: ValueVisitor, seen: StreamSeen) => void

const PARTS: readonly (readonly [name: string, read: ReadPart])[] = [
  [
    'groups',
    (j, visit, seen) => {
      seen.groups.begin(0)
      list(j, () => readGroup(j, visit, seen))
    },
  ],
  [
    'producers',
    (j, visit, seen) => {
      seen.names.begin(0)
      list(j, () => readProducer(j, visit, seen))
    },
  ],
  ['idempotency', readIdempotency],
]

/** `[…]` of what `item` reads. */
function list(j: JsonCursor, item: () => void): void {
  j.expect(OPEN)
  if (j.accept(CLOSE)) return
  do item()
  while (j.accept(COMMA))
  j.expect(CLOSE)
}

function readEntries(j: JsonCursor, visit: ValueVisitor): bigint {
  const {c} = j
  let length = 0n
  let last: StreamId = {ms: 0n, seq: 0n}
  list(j, () => {
    j.expect(OPEN)
    const start = j.offset
    const id = parseId(j)
    if (compareIds(id, last) <= 0) throw j.error('JSON_STREAM', start, 'ids do not rise')
    last = id
    length++
    visit.entry(c.memory, SCRATCH)
    while (j.accept(COMMA)) {
      j.bytes()
      visit.field(c.memory, c.start, c.end)
      j.expect(COMMA)
      j.bytes()
      visit.value(c.memory, c.start, c.end)
    }
    j.expect(CLOSE)
  })
  return length
}

function readGroup(j: JsonCursor, visit: ValueVisitor, seen: StreamSeen): void {
  const {c} = j
  j.expect(BRACE)
  readName(j, seen.groups)
  const lastId = readId(j, 'lastId')
  j.expect(COMMA)
  j.name('entriesRead')
  const entriesRead = j.isNull() ? -1n : j.big(0n, I64_MAX)
  visit.group(c.memory, c.keptStart, c.keptEnd, {lastId, entriesRead})
  seen.pending.begin(0)
  seen.owned.begin(0)
  seen.names.begin(0)
  let pending = 0
  j.expect(COMMA)
  j.name('pending')
  list(j, () => {
    readPending(j, visit, seen)
    pending++
  })
  let owned = 0
  for (let part = 0; j.accept(COMMA); ) {
    const start = j.offset
    const name = j.text()
    j.expect(0x3a)
    const next = name === 'consumers' ? 1 : name === 'unowned' ? 2 : 0
    if (next <= part)
      throw j.error('JSON_FIELD', start, 'this part of a group is not expected here')
    part = next
    if (next === 2) owned += readOwned(j, seen, () => visit.nacked(c.memory, SCRATCH))
    else list(j, () => void (owned += readConsumer(j, visit, seen)))
  }
  const start = j.offset
  j.expect(END)
  if (owned < pending) {
    throw j.error('JSON_STREAM', start, `${pending - owned} pending entries belong to no consumer`)
  }
}

function readPending(j: JsonCursor, visit: ValueVisitor, seen: StreamSeen): void {
  const {c} = j
  j.expect(OPEN)
  const start = j.offset
  parseId(j)
  j.unique(seen.pending, start)
  j.expect(COMMA)
  const timeMs = j.big(-I64_MAX - 1n, I64_MAX)
  j.expect(COMMA)
  const deliveries = j.big(0n, U64_MAX)
  // Numbers may have moved the window, not the id.
  visit.pending(c.memory, SCRATCH, timeMs, deliveries)
  j.expect(CLOSE)
}

function readConsumer(j: JsonCursor, visit: ValueVisitor, seen: StreamSeen): number {
  const {c} = j
  j.expect(BRACE)
  readName(j, seen.names)
  const seenAtMs = readBig(j, 'seenAtMs', -I64_MAX - 1n, I64_MAX)
  const activeAtMs = readBig(j, 'activeAtMs', -I64_MAX - 1n, I64_MAX)
  visit.consumer(c.memory, c.keptStart, c.keptEnd, seenAtMs, activeAtMs)
  j.expect(COMMA)
  j.name('pending')
  const count = readOwned(j, seen, () => visit.owned(c.memory, SCRATCH))
  j.expect(END)
  return count
}

/** Ids that are pending in the group, each in one place only. */
function readOwned(j: JsonCursor, seen: StreamSeen, give: () => void): number {
  let count = 0
  list(j, () => {
    const start = j.offset
    parseId(j)
    if (!seen.pending.has(SCRATCH, SCRATCH + ID_BYTES)) {
      throw j.error('JSON_STREAM', start, 'an entry that is not pending in its group')
    }
    j.unique(seen.owned, start)
    give()
    count++
  })
  return count
}

function readProducer(j: JsonCursor, visit: ValueVisitor, seen: StreamSeen): void {
  const {c} = j
  j.expect(BRACE)
  readName(j, seen.names)
  visit.producer(c.memory, c.keptStart, c.keptEnd, -1)
  j.expect(COMMA)
  j.name('iids')
  list(j, () => {
    j.expect(OPEN)
    j.bytes()
    c.keep(AREA_NAME)
    j.expect(COMMA)
    const {ms, seq} = parseId(j)
    visit.iid(c.memory, c.keptStart, c.keptEnd, ms, seq)
    j.expect(CLOSE)
  })
  j.expect(END)
}

function readIdempotency(j: JsonCursor, visit: ValueVisitor): void {
  j.expect(BRACE)
  j.name('durationSeconds')
  const durationSeconds = j.big(1n, 86400n)
  const maxEntries = readBig(j, 'maxEntries', 1n, 10000n)
  const iidsAdded = readBig(j, 'added', 0n, U64_MAX)
  const iidsDuplicates = readBig(j, 'duplicates', 0n, U64_MAX)
  j.expect(END)
  visit.idmp({durationSeconds, maxEntries, iidsAdded, iidsDuplicates})
}

/** `"name":…`, a name that must be new, kept at [c.keptStart, c.keptEnd). */
function readName(j: JsonCursor, names: SeenMembers): void {
  j.name('name')
  const start = j.offset
  j.bytes()
  j.unique(names, start)
  j.c.keep(AREA_NAME)
}

function readBig(j: JsonCursor, name: string, least: bigint, most: bigint): bigint {
  j.expect(COMMA)
  j.name(name)
  return j.big(least, most)
}

function readId(j: JsonCursor, name: string): StreamId {
  j.expect(COMMA)
  j.name(name)
  return parseId(j)
}

/** An id, whose 16 bytes are left at SCRATCH. */
function parseId(j: JsonCursor): StreamId {
  const {c} = j
  const start = j.offset
  const found = ID.exec(j.text())
  const ms = found ? BigInt(found[1]) : U64_MAX + 1n
  const seq = found ? BigInt(found[2]) : 0n
  if (ms > U64_MAX || seq > U64_MAX) throw j.error('JSON_STREAM', start, 'no id of a stream')
  c.view.setBigUint64(SCRATCH, ms)
  c.view.setBigUint64(SCRATCH + 8, seq)
  c.start = SCRATCH
  c.end = SCRATCH + ID_BYTES
  return {ms, seq}
}
