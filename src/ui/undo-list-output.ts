/** Printing what `undo --list` found. */
import {Exit, type ExitCode} from '../errors.ts'
import type {Destruction, UndoListReport} from '../operations/undo-reports.ts'
import {countText, plural} from '../sizes.ts'
import {printable} from './escape.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'
import {keyText} from './repair-output.ts'
import {tableLines} from './table.ts'
import {BEFORE_START, timeText} from './undo-output.ts'

const SHOWN = 50

export function undoListExit({incomplete}: UndoListReport): ExitCode {
  return incomplete === null ? Exit.OK : Exit.PARTIAL
}

export function printUndoList(outcome: Outcome<UndoListReport>, printing: Printing): void {
  const {output, json, version, complain, quiet, paint} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  if (quiet) return
  const {input, commands, destructionCount, notes, incomplete, next} = outcome.report
  const took = `${countText(destructionCount)} of ${plural(commands, 'command')} or runs of them took keys away`
  output.line(`${paint.bold(printable(input))}: ${took}`)
  for (const line of rowLines(outcome.report, printing.verbose)) output.line(line)
  if (incomplete !== null) output.line(`  not replayed to the end: ${printable(incomplete)}`)
  for (const line of ['', ...notes.map(printable), ...BEFORE_START]) output.line(line)
  if (next !== null) output.line(`\nNext: ${paint.bold(printable(next))}`)
}

function rowLines({destructions, destructionCount}: UndoListReport, verbose: boolean): string[] {
  if (destructions.length === 0) return []
  const shown = verbose ? destructions : destructions.slice(0, SHOWN)
  const head = ['took', 'command', 'times', 'db', 'time', 'number', 'offset', 'file']
  const rows = shown.map((row) => [
    tookText(row),
    row.transaction === null ? row.command : `${row.command} (MULTI)`,
    countText(row.count),
    String(row.db),
    timeText(row.time, row.timeEstimated),
    `#${row.fileRecord}`,
    countText(row.offset),
    printable(row.file),
  ])
  const lines = tableLines([head, ...rows], '  ', [0, 1, 4, 7])
  const more = destructionCount - shown.length
  return more > 0 ? [...lines, `  and ${plural(more, 'other')}, smaller ones`] : lines
}

function tookText({keys, effect}: Destruction): string {
  return effect === 'removed' ? keyText(keys) : `${keyText(keys)} ${effect}`
}
