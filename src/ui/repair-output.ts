/** Printing what `repair`, `undo` and `rewind` did: the verdict, what was cut, what is there now. */

import {Exit, type ExitCode} from '../errors.ts'
import type {CutReason, RepairReport, ReportedCut} from '../operations/edit-reports.ts'
import {countText, plural, sizeText} from '../sizes.ts'
import {printable} from './escape.ts'
import {findingLines} from './findings.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'
import {fieldLines, tableLines} from './table.ts'

const SHOWN_CUTS = 20

const REASONS: Readonly<Record<CutReason, string>> = {
  truncated: 'ends early',
  nul: 'NUL bytes',
  damage: 'unreadable',
  command: 'unknown command',
  arity: 'wrong number of arguments',
  multi: 'MULTI inside MULTI',
  exec: 'EXEC without MULTI',
  discard: 'DISCARD',
  transaction: 'torn transaction',
  repeated: 'the same commands again',
}

export function repairExit({verdict, cutCount, decisions, salvaged}: RepairReport): ExitCode {
  if (verdict === 'refused' || verdict === 'unrepairable') return Exit.UNREPAIRABLE
  const unsure = decisions.some(({certain, loss}) => loss || !certain)
  return cutCount > 0 || unsure || salvaged.length > 0 ? Exit.PARTIAL : Exit.OK
}

export function printRepair(outcome: Outcome<RepairReport>, printing: Printing): void {
  const {output, json, version, complain, quiet} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  if (quiet && outcome.exit === Exit.OK) return
  const lines = quiet
    ? [verdictLine(outcome.report, printing)]
    : repairLines(outcome.report, printing)
  for (const line of lines) output.line(line)
}

function repairLines(report: RepairReport, printing: Printing): string[] {
  const {paint, verbose} = printing
  return [
    verdictLine(report, printing),
    ...fieldLines(facts(report, printing), '  '),
    ...salvagedLines(report, printing),
    ...cutLines(report, printing),
    ...decisionLines(report),
    ...(report.verdict === 'sound'
      ? []
      : findingLines(shownFindings(report, verbose), verbose, paint)),
    ...(report.next === null ? [] : ['', `Next: ${paint.bold(printable(report.next))}`]),
  ]
}

/** What is only worth knowing is not what brought the user here. */
function shownFindings({findings}: RepairReport, verbose: boolean): RepairReport['findings'] {
  return verbose ? findings : findings.filter(({severity}) => severity !== 'note')
}

function verdictLine(report: RepairReport, {paint, exactBytes}: Printing): string {
  const {input, verdict, reason, loss, dryRun} = report
  const name = paint.bold(printable(input))
  if (reason !== null) {
    const what = verdict === 'refused' ? 'NOT REPAIRED' : 'CANNOT BE REPAIRED'
    return `${name}: ${paint.bad(what)}: ${printable(reason)}`
  }
  if (verdict === 'sound') return `${name}: ${paint.good('sound, nothing to repair')}`
  const lost = `${sizeText(loss.bytes, exactBytes)} (${loss.percent.toFixed(2)} %)`
  const what = dryRun ? 'can be repaired' : 'repaired'
  if (report.decisions.some((decision) => decision.loss)) {
    return `${name}: ${paint.warn(`${what} as far as it is there; data is missing`)}`
  }
  return loss.bytes === 0
    ? `${name}: ${paint.good(`${what}, nothing is lost`)}`
    : `${name}: ${paint.warn(`${what}, without ${lost}`)}`
}

function facts(report: RepairReport, {exactBytes}: Printing): [string, string][] {
  const {kept, loss, proof, output, aside, dryRun, reframed} = report
  const size = (bytes: number) => sizeText(bytes, exactBytes)
  const fields: [string, string][] = [
    ['keeps', `${plural(kept.commands, 'command')}, ${size(kept.bytes)}`],
  ]
  if (loss.bytes > 0) {
    fields.push(['loses', `at least ${plural(loss.commands, 'command')}, ${size(loss.bytes)}`])
  }
  if (reframed > 0) fields.push(['framed anew', plural(reframed, 'stretch', 'stretches')])
  if (output !== null) fields.push([dryRun ? 'would write' : 'written', printable(output)])
  if (aside.length > 0) {
    const [first] = aside
    const rest = aside.length > 1 ? ` and ${plural(aside.length - 1, 'other file')}` : ''
    fields.push(['kept aside', `${printable(first)}${rest}`])
  }
  if (proof !== null) fields.push(...proofFields(proof))
  return fields
}

function proofFields(proof: NonNullable<RepairReport['proof']>): [string, string][] {
  const {keys, keysBefore, failed, incomplete, digest} = proof
  const fields: [string, string][] = []
  if (keysBefore !== null) fields.push(['before the damage', keyText(keysBefore)])
  const errors = failed > 0 ? `; ${plural(failed, 'command')} failed` : ''
  fields.push([incomplete === null ? 'replayed' : 'replayed in part', `${keyText(keys)}${errors}`])
  if (incomplete !== null) fields.push(['not replayed', printable(incomplete)])
  if (digest !== null) fields.push(['digest', digest])
  return fields
}

/** `1,204 keys (db 0: 1,200, db 3: 4)`. */
export function keyText(keys: Readonly<Record<string, number>>): string {
  const counts = Object.entries(keys)
  const total = counts.reduce((sum, [, count]) => sum + count, 0)
  const each = counts.map(([db, count]) => `db ${db}: ${countText(count)}`).join(', ')
  return counts.length > 1 ? `${plural(total, 'key')} (${each})` : plural(total, 'key')
}

function salvagedLines({salvaged}: RepairReport, {exactBytes}: Printing): string[] {
  return salvaged.flatMap(({file, keys, gaps, bytesLost}) => [
    '',
    `${printable(file)}: its RDB is damaged: ${plural(keys, 'key')} kept, ${sizeText(bytesLost, exactBytes)} lost in ${plural(gaps, 'place')}`,
    '  Commands behind it that expect what is lost fail, or make keys anew with less in them.',
  ])
}

function cutLines(
  {cuts, cutCount, inside}: RepairReport,
  {exactBytes, verbose}: Printing,
): string[] {
  if (cuts.length === 0) return []
  const shown = verbose ? cuts : cuts.slice(0, SHOWN_CUTS)
  const rows = shown.map((cut) => [
    countText(cut.offset),
    sizeText(cut.bytes, exactBytes),
    countText(cut.commands),
    REASONS[cut.reason],
    cut.head,
    printable(cut.file),
  ])
  const head = ['offset', 'size', 'commands', 'why', 'begins with (hex)', 'file']
  const lines = ['', 'Cut:', ...tableLines([head, ...rows], '  ', [3, 4, 5])]
  if (cutCount > shown.length) lines.push(`  and ${plural(cutCount - shown.length, 'other')}`)
  return [...lines, ...doubtLines(cuts), ...insideLines(inside)]
}

function doubtLines(cuts: readonly ReportedCut[]): string[] {
  const unsure = cuts.filter(({databaseUnsure, select}) => databaseUnsure && select === null)
  if (unsure.length === 0) return []
  return [
    '  A SELECT may have been among what was lost: up to the next one, commands go to the database selected before.',
  ]
}

function insideLines(inside: RepairReport['inside']): string[] {
  return inside.map(({file, offset}) => {
    return `  ${printable(file)}: what was cut looks like commands from offset ${offset} on. If the length before it is what is damaged, --inside keeps them.`
  })
}

function decisionLines({decisions}: RepairReport): string[] {
  if (decisions.length === 0) return []
  const lines = decisions.map(({file, message, certain}) => {
    return `  ${printable(file)}: ${printable(message)}${certain ? '' : ' (look at this one)'}`
  })
  return ['', 'Files:', ...lines]
}
