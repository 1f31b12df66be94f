/** Printing the outcome of `verify`: one line per check, then the findings. */

import {Exit, type ExitCode} from '../errors.ts'
import type {VerifyCheck, VerifyReport} from '../operations/reports.ts'
import {plural} from '../sizes.ts'
import type {Paint} from './color.ts'
import {databaseLines} from './contents.ts'
import {printable, quoteKey} from './escape.ts'
import {findingLines} from './findings.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'

const VERDICTS: Readonly<Record<VerifyReport['verdict'], string>> = {
  ok: 'good',
  failed: 'FAILED',
  unsupported: 'UNSUPPORTED: not all of it could be verified',
}

export function verifyExit({verdict, findings}: VerifyReport): ExitCode {
  if (findings.some(({code, severity}) => code === 'LIMIT' && severity === 'error'))
    return Exit.LIMIT
  if (verdict === 'ok') return Exit.OK
  return verdict === 'unsupported' ? Exit.UNSUPPORTED : Exit.FOUND
}

export function printVerify(outcome: Outcome<VerifyReport>, printing: Printing): void {
  const {output, json, complain, version} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  for (const line of verifyLines(outcome.report, printing)) output.line(line)
}

export function verifyLines(
  report: VerifyReport,
  {paint, verbose, quiet}: Pick<Printing, 'paint' | 'verbose' | 'quiet'>,
): string[] {
  const {verdict, checks, findings, findingCount, databases} = report
  if (quiet && verdict === 'ok') return []
  const shown = quiet ? checks.filter(({ok}) => ok !== true) : checks
  const width = Math.max(...shown.map(({name}) => name.length))
  const lines = [headLine(report, paint), ...shown.map((check) => checkLine(check, width, paint))]
  if (quiet) return lines
  const rest = findingCount - findings.length
  const more = rest > 0 ? ['', `${plural(rest, 'more finding')} not listed.`] : []
  const contents = verbose ? databaseLines(databases, true) : []
  return [...lines, ...contents, ...findingLines(findings, verbose, paint), ...more]
}

function headLine({input, verdict, keys}: VerifyReport, paint: Paint): string {
  const color = verdict === 'ok' ? paint.good : paint.bad
  return `${paint.bold(printable(input))}: ${color(VERDICTS[verdict])}, ${plural(keys, 'key')}`
}

function checkLine({name, ok, message, db, key}: VerifyCheck, width: number, paint: Paint): string {
  const state = ok === null ? paint.warn('unknown') : ok ? 'ok     ' : paint.bad('FAILED ')
  const example = key === null ? '' : `, such as ${quoteKey(key)} (db ${db})`
  return `  ${state}  ${name.padEnd(width)}  ${printable(message)}${example}`
}
