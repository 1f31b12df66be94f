/** `check --replay`: load the input and replay its commands, in parts, and say what that shows. */
import type {LogicalType} from '../formats/rdb/types.ts'
import type {Host} from '../io/host.ts'
import type {PlainFile, ReplaySettings, ReplayStep} from './check.ts'
import type {FileToLoad} from './load-dataset.ts'
import {engineStep, quote} from './next-step.ts'
import {CANNOT, ReplayFindings} from './replay-findings.ts'
import {type ReplayedPart, type ReplayTask, replayPart, type Stop} from './replay-part.ts'
import type {ReportBuilder} from './report-builder.ts'
import type {DatabaseCounts, ReplayCounts} from './reports.ts'
import {runParts} from './run-parts.ts'
import type {VerifyRules} from './verify-rules.ts'

export interface LoadSettings extends ReplaySettings {
  /** There may be commands to replay. */
  commands: boolean
  /** Also digest everything, and measure what these ask for. */
  rules?: VerifyRules
}

/** Load the files. Returns what each part has found. */
export function loadParts(
  host: Host,
  files: readonly FileToLoad[],
  {table, databases, commands, rules = undefined}: LoadSettings,
): ReplayedPart[] {
  const renames = table.renames.size > 0 ? table.renames : null
  const task: Omit<ReplayTask, 'part'> = {files, renames, databases, rules: rules ?? null}
  return runParts<ReplayedPart>(host, {
    files,
    table,
    commands,
    operation: 'replay-part',
    task,
    run: (part, kernel) => replayPart(host, [], {...task, part}, kernel),
  })
}

/** Put what was found into the report, behind what `check` has put there. */
export function addReplay(
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
  const replay = {
    keys: Object.values(databases).reduce((keys, counts) => keys + counts.keys, 0),
    // Every part reads them all.
    commands: Math.max(...parts.map(({commands}) => commands)),
    failed: findings.failed,
    complete: stop === null && !findings.skipped,
    databases,
  }
  builder.report.replay = replay
  return replay
}

/** The engine here, as a step of `check`. */
export function embeddedReplay(): ReplayStep {
  let loaded: ReplayedPart[] | null = null
  return {
    first(host, builder, file, settings) {
      loaded = loadParts(host, [{path: file.name, name: file.name}], {...settings, commands: false})
      return addPlain(builder, file, loaded, settings.databases)
    },
    add(host, builder, files, settings) {
      const commands = Object.keys(builder.report.commandCounts).length > 0
      // Parts that were loaded as if there were no commands do not know which keys these tie together.
      const parts =
        loaded !== null && !commands ? loaded : loadParts(host, files, {...settings, commands})
      addReplay(builder, parts, files)
    },
  }
}

/** What `check` would have said of a file with nothing out of the ordinary; false when it has to look for itself. */
function addPlain(
  builder: ReportBuilder,
  {name, role, bytes: size}: PlainFile,
  parts: readonly ReplayedPart[],
  databases: number,
): boolean {
  const [{plain}] = parts
  if (plain === null || parts.some((part) => part.plain === null)) return false
  if (plain.highestDb >= databases) return false
  const {version, dialect, producer, functions, entries, bytes} = plain
  Object.assign(builder.report, {rdbVersion: version, dialect, producer, functions})
  for (const [db, {expires, types}] of Object.entries(mergeCounts(parts))) {
    for (const [type, keys] of Object.entries(types)) {
      builder.countEntries(Number(db), type as LogicalType, keys)
    }
    builder.countExpires(Number(db), expires)
  }
  builder.addFile(name, role, size).keys = entries
  builder.countIntact(bytes, entries)
  return true
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
