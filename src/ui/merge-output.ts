/** Printing what `merge` did or would do: what is in several inputs, and what became of it. */
import {Exit, type ExitCode} from '../errors.ts'
import type {MergeConflicts, MergeInput, MergeReport} from '../operations/merge-reports.ts'
import {countText, plural, sizeText} from '../sizes.ts'
import {missingLines, stoppedExit} from './convert-output.ts'
import {printable, quoteKey} from './escape.ts'
import {findingLines} from './findings.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'
import {fieldLines, tableLines} from './table.ts'

/** What of the printing the lines depend on. */
type Look = Pick<Printing, 'paint' | 'verbose' | 'exactBytes'>

export function mergeExit(report: MergeReport): ExitCode {
  const {verdict, stoppedAt, missing, conflicts} = report
  if (verdict === 'conflicts') return Exit.FOUND
  const exit = stoppedExit(verdict, stoppedAt, missing)
  return exit === Exit.OK && countOf(conflicts) > 0 ? Exit.PARTIAL : exit
}

/** Where data goes to stdout, `output` is stderr. */
export function printMerge(outcome: Outcome<MergeReport>, printing: Printing): void {
  const {output, json, version, complain, quiet} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  if (quiet && outcome.exit === Exit.OK) return
  for (const line of mergeLines(outcome.report, printing)) output.line(line)
}

const countOf = ({keys, functions, modules}: MergeConflicts): number => keys + functions + modules

export function mergeLines(report: MergeReport, printing: Look): string[] {
  const {paint, verbose} = printing
  const {stoppedAt, next, missing, inputs} = report
  return [
    verdictLine(report, printing),
    ...(report.verdict === 'unreadable' ? [] : inputLines(inputs)),
    ...fieldLines(facts(report, printing), '  '),
    ...conflictLines(report),
    ...missingLines(missing, verbose),
    ...(stoppedAt === null ? [] : findingLines([stoppedAt], true, paint)),
    ...(next === null ? [] : ['', `Next: ${paint.bold(printable(next))}`]),
  ]
}

function verdictLine(report: MergeReport, {paint}: Look): string {
  const {inputs, verdict, keys, reason, missing, conflicts} = report
  const name = paint.bold(plural(inputs.length, 'input'))
  if (verdict === 'unreadable') return `${name}: ${paint.bad('NOT MERGED')}`
  if (verdict === 'refused' || verdict === 'conflicts') {
    return `${name}: ${paint.bad('NOT MERGED')}: ${printable(reason ?? '')}`
  }
  const loses = countOf(conflicts) > 0 || missing.some(({weight}) => weight === 'data')
  const what = `${verdict === 'merged' ? 'merged' : 'can be merged'}, ${plural(keys, 'key')}`
  return `${name}: ${loses ? paint.warn(`${what}, with losses`) : paint.good(what)}`
}

function inputLines(inputs: readonly MergeInput[]): string[] {
  const rows = inputs.map(({input, keys, lost}) => [
    printable(input),
    countText(keys),
    countText(lost),
  ])
  return tableLines([['input', 'keys', 'left out'], ...rows], '  ', [0])
}

function facts(report: MergeReport, {exactBytes}: Look): [string, string][] {
  const {to, target, output, bytes, functions, digest, verdict} = report
  if (verdict === 'unreadable') return []
  const server = target.dialect === 'redis' ? 'Redis' : 'Valkey'
  const fields: [string, string][] = [['to', `${to}, ${server}, RDB version ${target.rdbVersion}`]]
  if (functions > 0) fields.push(['functions', plural(functions, 'library', 'libraries')])
  if (verdict === 'merged') {
    const where = output === '-' ? 'stdout' : printable(output ?? '')
    fields.push(['written', `${where}, ${sizeText(bytes, exactBytes)}`])
  }
  if (digest !== null) fields.push(['proved', `full digest ${digest}, that of what was kept`])
  return fields
}

function conflictLines({conflicts, inputs, onConflict}: MergeReport): string[] {
  const {keys, functions, modules, comparedBy, undecided, examples} = conflicts
  if (countOf(conflicts) === 0) return []
  const counts = [
    [keys, 'key', 'keys'],
    [functions, 'function library', 'function libraries'],
    [modules, 'module', 'modules'],
  ] as const
  const there = counts.filter(([count]) => count > 0).map(([n, one, many]) => plural(n, one, many))
  const {idle, frequency, saved} = comparedBy
  const compared = [
    [idle, 'by idle time'],
    [frequency, 'by use frequency'],
    [saved, 'by when the input was saved'],
    [undecided, 'not at all: nothing tells'],
  ] as const
  const how = compared.filter(([count]) => count > 0).map(([n, text]) => `${countText(n)} ${text}`)
  const rows = examples.map(({what, db, name, inputs: where, winner}) => [
    what === 'key' ? `${db} ${quoteKey(name)}` : `${what} ${quoteKey(name)}`,
    [...new Set(where)].map((i) => printable(inputs[i].input)).join(', '),
    winner === null ? '' : printable(inputs[winner].input),
  ])
  return [
    '',
    `In several inputs (--on-conflict ${onConflict}): ${there.join(', ')}`,
    ...(how.length > 0 ? [`  compared: ${how.join(', ')}`] : []),
    ...tableLines([['for example (db, key)', 'in', 'kept'], ...rows], '  ', [0, 1, 2]),
  ]
}
