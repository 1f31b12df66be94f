/**
 * `respite diff`: what is different between two inputs, by meaning and in any order. First both are read for the hashes of their
 * keys; then again for what the keys hold that differ. What can be read only once, stdin and live servers, is kept in a file.
 *
 * Where the hashes do not fit, the keys are dealt out to parts and the inputs are read once for each. Sorting hashes on disk would
 * read less in theory; but that a gigabyte holds 20 million keys makes more than a few parts rare, a part is skipped through at
 * the speed of `check --framing`, and no data lands on a disk that did not have it.
 */
import {FEATURES, UnsupportedByTarget} from '../formats/rdb/features.ts'
import type {PatchableSink} from '../formats/rdb/write-output.ts'
import type {Host} from '../io/host.ts'
import {writeFile, writeStdout} from './convert-outputs.ts'
import {holderOf, lostBy, resolveTarget} from './convert-target.ts'
import {Unreadable} from './dataset.ts'
import {DiffEmitter} from './diff-emit.ts'
import {type Joined, join} from './diff-join.ts'
import {DiffLister} from './diff-list.ts'
import {
  DEFAULT_MAX_ARG,
  DEFAULT_MAX_ELEMENTS,
  DEFAULT_MAX_MEMORY,
  type DiffOptions,
  type PatchOptions,
  viewFor,
} from './diff-options.ts'
import {DiffPatch} from './diff-patch.ts'
import {PatchProof} from './diff-proof.ts'
import type {Change, ChangeCounts, DiffDatabase, DiffReport} from './diff-reports.ts'
import {DiffSide} from './diff-side.ts'
import {TableFull} from './diff-table.ts'
import {reportBytes} from './report-builder.ts'
import {isSelective, selectorsFor} from './select.ts'

/** For the values of keys that differ: they are kept as JavaScript's own. */
const MOST_VALUE_BYTES = 0x20000000

/** @throws InputError, DiskError, OutputError, RespiteError. What is wrong with the data of an input is in the report. */
export async function diff(
  host: Host,
  [input, against]: readonly string[],
  options: DiffOptions = {},
): Promise<DiffReport> {
  const diffing = new Diff(host, input, against, options)
  try {
    return await diffing.run()
  } finally {
    diffing.discard()
  }
}

const noChanges = (): ChangeCounts => ({added: 0, removed: 0, changed: 0})

class Diff {
  private readonly host: Host
  private readonly options: DiffOptions
  private readonly a: DiffSide
  private readonly b: DiffSide
  private readonly emitter: DiffEmitter
  private readonly databases = new Map<number, DiffDatabase>()
  private readonly libraries = {a: new Map<string, Uint8Array>(), b: new Map<string, Uint8Array>()}
  private readonly report: DiffReport
  private proof: PatchProof | null = null

  constructor(host: Host, input: string, against: string, options: DiffOptions) {
    const {maxElements = DEFAULT_MAX_ELEMENTS, maxArg = DEFAULT_MAX_ARG, show} = options
    const {limit = Number.POSITIVE_INFINITY, ignore = [], ttlToleranceMs = 0} = options
    this.host = host
    this.options = options
    this.a = new DiffSide(host, input, options)
    this.b = new DiffSide(host, against, options)
    const keys = show === 'summary' ? 0 : limit
    this.emitter = new DiffEmitter(host, {keys, elements: maxElements, maxArg})
    this.report = {
      schema: 'respite.diff/1',
      ...{input, against, a: null, b: null, verdict: 'equal', ...noChanges()},
      ...{changedValues: 0, changedTtls: 0, functions: noChanges(), databases: {}, listed: 0},
      ...{ignored: [...ignore], ttlToleranceMs, parts: 1, patch: null},
      ...{reason: null, reasonKey: null, stoppedAt: null},
    }
  }

  async run(): Promise<DiffReport> {
    const {report, options, a, b} = this
    try {
      const {selection = {}, patch} = options
      if (isSelective(selection)) {
        ;[a.selector, b.selector] = await selectorsFor([a, b], selection)
      }
      if (patch === undefined) this.compare(null)
      else this.write(patch)
    } catch (error) {
      this.stopped(error)
    }
    this.emitter.flush()
    Object.assign(report, {a: a.report(), b: b.report(), listed: this.emitter.listed})
    a.close()
    b.close()
    return report
  }

  /** Take away what only this run needs, whatever became of it. */
  discard(): void {
    this.a.discard()
    this.b.discard()
    this.proof?.discard()
  }

  private compare(patch: DiffPatch | null): void {
    const {maxMemory = DEFAULT_MAX_MEMORY, ignore = [], ttlToleranceMs = 0, show} = this.options
    const view = viewFor(ignore)
    const tolerance = ignore.includes('ttl') ? null : ttlToleranceMs
    const rules = {view, ttlToleranceMs: tolerance, maxBytes: maxMemory}
    const lists = {
      view,
      elements: show === undefined || show === 'elements',
      maxBytes: Math.min(maxMemory / 2, MOST_VALUE_BYTES),
    }
    const lister = new DiffLister(this.a, this.b, lists, this.emitter, patch)
    const list = (joined: Joined) => lister.list(joined)
    const first = this.firstPart(rules)
    this.compareLibraries(patch)
    list(first)
    const {parts: count} = this.report
    for (let index = 1; index < count; index++) {
      // They are about as large as the first one, which fitted.
      list(this.joined({index, count}, {...rules, maxBytes: Number.POSITIVE_INFINITY}))
    }
    this.sumUp()
  }

  /** As large a part of the keys as fits. */
  private firstPart(rules: Parameters<typeof join>[3]): Joined {
    for (;;) {
      const {report, databases, a, b} = this
      try {
        return this.joined({index: 0, count: report.parts}, rules)
      } catch (error) {
        if (!(error instanceof TableFull)) throw error
        report.parts *= 2
        databases.clear()
        a.keys = 0
        b.keys = 0
      }
    }
  }

  private joined(part: {index: number; count: number}, rules: Parameters<typeof join>[3]): Joined {
    const joined = join(this.a, this.b, part, rules, this.databases, this.libraries)
    this.report.changedValues += joined.changedValues
    this.report.changedTtls += joined.changedTtls
    return joined
  }

  private compareLibraries(patch: DiffPatch | null): void {
    const {libraries, emitter, report, options} = this
    if (options.ignore?.includes('functions')) return
    const names = new Set([...libraries.a.keys(), ...libraries.b.keys()])
    for (const name of [...names].sort()) {
      const [before, after] = [libraries.a.get(name), libraries.b.get(name)]
      if (before && after && Buffer.compare(before, after) === 0) continue
      const change: Change = !before ? 'added' : !after ? 'removed' : 'changed'
      report.functions[change]++
      emitter.library(change, name)
      patch?.library(change, name, before, after)
    }
  }

  private sumUp(): void {
    const {report, databases} = this
    for (const [db, counts] of [...databases].sort(([x], [y]) => x - y)) {
      report.databases[db] = counts
      for (const name of ['added', 'removed', 'changed'] as const) report[name] += counts[name]
    }
    const all = [report, report.functions]
    const equal = all.every((each) => each.added + each.removed + each.changed === 0)
    report.verdict = equal ? 'equal' : 'different'
  }

  private write({output, force = false, server, skipProof = false}: PatchOptions): void {
    const {host, report, a, b} = this
    const proves = !skipProof && output !== '-'
    const produce = (sink: PatchableSink) => this.compare(this.patchTo(sink, server, proves))
    let proof: NonNullable<DiffReport['patch']>['proof'] = null
    const verify = (path: string) => {
      proof = this.proof?.prove(host, path) ?? null
      // Nothing of what only this run needs is an input.
      a.close()
      b.close()
    }
    const like = undefined
    const {bytes} =
      output === '-'
        ? writeStdout(produce)
        : writeFile(host, {output, force, like, produce, verify})
    report.patch = {output, bytes, proof}
  }

  private patchTo(sink: PatchableSink, server: string | undefined, proves: boolean): DiffPatch {
    const {a, b, options} = this
    const target = resolveTarget(b.open(), server, undefined)
    const holder = holderOf('commands', target)
    const lost = lostBy(holder, new Set())
    if (proves) {
      const all = new Set([...lost, ...viewFor(options.ignore ?? []).without])
      this.proof = new PatchProof(all, a.open().dialect ?? 'redis')
    }
    return new DiffPatch(sink, holder, lost, this.proof)
  }

  private stopped(error: unknown): void {
    const {report} = this
    if (error instanceof Unreadable) {
      Object.assign(report, {verdict: 'unreadable', stoppedAt: error.finding})
    } else if (error instanceof UnsupportedByTarget) {
      const text = FEATURES[error.feature].text
      const server = error.target.dialect === 'redis' ? 'Redis' : 'Valkey'
      const version = `RDB version ${error.target.version}`
      const reason = `no command of ${server} with ${version} makes ${text}: leave such keys out with --match or --type, or name a newer server with --for`
      const reasonKey = error.key && reportBytes(error.key)
      Object.assign(report, {verdict: 'refused', reason, reasonKey})
    } else throw error
  }
}
