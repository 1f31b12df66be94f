/** The fast path of a reader whose entries are measured: rows of whole runs of plain ones, by the kernel. */
import {AREA_EXPANDED, AREA_ROWS} from '../bytes/areas.ts'
import {
  MEASURE_KEY,
  MEASURE_KEYS,
  MEASURE_ROW,
  REG_AUX,
  REG_RUN,
  REGISTERS,
  RUN_DEEP,
  RUN_ENTRIES,
} from '../kernel/layout.ts'
import type {RdbReader} from './reader.ts'
import {goesOn, ROOM, runFlags, runLimit, runTypes, START_OF_ENTRY} from './run.ts'
import {RdbType} from './types.ts'

/** Rows of one step. */
const MOST = 1024

/** What a kernel has to know to measure, and who takes what it finds. */
export interface RunMeasure {
  /** Asked for when the first entries come: what wrote the file is known then. */
  settings(): MeasureSettings
  /** `count` rows at `rows`, as layout.ts has them, of one database. Keys lie in `memory` until it returns. */
  take(memory: Uint8Array, view: DataView, rows: number, count: number, db: number): void
}

export interface MeasureSettings {
  /** MEASURE_ options, and above them the allocator. */
  how: number
  /** Members that a set keeps packed. */
  setMost: number
  /** Type bytes that the reader has to take. */
  without: readonly number[]
}

/** Forms that only old servers wrote, or that end up in another one. */
const RARE = [RdbType.LIST, RdbType.ZSET, RdbType.HASH_ZIPMAP]

/** Measure as many plain entries as possible. What comes next is for `next()`. */
export function measureRun(r: RdbReader, measure: RunMeasure): void {
  const {c} = r
  if (r.hasAttributes || r.isFinished) return
  let extendedAt = -1
  for (;;) {
    if (c.next < c.limit && START_OF_ENTRY[c.memory[c.next]] === 0) return
    if (c.next < c.limit && step(r, measure)) continue
    const {offset} = c
    if (extendedAt === offset || !goesOn(c)) return
    extendedAt = offset
    if (!c.more()) return
  }
}

/** Returns whether more can be read at once. */
function step(r: RdbReader, measure: RunMeasure): boolean {
  const {c} = r
  const {how, setMost, without} = measure.settings()
  const types = [...RARE, ...without].reduce((mask, type) => mask & ~(1 << type), runTypes(r))
  const area = c.area(AREA_EXPANDED, ROOM * 2)
  const rows = c.area(AREA_ROWS, MOST * MEASURE_ROW + MEASURE_KEYS)
  const keys = rows + MOST * MEASURE_ROW
  c.next =
    c.kernel.rdbMeasure(
      ...([c.next, runLimit(r), runFlags(r) | RUN_DEEP, types, area, ROOM, MOST, rows] as const),
      ...([keys, keys + MEASURE_KEYS, how, setMost] as const),
    ) >>> 0
  const {view, lzf} = c
  const entries = view.getUint32(REGISTERS + REG_RUN + RUN_ENTRIES, true)
  view.setUint32(REGISTERS + REG_RUN + RUN_ENTRIES, 0)
  lzf.strings += view.getUint32(REGISTERS + REG_AUX, true)
  lzf.compressed += view.getUint32(REGISTERS + REG_AUX + 4, true)
  lzf.expanded += view.getUint32(REGISTERS + REG_AUX + 8, true)
  if (entries === 0) return false
  r.entries += entries
  measure.take(c.memory, view, rows, entries, r.db)
  // What goes wrong behind it is told with the key before, as where there are no runs.
  const last = rows + (entries - 1) * MEASURE_ROW + MEASURE_KEY
  c.pin(view.getUint32(last, true), view.getUint32(last + 4, true))
  return true
}
