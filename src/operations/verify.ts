/** `respite verify`: one verdict on a backup. It is checked, then loaded or streamed, digested, and held against what was expected. */
import {CommandTable, DEFAULT_COMMANDS} from '../engine/commands/table.ts'
import {FormatError} from '../formats/errors.ts'
import {fileTimeMs} from '../io/file-time.ts'
import type {Host} from '../io/host.ts'
import type {ServerConfig} from '../io/layout/config.ts'
import {readConfigFile} from '../io/layout/config-file.ts'
import {isServer} from '../io/server-name.ts'
import {check} from './check.ts'
import type {ServerReplayed} from './check-on-server.ts'
import {digest} from './digest.ts'
import type {FileToLoad} from './load-dataset.ts'
import {loadedFiles} from './loaded-files.ts'
import {ReportBuilder} from './report-builder.ts'
import type {CheckReport, Finding, VerifyCheck, VerifyReport} from './reports.ts'
import type {Baseline} from './verify-baseline.ts'
import {
  type DataSettings,
  replayData,
  snapshotTimeMs,
  streamData,
  type VerifiedData,
} from './verify-data.ts'
import {
  againstRow,
  baselineRow,
  dataRows,
  newBaselineRow,
  ruleRows,
  soundRow,
} from './verify-rows.ts'
import {usage, type VerifyRules} from './verify-rules.ts'

export interface VerifyOptions {
  /** What time it is, in ms: ages are counted up to it. */
  nowMs: number
  rules?: VerifyRules
  /** Compare with this; null: there is none yet, this input is to become it. */
  baseline?: Baseline | null
  /** How far counts may be from the baseline. */
  maxDriftPercent?: number
  /** A server's configuration file: where its data lies, renamed commands, databases. */
  config?: string
}

const DEFAULT_DATABASES = 16
const DEFAULT_DRIFT_PERCENT = 20
/** The latest time that JavaScript can print. */
const LATEST_DATE_MS = 8.64e15

/**
 * Verify the first of `inputs`; where there is a second, both must hold the same data.
 * @throws InputError when one cannot be read at all; RespiteError USAGE for stdin.
 */
export function verify(
  host: Host,
  inputs: readonly string[],
  options: VerifyOptions,
  replayed: (ServerReplayed & {engine: string}) | null = null,
): VerifyReport {
  const [input, against] = inputs
  refuse(input)
  if (against === '-') refuse(against)
  const {rules = {}, baseline, maxDriftPercent = DEFAULT_DRIFT_PERCENT, config: path} = options
  const config = path === undefined ? null : readConfigFile(path)
  const checked = check(host, [input], {config: path})
  const files = checked.kind === 'unknown' ? [] : loadedFiles(input, config)
  const found: Found = {findings: [...checked.findings], count: checked.findingCount}
  const data = isBroken(checked)
    ? null
    : readData(host, files, checked, {rules, config, found, replayed})
  const report = reportOf(checked, data, found, {
    ...timeOf(host, files, checked),
    now: options.nowMs,
  })
  const add = (...rows: VerifyCheck[]) => report.checks.push(...rows)
  add(soundRow(checked), ...dataRows(data), ...ruleRows(report, data, rules))
  if (against !== undefined) {
    add(againstRow(report.digest, digest(host, [against], {full: true, config: path}), against))
  }
  if (baseline) add(baselineRow(report, baseline, maxDriftPercent))
  report.verdict = verdictOf(report.checks)
  if (baseline === null) add(newBaselineRow(report.verdict === 'ok'))
  return report
}

interface Found {
  findings: Finding[]
  count: number
}

interface DataInputs {
  rules: VerifyRules
  config: ServerConfig | null
  found: Found
  /** Where a server was the engine. */
  replayed: (ServerReplayed & {engine: string}) | null
}

interface DataTime {
  createdMs: number
  createdFrom: VerifyReport['createdFrom']
}

/** Reading twice is the least that it does. */
function refuse(input: string): void {
  if (input === '-') throw usage('stdin can be read only once, and verify reads twice: give a path')
  if (isServer(input)) throw usage('a backup is verified, not a server: name that with --against')
}

function isBroken({verdict}: CheckReport): boolean {
  return verdict !== 'sound' && verdict !== 'warnings'
}

function readData(
  host: Host,
  files: FileToLoad[],
  checked: CheckReport,
  {rules, config, found, replayed}: DataInputs,
): VerifiedData {
  const builder = new ReportBuilder(checked.input, 'deep')
  builder.report.commandCounts = checked.commandCounts
  const table = config === null ? DEFAULT_COMMANDS : new CommandTable(config.renames)
  const settings = {rules, table, databases: config?.databases ?? DEFAULT_DATABASES}
  const data = dataOf(host, builder, files, settings, checked.commands > 0, replayed)
  found.findings.push(...builder.report.findings)
  found.count += builder.report.findingCount
  return data
}

/** What a server has loaded is read back from it. */
function dataOf(
  host: Host,
  builder: ReportBuilder,
  files: FileToLoad[],
  settings: DataSettings,
  hasCommands: boolean,
  replayed: DataInputs['replayed'],
): VerifiedData {
  if (replayed === null)
    return (hasCommands ? replayData : streamData)(host, builder, files, settings)
  const {engine, replay} = replayed
  replayed.addTo(builder)
  const data = streamData(host, builder, [{path: engine, name: engine}], settings)
  return {...data, replay}
}

/**
 * A snapshot says when it was made. A log goes on after its base was saved: its last annotation counts, where there is none its newest
 * file, whose time a copy may have lost.
 */
function timeOf(
  host: Host,
  files: readonly FileToLoad[],
  {kind, input, logTimes}: CheckReport,
): DataTime {
  if (kind === 'rdb' && files.length > 0) {
    try {
      const createdMs = snapshotTimeMs(host, files[0].path)
      if (createdMs !== null) return {createdMs, createdFrom: 'snapshot'}
    } catch (error) {
      // Damage was found before this.
      if (!(error instanceof FormatError)) throw error
    }
  }
  if (logTimes !== null && logTimes.last * 1000 <= LATEST_DATE_MS) {
    return {createdMs: logTimes.last * 1000, createdFrom: 'log'}
  }
  const paths = files.length > 0 ? files.map(({path}) => path) : [input]
  return {createdMs: Math.max(...paths.map(fileTimeMs)), createdFrom: 'file'}
}

function reportOf(
  checked: CheckReport,
  data: VerifiedData | null,
  {findings, count}: Found,
  {createdMs, createdFrom, now}: DataTime & {now: number},
): VerifyReport {
  const {input, kind, producer, verdict, bytes, commands} = checked
  const databases = data === null ? checked.databases : data.databases
  return {
    schema: 'respite.verify/1',
    input,
    kind,
    producer,
    verdict: 'ok',
    check: verdict,
    createdAt: new Date(createdMs).toISOString(),
    createdFrom,
    ageMs: now - createdMs,
    bytes,
    keys: Object.values(databases).reduce((sum, {keys}) => sum + keys, 0),
    commands,
    databases,
    digest: data === null ? null : data.digest,
    checks: [],
    findings,
    findingCount: count,
  }
}

function verdictOf(checks: readonly VerifyCheck[]): VerifyReport['verdict'] {
  if (checks.some(({ok}) => ok === false)) return 'failed'
  return checks.some(({ok}) => ok === null) ? 'unsupported' : 'ok'
}
