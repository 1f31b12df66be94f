/** The quick digest of what an RDB is to become in another form, made beside the operation that writes it. */
import {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import type {Feature, Target} from '../formats/rdb/features.ts'
import {readEntries} from '../formats/rdb/read-entries.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import type {Host} from '../io/host.ts'
import {digestApart} from './convert-compare.ts'
import {type Form, holderOf, roomOf} from './convert-target.ts'

/** Plain data. */
export interface SourceDigest {
  form: Form
  target: Target
  databases: number
  lost: readonly Feature[]
}

/** Null where something is wrong with it: whoever reads it in depth will tell. */
export function digestSource(
  host: Host,
  [path]: readonly string[],
  {form, target, databases, lost}: SourceDigest,
): string | null {
  const c = new Cursor(host.kernel).open(host.open(path, {crc: false}))
  const r = new RdbReader(c, {deep: false, checksum: false})
  const holder = holderOf(form, target, roomOf(form, databases))
  const shape = {form, holder, lost: new Set(lost)}
  const all = {source: {memory: c}, isWhole: true}
  try {
    return digestApart({...all, read: (sink) => readEntries(r, sink)}, shape)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return null
  }
}
