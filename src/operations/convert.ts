/**
 * `respite convert`: any input to an RDB, an append-only file, or commands. Looks at everything before it writes anything, refuses
 * what would be lost unless told otherwise, reads back what it wrote.
 */
import {QuickDigest} from '../engine/digest/quick-digest.ts'
import type {EntryWriter} from '../formats/entry-writer.ts'
import {type Feature, UnsupportedByTarget} from '../formats/rdb/features.ts'
import type {PatchableSink} from '../formats/rdb/write-output.ts'
import {TableEntryWriter} from '../formats/table/table-entry-writer.ts'
import {ViewGuard} from '../formats/view-guard.ts'
import type {Host} from '../io/host.ts'
import {notWritten} from '../io/replace-file.ts'
import {ChosenEntries, refuseTwice} from './chosen-entries.ts'
import {ComparingSink} from './comparing-sink.ts'
import {expectAsIs, goesOverAsIs, readBeside, Unplanned} from './convert-as-is.ts'
import {compareOutput, digestApart, digestBeside} from './convert-compare.ts'
import {cutsFor, keepsAll, writeInThreads} from './convert-in-threads.ts'
import {
  type ConvertOptions,
  databasesOf,
  describe,
  emptyReport,
  formOf,
  lateRefusal,
  refusal,
} from './convert-options.ts'
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
import {isUnlike} from './convert-proof.ts'
import type {ConvertProof, ConvertReport} from './convert-reports.ts'
import {ConvertSink} from './convert-sink.ts'
import {
  countersOf,
  type Form,
  holderOf,
  isProvable,
  isView,
  lostBy,
  parseDrop,
  resolveTarget,
  roomOf,
} from './convert-target.ts'
import {type DatasetSource, Unreadable} from './dataset.ts'
import {openDataset} from './dataset-source.ts'
import type {InputCuts} from './input-cuts.ts'
import {type Parquet, ParquetRows, partitionOf} from './parquet-rows.ts'
import {READING} from './read-deep.ts'
import {summedUp} from './summed-up.ts'

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
  private writer: EntryWriter | null = null
  /** Of what was written; null where it is to be made apart. */
  private digest: {finish(): string | null} | null = null
  /** Waits for the input to have been read in depth beside this; null where it is not. */
  private isSound: (() => boolean) | null = null
  /** Where the input can be divided; null where it is not to be. */
  private cuts: InputCuts | null = null
  /** Made beforehand, where the input can be read twice. */
  private plan: ConvertPlan | null = null
  /** Counted while it is written. */
  private counts: ConvertPlan | null = null
  private parquet: Parquet | null = null

  constructor(host: Host, source: DatasetSource, options: ConvertOptions) {
    const {server, rdbVersion, drop = [], as = []} = options
    this.host = host
    this.source = source
    this.options = options
    this.drop = parseDrop(drop, as)
    const target = resolveTarget(source, server, rdbVersion)
    this.form = formOf(options, target.version)
    this.holder = holderOf(this.form, target, roomOf(this.form, databasesOf(options)))
    this.chosen = new ChosenEntries(source, options.selection, options.transform)
  }

  async run(): Promise<ConvertReport> {
    const {source, options, holder, chosen} = this
    const {selection = {}, transform = {}, dryRun = false} = options
    refuseTwice(source, selection, transform, dryRun)
    if (this.form === 'parquet') this.parquet = await import('hyparquet-writer')
    await chosen.prepare()
    const isAsIs = chosen.isWhole && goesOverAsIs(source, options, holder)
    if (!isAsIs && chosen.isWhole) this.cuts = cutsFor(this.host, source, options, this.form)
    if (this.cuts === null) this.isSound = this.readBeside()
    const report = isAsIs ? this.writeAsIs() : null
    return report ?? this.lookAndWrite()
  }

  /** What is copied is read in depth elsewhere. */
  private readBeside(): (() => boolean) | null {
    const {host, source, options, chosen, form} = this
    return chosen.isWhole && form === 'rdb' ? readBeside(host, source, options) : null
  }

  /** Null where it was to be looked at first after all. */
  private writeAsIs(): ConvertReport | null {
    this.counts = new ConvertPlan(this.holder, this.drop, true)
    try {
      const report = this.write(this.newReport(), this.counts)
      describe(report, this.counts)
      return report
    } catch (error) {
      if (!(error instanceof Unplanned)) throw error
      this.counts = null
      return null
    }
  }

  private lookAndWrite(): ConvertReport {
    const {options, source, holder} = this
    const plan = source.repeatable ? this.look() : null
    const report = this.newReport()
    if (plan) describe(report, plan)
    if (plan?.refused) return refusal(report, options, holder.target)
    if (options.dryRun || options.output === null) return report
    return this.write(report, plan)
  }

  private newReport(): ConvertReport {
    const {source, options, holder, chosen} = this
    const {kind, producer, input} = source
    const {dialect, version: rdbVersion} = holder.target
    return {
      ...emptyReport(input, options),
      ...{kind, producer, target: {dialect, rdbVersion}, output: options.output},
      unselected: chosen.unselected,
    }
  }

  private look(): ConvertPlan {
    const {holder, drop, chosen, source, options} = this
    const plan = new ConvertPlan(holder, drop, chosen.isWhole, source.memory)
    plan.cuts = this.cuts
    // What is damaged inside is found when it is written, and stops it; pieces have no checksum.
    chosen.read(plan, options.dryRun ? false : plan.cuts ? 'checksum' : true)
    if (plan.cuts && !keepsAll(plan)) {
      plan.cuts = null
      this.isSound = this.readBeside()
    }
    return plan
  }

  private write(report: ConvertReport, plan: ConvertPlan | null): ConvertReport {
    const {options, source, holder} = this
    const output = options.output!
    this.plan = plan
    const lost = plan?.lost ?? lostBy(holder, this.drop)
    const settings = this.outputSettings(plan, lost)
    // What is copied as it is, and what is written in pieces, is proved in less time than its bytes are compared.
    const skips = options.skipProof && !plan?.cuts && this.counts === null
    const proves = isProvable(this.form) && !skips && output !== '-'
    const proved = (path: string): boolean => {
      report.proof = this.prove(path, settings)
      return true
    }
    const write: WriteSettings = {
      output,
      emits: options.emits,
      force: options.force ?? false,
      like: source.paths[0],
      ...this.writing(settings, proves, proved),
    }
    try {
      const written = this.publish(write, settings)
      const [keys, {unselected}] = [plan?.keys ?? this.written, this.chosen]
      return {...report, ...written, verdict: 'converted', keys, unselected}
    } catch (error) {
      // Found out late: the input was not looked at before, or has something that nobody looks for.
      if (!(error instanceof UnsupportedByTarget)) throw error
      if (this.counts) throw new Unplanned()
      return lateRefusal(report, error, holder.target, this.form)
    }
  }

  /** How it is written and read back: by the proof, where that reads every byte. */
  private writing(settings: OutputSettings, proves: boolean, proved: (path: string) => boolean) {
    const {host, source, form, options} = this
    const produce = (sink: PatchableSink) => this.writeTo(sink, settings, proves)
    const readsAll = form === 'rdb' || form === 'commands'
    if (readsAll && proves && source.repeatable) return {produce, readBack: proved, verify() {}}
    const verify = (path: string) => void (proves && proved(path))
    if (form === 'rdb' || options.output === '-') return {produce, verify}
    return {...summedUp(host, source.memory, produce), verify}
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
    const {host, source, plan, holder} = this
    const writer = entryWriter(host, sink, settings, source.memory)
    const writing = {host, source, sink, plan, holder, settings}
    const done = proves ? writeInThreads(writing, writer) : null
    if (done === null) this.produce(writer, settings, proves)
    else Object.assign(this, {...done, writer})
  }

  private produce(writer: EntryWriter, settings: OutputSettings, proves: boolean): void {
    const {source, chosen} = this
    const {lost} = settings
    // RESTORE leaves no order in which copies could be told from the rest, and who writes runs sees no values: digested apart.
    const apart = settings.form === 'restore' || (isView(settings.form) && chosen.isWhole)
    const digest = proves && !apart ? new QuickDigest(source.memory) : null
    this.digest = digest ?? (proves ? digestBeside(this.host, chosen, this.shape(lost)) : null)
    this.writer = writer
    this.sink = new ConvertSink(writer, {
      ...this.shape(lost),
      counters: countersOf(settings.form),
      ...{digest, memory: source.memory, bulk: chosen.isWhole, counts: this.counts ?? undefined},
    })
    chosen.read(this.sink, this.isSound !== null)
    // Reading it again tells what is wrong.
    if (this.isSound?.() === false) source.read(READING)
    this.sink.finish()
    if (this.counts) expectAsIs(this.counts, writer)
  }

  private outputSettings(plan: ConvertPlan | null, lost: ReadonlySet<Feature>): OutputSettings {
    const {source, form, holder, chosen} = this
    const {to, elements = false} = this.options
    const changed =
      !chosen.isWhole || plan?.missing.size !== 0 || to !== 'rdb' || source.kind !== 'rdb'
    const rdb = rdbSettings(source, plan?.databases ?? null, changed, to === 'aof')
    rdb.announces = this.counts !== null
    return {form, target: holder.target, lost, rdb, elements}
  }

  /** Null where it fails and nobody wanted it. @throws RespiteError `UNLIKE`; OutputError `READ_BACK` where the disk is to blame. */
  private prove(path: string, settings: OutputSettings): ConvertProof | null {
    try {
      return this.compare(path, settings.lost)
    } catch (error) {
      if (!isUnlike(error) || !this.source.repeatable) throw error
      this.isSound = null
      if (this.counts) this.counts = new ConvertPlan(this.holder, this.drop, true)
      const again = new ComparingSink(path)
      this.writeTo(again, settings, false)
      if (!again.matches()) throw notWritten(path)
      if (this.options.skipProof) return null
      throw error
    }
  }

  private compare(path: string, lost: ReadonlySet<Feature>): ConvertProof {
    const {host, form, sink, writer, chosen} = this
    const digest = this.digest?.finish() ?? digestApart(chosen, this.shape(lost))
    return compareOutput(host, path, {form, sink: sink!, writer: writer!, lost}, digest)
  }

  private shape(lost: ReadonlySet<Feature>) {
    return {form: this.form, holder: this.holder, lost, tooLong: this.plan?.tooLong}
  }
}
