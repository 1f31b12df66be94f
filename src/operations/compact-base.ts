/** Writes what a log comes to, the base of its output, and proves it. */
import type {Part} from '../engine/part.ts'
import type {Sink} from '../formats/bytes/sink.ts'
import {type Target, UnsupportedByTarget} from '../formats/rdb/features.ts'
import {BYTES_TOTAL, type Host} from '../io/host.ts'
import {estimateSize} from '../io/input-size.ts'
import {withRunDirectory} from '../io/run-files.ts'
import {mergeCounts} from './check-replay.ts'
import {joinParts} from './compact-join.ts'
import {type MemoryPlan, runAll} from './compact-memory.ts'
import type {CompactedPart, CompactTask, PartKernels} from './compact-part.ts'
import {digestOf} from './compact-proof.ts'
import type {CompactReport} from './compact-reports.ts'
import type {SourceFacts} from './compact-source.ts'
import type {OutputSettings} from './convert-outputs.ts'
import {readBackWholeRdb, unlike} from './convert-proof.ts'
import {Unreadable} from './dataset.ts'
import {firstStop} from './digest-replay.ts'
import type {FileToLoad} from './load-dataset.ts'

/** What does not depend on the memory that there is. */
export type BaseTask = Omit<CompactTask, 'parts' | 'to' | 'limit'>

export interface BaseSettings {
  facts: SourceFacts
  task: BaseTask
  plan: MemoryPlan
  kernels: PartKernels
  ties: Part['ties']
  /** The time of what it holds, in ms, where it is not that of the whole log. */
  atMs: number | null
  /** It begins an append-only file. */
  aofBase: boolean
  /** Beside what the files of the parts lie meanwhile. */
  beside: string
}

export class CompactBase {
  /** Once it is written. */
  parts: readonly CompactedPart[] = []
  private readonly host: Host
  private readonly settings: BaseSettings
  private bytes = 0

  constructor(host: Host, settings: BaseSettings) {
    this.host = host
    this.settings = settings
  }

  /** @throws Unreadable, UnsupportedByTarget. */
  produce(sink: Sink): void {
    const {host} = this
    const {task, plan, ties, facts, beside, kernels} = this.settings
    const {limit, threads, parts} = plan
    host.counters[BYTES_TOTAL] += facts.bytes * (Math.ceil(parts / threads) - 1)
    this.bytes = 0
    const counted: Sink = {
      write: (memory, start, end) => {
        this.bytes += end - start
        sink.write(memory, start, end)
      },
    }
    this.parts = withRunDirectory(beside, (directory) => {
      const all = {...task, limit, to: {directory}}
      const done = checked(runAll(host, all, ties, plan, kernels), task.files, task.target)
      joinParts(host, counted, done, mergeCounts(done), this.outputSettings(done))
      return done
    })
  }

  /** Read all of it back. @throws RespiteError where it is not what it should be: nothing was published then. */
  prove(path: string): CompactReport['proof'] {
    const {host, parts, settings} = this
    host.counters[BYTES_TOTAL] += estimateSize([path])
    const before = digestOf(host, parts)
    const isRdb = settings.task.form === 'rdb'
    const after = isRdb ? readBackWholeRdb(host, path).digest : this.digestCommands(path)
    host.settle(path)
    if (before !== after) throw unlike(path, `digest ${after} instead of ${before}`)
    return {before, after}
  }

  private digestCommands(path: string): string {
    const {host} = this
    const {task, plan, kernels} = this.settings
    const files = [{path, name: path, end: this.bytes}]
    const limits = {limit: plan.limit, divisible: true, databases: DATABASES, renames: null}
    const all: Omit<CompactTask, 'parts'> = {...task, ...limits, files, to: 'nowhere'}
    const parts = runAll(host, all, null, plan, kernels)
    const stop = firstStop(parts, files)
    if (stop !== null) throw unlike(path, `${stop.message} at offset ${stop.offset}`)
    return digestOf(host, parts)
  }

  private outputSettings(parts: readonly CompactedPart[]): OutputSettings {
    const {facts, aofBase, task, atMs} = this.settings
    const {form, target, lost} = task
    const {producer} = facts
    // Never the time of a file: a copy of it would come out as something else.
    const [{timestamp}] = parts
    const seconds = atMs === null ? timestamp : Math.floor(atMs / 1000)
    const counts = Object.entries(mergeCounts(parts)).map(
      ([db, each]) => [Number(db), each] as const,
    )
    const [name, version] = producer?.split(' ') ?? []
    const aux: [string, string][] = [['redis-bits', '64']]
    if (name !== undefined) aux.unshift([`${name === 'valkey' ? 'valkey' : 'redis'}-ver`, version])
    if (seconds !== null) aux.push(['ctime', String(seconds)])
    const rdb = {counts: new Map(counts), changed: true, aofBase, aux}
    return {form, target, lost: new Set(lost), rdb}
  }
}

/** However many the server had. */
const DATABASES = 2 ** 31 - 1

/** The same parts where nothing stopped them. @throws Unreadable, UnsupportedByTarget. */
export function checked(
  parts: CompactedPart[],
  files: readonly FileToLoad[],
  target: Target,
): CompactedPart[] {
  const stop = firstStop(parts, files)
  if (stop !== null) throw new Unreadable(stop)
  const unheld = parts.find((part) => part.unheld !== null)?.unheld
  if (unheld) throw new UnsupportedByTarget(unheld.feature, target, unheld.key)
  return parts
}
