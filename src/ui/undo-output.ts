/** Printing what `undo` took out, what came back, and what later commands did to that. */
import {Exit, type ExitCode} from '../errors.ts'
import type {Undone, UndoProof, UndoReport} from '../operations/undo-reports.ts'
import {countText, plural} from '../sizes.ts'
import {editFields} from './edit-output.ts'
import {printable} from './escape.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'
import {keyText} from './repair-output.ts'
import {fieldLines, tableLines} from './table.ts'

const SHOWN = 20

/** What a server may do to the log before anybody has looked at it. */
export const BEFORE_START = [
  'On the server, before it is stopped or started: CONFIG SET auto-aof-rewrite-percentage 0, CONFIG SET save "", and from',
  'Redis 7.0 on CONFIG SET aof-disable-auto-gc yes. A rewrite deletes the log that the data is in, and may begin within a second',
  'of a start; a server that loads FLUSHALL empties its dump.rdb where save points are configured.',
]

export function undoExit({verdict, proof}: UndoReport): ExitCode {
  if (verdict === 'nothing') return Exit.UNREPAIRABLE
  if (proof === null) return Exit.OK
  if (proof.sameBefore === false) return Exit.FOUND
  return proof.failed > proof.failedInput || proof.incomplete !== null ? Exit.PARTIAL : Exit.OK
}

export function printUndo(outcome: Outcome<UndoReport>, printing: Printing): void {
  const {output, json, version, complain, quiet} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  if (quiet && outcome.exit === Exit.OK) return
  const {report} = outcome
  output.line(verdictLine(report, printing))
  if (quiet) return
  for (const line of undoLines(report, printing)) output.line(line)
}

function verdictLine(report: UndoReport, {paint}: Printing): string {
  const {input, verdict, reason, dryRun, undoneCount, proof} = report
  const name = paint.bold(printable(input))
  if (verdict === 'nothing') return `${name}: ${paint.bad('NOTHING TO BRING BACK')}: ${reason}`
  if (proof?.sameBefore === false) {
    return `${name}: ${paint.bad('the output does not have what the input had before the command')}`
  }
  const what = plural(undoneCount, 'command')
  return `${name}: ${paint.good(dryRun ? `${what} can be undone` : `${what} undone`)}`
}

function undoLines(report: UndoReport, printing: Printing): string[] {
  const {verdict, notes, next, dropAfter, proof} = report
  const fields: [string, string][] = verdict === 'nothing' ? [] : editFields(report, printing)
  if (dropAfter) fields.push(['without', 'what came after the last of them'])
  if (proof !== null) fields.push(...proofFields(proof))
  return [
    ...fieldLines(fields, '  '),
    ...undoneLines(report, printing),
    '',
    ...notes.map(printable),
    ...BEFORE_START,
    ...(next === null ? [] : ['', `Next: ${printable(next)}`]),
  ]
}

function proofFields(proof: UndoProof): [string, string][] {
  const {before, sameBefore, input, output, later, failed, failedInput, incomplete} = proof
  const fields: [string, string][] = [
    ['right before', keyText(before.keys)],
    ['digest then', before.digest ?? 'unknown'],
    ['in the input', keyText(input.keys)],
  ]
  if (output !== null) {
    fields.push(['in the output', keyText(output.keys)])
    fields.push(['its digest', output.digest ?? 'unknown'])
  }
  if (sameBefore === true) fields.push(['replayed', 'right before, the output has the same digest'])
  if (later !== null) {
    const {added, changed, removed} = later
    const each = `${countText(added)} added, ${countText(changed)} changed, ${countText(removed)} removed`
    fields.push(['later commands', each])
  }
  if (failed > failedInput) {
    fields.push(['fail now', `${plural(failed - failedInput, 'command')} that did not before`])
  }
  if (incomplete !== null) fields.push(['not replayed', printable(incomplete)])
  return fields
}

function undoneLines({undone, undoneCount}: UndoReport, {verbose}: Printing): string[] {
  const shown = verbose ? undone : undone.slice(0, SHOWN)
  const head = ['took', 'command', 'db', 'time', 'number', 'offset', 'file']
  const rows = shown.map((each) => [
    tookText(each),
    each.command,
    String(each.db),
    timeText(each.time, false),
    `#${each.fileRecord}`,
    countText(each.offset),
    printable(each.file),
  ])
  const lines = ['', 'Taken out:', ...tableLines([head, ...rows], '  ', [0, 1, 3, 6])]
  const more = undoneCount - shown.length
  return more > 0 ? [...lines, `  and ${plural(more, 'other')}`] : lines
}

function tookText({keys, rewritten}: Undone): string {
  const count = keys === null || Object.keys(keys).length === 0 ? '-' : keyText(keys)
  return rewritten ? `${count}, some of them` : count
}

/** `2024-05-01T10:00:00Z`, an estimate with `~` before it. */
export function timeText(time: string | null, isEstimated: boolean): string {
  return time === null ? '-' : `${isEstimated ? '~' : ''}${time.replace('.000Z', 'Z')}`
}
