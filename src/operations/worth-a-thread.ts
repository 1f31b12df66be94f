import type {Host} from '../io/host.ts'
import {estimateSize} from '../io/input-size.ts'
import type {DatasetSource} from './dataset.ts'

/** Bytes that another thread is started for. */
export const WORTH_A_THREAD = 1 << 25

/** Is there another thread for an RDB that can be read twice, and is it large enough for one? */
export function isWorthAThread(
  {beside}: Host,
  {kind, repeatable, paths}: Pick<DatasetSource, 'kind' | 'repeatable' | 'paths'>,
): boolean {
  if (!beside || beside.threads < 2 || kind !== 'rdb' || !repeatable) return false
  return estimateSize(paths) >= WORTH_A_THREAD
}
