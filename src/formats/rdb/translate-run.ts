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
import {goesOn, ROOM, type RunTally, runTypes, takeCounts} from './run.ts'

const OUT_BYTES = 0x100000
const MARKS_BYTES = 0x1000
/** Entries in one step: each has a mark, and those of the first byte may be taken. */
const MOST = (MARKS_BYTES - 1) * 8

/** Give as many plain entries as possible to `sink`, written anew. What comes next is for `next()`. */
export function translateRun(
  r: RdbReader,
  tally: RunTally,
  wanted: Pick<RunSink, 'types' | 'attributes'>,
  translation: Translation,
  sink: Sink,
): void {
  const {c} = r
  if (r.hasAttributes || r.isFinished) return
  let extendedAt = -1
  for (;;) {
    if (step(r, tally, wanted, translation, sink)) continue
    const {offset} = c
    if (extendedAt === offset || !goesOn(c)) return
    extendedAt = offset
    if (!c.more()) return
  }
}

/** Returns whether more can be read at once. */
function step(
  r: RdbReader,
  tally: RunTally,
  wanted: Pick<RunSink, 'types' | 'attributes'>,
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
  const out = c.area(AREA_OUT, OUT_BYTES)
  const marks = c.area(AREA_MARKS, MARKS_BYTES)
  const bit = before(c.memory, marks, MARKS_BYTES)
  const types = wanted.types & runTypes(r)
  const {entries} = tally
  c.next =
    c.kernel.rdbTranslate(
      ...([c.next, c.limit, flags, types, copied, r.db, area, ROOM, MOST] as const),
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
