/**
 * SCAN and its like. A cursor is a place in the table, in a sorted set a rank: as long as the table keeps its size, what is there all
 * the time comes once. Source: scanGenericCommand() in db.c.
 */

import {Glob} from '../../formats/glob.ts'
import {ENTRY_VALUE, HASH_LOG, REG_NEXT, REGISTERS} from '../../formats/kernel/layout.ts'
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {findZset} from '../apply/find-zset.ts'
import {findHash} from '../apply/hash-lookup.ts'
import {findSet} from '../apply/set-algebra.ts'
import {CommandError, syntaxError} from '../call.ts'
import type {Database} from '../database.ts'
import {tableOf} from '../values/hash-fields.ts'
import {Kind, logicalOf, objectOf} from '../values/kinds.ts'
import {randomEntry} from '../values/random-members.ts'
import {eachMember} from '../values/set-members.ts'
import {isPackedZset, zsetEach, zsetSize} from '../values/zset-members.ts'
import {eachField} from './hashes.ts'
import type {ReadCall, ReadRows} from './read-call.ts'

interface Scan {
  cursor: number
  count: number
  match: Glob | null
  type: string | null
  noValues: boolean
}

const DEFAULT_COUNT = 10
/** Entries that are read at a time. */
const BATCH = 1024

function cursorOf(call: ReadCall, i: number): number {
  const text = call.text(i)
  if (!/^\d{1,20}$/.test(text)) throw new CommandError('ERR invalid cursor')
  return Number(text)
}

/** Cursor in argument `i`, options behind it. */
function scanOf(call: ReadCall, i: number, ofKeys: boolean, ofHash = false): Scan {
  const scan: Scan = {
    cursor: cursorOf(call, i),
    count: DEFAULT_COUNT,
    match: null,
    type: null,
    noValues: false,
  }
  for (let at = i + 1; at < call.argc; at++) {
    const hasValue = at + 1 < call.argc
    if (call.is(at, 'COUNT') && hasValue) {
      const count = Number(call.bigint(++at))
      if (count < 1) throw syntaxError()
      scan.count = count
    } else if (call.is(at, 'MATCH') && hasValue) scan.match = patternOf(call, ++at)
    else if (ofKeys && call.is(at, 'TYPE') && hasValue) scan.type = call.text(++at).toLowerCase()
    else if (ofHash && call.is(at, 'NOVALUES')) scan.noValues = true
    else throw syntaxError()
  }
  return scan
}

/** Null for what matches everything. */
function patternOf(call: ReadCall, i: number): Glob | null {
  const pattern = call.bytes(i)
  return pattern.length === 1 && pattern[0] === 0x2a ? null : new Glob(pattern)
}

/** Give up to `count` entries from a place in a table on. Returns the place behind, 0 at the end. */
export function readTable(
  db: Database,
  cursor: number,
  count: number,
  take: (entry: number) => void,
): number {
  const {arena} = db.keyspace
  const batch = new Uint32Array(Math.min(BATCH, count))
  let slot = Math.min(cursor, 0xffffffff)
  for (let left = count; left > 0; ) {
    const found = arena.kernel.dictRead(db.table, slot, HASH_LOG, Math.min(BATCH, left))
    slot = arena.view.getUint32(REGISTERS + REG_NEXT, true)
    for (let i = 0; i < found; i++) batch[i] = arena.view.getUint32(HASH_LOG + i * 4, true)
    for (let i = 0; i < found; i++) take(batch[i])
    if (found < Math.min(BATCH, left)) return 0
    left -= found
  }
  return slot
}

/** The frame of a reply: the next cursor, and what `fill` writes, which returns how many there were. */
function putScan(reply: ReplyWriter, next: () => number, items: ReplyWriter, count: () => number) {
  const cursor = next()
  reply.array(2)
  reply.text(String(cursor))
  reply.array(count())
  reply.append(items)
}

function scan(call: ReadCall, reply: ReplyWriter): void {
  const {db, keyspace} = call
  const {cursor, count, match, type} = scanOf(call, 1, true)
  const items = reply.part()
  let found = 0
  const take = (entry: number) => {
    if (type !== null && logicalOf(db.kind(entry)) !== type) return
    if (call.live(entry) === 0) return
    const {memory} = keyspace.arena
    const start = db.keyStart(entry)
    const end = db.keyEnd(entry)
    if (match && !match.matches(memory, start, end)) return
    items.bulk(memory, start, end)
    found++
  }
  putScan(
    reply,
    () => readTable(db, cursor, count, take),
    items,
    () => found,
  )
}

function keys(call: ReadCall, reply: ReplyWriter): void {
  const {db, keyspace} = call
  const match = patternOf(call, 1)
  const items = reply.part()
  let found = 0
  for (const entry of db.entries()) {
    const {memory} = keyspace.arena
    const start = db.keyStart(entry)
    const end = db.keyEnd(entry)
    if ((match && !match.matches(memory, start, end)) || call.live(entry) === 0) continue
    items.bulk(memory, start, end)
    found++
  }
  reply.array(found)
  reply.append(items)
}

const SAMPLES = 100

function randomkey(call: ReadCall, reply: ReplyWriter): void {
  const {db, keyspace} = call
  for (let tries = 0; tries < SAMPLES && db.size > 0; tries++) {
    const entry = randomEntry(db)
    if (call.live(entry) === 0) continue
    return reply.bulk(keyspace.arena.memory, db.keyStart(entry), db.keyEnd(entry))
  }
  reply.nothing()
}

/** Collects elements of one collection that match, in a reply of its own. */
class Elements {
  count = 0
  readonly items: ReplyWriter
  private readonly match: Glob | null
  private taken = true

  constructor(reply: ReplyWriter, match: Glob | null) {
    this.items = reply.part()
    this.match = match
  }

  put = (memory: Uint8Array, start: number, end: number): void => {
    this.taken = this.match === null || this.match.matches(memory, start, end)
    if (!this.taken) return
    this.items.bulk(memory, start, end)
    this.count++
  }

  /** What belongs to the element before. */
  value = (memory: Uint8Array, start: number, end: number): void => {
    if (!this.taken) return
    this.items.bulk(memory, start, end)
    this.count++
  }

  text(text: string): void {
    if (!this.taken) return
    this.items.text(text)
    this.count++
  }
}

/** The entry, and its options; the cursor is looked at first. Null, and an empty reply, where there is no key. */
function begin(call: ReadCall, reply: ReplyWriter, find: () => number, ofHash = false) {
  cursorOf(call, 2)
  const entry = find()
  if (entry === 0) {
    reply.array(2)
    reply.text('0')
    reply.array(0)
    return null
  }
  const options = scanOf(call, 2, false, ofHash)
  return {entry, options, elements: new Elements(reply, options.match)}
}

function sscan(call: ReadCall, reply: ReplyWriter): void {
  const begun = begin(call, reply, () => findSet(call, 1))
  if (!begun) return
  const {entry, options, elements} = begun
  const {keyspace, db} = call
  const next = () => {
    if (db.kind(entry) !== Kind.SET) {
      eachMember(keyspace, entry, elements.put)
      return 0
    }
    const table = objectOf<Database>(keyspace, entry)
    return readTable(table, options.cursor, options.count, (member) =>
      elements.put(keyspace.arena.memory, table.keyStart(member), table.keyEnd(member)),
    )
  }
  putScan(reply, next, elements.items, () => elements.count)
}

function hscan(call: ReadCall, reply: ReplyWriter): void {
  const begun = begin(call, reply, () => findHash(call), true)
  if (!begun) return
  const {entry, options, elements} = begun
  const {keyspace} = call
  const value = options.noValues ? () => {} : elements.value
  const next = () => {
    const table = tableOf(keyspace, entry)
    if (!table) {
      eachField(call, entry, elements.put, value)
      return 0
    }
    const {arena} = keyspace
    return readTable(table, options.cursor, options.count, (field) => {
      const expiresAtMs = table.expires === 0 ? null : table.expiresAtMs(field)
      if (expiresAtMs !== null && call.nowMs > expiresAtMs) return
      const end = table.keyEnd(field)
      elements.put(arena.memory, table.keyStart(field), end)
      value(arena.memory, end, end + arena.view.getUint32(field + ENTRY_VALUE, true))
    })
  }
  putScan(reply, next, elements.items, () => elements.count)
}

function zscan(call: ReadCall, reply: ReplyWriter): void {
  const begun = begin(call, reply, () => findZset(call, 1))
  if (!begun) return
  const {entry, options, elements} = begun
  const {keyspace} = call
  const next = () => {
    const size = zsetSize(keyspace, entry)
    const packed = isPackedZset(keyspace, entry)
    const start = packed ? 0 : Math.min(options.cursor, size)
    const end = packed ? size : Math.min(start + options.count, size)
    zsetEach(keyspace, entry, start, end, false, (memory, from, to, score) => {
      elements.put(memory, from, to)
      elements.text(call.scoreText(score))
    })
    return end === size ? 0 : end
  }
  putScan(reply, next, elements.items, () => elements.count)
}

export const SCAN_READS: ReadRows = [
  ['SCAN', scan],
  ['KEYS', keys],
  ['RANDOMKEY', randomkey],
  ['SSCAN', sscan],
  ['HSCAN', hscan],
  ['ZSCAN', zscan],
]
