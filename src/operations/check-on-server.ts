/** `respite check --replay --engine`: a live server loads and replays the input, then it is checked as ever. */
import {CommandTable, DEFAULT_COMMANDS} from '../engine/commands/table.ts'
import type {Host} from '../io/host.ts'
import {readConfigFile} from '../io/layout/config-file.ts'
import {type CheckOptions, check} from './check.ts'
import {loadedFiles} from './loaded-files.ts'
import {ReplayFindings} from './replay-findings.ts'
import type {ReportBuilder} from './report-builder.ts'
import type {CheckReport, ReplayCounts} from './reports.ts'
import {type EngineOptions, type Played, playOnServer} from './server-engine.ts'
import {usage} from './verify-rules.ts'

/** What came of a replay on a server: counts, and findings to be added to a report. */
export interface ServerReplayed {
  replay: ReplayCounts
  addTo(builder: ReportBuilder): void
}

/** As `check` of the first of `inputs`, with the second, a server, as the engine. @throws also RespiteError for the server. */
export async function checkOnServer(
  host: Host,
  inputs: readonly string[],
  options: CheckOptions & EngineOptions,
): Promise<CheckReport> {
  const [input, engine] = inputs
  const replayed = await replayedOnServer(host, input, engine, options)
  return check(host, [input], options, {
    add(_host, builder) {
      replayed.addTo(builder)
      builder.report.replay = replayed.replay
    },
  })
}

/** Replay an input on a server. @throws RespiteError USAGE for stdin, and for the server. */
export async function replayedOnServer(
  host: Host,
  input: string,
  engine: string,
  options: EngineOptions & {config?: string},
): Promise<ServerReplayed> {
  if (input === '-') throw usage('stdin can be read only once, and it is read twice: give a path')
  const config = options.config === undefined ? null : readConfigFile(options.config)
  const table = config === null ? DEFAULT_COMMANDS : new CommandTable(config.renames)
  const findings = new ReplayFindings('server')
  const played = await playOnServer(host, engine, loadedFiles(input, config), options, {
    table,
    onTrouble: (file, trouble) => findings.trouble(file, trouble),
  })
  return {
    replay: countsOf(played, findings),
    addTo(builder) {
      findings.addTo(builder)
      const {stopped} = played
      // The damage has been found already, unless values were not looked into.
      const known = builder.report.findings.some(({severity}) => severity === 'error')
      if (stopped !== null && !known) builder.addError(stopped.error, {file: stopped.file})
    },
  }
}

function countsOf({databases, commands, stopped}: Played, findings: ReplayFindings): ReplayCounts {
  const keys = Object.values(databases).reduce((sum, counts) => sum + counts.keys, 0)
  const complete = stopped === null && !findings.skipped
  return {keys, commands, failed: findings.failed, complete, databases}
}
