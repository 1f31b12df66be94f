/**
 * `respite merge`: any number of inputs into one output. First which keys are in more than one, then what the target cannot hold of
 * what is kept, then one pass over each input; what was written is read back.
 */
import type {EntrySink} from '../formats/entry.ts'
import type {EntryWriter} from '../formats/entry-writer.ts'
import {type Feature, targetName, UnsupportedByTarget} from '../formats/rdb/features.ts'
import type {PatchableSink} from '../formats/rdb/write-output.ts'
import {nodeDisk} from '../io/disk.ts'
import type {Host} from '../io/host.ts'
import {OutputError} from '../io/output-error.ts'
import {prepareOutput} from '../io/replace-file.ts'
import {formOf} from './convert-options.ts'
import {
  entryWriter,
  publishOutput,
  rdbSettings,
  type WriteSettings,
  type Written,
} from './convert-outputs.ts'
import {ConvertPlan} from './convert-plan.ts'
import {unlike} from './convert-proof.ts'
import {ConvertSink} from './convert-sink.ts'
import {countersOf, holderOf, parseDrop, resolveTarget} from './convert-target.ts'
import {Unreadable} from './dataset.ts'
import {openDataset} from './dataset-source.ts'
import {digestOf, readBack, type Shape, wantedTotals} from './full-proof.ts'
import {Clashes, noteItems} from './merge-clashes.ts'
import {NamedItems} from './merge-items.ts'
import {emptyMerge, leading, type MergeOptions, refuseInputs, renamesOf} from './merge-options.ts'
import type {MergeReport} from './merge-reports.ts'
import {MergeSource} from './merge-sources.ts'

/** For hashes of keys: eight million of them. */
const MAX_MEMORY = 0x4000000

/** @throws InputError, DiskError, OutputError, RespiteError. What stands in the way of the data itself is in the report. */
export function merge(host: Host, inputs: readonly string[], options: MergeOptions): MergeReport {
  refuseInputs(inputs, options)
  const report = emptyMerge(inputs, options)
  try {
    return new Merging(host, inputs, options, report).run()
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return {...report, verdict: 'unreadable', stoppedAt: error.finding}
  }
}

class Merging {
  private readonly host: Host
  private readonly options: MergeOptions
  private readonly report: MergeReport
  private readonly sources: readonly MergeSource[]
  private readonly drop: ReadonlySet<Feature>
  private readonly shape: Omit<Shape, 'lost'>
  private readonly clashes: Clashes
  private readonly items: NamedItems

  constructor(host: Host, inputs: readonly string[], options: MergeOptions, report: MergeReport) {
    const {server, rdbVersion, drop = [], as = [], to = 'rdb', restore, base, single} = options
    this.host = host
    this.options = options
    this.report = report
    this.sources = inputs.map((input, i) => {
      const source = openDataset(host, input, options)
      report.inputs[i] = {...report.inputs[i], kind: source.kind, producer: source.producer}
      return new MergeSource(source, i, renamesOf(input, options))
    })
    this.refuseOwnInput()
    this.drop = parseDrop(drop, as)
    const lead = leading(
      this.sources.map(({source}) => source),
      options,
    )
    const target = resolveTarget(lead, server, rdbVersion)
    const form = formOf({to, restore, base, single}, target.version)
    this.shape = {form, holder: holderOf(form, target)}
    report.target = {dialect: target.dialect, rdbVersion: target.version}
    this.clashes = new Clashes(this.sources, report.onConflict, report.conflicts)
    this.items = new NamedItems((a, b) => this.clashes.chooseInput(a, b))
  }

  run(): MergeReport {
    const {host, options, report, sources, clashes, items} = this
    const {maxMemory = MAX_MEMORY, output, dryRun} = options
    clashes.find(host.kernel.module, maxMemory, items)
    noteItems(items, report.onConflict, report.conflicts)
    for (const [i, {keys, lost}] of sources.entries()) Object.assign(report.inputs[i], {keys, lost})
    const conflict = this.conflict()
    if (conflict !== null) return {...report, ...conflict, verdict: 'conflicts'}
    const plan = new ConvertPlan(this.shape.holder, this.drop, true)
    for (const each of sources) each.readKept(plan, items, !dryRun)
    report.keys = plan.keys
    report.databases = plan.databases
    report.functions = plan.libraries
    report.missing = [...plan.missing.values()].sort((a, b) => (a.feature < b.feature ? -1 : 1))
    if (plan.refused) return this.refused()
    if (dryRun || output === null) return report
    return this.write(output, {...this.shape, lost: plan.lost})
  }

  /** Why there is nothing to write, null where there is. */
  private conflict(): Pick<MergeReport, 'reason' | 'next'> | null {
    const {onConflict, conflicts} = this.report
    const {keys, functions, modules, undecided} = conflicts
    const count = keys + functions + modules
    if (onConflict === 'fail' && count > 0) {
      const reason = 'inputs have the same keys or libraries'
      return {reason, next: 'Say whose are kept: --on-conflict first, last or newest'}
    }
    if (undecided === 0) return null
    const reason = 'nothing in the inputs tells which entry is newer'
    return {reason, next: 'Give the inputs in their order, and --on-conflict last'}
  }

  private write(output: string, shape: Shape): MergeReport {
    const {host, options, report, sources} = this
    const [path] = sources[0].source.paths
    let entries = 0
    const write: WriteSettings = {
      ...{output, force: options.force ?? false, like: path},
      produce: (sink) => {
        entries = this.produce(sink, shape)
      },
      verify: (temp) => {
        if (!options.skipProof && output !== '-') report.digest = this.prove(temp, entries, shape)
      },
    }
    try {
      const single = report.to !== 'aof' || options.single === true
      const written: Written = publishOutput(host, write, shape.form, single)
      return {...report, ...written, verdict: 'merged', output}
    } catch (error) {
      if (!(error instanceof UnsupportedByTarget)) throw error
      const next = `Allow it: --drop ${error.feature}`
      return {...report, verdict: 'refused', reason: error.message, next}
    }
  }

  /** Returns how many entries were written. */
  private produce(sink: PatchableSink, {form, holder, lost}: Shape): number {
    const {host, report, sources} = this
    const {source: first} = sources[0]
    const rdb = rdbSettings(first, report.databases, true, report.to === 'aof')
    const writer = entryWriter(host, sink, {form, target: holder.target, lost, rdb})
    const entries = sources.map((each) => this.copy(each, writer, {form, holder, lost}))
    writer.finish()
    return entries.reduce((sum, count) => sum + count, 0)
  }

  private copy(each: MergeSource, writer: EntryWriter, {form, holder, lost}: Shape): number {
    const {memory} = each.source
    const counters = countersOf(form)
    const options = {lost, counters, digest: null, memory, holder, bulk: true} as const
    const sink = new ConvertSink(writer, options)
    each.readKept(sink, this.items, false)
    return sink.copiedCount + sink.rewrittenCount
  }

  private prove(path: string, entries: number, shape: Shape): string {
    const {sources, items, host} = this
    const back = readBack(host, path, shape)
    if (back.entries !== entries) throw unlike(path, `${back.entries} keys instead of ${entries}`)
    const totals = sources.map((each) => {
      const read = (sink: EntrySink) => each.readKept(sink, items, false)
      return wantedTotals(each.source.memory, shape, read)
    })
    const digest = digestOf(sources[0].source.memory, totals)
    if (back.digest !== digest) throw unlike(path, `digest ${back.digest} instead of ${digest}`)
    return digest
  }

  /** Before everything is read; later, the first input alone is guarded. */
  private refuseOwnInput(): void {
    const {output, force, dryRun} = this.options
    if (output === null || output === '-' || dryRun) return
    const stat = nodeDisk().stat(output)
    if (stat === undefined) return
    for (const {source} of this.sources) {
      for (const path of source.paths) {
        const input = nodeDisk().stat(path)
        if (input?.dev !== stat.dev || input.ino !== stat.ino) continue
        throw new OutputError('OUTPUT_IS_INPUT', output, 'this is one of the inputs')
      }
    }
    if (stat.isFile()) prepareOutput(output, {force})
  }

  private refused(): MergeReport {
    const {report, shape} = this
    const names = report.missing.filter(({decision}) => decision === 'refused')
    const reason = `${targetName(shape.holder.target)} cannot hold ${names.map(({text}) => text).join(', ')}`
    const next = `Allow it: --drop ${names.map(({feature}) => feature).join(',')}`
    return {...report, verdict: 'refused', reason, next}
  }
}
