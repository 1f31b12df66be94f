/**
 * `respite convert`: any input to an RDB, an append-only file, or commands. Looks at everything before it writes anything, refuses
 * what would be lost unless told otherwise, reads back what it wrote.
 */
import {FullDigest} from '../engine/digest/full-digest.ts'
import type {EntryWriter} from '../formats/entry-writer.ts'
import {FEATURES, type Feature, targetName, UnsupportedByTarget} from '../formats/rdb/features.ts'
import type {PatchableSink} from '../formats/rdb/write-output.ts'
import {TableEntryWriter} from '../formats/table/table-entry-writer.ts'
import {ViewGuard} from '../formats/view-guard.ts'
import type {Host} from '../io/host.ts'
import {ChosenEntries, refuseTwice} from './chosen-entries.ts'
import {type ConvertOptions, describe, emptyReport, formOf} from './convert-options.ts'
import {
  entryWriter,
  type OutputSettings,
  publishOutput,
  rdbSettings,
  type WriteSettings,
  type Written,
  writeTree,
} from './convert-outputs.ts'
import {ConvertPlan, type Holder} from './convert-plan.ts'
import {
  type ReadBack,
  readBackCommands,
  readBackJsonl,
  readBackRdb,
  unlike,
} from './convert-proof.ts'
import type {ConvertProof, ConvertReport} from './convert-reports.ts'
import {ConvertSink} from './convert-sink.ts'
import {
  type Form,
  holderOf,
  isProvable,
  isView,
  lostBy,
  parseDrop,
  resolveTarget,
} from './convert-target.ts'
import {type DatasetSource, Unreadable} from './dataset.ts'
import {openDataset} from './dataset-source.ts'
import {DigestingWriter} from './digesting-writer.ts'
import {quote} from './next-step.ts'
import {type Parquet, ParquetRows, partitionOf} from './parquet-rows.ts'

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
  private parquet: Parquet | null = null

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
    if (this.form === 'parquet') this.parquet = await import('hyparquet-writer')
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
    const proves = isProvable(this.form) && !options.skipProof && output !== '-'
    const write: WriteSettings = {
      output,
      force: options.force ?? false,
      like: source.paths[0],
      produce: (sink) => this.writeTo(sink, settings, proves),
      verify: (path) => {
        if (proves) report.proof = this.prove(path, lost)
      },
    }
    try {
      const written = this.publish(write, settings)
      const {unselected} = this.chosen
      const keys = plan?.keys ?? this.written
      return {...report, ...written, verdict: 'converted', keys, unselected}
    } catch (error) {
      // Found out late: the input was not looked at before, or has something that nobody looks for.
      if (!(error instanceof UnsupportedByTarget)) throw error
      const next = `Allow it: --drop ${error.feature}`
      return {
        ...report,
        ...{verdict: 'refused', output: null, reason: this.reasonOf(error), next},
        ...{target: {dialect: holder.target.dialect, rdbVersion: holder.target.version}},
      }
    }
  }

  private reasonOf({message, feature}: UnsupportedByTarget): string {
    return isView(this.form) ? `${this.form} cannot hold ${FEATURES[feature].text}` : message
  }

  private get written(): number {
    const {copiedCount = 0, rewrittenCount = 0} = this.sink ?? {}
    return copiedCount + rewrittenCount
  }

  private publish(write: WriteSettings, settings: OutputSettings): Written {
    const {to, single = false} = this.options
    const {parquet, source} = this
    if (parquet === null) {
      return publishOutput(this.host, write, this.form, to !== 'aof' || single)
    }
    const fixed = {parquet, source: partitionOf(source.input), elements: settings.elements ?? false}
    return writeTree(this.host, write, (open) => {
      const guard = new ViewGuard(settings.target, settings.lost)
      const rows = new ParquetRows({...fixed, open})
      this.produce(new TableEntryWriter(rows, source.memory, guard), settings, false)
    })
  }

  private writeTo(sink: PatchableSink, settings: OutputSettings, proves: boolean): void {
    const writer = entryWriter(this.host, sink, settings, this.source.memory)
    this.produce(writer, settings, proves)
  }

  private produce(writer: EntryWriter, settings: OutputSettings, proves: boolean): void {
    const {source} = this
    const {lost} = settings
    // RESTORE leaves no order in which copies could be told from the rest, and who writes runs sees no values: digested apart.
    const apart = settings.form === 'restore' || (isView(settings.form) && this.chosen.isWhole)
    this.digest = proves && !apart ? new FullDigest(source.memory) : null
    this.sink = new ConvertSink(writer, {
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
    const {to, elements = false} = this.options
    const changed =
      !chosen.isWhole || plan?.missing.size !== 0 || to !== 'rdb' || source.kind !== 'rdb'
    const rdb = rdbSettings(source, plan?.databases ?? null, changed, to === 'aof')
    return {form, target: holder.target, lost, rdb, elements}
  }

  private prove(path: string, lost: ReadonlySet<Feature>): ConvertProof {
    const sink = this.sink!
    const digest = this.digest?.finish() ?? this.digestApart(lost)
    const total = sink.rewrittenCount + sink.copiedCount
    const copied = isView(this.form) ? 0 : sink.copiedCount
    const rewritten = total - copied
    const back = this.readBack(path, lost)
    if (back.entries !== total) {
      throw unlike(path, `${back.entries} keys instead of ${total}`)
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
    if (form === 'jsonl') return readBackJsonl(host, path)
    if (form === 'rdb') return readBackRdb(host, path, this.sink!.rewritten)
    return readBackCommands(host, [{path, name: path}], lost)
  }

  private refused(report: ConvertReport): ConvertReport {
    const {options, holder} = this
    const names = report.missing.filter(({decision}) => decision === 'refused')
    const features = names.map(({feature}) => feature).join(',')
    const flags = options.server ? ` --for ${options.server}` : ''
    const next = `respite convert ${quote(report.input)} --to ${options.to}${flags} --drop ${features} -o ${quote(options.output ?? 'OUT')}`
    const who = isView(this.form) ? this.form : targetName(holder.target)
    const reason = `${who} cannot hold ${names.map(({text}) => text).join(', ')}`
    return {...report, verdict: 'refused', output: null, reason, next}
  }
}
