/** Words in the commands of streams. */
import {equalSpans} from './spans'

const TEXTS = memory.data<u8>([
  // "ENTRIESADDED", "MAXDELETEDID", "ENTRIESREAD", "CREATE", "CREATECONSUMER", at steps of 16
  0x45, 0x4e, 0x54, 0x52, 0x49, 0x45, 0x53, 0x41, 0x44, 0x44, 0x45, 0x44, 0, 0, 0, 0,
  0x4d, 0x41, 0x58, 0x44, 0x45, 0x4c, 0x45, 0x54, 0x45, 0x44, 0x49, 0x44, 0, 0, 0, 0,
  0x45, 0x4e, 0x54, 0x52, 0x49, 0x45, 0x53, 0x52, 0x45, 0x41, 0x44, 0, 0, 0, 0, 0,
  0x43, 0x52, 0x45, 0x41, 0x54, 0x45, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0x43, 0x52, 0x45, 0x41, 0x54, 0x45, 0x43, 0x4f, 0x4e, 0x53, 0x55, 0x4d, 0x45, 0x52, 0, 0,
  // "TIME", "RETRYCOUNT", "JUSTID", "FORCE", "0"
  0x54, 0x49, 0x4d, 0x45, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0x52, 0x45, 0x54, 0x52, 0x59, 0x43, 0x4f, 0x55, 0x4e, 0x54, 0, 0, 0, 0, 0, 0,
  0x4a, 0x55, 0x53, 0x54, 0x49, 0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0x46, 0x4f, 0x52, 0x43, 0x45, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0x30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  // "XSETID", "XGROUP", "XCLAIM"
  0x58, 0x53, 0x45, 0x54, 0x49, 0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0x58, 0x47, 0x52, 0x4f, 0x55, 0x50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0x58, 0x43, 0x4c, 0x41, 0x49, 0x4d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
])
export const ENTRIES_ADDED: u32 = 0
export const MAX_DELETED_ID: u32 = 1
export const ENTRIES_READ: u32 = 2
export const CREATE: u32 = 3
export const CREATE_CONSUMER: u32 = 4
export const TIME: u32 = 5
export const RETRY_COUNT: u32 = 6
export const JUST_ID: u32 = 7
export const FORCE: u32 = 8
export const ZERO: u32 = 9
export const XSETID: u32 = 10
export const XGROUP: u32 = 11
export const XCLAIM: u32 = 12
const LENGTHS = memory.data<u8>([12, 12, 11, 6, 14, 4, 10, 6, 5, 1, 6, 6, 6])

/** A word lies in [wordStart, wordStop), with 32 bytes behind it. */
export const wordStart = (which: u32): u32 => (TEXTS as u32) + (which << 4)
export const wordStop = (which: u32): u32 => wordStart(which) + load<u8>((LENGTHS as u32) + which)

/** Whether [from, to) is a word. */
export function means(from: u32, to: u32, which: u32): bool {
  return equalSpans(from, to, wordStart(which), wordStop(which))
}
