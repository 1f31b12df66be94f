/** Reads back what `compact` wrote, all of it, and digests it. */

import type {Totals} from '../engine/digest/dataset-digest.ts'
import {DigestSink} from '../engine/digest/digest-sink.ts'
import {FullDigest} from '../engine/digest/full-digest.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import {readEntries} from '../formats/rdb/read-entries.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import type {Host} from '../io/host.ts'
import {refusing} from './convert-proof.ts'

/** respite-full/1 of an RDB, or of that at the beginning of a file. @throws RespiteError where it cannot be read. */
export function digestWritten(host: Host, path: string): string {
  const c = new Cursor(host.kernel).open(host.open(path))
  const digest = new FullDigest(c)
  const reader = new RdbReader(c, {deep: false})
  refusing(path, () => readEntries(reader, new DigestSink(digest)))
  return digest.finish()
}

/** The digest of a dataset in parts. */
export function digestOf(host: Host, parts: readonly {totals: Totals}[]): string {
  const digest = new FullDigest(new Cursor(host.kernel))
  for (const {totals} of parts) digest.addTotals(totals)
  return digest.finish()
}
