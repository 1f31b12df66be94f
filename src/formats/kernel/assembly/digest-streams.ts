/**
 * The digest of streams that were written as commands: see aof/write-stream.ts for what is written, and engine/digest/full-digest.ts
 * for what is noted. A server would take these commands as they are: ids ascend, counters fit each other, what is claimed is in
 * the stream and nobody else's.
 */
import {REG_AUX, REGISTERS, STREAM_IDS, STREAM_IDS_MAX} from '../layout'
import {argument, wordFirst, wordLast} from './command-words'
import {spanInt} from './numbers'
import {quickFirst, quickSecond, quickWide} from './quick-digest'
import {quickHash} from './quick-hash'
import {idFollows, idNumber, idSame} from './stream-ids'
import {noteConsumer, noteGroup, noteMeta, noteOwned, notePending} from './stream-notes'
import {
  CREATE,
  CREATE_CONSUMER,
  ENTRIES_ADDED,
  ENTRIES_READ,
  FORCE,
  JUST_ID,
  MAX_DELETED_ID,
  RETRY_COUNT,
  TIME,
  ZERO,
  means,
} from './stream-words'

/** What a time may be ahead of the clock: CLOCK_STEP_MS in streams-claim.ts. */
const CLOCK_STEP_MS: i64 = 1000
/** Of the last entry, and an id that is read: ms and seq, u64be. */
const lastId = memory.data(16)
const idRoom = memory.data(16)
/** For each id at STREAM_IDS, the number of the last group that it was claimed in. */
const claims: u32 = STREAM_IDS + ((STREAM_IDS_MAX as u32) << 4)

let now: i64 = 0
/** Entries of the stream, and the number of the element to come. */
let entries: u32 = 0
let next: u64 = 0
let entriesAdded: u64 = 0
let hasMeta: bool = false
let groups: u32 = 0
/** Hashes of the names of the group and the consumer at hand. */
let group: u64 = 0
let consumer: u64 = 0
let hasConsumer: bool = false

/** Deliveries are taken to be later than `nowMs` by nobody. */
export function streamsStart(nowMs: f64): void {
  now = nowMs as i64
}

/** A stream begins. */
export function streamBegin(): void {
  entries = groups = 0
  next = 0
  hasMeta = hasConsumer = false
  memory.fill(lastId as u32, 0, 16)
}

/** What follows the key in `XADD key id (field value)*`, `count` words of it. Every one of these functions returns its end, or 0. */
export function xadd(at: u32, limit: u32, count: u32): u32 {
  at = id(at, limit)
  if (at == 0 || hasMeta || count < 3 || (count & 1) == 0 || !ascends()) return 0
  v128.store(lastId as u32, v128.load(idRoom as u32))
  if (entries < (STREAM_IDS_MAX as u32)) {
    v128.store(STREAM_IDS + (entries << 4), v128.load(idRoom as u32))
    store<u32>(claims + (entries << 2), 0)
  }
  entries++
  quickFirst(idRoom as u32, (idRoom as u32) + 16)
  quickWide(next++)
  for (count--; count > 0; count -= 2) {
    at = argument(at, limit)
    if (at == 0) return 0
    quickFirst(wordFirst(), wordLast())
    quickWide(next++)
    at = argument(at, limit)
    if (at == 0) return 0
    quickSecond(wordFirst(), wordLast())
  }
  return at
}

/** `id [ENTRIESADDED n MAXDELETEDID id]` of XSETID. */
export function xsetid(at: u32, limit: u32, count: u32): u32 {
  at = id(at, limit)
  if (at == 0 || hasMeta || (count != 1 && count != 5) || entries == 0) return 0
  if (!ascends() && !idSame(idRoom as u32, lastId as u32)) return 0
  v128.store(lastId as u32, v128.load(idRoom as u32))
  hasMeta = true
  entriesAdded = 0
  memory.fill(idRoom as u32, 0, 16)
  if (count == 5) {
    at = integer(word(at, limit, ENTRIES_ADDED), limit)
    if (at == 0) return 0
    entriesAdded = load<u64>(REGISTERS + REG_AUX)
    at = id(word(at, limit, MAX_DELETED_ID), limit)
    // No entry was deleted behind the last one, and all that are there were added.
    if (at == 0 || entriesAdded < entries || (entriesAdded >> 63) != 0 || ascends()) return 0
  }
  noteMeta(lastId as u32, idRoom as u32, entriesAdded)
  return at
}

/** `XGROUP CREATE key group id [ENTRIESREAD n]` and `XGROUP CREATECONSUMER key group consumer`, from behind the key. */
export function xgroup(creates: bool, at: u32, limit: u32, count: u32): u32 {
  if (!hasMeta) return 0
  at = argument(at, limit)
  if (at == 0) return 0
  if (!creates) {
    if (count != 2 || !isGroup()) return 0
    at = argument(at, limit)
    return at == 0 || isConsumer() ? 0 : beginConsumer(at)
  }
  const name = wordFirst()
  const nameEnd = wordLast()
  at = id(at, limit)
  if (at == 0 || (count != 2 && count != 4)) return 0
  let read: u64 = 0xffffffffffffffff
  if (count == 4) {
    at = integer(word(at, limit, ENTRIES_READ), limit)
    if (at == 0) return 0
    read = load<u64>(REGISTERS + REG_AUX)
    if ((read as i64) < -1 || ((read as i64) >= 0 && read > entriesAdded)) return 0
  }
  groups++
  group = quickHash(name, nameEnd, 0)
  hasConsumer = false
  noteGroup(name, nameEnd, idRoom as u32, read)
  return at
}

/** `group consumer 0 id TIME ms RETRYCOUNT n JUSTID FORCE` of XCLAIM. */
export function xclaim(at: u32, limit: u32, count: u32): u32 {
  at = argument(at, limit)
  if (at == 0 || count != 10 || !isGroup()) return 0
  at = argument(at, limit)
  if (at == 0) return 0
  if (!isConsumer()) beginConsumer(at)
  at = id(word(at, limit, ZERO), limit)
  if (at == 0 || !claim()) return 0
  at = integer(word(at, limit, TIME), limit)
  const time = load<i64>(REGISTERS + REG_AUX)
  if (at == 0 || time < 0 || time > now + CLOCK_STEP_MS) return 0
  at = integer(word(at, limit, RETRY_COUNT), limit)
  const deliveries = load<i64>(REGISTERS + REG_AUX)
  if (at == 0 || deliveries < 0) return 0
  notePending(idRoom as u32, time as u64, deliveries as u64)
  noteOwned(idRoom as u32)
  return word(word(at, limit, JUST_ID), limit, FORCE)
}

/** Whether the words in [from, to) are those of an XGROUP that makes a group; of one that makes a consumer. */
export const makesGroup = (from: u32, to: u32): bool => means(from, to, CREATE)
export const makesConsumer = (from: u32, to: u32): bool => means(from, to, CREATE_CONSUMER)

/** The entry of the id that was read is there, and was not claimed in this group before. */
function claim(): bool {
  if (entries > (STREAM_IDS_MAX as u32)) return false
  const number = idNumber(idRoom as u32, STREAM_IDS, entries)
  if (number == entries) return false
  if (load<u32>(claims + (number << 2)) == groups) return false
  store<u32>(claims + (number << 2), groups)
  return true
}

/** The last word is the name of the group at hand; of the consumer. */
function isGroup(): bool {
  return groups > 0 && quickHash(wordFirst(), wordLast(), 0) == group
}

function isConsumer(): bool {
  return hasConsumer && quickHash(wordFirst(), wordLast(), 0) == consumer
}

/** Of the last word. */
function beginConsumer(at: u32): u32 {
  consumer = quickHash(wordFirst(), wordLast(), 0)
  hasConsumer = true
  noteConsumer(wordFirst(), wordLast())
  return at
}

/** Read an id as servers print it: `ms-seq`. */
function id(at: u32, limit: u32): u32 {
  if (at != 0) at = argument(at, limit)
  if (at == 0) return 0
  const dash = unsigned(wordFirst(), wordLast(), 0)
  if (dash == 0 || dash == wordLast() || load<u8>(dash) != 0x2d) return 0
  return unsigned(dash + 1, wordLast(), 8) == wordLast() ? at : 0
}

/** Read a number of 64 bits into half of the id, without zeros in front. Returns where it ends, or 0. */
function unsigned(at: u32, limit: u32, half: u32): u32 {
  let value: u64 = 0
  const first = at
  for (; at < limit; at++) {
    const digit = (load<u8>(at) as u64) - 0x30
    if (digit > 9) break
    if (value > 1844674407370955161 || (value == 1844674407370955161 && digit > 5)) return 0
    value = value * 10 + digit
  }
  if (at == first || (load<u8>(first) == 0x30 && at - first > 1)) return 0
  store<u64>((idRoom as u32) + half, bswap<u64>(value))
  return at
}

/** Is the id that was read above that of the last entry? */
function ascends(): bool {
  return idFollows(idRoom as u32, lastId as u32)
}

/** A word that has to be there. */
function word(at: u32, limit: u32, which: u32): u32 {
  if (at != 0) at = argument(at, limit)
  return at != 0 && means(wordFirst(), wordLast(), which) ? at : 0
}

/** An integer of 64 bits, into REG_AUX. */
function integer(at: u32, limit: u32): u32 {
  if (at != 0) at = argument(at, limit)
  return at != 0 && spanInt(wordFirst(), wordLast()) ? at : 0
}
