/**
 * Runs of RDB entries that are measured: a row for each with where its key lies and what its value takes, for engine/memory/meter.ts to
 * make bytes of a server's memory from. Stops where rdb-run.ts stops, and at what is rare: those values are for the reader.
 */
import {
  MEASURE_BLOB_BYTES,
  MEASURE_BLOBS,
  MEASURE_BLOCK,
  MEASURE_COUNT,
  MEASURE_ELEMENTS,
  MEASURE_EXPIRY,
  MEASURE_HAS_EXPIRY,
  MEASURE_HAS_FREQ,
  MEASURE_HAS_IDLE,
  MEASURE_HASH,
  MEASURE_HASHES,
  MEASURE_IDLE,
  MEASURE_IS_INTEGER,
  MEASURE_KEY,
  MEASURE_LISTPACK,
  MEASURE_LONGEST,
  MEASURE_PAIR_BYTES,
  MEASURE_ROW,
  MEASURE_SIZE,
  MEASURE_STRINGS,
  MEASURE_TYPE,
  MEASURE_VALUE,
  MEASURE_WIDTH,
  REG_AUX,
  REG_RUN,
  REGISTERS,
  RUN_ENTRIES,
} from '../layout'
import {lzfMark, lzfReset, lzfTell} from './lzf-tally'
import {measureValue} from './measure-values'
import {
  count,
  integers,
  listpack,
  longest,
  pairs,
  sizesClear,
  sizesConfigure,
  strings,
  width,
} from './measure-sizes'
import {blobBytes, blobs, elements, isInteger, longestPacked, valuesClear} from './measure-values'
import {afterAttributes, expandTo, spanFirst, spanLast, stringAt} from './rdb-run'
import {xxh3} from './xxh3'

const FACTOR: u64 = 0x9e3779b97f4a7c15

/**
 * Read up to `max` entries from `next` on, as rdbRun() does, each verified in depth. Rows go to `rows`, keys that are not plain to
 * [keys, keysEnd). `how` has MEASURE_ options and the allocator; `setMost` is how many members a set keeps packed. RUN_ENTRIES is how
 * many were read; REG_AUX, + 4 and + 8 (u32) are how many strings were compressed, and their bytes before and after.
 */
export function rdbMeasure(
  next: u32,
  limit: u32,
  flags: u32,
  types: u32,
  area: u32,
  room: u32,
  max: u32,
  rows: u32,
  keys: u32,
  keysEnd: u32,
  how: u32,
  setMost: u32,
): u32 {
  expandTo(area, room)
  sizesConfigure(how)
  lzfReset()
  let entries: u32 = 0
  for (let row = rows; entries < max; row += MEASURE_ROW) {
    const at = afterAttributes(next, limit, flags)
    if (at == 0 || at >= limit) break
    const type: u32 = load<u8>(at)
    if (type > 31 || ((types >> type) & 1) == 0) break
    if (type == 0 && (at + 6 > limit || load<u8>(at, 1) == 0)) break
    lzfMark()
    const value = stringAt(at + 1, limit, true)
    if (value == 0) break
    const key = keyFor(at + 1, keys, keysEnd)
    if (key == 0) break
    store<u32>(row, key, MEASURE_KEY)
    const keyEnd = key + (spanLast() - spanFirst())
    store<u32>(row, keyEnd, MEASURE_KEY + 4)
    if (key == keys) keys = keyEnd
    sizesClear()
    valuesClear()
    const end = measureValue(type, value, limit, area + room, room, setMost)
    if (end == 0) break
    putRow(row, next, at, type, value, end)
    if ((how & MEASURE_HASHES) != 0) store<u64>(row, hashOf(type, value, end), MEASURE_HASH)
    lzfMark()
    entries++
    next = end
  }
  lzfTell(REGISTERS + REG_AUX)
  const run = REGISTERS + REG_RUN
  store<u32>(run + RUN_ENTRIES, load<u32>(run + RUN_ENTRIES) + entries)
  return next
}

/** Where the bytes of the last string stay: where they are if they are plain, else at `keys`; 0 for lack of room. */
function keyFor(at: u32, keys: u32, keysEnd: u32): u32 {
  if (load<u8>(at) < 0xc0) return spanFirst()
  const length = spanLast() - spanFirst()
  if (length > keysEnd - keys) return 0
  memory.copy(keys, spanFirst(), length)
  return keys
}

function putRow(row: u32, from: u32, at: u32, type: u32, value: u32, end: u32): void {
  store<u32>(row, end - from, MEASURE_SIZE)
  store<u32>(row, elements, MEASURE_ELEMENTS)
  store<u32>(row, max<u32>(longest, longestPacked), MEASURE_LONGEST)
  store<u32>(row, blobs, MEASURE_BLOBS)
  store<u32>(row, blobBytes, MEASURE_BLOB_BYTES)
  store<u32>(row, count, MEASURE_COUNT)
  store<u32>(row, width, MEASURE_WIDTH)
  store<u32>(row, end - value, MEASURE_VALUE)
  store<f64>(row, listpack as f64, MEASURE_LISTPACK)
  store<f64>(row, strings as f64, MEASURE_STRINGS)
  store<f64>(row, pairs as f64, MEASURE_PAIR_BYTES)
  let is: u32 = (type == 0 ? isInteger : integers) ? MEASURE_IS_INTEGER : 0
  store<u8>(row, type as u8, MEASURE_TYPE)
  if (at != from) is |= attributes(row, from, at)
  store<u8>(row, is as u8, MEASURE_TYPE + 1)
}

/** What afterAttributes() stepped over. */
function attributes(row: u32, from: u32, at: u32): u32 {
  let is: u32 = 0
  const first: u32 = load<u8>(from)
  if (first == 0xfc) {
    store<f64>(row, load<i64>(from, 1) as f64, MEASURE_EXPIRY)
    is = MEASURE_HAS_EXPIRY
    from += 9
  } else if (first == 0xfd) {
    store<f64>(row, (load<i32>(from, 1) as f64) * 1000, MEASURE_EXPIRY)
    is = MEASURE_HAS_EXPIRY
    from += 5
  }
  if (from >= at) return is
  if (load<u8>(from) == 0xf9) {
    store<u8>(row, load<u8>(from, 1), MEASURE_TYPE + 2)
    return is | MEASURE_HAS_FREQ
  }
  const length: u32 = load<u8>(from, 1)
  const idle: u32 =
    length < 0x40
      ? length
      : length < 0x80
        ? ((length & 63) << 8) | (load<u8>(from, 2) as u32)
        : bswap<u32>(load<u32>(from, 2))
  store<u32>(row, idle, MEASURE_IDLE)
  return is | MEASURE_HAS_IDLE
}

/** As operations/report-value-hash.ts has it. */
function hashOf(type: u32, start: u32, end: u32): u64 {
  let state = type as u64
  for (let at = start; at < end; at += MEASURE_BLOCK) {
    state = state * FACTOR + xxh3(at, min<u32>(end, at + MEASURE_BLOCK))
  }
  return state
}
