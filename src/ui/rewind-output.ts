/** Printing what `rewind` did: the point, what is there at it, what was left out. */
import {Exit, type ExitCode} from '../errors.ts'
import type {RewindProof, RewindReport} from '../operations/undo-reports.ts'
import {plural} from '../sizes.ts'
import {pointText} from './digest-output.ts'
import {editFields} from './edit-output.ts'
import {printable} from './escape.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'
import {keyText} from './repair-output.ts'
import {fieldLines} from './table.ts'

/** What goes is what was asked for. More went where the point lay inside of a transaction. */
export function rewindExit({point, proof}: RewindReport): ExitCode {
  if (proof?.same === false) return Exit.FOUND
  return point.transaction !== null || (proof !== null && proof.incomplete !== null)
    ? Exit.PARTIAL
    : Exit.OK
}

export function printRewind(outcome: Outcome<RewindReport>, printing: Printing): void {
  const {output, json, version, complain, quiet} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  if (quiet && outcome.exit === Exit.OK) return
  output.line(verdictLine(outcome.report, printing))
  if (quiet) return
  for (const line of fieldLines(facts(outcome.report, printing), '  ')) output.line(line)
}

function verdictLine({input, dryRun, removedBytes, proof}: RewindReport, {paint}: Printing) {
  const name = paint.bold(printable(input))
  if (proof?.same === false) {
    return `${name}: ${paint.bad('the output does not have what the input had at the point')}`
  }
  if (removedBytes === 0) return `${name}: ${paint.good('the point is its end: nothing to cut')}`
  return `${name}: ${paint.good(dryRun ? 'can be rewound' : 'rewound')}`
}

function facts(report: RewindReport, printing: Printing): [string, string][] {
  const {point, removedCommands, proof} = report
  const fields: [string, string][] = [['cut', pointText(point)], ...editFields(report, printing)]
  if (removedCommands !== null) fields.push(['without', plural(removedCommands, 'command')])
  if (proof !== null) fields.push(...proofFields(proof))
  return fields
}

function proofFields({atPoint, same, failed, incomplete}: RewindProof): [string, string][] {
  const errors = failed > 0 ? `; ${plural(failed, 'command')} failed` : ''
  const fields: [string, string][] = [['at the point', `${keyText(atPoint.keys)}${errors}`]]
  if (atPoint.digest !== null) fields.push(['digest', atPoint.digest])
  if (incomplete !== null) fields.push(['not replayed', printable(incomplete)])
  if (same === true) fields.push(['output', 'replayed: the same keys, the same digest'])
  return fields
}
