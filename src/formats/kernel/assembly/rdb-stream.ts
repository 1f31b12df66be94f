/**
 * Streams on the fast path, types 15, 19 and 21: see rdb/read-stream.ts for how they lie in a file. Everyday ones only: entries ascend,
 * counts are right, and each pending entry is one of the stream and belongs to one consumer. All others are for the reader.
 */
import {
  REG_COUNT,
  REG_STREAM,
  REGISTERS,
  STREAM_IDS_MAX,
  STREAM_NAMES,
  TRANSLATE_COMMANDS,
  TRANSLATE_RDB,
} from '../layout'
import {emitVersion} from './emit'
import {commandsConsumer, commandsGroup, commandsNode, commandsOwned, commandsStreamEnd} from './emit-streams'
import {rdbBytes, rdbLength, rdbString} from './emit-rdb'
import {quickHash} from './quick-hash'
import {lengthAt, lengthRead, spanFirst, spanLast, stringAt, wideAt, wideRead} from './rdb-run'
import {noteConsumer, noteGroup, noteMeta, noteOwned, notePending} from './stream-notes'
import {quickStreamNode, streamNodeIds} from './stream-items'
import {idFollows, idNumber, idSame} from './stream-ids'
import {streamNodeCheck} from './stream-node'

/** Nothing but a look at it. */
export const STREAM_LOOK: u32 = 0xff
const STREAM_LISTPACKS: u32 = 15
const STREAM_LISTPACKS_2: u32 = 19
const STREAM_LISTPACKS_3: u32 = 21
/** The first version whose streams have counters. */
const COUNTERS_VERSION: u32 = 10
const ID_BYTES: u32 = 16
const PENDING_BYTES: u32 = 24
/** A stream with more groups, a group with more consumers, and longer names are no everyday ones. */
const NAMES_MAX: u32 = 64
const NAME_BYTES: u32 = 256
const UNKNOWN: u64 = 0xffffffffffffffff

const groupName: u32 = STREAM_NAMES
const consumerName: u32 = STREAM_NAMES + 0x200
const groupHashes: u32 = STREAM_NAMES + 0x400
const consumerHashes: u32 = STREAM_NAMES + 0x600
/** Ids, as they are in files. */
const lastId = memory.data(16)
const firstId = memory.data(16)
const maxDeletedId = memory.data(16)
const groupId = memory.data(16)

let mode: u32 = 0
let type: u32 = 0
/** Counters are made up, as for a stream that has none. */
let bare: bool = false
let limit: u32 = 0
/** Ids of entries, and behind them a u32 each: where in the file the entry is pending, 0 for one that is not or has its consumer. */
let ids: u32 = 0
let places: u32 = 0
let entries: u32 = 0
let entriesAdded: u64 = 0
/** Number of the element to come. */
let next: u64 = 0
let nameEnd: u32 = 0
let groupEnd: u32 = 0

export const isStream = (type: u32): bool =>
  type == STREAM_LISTPACKS || type == STREAM_LISTPACKS_2 || type == STREAM_LISTPACKS_3

/**
 * Read the value at `at`; `how` is a TRANSLATE_ constant or STREAM_LOOK, and 20 bytes for each of STREAM_IDS_MAX entries may be
 * taken at `table`. Returns where it ends, 0 to leave it to the reader.
 */
export function streamAt(how: u32, kind: u32, at: u32, end: u32, table: u32): u32 {
  mode = how
  type = kind
  limit = end
  ids = table
  places = table + (STREAM_IDS_MAX as u32) * ID_BYTES
  bare = kind == STREAM_LISTPACKS || (how == TRANSLATE_RDB && emitVersion() < COUNTERS_VERSION)
  at = meta(nodes(at))
  if (at == 0) return 0
  at = lengthAt(at, limit)
  const groups = lengthRead()
  if (at == 0 || groups > NAMES_MAX) return 0
  if (mode == TRANSLATE_RDB) rdbLength(groups as u64)
  for (let i: u32 = 0; i < groups && at != 0; i++) at = group(at, i)
  return at
}

function nodes(at: u32): u32 {
  at = lengthAt(at, limit)
  const count = lengthRead()
  if (at == 0 || count == 0) return 0
  if (mode == TRANSLATE_RDB) rdbLength(count as u64)
  entries = 0
  next = 0
  let before: u32 = 0
  for (let left = count; left > 0; left--) {
    const id = at + 1
    if (at + ID_BYTES + 2 > limit || load<u8>(at) != ID_BYTES) return 0
    if (before != 0 && !idFollows(id, before)) return 0
    before = id
    at = id + ID_BYTES
    const encoded: u32 = load<u8>(at)
    if (encoded >= 0xc0 && encoded != 0xc3) return 0
    at = stringAt(at, limit, true)
    if (at == 0 || !node(id, spanFirst(), spanLast())) return 0
  }
  return at
}

function node(id: u32, start: u32, end: u32): bool {
  if (streamNodeCheck(start, end, id) != 0) return false
  const found = REGISTERS + REG_STREAM
  const live = load<u32>(REGISTERS + REG_COUNT)
  if (live == 0 || load<u32>(found, 48) != 0 || live > (STREAM_IDS_MAX as u32) - entries) return false
  const first = ids + entries * ID_BYTES
  streamNodeIds(start, end, id, first)
  if (entries > 0 && !idFollows(first, first - ID_BYTES)) return false
  memory.fill(places + (entries << 2), 0, live << 2)
  entries += live
  if (mode == STREAM_LOOK) return true
  next = quickStreamNode(start, end, id, next as f64) as u64
  if (mode == TRANSLATE_COMMANDS) commandsNode(start, end, id, live)
  else if (mode == TRANSLATE_RDB) {
    rdbString(id, id + ID_BYTES)
    rdbString(start, end)
  }
  return true
}

/** What the stream says of itself, behind its nodes. */
function meta(at: u32): u32 {
  at = wideAt(at, limit)
  if (at == 0 || wideRead() != (entries as u64)) return 0
  at = idAt(at, lastId as u32)
  entriesAdded = entries as u64
  memory.fill(maxDeletedId as u32, 0, ID_BYTES)
  if (type != STREAM_LISTPACKS) {
    at = wideAt(idAt(idAt(at, firstId as u32), maxDeletedId as u32), limit)
    if (at == 0 || !idSame(firstId as u32, ids)) return 0
    entriesAdded = wideRead()
  }
  // Servers take no counters that do not fit the entries; those of types that have none are made up.
  if (at == 0 || idFollows(ids + (entries - 1) * ID_BYTES, lastId as u32)) return 0
  if (idFollows(maxDeletedId as u32, lastId as u32) || entriesAdded < entries || entriesAdded >> 63 != 0) return 0
  if (mode == STREAM_LOOK) return at
  if (mode == TRANSLATE_RDB) {
    rdbLength(entries as u64)
    putId(lastId as u32)
  }
  const read = entriesAdded
  if (bare) {
    entriesAdded = entries as u64
    memory.fill(maxDeletedId as u32, 0, ID_BYTES)
  } else if (mode == TRANSLATE_RDB) {
    putId(ids)
    putId(maxDeletedId as u32)
    rdbLength(entriesAdded)
  }
  noteMeta(lastId as u32, maxDeletedId as u32, entriesAdded)
  if (mode == TRANSLATE_COMMANDS) commandsStreamEnd(lastId as u32, maxDeletedId as u32, entriesAdded)
  // What groups have read is compared with what the file says.
  entriesAdded = read
  return at
}

function group(at: u32, number: u32): u32 {
  at = idAt(nameAt(at, groupName, groupHashes, number), groupId as u32)
  groupEnd = nameEnd
  let read: u64 = UNKNOWN
  if (type != STREAM_LISTPACKS) {
    at = wideAt(at, limit)
    read = wideRead()
    if (read != UNKNOWN && read > entriesAdded) return 0
  }
  if (at == 0) return 0
  if (bare) read = estimatedRead()
  if (mode == TRANSLATE_RDB) {
    rdbString(groupName, groupEnd)
    putId(groupId as u32)
    if (!bare) rdbLength(read)
  } else if (mode == TRANSLATE_COMMANDS) commandsGroup(groupName, groupEnd, groupId as u32, read)
  if (mode != STREAM_LOOK) noteGroup(groupName, groupEnd, groupId as u32, read)
  at = lengthAt(at, limit)
  const count = lengthRead()
  const start = at
  if (at == 0 || count > entries) return 0
  at = pending(at, count)
  return at == 0 ? 0 : consumers(at, start, count)
}

/** See groupEntriesRead() in rdb/stream-counters.ts. */
function estimatedRead(): u64 {
  if (idSame(groupId as u32, lastId as u32) || idFollows(groupId as u32, lastId as u32)) {
    return idSame(groupId as u32, lastId as u32) ? (entries as u64) : UNKNOWN
  }
  return idFollows(ids, groupId as u32) ? 0 : idSame(groupId as u32, ids) ? 1 : UNKNOWN
}

function pending(at: u32, count: u32): u32 {
  if (mode == TRANSLATE_RDB) rdbLength(count as u64)
  for (const start = at; count > 0; count--) {
    const id = at
    if (limit - at < PENDING_BYTES) return 0
    at = wideAt(at + PENDING_BYTES, limit)
    const place = placeOf(id)
    if (at == 0 || place == 0 || load<u32>(place) >= start) return 0
    // No command says these.
    if (load<i64>(id, ID_BYTES) < 0 || wideRead() >> 63 != 0) return 0
    store<u32>(place, id)
    if (mode == STREAM_LOOK) continue
    notePending(id, load<u64>(id, ID_BYTES), wideRead())
    if (mode != TRANSLATE_RDB) continue
    rdbBytes(id, id + PENDING_BYTES)
    rdbLength(wideRead())
  }
  return at
}

/** Those of a group whose `pending` entries begin at `start`. */
function consumers(at: u32, start: u32, pending: u32): u32 {
  const times: u32 = type == STREAM_LISTPACKS_3 ? 16 : 8
  at = lengthAt(at, limit)
  const count = lengthRead()
  if (at == 0 || count > NAMES_MAX) return 0
  if (mode == TRANSLATE_RDB) rdbLength(count as u64)
  let left = pending
  for (let i: u32 = 0; i < count; i++) {
    const seen = nameAt(at, consumerName, consumerHashes, i)
    const end = nameEnd
    if (seen == 0 || limit - seen < times) return 0
    at = lengthAt(seen + times, limit)
    const owned = lengthRead()
    if (at == 0 || owned > left) return 0
    left -= owned
    if (mode == TRANSLATE_RDB) {
      rdbString(consumerName, end)
      rdbBytes(seen, seen + 8)
      rdbLength(owned as u64)
    } else if (mode == TRANSLATE_COMMANDS && owned == 0) {
      commandsConsumer(groupName, groupEnd, consumerName, end)
    }
    if (mode != STREAM_LOOK) noteConsumer(consumerName, end)
    at = ownedBy(at, owned, start, end)
    if (at == 0) return 0
  }
  return left == 0 ? at : 0
}

function ownedBy(at: u32, count: u32, start: u32, end: u32): u32 {
  if (((limit - at) >> 4) < count) return 0
  for (; count > 0; count--) {
    const place = placeOf(at)
    const from: u32 = place == 0 ? 0 : load<u32>(place)
    if (from < start) return 0
    store<u32>(place, 0)
    if (mode != STREAM_LOOK) noteOwned(at)
    if (mode == TRANSLATE_RDB) rdbBytes(at, at + ID_BYTES)
    else if (mode == TRANSLATE_COMMANDS) {
      wideAt(from + PENDING_BYTES, limit)
      commandsOwned(groupName, groupEnd, consumerName, end, from, load<i64>(from, ID_BYTES), wideRead())
    }
    at += ID_BYTES
  }
  return at
}

/** Read a name to where it stays, one that is not among the first `number` hashes; its own comes behind them. */
function nameAt(at: u32, room: u32, hashes: u32, number: u32): u32 {
  at = stringAt(at, limit, true)
  const length = spanLast() - spanFirst()
  if (at == 0 || length > NAME_BYTES) return 0
  memory.copy(room, spanFirst(), length)
  nameEnd = room + length
  const hash = quickHash(room, nameEnd, 0)
  for (let i: u32 = 0; i < number; i++) if (load<u64>(hashes + (i << 3)) == hash) return 0
  store<u64>(hashes + (number << 3), hash)
  return at
}

/** An id as two lengths, to 16 bytes at `to`. */
function idAt(at: u32, to: u32): u32 {
  at = wideAt(at, limit)
  store<u64>(to, bswap<u64>(wideRead()))
  at = wideAt(at, limit)
  store<u64>(to, bswap<u64>(wideRead()), 8)
  return at
}

function putId(id: u32): void {
  rdbLength(bswap<u64>(load<u64>(id)))
  rdbLength(bswap<u64>(load<u64>(id, 8)))
}

/** Where the place of an id is, 0 for one that no entry has. */
function placeOf(id: u32): u32 {
  const number = idNumber(id, ids, entries)
  return number == entries ? 0 : places + (number << 2)
}
