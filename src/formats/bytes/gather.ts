import {FormatError} from '../errors.ts'
import {AREA_RAW} from './areas.ts'
import type {Cursor} from './cursor.ts'

/**
 * Make more bytes contiguous than the window's gap holds: copy the pieces to an area. Returns where they start.
 * @throws FormatError `TRUNCATED`; `RDB_STRING` beyond `gatherMost`.
 */
export function gather(c: Cursor, n: number): number {
  if (n > c.left) {
    c.next = c.limit
    throw c.truncated(n)
  }
  if (n > c.gatherMost) {
    throw new FormatError('RDB_STRING', c.offset, `${n} bytes in one piece are not believed here`)
  }
  let room = Math.min(n, 0x400000)
  let to = c.area(AREA_RAW, room)
  let got = 0
  while (got < n) {
    if (c.next === c.limit && !c.more()) throw c.truncated(n - got)
    const length = Math.min(c.limit - c.next, n - got)
    if (got + length > room) {
      // Double, so that an input of unknown size cannot make us take more than twice what it holds.
      const from = to
      room = Math.min(n, Math.max(room * 2, got + length))
      to = c.area(AREA_RAW, room)
      c.memory.copyWithin(to, from, from + got)
    }
    c.memory.copyWithin(to + got, c.next, c.next + length)
    c.next += length
    got += length
  }
  return to
}
