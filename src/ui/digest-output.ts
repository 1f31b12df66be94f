/** Printing the outcomes of `digest`: like sha1sum one line per input, and with --keys one per key before it. */

import {Exit, type ExitCode} from '../errors.ts'
import type {DigestReport, ReportedPoint} from '../operations/reports.ts'
import {plural} from '../sizes.ts'
import {databaseLines} from './contents.ts'
import {keyDigests} from './digest-keys.ts'
import {printable, quoteKey} from './escape.ts'
import {findingLines} from './findings.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Output} from './output.ts'
import type {Printing} from './printing.ts'

export function digestExit({stoppedAt}: DigestReport): ExitCode {
  if (stoppedAt === null) return Exit.OK
  if (stoppedAt.code === 'LIMIT') return Exit.LIMIT
  return stoppedAt.code === 'UNSUPPORTED' ? Exit.UNSUPPORTED : Exit.FOUND
}

/** Print one input's outcome, waiting for slow readers. */
export async function printDigest(
  outcome: Outcome<DigestReport>,
  printing: Printing,
): Promise<void> {
  const {output, json} = printing
  if (outcome.report !== null) await printKeys(outcome.report, output, json, printing.quiet)
  if (json) return output.line(jsonLine(document(outcome, printing.version)))
  if (outcome.error !== null) return printing.complain(outcome.error, outcome.input)
  for (const line of digestLines(outcome.report, printing)) output.line(line)
}

async function printKeys(
  {digest, keyDigests: chunks}: DigestReport,
  output: Output,
  json: boolean,
  quiet: boolean,
): Promise<void> {
  if (chunks === null || digest === null || quiet) return
  for (const row of keyDigests(chunks)) {
    output.line(json ? jsonLine(row) : `${row.digest}  ${row.db} ${quoteKey(row.key)}`)
    if (output.full) await output.flush()
  }
}

/** The rows went before it. */
function document(outcome: Outcome<DigestReport>, version: string): object {
  if (outcome.error !== null) return outcomeDocument(outcome, version)
  const {keyDigests: _, ...report} = outcome.report
  return outcomeDocument({...outcome, report}, version)
}

function digestLines(report: DigestReport, printing: Printing): string[] {
  const {verbose, quiet, paint} = printing
  const {input, digest, stoppedAt, databases} = report
  if (stoppedAt !== null) {
    const name = paint.bold(printable(input))
    const verdict = stoppedAt.code === 'UNSUPPORTED' ? 'unsupported' : 'no digest'
    return [`${name}: ${paint.bad(verdict)}`, ...findingLines([stoppedAt], true, paint)]
  }
  if (quiet) return []
  const lines = [`${digest}  ${printable(input)}`]
  if (report.at !== null) lines.push(`  ${pointText(report.at)}`)
  return verbose ? [...lines, `  ${factText(report)}`, ...databaseLines(databases, true)] : lines
}

/** `at offset 812 of appendonly.aof.2.incr.aof, behind command #40, 2024-05-01T10:00:00Z`. */
export function pointText({file, offset, record, time, transaction}: ReportedPoint): string {
  const parts = [`at offset ${offset} of ${printable(file)}`]
  parts.push(record === 0 ? 'before the first command' : `behind command #${record}`)
  if (time !== null) parts.push(time.replace('.000Z', 'Z'))
  if (transaction !== null) {
    parts.push(`without the transaction that began there with #${transaction.record}`)
  }
  return parts.join(', ')
}

/** `DEBUG DIGEST of redis 7.2, 5 keys, written by redis 7.2.6`. */
function factText({server, keys, emptyKeys, functions, producer}: DigestReport): string {
  const what = server === null ? 'everything that can be read back' : `DEBUG DIGEST of ${server}`
  const parts = [what, plural(keys, 'key')]
  if (emptyKeys > 0) parts.push(`${plural(emptyKeys, 'empty key')} left out`)
  if (server === null && functions.length > 0) {
    parts.push(plural(functions.length, 'function library', 'function libraries'))
  }
  if (producer !== null) parts.push(`written by ${printable(producer)}`)
  return parts.join(', ')
}
