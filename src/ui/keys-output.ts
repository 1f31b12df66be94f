/** Printing what `keys` emits while it runs, and what stands behind it. */
import {Exit, type ExitCode} from '../errors.ts'
import type {KeysReport, KeyTotals} from '../operations/keys-reports.ts'
import {countText, plural, sizeText} from '../sizes.ts'
import {printable} from './escape.ts'
import {findingLines} from './findings.ts'
import {jsonLine} from './json.ts'
import type {KeyLines} from './key-lines.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'
import {tableLines} from './table.ts'

export function keysExit({stoppedAt, keys}: KeysReport): ExitCode {
  if (stoppedAt === null) return keys > 0 ? Exit.OK : Exit.FOUND
  if (stoppedAt.code === 'LIMIT') return Exit.LIMIT
  return stoppedAt.code === 'UNSUPPORTED' ? Exit.UNSUPPORTED : Exit.FOUND
}

/** Takes the chunks of a run. */
export function keyChunks(
  lines: KeyLines,
  {output, quiet}: Printing,
): (chunk: Uint8Array) => Promise<void> {
  let begun = false
  return async (chunk) => {
    if (quiet) return
    if (!begun) {
      const head = lines.head()
      if (head !== null) output.line(head)
    }
    begun = true
    await output.bytes(lines.of(chunk))
  }
}

export interface KeysEnd {
  /** The report is the last line of the output. */
  summary: boolean
  /** How many, and no rows. */
  countOnly: boolean
  /** `memory`, where rows came in an order. */
  sort: string | undefined
}

/** What comes behind the rows: in JSON a last line on stdout, of damage and of rows that were left out a word on stderr. */
export function printKeys(outcome: Outcome<KeysReport>, end: KeysEnd, printing: Printing): void {
  const {output, complain, quiet, version, paint} = printing
  if (end.summary) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  const {report} = outcome
  if (end.countOnly && !quiet) for (const line of countLines(report, printing)) output.line(line)
  const {stoppedAt, listed, keys} = report
  const told: string[] = []
  if (stoppedAt !== null) {
    const head = `${printable(report.input)}: ${plural(keys, 'key')} before this:`
    told.push(head, ...findingLines([stoppedAt], true, paint))
  } else if (keys === 0 && !quiet) told.push(`${printable(report.input)}: no key matches`)
  else if (listed < keys && !end.countOnly && !quiet) told.push(leftOut(report, end))
  if (told.length > 0) process.stderr.write(`${told.join('\n')}\n`)
}

function leftOut({listed, keys}: KeysReport, {sort}: KeysEnd): string {
  const order = sort === undefined ? '' : ` by ${sort}`
  return `The first ${countText(listed)} of ${plural(keys, 'key')}${order}: --limit ${keys} for all.`
}

function countLines(report: KeysReport, {exactBytes}: Printing): string[] {
  const {keys, expires, databases, types} = report
  const rows = (names: Record<string, KeyTotals>) =>
    Object.entries(names).map(([name, {keys: count, size}]) => [
      name,
      countText(count),
      size === null ? '-' : sizeText(size, exactBytes),
    ])
  return [
    `${plural(keys, 'key')}, ${countText(expires)} with an expiry`,
    ...tableLines([['db', 'keys', 'size'], ...rows(databases)], '  '),
    ...tableLines([['type', 'keys', 'size'], ...rows(types)], '  ', [0]),
  ]
}
