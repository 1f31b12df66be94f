/** Printing what `diff` emits while it runs, and what it comes to. */
import {Exit, type ExitCode} from '../errors.ts'
import type {Difference, DiffReport, SideReport} from '../operations/diff-reports.ts'
import {countText, plural, sizeText} from '../sizes.ts'
import {countsText, DiffText} from './diff-text.ts'
import {printable, quoteKey} from './escape.ts'
import {findingLines} from './findings.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'
import {fieldLines, tableLines} from './table.ts'

export function diffExit({verdict, stoppedAt}: DiffReport): ExitCode {
  if (stoppedAt?.code === 'LIMIT') return Exit.LIMIT
  if (stoppedAt?.code === 'UNSUPPORTED' || verdict === 'refused') return Exit.UNSUPPORTED
  return verdict === 'equal' ? Exit.OK : Exit.FOUND
}

export interface DiffPrinter {
  /** Takes the chunks of a run. */
  onChunk(chunk: Uint8Array): Promise<void>
  /** What comes behind them. */
  end(outcome: Outcome<DiffReport>): void
}

export function diffPrinter(printing: Printing): DiffPrinter {
  const {output, json, quiet, version, complain, paint} = printing
  const text = new DiffText(paint)
  return {
    async onChunk(chunk) {
      if (quiet && !json) return
      for (const line of new TextDecoder().decode(chunk).split('\n')) {
        if (line === '') continue
        const difference = JSON.parse(line) as Difference
        const lines = json ? [jsonLine(difference)] : text.lines(difference)
        for (const each of lines) output.line(each)
        if (output.full) await output.flush()
      }
      await output.flush()
    },
    end(outcome) {
      if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
      if (outcome.error !== null) return complain(outcome.error, outcome.input)
      const {report} = outcome
      for (const line of text.finish()) output.line(line)
      if (quiet && report.stoppedAt === null && report.verdict !== 'refused') return
      if (report.listed > 0) output.line('')
      for (const line of diffLines(report, printing)) output.line(line)
    },
  }
}

function diffLines(report: DiffReport, printing: Printing): string[] {
  const {paint} = printing
  const {input, against, stoppedAt, reason, reasonKey} = report
  const names = `${paint.bold(printable(input))} and ${paint.bold(printable(against))}`
  return [
    `${names}: ${verdictText(report, printing)}`,
    ...(stoppedAt === null ? [] : findingLines([stoppedAt], true, paint)),
    ...(reasonKey === null ? [] : [`  because of ${quoteKey(reasonKey)}`]),
    ...(reason === null ? [] : [`  ${printable(reason)}`]),
    ...(report.verdict === 'different' || report.verdict === 'equal'
      ? facts(report, printing)
      : []),
  ]
}

function verdictText(report: DiffReport, {paint}: Printing): string {
  const {verdict, added, removed, changed, a, b} = report
  if (verdict === 'unreadable') return paint.bad('NOT COMPARED')
  if (verdict === 'refused') return paint.bad('NO PATCH WRITTEN')
  if (verdict === 'equal') {
    const empty = a?.keys === 0 && b?.keys === 0
    return paint.good(empty ? 'equal, no keys' : `equal, ${plural(a?.keys ?? 0, 'key')}`)
  }
  const texts = [
    removed > 0 && `${plural(removed, 'key')} only in the first`,
    added > 0 && `${plural(added, 'key')} only in the second`,
    changed > 0 && `${plural(changed, 'key')} changed`,
  ].filter((text) => text !== false)
  return paint.bad(`different: ${texts.join(', ') || 'functions'}`)
}

function facts(report: DiffReport, {exactBytes, verbose}: Printing): string[] {
  const {a, b, functions, changedTtls, changed, patch, ignored, listed} = report
  const fields: [string, string][] = []
  if (a) fields.push(['first', sideText(a)])
  if (b) fields.push(['second', sideText(b)])
  if (changed > 0) {
    const values = countText(report.changedValues)
    fields.push(['changed', `${values} in value, ${countText(changedTtls)} in expiry`])
  }
  if (countsText(functions) !== '') fields.push(['functions', countsText(functions)])
  if (ignored.length > 0) fields.push(['ignored', ignored.join(', ')])
  const all = report.added + report.removed + changed
  if (listed > 0 && listed < all)
    fields.push(['listed', `${countText(listed)} of ${countText(all)}`])
  if (patch !== null) {
    const where = patch.output === '-' ? 'stdout' : printable(patch.output)
    fields.push(['patch', `${where}, ${sizeText(patch.bytes, exactBytes)}`])
    if (patch.proof !== null) {
      const {keys, digest} = patch.proof
      fields.push(['proved', `${plural(keys, 'key')}, full digest ${digest}`])
    }
  }
  return [...fieldLines(fields, '  '), ...databaseRows(report, verbose)]
}

function sideText({kind, producer, keys, unselected}: SideReport): string {
  const left = unselected > 0 ? `, ${countText(unselected)} left out` : ''
  const by = producer === null ? '' : ` by ${printable(producer)}`
  return `${kind}${by}, ${plural(keys, 'key')}${left}`
}

function databaseRows({databases, verdict}: DiffReport, verbose: boolean): string[] {
  const rows = Object.entries(databases).filter(
    ([, {added, removed, changed}]) => verbose || added + removed + changed > 0,
  )
  if (rows.length === 0 || (verdict === 'equal' && !verbose)) return []
  const cells = rows.map(([db, {a, b, removed, added, changed}]) => [
    db,
    ...[a, b, removed, added, changed].map(countText),
  ])
  return tableLines([['db', 'first', 'second', '-', '+', '~'], ...cells], '  ')
}
