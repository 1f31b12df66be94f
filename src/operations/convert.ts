/**
 * `respite convert`: any input to an RDB, an append-only file, or commands. Looks at everything before it writes anything, refuses
 * what would be lost unless told otherwise, reads back what it wrote.
 */
import {FullDigest} from '../engine/digest/full-digest.ts'
import {Exit, RespiteError} from '../errors.ts'
import type {EntrySink} from '../formats/entry.ts'
import {type Feature, targetName, UnsupportedByTarget} from '../formats/rdb/features.ts'
import type {PatchableSink} from '../formats/rdb/write-output.ts'
import type {Host} from '../io/host.ts'
import {type ConvertOptions, describe, emptyReport, formOf, settled} from './convert-options.ts'
import {
  entryWriter,
  type OutputSettings,
  type WriteSettings,
  type Written,
  writeFile,
  writeSet,
  writeStdout,
} from './convert-outputs.ts'
import {ConvertPlan, type Holder} from './convert-plan.ts'
import {type ReadBack, readBackCommands, readBackRdb, unlike} from './convert-proof.ts'
import type {ConvertProof, ConvertReport} from './convert-reports.ts'
import {ConvertSink} from './convert-sink.ts'
import {type Form, holderOf, lostBy, parseDrop, resolveTarget} from './convert-target.ts'
import {type DatasetSource, Unreadable} from './dataset.ts'
import {openDataset} from './dataset-source.ts'
import {quote} from './next-step.ts'
import {NoWriter} from './no-writer.ts'
import {isSelective, SelectingSink, type Selection, type Selector, selectorFor} from './select.ts'
import {isTransforming, type Transform, TransformingSink} from './transform.ts'

/** @throws InputError, DiskError, OutputError, RespiteError. What stands in the way of the data itself is in the report. */
export async function convert(
  host: Host,
  [input]: readonly string[],
  options: ConvertOptions,
): Promise<ConvertReport> {
  try {
    const source = openDataset(host, input, options)
    const conversion = new Conversion(host, source, options)
    return await conversion.run()
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return {...emptyReport(input, options), verdict: 'unreadable', stoppedAt: error.finding}
  }
}

class Conversion {
  private readonly host: Host
  private readonly source: DatasetSource
  private readonly options: ConvertOptions
  private readonly form: Form
  private readonly holder: Holder
  private readonly drop: ReadonlySet<Feature>
  private readonly selection: Selection
  private readonly transform: Transform
  private readonly bulk: boolean
  private selector: Selector | null = null
  private unselected = 0
  private sink: ConvertSink | null = null
  private digest: FullDigest | null = null

  constructor(host: Host, source: DatasetSource, options: ConvertOptions) {
    const {server, rdbVersion, drop = [], as = [], selection = {}} = options
    this.host = host
    this.source = source
    this.options = options
    this.drop = parseDrop(drop, as)
    const target = resolveTarget(source, server, rdbVersion)
    this.form = formOf(options, target.version)
    this.holder = holderOf(this.form, target)
    this.selection = selection
    this.transform = settled(options.transform ?? {}, source)
    this.bulk = !isSelective(selection) && !isTransforming(this.transform)
  }

  async run(): Promise<ConvertReport> {
    const {source, options, holder} = this
    this.refuseOnce()
    if (isSelective(this.selection)) this.selector = await selectorFor(source, this.selection)
    const plan = source.repeatable ? this.look() : null
    const {kind, producer, input} = source
    const {dialect, version: rdbVersion} = holder.target
    const report: ConvertReport = {
      ...emptyReport(input, options),
      ...{kind, producer, target: {dialect, rdbVersion}, output: options.output},
      unselected: this.unselected,
    }
    if (plan) describe(report, plan)
    if (plan?.refused) return this.refused(report)
    if (options.dryRun || options.output === null) return report
    return this.write(report, plan)
  }

  /** What is read from stdin can be read once only. */
  private refuseOnce(): void {
    const {sample, minSize} = this.selection
    if (this.source.repeatable) return
    const {dryRun, transform} = this.options
    const twice = sample !== undefined || minSize !== undefined || dryRun
    if (!twice && transform?.asOfBackupMs === undefined) return
    const message =
      '--sample, --min-size, --ttl as-of-backup and --dry-run read the input twice: give it as a path'
    throw new RespiteError(Exit.USAGE, 'USAGE', message)
  }

  private look(): ConvertPlan {
    const plan = new ConvertPlan(this.holder, this.drop, this.bulk)
    // What is damaged inside is found when it is written, and stops it.
    this.read(plan, !this.options.dryRun)
    return plan
  }

  /** Give what is wanted of the source to a sink, as it is to be. */
  private read(sink: EntrySink, shallow = false): void {
    const changing = isTransforming(this.transform)
      ? new TransformingSink(sink, this.transform)
      : null
    const selecting = this.selector && new SelectingSink(changing ?? sink, this.selector)
    this.source.read(selecting ?? changing ?? sink, shallow)
    changing?.refuseCollisions()
    this.unselected = selecting?.skipped ?? 0
  }

  private write(report: ConvertReport, plan: ConvertPlan | null): ConvertReport {
    const {options, source, holder} = this
    const output = options.output!
    const lost = plan?.lost ?? lostBy(holder, this.drop)
    const settings = this.outputSettings(plan, lost)
    const proves = !options.skipProof && output !== '-'
    const write: WriteSettings = {
      output,
      force: options.force ?? false,
      like: source.paths[0],
      produce: (sink) => this.produce(sink, settings, proves),
      verify: (path) => {
        if (proves) report.proof = this.prove(path, lost)
      },
    }
    try {
      const written = this.publish(write)
      const {unselected} = this
      const keys = plan?.keys ?? this.written
      return {...report, ...written, verdict: 'converted', keys, unselected}
    } catch (error) {
      // Found out late: the input was not looked at before, or has something that nobody looks for.
      if (!(error instanceof UnsupportedByTarget)) throw error
      const next = `Allow it: --drop ${error.feature}`
      return {
        ...report,
        ...{verdict: 'refused', output: null, reason: error.message, next},
        ...{target: {dialect: holder.target.dialect, rdbVersion: holder.target.version}},
      }
    }
  }

  private get written(): number {
    const {copiedCount = 0, rewrittenCount = 0} = this.sink ?? {}
    return copiedCount + rewrittenCount
  }

  private publish(write: WriteSettings): Written {
    const {to, single = false} = this.options
    if (write.output === '-') return writeStdout(write.produce)
    return to === 'aof' && !single
      ? writeSet(this.host, write, this.form)
      : writeFile(this.host, write)
  }

  private produce(sink: PatchableSink, settings: OutputSettings, proves: boolean): void {
    const {host, source} = this
    const {lost} = settings
    // RESTORE leaves no order in which copies could be told from the rest: all is digested, apart.
    this.digest = proves && settings.form !== 'restore' ? new FullDigest(source.memory) : null
    this.sink = new ConvertSink(entryWriter(host, sink, settings), {
      lost,
      counters: settings.form === 'commands' ? 'ignored' : 'made-up',
      digest: this.digest,
      memory: source.memory,
      bulk: this.bulk,
    })
    this.read(this.sink)
    this.sink.finish()
  }

  private outputSettings(plan: ConvertPlan | null, lost: ReadonlySet<Feature>): OutputSettings {
    const {source, options, form, holder} = this
    const counts =
      plan && Object.entries(plan.databases).map(([db, each]) => [Number(db), each] as const)
    const name = source.producer?.split(' ')
    return {
      form,
      target: holder.target,
      lost,
      rdb: {
        counts: counts && new Map(counts),
        changed: !this.bulk || plan?.missing.size !== 0 || options.to !== 'rdb',
        aofBase: options.to === 'aof',
        aux: [
          ...(name ? [[`${name[0] === 'valkey' ? 'valkey' : 'redis'}-ver`, name[1]] as const] : []),
          ['redis-bits', '64'],
          ['ctime', String(Math.floor(source.createdAtMs / 1000))],
        ],
      },
    }
  }

  private prove(path: string, lost: ReadonlySet<Feature>): ConvertProof {
    const sink = this.sink!
    const digest = this.digest?.finish() ?? this.digestApart(lost)
    const {rewrittenCount: rewritten, copiedCount: copied} = sink
    const back = this.readBack(path, lost)
    if (back.entries !== rewritten + copied) {
      throw unlike(path, `${back.entries} keys instead of ${rewritten + copied}`)
    }
    if (back.digest !== digest) throw unlike(path, `digest ${back.digest} instead of ${digest}`)
    return {copied, rewritten, digest}
  }

  private digestApart(lost: ReadonlySet<Feature>): string {
    const {memory} = this.source
    const digest = new FullDigest(memory)
    const options = {lost, counters: 'made-up', digest, memory, bulk: false} as const
    this.read(new ConvertSink(new NoWriter(), options))
    return digest.finish()
  }

  private readBack(path: string, lost: ReadonlySet<Feature>): ReadBack {
    const {host, form} = this
    if (form === 'rdb') return readBackRdb(host, path, this.sink!.rewritten)
    return readBackCommands(host, [{path, name: path}], lost)
  }

  private refused(report: ConvertReport): ConvertReport {
    const {options, holder} = this
    const names = report.missing.filter(({decision}) => decision === 'refused')
    const features = names.map(({feature}) => feature).join(',')
    const flags = options.server ? ` --for ${options.server}` : ''
    const next = `respite convert ${quote(report.input)} --to ${options.to}${flags} --drop ${features} -o ${quote(options.output ?? 'OUT')}`
    const reason = `${targetName(holder.target)} cannot hold ${names.map(({text}) => text).join(', ')}`
    return {...report, verdict: 'refused', output: null, reason, next}
  }
}
