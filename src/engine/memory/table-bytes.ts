/** Hash tables of members and fields: chained entries (dict.c), or buckets of one cache line (hashtable.c of Valkey 8.1 on). */
import type {ServerLayout} from './server-layout.ts'

const SLOT = 8
const DICT_ENTRY = 24
const ENTRY_WITHOUT_VALUE = 16
const SMALLEST_DICT = 4
const HASHTABLE = 72
const BUCKET = 64
const BUCKET_ENTRIES = 7
/** Entries for each bucket of a table that is made for so many: 32 / 5. */
const BUCKET_SHARE = 5 / 32

/** What a table for `count` entries takes beside their strings. `values`: its entries have values or scores. */
export function tableBytes(count: number, values: boolean, layout: ServerLayout): number {
  if (layout.buckets) return HASHTABLE + bucketBytes(count)
  const slots = Math.max(SMALLEST_DICT, powerOfTwo(count))
  const table = layout.dict + slots * SLOT
  if (values || layout.key !== 'in entry') return table + count * DICT_ENTRY
  // A member that is alone in its slot has no entry.
  const alone = slots * (1 - Math.exp(-count / slots))
  return table + Math.max(0, count - alone) * ENTRY_WITHOUT_VALUE
}

export function bucketBytes(count: number): number {
  const buckets = powerOfTwo(Math.ceil(count * BUCKET_SHARE))
  return buckets * BUCKET * (1 + overflowing(count / buckets))
}

/** The share of buckets with more entries than there is room for, where entries are dealt out at random. */
function overflowing(mean: number): number {
  let share = Math.exp(-mean)
  let below = share
  for (let entries = 1; entries <= BUCKET_ENTRIES; entries++) {
    share *= mean / entries
    below += share
  }
  return Math.max(0, 1 - below)
}

function powerOfTwo(count: number): number {
  if (count <= 1) return 1
  return count <= 0x40000000 ? 1 << (32 - Math.clz32(count - 1)) : 2 ** Math.ceil(Math.log2(count))
}
