/** Printing what `split` did or would do. */
import {Exit, type ExitCode} from '../errors.ts'
import type {SlotRanges, SplitPart, SplitPlan, SplitReport} from '../operations/split-reports.ts'
import {countText, plural, sizeText} from '../sizes.ts'
import {missingLines, stoppedExit} from './convert-output.ts'
import {printable} from './escape.ts'
import {findingLines} from './findings.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'
import {fieldLines, tableLines} from './table.ts'

const SHOWN_PARTS = 40
const SHOWN_RANGES = 4
/** Columns of parts that are text. */
const LEFT = [0, 3, 4]

/** What of the printing the lines depend on. */
type Look = Pick<Printing, 'paint' | 'verbose' | 'exactBytes'>

export function splitExit({verdict, stoppedAt, missing}: SplitReport): ExitCode {
  return stoppedExit(verdict, stoppedAt, missing)
}

export function printSplit(outcome: Outcome<SplitReport>, printing: Printing): void {
  const {output, json, version, complain, quiet} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  if (quiet && outcome.exit === Exit.OK) return
  for (const line of splitLines(outcome.report, printing)) output.line(line)
}

export function splitLines(report: SplitReport, printing: Look): string[] {
  const {paint, verbose} = printing
  const {stoppedAt, next, plan, parts, missing} = report
  return [
    verdictLine(report, printing),
    ...fieldLines(facts(report, printing), '  '),
    ...(plan === null ? partLines(parts, printing) : planLines(plan, printing)),
    ...missingLines(missing, verbose),
    ...(stoppedAt === null ? [] : findingLines([stoppedAt], true, paint)),
    ...(next === null ? [] : ['', `Next: ${paint.bold(printable(next))}`]),
  ]
}

function verdictLine(report: SplitReport, {paint}: Look): string {
  const {input, verdict, keys, reason, parts, plan, missing} = report
  const name = paint.bold(printable(input))
  if (verdict === 'unreadable') return `${name}: ${paint.bad('NOT SPLIT')}`
  if (verdict === 'refused') return `${name}: ${paint.bad('NOT SPLIT')}: ${printable(reason ?? '')}`
  if (plan !== null) return `${name}: ${paint.good(`planned, ${plural(keys, 'key')}`)}`
  const loses = missing.some(({weight}) => weight === 'data')
  const how = verdict === 'split' ? 'split into' : 'can be split into'
  const what = `${how} ${plural(parts.length, 'part')}, ${plural(keys, 'key')}`
  return `${name}: ${loses ? paint.warn(`${what}, with losses`) : paint.good(what)}`
}

function facts(report: SplitReport, {exactBytes}: Look): [string, string][] {
  const {to, target, output, bytes, functions, unselected, digest, verdict, plan} = report
  if (verdict === 'unreadable') return []
  const server = target.dialect === 'redis' ? 'Redis' : 'Valkey'
  const fields: [string, string][] = []
  if (plan === null) fields.push(['to', `${to}, ${server}, RDB version ${target.rdbVersion}`])
  if (functions > 0) {
    fields.push(['functions', `${plural(functions, 'library', 'libraries')}, in every part`])
  }
  if (unselected > 0) fields.push(['left out', plural(unselected, 'key')])
  if (output !== null)
    fields.push(['written', `${printable(output)}, ${sizeText(bytes, exactBytes)}`])
  if (digest !== null) fields.push(['proved', `the parts add up to full digest ${digest}`])
  return fields
}

function partLines(parts: readonly SplitPart[], {verbose, exactBytes}: Look): string[] {
  if (parts.length === 0) return []
  const shown = verbose ? parts : parts.slice(0, SHOWN_PARTS)
  const rows = shown.map(({name, file, slots, node, keys, bytes}) => [
    printable(file ?? name),
    countText(keys),
    file === null ? '' : sizeText(bytes, exactBytes),
    slots === null ? '' : rangesText(slots, verbose),
    node === null ? '' : printable(node.address),
  ])
  const all = [['part', 'keys', 'size', 'slots', 'node'], ...rows]
  // Where no part has one, there is no such column.
  const columns = [0, 1, 2, 3, 4].filter((i) => rows.some((row) => row[i] !== ''))
  const left = columns.flatMap((column, i) => (LEFT.includes(column) ? [i] : []))
  const cells = all.map((row) => columns.map((column) => row[column]))
  const lines = tableLines(cells, '  ', left)
  const rest = parts.length - shown.length
  return rest > 0 ? [...lines, `  and ${plural(rest, 'part')} more (-v shows all)`] : lines
}

function planLines({nodes}: SplitPlan, {verbose, exactBytes}: Look): string[] {
  const rows = nodes.map(({name, slots, keys, bytes}) => [
    printable(name),
    countText(keys ?? 0),
    sizeText(bytes ?? 0, exactBytes),
    rangesText(slots, verbose),
  ])
  return tableLines([['node', 'keys', 'size', 'slots'], ...rows], '  ', [0, 3])
}

export function rangesText(slots: SlotRanges, all: boolean): string {
  const shown = all ? slots : slots.slice(0, SHOWN_RANGES)
  const text = shown.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`))
  return `${text.join(',')}${shown.length < slots.length ? ',…' : ''}`
}
