/** What may stand behind the end of an RDB file. */
import type {Cursor} from '../formats/bytes/cursor.ts'
import type {ReportBuilder} from './report-builder.ts'
import type {FileReport} from './reports.ts'

const MARK = 40

/**
 * Report the bytes from the cursor to the end. Forty hexadecimal digits are the mark of a diskless transfer that was saved with
 * it, NUL bytes are what a file system leaves. Before RDB 5 there is no checksum, so that eight bytes more mean a damaged
 * version: such a file is not read as it was written.
 */
export function checkTrailing(c: Cursor, file: FileReport, builder: ReportBuilder): void {
  const start = c.offset
  let nul = true
  let mark = ''
  while (!c.atEnd()) {
    for (let at = c.next; at < c.limit; at++) {
      const byte = c.memory[at]
      if (byte !== 0) nul = false
      if (mark.length <= MARK) mark += String.fromCharCode(byte)
    }
    c.next = c.limit
  }
  const place = {file: file.file, offset: start}
  const bytes = c.offset - start
  const old = (builder.report.rdbVersion ?? 0) < 5
  if (mark.length === MARK && /^[0-9a-f]+$/.test(mark)) {
    const meaning = 'Servers ignore it.'
    builder.add('RDB_TRAILING', 'the end mark of a diskless transfer', place, {
      severity: 'note',
      meaning,
    })
  } else if (old) {
    const message = `${bytes} bytes behind the end; a file of this version has no checksum`
    const meaning =
      'Servers ignore them. More likely the version was damaged, and with it the checksum switched off.'
    builder.add('RDB_TRAILING', message, place, {severity: 'error', meaning})
  } else {
    builder.add('RDB_TRAILING', `${bytes} ${nul ? 'NUL ' : ''}bytes behind the end`, place)
  }
}
