/**
 * Entries as the commands of an AOF rewrite, see aof/rewriter.ts: `*argc`, then `$length` and the bytes of each argument. Up to
 * 64 items go into one command; how many there are shows at its end, so its first line may have to be moved.
 */
import {emitAt, emitBytes, emitRoom, emitScore, emitTo, scoreFirst} from './emit'
import {putInt} from './numbers'
import {NO_EXPIRY, ZSET} from './shapes'

const BATCH_ITEMS: u32 = 64
const CRLF: u16 = 0x0a0d
/** "*130\r\n", the longest first line. */
const LINE_MAX: u32 = 6

/** By shape: name of the command as an argument, in 16 bytes, and how long that is. */
export const NAMES = memory.data<u8>([
  0x24, 0x33, 13, 10, 0x53, 0x45, 0x54, 13, 10, 0, 0, 0, 0, 0, 0, 9,
  0x24, 0x35, 13, 10, 0x52, 0x50, 0x55, 0x53, 0x48, 13, 10, 0, 0, 0, 0, 11,
  0x24, 0x34, 13, 10, 0x53, 0x41, 0x44, 0x44, 13, 10, 0, 0, 0, 0, 0, 10,
  0x24, 0x34, 13, 10, 0x5a, 0x41, 0x44, 0x44, 13, 10, 0, 0, 0, 0, 0, 10,
  0x24, 0x35, 13, 10, 0x48, 0x4d, 0x53, 0x45, 0x54, 13, 10, 0, 0, 0, 0, 11,
])
/** "*3\r\n$9\r\nPEXPIREAT\r\n" */
const EXPIRE = memory.data<u8>([
  0x2a, 0x33, 13, 10, 0x24, 0x39, 13, 10, 0x50, 0x45, 0x58, 0x50, 0x49, 0x52, 0x45, 0x41, 0x54, 13, 10,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
])
const EXPIRE_BYTES: u32 = 19
/** Room for the first line and the name of a command. */
const HEAD_MAX: u32 = 64

let shape: u32 = 0
let key: u32 = 0
let keyEnd: u32 = 0
let items: u32 = 0
/** Of the command that is open. */
let headAt: u32 = 0

export function commandsBegin(what: u32, keyStart: u32, keyStop: u32): void {
  shape = what
  key = keyStart
  keyEnd = keyStop
  items = 0
}

export function commandsText(start: u32, end: u32): void {
  if (!open()) return
  argument(start, end)
  items = 1
}

export function commandsItem(start: u32, end: u32): void {
  if (room()) argument(start, end)
}

export function commandsPair(start: u32, end: u32, valueStart: u32, valueEnd: u32): void {
  if (!room()) return
  argument(start, end)
  argument(valueStart, valueEnd)
}

/** False for a score that is left to the reader. */
export function commandsScored(start: u32, end: u32, score: f64): bool {
  const textEnd = emitScore(score)
  if (textEnd == 0) return false
  if (!room()) return true
  argument(scoreFirst(), textEnd)
  argument(start, end)
  return true
}

export function commandsEnd(expiry: u64): void {
  close()
  if (expiry != NO_EXPIRY) commandsExpire(key, keyEnd, expiry)
}

export function commandsExpire(start: u32, end: u32, expiry: u64): void {
  if (!emitRoom(end - start + 2 * HEAD_MAX)) return
  emitBytes(EXPIRE as u32, (EXPIRE as u32) + EXPIRE_BYTES)
  argument(start, end)
  const text = scoreFirst()
  argument(text, putInt(text, expiry as i64))
}

/** Make room for one more item, in the open command or a new one. */
function room(): bool {
  if (items == BATCH_ITEMS) close()
  if (items == 0 && !open()) return false
  items++
  return true
}

function open(): bool {
  if (!emitRoom(keyEnd - key + 2 * HEAD_MAX)) return false
  headAt = emitAt()
  emitTo(headAt + LINE_MAX)
  const name = (NAMES as u32) + (shape << 4)
  emitBytes(name, name + load<u8>(name, 15))
  argument(key, keyEnd)
  return true
}

/** Put the first line before the command. */
function close(): void {
  if (items == 0) return
  const argc = 2 + items * (shape >= ZSET ? 2 : 1)
  items = 0
  const line: u32 = argc < 10 ? 4 : argc < 100 ? 5 : 6
  const end = emitAt()
  if (line != LINE_MAX) {
    memory.copy(headAt + line, headAt + LINE_MAX, end - headAt - LINE_MAX)
    emitTo(end - LINE_MAX + line)
  }
  store<u8>(headAt, 0x2a)
  if (argc >= 100) {
    store<u8>(headAt, 0x31, 1)
    store<u8>(headAt, 0x30 + (argc - 100) / 10, 2)
  } else if (argc >= 10) store<u8>(headAt, 0x30 + argc / 10, 1)
  store<u8>(headAt + line - 3, 0x30 + argc % 10)
  store<u16>(headAt + line - 2, CRLF)
}

/** The first line of a command whose arguments follow one by one. */
export function commandsLine(argc: u32): void {
  if (!emitRoom(16)) return
  const at = emitAt()
  store<u8>(at, 0x2a)
  const end = putInt(at + 1, argc as i64)
  store<u16>(end, CRLF)
  emitTo(end + 2)
}

export const commandsKey = (): u32 => key
export const commandsKeyEnd = (): u32 => keyEnd

export function argument(start: u32, end: u32): void {
  const length = end - start
  if (!emitRoom(length + 32)) return
  const at = putLength(emitAt(), length)
  if (length > 32) memory.copy(at, start, length)
  else {
    // Up to 31 bytes too many are read and written: both have room for them.
    v128.store(at, v128.load(start))
    if (length > 16) v128.store(at, v128.load(start, 16), 16)
  }
  store<u16>(at + length, CRLF)
  emitTo(at + length + 2)
}

/** `$length` and its line end. Returns where they end. */
// @ts-ignore: decorator
@inline
export function putLength(at: u32, length: u32): u32 {
  if (length >= 100) {
    store<u8>(at, 0x24)
    at = putInt(at + 1, length as i64)
    store<u16>(at, CRLF)
    return at + 2
  }
  // "$", two digits, CR LF; without the first digit where that is 0.
  const tens = (length * 103) >> 10
  const digits = 0x3030 | tens | ((length - tens * 10) << 8)
  const skipped: u32 = length < 10 ? 8 : 0
  store<u8>(at, 0x24)
  store<u32>(at + 1, (digits | ((CRLF as u32) << 16)) >> skipped)
  return at + 5 - (skipped >> 3)
}
