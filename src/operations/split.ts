/**
 * `respite split`: one input into parts, by cluster slot, database, type, prefix or pattern. Everything is looked at first, then written
 * in one pass to all parts side by side; the index that names them comes last.
 */
import {type Feature, targetName, UnsupportedByTarget} from '../formats/rdb/features.ts'
import {type FileStat, nodeDisk} from '../io/disk.ts'
import type {FileSink} from '../io/file-sink.ts'
import type {Host} from '../io/host.ts'
import {preparePartsOutput, publishParts} from '../io/publish-parts.ts'
import {replaceFile} from '../io/replace-file.ts'
import {ChosenEntries, refuseTwice} from './chosen-entries.ts'
import {formOf} from './convert-options.ts'
import {entryWriter, rdbSettings} from './convert-outputs.ts'
import {ConvertPlan} from './convert-plan.ts'
import {ConvertSink} from './convert-sink.ts'
import {countersOf, holderOf, lostBy, parseDrop, resolveTarget} from './convert-target.ts'
import {type DatasetSource, Unreadable} from './dataset.ts'
import {openDataset} from './dataset-source.ts'
import type {Shape} from './full-proof.ts'
import {quote} from './next-step.ts'
import {indexOf, obsoleteIn, SPLIT_INDEX} from './split-index.ts'
import {
  emptySplit,
  nodesFor,
  refuseKept,
  refuseUnknownParts,
  routerFor,
  type SplitOptions,
  splitBy,
} from './split-options.ts'
import {SplitProof} from './split-proof.ts'
import type {SplitBy, SplitPart, SplitPlan, SplitReport} from './split-reports.ts'
import type {Router} from './split-router.ts'
import {PartsSink, SplitScan} from './split-sinks.ts'
import {planOf} from './split-slots.ts'

/** @throws InputError, DiskError, OutputError, RespiteError. What stands in the way of the data itself is in the report. */
export async function split(
  host: Host,
  [input]: readonly string[],
  options: SplitOptions,
): Promise<SplitReport> {
  const by = splitBy(options)
  const {output, force = false, dryRun, planOnly} = options
  if (output !== null && !dryRun && !planOnly) preparePartsOutput(output, force)
  try {
    const source = openDataset(host, input, options)
    return await new Splitting(host, source, by, options).run()
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return {...emptySplit(input, options, by), verdict: 'unreadable', stoppedAt: error.finding}
  }
}

/** Version of the first servers whose cluster nodes have more than one database. */
const DATABASES_SINCE = 80

class Splitting {
  private readonly host: Host
  private readonly source: DatasetSource
  private readonly options: SplitOptions
  private readonly drop: ReadonlySet<Feature>
  private readonly shape: Omit<Shape, 'lost'>
  private readonly chosen: ChosenEntries
  private readonly report: SplitReport

  constructor(host: Host, source: DatasetSource, by: SplitBy, options: SplitOptions) {
    const {server, rdbVersion, drop = [], as = [], to = 'rdb', restore} = options
    this.host = host
    this.source = source
    this.options = options
    this.drop = parseDrop(drop, as)
    refuseKept(this.drop)
    const target = resolveTarget(source, server, rdbVersion)
    const form = formOf({to, restore, single: true}, target.version)
    this.shape = {form, holder: holderOf(form, target)}
    this.chosen = new ChosenEntries(source, options.selection, options.transform)
    const {kind, producer, input} = source
    this.report = {
      ...emptySplit(input, options, by),
      ...{kind, producer, target: {dialect: target.dialect, rdbVersion: target.version}},
    }
  }

  async run(): Promise<SplitReport> {
    const {source, options, chosen, report, shape} = this
    const {selection = {}, transform = {}, dryRun = false} = options
    refuseTwice(source, selection, transform, dryRun)
    refuseUnknownParts(source, options)
    await chosen.prepare()
    if (options.planOnly) return this.plan()
    const {dialect, version} = shape.holder.target
    const router = await routerFor(
      chosen,
      options,
      dialect === 'valkey' && version >= DATABASES_SINCE,
    )
    const plan = new ConvertPlan(shape.holder, this.drop, false)
    const scan = new SplitScan(plan, router)
    if (source.repeatable) {
      chosen.read(scan, !dryRun)
      report.keys = plan.keys
      report.functions = plan.libraries
      report.missing = [...plan.missing.values()].sort((a, b) => (a.feature < b.feature ? -1 : 1))
    }
    report.unselected = chosen.unselected
    report.parts = router.parts.map((part, i) => partOf(part, scan.databases[i] ?? {}))
    if (plan.refused) return this.refused()
    if (dryRun || options.output === null) return report
    const lost = source.repeatable ? plan.lost : lostBy(shape.holder, this.drop)
    return this.write(router, {...shape, lost})
  }

  /** Ranges of slots, to the report and to a file. */
  private async plan(): Promise<SplitReport> {
    const {chosen, options, report} = this
    const {output, force, dryRun} = options
    const {nodes, weights} = await nodesFor(chosen, options, true)
    const plan = planOf(nodes, options.balance ?? null, weights)
    report.plan = plan
    report.unselected = chosen.unselected
    report.keys = plan.nodes.reduce((sum, {keys}) => sum + (keys ?? 0), 0)
    if (output === null || dryRun) return report
    const text = Buffer.from(planText(plan))
    report.bytes = replaceFile(output, (sink) => sink.write(text, 0, text.length), {
      ...{force, like: this.like},
      verify: () => this.host.settle(),
    })
    report.output = output
    return report
  }

  private get like(): FileStat | undefined {
    const [path] = this.source.paths
    return path === undefined ? undefined : nodeDisk().stat(path)
  }

  private write(router: Router, shape: Shape): SplitReport {
    const {host, options, report, like} = this
    const output = options.output!
    const files = report.parts.map(({name}) => `${name}.${report.to}`)
    const writing: Writing = {router, shape, files: [], sinks: [], libraries: []}
    const proof = new SplitProof(host, this.chosen, shape, report.parts)
    try {
      const sizes = publishParts(
        output,
        files.map((name, i) => ({
          ...{name, like},
          verify: (path: string) => {
            if (!options.skipProof) proof.part(path, i, entriesOf(writing.sinks[i]))
            host.settle(path)
          },
        })),
        (sinks) => this.produce(sinks, writing),
        {
          name: SPLIT_INDEX,
          produce: (sink) => {
            if (!options.skipProof) report.digest = proof.finish(output, writing.libraries)
            this.describe(files, writing)
            const text = Buffer.from(indexOf(report))
            sink.write(text, 0, text.length)
          },
          verify: () => host.settle(),
          like,
        },
        {force: options.force, obsolete: obsoleteIn(output)},
      )
      report.bytes = Object.values(sizes).reduce((sum, bytes) => sum + bytes, 0)
      return {...report, verdict: 'split', output}
    } catch (error) {
      if (!(error instanceof UnsupportedByTarget)) throw error
      const next = `Allow it: --drop ${error.feature}`
      return {...report, verdict: 'refused', reason: error.message, next}
    }
  }

  private produce(sinks: readonly FileSink[], writing: Writing): void {
    const {host, source, chosen, report, shape} = this
    const {
      router,
      shape: {lost},
    } = writing
    writing.files = sinks
    writing.sinks = sinks.map((sink, i) => {
      const databases = source.repeatable ? report.parts[i].databases : null
      const rdb = rdbSettings(source, databases, true, report.to === 'aof')
      const settings = {form: shape.form, target: shape.holder.target, lost, rdb}
      const counters = countersOf(shape.form)
      const {memory} = source
      const {holder} = shape
      const options = {lost, counters, digest: null, memory, holder, bulk: false} as const
      return new ConvertSink(entryWriter(host, sink, settings), options)
    })
    const all = new PartsSink(router, writing.sinks)
    chosen.read(all)
    for (const sink of writing.sinks) sink.finish()
    writing.libraries = lost.has('functions') ? [] : all.libraries
    report.functions = writing.libraries.length
    report.unselected = chosen.unselected
  }

  private describe(names: readonly string[], {files, sinks}: Writing): void {
    const {report, source} = this
    for (const [i, part] of report.parts.entries()) {
      part.file = names[i]
      part.bytes = files[i].size
      if (!source.repeatable) part.keys = entriesOf(sinks[i])
    }
    report.keys = report.parts.reduce((sum, {keys}) => sum + keys, 0)
  }

  private refused(): SplitReport {
    const {report, options, shape} = this
    const names = report.missing.filter(({decision}) => decision === 'refused')
    const features = names.map(({feature}) => feature).join(',')
    const reason = `${targetName(shape.holder.target)} cannot hold ${names.map(({text}) => text).join(', ')}`
    const next = `Allow it: respite split ${quote(report.input)} … --drop ${features} -o ${quote(options.output ?? 'DIR')}`
    return {...report, verdict: 'refused', reason, next}
  }
}

interface Writing {
  router: Router
  shape: Shape
  files: readonly FileSink[]
  sinks: readonly ConvertSink[]
  libraries: readonly Uint8Array[]
}

const entriesOf = ({copiedCount, rewrittenCount}: ConvertSink): number =>
  copiedCount + rewrittenCount

const planText = (plan: SplitPlan): string => `${JSON.stringify(plan, null, 2)}\n`

function partOf(
  {name, slots, node}: Router['parts'][number],
  databases: SplitPart['databases'],
): SplitPart {
  const keys = Object.values(databases).reduce((sum, each) => sum + each.keys, 0)
  const ranges = slots.length > 0 ? slots : null
  return {name, file: null, slots: ranges, node, keys, databases, bytes: 0, digest: null}
}
