/** Printing what `pull` took, or would take. */
import {Exit, type ExitCode} from '../errors.ts'
import type {PullReport, PullSource} from '../operations/pull-reports.ts'
import {countText, plural, sizeText} from '../sizes.ts'
import {databaseLines} from './contents.ts'
import {printable, quoteKey} from './escape.ts'
import {findingLines} from './findings.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'
import {fieldLines} from './table.ts'

export function pullExit({verdict, findings}: PullReport): ExitCode {
  if (verdict !== 'refused') return Exit.OK
  return findings.some(({code}) => code === 'UNSUPPORTED') ? Exit.UNSUPPORTED : Exit.FOUND
}

/** Where data goes to stdout, `output` is stderr. */
export function printPull(outcome: Outcome<PullReport>, printing: Printing): void {
  const {output, json, version, complain, quiet} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  if (quiet && outcome.exit === Exit.OK) return
  for (const line of pullLines(outcome.report, printing)) output.line(line)
}

export function pullLines(
  report: PullReport,
  printing: Pick<Printing, 'paint' | 'verbose' | 'exactBytes'>,
): string[] {
  const {paint, verbose, exactBytes} = printing
  const {databases, findings, next, source} = report
  return [
    verdictLine(report, paint),
    ...fieldLines(
      source === null ? facts(report, exactBytes) : plan(report, source, exactBytes),
      '  ',
    ),
    ...(verbose ? databaseLines(databases, true) : []),
    ...(report.verdict === 'refused' || verbose ? findingLines(findings, verbose, paint) : []),
    ...(next === null ? [] : ['', `Next: ${paint.bold(printable(next))}`]),
  ]
}

function verdictLine({input, verdict, keys}: PullReport, paint: Printing['paint']): string {
  const name = paint.bold(printable(input))
  if (verdict === 'refused')
    return `${name}: ${paint.bad('NOT PULLED: what came is no sound snapshot')}`
  const what = verdict === 'planned' ? 'would be pulled' : 'pulled'
  return `${name}: ${paint.good(`${what}, ${plural(keys, 'key')}`)}`
}

function facts(report: PullReport, exact: boolean): [string, string][] {
  const {producer, rdbVersion, output, bytes, functions, replication, verdict} = report
  const fields: [string, string][] = []
  if (producer !== null)
    fields.push(['server', `${printable(producer)}, RDB version ${rdbVersion}`])
  if (functions.length > 0) fields.push(['functions', functions.map(printable).join(', ')])
  if (replication !== null) fields.push(positionField(replication))
  const where = output === '-' ? 'stdout' : printable(output ?? '')
  if (verdict === 'pulled') {
    fields.push(['written', `${where}, ${sizeText(bytes, exact)}`])
  } else fields.push(['received', sizeText(bytes, exact)])
  return fields
}

function plan({output, replication}: PullReport, source: PullSource, exact: boolean) {
  const {role, linkUp, usedMemoryBytes, replicas, isSaving, backlogBytes, producer} = source
  const link = linkUp === null ? '' : linkUp ? ', connected to its master' : ', WITHOUT ITS MASTER'
  const fields: [string, string][] = [
    ['server', `${printable(producer ?? 'unknown')}, ${role}${link}`],
    ['replicas', countText(replicas)],
  ]
  if (usedMemoryBytes !== null) fields.push(['in memory', sizeText(usedMemoryBytes, exact)])
  if (replication !== null) fields.push(positionField(replication))
  fields.push(['backlog', backlogBytes === null ? 'none yet' : sizeText(backlogBytes, exact)])
  fields.push(['fork', isSaving ? 'waits for a save or rewrite that is going on' : 'one, at once'])
  if (source.cluster) fields.push(['cluster', 'this node only: pull --cluster takes all masters'])
  if (output !== null) fields.push(['to', output === '-' ? 'stdout' : printable(output)])
  return fields
}

function positionField({id, offset}: NonNullable<PullReport['replication']>): [string, string] {
  return ['position', `${quoteKey(id).slice(1, -1)} ${printable(offset)}`]
}
