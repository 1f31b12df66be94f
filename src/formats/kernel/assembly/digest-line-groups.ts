/**
 * Groups of streams in lines of JSON, for digest-lines.ts: their pending entries ascend, as servers write them, and each belongs to a
 * consumer.
 */
import {STREAM_IDS, STREAM_IDS_MAX} from '../layout'
import {isTwice, membersBegin} from './line-members'
import {behind, behindTwo, integerRead, jsonId, jsonInteger, jsonString, stringFirst, stringLast} from './line-parts'
import {quickHash} from './quick-hash'
import {idFollows, idNumber} from './stream-ids'
import {noteConsumer, noteGroup, noteOwned, notePending} from './stream-notes'

const COMMA: u32 = 0x2c
const DASH: u32 = 0x2d
const OPEN: u32 = 0x5b
const CLOSE: u32 = 0x5d
const CLOSE_BRACE: u32 = 0x7d
const NOT_READ: u64 = 0xffffffffffffffff

/** Parts of a value as little-endian numbers. */
const GROUPS: u64 = 0x7370756f7267222c // ,"groups
const GROUPS_REST: u64 = 0x5b3a22 // ":[
const NAME: u64 = 0x3a22656d616e227b // {"name":
const LAST_ID: u64 = 0x64497473616c222c // ,"lastId
const LAST_ID_REST: u64 = 0x3a22 // ":
const READ: u64 = 0x656972746e65222c // ,"entrie
const READ_REST: u64 = 0x3a226461655273 // sRead":
const PENDING: u64 = 0x6e69646e6570222c // ,"pendin
const PENDING_REST: u64 = 0x5b3a2267 // g":[
const CONSUMERS: u64 = 0x6d75736e6f63222c // ,"consum
const CONSUMERS_REST: u64 = 0x5b3a22737265 // ers":[
const SEEN: u64 = 0x74416e656573222c // ,"seenAt
const SEEN_REST: u64 = 0x3a22734d // Ms":
const ACTIVE: u64 = 0x657669746361222c // ,"active
const ACTIVE_REST: u64 = 0x3a22734d7441 // AtMs":
const NULL: u64 = 0x6c6c756e // null

/** 1 for each id at STREAM_IDS that a consumer has. */
const claims: u32 = STREAM_IDS + ((STREAM_IDS_MAX as u32) << 4)
const idRoom = memory.data(16)

let groups: u32 = 0
/** Ids that are pending in the group at hand, and those that a consumer has. */
let pending: u32 = 0
let owned: u32 = 0

/** Give `,"groups":[…]` at `at` to the digest. Returns where it ends; 0 to leave it to the reader. */
export function groupsAt(at: u32, limit: u32): u32 {
  at = behindTwo(at, limit, GROUPS, GROUPS_REST, 3)
  groups = 0
  membersBegin()
  while (at != 0) {
    at = group(at, limit)
    if (at == 0 || at >= limit) return 0
    const next: u32 = load<u8>(at++)
    if (next == CLOSE) return at
    if (next != COMMA) return 0
  }
  return 0
}

function group(at: u32, limit: u32): u32 {
  // Names of groups and those of their consumers are told apart by the seed.
  at = nameAt(at, limit, 0)
  if (at == 0) return 0
  groups++
  at = behindTwo(at, limit, LAST_ID, LAST_ID_REST, 2)
  if (at == 0) return 0
  at = jsonId(at, limit, idRoom as u32)
  if (at == 0) return 0
  at = behindTwo(at, limit, READ, READ_REST, 7)
  if (at == 0) return 0
  let read = NOT_READ
  const none = behind(at, limit, NULL, 4)
  if (none != 0) at = none
  else {
    at = jsonInteger(at, limit)
    read = integerRead()
  }
  if (at == 0) return 0
  noteGroup(stringFirst(), stringLast(), idRoom as u32, read)
  at = pendingAt(behindTwo(at, limit, PENDING, PENDING_REST, 4), limit)
  if (at == 0) return 0
  owned = 0
  if (at < limit && load<u8>(at) == COMMA) at = consumersAt(at, limit)
  return at != 0 && at < limit && load<u8>(at) == CLOSE_BRACE && owned == pending ? at + 1 : 0
}

/** `{"name":…`, one that is new among those of the seed. */
function nameAt(at: u32, limit: u32, seed: u32): u32 {
  at = behind(at, limit, NAME, 8)
  if (at == 0) return 0
  at = jsonString(at, limit)
  return at == 0 || isTwice(quickHash(stringFirst(), stringLast(), seed)) ? 0 : at
}

/** Of `["id",deliveredAtMs,deliveries],…]` all. */
function pendingAt(at: u32, limit: u32): u32 {
  pending = 0
  if (at == 0 || at >= limit) return 0
  if (load<u8>(at) == CLOSE) return at + 1
  while (true) {
    if (at >= limit || load<u8>(at) != OPEN || pending == STREAM_IDS_MAX) return 0
    const id: u32 = STREAM_IDS + (pending << 4)
    at = jsonId(at + 1, limit, id)
    if (at == 0 || (pending > 0 && !idFollows(id, id - 16))) return 0
    at = numberAt(at, limit)
    if (at == 0) return 0
    const timeMs = integerRead()
    at = numberAt(at, limit)
    if (at == 0 || limit - at < 2 || load<u8>(at) != CLOSE) return 0
    notePending(id, timeMs, integerRead())
    store<u32>(claims + (pending << 2), 0)
    pending++
    const next: u32 = load<u8>(at, 1)
    at += 2
    if (next == CLOSE) return at
    if (next != COMMA) return 0
  }
}

function numberAt(at: u32, limit: u32): u32 {
  return at < limit && load<u8>(at) == COMMA ? jsonInteger(at + 1, limit) : 0
}

function consumersAt(at: u32, limit: u32): u32 {
  at = behindTwo(at, limit, CONSUMERS, CONSUMERS_REST, 6)
  while (at != 0) {
    at = consumer(at, limit)
    if (at == 0 || limit - at < 2 || load<u8>(at) != CLOSE_BRACE) return 0
    const next: u32 = load<u8>(at, 1)
    at += 2
    if (next == CLOSE) return at
    if (next != COMMA) return 0
  }
  return 0
}

/** Up to the brace that closes it. When it was seen nobody compares. */
function consumer(at: u32, limit: u32): u32 {
  at = nameAt(at, limit, groups)
  if (at == 0) return 0
  noteConsumer(stringFirst(), stringLast())
  at = timeAt(behindTwo(at, limit, SEEN, SEEN_REST, 4), limit)
  if (at == 0) return 0
  at = timeAt(behindTwo(at, limit, ACTIVE, ACTIVE_REST, 6), limit)
  if (at == 0) return 0
  at = behindTwo(at, limit, PENDING, PENDING_REST, 4)
  if (at == 0 || at >= limit) return 0
  return load<u8>(at) == CLOSE ? at + 1 : ownedAt(at, limit)
}

function timeAt(at: u32, limit: u32): u32 {
  if (at == 0 || at >= limit) return 0
  return jsonInteger(load<u8>(at) == DASH ? at + 1 : at, limit)
}

/** Of `"id",…]` all. */
function ownedAt(at: u32, limit: u32): u32 {
  while (true) {
    at = jsonId(at, limit, idRoom as u32)
    if (at == 0 || at >= limit) return 0
    const number = idNumber(idRoom as u32, STREAM_IDS, pending)
    if (number == pending || load<u32>(claims + (number << 2)) != 0) return 0
    store<u32>(claims + (number << 2), 1)
    noteOwned(idRoom as u32)
    owned++
    const next: u32 = load<u8>(at++)
    if (next == CLOSE) return at
    if (next != COMMA) return 0
  }
}
