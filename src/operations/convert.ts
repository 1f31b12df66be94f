/**
 * `respite convert`: any input to an RDB, an append-only file, or commands. Looks at everything before it writes anything, refuses
 * what would be lost unless told otherwise, reads back what it wrote.
 */
import {FullDigest} from '../engine/digest/full-digest.ts'
import type {HashMemory} from '../engine/digest/hash-memory.ts'
import {QuickDigest} from '../engine/digest/quick-digest.ts'
import {AofEntryWriter, type OddSpan} from '../formats/aof/aof-entry-writer.ts'
import type {EntryWriter} from '../formats/entry-writer.ts'
import {FEATURES, type Feature, UnsupportedByTarget} from '../formats/rdb/features.ts'
import type {PatchableSink} from '../formats/rdb/write-output.ts'
import {TableEntryWriter} from '../formats/table/table-entry-writer.ts'
import {ViewGuard} from '../formats/view-guard.ts'
import type {Host} from '../io/host.ts'
import {estimateSize} from '../io/input-size.ts'
import {notWritten} from '../io/replace-file.ts'
import {ChosenEntries, refuseTwice} from './chosen-entries.ts'
import {ComparingSink} from './comparing-sink.ts'
import {
  type ConvertOptions,
  databasesOf,
  describe,
  emptyReport,
  formOf,
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
import {
  isUnlike,
  type ReadBack,
  readBackJsonl,
  readBackRdb,
  readBackReplayed,
  unlike,
} from './convert-proof.ts'
import {readBackCommands} from './convert-proof-commands.ts'
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
  roomOf,
} from './convert-target.ts'
import {type DatasetSource, Unreadable} from './dataset.ts'
import {openDataset} from './dataset-source.ts'
import {DigestingWriter} from './digesting-writer.ts'
import {type Parquet, ParquetRows, partitionOf} from './parquet-rows.ts'
import {READING} from './read-deep.ts'

/** Bytes of an input that a thread is started for. */
const WORTH_A_THREAD = 1 << 25

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
  /** Waits for the input to have been read in depth beside this; null where it is not. */
  private isSound: (() => boolean) | null = null
  private tooLong: ReadonlySet<number> | undefined
  private odd: readonly OddSpan[] | null = null
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
    this.isSound = this.readBeside()
    const plan = source.repeatable ? this.look() : null
    const {kind, producer, input} = source
    const {dialect, version: rdbVersion} = holder.target
    const report: ConvertReport = {
      ...emptyReport(input, options),
      ...{kind, producer, target: {dialect, rdbVersion}, output: options.output},
      unselected: chosen.unselected,
    }
    if (plan) describe(report, plan)
    if (plan?.refused) return refusal(report, options, holder.target)
    if (options.dryRun || options.output === null) return report
    return this.write(report, plan)
  }

  /** What is copied needs no look inside of it in this thread, where there is another one. */
  private readBeside(): (() => boolean) | null {
    const {source, options, host, chosen, form} = this
    const {beside} = host
    const writes = !options.dryRun && options.output !== null
    if (!writes || !beside || beside.threads < 2 || !chosen.isWhole || form !== 'rdb') return null
    const {kind, repeatable, paths} = source
    if (kind !== 'rdb' || !repeatable || estimateSize(paths) < WORTH_A_THREAD) return null
    return beside.start<boolean>('read-deep', [paths[0]], {})
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
    this.tooLong = plan?.tooLong
    const lost = plan?.lost ?? lostBy(holder, this.drop)
    const settings = this.outputSettings(plan, lost)
    const proves = isProvable(this.form) && !options.skipProof && output !== '-'
    const proved = (path: string): boolean => {
      report.proof = this.prove(path, lost, settings)
      return true
    }
    const write: WriteSettings = {
      output,
      emits: options.emits,
      force: options.force ?? false,
      like: source.paths[0],
      produce: (sink) => this.writeTo(sink, settings, proves),
      readBack: this.readsAll(proves) ? proved : undefined,
      verify: (path) => {
        if (proves && report.proof === null) proved(path)
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
    this.digest = proves && !apart ? this.newDigest(source.memory) : null
    if (writer instanceof AofEntryWriter) this.odd = writer.odd
    this.sink = new ConvertSink(writer, {
      lost,
      counters: settings.form === 'commands' ? 'ignored' : 'made-up',
      digest: this.digest,
      memory: source.memory,
      bulk: this.chosen.isWhole,
      ...{holder: this.holder, tooLong: this.tooLong},
    })
    this.chosen.read(this.sink, this.isSound !== null)
    // Reading it again tells what is wrong.
    if (this.isSound?.() === false) source.read(READING)
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

  /** The proof reads every byte of the output: no hash of them is needed. */
  private readsAll(proves: boolean): boolean {
    return proves && this.source.repeatable && ['rdb', 'commands'].includes(this.form)
  }

  /** Lines of JSON are read again with the full digest; for servers, one that is forgotten will do. */
  private newDigest(memory: HashMemory): FullDigest {
    return this.form === 'jsonl' ? new FullDigest(memory) : new QuickDigest(memory)
  }

  /** @throws RespiteError `UNLIKE`; OutputError `READ_BACK` where the disk is to blame. */
  private prove(path: string, lost: ReadonlySet<Feature>, settings: OutputSettings): ConvertProof {
    try {
      return this.compare(path, lost)
    } catch (error) {
      if (!isUnlike(error) || !this.source.repeatable) throw error
      this.isSound = null
      const again = new ComparingSink(path)
      this.writeTo(again, settings, false)
      throw again.matches() ? error : notWritten(path)
    }
  }

  private compare(path: string, lost: ReadonlySet<Feature>): ConvertProof {
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
    const digest = this.newDigest(memory)
    const options = {lost, counters: 'made-up', digest, memory, bulk: false} as const
    const {holder, tooLong, chosen} = this
    chosen.read(
      new ConvertSink(new DigestingWriter(digest, holder, memory), {...options, holder, tooLong}),
    )
    return digest.finish()
  }

  private readBack(path: string, lost: ReadonlySet<Feature>): ReadBack {
    const {host, form} = this
    if (form === 'jsonl') return readBackJsonl(host, path)
    if (form === 'rdb') return readBackRdb(host, path, this.sink!.rewritten)
    if (this.odd) return readBackCommands(host, path, this.odd, lost)
    return readBackReplayed(host, [{path, name: path}], lost, (memory) => new QuickDigest(memory))
  }
}
