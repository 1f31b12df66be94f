import {Cursor} from '../formats/bytes/cursor.ts'
import type {Host} from '../io/host.ts'
import {OutputError} from '../io/output-error.ts'
import type {EditedFile} from './edit.ts'
import {ReportBuilder} from './report-builder.ts'
import {type ScanOptions, scanLog} from './scan-log.ts'
import {type Sum, sumOf} from './summed-sink.ts'

/** What a reading of a finished file came to. */
export interface Inspection {
  sum: Sum
  /** Something would still have to go. */
  refusal: OutputError | null
}

/** Read what was written as a log again, from its first byte to its last. */
export function inspectEdit(
  host: Host,
  path: string,
  {name}: EditedFile,
  options: ScanOptions,
  tailOnly: boolean,
): Inspection {
  const file = {path, name, role: 'incr', bytes: 0, seq: 1, head: 'aof', loaded: true} as const
  const builder = new ReportBuilder(path, 'deep')
  const c = new Cursor(host.kernel)
  const scan = scanLog(host, c, builder, file, true, options, true)
  const {cuts, damagedRdb} = scan
  const sum = scan.sum ?? sumOf(host, c, path)
  host.settle(path)
  const left = tailOnly ? cuts.fixOffset : (cuts.cuts[0]?.start ?? -1)
  if (left < 0 && !damagedRdb) return {sum, refusal: null}
  const where = damagedRdb ? 'in its RDB part' : `at offset ${left}`
  const message = `what was written is still damaged ${where}`
  return {sum, refusal: new OutputError('READ_BACK', path, message)}
}
