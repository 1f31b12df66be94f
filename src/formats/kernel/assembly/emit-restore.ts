/**
 * Entries as RESTORE commands, see aof/restore-entry-writer.ts: the value goes as it lies in the file into a payload.
 *
 *     *argc   RESTORE   key   expiry or 0   payload   [ABSTTL]   [IDLETIME seconds | FREQ count]
 *     payload: type u8 | value | version u16le | CRC-64 of all before it, u64le
 *     where RESTORE cannot say when the key expires: *3   PEXPIREAT   key   expiry
 */
import {crcOf} from './crc-fold'
import {emitAt, emitBytes, emitRoom, emitTo, emitVersion, scoreFirst} from './emit'
import {argument, commandsExpire, commandsLine, putLength} from './emit-commands'
import {putInt} from './numbers'
import {lengthAt, lengthRead, valueAt} from './rdb-run'
import {NO_EXPIRY} from './shapes'
import {equalSpans} from './spans'
import {keyFirst, keyLast, plainKey} from './translate-key'

/** The RDB version of the first servers whose RESTORE takes ABSTTL, IDLETIME and FREQ. */
const OPTIONS_SINCE: u32 = 9
/** Version and checksum of a payload. */
const FOOTER_BYTES: u32 = 10
const CRLF: u16 = 0x0a0d
/** There is no idle time, no frequency. */
const NONE: u64 = 0xffffffffffffffff

/** "$7\r\nRESTORE\r\n" */
const NAME = memory.data<u8>([0x24, 0x37, 13, 10, 0x52, 0x45, 0x53, 0x54, 0x4f, 0x52, 0x45, 13, 10])
const NAME_BYTES: u32 = 13
/** "$1\r\n0\r\n" */
const NEVER = memory.data<u8>([0x24, 0x31, 13, 10, 0x30, 13, 10])
const NEVER_BYTES: u32 = 7
/** "$6\r\nABSTTL\r\n" */
const ABSTTL = memory.data<u8>([0x24, 0x36, 13, 10, 0x41, 0x42, 0x53, 0x54, 0x54, 0x4c, 13, 10])
const ABSTTL_BYTES: u32 = 12
/** "$8\r\nIDLETIME\r\n" */
const IDLETIME = memory.data<u8>([0x24, 0x38, 13, 10, 0x49, 0x44, 0x4c, 0x45, 0x54, 0x49, 0x4d, 0x45, 13, 10])
const IDLETIME_BYTES: u32 = 14
/** "$4\r\nFREQ\r\n" */
const FREQ = memory.data<u8>([0x24, 0x34, 13, 10, 0x46, 0x52, 0x45, 0x51, 13, 10])
const FREQ_BYTES: u32 = 10

/** Attributes of the entry at hand. */
let expiry: u64 = NO_EXPIRY
let idle: u64 = NONE
let freq: u64 = NONE

/**
 * Write the entry whose attributes begin at `from`, and whose type byte is at `at`. Returns where it ends, 0 when it is left to the reader.
 * What does not fit is not written, see emit.ts.
 */
export function restoreAsIs(from: u32, at: u32, type: u32, limit: u32, flags: u32): u32 {
  const value = plainKey(at + 1, limit)
  if (value == 0 || !attributes(from, at)) return 0
  const end = valueAt(type, value, limit, flags)
  if (end != 0) restoreEntry(type, keyFirst(), keyLast(), value, end)
  return end
}

function attributes(from: u32, at: u32): bool {
  expiry = NO_EXPIRY
  idle = freq = NONE
  let next = from
  if (next < at && load<u8>(next) == 0xfc) {
    expiry = load<u64>(next, 1)
    next += 9
  }
  if (next == at) return true
  const kind: u32 = load<u8>(next)
  if (kind == 0xf9) freq = load<u8>(next, 1)
  else if (kind != 0xf8 || lengthAt(next + 1, at) != at) return false
  else idle = lengthRead()
  return true
}

function restoreEntry(type: u32, key: u32, keyEnd: u32, value: u32, valueEnd: u32): void {
  const hasOptions = emitVersion() >= OPTIONS_SINCE
  const isTold = expiry != NO_EXPIRY && (expiry as i64) > 0 && hasOptions
  const evicts = hasOptions && (idle != NONE || freq != NONE)
  commandsLine(4 + (isTold as u32) + ((evicts as u32) << 1))
  fixed(NAME as u32, NAME_BYTES)
  argument(key, keyEnd)
  if (isTold) number(expiry)
  else fixed(NEVER as u32, NEVER_BYTES)
  payload(type, value, valueEnd)
  if (isTold) fixed(ABSTTL as u32, ABSTTL_BYTES)
  if (evicts && idle != NONE) {
    fixed(IDLETIME as u32, IDLETIME_BYTES)
    number(idle)
  } else if (evicts) {
    fixed(FREQ as u32, FREQ_BYTES)
    number(freq)
  }
  if (expiry != NO_EXPIRY && !isTold) commandsExpire(key, keyEnd, expiry)
}

function payload(type: u32, value: u32, valueEnd: u32): void {
  const length = 1 + valueEnd - value + FOOTER_BYTES
  if (!emitRoom(length + 32)) return
  const start = putLength(emitAt(), length)
  store<u8>(start, type)
  emitTo(start + 1)
  emitBytes(value, valueEnd)
  const footer = start + length - FOOTER_BYTES
  store<u16>(footer, emitVersion() as u16)
  store<u64>(footer + 2, crcOf(0, start, footer + 2))
  store<u16>(footer + 10, CRLF)
  emitTo(footer + 12)
}

/** Is [start, end) the name, one of the options? */
export const isRestore = (start: u32, end: u32): bool => isFixed(start, end, NAME as u32, NAME_BYTES)
export const isAbsttl = (start: u32, end: u32): bool => isFixed(start, end, ABSTTL as u32, ABSTTL_BYTES)
export const tellsUse = (start: u32, end: u32): bool =>
  isFixed(start, end, IDLETIME as u32, IDLETIME_BYTES) || isFixed(start, end, FREQ as u32, FREQ_BYTES)

/** Behind `$`, a digit and CR LF a fixed text has its word, then CR LF. */
function isFixed(start: u32, end: u32, text: u32, length: u32): bool {
  return equalSpans(start, end, text + 4, text + length - 2)
}

function fixed(text: u32, length: u32): void {
  if (emitRoom(length)) emitBytes(text, text + length)
}

function number(value: u64): void {
  const text = scoreFirst()
  argument(text, putInt(text, value as i64))
}
