/** `check --replay`: load the input and replay its commands, in parts, and say what only that shows. */
import type {CommandTable} from '../engine/commands/table.ts'
import type {Host} from '../io/host.ts'
import type {FileToLoad} from './load-dataset.ts'
import {engineStep, quote} from './next-step.ts'
import {CANNOT, ReplayFindings} from './replay-findings.ts'
import {type ReplayedPart, type ReplayTask, replayPart, type Stop} from './replay-part.ts'
import type {ReportBuilder} from './report-builder.ts'
import type {DatabaseCounts, ReplayCounts} from './reports.ts'
import {runParts} from './run-parts.ts'
import type {VerifyRules} from './verify-rules.ts'

export interface ReplaySettings {
  table: CommandTable
  databases: number
  /** Also digest everything, and measure what these ask for. */
  rules?: VerifyRules
}

/** Load the files, and put what is found into the report. */
export function checkReplay(
  host: Host,
  builder: ReportBuilder,
  files: readonly FileToLoad[],
  {table, databases, rules = undefined}: ReplaySettings,
): {replay: ReplayCounts; parts: ReplayedPart[]} {
  const renames = table.renames.size > 0 ? table.renames : null
  const task: Omit<ReplayTask, 'part'> = {files, renames, databases, rules: rules ?? null}
  const parts = runParts<ReplayedPart>(host, {
    files,
    table,
    commands: Object.keys(builder.report.commandCounts).length > 0,
    operation: 'replay-part',
    task,
    run: (part, kernel) => replayPart(host, [], {...task, part}, kernel),
  })
  const replay = putTogether(builder, parts, files)
  builder.report.replay = replay
  return {replay, parts}
}

function putTogether(
  builder: ReportBuilder,
  parts: readonly ReplayedPart[],
  files: readonly FileToLoad[],
): ReplayCounts {
  const stop = firstStop(parts, files)
  if (stop) addStop(builder, stop)
  const findings = new ReplayFindings('embedded')
  for (const {troubles} of parts) findings.merge(troubles)
  findings.addTo(builder)
  const expired = parts.reduce((sum, part) => sum + part.expired, 0)
  const last = files.at(-1)
  if (last && expired > 0) addExpired(builder, last, expired)
  const databases = mergeCounts(parts)
  return {
    keys: Object.values(databases).reduce((keys, counts) => keys + counts.keys, 0),
    // Every part reads them all.
    commands: Math.max(...parts.map(({commands}) => commands)),
    failed: findings.failed,
    complete: stop === null && !findings.skipped,
    databases,
  }
}

/** What stops one part may be in a value that another did not look into. */
function firstStop(parts: readonly ReplayedPart[], files: readonly FileToLoad[]): Stop | null {
  const order = new Map(files.map(({name}, i) => [name, i]))
  const fileOf = ({file}: Stop) => order.get(file) ?? 0
  const stops = parts.flatMap(({stop}) => stop ?? [])
  return stops.sort((a, b) => fileOf(a) - fileOf(b) || a.offset - b.offset)[0] ?? null
}

function addStop(builder: ReportBuilder, {file, offset, script, finding}: Stop): void {
  if (finding) {
    // The damage has been found already, unless values were not looked into.
    if (builder.report.findings.some(({severity}) => severity === 'error')) return
    builder.addFinding(finding)
    return
  }
  const {commandCounts} = builder.report
  const count = Object.entries(commandCounts)
    .filter(([name]) => /^(EVAL|FCALL)/.test(name))
    .reduce((all, [, each]) => all + each, 0)
  const all = count > 1 ? `, here first of ${count} times` : ''
  const next = engineStep(`check --replay ${quote(builder.report.input)}`)
  const message = `${script}${all}: it cannot be replayed`
  builder.add('UNSUPPORTED', message, {file, offset}, {...CANNOT, next})
}

/** Nothing expires by itself while a log is replayed: what a server would not have kept so long says that something is odd. */
function addExpired(builder: ReportBuilder, {name}: FileToLoad, count: number): void {
  const message = `${count} ${count === 1 ? 'key' : 'keys'} expired more than a day before the file was last written`
  const meaning =
    'A server that loads it keeps none of them. The file is a late copy, or was written by a replica.'
  builder.add('EXPIRED', message, {file: name}, {severity: 'note', meaning})
}

/** What all parts hold. */
export function mergeCounts(
  parts: readonly {databases: Record<string, DatabaseCounts>}[],
): Record<string, DatabaseCounts> {
  const merged: Record<string, DatabaseCounts> = {}
  for (const [db, counts] of parts.flatMap(({databases}) => Object.entries(databases))) {
    merged[db] ??= {keys: 0, expires: 0, types: {}}
    const to = merged[db]
    to.keys += counts.keys
    to.expires += counts.expires
    const types: Record<string, number> = {...to.types}
    for (const [type, keys] of Object.entries(counts.types)) types[type] = (types[type] ?? 0) + keys
    to.types = Object.fromEntries(Object.entries(types).sort(([a], [b]) => (a < b ? -1 : 1)))
  }
  return merged
}
