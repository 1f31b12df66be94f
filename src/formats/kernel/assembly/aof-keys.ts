/** The keys of records to come, so that their entries can be fetched together before they are needed. */
import {REG_ARGC, REGISTERS, SPANS} from '../layout'
import {aofRecord} from './aof-record'

const LONGEST: u32 = 255

/**
 * Copy the first argument of up to `count` records from `next` on to `out`: a length, u8, then the bytes; longer ones are
 * left out. Returns where what was written ends. Whole plain records only: it stops at any other.
 */
export function aofKeys(next: u32, limit: u32, count: u32, out: u32): u32 {
  for (; count > 0; count--) {
    const end = aofRecord(next, limit)
    if (end == 0) return out
    next = end
    if (load<u32>(REGISTERS + REG_ARGC) < 2) continue
    const start = load<u32>(SPANS, 8)
    const length = load<u32>(SPANS, 12) - start
    if (length > LONGEST) continue
    store<u8>(out, length)
    memory.copy(out + 1, start, length)
    out += length + 1
  }
  return out
}
