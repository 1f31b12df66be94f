import {Cursor} from '../formats/bytes/cursor.ts'
import type {Host} from '../io/host.ts'
import type {Span} from './log-cuts.ts'

/** Bytes of an input, copied. */
export function readSpan(host: Host, path: string, {start, end}: Span): Buffer {
  const c = new Cursor(host.kernel).open(host.open(path, {crc: false, offset: start}), start)
  const bytes = Buffer.alloc(end - start)
  for (let at = 0; at < bytes.length; ) {
    if (c.next === c.limit && !c.more()) throw c.truncated(1)
    const length = Math.min(c.limit - c.next, bytes.length - at)
    bytes.set(c.memory.subarray(c.next, c.next + length), at)
    at += length
    c.next += length
  }
  return bytes
}
