/** Loads one part of a dataset and replays its commands; check-replay.ts puts the parts together. */
import type {Renames} from '../engine/commands/table.ts'
import type {Totals} from '../engine/digest/dataset-digest.ts'
import {FullDigest} from '../engine/digest/full-digest.ts'
import type {HashMemory} from '../engine/digest/hash-memory.ts'
import {arenaMemory, digestKeyspace} from '../engine/digest/keyspace-digest.ts'
import type {Part} from '../engine/part.ts'
import {ScriptInLog} from '../engine/replay.ts'
import {logicalOf} from '../engine/values/kinds.ts'
import {FormatError} from '../formats/errors.ts'
import type {Kernel} from '../formats/kernel/kernel.ts'
import {fileTimeMs} from '../io/file-time.ts'
import type {Host} from '../io/host.ts'
import {tableOf} from './digest-part.ts'
import {DatasetLoader, type FileToLoad} from './load-dataset.ts'
import type {PlainRdb} from './plain-rdb.ts'
import {ReplayFindings, type Troubles} from './replay-findings.ts'
import {ReportBuilder} from './report-builder.ts'
import type {DatabaseCounts, Finding} from './reports.ts'
import {MeasuredDigest, type Offenders} from './verify-measure.ts'
import type {VerifyRules} from './verify-rules.ts'

/** What all parts are told, as plain data. */
export interface ReplayTask {
  files: readonly FileToLoad[]
  /** New names of commands; null: none. */
  renames: Renames | null
  databases: number
  /** Also digest everything, and measure what these ask for; null: neither. */
  rules: VerifyRules | null
  part: Part
}

export interface Stop {
  file: string
  offset: number
  /** What a script in the log is called; null: the input is damaged, as the finding says. */
  script: string | null
  finding: Finding | null
}

export interface ReplayedPart {
  commands: number
  troubles: Troubles
  /** Where it could not go on. */
  stop: Stop | null
  /** Keys that expired long before the last file was written. */
  expired: number
  databases: Record<string, DatabaseCounts>
  totals: Totals | null
  large: Offenders | null
  forbidden: Offenders | null
  /** All there is to say of a single file that is a snapshot alone; null when it has to be checked. */
  plain: PlainRdb | null
}

const DAY_MS = 86400000

/** Load and replay a part. `kernel`: in whose memory, over what is there. */
export function replayPart(
  host: Host,
  _inputs: readonly string[],
  task: ReplayTask,
  kernel?: Kernel,
): ReplayedPart {
  return new PartReplay(host, task, kernel).run()
}

/** A digest of everything. Measuring costs a little at every element: only where a rule asks for it. */
export function digestFor(memory: HashMemory, rules: VerifyRules): FullDigest {
  const {maxValueBytes, forbiddenPrefixes} = rules
  const measured = maxValueBytes !== undefined || forbiddenPrefixes !== undefined
  return measured ? new MeasuredDigest(memory, rules) : new FullDigest(memory)
}

/** What a digest measured. */
export function measuresOf(digest: FullDigest): Pick<ReplayedPart, 'large' | 'forbidden'> {
  if (!(digest instanceof MeasuredDigest)) return {large: null, forbidden: null}
  return {large: digest.large, forbidden: digest.forbidden}
}

class PartReplay {
  private readonly task: ReplayTask
  private readonly loader: DatasetLoader
  private readonly findings = new ReplayFindings('embedded')
  private expired = 0

  constructor(host: Host, task: ReplayTask, kernel: Kernel | undefined) {
    const {renames, databases, part} = task
    this.task = task
    this.loader = new DatasetLoader(host, {
      table: tableOf(renames),
      databases,
      onTrouble: (file, trouble) => this.findings.trouble(file, trouble),
      part,
      kernel,
    })
  }

  run(): ReplayedPart {
    const {loader, task, findings} = this
    let stop: Stop | null = null
    for (const file of task.files) if (stop === null) stop = this.load(file)
    const databases = this.countKeys()
    const {keyspace, commands} = loader
    const {expired} = this
    const plain = stop === null && task.files.length === 1 ? loader.plain : null
    const counts = {commands, troubles: findings.troubles, stop, expired, databases, plain}
    if (task.rules === null) return {...counts, totals: null, large: null, forbidden: null}
    if (task.part.index > 0) keyspace.functions.clear()
    const digest = digestFor(arenaMemory(keyspace.arena), task.rules)
    digestKeyspace(keyspace, digest)
    return {...counts, totals: digest.totals(), ...measuresOf(digest)}
  }

  private load(file: FileToLoad): Stop | null {
    const {name, path} = file
    try {
      this.loader.load(file)
      return null
    } catch (error) {
      if (error instanceof ScriptInLog) {
        return {file: name, offset: error.offset, script: error.message, finding: null}
      }
      if (!(error instanceof FormatError)) throw error
      const builder = new ReportBuilder(name, 'deep', 1)
      builder.addFile(name, 'aof', 0, path)
      builder.addError(error, {file: name})
      const {findings} = builder.finish()
      return {file: name, offset: error.offset, script: null, finding: findings[0]}
    }
  }

  private countKeys(): Record<string, DatabaseCounts> {
    const {keyspace} = this.loader
    const last = this.task.files.at(-1)
    const limit = last ? fileTimeMs(last.path) - DAY_MS : 0
    const databases: Record<string, DatabaseCounts> = {}
    for (const number of keyspace.numbers()) {
      const db = keyspace.database(number)
      const counts: Record<string, number> = {}
      const {kinds, expired} = db.count(limit)
      this.expired += expired
      for (const [kind, keys] of kinds.entries()) {
        if (keys > 0) counts[logicalOf(kind)] = (counts[logicalOf(kind)] ?? 0) + keys
      }
      const types = Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
      databases[number] = {keys: db.size, expires: db.expires, types}
    }
    return databases
  }
}
