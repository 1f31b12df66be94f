/** Printing what `push` brought to a server, or would bring. */
import {Exit, type ExitCode} from '../errors.ts'
import type {PushReport} from '../operations/push-reports.ts'
import {plural, sizeText} from '../sizes.ts'
import {databaseLines} from './contents.ts'
import {missingLines, stoppedExit} from './convert-output.ts'
import {printable} from './escape.ts'
import {findingLines} from './findings.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'
import {fieldLines} from './table.ts'

export function pushExit({verdict, stoppedAt, missing}: PushReport): ExitCode {
  return verdict === 'unlike' ? Exit.FOUND : stoppedExit(verdict, stoppedAt, missing)
}

export function printPush(outcome: Outcome<PushReport>, printing: Printing): void {
  const {output, json, version, complain, quiet} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  if (quiet && outcome.exit === Exit.OK) return
  for (const line of pushLines(outcome.report, printing)) output.line(line)
}

export function pushLines(
  report: PushReport,
  printing: Pick<Printing, 'paint' | 'verbose' | 'exactBytes'>,
): string[] {
  const {paint, verbose} = printing
  const {stoppedAt, next, databases, missing} = report
  return [
    verdictLine(report, paint),
    ...fieldLines(facts(report, printing.exactBytes), '  '),
    ...missingLines(missing, verbose),
    ...(verbose ? databaseLines(databases, true) : []),
    ...(stoppedAt === null ? [] : findingLines([stoppedAt], true, paint)),
    ...(next === null ? [] : ['', `Next: ${paint.bold(printable(next))}`]),
  ]
}

function verdictLine({input, verdict, keys, reason}: PushReport, paint: Printing['paint']): string {
  const name = paint.bold(printable(input))
  if (verdict === 'unreadable') return `${name}: ${paint.bad('NOT PUSHED')}`
  if (verdict === 'refused')
    return `${name}: ${paint.bad('NOT PUSHED')}: ${printable(reason ?? '')}`
  if (verdict === 'unlike')
    return `${name}: ${paint.bad('PUSHED, BUT NOT ALIKE')}: ${printable(reason ?? '')}`
  const what = verdict === 'planned' ? 'can be pushed' : 'pushed'
  return `${name}: ${paint.good(`${what}, ${plural(keys, 'key')}`)}`
}

function facts(report: PushReport, exact: boolean): [string, string][] {
  const {target, server, nodes, rdbVersion, restored, skipped, resumed, keysBefore} = report
  if (report.verdict === 'unreadable') return []
  const count = nodes > 1 ? `, ${plural(nodes, 'master')}` : ''
  const fields: [string, string][] = [
    [
      'to',
      `${printable(target)}, ${printable(server ?? 'unknown')}, RDB version ${rdbVersion}${count}`,
    ],
  ]
  if (keysBefore > 0) fields.push(['held before', plural(keysBefore, 'key')])
  if (report.functions > 0)
    fields.push(['functions', plural(report.functions, 'library', 'libraries')])
  if (report.unselected > 0) fields.push(['left out', plural(report.unselected, 'key')])
  if (report.verdict === 'planned' || report.verdict === 'refused') return fields
  fields.push(['restored', `${plural(restored, 'key')}, ${sizeText(report.bytes, exact)} sent`])
  if (skipped > 0) fields.push(['left there', plural(skipped, 'key')])
  if (resumed > 0) fields.push(['there before', plural(resumed, 'key')])
  if (report.verified === 'digest')
    fields.push(['compared', 'the target holds exactly what was sent'])
  else if (report.unverified !== null) fields.push(['not compared', printable(report.unverified)])
  return fields
}
