/** The data of an input that `check` found sound: its digest, its counts, and what the rules ask for. */
import type {CommandTable} from '../engine/commands/table.ts'
import {FullDigest} from '../engine/digest/full-digest.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import {RdbReader, RdbRecord} from '../formats/rdb/reader.ts'
import {RdbOpcode} from '../formats/rdb/types.ts'
import {detectHead} from '../io/detect.ts'
import type {Host} from '../io/host.ts'
import {savedAtMs} from './check-rdb.ts'
import {addReplay, loadParts} from './check-replay.ts'
import {DigestRdb} from './digest-rdb.ts'
import type {FileToLoad} from './load-dataset.ts'
import {digestFor, measuresOf, type ReplayedPart} from './replay-part.ts'
import type {ReportBuilder} from './report-builder.ts'
import type {DatabaseCounts, ReplayCounts} from './reports.ts'
import {mergeOffenders, type Offenders} from './verify-measure.ts'
import type {VerifyRules} from './verify-rules.ts'

export interface VerifiedData {
  digest: string | null
  databases: Record<string, DatabaseCounts>
  /** Null where nothing had to be replayed. */
  replay: ReplayCounts | null
  large: Offenders | null
  forbidden: Offenders | null
}

export interface DataSettings {
  rules: VerifyRules
  table: CommandTable
  databases: number
}

/** An RDB is digested as it goes by. What is found on the way goes into the builder's report. */
export function streamData(
  host: Host,
  builder: ReportBuilder,
  files: readonly FileToLoad[],
  {rules}: DataSettings,
): VerifiedData {
  const cursor = new Cursor(host.kernel)
  const digest = digestFor(cursor, rules)
  const rdb = new DigestRdb(builder, host, false, () => digest)
  for (const {path, name} of files) {
    const feed = host.open(path, {crc: true})
    if (detectHead(feed.head).kind === 'rdb') rdb.read(cursor.open(feed), name)
  }
  const {report} = builder
  const failed = report.findings.some(({severity}) => severity === 'error')
  return {
    digest: failed ? null : rdb.finish(),
    databases: builder.finish().databases,
    replay: null,
    ...measuresOf(digest),
  }
}

/** Where there are commands, the dataset is loaded and they are replayed. */
export function replayData(
  host: Host,
  builder: ReportBuilder,
  files: readonly FileToLoad[],
  {rules, table, databases}: DataSettings,
): VerifiedData {
  const parts = loadParts(host, files, {table, databases, rules, commands: true})
  const replay = addReplay(builder, parts, files)
  const failed = builder.report.findings.some(({severity}) => severity === 'error')
  return {
    digest: failed ? null : digestOf(host, parts),
    databases: replay.databases,
    replay,
    large: mergeOffenders(parts.map(({large}) => large)),
    forbidden: mergeOffenders(parts.map(({forbidden}) => forbidden)),
  }
}

function digestOf(host: Host, parts: readonly ReplayedPart[]): string {
  const digest = new FullDigest(new Cursor(host.kernel))
  for (const {totals} of parts) if (totals) digest.addTotals(totals)
  return digest.finish()
}

/** When a snapshot was saved, in ms; null when it does not say. Its AUX fields come before everything else. @throws FormatError. */
export function snapshotTimeMs(host: Host, path: string): number | null {
  const feed = host.open(path, {crc: false})
  const r = new RdbReader(new Cursor(host.kernel).open(feed), {deep: false, checksum: false})
  r.readHeader()
  for (let opcode = r.next(); opcode > RdbRecord.ENTRY; opcode = r.next()) {
    const savedMs = opcode === RdbOpcode.AUX ? savedAtMs(r.record, null) : null
    if (savedMs !== null) return savedMs
  }
  return null
}
