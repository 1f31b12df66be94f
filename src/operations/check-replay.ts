/** `check --replay`: load the input and replay its commands, in parts, and say what only that shows. */
import type {CommandTable} from '../engine/commands/table.ts'
import type {Host} from '../io/host.ts'
import type {Meaning} from './check-meanings.ts'
import type {FileToLoad} from './load-dataset.ts'
import {
  errorText,
  type Repeated,
  type ReplayedPart,
  type ReplayTask,
  replayPart,
  type Stop,
} from './replay-part.ts'
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

const FAILED: Meaning = {
  severity: 'warning',
  meaning:
    'A server leaves it out and goes on: the data is not what it was when this was written. It was written with other data before it, or by another version.',
}
const CANNOT: Meaning = {
  severity: 'error',
  meaning: 'Without it nobody knows what the data is at the end: only a server can tell.',
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
  for (const each of mergeRepeated(parts)) report(builder, each)
  const expired = sum(parts, (part) => part.expired)
  const last = files.at(-1)
  if (last && expired > 0) addExpired(builder, last, expired)
  const databases = mergeCounts(parts)
  return {
    keys: Object.values(databases).reduce((keys, counts) => keys + counts.keys, 0),
    // Every part reads them all.
    commands: Math.max(...parts.map(({commands}) => commands)),
    failed: sum(parts, (part) => part.failed),
    complete: stop === null && !parts.some(({skipped}) => skipped),
    databases,
  }
}

const sum = (parts: readonly ReplayedPart[], of: (part: ReplayedPart) => number): number =>
  parts.reduce((total, part) => total + of(part), 0)

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
  builder.add('UNSUPPORTED', `${script}${all}: it cannot be replayed`, {file, offset}, CANNOT)
}

function mergeRepeated(parts: readonly ReplayedPart[]): Repeated[] {
  const merged = new Map<string, Repeated>()
  for (const [key, each] of parts.flatMap(({repeated}) => [...repeated])) {
    const other = merged.get(key)
    const first = other && other.first.record < each.first.record ? other.first : each.first
    merged.set(key, {file: each.file, first, count: each.count + (other?.count ?? 0)})
  }
  return [...merged.values()].sort((a, b) => a.first.record - b.first.record)
}

function report(builder: ReportBuilder, {file, first, count}: Repeated): void {
  const {kind, command, offset, record, db} = first
  const place = {file, offset, record, db}
  const times = count > 1 ? ` (${count} times, here first)` : ''
  if (kind === 'failed') {
    const message = `${command} fails: ${errorText(first)}${times}`
    builder.add('AOF_FAILED', message, place, FAILED)
  } else if (kind === 'relative-expiry') {
    builder.add('AOF_EXPIRY', `${count} expiries without a time to count from`, place, {
      severity: 'note',
      meaning:
        'Replay counts them from when the file was last written. A server counts from when it loads the file.',
    })
  } else builder.add('UNSUPPORTED', `${command} cannot be replayed${times}`, place, CANNOT)
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
