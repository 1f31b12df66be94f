/**
 * What a run over an append-only file stepped over, for those who count by key. A row of LIST_ROW bytes per record:
 *
 *      0  u32 address, u32 address after it
 *      8  u16 index of the command, u16 arguments, at most 0xffff
 *     12  u32 address of its first argument behind the name, u32 address after it, u32 hash of it; 0 when there is none
 *     24  u32 address behind the first ':' of it, u32 hash up to there; 0 when there is none in its first 64 bytes
 */
import {LIST_ROW, REG_COUNT, REGISTERS} from '../layout'
import {headArgc, headEnd, number, READ_AHEAD, step, stepIndex} from './aof-run'
import {hashSpan} from './hash'
import {findByte} from './spans'

const COLON: u32 = 0x3a
const PREFIX_MAX: u32 = 64

/** As aofRun(), over up to `max` records, with a row of each at `out`. Puts their number into REG_COUNT. */
export function aofList(next: u32, limit: u32, max: u32, out: u32): u32 {
  let done: u32 = 0
  let at = next
  while (done < max && limit - at >= READ_AHEAD) {
    const end = step(at, limit, done)
    if (end == 0) break
    store<u32>(out, at)
    store<u32>(out, end, 4)
    store<u16>(out, stepIndex as u16, 8)
    store<u16>(out, min<u32>(headArgc, 0xffff) as u16, 10)
    describeArgument(headEnd, end, out)
    out += LIST_ROW
    at = end
    done++
  }
  store<u32>(REGISTERS + REG_COUNT, done)
  return at
}

/** Put the argument whose header line is at `from`, of a record that ends at `end`, into the row at `out`. */
function describeArgument(from: u32, end: u32, out: u32): void {
  store<u64>(out, 0, 12)
  store<u32>(out, 0, 20)
  store<u64>(out, 0, 24)
  if (from == end) return
  const size = number(from + 1)
  const start = size as u32
  const length = (size >> 32) as u32
  store<u32>(out, start, 12)
  store<u32>(out, start + length, 16)
  store<u32>(out, hashSpan(start, start + length, 0) as u32, 20)
  const colonEnd = start + min<u32>(length, PREFIX_MAX)
  const colon = findByte(start, colonEnd, COLON)
  if (colon == colonEnd) return
  store<u32>(out, colon + 1, 24)
  store<u32>(out, hashSpan(start, colon + 1, 0) as u32, 28)
}
