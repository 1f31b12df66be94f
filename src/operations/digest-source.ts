/** The quick digest of what an RDB is to become as lines of JSON, made beside the operation that writes them. */
import {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import type {Feature, Target} from '../formats/rdb/features.ts'
import {readEntries} from '../formats/rdb/read-entries.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import type {Host} from '../io/host.ts'
import {digestApart} from './convert-compare.ts'
import {holderOf} from './convert-target.ts'

/** Plain data. */
export interface SourceDigest {
  target: Target
  lost: readonly Feature[]
}

/** Null where something is wrong with it: whoever reads it in depth will tell. */
export function digestSource(
  host: Host,
  [path]: readonly string[],
  {target, lost}: SourceDigest,
): string | null {
  const c = new Cursor(host.kernel).open(host.open(path, {crc: false}))
  const r = new RdbReader(c, {deep: false, checksum: false})
  const shape = {form: 'jsonl', holder: holderOf('jsonl', target), lost: new Set(lost)} as const
  const all = {source: {memory: c}, isWhole: true}
  try {
    return digestApart({...all, read: (sink) => readEntries(r, sink)}, shape)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return null
  }
}
