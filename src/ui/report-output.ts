/** Printing what `report` found. */
import {Exit, type ExitCode} from '../errors.ts'
import type {ReportReport} from '../operations/report-reports.ts'
import {plural} from '../sizes.ts'
import {findingLines} from './findings.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'
import {reportLines} from './report-text.ts'

export function reportExit({stoppedAt}: ReportReport): ExitCode {
  if (stoppedAt === null) return Exit.OK
  if (stoppedAt.code === 'LIMIT') return Exit.LIMIT
  return stoppedAt.code === 'UNSUPPORTED' ? Exit.UNSUPPORTED : Exit.FOUND
}

export function printReport(outcome: Outcome<ReportReport>, printing: Printing): void {
  const {output, complain, json, quiet, version, paint} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  const {report} = outcome
  const isRead = report.stoppedAt === null || report.keys > 0
  if (!quiet && isRead) for (const line of reportLines(report, printing)) output.line(line)
  const findings = report.inputs.flatMap(({stoppedAt}) => (stoppedAt === null ? [] : [stoppedAt]))
  if (findings.length === 0) return
  const head = `${plural(report.keys, 'key')} before this:`
  process.stderr.write(`${[head, ...findingLines(findings, true, paint)].join('\n')}\n`)
}
