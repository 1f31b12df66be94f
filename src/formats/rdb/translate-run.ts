/** The fast path of a reader whose entries are written anew: whole runs of plain ones, by the kernel. */
import {AREA_EXPANDED, AREA_MARKS, AREA_OUT} from '../bytes/areas.ts'
import type {Sink} from '../bytes/sink.ts'
import type {RunSink, Translation} from '../entry.ts'
import {
  REG_NEXT,
  REG_OUT,
  REGISTERS,
  RUN_ALLOW_EVICTION,
  RUN_ALLOW_MS,
  RUN_DEEP,
} from '../kernel/layout.ts'
import type {RdbReader} from './reader.ts'
import {goesOn, ROOM, type RunTally, runTypesAndStreams, takeCounts} from './run.ts'

const OUT_BYTES = 0x100000
const MARKS_BYTES = 0x1000
/** Entries in one step: each has a mark, and those of the first byte may be taken. */
const MOST = (MARKS_BYTES - 1) * 8

type Wanted = Pick<RunSink, 'types' | 'attributes' | 'most'>

/** Give as many plain entries as possible to `sink`, written anew. What comes next is for `next()`. */
export function translateRun(
  r: RdbReader,
  tally: RunTally,
  wanted: Wanted,
  translation: Translation,
  sink: Sink,
): void {
  const {c} = r
  const {most = Number.POSITIVE_INFINITY} = wanted
  if (most === 0 || r.hasAttributes || r.isFinished) return
  let extendedAt = -1
  for (;;) {
    const max = Math.min(MOST, most - tally.entries)
    if (step(r, tally, max, wanted, translation, sink)) continue
    const {offset} = c
    if (tally.entries === most || extendedAt === offset || !goesOn(c)) return
    extendedAt = offset
    if (!c.more()) return
  }
}

/** Returns whether more can be read at once. */
function step(
  r: RdbReader,
  tally: RunTally,
  max: number,
  wanted: Wanted,
  {how, copied, before, after}: Translation,
  sink: Sink,
): boolean {
  const {c} = r
  const flags =
    (r.deep ? RUN_DEEP : 0) |
    (r.version >= 3 ? RUN_ALLOW_MS : 0) |
    (wanted.attributes && r.version >= 9 ? RUN_ALLOW_EVICTION : 0)
  // Behind the two that rdbRun() takes, one for what is being written.
  const area = c.area(AREA_EXPANDED, ROOM * 3)
  const marks = c.area(AREA_MARKS, MARKS_BYTES)
  const room = sink.room?.(OUT_BYTES) ?? -1
  const out = room < 0 ? c.area(AREA_OUT, OUT_BYTES) : room
  const bit = before(c.memory, marks, MARKS_BYTES)
  const types = wanted.types & runTypesAndStreams(r)
  const {entries} = tally
  c.next =
    c.kernel.rdbTranslate(
      ...([c.next, c.limit, flags, types, copied, r.db, area, ROOM, max] as const),
      ...([how, out, out + OUT_BYTES, marks, bit] as const),
    ) >>> 0
  const outEnd = c.view.getUint32(REGISTERS + REG_OUT, true)
  const isShort = c.view.getUint32(REGISTERS + REG_NEXT, true) === 1
  takeCounts(r, tally)
  const count = tally.entries - entries
  if (count > 0) after(c.memory, marks, bit, count)
  if (outEnd > out) sink.write(c.memory, out, outEnd)
  return isShort || count === MOST
}
