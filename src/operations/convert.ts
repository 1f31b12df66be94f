/**
 * `respite convert`: any input to an RDB, an append-only file, or commands. Looks at everything before it writes anything, refuses
 * what would be lost unless told otherwise, reads back what it wrote.
 */
import type {FullDigest} from '../engine/digest/full-digest.ts'
import {QuickDigest} from '../engine/digest/quick-digest.ts'
import {Exit, RespiteError} from '../errors.ts'
import {AofEntryWriter, type OddSpan} from '../formats/aof/aof-entry-writer.ts'
import type {EntrySink} from '../formats/entry.ts'
import {type Feature, UnsupportedByTarget} from '../formats/rdb/features.ts'
import type {PatchableSink} from '../formats/rdb/write-output.ts'
import type {Host} from '../io/host.ts'
import {estimateSize} from '../io/input-size.ts'
import {notWritten} from '../io/replace-file.ts'
import {ComparingSink} from './comparing-sink.ts'
import {
  type ConvertOptions,
  databasesOf,
  describe,
  emptyReport,
  formOf,
  refusal,
  settled,
} from './convert-options.ts'
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
import {isUnlike, type ReadBack, readBackRdb, readBackReplayed, unlike} from './convert-proof.ts'
import {readBackCommands} from './convert-proof-commands.ts'
import type {ConvertProof, ConvertReport} from './convert-reports.ts'
import {ConvertSink} from './convert-sink.ts'
import {type Form, holderOf, lostBy, parseDrop, resolveTarget} from './convert-target.ts'
import {type DatasetSource, Unreadable} from './dataset.ts'
import {openDataset} from './dataset-source.ts'
import {NoWriter} from './no-writer.ts'
import {READING} from './read-deep.ts'
import {isSelective, SelectingSink, type Selection, type Selector, selectorFor} from './select.ts'
import {isTransforming, type Transform, TransformingSink} from './transform.ts'

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
  private readonly selection: Selection
  private readonly transform: Transform
  private readonly bulk: boolean
  private selector: Selector | null = null
  private unselected = 0
  private sink: ConvertSink | null = null
  private digest: FullDigest | null = null
  /** Waits for the input to have been read in depth beside this; null where it is not. */
  private isSound: (() => boolean) | null = null
  private tooLong: ReadonlySet<number> | undefined
  private odd: readonly OddSpan[] | null = null

  constructor(host: Host, source: DatasetSource, options: ConvertOptions) {
    const {server, rdbVersion, drop = [], as = [], selection = {}} = options
    this.host = host
    this.source = source
    this.options = options
    this.drop = parseDrop(drop, as)
    const target = resolveTarget(source, server, rdbVersion)
    this.form = formOf(options, target.version)
    this.holder = holderOf(this.form, target, databasesOf(options))
    this.selection = selection
    this.transform = settled(options.transform ?? {}, source)
    this.bulk = !isSelective(selection) && !isTransforming(this.transform)
  }

  async run(): Promise<ConvertReport> {
    const {source, options, holder} = this
    this.refuseOnce()
    if (isSelective(this.selection)) this.selector = await selectorFor(source, this.selection)
    this.isSound = this.readBeside()
    const plan = source.repeatable ? this.look() : null
    const {kind, producer, input} = source
    const {dialect, version: rdbVersion} = holder.target
    const report: ConvertReport = {
      ...emptyReport(input, options),
      ...{kind, producer, target: {dialect, rdbVersion}, output: options.output},
      unselected: this.unselected,
    }
    if (plan) describe(report, plan)
    if (plan?.refused) return refusal(report, options, holder.target)
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

  /** What is copied needs no look inside of it in this thread, where there is another one. */
  private readBeside(): (() => boolean) | null {
    const {source, options, host} = this
    const {beside} = host
    const writes = !options.dryRun && options.output !== null
    if (!writes || !beside || beside.threads < 2 || !this.bulk || this.form !== 'rdb') return null
    const {kind, repeatable, paths} = source
    if (kind !== 'rdb' || !repeatable || estimateSize(paths) < WORTH_A_THREAD) return null
    return beside.start<boolean>('read-deep', [paths[0]], {})
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
    this.tooLong = plan?.tooLong
    const lost = plan?.lost ?? lostBy(holder, this.drop)
    const settings = this.outputSettings(plan, lost)
    const proves = !options.skipProof && output !== '-'
    const write: WriteSettings = {
      output,
      force: options.force ?? false,
      like: source.paths[0],
      produce: (sink) => this.produce(sink, settings, proves),
      readsBack: proves && source.repeatable && this.form !== 'restore',
      verify: (path) => {
        if (proves) report.proof = this.prove(path, lost, settings)
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
    this.digest = proves && settings.form !== 'restore' ? new QuickDigest(source.memory) : null
    const writer = entryWriter(host, sink, settings)
    if (writer instanceof AofEntryWriter) this.odd = writer.odd
    this.sink = new ConvertSink(writer, {
      lost,
      counters: settings.form === 'commands' ? 'ignored' : 'made-up',
      digest: this.digest,
      memory: source.memory,
      bulk: this.bulk,
      ...{holder: this.holder, tooLong: this.tooLong},
    })
    this.read(this.sink, this.isSound !== null)
    // Reading it again tells what is wrong.
    if (this.isSound?.() === false) this.source.read(READING)
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

  /** @throws RespiteError `UNLIKE`; OutputError `READ_BACK` where the disk is to blame. */
  private prove(path: string, lost: ReadonlySet<Feature>, settings: OutputSettings): ConvertProof {
    try {
      return this.compare(path, lost)
    } catch (error) {
      if (!isUnlike(error) || !this.source.repeatable) throw error
      this.isSound = null
      const again = new ComparingSink(path)
      this.produce(again, settings, false)
      throw again.matches() ? error : notWritten(path)
    }
  }

  private compare(path: string, lost: ReadonlySet<Feature>): ConvertProof {
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
    const digest = new QuickDigest(memory)
    const options = {lost, counters: 'made-up', digest, memory, bulk: false} as const
    const {holder} = this
    this.read(new ConvertSink(new NoWriter(), {...options, holder, tooLong: this.tooLong}))
    return digest.finish()
  }

  private readBack(path: string, lost: ReadonlySet<Feature>): ReadBack {
    const {host, form} = this
    if (form === 'rdb') return readBackRdb(host, path, this.sink!.rewritten)
    if (this.odd) return readBackCommands(host, path, this.odd, lost)
    return readBackReplayed(host, [{path, name: path}], lost, (memory) => new QuickDigest(memory))
  }
}
