/**
 * The digest (quick-digest.ts) of entries that were written as commands: SELECT, then per key one SET, or RPUSH, SADD, ZADD, HMSET
 * as often as it takes, or those of a stream (digest-streams.ts), then PEXPIREAT. Commands on the same key one after the other are
 * one entry.
 */
import {REG_ARGC, REG_AUX, REG_COUNT, REGISTERS, TRANSLATED_RECORD_MAX} from '../layout'
import {argument, line, lineRead, wordFirst, wordLast} from './command-words'
import {makesConsumer, makesGroup, streamBegin, streamsStart, xadd, xclaim, xgroup, xsetid} from './digest-streams'
import {NAMES} from './emit-commands'
import {isRestore} from './emit-restore'
import {spanInt} from './numbers'
import {quickBeginKey, quickClose, quickElement, quickText} from './quick-digest'
import {quickHash} from './quick-hash'
import {restore, restoredExpiry, restoredShape, restoreIsWrong, restoreStart} from './digest-restore'
import {scoreOf} from './score-read'
import {HASH, howOf, LIST, NO_EXPIRY, SET, STREAM, TEXT, ZSET} from './shapes'
import {equalSpans} from './spans'

const EXPIRE_NAME = memory.data<u8>([0x50, 0x45, 0x58, 0x50, 0x49, 0x52, 0x45, 0x41, 0x54])
const SELECT_NAME = memory.data<u8>([0x53, 0x45, 0x4c, 0x45, 0x43, 0x54])
/** Names as little-endian numbers. */
const XADD: u32 = 0x44444158
const XGROUP: u64 = 0x50554f524758
const XSETID: u64 = 0x444954455358
const XCLAIM: u64 = 0x4d49414c4358

let entries: u32 = 0
let db: u32 = 0
let open: bool = false
let shape: u32 = 0
let keyHash: u64 = 0
let keyLength: u32 = 0
let expiry: u64 = NO_EXPIRY
let position: u64 = 0

/** Start with nothing, in a database, at a time. RESTORE has payloads of an RDB version: see restoreStart(). */
export function commandsStart(database: u32, nowMs: f64, version: u32, area: u32, room: u32): void {
  streamsStart(nowMs)
  restoreStart(version, area, room)
  entries = 0
  db = database
  open = false
}

/** The entry that is open is over. REG_COUNT is how many there were, REG_ARGC the database. */
export function commandsFinish(): void {
  if (open) quickClose(expiry)
  open = false
  store<u32>(REGISTERS + REG_COUNT, entries)
  store<u32>(REGISTERS + REG_ARGC, db)
}

/**
 * Take the commands from `next` on, while whole ones are sure to lie below `limit`; with `last`, all of them. Returns where it
 * stopped; when that is at a command that is none of those above, REG_AUX is 1, or 2 for a RESTORE that nobody writes like that.
 */
export function commandsDigest(next: u32, limit: u32, last: bool): u32 {
  store<u32>(REGISTERS + REG_AUX, 0)
  while (next < limit && (last || limit - next >= (TRANSLATED_RECORD_MAX as u32))) {
    const end = command(next, limit)
    if (end == 0) {
      store<u32>(REGISTERS + REG_AUX, restoreIsWrong() ? 2 : 1)
      return next
    }
    next = end
  }
  store<u32>(REGISTERS + REG_AUX, 0)
  return next
}

function command(at: u32, limit: u32): u32 {
  at = line(at, limit, 0x2a)
  const argc = lineRead()
  if (at == 0 || argc < 2) return 0
  at = argument(at, limit)
  if (at == 0) return 0
  const name = wordFirst()
  const nameEnd = wordLast()
  at = argument(at, limit)
  if (at == 0) return 0
  if (load<u8>(name) == 0x58) return streamCommand(name, nameEnd, at, limit, argc)
  if (nameEnd - name == 9 && argc == 3 && equalSpans(name, nameEnd, EXPIRE_NAME as u32, (EXPIRE_NAME as u32) + 9)) {
    return expire(at, limit)
  }
  if (nameEnd - name == 6 && argc == 2 && equalSpans(name, nameEnd, SELECT_NAME as u32, (SELECT_NAME as u32) + 6)) {
    return select() ? at : 0
  }
  if (isRestore(name, nameEnd)) return restoreKey(at, limit, argc)
  const what = shapeOf(name, nameEnd)
  if (what > HASH || !beginKey(what)) return 0
  return items(at, limit, argc - 2)
}

function items(at: u32, limit: u32, count: u32): u32 {
  if (shape == TEXT) {
    at = argument(at, limit)
    if (at == 0 || count != 1) return 0
    quickText(wordFirst(), wordLast())
    return at
  }
  if (shape >= ZSET) {
    if ((count & 1) != 0) return 0
    return shape == ZSET ? scores(at, limit, count) : pairs(at, limit, count)
  }
  for (; count > 0; count--) {
    at = argument(at, limit)
    if (at == 0) return 0
    quickElement(quickHash(wordFirst(), wordLast(), 0), 0, shape == LIST ? position++ : 0)
  }
  return at
}

function scores(at: u32, limit: u32, count: u32): u32 {
  for (; count > 0; count -= 2) {
    at = argument(at, limit)
    if (at == 0) return 0
    const score = scoreOf(wordFirst(), wordLast())
    if (score != score) return 0
    at = argument(at, limit)
    if (at == 0) return 0
    quickElement(quickHash(wordFirst(), wordLast(), 0), 0, reinterpret<u64>(score + 0))
  }
  return at
}

function pairs(at: u32, limit: u32, count: u32): u32 {
  for (; count > 0; count -= 2) {
    at = argument(at, limit)
    if (at == 0) return 0
    const field = quickHash(wordFirst(), wordLast(), 0)
    at = argument(at, limit)
    if (at == 0) return 0
    quickElement(field, quickHash(wordFirst(), wordLast(), 1), 0)
  }
  return at
}

function beginKey(what: u32): bool {
  const hash = quickHash(wordFirst(), wordLast(), db)
  if (open && hash == keyHash && wordLast() - wordFirst() == keyLength && what != TEXT) return what == shape
  if (open) quickClose(expiry)
  if (what == STREAM) streamBegin()
  quickBeginKey(howOf(what), what, hash)
  open = true
  shape = what
  keyHash = hash
  keyLength = wordLast() - wordFirst()
  expiry = NO_EXPIRY
  position = 0
  entries++
  return true
}

function restoreKey(at: u32, limit: u32, argc: u32): u32 {
  if (open) quickClose(expiry)
  open = false
  keyHash = quickHash(wordFirst(), wordLast(), db)
  keyLength = wordLast() - wordFirst()
  at = restore(at, limit, argc - 2, keyHash)
  if (at == 0) return 0
  open = true
  shape = restoredShape()
  expiry = restoredExpiry()
  entries++
  return at
}

/** With the key, or what XGROUP is to do, as the last word; `at` is behind it. */
function streamCommand(name: u32, nameEnd: u32, at: u32, limit: u32, argc: u32): u32 {
  const length = nameEnd - name
  if (length == 4 && load<u32>(name) == XADD) return beginKey(STREAM) ? xadd(at, limit, argc - 2) : 0
  if (length != 6 || !open || shape != STREAM) return 0
  const what = load<u64>(name) & 0xffffffffffff
  if (what == XGROUP) {
    const creates = makesGroup(wordFirst(), wordLast())
    if (!creates && !makesConsumer(wordFirst(), wordLast())) return 0
    at = argument(at, limit)
    return at != 0 && isOpenKey() ? xgroup(creates, at, limit, argc - 3) : 0
  }
  if (!isOpenKey()) return 0
  return what == XSETID ? xsetid(at, limit, argc - 2) : what == XCLAIM ? xclaim(at, limit, argc - 2) : 0
}

function isOpenKey(): bool {
  return quickHash(wordFirst(), wordLast(), db) == keyHash && wordLast() - wordFirst() == keyLength
}

function expire(at: u32, limit: u32): u32 {
  if (!open || quickHash(wordFirst(), wordLast(), db) != keyHash || expiry != NO_EXPIRY) return 0
  at = argument(at, limit)
  if (at == 0 || !spanInt(wordFirst(), wordLast())) return 0
  expiry = load<u64>(REGISTERS + REG_AUX)
  return at
}

function select(): bool {
  if (open) quickClose(expiry)
  open = false
  if (!spanInt(wordFirst(), wordLast())) return false
  db = load<u64>(REGISTERS + REG_AUX) as u32
  return true
}

/** The shape that a command makes; above HASH for any other command. */
function shapeOf(name: u32, nameEnd: u32): u32 {
  for (let what: u32 = TEXT; what <= HASH; what++) {
    const row = (NAMES as u32) + (what << 4)
    // "$", one digit, CR LF, the name, CR LF
    const known: u32 = load<u8>(row, 15) - 6
    if (known != nameEnd - name) continue
    // Behind a name there is a key.
    const beyond = (8 - known) << 3
    if (((load<u64>(name) ^ load<u64>(row, 4)) << beyond) == 0) return what
  }
  return HASH + 1
}
