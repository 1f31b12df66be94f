/**
 * `respite convert`: any input to an RDB, an append-only file, or commands. Looks at everything before it writes anything, refuses
 * what would be lost unless told otherwise, reads back what it wrote.
 */
import {FullDigest} from '../engine/digest/full-digest.ts'
import {type Feature, targetName, UnsupportedByTarget} from '../formats/rdb/features.ts'
import type {PatchableSink} from '../formats/rdb/write-output.ts'
import type {Host} from '../io/host.ts'
import {ChosenEntries, refuseTwice} from './chosen-entries.ts'
import {type ConvertOptions, describe, emptyReport, formOf} from './convert-options.ts'
import {
  entryWriter,
  type OutputSettings,
  publishOutput,
  rdbSettings,
  type WriteSettings,
} from './convert-outputs.ts'
import {ConvertPlan, type Holder} from './convert-plan.ts'
import {type ReadBack, readBackCommands, readBackRdb, unlike} from './convert-proof.ts'
import type {ConvertProof, ConvertReport} from './convert-reports.ts'
import {ConvertSink} from './convert-sink.ts'
import {type Form, holderOf, lostBy, parseDrop, resolveTarget} from './convert-target.ts'
import {type DatasetSource, Unreadable} from './dataset.ts'
import {openDataset} from './dataset-source.ts'
import {DigestingWriter} from './digesting-writer.ts'
import {quote} from './next-step.ts'

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
  private readonly chosen: ChosenEntries
  private sink: ConvertSink | null = null
  private digest: FullDigest | null = null

  constructor(host: Host, source: DatasetSource, options: ConvertOptions) {
    const {server, rdbVersion, drop = [], as = []} = options
    this.host = host
    this.source = source
    this.options = options
    this.drop = parseDrop(drop, as)
    const target = resolveTarget(source, server, rdbVersion)
    this.form = formOf(options, target.version)
    this.holder = holderOf(this.form, target)
    this.chosen = new ChosenEntries(source, options.selection, options.transform)
  }

  async run(): Promise<ConvertReport> {
    const {source, options, holder, chosen} = this
    const {selection = {}, transform = {}, dryRun = false} = options
    refuseTwice(source, selection, transform, dryRun)
    await chosen.prepare()
    const plan = source.repeatable ? this.look() : null
    const {kind, producer, input} = source
    const {dialect, version: rdbVersion} = holder.target
    const report: ConvertReport = {
      ...emptyReport(input, options),
      ...{kind, producer, target: {dialect, rdbVersion}, output: options.output},
      unselected: chosen.unselected,
    }
    if (plan) describe(report, plan)
    if (plan?.refused) return this.refused(report)
    if (options.dryRun || options.output === null) return report
    return this.write(report, plan)
  }

  private look(): ConvertPlan {
    const plan = new ConvertPlan(this.holder, this.drop, this.chosen.isWhole)
    // What is damaged inside is found when it is written, and stops it.
    this.chosen.read(plan, !this.options.dryRun)
    return plan
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
      const single = options.to !== 'aof' || options.single === true
      const written = publishOutput(this.host, write, this.form, single)
      const {unselected} = this.chosen
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
      bulk: this.chosen.isWhole,
    })
    this.chosen.read(this.sink)
    this.sink.finish()
  }

  private outputSettings(plan: ConvertPlan | null, lost: ReadonlySet<Feature>): OutputSettings {
    const {source, form, holder, chosen} = this
    const {to} = this.options
    const changed = !chosen.isWhole || plan?.missing.size !== 0 || to !== 'rdb'
    const rdb = rdbSettings(source, plan?.databases ?? null, changed, to === 'aof')
    return {form, target: holder.target, lost, rdb}
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
    this.chosen.read(new ConvertSink(new DigestingWriter(digest, this.holder), options))
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
