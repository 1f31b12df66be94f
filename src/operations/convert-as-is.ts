/** Conversions in which every entry goes over as it is: nothing can be missing from the output, so nobody has to look first. */
import type {EntryWriter} from '../formats/entry-writer.ts'
import {RdbEntryWriter} from '../formats/rdb/rdb-entry-writer.ts'
import type {Host} from '../io/host.ts'
import type {ConvertOptions} from './convert-options.ts'
import type {ConvertPlan, Holder} from './convert-plan.ts'
import type {DatasetSource} from './dataset.ts'
import {isWorthAThread} from './worth-a-thread.ts'

/** Something did not go over as it is after all: what was written is not to be, and the input has to be looked at. */
export class Unplanned extends Error {}

/** An RDB becomes one of its own version, whole, and there is no limit to what the target holds. */
export function goesOverAsIs(
  {kind, repeatable, dialect, rdbVersion}: DatasetSource,
  {to, dryRun, output}: ConvertOptions,
  {target, databases}: Holder,
): boolean {
  const isFile = !dryRun && output !== null && output !== '-'
  const isSame = dialect === target.dialect && rdbVersion === target.version
  return isFile && to === 'rdb' && kind === 'rdb' && repeatable && isSame && databases === Infinity
}

/** @throws Unplanned where what was counted meanwhile is not what the source announced, or does not belong into the output. */
export function expectAsIs({missing, databases}: ConvertPlan, writer: EntryWriter): void {
  const counts = new Map(Object.entries(databases).map(([db, each]) => [Number(db), each]))
  const isRight = writer instanceof RdbEntryWriter && writer.announced(counts)
  if (missing.size > 0 || !isRight || writer.empties > 0) throw new Unplanned()
}

/**
 * What is copied needs no look inside of it in this thread, where there is another one. Waits for that and says whether it is sound. Null
 * where there is none, or not enough for one.
 */
export function readBeside(
  host: Host,
  source: DatasetSource,
  {dryRun, output}: ConvertOptions,
): (() => boolean) | null {
  if (dryRun || output === null || !isWorthAThread(host, source)) return null
  const wait = host.beside!.start<boolean>('read-deep', [source.paths[0]], {})
  let isSound: boolean | null = null
  return () => (isSound ??= wait())
}
