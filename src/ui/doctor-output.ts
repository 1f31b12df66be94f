/** Printing the outcome of `doctor`: what would be loaded, then the findings, worst first. */
import {Exit, type ExitCode} from '../errors.ts'
import type {DoctorFinding, DoctorReport} from '../operations/doctor-reports.ts'
import {countText, plural, sizeText} from '../sizes.ts'
import type {Paint} from './color.ts'
import {nagiosText, printable} from './escape.ts'
import {jsonLine} from './json.ts'
import {STATUS} from './nagios.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'

const VERDICTS: Readonly<Record<DoctorReport['verdict'], string>> = {
  healthy: 'healthy',
  warnings: 'WARNINGS',
  errors: 'NOT HEALTHY',
}

export function doctorExit({verdict}: DoctorReport): ExitCode {
  return verdict === 'healthy' ? Exit.OK : Exit.FOUND
}

export function printDoctor(outcome: Outcome<DoctorReport>, printing: Printing): void {
  const {output, json, complain, version} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  for (const line of doctorLines(outcome.report, printing)) output.line(line)
}

export function doctorLines(
  report: DoctorReport,
  {paint, quiet, exactBytes}: Pick<Printing, 'paint' | 'quiet' | 'exactBytes'>,
): string[] {
  const {input, verdict, findings, layout} = report
  if (quiet && verdict === 'healthy') return []
  const color = verdict === 'healthy' ? paint.good : verdict === 'errors' ? paint.bad : paint.warn
  const counts = (['error', 'warning', 'note'] as const)
    .map((severity) => [severity, findings.filter((each) => each.severity === severity).length])
    .filter(([, count]) => Number(count) > 0)
    .map(([severity, count]) => plural(Number(count), String(severity)))
  const sum = counts.length > 0 ? ` (${counts.join(', ')})` : ''
  const lines = [`${paint.bold(printable(input))}: ${color(VERDICTS[verdict])}${sum}`]
  const data = dataLine(report, exactBytes)
  if (!quiet)
    lines.push(...[...layout, ...(data === '' ? [] : [data])].map((each) => `  ${printable(each)}`))
  const shown = quiet ? findings.filter(({severity}) => severity !== 'note') : findings
  return [...lines, ...shown.flatMap((finding) => findingLines(finding, paint))]
}

function dataLine({producer, config, facts}: DoctorReport, exact: boolean): string {
  const {keys, expires, usedMemoryBytes: used, baseBytes, logBytes} = facts
  const parts = [
    baseBytes > 0 ? `snapshot of ${sizeText(baseBytes, exact)}` : null,
    keys === null || baseBytes === 0
      ? null
      : `${plural(keys, 'key')} in it, ${countText(expires)} with an expiry`,
    logBytes > 0 ? `log of ${sizeText(logBytes, exact)}` : null,
    used === null ? null : `${sizeText(used, exact)} in memory when it was saved`,
    producer === null ? null : `by ${producer}`,
    config === null ? 'no --config: defaults assumed' : null,
  ]
  return parts.filter((part) => part !== null).join('; ')
}

function findingLines({severity, message, why, next, code}: DoctorFinding, paint: Paint): string[] {
  const colors = {error: paint.bad, warning: paint.warn, note: paint.dim}
  const head = `${colors[severity](severity)}: ${printable(message)} ${paint.dim(`[${code}]`)}`
  const lines = ['', head, `  ${printable(why)}`]
  if (next !== null) lines.push(`  Next: ${paint.bold(printable(next))}`)
  return lines
}

/** One status line; what could not be looked at is unknown. */
export function doctorNagios({report, error, input}: Outcome<DoctorReport>): {
  line: string
  exit: number
} {
  if (report === null)
    return {line: `RESPITE UNKNOWN - ${nagiosText(`${input}: ${error.message}`)}`, exit: 3}
  const exit = report.verdict === 'healthy' ? 0 : report.verdict === 'warnings' ? 1 : 2
  const count = (severity: string) =>
    report.findings.filter((finding) => finding.severity === severity).length
  const [errors, warnings] = [count('error'), count('warning')]
  const [first] = report.findings
  const told = exit === 0 ? 'healthy' : `${first.message} [${first.code}]`
  const data = `errors=${errors} warnings=${warnings} notes=${count('note')}`
  return {line: `RESPITE ${STATUS[exit]} - ${nagiosText(`${input}: ${told}`)} | ${data}`, exit}
}
