/** Printing what `compact` did or would do: sizes, how it was done, what was proved. */
import {Exit, type ExitCode} from '../errors.ts'
import type {CompactReport} from '../operations/compact-reports.ts'
import {plural, sizeText} from '../sizes.ts'
import {databaseLines} from './contents.ts'
import {pointText} from './digest-output.ts'
import {printable} from './escape.ts'
import {findingLines} from './findings.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'
import {fieldLines} from './table.ts'

export function compactExit({verdict, stoppedAt}: CompactReport): ExitCode {
  if (stoppedAt !== null) {
    if (stoppedAt.code === 'LIMIT') return Exit.LIMIT
    return stoppedAt.code === 'UNSUPPORTED' ? Exit.UNSUPPORTED : Exit.FOUND
  }
  return verdict === 'refused' ? Exit.UNSUPPORTED : Exit.OK
}

export function printCompact(outcome: Outcome<CompactReport>, printing: Printing): void {
  const {output, json, version, complain, quiet} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  if (quiet && outcome.exit === Exit.OK) return
  for (const line of compactLines(outcome.report, printing)) output.line(line)
}

function compactLines(report: CompactReport, printing: Printing): string[] {
  const {paint, verbose} = printing
  const {stoppedAt, next, databases, verdict} = report
  const done = verdict === 'compacted' || verdict === 'planned'
  return [
    verdictLine(report, printing),
    ...(done ? fieldLines(facts(report, printing), '  ') : []),
    ...(verbose ? databaseLines(databases, true) : []),
    ...(stoppedAt === null ? [] : findingLines([stoppedAt], true, paint)),
    ...(next === null ? [] : ['', `Next: ${paint.bold(printable(next))}`]),
  ]
}

function verdictLine(report: CompactReport, {paint, exactBytes}: Printing): string {
  const {input, verdict, reason, bytesBefore, bytesAfter} = report
  const name = paint.bold(printable(input))
  const size = (bytes: number) => sizeText(bytes, exactBytes)
  if (verdict === 'unreadable') return `${name}: ${paint.bad('NOT COMPACTED')}`
  if (verdict === 'refused')
    return `${name}: ${paint.bad('NOT COMPACTED')}: ${printable(reason ?? '')}`
  if (verdict === 'compact')
    return `${name}: ${paint.good('there are no commands in it: nothing to compact')}`
  const sizes = `${size(bytesBefore)} to ${verdict === 'planned' ? 'about ' : ''}${size(bytesAfter)}`
  return `${name}: ${paint.good(verdict === 'planned' ? `can be compacted, ${sizes}` : `compacted, ${sizes}`)}`
}

function facts(report: CompactReport, printing: Printing): [string, string][] {
  const {kept, proof, aside, failed, expired, openTransaction} = report
  const fields: [string, string][] = [
    ['to', formText(report)],
    ['holds', contentText(report)],
    ...memoryFields(report, printing),
  ]
  if (kept !== null) {
    const size = sizeText(kept.bytes, printing.exactBytes)
    fields.push(['compacted', pointText(kept.point).replace(/^at/, 'up to')])
    fields.push(['kept', `${plural(kept.commands, 'command')} behind it, ${size}`])
  }
  if (failed > 0) fields.push(['failed', `${plural(failed, 'command')}, as in a server`])
  if (openTransaction)
    fields.push(['left out', 'a transaction that never ends: no server applies it'])
  if (expired > 0)
    fields.push(['expired', `${plural(expired, 'key')}, which a server drops when it loads them`])
  if (report.output !== null) {
    fields.push([report.dryRun ? 'would write' : 'written', printable(report.output)])
  }
  if (aside.length > 0) {
    const rest = aside.length > 1 ? ` and ${plural(aside.length - 1, 'other file')}` : ''
    fields.push(['kept aside', `${printable(aside[0])}${rest}`])
  }
  if (proof !== null) fields.push(['full digest', `${proof.after}, before and after`])
  return fields
}

function formText({to, single, base, target}: CompactReport): string {
  const server = target.dialect === 'redis' ? 'Redis' : 'Valkey'
  const version = `${server}, RDB version ${target.rdbVersion}`
  if (to === 'rdb') return `an RDB, ${version}`
  const what = single ? 'one append-only file' : 'a set'
  return base === 'rdb'
    ? `${what} that begins with an RDB, ${version}`
    : `${what} of commands, for ${version}`
}

function contentText({keys, functions, commands, verdict}: CompactReport): string {
  if (verdict === 'planned') return `about ${plural(keys, 'key')}`
  const libraries = functions > 0 ? `, ${plural(functions, 'library', 'libraries')}` : ''
  const from = commands > 0 ? `, from ${plural(commands, 'command')}` : ''
  return `${plural(keys, 'key')}${libraries}${from}`
}

function memoryFields({memory}: CompactReport, {exactBytes}: Printing): [string, string][] {
  if (memory === null) return []
  const {parts, threads, max, estimate} = memory
  const size = (bytes: number) => sizeText(bytes, exactBytes)
  const needs = estimate === null ? '' : `; the dataset takes about ${size(estimate)}`
  const how = `${plural(parts, 'part')} in ${plural(threads, 'thread')}`
  const most = max === null ? '' : `, at most ${size(max)}`
  return [['memory', `${how}${most}${needs}`]]
}
