import {Cursor} from '../formats/bytes/cursor.ts'
import type {Host} from '../io/host.ts'
import {OutputError} from '../io/output-error.ts'
import type {EditedFile} from './edit.ts'
import {ReportBuilder} from './report-builder.ts'
import {type ScanOptions, scanLog} from './scan-log.ts'

/** Read what was written as a log again. @throws OutputError `READ_BACK` if something would still have to go. */
export function verifyEdit(
  host: Host,
  path: string,
  {name}: EditedFile,
  options: ScanOptions,
  tailOnly: boolean,
): void {
  const file = {path, name, role: 'incr', bytes: 0, seq: 1, head: 'aof', loaded: true} as const
  const builder = new ReportBuilder(path, 'deep')
  const {cuts, damagedRdb} = scanLog(host, new Cursor(host.kernel), builder, file, true, options)
  host.settle(path)
  const left = tailOnly ? cuts.fixOffset : (cuts.cuts[0]?.start ?? -1)
  if (left < 0 && !damagedRdb) return
  const where = damagedRdb ? 'in its RDB part' : `at offset ${left}`
  throw new OutputError('READ_BACK', path, `what was written is still damaged ${where}`)
}
