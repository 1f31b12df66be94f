import type {Totals} from '../engine/digest/dataset-digest.ts'
import {FullDigest} from '../engine/digest/full-digest.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import type {Host} from '../io/host.ts'

/** The digest of a dataset in parts. */
export function digestOf(host: Host, parts: readonly {totals: Totals}[]): string {
  const digest = new FullDigest(new Cursor(host.kernel))
  for (const {totals} of parts) digest.addTotals(totals)
  return digest.finish()
}
