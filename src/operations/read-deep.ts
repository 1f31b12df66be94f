/** Reads a whole RDB in depth, beside an operation that copies it. */
import {Cursor} from '../formats/bytes/cursor.ts'
import type {EntrySink} from '../formats/entry.ts'
import {FormatError} from '../formats/errors.ts'
import {readEntries} from '../formats/rdb/read-entries.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import type {Host} from '../io/host.ts'

/** Returns whether it is sound: where it is damaged, whoever reads it again will tell. */
export function readDeep(host: Host, [path]: readonly string[]): boolean {
  const r = new RdbReader(new Cursor(host.kernel).open(host.open(path)))
  try {
    readEntries(r, READING)
    return true
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return false
  }
}

/** Wants nothing: what nobody wants is verified. */
export const READING: EntrySink = {
  runs: {types: 0xffffffff, attributes: true, write() {}, done() {}},
  library() {},
  entry: (entry) => void entry.skipValue(),
}
