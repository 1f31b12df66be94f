/** Where what is translated goes: [at, end) of a buffer. What does not fit is noticed and not written. */
import {scorePrintf} from './score-printf'
import {putInt} from './numbers'

/** Texts of scores are short ones from this RDB version on. */
const SHORT_SCORES: u32 = 11
const PLAIN_LIMIT: f64 = 4503599627370496
/** No entry may take more: the reader goes over it. */
const ENTRY_MAX: u32 = 0x40000

let at: u32 = 0
let bufferEnd: u32 = 0
let entryStart: u32 = 0
let version: u32 = 0
let full: bool = false
/** Room for a packed value and for the text of a score. */
let scratch: u32 = 0
const scoreRoom = memory.data(64)

export function emitBegin(out: u32, outEnd: u32, writtenVersion: u32, scratchRoom: u32): void {
  at = entryStart = out
  bufferEnd = outEnd
  version = writtenVersion
  scratch = scratchRoom
  full = false
}

export const emitFull = (): bool => full
export const emitVersion = (): u32 => version
export const emitScratch = (): u32 => scratch

/** The entry is over. Returns where it ends. */
export function emitEnd(): u32 {
  entryStart = at
  return at
}

/** What is written of the entry is not to be. */
export function emitBack(): void {
  at = entryStart
}

export const emitAt = (): u32 => at

export function emitTo(to: u32): void {
  at = to
}

/** Whether `size` more bytes fit, with some to spare. */
// @ts-ignore: decorator
@inline
export function emitRoom(size: u32): bool {
  if (size + 64 <= bufferEnd - at && at - entryStart <= ENTRY_MAX) return true
  full = true
  return false
}

/** Where the entry has to end at the latest. */
export const emitLimit = (): u32 => min<u32>(bufferEnd - 64, entryStart + ENTRY_MAX)

/** Something did not fit that was not written through emitRoom(). */
export function emitOverflow(): void {
  full = true
}

export function emitRaw(start: u32, end: u32): void {
  if (end - start + 64 > bufferEnd - at) {
    full = true
    return
  }
  memory.copy(at, start, end - start)
  at += end - start
}

/** Put a span behind what is there, for which there is room. */
// @ts-ignore: decorator
@inline
export function emitBytes(start: u32, end: u32): void {
  const length = end - start
  if (length > 32) memory.copy(at, start, length)
  else {
    // Up to 31 bytes too many are read and written: both have room for them.
    v128.store(at, v128.load(start))
    if (length > 16) v128.store(at, v128.load(start, 16), 16)
  }
  at += length
}

/** Text of a score at scoreFirst(). Returns its end, 0 when it is left to the reader. */
export function emitScore(score: f64): u32 {
  const out = scoreRoom as u32
  if (score == Math.trunc(score) && Math.abs(score) < PLAIN_LIMIT) {
    return reinterpret<u64>(score) == 0x8000000000000000 ? 0 : putInt(out, score as i64)
  }
  return version < SHORT_SCORES ? scorePrintf(score, out) : 0
}

export const scoreFirst = (): u32 => scoreRoom as u32
