/** Rows of a kernel that measures (layout.ts), as what the meter would know had it seen the values. */
import {addressOf, type HashMemory} from '../engine/digest/hash-memory.ts'
import {ALLOCATORS, type Allocator} from '../engine/memory/allocator.ts'
import type {ServerLayout} from '../engine/memory/server-layout.ts'
import {
  MEASURE_BLOB_BYTES,
  MEASURE_BLOBS,
  MEASURE_COUNT,
  MEASURE_ELEMENTS,
  MEASURE_EXACT_ALL,
  MEASURE_EXACT_PACKED,
  MEASURE_HASHES,
  MEASURE_IS_INTEGER,
  MEASURE_LISTPACK,
  MEASURE_LONGEST,
  MEASURE_PAIR_BYTES,
  MEASURE_PAIRS,
  MEASURE_STRINGS,
  MEASURE_TYPE,
  MEASURE_WIDTH,
} from '../formats/kernel/layout.ts'
import type {MeasureSettings} from '../formats/rdb/measure-run.ts'
import {type LogicalType, RdbType} from '../formats/rdb/types.ts'
import {ReportMeter} from './report-meter.ts'

const LISTS: ReadonlySet<number> = new Set([
  RdbType.LIST_ZIPLIST,
  RdbType.LIST_QUICKLIST,
  RdbType.LIST_QUICKLIST_2,
])
const SETS: ReadonlySet<number> = new Set([RdbType.SET, RdbType.SET_INTSET, RdbType.SET_LISTPACK])
const ZSETS: ReadonlySet<number> = new Set([
  RdbType.ZSET_2,
  RdbType.ZSET_ZIPLIST,
  RdbType.ZSET_LISTPACK,
])

/** By type byte; what no kernel measures is none of these. */
const LOGICAL: readonly LogicalType[] = Array.from({length: 32}, (_, type) => {
  if (LISTS.has(type)) return 'list'
  if (SETS.has(type)) return 'set'
  if (ZSETS.has(type)) return 'zset'
  return type === RdbType.STRING ? 'string' : 'hash'
})

export function measureSettings({layout, allocator}: RowMeter, hashes: boolean): MeasureSettings {
  const {exact, buckets, key, setListpackEntries} = layout
  const options =
    (exact === 'all' ? MEASURE_EXACT_ALL : 0) |
    (exact === 'packed' ? MEASURE_EXACT_PACKED : 0) |
    (buckets ? MEASURE_PAIRS : 0) |
    (hashes ? MEASURE_HASHES : 0)
  return {
    how: options | (ALLOCATORS.indexOf(allocator) << 8),
    setMost: setListpackEntries,
    // Nodes of a skip list that have members in them are sums of fractions: added in one order only.
    without: key === 'in object' ? [RdbType.ZSET_2] : [],
  }
}

export class RowMeter extends ReportMeter {
  private readonly c: HashMemory

  /** `c`: where nodes of streams are looked into; those of a keyspace lie elsewhere. */
  constructor(layout: ServerLayout, allocator: Allocator, c: HashMemory) {
    super(layout, allocator)
    this.c = c
  }

  override streamNode(memory: Uint8Array, idStart: number, start: number, end: number): boolean {
    const {c} = this
    const at = addressOf(c, memory, start, end)
    this.see(c.kernel.listpackLongest(at, at + end - start, 1, 0))
    return super.streamNode(memory, idStart, start, end)
  }

  /** Be as if the value of this row had been read. */
  load(memory: Uint8Array, view: DataView, row: number): void {
    const {sizes} = this
    const type = memory[row + MEASURE_TYPE]
    const logical = LOGICAL[type]
    const integer = (memory[row + MEASURE_TYPE + 1] & MEASURE_IS_INTEGER) !== 0
    const elements = view.getUint32(row + MEASURE_ELEMENTS, true)
    if (logical === 'string') return this.loadString(elements, integer)
    this.begin(logical, type)
    this.longestSeen = view.getUint32(row + MEASURE_LONGEST, true)
    this.elements = elements
    this.blobs = view.getUint32(row + MEASURE_BLOBS, true)
    this.blobBytes = view.getUint32(row + MEASURE_BLOB_BYTES, true)
    if (this.blobs > 0) return
    sizes.count = view.getUint32(row + MEASURE_COUNT, true)
    sizes.longest = this.longestSeen
    sizes.integers = integer
    sizes.listpack = view.getFloat64(row + MEASURE_LISTPACK, true)
    sizes.strings = view.getFloat64(row + MEASURE_STRINGS, true)
    sizes.width = view.getUint32(row + MEASURE_WIDTH, true)
    sizes.pairs = view.getFloat64(row + MEASURE_PAIR_BYTES, true)
  }

  /** All that counts of a string. */
  private loadString(length: number, integer: boolean): void {
    this.logical = 'string'
    this.elements = 1
    this.length = length
    this.integer = integer
    this.longestSeen = 0
    this.table = 0
  }
}
