import {Cursor} from '../formats/bytes/cursor.ts'
import type {Host} from '../io/host.ts'

/** A file from an offset on, for who reads a part of it: nobody reads ahead, who would not know where to stop. */
export function openAt(host: Host, path: string, offset: number): Cursor {
  const feed = host.open(path, {crc: false, offset, fed: false})
  return new Cursor(host.kernel).open(feed.from?.(offset) ?? feed, offset)
}
