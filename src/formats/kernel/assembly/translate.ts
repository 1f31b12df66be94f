/**
 * Runs of RDB entries that are written anew: as commands, or in the encodings of an older RDB version; or only digested
 * (quick-digest.ts), as all are; or as they are, in payloads (emit-restore.ts). Stops where rdb-run.ts stops, and at values that are no everyday ones: odd streams, field
 * expiries, what is large. Those are for the reader in TypeScript, whose writers give the same bytes for everything that a run translates.
 */
import {
  REG_NEXT,
  REG_OUT,
  REG_RUN,
  REGISTERS,
  RUN_ALLOW_MS,
  RUN_ENTRIES,
  RUN_EXPIRES,
  RUN_TYPES,
  TRANSLATE_COMMANDS,
  TRANSLATE_NOTHING,
  TRANSLATE_RDB,
  TRANSLATE_RESTORE,
} from '../layout'
import {emitBegin, emitEnd, emitFull, emitRaw} from './emit'
import {commandsBegin, commandsEnd} from './emit-commands'
import {rdbBegin, rdbEnd} from './emit-rdb'
import {restoreAsIs} from './emit-restore'
import {quickBegin, quickClose} from './quick-digest'
import {afterAttributes, expandTo, stringAt, valueAt} from './rdb-run'
import {howOf, NO_EXPIRY, shapeOfType} from './shapes'
import {keyFirst, keyLast, plainKey} from './translate-key'
import {elements, elementsBegin} from './translate-values'

let mode: u32 = 0

/**
 * Read entries from `next` on, as rdbRun() does. `how` is a TRANSLATE_ constant in its lowest byte, then the RDB version that is
 * written. Types in the mask `copied` are copied (digested by nobody); entries that are not are marked with a bit each, from
 * bit `ordinal` on, in the bytes at `marks`; when nothing is written, only what is marked there is digested. What is written
 * goes to [out, outEnd): REG_OUT is its end, REG_NEXT 1 when it stopped for lack of room.
 */
export function rdbTranslate(
  next: u32,
  limit: u32,
  flags: u32,
  types: u32,
  copied: u32,
  db: u32,
  area: u32,
  room: u32,
  max: u32,
  how: u32,
  out: u32,
  outEnd: u32,
  marks: u32,
  ordinal: u32,
): u32 {
  mode = how & 0xff
  expandTo(area, room)
  elementsBegin(mode, area + room, room)
  emitBegin(out, outEnd, how >> 8, area + 2 * room)
  let entries: u32 = 0
  let expires: u32 = 0
  let short: u32 = 0
  let written = out
  while (entries < max) {
    const at = afterAttributes(next, limit, flags)
    if (at == 0 || at >= limit) break
    const type: u32 = load<u8>(at)
    if (type > 31 || ((types >> type) & 1) == 0) break
    if (type == 0 && (at + 6 > limit || load<u8>(at, 1) == 0)) break
    const mark = marks + (ordinal >> 3)
    const bit: u32 = 1 << (ordinal & 7)
    const asIs = mode == TRANSLATE_NOTHING ? (load<u8>(mark) & bit) == 0 : ((copied >> type) & 1) != 0
    const end = asIs ? copy(next, at, type, limit, flags) : translate(next, at, type, limit, flags, db)
    if (emitFull()) {
      // An entry that does not fit alone is for the reader.
      short = (entries > 0) as u32
      break
    }
    if (end == 0) break
    if (!asIs && mode == TRANSLATE_RDB) store<u8>(mark, load<u8>(mark) | bit)
    written = emitEnd()
    ordinal++
    entries++
    if (load<u8>(next) >= 0xfc) expires++
    const counter = REGISTERS + REG_RUN + RUN_TYPES + (type << 2)
    store<u32>(counter, load<u32>(counter) + 1)
    next = end
  }
  store<u32>(REGISTERS + REG_OUT, written)
  store<u32>(REGISTERS + REG_NEXT, short)
  const run = REGISTERS + REG_RUN
  store<u32>(run + RUN_ENTRIES, load<u32>(run + RUN_ENTRIES) + entries)
  store<u32>(run + RUN_EXPIRES, load<u32>(run + RUN_EXPIRES) + expires)
  return next
}

function copy(from: u32, at: u32, type: u32, limit: u32, flags: u32): u32 {
  if (mode == TRANSLATE_RESTORE) return restoreAsIs(from, at, type, limit, flags)
  const value = stringAt(at + 1, limit, false)
  const end = value == 0 ? 0 : valueAt(type, value, limit, flags)
  if (end != 0 && mode == TRANSLATE_RDB) emitRaw(from, end)
  return end
}

function translate(from: u32, at: u32, type: u32, limit: u32, flags: u32, db: u32): u32 {
  let expiry = NO_EXPIRY
  const first: u32 = load<u8>(from)
  // What else stands in front of the key is how it is used, which only an RDB tells.
  const told = mode != TRANSLATE_RDB || at == from + 9
  if (first == 0xfc && (flags & RUN_ALLOW_MS) != 0 && told) expiry = load<u64>(from, 1)
  else if (at != from && (mode == TRANSLATE_RDB || first >= 0xfc)) return 0
  const value = plainKey(at + 1, limit)
  if (value == 0) return 0
  const key = keyFirst()
  const keyEnd = keyLast()
  const shape = shapeOfType(type)
  quickBegin(howOf(shape), db, shape, key, keyEnd)
  if (mode == TRANSLATE_COMMANDS) commandsBegin(shape, key, keyEnd)
  else if (mode == TRANSLATE_RDB && !rdbBegin(type, expiry, key, keyEnd)) return 0
  const end = elements(shape, type, value, limit)
  if (end == 0) return 0
  if (mode == TRANSLATE_COMMANDS) commandsEnd(expiry)
  else if (mode == TRANSLATE_RDB && !rdbEnd()) return 0
  if (!emitFull()) quickClose(expiry)
  return end
}
