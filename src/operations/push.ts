/**
 * `respite push`, the half that reads: the entries of any input as commands of the target's version, given away in order while they
 * are read. Who holds the connection sends them and waits where the target is slow (net/pusher.ts).
 */
import {FullDigest} from '../engine/digest/full-digest.ts'
import {AofEntryWriter} from '../formats/aof/aof-entry-writer.ts'
import {RestoreEntryWriter} from '../formats/aof/restore-entry-writer.ts'
import {AofRewriter} from '../formats/aof/rewriter.ts'
import type {Sink} from '../formats/bytes/sink.ts'
import type {EntrySink} from '../formats/entry.ts'
import type {EntryWriter} from '../formats/entry-writer.ts'
import {createKernel} from '../formats/kernel/kernel.ts'
import {type Feature, type Target, targetName} from '../formats/rdb/features.ts'
import {type Host, RECORDS} from '../io/host.ts'
import {ChosenEntries, refuseTwice, type WantedTransform} from './chosen-entries.ts'
import {ConvertPlan, type Holder} from './convert-plan.ts'
import {ConvertSink} from './convert-sink.ts'
import {countersOf, type Form, holderOf, lostBy, parseDrop, roomOf} from './convert-target.ts'
import {type DatasetSource, Unreadable} from './dataset.ts'
import {type DatasetOptions, openDataset} from './dataset-source.ts'
import {DigestingWriter} from './digesting-writer.ts'
import {EmittedSink} from './emitted-sink.ts'
import type {PushedEntries} from './push-reports.ts'
import {SkippingSink} from './push-skip.ts'
import type {Selection} from './select.ts'

export interface PushOptions extends DatasetOptions {
  target: Target
  databases: number
  /** Keys that are there are replaced. */
  replace?: boolean
  /** Commands that make the values, in place of RESTORE. */
  commands?: boolean
  drop?: readonly string[]
  as?: readonly string[]
  selection?: Selection
  transform?: WantedTransform
  dryRun?: boolean
  /** Entries that an earlier run has brought there. */
  skip?: number
  /** Digest what is given away. */
  digest?: boolean
}

/** @throws InputError, RespiteError. What stands in the way of the data itself is in the report. */
export async function push(
  host: Host,
  [input]: readonly string[],
  options: PushOptions,
): Promise<PushedEntries> {
  try {
    return await new Push(host, openDataset(host, input, options), options).run()
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return {...emptyEntries(input), stoppedAt: error.finding}
  }
}

class Push {
  private readonly host: Host
  private readonly source: DatasetSource
  private readonly options: PushOptions
  private readonly form: Form
  private readonly holder: Holder
  private readonly drop: ReadonlySet<Feature>
  private readonly chosen: ChosenEntries

  constructor(host: Host, source: DatasetSource, options: PushOptions) {
    const {drop = [], as = [], target, databases, commands} = options
    this.host = host
    this.source = source
    this.options = options
    this.form = commands ? 'commands' : 'restore'
    this.drop = parseDrop(drop, as)
    this.holder = holderOf(this.form, target, roomOf(this.form, databases))
    this.chosen = new ChosenEntries(source, options.selection, options.transform)
  }

  async run(): Promise<PushedEntries> {
    const {source, options, holder, chosen} = this
    const {dryRun = false, selection = {}, transform = {}} = options
    refuseTwice(source, selection, transform, dryRun)
    await chosen.prepare()
    const plan = source.repeatable ? this.look() : null
    const {kind, producer, input} = source
    const found = {...emptyEntries(input), kind, producer, ...(plan === null ? {} : said(plan))}
    if (plan?.refused) return refusal(found, targetName(holder.target))
    if (dryRun) return {...found, unselected: chosen.unselected}
    const lost = plan?.lost ?? lostBy(holder, this.drop)
    const {keys, firstExpiryMs} = this.send(lost, plan)
    const digest = options.digest && source.repeatable ? this.digestOf(lost, plan) : null
    return {...found, keys, firstExpiryMs, digest, unselected: chosen.unselected}
  }

  private look(): ConvertPlan {
    const plan = new ConvertPlan(this.holder, this.drop, this.chosen.isWhole)
    this.chosen.read(plan, !this.options.dryRun)
    return plan
  }

  private send(lost: ReadonlySet<Feature>, plan: ConvertPlan | null) {
    const {source, holder, options, chosen} = this
    const out = new EmittedSink(this.host)
    const sink = new ConvertSink(this.writer(out, lost), {
      ...{lost, holder, tooLong: plan?.tooLong},
      counters: countersOf(this.form),
      digest: null,
      memory: source.memory,
      bulk: false,
    })
    const skipping = new SkippingSink(sink, options.skip ?? 0, (keys) => {
      this.host.counters[RECORDS] = keys
    })
    chosen.read(skipping)
    sink.finish()
    out.flush()
    const keys = sink.copiedCount + sink.rewrittenCount + skipping.skipped
    return {keys, firstExpiryMs: skipping.firstExpiryMs}
  }

  private writer(sink: Sink, drop: ReadonlySet<Feature>): EntryWriter {
    const {target, replace = false, commands} = this.options
    if (commands) return new AofEntryWriter(new AofRewriter(sink, {...target, drop}))
    return new RestoreEntryWriter(
      sink,
      createKernel(this.host.kernel.module),
      target,
      drop,
      replace,
    )
  }

  private digestOf(lost: ReadonlySet<Feature>, plan: ConvertPlan | null): string {
    const {source, holder, chosen} = this
    const {memory} = source
    const digest = new FullDigest(memory)
    const options = {lost, counters: 'made-up', digest, memory, bulk: false} as const
    const writer = new DigestingWriter(digest, holder, memory)
    const sink: EntrySink = new ConvertSink(writer, {...options, holder, tooLong: plan?.tooLong})
    chosen.read(sink)
    return digest.finish()
  }
}

function emptyEntries(input: string): PushedEntries {
  return {
    input,
    kind: 'unknown',
    producer: null,
    keys: 0,
    databases: {},
    functions: 0,
    unselected: 0,
    missing: [],
    refused: false,
    reason: null,
    stoppedAt: null,
    next: null,
    digest: null,
    firstExpiryMs: null,
  }
}

function said(plan: ConvertPlan): Partial<PushedEntries> {
  const {keys, databases, libraries: functions} = plan
  const missing = [...plan.missing.values()].sort((a, b) => (a.feature < b.feature ? -1 : 1))
  return {keys, databases, functions, missing}
}

function refusal(found: PushedEntries, target: string): PushedEntries {
  const refused = found.missing.filter(({decision}) => decision === 'refused')
  const reason = `${target} cannot hold ${refused.map(({text}) => text).join(', ')}`
  const next = `Allow it: --drop ${refused.map(({feature}) => feature).join(',')}`
  return {...found, refused: true, reason, next}
}
