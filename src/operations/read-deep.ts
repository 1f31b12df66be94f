/** Reads a span of an RDB in depth, beside an operation that copies all of it. */
import {Cursor} from '../formats/bytes/cursor.ts'
import type {EntrySink} from '../formats/entry.ts'
import {FormatError} from '../formats/errors.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import type {Host} from '../io/host.ts'
import {readSpan, type Span} from './divided-source.ts'

/** Returns whether it is sound, and the whole file's checksum right: where it is not, whoever reads it again will tell. */
export function readDeep(host: Host, [path]: readonly string[], span: Span): boolean {
  const r = new RdbReader(new Cursor(host.kernel).open(host.open(path)))
  try {
    readSpan(r, READING, span)
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
