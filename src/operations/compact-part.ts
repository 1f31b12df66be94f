/**
 * Loads parts of a dataset, one after the other in the same memory, and writes what each of them holds to a file of its own, shelf by
 * shelf: dict-order.ts says what a shelf is. compact-join.ts puts them together. A part that is too large is divided.
 */
import type {Renames} from '../engine/commands/table.ts'
import type {Totals} from '../engine/digest/dataset-digest.ts'
import {FullDigest} from '../engine/digest/full-digest.ts'
import type {HashMemory} from '../engine/digest/hash-memory.ts'
import {arenaMemory} from '../engine/digest/keyspace-digest.ts'
import {orderedEntries} from '../engine/keyspace-entries.ts'
import {installTies, type Part} from '../engine/part.ts'
import {ScriptInLog} from '../engine/replay.ts'
import {FormatError} from '../formats/errors.ts'
import {createKernel, type Kernel} from '../formats/kernel/kernel.ts'
import {ENGINE_HEAP, SHELVES} from '../formats/kernel/layout.ts'
import {type Feature, type Target, UnsupportedByTarget} from '../formats/rdb/features.ts'
import type {PatchableSink} from '../formats/rdb/write-output.ts'
import {fileTimeMs} from '../io/file-time.ts'
import type {Host} from '../io/host.ts'
import {writeRun} from '../io/run-files.ts'
import {EntriesOnly, type Shelf} from './compact-shelves.ts'
import {refuseUnheld} from './compact-unheld.ts'
import {ConvertSink} from './convert-sink.ts'
import {countersOf, type Form, holderOf} from './convert-target.ts'
import {addTrouble, countKeys, refuseScript, tableOf} from './digest-part.ts'
import {DatasetLoader, type FileToLoad} from './load-dataset.ts'
import {ReportBuilder} from './report-builder.ts'
import type {DatabaseCounts, Finding} from './reports.ts'
import {isOutOfMemory, tooLarge} from './run-parts.ts'

/** What all threads are told, as plain data. */
export interface CompactTask {
  /** What it is all about, for the commands to run next. */
  input: string
  files: readonly FileToLoad[]
  /** New names of commands; null: none. */
  renames: Renames | null
  databases: number
  target: Target
  form: Form
  /** What the target has no place for, and is a detail. */
  lost: readonly Feature[]
  /** Up to where the memory of one part may grow, in bytes. */
  limit: number
  /** A part may be divided. */
  divisible: boolean
  /** Where the files go. `count`: only how large they would be; `nowhere`: only the digest. */
  to: {directory: string} | 'count' | 'nowhere'
  /** Those of this thread. */
  parts: readonly Part[]
}

export interface CompactedPart {
  index: number
  count: number
  /** Null where nothing was written. */
  path: string | null
  shelves: Shelf[]
  bytes: number
  /** respite-full/1 of what would be read from it. */
  totals: Totals
  databases: Record<string, DatabaseCounts>
  libraries: Uint8Array[]
  /** Records of the logs, and how many failed. */
  commands: number
  failed: number
  /** There is a transaction that never ends. */
  unended: boolean
  /** What the last log ended with. */
  selected: number
  timestamp: number | null
  /** Keys whose expiry has passed when the last file was written. */
  expired: number
  memory: number
  /** What stopped it; nothing else counts then. */
  stoppedAt: Finding | null
  unheld: Unheld | null
}

/** Something that the target cannot hold, and may not go. */
export interface Unheld {
  feature: Feature
  key: Uint8Array | null
}

/** In whose memory a part is loaded, and in whose it is written: over what is there. */
export type PartKernels = readonly [Kernel, Kernel]

export function partKernels({kernel}: Host): PartKernels {
  return [createKernel(kernel.module), createKernel(kernel.module)]
}

export function compactPart(
  host: Host,
  _inputs: readonly string[],
  task: CompactTask,
  kernels = partKernels(host),
): CompactedPart[] {
  const done: CompactedPart[] = []
  const left = [...task.parts]
  for (let part = left.shift(); part; part = left.shift()) {
    try {
      done.push(new PartRun(host, task, part, kernels).run())
    } catch (error) {
      if (!isOutOfMemory(error)) throw error
      if (!task.divisible)
        throw tooLarge('because a SORT in its log reads keys that it does not name')
      if (part.count === SHELVES) throw tooLarge('because one part in 256 is too large by itself')
      const {index, ties} = part
      const count = part.count * 2
      left.unshift({index, count, ties}, {index: index + part.count, count, ties})
    }
  }
  return done
}

class PartRun {
  private readonly task: CompactTask
  private readonly part: Part
  private readonly writerKernel: Kernel
  private readonly loader: DatasetLoader
  private readonly builder: ReportBuilder
  private readonly memory: HashMemory
  private readonly digest: FullDigest
  private failed = 0
  private unended = false

  constructor(host: Host, task: CompactTask, part: Part, kernels: PartKernels) {
    this.task = task
    this.part = part
    this.writerKernel = kernels[1]
    this.builder = new ReportBuilder(task.input, 'deep', 1)
    this.loader = new DatasetLoader(host, {
      table: tableOf(task.renames),
      databases: task.databases,
      onTrouble: (file, trouble) => {
        if (trouble.kind === 'failed') this.failed++
        if (trouble.kind === 'transaction' && /never ends/.test(trouble.detail)) this.unended = true
        addTrouble(this.builder, file, trouble)
      },
      part,
      kernel: kernels[0],
      limit: task.limit,
    })
    this.memory = arenaMemory(this.loader.keyspace.arena)
    this.digest = new FullDigest(this.memory)
  }

  run(): CompactedPart {
    const {loader, task, part} = this
    const {keyspace} = loader
    const stoppedAt = this.load()
    // Every part has them all: they count once.
    if (part.index > 0) keyspace.functions.clear()
    if (stoppedAt === null) countKeys(loader, this.builder)
    installTies(keyspace.arena.kernel, part)
    const written = stoppedAt === null ? this.write() : NOTHING
    return {
      index: part.index,
      count: part.count,
      ...written,
      totals: this.digest.totals(),
      databases: this.builder.report.databases,
      commands: loader.commands,
      failed: this.failed,
      unended: this.unended,
      selected: loader.selected,
      timestamp: loader.timestamp,
      expired: this.expired(fileTimeMs(task.files[task.files.length - 1].path)),
      memory: keyspace.arena.peak - ENGINE_HEAP,
      stoppedAt,
    }
  }

  private load(): Finding | null {
    const {builder} = this
    for (const file of this.task.files) {
      builder.addFile(file.name, 'aof', 0, file.path)
      try {
        this.loader.load(file)
      } catch (error) {
        if (error instanceof ScriptInLog) refuseScript(builder, file.name, error)
        else if (error instanceof FormatError) builder.addError(error, {file: file.name})
        else throw error
      }
      const found = builder.report.findings.find(({severity}) => severity === 'error')
      if (found) return found
    }
    return null
  }

  private write(): Written {
    const {to} = this.task
    const {index, count} = this.part
    const {form, target} = this.task
    try {
      if (form === 'commands') refuseUnheld(this.loader.keyspace, form, target)
      if (to === 'nowhere') return this.give(null)
      if (to === 'count') return this.give({write() {}, patch() {}})
      const path = `${to.directory}/${index}-of-${count}`
      return {...writeRun(path, (sink) => this.give(sink)), path}
    } catch (error) {
      if (!(error instanceof UnsupportedByTarget)) throw error
      return {...NOTHING, unheld: {feature: error.feature, key: error.key}}
    }
  }

  private give(sink: PatchableSink | null): Written {
    const {task, loader, digest, memory} = this
    const {keyspace} = loader
    const writer = new EntriesOnly(sink, this.writerKernel, task)
    const entries = new ConvertSink(writer, {
      lost: new Set(task.lost),
      counters: countersOf(task.form),
      digest,
      memory,
      holder: holderOf(task.form, task.target),
      bulk: false,
    })
    orderedEntries(keyspace, entries, (db, shelf) => writer.beginShelf(db, shelf))
    entries.finish()
    const {shelves, bytes, libraries} = writer
    return {path: null, shelves, bytes, libraries, unheld: null}
  }

  private expired(nowMs: number): number {
    const {keyspace} = this.loader
    let expired = 0
    for (const number of keyspace.numbers()) {
      const db = keyspace.database(number)
      if (db.expires === 0) continue
      for (const entry of db.entries()) if ((db.expiresAtMs(entry) ?? nowMs) < nowMs) expired++
    }
    return expired
  }
}

type Written = Pick<CompactedPart, 'path' | 'shelves' | 'bytes' | 'libraries' | 'unheld'>

const NOTHING: Written = {path: null, shelves: [], bytes: 0, libraries: [], unheld: null}
