/**
 * `respite compact`: what a server's AOF rewrite does, offline. The dataset is replayed in parts, each part writes its keys to a file
 * of its own, and these are joined in an order that depends on the keys alone: however many parts and threads there were, the output
 * is the same.
 */
import type {Part} from '../engine/part.ts'
import {Exit, RespiteError} from '../errors.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import type {Sink} from '../formats/bytes/sink.ts'
import {type Target, UnsupportedByTarget} from '../formats/rdb/features.ts'
import type {Host} from '../io/host.ts'
import {mergeCounts} from './check-replay.ts'
import {type BaseTask, CompactBase, checked} from './compact-base.ts'
import {type CompactPlace, compactEdit, placeOf} from './compact-edit.ts'
import {type Kept, keptSince, type LogEnd} from './compact-keep.ts'
import {type MemoryPlan, mostThreads, planMemory, samplePart} from './compact-memory.ts'
import {type CompactOptions, emptyReport} from './compact-options.ts'
import {type CompactedPart, compactPart, type PartKernels, partKernels} from './compact-part.ts'
import {compactRdb} from './compact-rdb.ts'
import type {CompactReport} from './compact-reports.ts'
import {factsOf, type SourceFacts} from './compact-source.ts'
import {laterTarget, nextTarget} from './compact-target.ts'
import {formOf, SETS_SINCE} from './convert-options.ts'
import {type Form, holderOf, lostBy, resolveTarget} from './convert-target.ts'
import {Unreadable} from './dataset.ts'
import {type Loadable, loadableOf} from './dataset-source.ts'
import {tableOf} from './digest-part.ts'
import type {Edit} from './edit.ts'
import {refuseWrapped} from './edit-source.ts'
import {findTies} from './find-ties.ts'
import {DEFAULT_DATABASES} from './keyspace-source.ts'
import type {FileToLoad} from './load-dataset.ts'
import {refuseLive} from './refuse-live.ts'
import {type Sum, sumOf} from './summed-sink.ts'
import {writeEdit} from './write-edit.ts'

/** @throws InputError, DiskError, OutputError, RespiteError. What stands in the way of the data itself is in the report. */
export async function compact(
  host: Host,
  [input]: readonly string[],
  options: CompactOptions,
): Promise<CompactReport> {
  const report = emptyReport(input, options)
  try {
    const loadable = loadableOf(host, input, options.config)
    report.kind = loadable.kind
    if (loadable.rdb !== null) return await compactRdb(host, loadable, options, report)
    return new Compaction(host, loadable, options, report).run()
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return {...report, verdict: 'unreadable', stoppedAt: error.finding}
  }
}

const KEEPS_COMMANDS = 'an RDB holds no commands: --keep-since goes with an append-only file'

/** Of what is only looked at. */
const NEVER = (): never => {
  throw new Error('nothing is written here')
}

class Compaction {
  private readonly host: Host
  private readonly loadable: Loadable
  private readonly options: CompactOptions
  private readonly report: CompactReport
  private readonly kept: Kept | null
  private readonly files: readonly FileToLoad[]
  private readonly facts: SourceFacts
  private readonly place: CompactPlace
  private readonly kernels: PartKernels
  /** What the logs tie together; null where they cannot be divided. */
  private ties: Part | null = null

  constructor(host: Host, loadable: Loadable, options: CompactOptions, report: CompactReport) {
    const {config, files} = loadable
    const {keepSince} = options
    this.host = host
    this.loadable = loadable
    this.kernels = partKernels(host)
    this.report = report
    const table = tableOf(config?.renames ?? null)
    this.kept = keepSince ? keptSince(host, loadable, keepSince, table) : null
    this.files = this.kept?.files ?? files
    this.facts = factsOf(host, loadable)
    if (options.keepSince && options.to === 'rdb') throw usage(KEEPS_COMMANDS)
    this.options = {...options, single: options.single || this.isSingle(options)}
    this.place = placeOf(loadable, this.options)
  }

  run(): CompactReport {
    const {facts, options, report, host, loadable} = this
    report.producer = facts.producer
    report.bytesBefore = facts.bytes
    report.kept = this.kept?.report ?? null
    report.single = options.single ?? false
    const isAsked = options.server !== undefined || options.rdbVersion !== undefined
    if (options.inPlace && !options.dryRun) {
      refuseLive(loadable.files.map(({path}) => path))
      refuseWrapped(host, {manifest: null, files: this.edit('rdb', NEVER, NEVER).files})
    }
    const {config, files} = loadable
    const table = tableOf(config?.renames ?? null)
    const job = {files: this.files, table, commands: files.length > 0}
    this.ties = findTies(host, job, mostThreads(host, options.workers))
    for (let target = resolveTarget(facts, options.server, options.rdbVersion); ; ) {
      try {
        return options.dryRun || (this.options.output === null && !options.inPlace)
          ? this.plan(target)
          : this.write(target)
      } catch (error) {
        if (!(error instanceof UnsupportedByTarget)) throw error
        const later = isAsked ? null : laterTarget(target, this.task(target).form, error.feature)
        if (later === null) return this.refused(error, target)
        // The log has what its base is too old for: its server was newer by then.
        target = later
      }
    }
  }

  /** Servers before 7.0 know no sets. In place, one file stays one. */
  private isSingle({to, inPlace}: CompactOptions): boolean {
    const {kind, rdbVersion} = {...this.facts, kind: this.loadable.kind}
    if (to === 'rdb' || kind === 'aof-set') return false
    return inPlace === true || (rdbVersion !== null && rdbVersion < SETS_SINCE)
  }

  private task(target: Target): BaseTask {
    const {options, loadable, files} = this
    const {to = 'aof', base, single} = options
    const form = formOf({to, base, single}, target.version)
    return {
      input: loadable.input,
      files,
      renames: loadable.config?.renames ?? null,
      databases: options.databases ?? loadable.config?.databases ?? DEFAULT_DATABASES,
      target,
      form,
      lost: [...lostBy(holderOf(form, target), new Set())],
      divisible: this.ties !== null,
    }
  }

  private plan(target: Target): CompactReport {
    const {report, kept, files} = this
    const task = this.task(target)
    let sample: Sample = {parts: [], memory: 0, bytes: 0, keys: 0}
    const plan = this.memoryPlan((limit) => {
      sample = this.sample(task, limit, 'count')
      return sample.memory
    }, true)
    checked(sample.parts, files, target)
    this.describe(target, plan, plan.parts)
    const {keys, bytes} = sample
    return {...report, keys, bytesAfter: bytes + (kept?.report.bytes ?? 0), verdict: 'planned'}
  }

  private memoryPlan(measure: (limit: number) => number, always = false): MemoryPlan {
    const {host, options, facts, ties} = this
    return planMemory(host, options, facts.expandedBytes, ties !== null, measure, always)
  }

  private write(target: Target): CompactReport {
    const {host, options, report, place, facts, ties} = this
    const task = this.task(target)
    const plan = this.memoryPlan((limit) => this.sample(task, limit, 'nowhere').memory)
    const base = new CompactBase(host, {
      ...{
        facts,
        task,
        plan,
        kernels: this.kernels,
        ties: ties?.ties ?? null,
        atMs: this.kept?.at.timeMs ?? null,
      },
      aofBase: options.to !== 'rdb',
      beside: place.beside,
    })
    const edit = this.edit(
      task.form,
      (sink) => base.produce(sink),
      () => base.parts[0],
    )
    const {stamp, force = false, inPlace = false} = options
    const written = writeEdit(host, edit, {
      ...{output: place.output, force, inPlace, discard: false, stamp, word: 'compacted'},
      inspect(path, {type}) {
        const isBase = type === 'b' || place.manifest === null
        if (isBase) report.proof = base.prove(path)
        const sum = isBase ? UNSUMMED : sumOf(host, new Cursor(host.kernel), path)
        host.settle(path)
        return {sum, refusal: null}
      },
    })
    this.describe(target, plan, base.parts.length)
    return {
      ...report,
      ...contentsOf(base.parts),
      ...{verdict: 'compacted', output: place.output, files: written.files, aside: written.kept},
      bytesAfter: written.bytes + this.untouched(),
    }
  }

  /** Bytes of kept files that stay where they are. */
  private untouched(): number {
    const {options, kept} = this
    if (!options.inPlace || this.place.manifest === null) return 0
    const whole = kept?.rest.filter(({start}) => start === 0) ?? []
    return whole.reduce((sum, {end}) => sum + end, 0)
  }

  private edit(form: Form, produce: (sink: Sink) => void, ended: () => LogEnd): Edit {
    const {place, kept, loadable} = this
    return compactEdit({place, files: loadable.files, form, kept, produce, ended})
  }

  /** What a part of the dataset says of all of it. */
  private sample(task: BaseTask, limit: number, to: 'count' | 'nowhere'): Sample {
    const {part, times} = samplePart(this.facts.expandedBytes)
    const parts = compactPart(this.host, [], {...task, limit, to, parts: [part]}, this.kernels)
    const sum = (of: (part: CompactedPart) => number) =>
      parts.reduce((all, each) => all + of(each), 0) * times
    return {
      parts,
      memory: sum(({memory}) => memory),
      bytes: sum(({bytes}) => bytes),
      keys: keysOf(mergeCounts(parts)) * times,
    }
  }

  private describe(target: Target, {asked, threads, estimate}: MemoryPlan, parts: number): void {
    const {report, options} = this
    const {dialect, version: rdbVersion} = target
    report.target = {dialect, rdbVersion}
    report.base = this.task(target).form === 'rdb' ? 'rdb' : 'aof'
    report.memory = {max: asked, threads, parts, estimate}
    report.output = options.output === null && !options.inPlace ? null : this.place.output
  }

  private refused(error: UnsupportedByTarget, target: Target): CompactReport {
    const {report, options} = this
    const {form} = this.task(target)
    const next = nextTarget(error.feature, report.input, options, target, form)
    const {dialect, version: rdbVersion} = target
    const facts = {verdict: 'refused', output: null, reason: error.message, next} as const
    return {...report, ...facts, target: {dialect, rdbVersion}}
  }
}

/** Of a base, which is compared by its digest. */
const UNSUMMED: Sum = {bytes: 0, crc: 0n}

interface Sample {
  parts: CompactedPart[]
  /** Of all of the dataset. */
  memory: number
  bytes: number
  keys: number
}

/** What all parts hold together, for the report. */
function contentsOf(parts: readonly CompactedPart[]) {
  const databases = mergeCounts(parts)
  const sum = (of: (part: CompactedPart) => number) =>
    parts.reduce((all, part) => all + of(part), 0)
  return {
    databases,
    keys: keysOf(databases),
    functions: sum(({libraries}) => libraries.length),
    expired: sum(({expired}) => expired),
    // Every part reads them all.
    commands: Math.max(...parts.map(({commands}) => commands)),
    failed: sum(({failed}) => failed),
    openTransaction: parts.some(({unended}) => unended),
  }
}

function keysOf(databases: CompactReport['databases']): number {
  return Object.values(databases).reduce((sum, {keys}) => sum + keys, 0)
}

function usage(message: string): RespiteError {
  return new RespiteError(Exit.USAGE, 'USAGE', message)
}
