/** Printing what `pull --archive` has kept: text, JSON, metrics. */
import {Exit, type ExitCode} from '../errors.ts'
import type {ArchiveReport} from '../operations/archive-reports.ts'
import {countText, plural, sizeText} from '../sizes.ts'
import {printable, prometheusLabel} from './escape.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'
import {fieldLines, tableLines} from './table.ts'

/** Without a base nothing can be restored: it was ended too early. */
export function archiveExit({generations, endedBy}: ArchiveReport): ExitCode {
  if (generations.length > 0) return Exit.OK
  return endedBy === 'signal' ? Exit.SIGTERM : Exit.LIMIT
}

export function printArchive(outcome: Outcome<ArchiveReport>, printing: Printing): void {
  const {output, json, version, complain, quiet} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  if (quiet && outcome.exit === Exit.OK) return
  for (const line of archiveLines(outcome.report, printing)) output.line(line)
}

export function archiveLines(
  report: ArchiveReport,
  {paint, exactBytes}: Pick<Printing, 'paint' | 'exactBytes'>,
): string[] {
  const {input, output, position, generations, commands, lastError} = report
  const {connections, fullSyncs, partialSyncs, rebases, expired} = report
  const name = paint.bold(printable(input))
  const verdict =
    generations.length > 0
      ? paint.good(`archived, ${plural(commands, 'command')} more`)
      : paint.bad('NOT ARCHIVED: it ended before a snapshot had come')
  const fields: [string, string][] = [['directory', printable(output)]]
  if (position !== null) fields.push(['position', `${position.id} ${position.offset}`])
  const syncs = `${plural(connections, 'connection')}, ${countText(fullSyncs)} with a snapshot, ${countText(partialSyncs)} where it had ended`
  fields.push(['link', syncs])
  if (rebases > 0) fields.push(['new bases', countText(rebases)])
  if (expired > 0) fields.push(['expired', plural(expired, 'restore point')])
  if (lastError !== null) fields.push(['last error', printable(lastError)])
  const rows = generations.map(({base, logs, bytes, since}) => [
    since,
    printable(base),
    countText(logs.length),
    sizeText(bytes, exactBytes),
  ])
  const table =
    rows.length === 0 ? [] : tableLines([['since', 'base', 'logs', 'size'], ...rows], '  ', [0, 1])
  return [`${name}: ${verdict}`, ...fieldLines(fields, '  '), ...table]
}

type Metric = readonly [name: string, help: string, value: (report: ArchiveReport) => number | null]

const METRICS: readonly Metric[] = [
  [
    'streaming',
    'Whether what is written arrives (1) or not (0).',
    ({state}) => (state === 'streaming' ? 1 : 0),
  ],
  [
    'offset',
    'Where in the stream of the master the archive is.',
    ({position}) => position?.offset ?? null,
  ],
  ['lag_bytes', 'Bytes of the stream that have not come yet.', ({lagBytes}) => lagBytes],
  ['commands_total', 'Commands that this run has kept.', ({commands}) => commands],
  ['received_bytes_total', 'Bytes of the stream in this run.', ({bytes}) => bytes],
  ['connections_total', 'Connections of this run.', ({connections}) => connections],
  ['full_syncs_total', 'Snapshots that had to be taken.', ({fullSyncs}) => fullSyncs],
  ['bases', 'Bases that can be restored from.', ({generations}) => generations.length],
  [
    'bytes',
    'Size of the archive.',
    ({generations}) => generations.reduce((sum, {bytes}) => sum + bytes, 0),
  ],
  [
    'base_seconds',
    'When the newest base was taken, since 1970.',
    ({generations}) => {
      const newest = generations.at(-1)
      return newest === undefined ? null : Math.floor(Date.parse(newest.since) / 1000)
    },
  ],
  [
    'trouble',
    'Whether something was got over and should be looked at.',
    ({lastError}) => (lastError === null ? 0 : 1),
  ],
]

/** `now` in ms since 1970: an alert on its age tells that the archive is not kept any more. */
export function archivePrometheus(report: ArchiveReport, now: number): string {
  const label = `{server=${prometheusLabel(report.input)}}`
  const lines = METRICS.flatMap(([name, help, pick]) => {
    const value = pick(report)
    return value === null ? [] : metric(name, help, `${label} ${value}`)
  })
  const time = metric(
    'timestamp_seconds',
    'When this was written, since 1970.',
    ` ${Math.floor(now / 1000)}`,
  )
  return [...lines, ...time, ''].join('\n')
}

function metric(name: string, help: string, sample: string): string[] {
  const full = `respite_archive_${name}`
  return [`# HELP ${full} ${help}`, `# TYPE ${full} gauge`, `${full}${sample}`]
}
