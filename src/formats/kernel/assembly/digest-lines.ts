/**
 * The digest (quick-digest.ts) of keys in lines of JSON, as their writer puts them (docs/jsonl.md). Stops at a line that is no everyday
 * one: of a stream with producers, a module, an array, an empty collection; and at whatever may be wrong. The reader in TypeScript takes it, or refuses it.
 */
import {REG_COUNT, REGISTERS} from '../layout'
import {streamValue} from './digest-line-streams'
import {behind, behindTwo, decodeTo, integerRead, jsonInteger, jsonScore, jsonString, scoreRead, stringFirst, stringLast} from './line-parts'
import {isTwice, membersAt, membersBegin} from './line-members'
import {quickBeginKey, quickClose, quickElement, quickText} from './quick-digest'
import {quickHash} from './quick-hash'
import {HASH, howOf, LIST, NO_EXPIRY, SET, STREAM, TEXT, ZSET} from './shapes'

const COMMA: u32 = 0x2c
const COLON: u32 = 0x3a
const OPEN: u32 = 0x5b
const CLOSE: u32 = 0x5d
/** `}` and the end of the line */
const END: u32 = 0x0a7d

/** Parts of a line as little-endian numbers. */
const DB: u64 = 0x3a226264227b // {"db":
const KEY: u64 = 0x3a2279656b222c // ,"key":
const EXPIRES: u64 = 0x657269707865222c // ,"expire
const EXPIRES_REST: u64 = 0x3a22734d744173 // sAtMs":
const IDLE: u64 = 0x6553656c6469222c // ,"idleSe
const IDLE_REST: u64 = 0x3a2273646e6f63 // conds":
const FREQ: u64 = 0x3a2271657266222c // ,"freq":
const TYPE: u64 = 0x3a2265707974222c // ,"type":
const ENCODING: u64 = 0x69646f636e65222c // ,"encodi
const ENCODING_REST: u64 = 0x3a22676e // ng":
const VALUE: u64 = 0x2265756c6176222c // ,"value"
const STRING_TYPE: u64 = 0x22676e6972747322 // "string"
const STREAM_TYPE: u64 = 0x226d616572747322
const LIST_TYPE: u64 = 0x227473696c22
const SET_TYPE: u64 = 0x2274657322
const ZSET_TYPE: u64 = 0x227465737a22
const HASH_TYPE: u64 = 0x226873616822

const DB_MAX: u64 = 0x7fffffff
const FREQ_MAX: u64 = 255

let shape: u32 = 0
/**
 * Take the lines from `next` on that lie whole below `limit`. What is to be decoded may take `room` bytes at `area`, tables of members as
 * many twice behind them. Returns where it stopped; REG_COUNT is how many it took.
 */
export function linesDigest(next: u32, limit: u32, area: u32, room: u32): u32 {
  decodeTo(area, room)
  membersAt(area + room, room)
  let lines: u32 = 0
  for (let end = line(next, limit); end != 0; end = line(next, limit)) {
    next = end
    lines++
  }
  store<u32>(REGISTERS + REG_COUNT, lines)
  return next
}

/** Where the line at `at` ends, whose key was added; 0 to leave it to the reader. */
function line(at: u32, limit: u32): u32 {
  at = behind(at, limit, DB, 6)
  if (at == 0) return 0
  at = jsonInteger(at, limit)
  const db = integerRead()
  if (at == 0 || db > DB_MAX) return 0
  at = behind(at, limit, KEY, 7)
  if (at == 0) return 0
  at = jsonString(at, limit)
  if (at == 0) return 0
  const hash = quickHash(stringFirst(), stringLast(), db as u32)
  let expiry = NO_EXPIRY
  const expires = behindTwo(at, limit, EXPIRES, EXPIRES_REST, 7)
  if (expires != 0) {
    at = jsonInteger(expires, limit)
    expiry = integerRead()
    if (at == 0) return 0
  }
  at = typeAt(behindUse(at, limit), limit)
  if (at == 0) return 0
  quickBeginKey(howOf(shape), shape, hash)
  at = value(at, limit)
  if (at == 0 || limit - at < 2 || load<u16>(at) != END) return 0
  quickClose(expiry)
  return at + 2
}

/** Behind the idle time and the frequency, where they are told. */
function behindUse(at: u32, limit: u32): u32 {
  const idle = behindTwo(at, limit, IDLE, IDLE_REST, 7)
  if (idle != 0) {
    at = jsonInteger(idle, limit)
    if (at == 0) return 0
  }
  const freq = behind(at, limit, FREQ, 8)
  if (freq == 0) return at
  at = jsonInteger(freq, limit)
  return integerRead() > FREQ_MAX ? 0 : at
}

/** Read the type and step over the encoding. Returns where the value begins. */
function typeAt(at: u32, limit: u32): u32 {
  if (at == 0) return 0
  at = behind(at, limit, TYPE, 8)
  if (at == 0) return 0
  at = behindType(at, limit)
  if (at == 0) return 0
  const encoding = behindTwo(at, limit, ENCODING, ENCODING_REST, 4)
  if (encoding != 0) {
    at = jsonString(encoding, limit)
    if (at == 0 || load<u8>(encoding) != 0x22) return 0
  }
  at = behind(at, limit, VALUE, 8)
  return at == 0 || at >= limit || load<u8>(at) != COLON ? 0 : at + 1
}

function behindType(at: u32, limit: u32): u32 {
  shape = TEXT
  let end = behind(at, limit, STRING_TYPE, 8)
  if (end != 0) return end
  shape = SET
  end = behind(at, limit, SET_TYPE, 5)
  if (end != 0) return end
  shape = HASH
  end = behind(at, limit, HASH_TYPE, 6)
  if (end != 0) return end
  shape = ZSET
  end = behind(at, limit, ZSET_TYPE, 6)
  if (end != 0) return end
  shape = LIST
  end = behind(at, limit, LIST_TYPE, 6)
  if (end != 0) return end
  shape = STREAM
  return behind(at, limit, STREAM_TYPE, 8)
}

function value(at: u32, limit: u32): u32 {
  if (shape == TEXT) {
    at = jsonString(at, limit)
    if (at != 0) quickText(stringFirst(), stringLast())
    return at
  }
  if (shape == STREAM) return streamValue(at, limit)
  if (at >= limit || load<u8>(at++) != OPEN) return 0
  if (shape != LIST) membersBegin()
  let position: u64 = 0
  while (true) {
    if (shape <= SET) at = member(at, limit, position++)
    else at = pair(at, limit)
    if (at == 0 || at >= limit) return 0
    const next: u32 = load<u8>(at++)
    if (next == CLOSE) return at
    if (next != COMMA) return 0
  }
}

function member(at: u32, limit: u32, position: u64): u32 {
  at = jsonString(at, limit)
  if (at == 0) return 0
  const hash = quickHash(stringFirst(), stringLast(), 0)
  if (shape == SET && isTwice(hash)) return 0
  quickElement(hash, 0, shape == LIST ? position : 0)
  return at
}

/** A member and its score, or a field, its value and its expiry. */
function pair(at: u32, limit: u32): u32 {
  if (at >= limit || load<u8>(at) != OPEN) return 0
  at = jsonString(at + 1, limit)
  if (at == 0 || at >= limit || load<u8>(at) != COMMA) return 0
  const hash = quickHash(stringFirst(), stringLast(), 0)
  if (isTwice(hash)) return 0
  if (shape == ZSET) {
    at = jsonScore(at + 1, limit)
    if (at == 0) return 0
    // Adding 0 makes -0 the 0 that listpacks make of it.
    quickElement(hash, 0, reinterpret<u64>(scoreRead() + 0))
  } else {
    at = jsonString(at + 1, limit)
    if (at == 0) return 0
    const second = quickHash(stringFirst(), stringLast(), 1)
    const expires = at < limit && load<u8>(at) == COMMA
    if (expires) at = jsonInteger(at + 1, limit)
    if (at == 0) return 0
    quickElement(hash, second, expires ? integerRead() : 0)
  }
  return at < limit && load<u8>(at) == CLOSE ? at + 1 : 0
}
