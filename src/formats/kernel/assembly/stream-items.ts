/** The live entries of a stream's node that streamNodeCheck() found right: what they are digested as, and the commands that add them. */
import {REG_AUX, REG_OUT, REGISTERS} from '../layout'
import {fullFirst, fullNumber, fullSecond} from './full-digest'
import {listpackInt, listpackIsText, listpackStep, listpackTextEnd, listpackTextStart} from './listpack'
import {putInt, spanInt} from './numbers'
import {quickFirst, quickSecond, quickWide} from './quick-digest'
import {putStreamId} from './text-strings'

const CRLF: u16 = 0x0a0d
/** "$4\r\nXADD\r\n" */
const NAME_LOW: u64 = 0x444441580a0d3424
const NAME_BYTES: u32 = 10
/** The first line, the name, and frames of key and id. */
const HEAD_BYTES: u32 = 128
const FRAME_BYTES: u32 = 32

/** Of the current entry: 16 bytes, as they are in files. */
const idBytes = memory.data(16)
const fieldText = memory.data(32)
const valueText = memory.data(32)
const idText = memory.data(64)

let at: u32 = 0
let limit: u32 = 0
let left: i64 = 0
let width: u32 = 0
let fieldsAt: u32 = 0
let baseMs: u64 = 0
let baseSeq: u64 = 0
let same: bool = false
let open: bool = false
let pairs: u32 = 0
let fieldAt: u32 = 0
let start: u32 = 0
let end: u32 = 0

function begin(from: u32, to: u32, id: u32): void {
  limit = to - 1
  at = from + 6
  left = takeInt()
  left += takeInt()
  width = takeInt() as u32
  fieldsAt = at
  for (let i: u32 = 0; i < width; i++) at = listpackStep(at, limit)
  takeInt()
  baseMs = bswap<u64>(load<u64>(id))
  baseSeq = bswap<u64>(load<u64>(id, 8))
  open = false
}

/** Numbers may stand as texts. */
function takeInt(): i64 {
  const from = at
  at = listpackStep(at, limit)
  if (!listpackIsText(load<u8>(from))) return listpackInt(from)
  return spanInt(listpackTextStart(from), listpackTextEnd(from)) ? load<i64>(REGISTERS + REG_AUX) : 0
}

/** Move to the next entry that was not deleted. */
function nextItem(): bool {
  if (open) endItem()
  while (left > 0) {
    left--
    const flags = takeInt()
    const ms = baseMs + (takeInt() as u64)
    const seq = baseSeq + (takeInt() as u64)
    store<u64>(idBytes as u32, bswap<u64>(ms))
    store<u64>(idBytes as u32, bswap<u64>(seq), 8)
    same = (flags & 2) != 0
    pairs = same ? width : (takeInt() as u32)
    fieldAt = fieldsAt
    open = true
    if ((flags & 1) == 0) return true
    endItem()
  }
  return false
}

/** Step over what is left of the current one, and over its length. */
function endItem(): void {
  for (let rest = same ? pairs : pairs * 2; rest > 0; rest--) at = listpackStep(at, limit)
  at = listpackStep(at, limit)
  open = false
}

/** The next element at [start, end): a field, then its value. */
function takeField(): void {
  if (same) {
    element(fieldAt, fieldText as u32)
    fieldAt = listpackStep(fieldAt, limit)
    return
  }
  element(at, fieldText as u32)
  at = listpackStep(at, limit)
}

function takeValue(): void {
  element(at, valueText as u32)
  at = listpackStep(at, limit)
  pairs--
}

function element(from: u32, text: u32): void {
  if (listpackIsText(load<u8>(from))) {
    start = listpackTextStart(from)
    end = listpackTextEnd(from)
    return
  }
  start = text
  end = putInt(text, listpackInt(from))
}

/** Digest the node in [from, to), whose id is 16 bytes at `id`: `number` is that of the next element. Returns that of the one behind. */
export function fullStreamNode(from: u32, to: u32, id: u32, number: f64): f64 {
  let next = number as u64
  begin(from, to, id)
  while (nextItem()) {
    fullFirst(idBytes as u32, (idBytes as u32) + 16)
    fullNumber((next >> 32) as u32, next as u32)
    next++
    while (pairs > 0) {
      takeField()
      fullFirst(start, end)
      fullNumber((next >> 32) as u32, next as u32)
      next++
      takeValue()
      fullSecond(start, end)
    }
  }
  return next as f64
}

export function quickStreamNode(from: u32, to: u32, id: u32, number: f64): f64 {
  let next = number as u64
  begin(from, to, id)
  while (nextItem()) {
    quickFirst(idBytes as u32, (idBytes as u32) + 16)
    quickWide(next++)
    while (pairs > 0) {
      takeField()
      quickFirst(start, end)
      quickWide(next++)
      takeValue()
      quickSecond(start, end)
    }
  }
  return next as f64
}

/** Put the ids of its entries at `out`, 16 bytes each. Returns their end. */
export function streamNodeIds(from: u32, to: u32, id: u32, out: u32): u32 {
  begin(from, to, id)
  for (; nextItem(); out += 16) v128.store(out, v128.load(idBytes as u32))
  return out
}

/**
 * Write its entries from number `done` on as XADD on the key in [key, keyEnd), as many as fit in [out, outEnd). REG_OUT is where they
 * end. Returns the number of the first that was not written.
 */
export function streamNodeCommands(
  from: u32,
  to: u32,
  id: u32,
  key: u32,
  keyEnd: u32,
  done: u32,
  out: u32,
  outEnd: u32,
): u32 {
  begin(from, to, id)
  let item: u32 = 0
  store<u32>(REGISTERS + REG_OUT, out)
  for (; nextItem(); item++) {
    if (item < done) continue
    if (keyEnd - key + HEAD_BYTES > outEnd - out) return item
    store<u8>(out, 0x2a)
    out = putInt(out + 1, (pairs * 2 + 3) as i64)
    store<u16>(out, CRLF)
    store<u64>(out, NAME_LOW, 2)
    store<u16>(out, CRLF, NAME_BYTES)
    out = argument(out + 2 + NAME_BYTES, key, keyEnd)
    out = argument(out, idText as u32, putStreamId(idText as u32, idBytes as u32))
    while (pairs > 0) {
      takeField()
      if (end - start + FRAME_BYTES > outEnd - out) return item
      out = argument(out, start, end)
      takeValue()
      if (end - start + FRAME_BYTES > outEnd - out) return item
      out = argument(out, start, end)
    }
    store<u32>(REGISTERS + REG_OUT, out)
  }
  return item
}

function argument(out: u32, from: u32, to: u32): u32 {
  const length = to - from
  store<u8>(out, 0x24)
  out = putInt(out + 1, length as i64)
  store<u16>(out, CRLF)
  memory.copy(out + 2, from, length)
  store<u16>(out + length, CRLF, 2)
  return out + length + 4
}
