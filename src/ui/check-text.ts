/** What `respite check` says to people: the verdict first, then what the input holds, what is left, and each finding. */

import type {CheckReport, ReplayCounts, Severity} from '../operations/reports.ts'
import {countText, plural, sizeText} from '../sizes.ts'
import type {Paint} from './color.ts'
import {commandText, databaseLines, fileLines, keysText, namesText} from './contents.ts'
import {printable} from './escape.ts'
import {findingLines} from './findings.ts'
import type {Printing} from './printing.ts'
import {fieldLines} from './table.ts'

/** The part of Printing that a text depends on. */
export type TextOptions = Pick<Printing, 'paint' | 'verbose' | 'exactBytes'>

const VERDICTS: Readonly<Record<CheckReport['verdict'], string>> = {
  sound: 'sound',
  warnings: 'loads, with warnings',
  truncated: 'TRUNCATED: it ends early',
  damaged: 'DAMAGED',
  unsupported: 'UNSUPPORTED: respite cannot read this yet',
}

export function checkLines(report: CheckReport, options: TextOptions): string[] {
  const {paint, verbose, exactBytes} = options
  return [
    verdictLine(report, paint),
    ...fieldLines(factFields(report, options), '  '),
    ...databaseLines(report.databases, verbose),
    ...fileLines(report.files, exactBytes, verbose),
    ...findingLines(report.findings, verbose, paint),
    ...unlistedLines(report),
  ]
}

/** One line that says it all; with -q the only one. */
export function verdictLine(report: CheckReport, paint: Paint): string {
  const {verdict} = report
  const color = verdict === 'sound' ? paint.good : verdict === 'warnings' ? paint.warn : paint.bad
  const counts = (['error', 'warning', 'note'] as const)
    .map((severity) => ({severity, count: countOf(report, severity)}))
    .filter(({count}) => count > 0)
    .map(({severity, count}) => plural(count, severity))
  // When not all are listed, how many there are of each severity is not known.
  if (report.findingCount > report.findings.length) {
    counts.splice(0, counts.length, plural(report.findingCount, 'finding'))
  }
  const tail = counts.length === 0 ? '' : ` (${counts.join(', ')})`
  return `${paint.bold(printable(report.input))}: ${color(VERDICTS[verdict])}${tail}`
}

export function countOf(report: CheckReport, severity: Severity): number {
  return report.findings.filter((finding) => finding.severity === severity).length
}

function factFields(report: CheckReport, {verbose, exactBytes}: TextOptions): [string, string][] {
  const fields: [string, string][] = [['read', readText(report, exactBytes)]]
  const intact = intactText(report, exactBytes)
  if (intact !== null) fields.push(['intact', intact])
  if (report.keys > 0 || report.kind === 'rdb') {
    fields.push([holder(report.kind), keysText(report.keys, report.databases)])
  }
  if (report.commands > 0) {
    const names = commandText(report.commandCounts, verbose)
    const detail = names === '' ? '' : `: ${names}`
    fields.push(['log', `${plural(report.commands, 'command')}${detail}`])
  }
  if (report.logTimes !== null) fields.push(['written', timesText(report.logTimes)])
  if (report.replay !== null) fields.push(['replayed', replayText(report.replay)])
  if (report.functions.length > 0) fields.push(['functions', namesText(report.functions, verbose)])
  if (report.modules.length > 0) fields.push(['modules', namesText(report.modules, verbose)])
  if (report.duplicates === 'unchecked' && report.depth === 'deep' && report.keys > 0) {
    fields.push(['not checked', 'duplicate keys: more memory was needed than --max-memory allows'])
  }
  return fields
}

/** `2026-11-20T16:02:47.000Z to 2026-11-20T16:02:49.000Z`; what is no date stays a number of seconds. */
function timesText({first, last}: NonNullable<CheckReport['logTimes']>): string {
  const [from, to] = [first, last].map((seconds) => {
    const date = new Date(seconds * 1000)
    return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString()
  })
  return from === to ? from : `${from} to ${to}`
}

/** `12,804 commands; at the end 5,100 keys in 2 databases`. */
function replayText(replay: ReplayCounts): string {
  const {commands, failed, complete, keys, databases} = replay
  const failing = failed > 0 ? ` (${countText(failed)} failed)` : ''
  const end = complete ? 'at the end' : 'incomplete,'
  return `${plural(commands, 'command')}${failing}; ${end} ${keysText(keys, databases)}`
}

/** An AOF's keys are not known without replaying its commands: only those of an RDB part are. */
export function holder(kind: CheckReport['kind']): string {
  return kind === 'rdb' ? 'holds' : 'RDB holds'
}

const KINDS: Readonly<Record<CheckReport['kind'], string>> = {
  rdb: 'RDB',
  aof: 'AOF',
  'aof-set': 'multi-part AOF',
  jsonl: 'lines of JSON',
  server: 'a server',
  unknown: 'unknown format',
}

/** `RDB 10 by redis 7.0.15 in gz, 2.9 KiB, in depth`. */
function readText(report: CheckReport, exact: boolean): string {
  const version = report.rdbVersion === null ? '' : ` ${report.rdbVersion}`
  const kind =
    report.kind === 'rdb' || version === '' ? KINDS[report.kind] : `${KINDS[report.kind]} with RDB`
  const producer = report.producer === null ? '' : ` by ${printable(report.producer)}`
  const wrapped = report.wrapped.map((wrap) => ` in ${wrap}`).join('')
  const read = report.rdbVersion === null ? 'command' : 'value'
  const depth = report.depth === 'deep' ? `, every ${read} in depth` : ', framing only'
  const unit = exact ? ' bytes' : ''
  const size = `${sizeText(report.bytes, exact)}${unit}`
  return `${kind}${version}${producer}${wrapped}, ${size}${report.kind === 'unknown' ? '' : depth}`
}

/** How much is left; null when that is everything. */
function intactText({kind, verdict, intact, bytes, keys, commands}: CheckReport, exact: boolean) {
  if (kind === 'unknown') return null
  const whole = intact.bytes === bytes && intact.keys === keys && intact.commands === commands
  if (verdict === 'sound' || (verdict === 'warnings' && whole)) return null
  const percent = bytes > 0 ? ` (${((100 * intact.bytes) / bytes).toFixed(1)} %)` : ''
  const parts = [`${sizeText(intact.bytes, exact)} of ${sizeText(bytes, exact)}${percent}`]
  if (keys > 0 || intact.keys > 0) parts.unshift(plural(intact.keys, 'key'))
  if (commands > 0 || intact.commands > 0) parts.unshift(plural(intact.commands, 'command'))
  return parts.join(', ')
}

function unlistedLines({findings, findingCount}: CheckReport): string[] {
  const rest = findingCount - findings.length
  if (rest <= 0) return []
  const words = rest === 1 ? 'finding is' : 'findings are'
  return ['', `${countText(rest)} more ${words} not listed (--limit ${findingCount} lists all).`]
}

/** The last line when there were several inputs. */
export function summaryLine(verdicts: readonly (CheckReport['verdict'] | 'unread')[]): string {
  const parts = [...new Set(verdicts)].map(
    (verdict) => `${verdicts.filter((other) => other === verdict).length} ${verdict}`,
  )
  return `${plural(verdicts.length, 'input')}: ${parts.join(', ')}`
}
