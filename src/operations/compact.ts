/**
 * `respite compact`: what a server's AOF rewrite does, offline. The dataset is replayed in parts, each part writes its keys to a file
 * of its own, and these are joined in an order that depends on the keys alone: however many parts and threads there were, the output
 * is the same.
 */
import type {Part} from '../engine/part.ts'
import {Exit, RespiteError} from '../errors.ts'
import type {Sink} from '../formats/bytes/sink.ts'
import {type Target, UnsupportedByTarget} from '../formats/rdb/features.ts'
import {BYTES_TOTAL, type Host} from '../io/host.ts'
import {estimateSize} from '../io/input-size.ts'
import {withRunDirectory} from '../io/run-files.ts'
import {mergeCounts} from './check-replay.ts'
import {type CompactPlace, compactEdit, placeOf} from './compact-edit.ts'
import {joinParts} from './compact-join.ts'
import {type Kept, keptSince} from './compact-keep.ts'
import {type MemoryPlan, planMemory, runAll, samplePart} from './compact-memory.ts'
import type {CompactOptions} from './compact-options.ts'
import {type CompactedPart, type CompactTask, compactPart} from './compact-part.ts'
import {digestOf, digestWritten} from './compact-proof.ts'
import {compactRdb} from './compact-rdb.ts'
import type {CompactReport} from './compact-reports.ts'
import {factsOf, type SourceFacts} from './compact-source.ts'
import {laterTarget, nextTarget} from './compact-target.ts'
import {formOf, SETS_SINCE} from './convert-options.ts'
import type {OutputSettings} from './convert-outputs.ts'
import {unlike} from './convert-proof.ts'
import {type Form, holderOf, lostUnseen, resolveTarget} from './convert-target.ts'
import {Unreadable} from './dataset.ts'
import {type Loadable, loadableOf} from './dataset-source.ts'
import {tableOf} from './digest-part.ts'
import {firstStop} from './digest-replay.ts'
import {refuseWrapped} from './edit-source.ts'
import {DEFAULT_DATABASES} from './keyspace-source.ts'
import type {FileToLoad} from './load-dataset.ts'
import {refuseLive} from './refuse-live.ts'
import {findTies} from './run-parts.ts'
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

class Compaction {
  private readonly host: Host
  private readonly loadable: Loadable
  private readonly options: CompactOptions
  private readonly report: CompactReport
  private readonly kept: Kept | null
  private readonly files: readonly FileToLoad[]
  private readonly facts: SourceFacts
  private readonly place: CompactPlace
  /** What the logs tie together; null where they cannot be divided. */
  private ties: Part | null = null
  private parts: CompactedPart[] = []
  private baseBytes = 0

  constructor(host: Host, loadable: Loadable, options: CompactOptions, report: CompactReport) {
    const {config, files} = loadable
    const {keepSince} = options
    this.host = host
    this.loadable = loadable
    this.report = report
    const table = tableOf(config?.renames ?? null)
    this.kept = keepSince ? keptSince(host, loadable, keepSince, table) : null
    this.files = this.kept?.files ?? files
    this.facts = factsOf(host, loadable, this.kept)
    this.options = {...options, single: options.single || this.isSingle(options)}
    if (this.kept && options.to === 'rdb') {
      const message = 'an RDB holds no commands: --keep-since goes with an append-only file'
      throw new RespiteError(Exit.USAGE, 'USAGE', message)
    }
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
      refuseWrapped(host, {manifest: null, files: this.edit('rdb', () => {}).files})
    }
    const {config, files} = loadable
    const table = tableOf(config?.renames ?? null)
    this.ties = findTies(host, {files: this.files, table, commands: files.length > 0})
    for (let target = resolveTarget(facts, options.server, options.rdbVersion); ; ) {
      try {
        return options.dryRun || (this.options.output === null && !options.inPlace)
          ? this.plan(target)
          : this.write(target)
      } catch (error) {
        if (!(error instanceof UnsupportedByTarget)) throw error
        const later = isAsked ? null : laterTarget(target, error.feature)
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

  private task(target: Target): Omit<CompactTask, 'parts' | 'to' | 'limit'> {
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
      lost: [...lostUnseen(holderOf(form, target), new Set())],
      divisible: this.ties !== null,
    }
  }

  private plan(target: Target): CompactReport {
    const {host, facts, report, kept} = this
    const task = this.task(target)
    const {part, times} = samplePart(facts.expandedBytes)
    let sampled: CompactedPart[] = []
    const plan = this.memoryPlan((limit) => {
      sampled = compactPart(host, [], {...task, limit, to: 'count', parts: [part]})
      return memoryOf(sampled, times)
    }, true)
    this.check(sampled, target)
    this.describe(target, plan, plan.parts)
    const keys = keysOf(mergeCounts(sampled)) * times
    const bytes = sampled.reduce((sum, {bytes}) => sum + bytes, 0) * times
    return {...report, keys, bytesAfter: bytes + (kept?.report.bytes ?? 0), verdict: 'planned'}
  }

  private memoryPlan(measure: (limit: number) => number, always = false): MemoryPlan {
    const {host, options, facts, ties} = this
    return planMemory(host, options, facts.expandedBytes, ties !== null, measure, always)
  }

  private write(target: Target): CompactReport {
    const {host, options, report, place} = this
    const task = this.task(target)
    const plan = this.memoryPlan((limit) => this.sample(task, limit))
    this.describe(target, plan, plan.parts)
    const edit = this.edit(task.form, (sink) => this.produce(sink, task, plan))
    const {stamp, force = false, inPlace = false} = options
    const written = writeEdit(host, edit, {
      ...{output: place.output, force, inPlace, discard: false, stamp, word: 'compacted'},
      verify: (path, {type}) => {
        if (type === 'b' || place.manifest === null) this.prove(path, task, plan)
      },
    })
    this.describe(target, plan, this.parts.length)
    const databases = mergeCounts(this.parts)
    const sum = (of: (part: CompactedPart) => number) =>
      this.parts.reduce((all, part) => all + of(part), 0)
    return {
      ...report,
      ...{verdict: 'compacted', output: place.output, files: written.files, aside: written.kept},
      ...{bytesAfter: written.bytes + this.untouched(), databases, keys: keysOf(databases)},
      functions: sum(({libraries}) => libraries.length),
      expired: sum(({expired}) => expired),
      commands: Math.max(...this.parts.map(({commands}) => commands)),
      failed: sum(({failed}) => failed),
      openTransaction: this.kept === null && sum(({unended}) => unended) > 0,
    }
  }

  /** Bytes of kept files that stay where they are. */
  private untouched(): number {
    const {options, kept} = this
    if (!options.inPlace || this.place.manifest === null) return 0
    const whole = kept?.rest.filter(({start}) => start === 0) ?? []
    return whole.reduce((sum, {end}) => sum + end, 0)
  }

  private edit(form: Form, produce: (sink: Sink) => void) {
    const {place, kept, loadable} = this
    const ended = () => this.parts[0]
    return compactEdit({place, files: loadable.files, form, kept, produce, ended})
  }

  private sample(task: Omit<CompactTask, 'parts' | 'to' | 'limit'>, limit: number): number {
    const {part, times} = samplePart(this.facts.expandedBytes)
    const sampled = compactPart(this.host, [], {...task, limit, to: 'nowhere', parts: [part]})
    return memoryOf(sampled, times)
  }

  private produce(
    sink: Sink,
    task: Omit<CompactTask, 'parts' | 'to' | 'limit'>,
    plan: MemoryPlan,
  ): void {
    const {host, place, facts} = this
    const {limit, threads, parts} = plan
    host.counters[BYTES_TOTAL] += facts.bytes * (Math.ceil(parts / threads) - 1)
    const counted: Sink = {
      write: (memory, start, end) => {
        this.baseBytes += end - start
        sink.write(memory, start, end)
      },
    }
    this.baseBytes = 0
    this.parts = withRunDirectory(place.beside, (directory) => {
      const all = {...task, limit, to: {directory}}
      const done = this.check(
        runAll(host, all, this.ties?.ties ?? null, plan, compactPart),
        task.target,
      )
      joinParts(host, counted, done, mergeCounts(done), this.settings(task, done))
      return done
    })
  }

  /** @throws Unreadable, UnsupportedByTarget. */
  private check(parts: CompactedPart[], target: Target): CompactedPart[] {
    const stop = firstStop(parts, this.files)
    if (stop !== null) throw new Unreadable(stop)
    const unheld = parts.find((part) => part.unheld !== null)?.unheld
    if (unheld) throw new UnsupportedByTarget(unheld.feature, target, unheld.key)
    return parts
  }

  private settings(
    {form, target, lost}: Omit<CompactTask, 'parts' | 'to' | 'limit'>,
    parts: readonly CompactedPart[],
  ): OutputSettings {
    const {producer, atMs} = this.facts
    const counts = Object.entries(mergeCounts(parts)).map(
      ([db, each]) => [Number(db), each] as const,
    )
    const [name, version] = producer?.split(' ') ?? []
    const aux: [string, string][] = [['redis-bits', '64']]
    if (name !== undefined) aux.unshift([`${name === 'valkey' ? 'valkey' : 'redis'}-ver`, version])
    if (atMs !== null) aux.push(['ctime', String(Math.floor(atMs / 1000))])
    const aofBase = this.options.to !== 'rdb'
    const rdb = {counts: new Map(counts), changed: true, aofBase, aux}
    return {form, target, lost: new Set(lost), rdb}
  }

  private prove(
    path: string,
    task: Omit<CompactTask, 'parts' | 'to' | 'limit'>,
    plan: MemoryPlan,
  ): void {
    const {host, report, parts} = this
    host.counters[BYTES_TOTAL] += estimateSize([path])
    const before = digestOf(host, parts)
    const after =
      task.form === 'rdb' ? digestWritten(host, path) : this.digestCommands(path, task, plan)
    host.settle(path)
    if (before !== after) throw unlike(path, `digest ${after} instead of ${before}`)
    report.proof = {before, after}
  }

  private digestCommands(
    path: string,
    task: Omit<CompactTask, 'parts' | 'to' | 'limit'>,
    plan: MemoryPlan,
  ): string {
    const files = [{path, name: path, end: this.baseBytes}]
    const all = {...task, files, limit: plan.limit, to: 'nowhere', divisible: true} as const
    const parts = runAll(this.host, all, null, plan, compactPart)
    const stop = firstStop(parts, files)
    if (stop !== null) throw unlike(path, `${stop.message} at offset ${stop.offset}`)
    return digestOf(this.host, parts)
  }

  private describe(
    target: Target,
    {maxMemory, threads, estimate}: MemoryPlan,
    parts: number,
  ): void {
    const {report, options} = this
    const {dialect, version: rdbVersion} = target
    report.target = {dialect, rdbVersion}
    report.base = this.task(target).form === 'rdb' ? 'rdb' : 'aof'
    report.memory = {max: maxMemory, threads, parts, estimate}
    report.output = options.output === null && !options.inPlace ? null : this.place.output
  }

  private refused(error: UnsupportedByTarget, target: Target): CompactReport {
    const {report, options} = this
    const next = nextTarget(error.feature, report.input, options, target)
    const {dialect, version: rdbVersion} = target
    const facts = {verdict: 'refused', output: null, reason: error.message, next} as const
    return {...report, ...facts, target: {dialect, rdbVersion}}
  }
}

function memoryOf(parts: readonly CompactedPart[], times: number): number {
  return parts.reduce((sum, {memory}) => sum + memory, 0) * times
}

function keysOf(databases: CompactReport['databases']): number {
  return Object.values(databases).reduce((sum, {keys}) => sum + keys, 0)
}

function emptyReport(
  input: string,
  {to = 'aof', single = false, base = 'rdb', dryRun = false}: CompactOptions,
): CompactReport {
  return {
    schema: 'respite.compact/1',
    input,
    kind: 'unknown',
    producer: null,
    to,
    single,
    base,
    target: {dialect: 'redis', rdbVersion: 0},
    output: null,
    dryRun,
    verdict: 'planned',
    bytesBefore: 0,
    bytesAfter: 0,
    files: [],
    aside: [],
    keys: 0,
    databases: {},
    functions: 0,
    expired: 0,
    commands: 0,
    failed: 0,
    openTransaction: false,
    memory: null,
    kept: null,
    proof: null,
    reason: null,
    stoppedAt: null,
    next: null,
  }
}
