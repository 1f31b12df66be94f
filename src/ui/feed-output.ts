/** Printing what `push --as-master` gave to a server. */
import type {ExitCode} from '../errors.ts'
import {Exit} from '../errors.ts'
import type {FeedReport} from '../operations/feed-reports.ts'
import {countText, plural, sizeText} from '../sizes.ts'
import {missingLines, stoppedExit} from './convert-output.ts'
import {printable} from './escape.ts'
import {findingLines} from './findings.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'
import {fieldLines} from './table.ts'

export function feedExit({verdict, stoppedAt, missing}: FeedReport): ExitCode {
  return verdict === 'unlike' ? Exit.FOUND : stoppedExit(verdict, stoppedAt, missing)
}

export function printFeed(outcome: Outcome<FeedReport>, printing: Printing): void {
  const {output, json, version, complain, quiet} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  if (quiet && outcome.exit === Exit.OK) return
  for (const line of feedLines(outcome.report, printing)) output.line(line)
}

export function feedLines(
  report: FeedReport,
  {paint, verbose, exactBytes}: Pick<Printing, 'paint' | 'verbose' | 'exactBytes'>,
): string[] {
  const {input, verdict, keys, reason, target, replica, bytes, keysThere, stoppedAt, next} = report
  const name = paint.bold(printable(input))
  const good = verdict === 'pushed'
  const text = good
    ? paint.good(`pushed, ${plural(keys, 'key')}`)
    : paint.bad(`NOT PUSHED${reason === null ? '' : `: ${printable(reason)}`}`)
  const fields: [string, string][] = []
  if (replica !== null) {
    fields.push(['to', `${printable(target ?? replica)}, RDB version ${report.rdbVersion}`])
    fields.push(['sent', sizeText(bytes, exactBytes)])
  }
  if (report.functions > 0)
    fields.push(['functions', plural(report.functions, 'library', 'libraries')])
  if (keysThere !== null) fields.push(['there now', `${countText(keysThere)} keys, a master again`])
  else if (good)
    fields.push(['to do', 'REPLICAOF NO ONE there: it still takes this for its master'])
  return [
    `${name}: ${text}`,
    ...fieldLines(fields, '  '),
    ...missingLines(report.missing, verbose),
    ...(stoppedAt === null ? [] : findingLines([stoppedAt], true, paint)),
    ...(next === null ? [] : ['', `Next: ${paint.bold(printable(next))}`]),
  ]
}
