/** Printing what `convert` did or would do: the verdict, what is missing, what was proved. */
import {Exit, type ExitCode} from '../errors.ts'
import type {ConvertReport, MissingFeature} from '../operations/convert-reports.ts'
import type {Finding} from '../operations/reports.ts'
import {countText, plural, sizeText} from '../sizes.ts'
import {databaseLines} from './contents.ts'
import {printable, quoteKey} from './escape.ts'
import {findingLines} from './findings.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'
import {fieldLines, tableLines} from './table.ts'

/** What no server reads. */
const VIEWS: readonly ConvertReport['to'][] = ['jsonl', 'json', 'csv', 'parquet']

export function convertExit({verdict, stoppedAt, missing}: ConvertReport): ExitCode {
  return stoppedExit(verdict, stoppedAt, missing)
}

/** What a command that writes datasets ends with. */
export function stoppedExit(
  verdict: string,
  stoppedAt: Finding | null,
  missing: readonly MissingFeature[],
): ExitCode {
  if (stoppedAt !== null) {
    if (stoppedAt.code === 'LIMIT') return Exit.LIMIT
    return stoppedAt.code === 'UNSUPPORTED' ? Exit.UNSUPPORTED : Exit.FOUND
  }
  if (verdict === 'refused') return Exit.UNSUPPORTED
  const loses = missing.some(({weight}) => weight === 'data')
  return loses ? Exit.PARTIAL : Exit.OK
}

/** Where data goes to stdout, `output` is stderr. */
export function printConvert(outcome: Outcome<ConvertReport>, printing: Printing): void {
  const {output, json, version, complain, quiet} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  if (quiet && outcome.exit === Exit.OK) return
  for (const line of convertLines(outcome.report, printing)) output.line(line)
}

function convertLines(report: ConvertReport, printing: Printing): string[] {
  const {paint, verbose} = printing
  const {stoppedAt, next, databases} = report
  return [
    verdictLine(report, printing),
    ...fieldLines(facts(report, printing), '  '),
    ...missingLines(report.missing, verbose),
    ...(verbose ? databaseLines(databases, true) : []),
    ...(stoppedAt === null ? [] : findingLines([stoppedAt], true, paint)),
    ...(next === null ? [] : ['', `Next: ${paint.bold(printable(next))}`]),
  ]
}

function verdictLine(report: ConvertReport, {paint}: Printing): string {
  const {input, verdict, keys, reason, dryRun, missing} = report
  const name = paint.bold(printable(input))
  if (verdict === 'unreadable') return `${name}: ${paint.bad('NOT CONVERTED')}`
  if (verdict === 'refused')
    return `${name}: ${paint.bad('NOT CONVERTED')}: ${printable(reason ?? '')}`
  const loses = missing.some(({weight}) => weight === 'data')
  const what = `${dryRun || verdict === 'planned' ? 'can be converted' : 'converted'}, ${plural(keys, 'key')}`
  return `${name}: ${loses ? paint.warn(`${what}, with losses`) : paint.good(what)}`
}

function facts(report: ConvertReport, {exactBytes}: Printing): [string, string][] {
  const {to, target, output, bytes, functions, unselected, proof, verdict} = report
  if (verdict === 'unreadable') return []
  const server = target.dialect === 'redis' ? 'Redis' : 'Valkey'
  const reader = VIEWS.includes(to) ? '' : `, ${server}, RDB version ${target.rdbVersion}`
  const fields: [string, string][] = [['to', to + reader]]
  if (functions > 0) fields.push(['functions', plural(functions, 'library', 'libraries')])
  if (unselected > 0) fields.push(['left out', plural(unselected, 'key')])
  if (verdict === 'converted') {
    const where = output === '-' ? 'stdout' : printable(output ?? '')
    fields.push(['written', `${where}, ${sizeText(bytes, exactBytes)}`])
  }
  if (proof !== null) {
    const {copied, rewritten, digest} = proof
    fields.push(['copied', plural(copied, 'key')])
    fields.push(['written anew', `${plural(rewritten, 'key')}, digest ${digest} before and after`])
  }
  return fields
}

export function missingLines(missing: readonly MissingFeature[], verbose: boolean): string[] {
  const shown = missing.filter(({weight}) => verbose || weight === 'data')
  if (shown.length === 0) return []
  const rows = shown.map(({feature, text, count, examples, decision, losesKeys}) => [
    countText(count),
    feature,
    losesKeys ? `${text}: these keys go` : text,
    decision,
    examples.map(({db, key}) => `${db} ${quoteKey(key)}`).join(' '),
  ])
  const head = ['keys', 'feature', 'what', 'decision', 'for example (db, key)']
  return ['', 'The target cannot hold:', ...tableLines([head, ...rows], '  ', [1, 2, 3, 4])]
}
