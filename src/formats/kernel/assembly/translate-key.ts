/** Keys of RDB entries, where they stay while values are read. */
import {spanFirst, spanLast, stringAt} from './rdb-run'

/** Integers as keys: their text. */
const text = memory.data(32)

let first: u32 = 0
let last: u32 = 0

export const keyFirst = (): u32 => first
export const keyLast = (): u32 => last

/** Read the key at `at`. Returns where the value begins, 0 when the entry is left to the reader: compressed keys are. */
export function plainKey(at: u32, limit: u32): u32 {
  const value = stringAt(at, limit, true)
  if (value == 0) return 0
  first = spanFirst()
  last = spanLast()
  const encoded: u32 = load<u8>(at)
  if (encoded == 0xc3) return 0
  if (encoded >= 0xc0) {
    memory.copy(text as u32, first, last - first)
    last = (text as u32) + (last - first)
    first = text as u32
  }
  return value
}
