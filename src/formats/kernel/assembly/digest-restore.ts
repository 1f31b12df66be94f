/**
 * RESTORE as it is written, see aof/restore-entry-writer.ts: `RESTORE key ttl payload [ABSTTL] [IDLETIME seconds | FREQ count]`, the ttl
 * being a time or 0. Payloads of everyday values, checked as rdb-run-values.ts checks them; all others are for an engine.
 */
import {REG_AUX, REGISTERS, TRANSLATE_NOTHING} from '../layout'
import {argument, wordFirst, wordLast} from './command-words'
import {crcOf} from './crc-fold'
import {emitBegin} from './emit'
import {isAbsttl, tellsUse} from './emit-restore'
import {spanInt} from './numbers'
import {quickBeginKey} from './quick-digest'
import {expandTo} from './rdb-run'
import {howOf, NO_EXPIRY, shapeOfType} from './shapes'
import {elements, elementsBegin} from './translate-values'

/** u16le RDB version, u64le CRC-64 of all before it. */
const FOOTER: u32 = 10
const CRC_BYTES: u32 = 8
/** Types of values that a run reads: no zipmaps, no fields with expiries, nothing of modules. */
const TYPES: u32 = 0x3ffc3f

let version: u32 = 0
let expiry: u64 = NO_EXPIRY
let shape: u32 = 0
let wrong: bool = false

/** Payloads are of an RDB version, 0 for none at all; three times `room` bytes may be taken at `area`. */
export function restoreStart(rdbVersion: u32, area: u32, room: u32): void {
  version = rdbVersion
  wrong = false
  if (version == 0) return
  expandTo(area, room)
  elementsBegin(TRANSLATE_NOTHING, area + room, room)
  emitBegin(0, 0, 0, area + 2 * room)
}

/** The last one is not as it is written, whatever value it has. */
export const restoreIsWrong = (): bool => wrong

/** When the key expires, and what it is. */
export const restoredExpiry = (): u64 => expiry
export const restoredShape = (): u32 => shape

/** What follows the key, whose hash this is, `count` words of it. Returns its end, or 0. */
export function restore(at: u32, limit: u32, count: u32, keyHash: u64): u32 {
  at = argument(at, limit)
  if (version == 0 || at == 0) return 0
  if (count < 2 || !spanInt(wordFirst(), wordLast())) return refuse()
  expiry = load<u64>(REGISTERS + REG_AUX)
  at = argument(at, limit)
  if (at == 0) return 0
  const start = wordFirst()
  const end = wordLast()
  at = options(at, limit, count - 2)
  if (at == 0) return 0
  if (end - start < FOOTER + 2 || load<u16>(end - FOOTER) != version) return refuse()
  if (crcOf(0, start, end - CRC_BYTES) != load<u64>(end - CRC_BYTES)) return refuse()
  const type: u32 = load<u8>(start)
  if (type > 31 || ((TYPES >> type) & 1) == 0) return 0
  shape = shapeOfType(type)
  quickBeginKey(howOf(shape), shape, keyHash)
  return elements(shape, type, start + 1, end - FOOTER) == end - FOOTER ? at : 0
}

/** A time belongs to ABSTTL, and the other way round. */
function options(at: u32, limit: u32, count: u32): u32 {
  let within = false
  for (; count > 0; count--) {
    at = argument(at, limit)
    if (at == 0) return 0
    if (isAbsttl(wordFirst(), wordLast())) {
      within = true
      continue
    }
    if (count == 1 || !tellsUse(wordFirst(), wordLast())) return refuse()
    at = argument(at, limit)
    if (at == 0) return 0
    if (!spanInt(wordFirst(), wordLast())) return refuse()
    count--
  }
  if (within != (expiry != 0)) return refuse()
  if (!within) expiry = NO_EXPIRY
  return at
}

function refuse(): u32 {
  wrong = true
  return 0
}
