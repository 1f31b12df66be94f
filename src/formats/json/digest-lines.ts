/** The fast path of a reader whose entries are only digested: whole runs of plain lines, by the kernel. */
import {AREA_EXPANDED} from '../bytes/areas.ts'
import {REG_COUNT, REGISTERS} from '../kernel/layout.ts'
import type {JsonlReader} from './jsonl-reader.ts'

/** For a string that is decoded, and for each of two tables of members. */
const ROOM = 0x40000
/** A line that is cut by the window's end is given so much room before the reader takes it. */
const NEAR_END = 0x10000

/**
 * Add as many plain lines as possible, of those that end at or before the offset `until`, to the quick digest that was begun in the kernel.
 * What comes next is for `next()`. Returns how many they were.
 */
export function digestLines(r: JsonlReader, until: number): number {
  const {c} = r
  let lines = 0
  let extendedAt = -1
  for (;;) {
    const area = c.area(AREA_EXPANDED, ROOM * 3)
    const limit = Math.min(c.limit, c.next + until - c.offset)
    c.next = c.kernel.linesDigest(c.next, limit, area, ROOM) >>> 0
    lines += c.view.getUint32(REGISTERS + REG_COUNT, true)
    const {offset} = c
    const isCut = limit === c.limit && c.limit - c.next <= NEAR_END
    if (!isCut || extendedAt === offset || !c.more()) break
    extendedAt = offset
  }
  r.stepOver(lines)
  return lines
}
