/** `check --replay`: load the input and replay its commands, and say what only that shows. */
import type {CommandTable} from '../engine/commands/table.ts'
import type {Keyspace} from '../engine/keyspace.ts'
import {ScriptInLog} from '../engine/replay.ts'
import {logicalOf} from '../engine/values/kinds.ts'
import {FormatError} from '../formats/errors.ts'
import {fileTimeMs} from '../io/file-time.ts'
import type {Host} from '../io/host.ts'
import {DatasetLoader, type FileToLoad} from './load-dataset.ts'
import {engineStep, quote} from './next-step.ts'
import {CANNOT, ReplayFindings} from './replay-findings.ts'
import type {ReportBuilder} from './report-builder.ts'
import type {DatabaseCounts, ReplayCounts} from './reports.ts'

export interface ReplaySettings {
  table: CommandTable
  databases: number
}

const DAY_MS = 86400000

/** Load the files, and put what is found into the report. Returns the loader: what it holds is what a server would. */
export function checkReplay(
  host: Host,
  builder: ReportBuilder,
  files: readonly FileToLoad[],
  settings: ReplaySettings,
): {loader: DatasetLoader; replay: ReplayCounts} {
  return new ReplayCheck(host, builder, settings).run(files)
}

class ReplayCheck {
  private readonly builder: ReportBuilder
  private readonly loader: DatasetLoader
  private readonly findings: ReplayFindings

  constructor(host: Host, builder: ReportBuilder, {table, databases}: ReplaySettings) {
    this.builder = builder
    this.findings = new ReplayFindings('embedded')
    this.loader = new DatasetLoader(host, {
      table,
      databases,
      onTrouble: (file, trouble) => this.findings.trouble(file, trouble),
    })
  }

  run(files: readonly FileToLoad[]): {loader: DatasetLoader; replay: ReplayCounts} {
    const {loader, builder, findings} = this
    const loaded = files.every((file) => this.load(file))
    const complete = loaded && !findings.skipped
    findings.addTo(builder)
    const {keyspace, commands} = loader
    const last = files.at(-1)
    if (last) this.countExpired(last)
    const databases = countKeyspace(keyspace)
    const keys = Object.values(databases).reduce((sum, counts) => sum + counts.keys, 0)
    const replay = {keys, commands, failed: findings.failed, complete, databases}
    builder.report.replay = replay
    return {loader, replay}
  }

  /** Returns false where it cannot go on. */
  private load(file: FileToLoad): boolean {
    const {builder} = this
    try {
      this.loader.load(file)
      return true
    } catch (error) {
      if (error instanceof ScriptInLog) this.refuseScript(file.name, error)
      else if (!(error instanceof FormatError)) throw error
      // The damage has been found already, unless values were not looked into.
      else if (!builder.report.findings.some(({severity}) => severity === 'error')) {
        builder.addError(error, {file: file.name})
      }
      return false
    }
  }

  private refuseScript(file: string, {message, offset}: ScriptInLog): void {
    const {commandCounts} = this.builder.report
    const count = Object.entries(commandCounts)
      .filter(([name]) => /^(EVAL|FCALL)/.test(name))
      .reduce((sum, [, each]) => sum + each, 0)
    const all = count > 1 ? `, here first of ${count} times` : ''
    const place = {file, offset}
    const next = engineStep(`check --replay ${quote(this.builder.report.input)}`)
    this.builder.add('UNSUPPORTED', `${message}${all}: it cannot be replayed`, place, {
      ...CANNOT,
      next,
    })
  }

  /** Nothing expires by itself while a log is replayed: what a server would not have kept so long says that something is odd. */
  private countExpired({path, name}: FileToLoad): void {
    const {keyspace} = this.loader
    const limit = fileTimeMs(path) - DAY_MS
    let count = 0
    for (const number of keyspace.numbers()) {
      const db = keyspace.database(number)
      if (db.expires === 0) continue
      for (const entry of db.entries()) if ((db.expiresAtMs(entry) ?? limit) < limit) count++
    }
    if (count === 0) return
    const message = `${count} ${count === 1 ? 'key' : 'keys'} expired more than a day before the file was last written`
    const meaning =
      'A server that loads it keeps none of them. The file is a late copy, or was written by a replica.'
    this.builder.add('EXPIRED', message, {file: name}, {severity: 'note', meaning})
  }
}

/** What a keyspace holds. */
export function countKeyspace(keyspace: Keyspace): Record<string, DatabaseCounts> {
  const databases: Record<string, DatabaseCounts> = {}
  for (const number of keyspace.numbers()) {
    const db = keyspace.database(number)
    const counts: Record<string, number> = {}
    for (const entry of db.entries()) {
      const logical = logicalOf(db.kind(entry))
      counts[logical] = (counts[logical] ?? 0) + 1
    }
    const types = Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
    databases[number] = {keys: db.size, expires: db.expires, types}
  }
  return databases
}
