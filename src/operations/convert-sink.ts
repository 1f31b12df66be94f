/** Brings entries to a writer: copied where that can be, otherwise written anew and digested on the way. */
import type {FullDigest} from '../engine/digest/full-digest.ts'
import {addressOf, type HashMemory} from '../engine/digest/hash-memory.ts'
import type {DatasetHeader, Entry, EntrySink, RunSink, Translation} from '../formats/entry.ts'
import type {EntryWriter} from '../formats/entry-writer.ts'
import {type Feature, UnsupportedByTarget} from '../formats/rdb/features.ts'
import {type Counters, LossyVisitor} from '../formats/rdb/lossy-visitor.ts'
import type {RecordFields} from '../formats/rdb/opcodes.ts'
import type {RunTally} from '../formats/rdb/run.ts'
import {TeeVisitor} from '../formats/rdb/tee-visitor.ts'
import type {ValueVisitor} from '../formats/rdb/visitor.ts'
import {Unplanned} from './convert-as-is.ts'
import {type ConvertPlan, type Holder, keyFeature} from './convert-plan.ts'
import {Ordinals, type PlainOrdinals} from './ordinals.ts'

export interface ConvertSinkOptions {
  /** Features that the output is without. */
  lost: ReadonlySet<Feature>
  counters: Counters
  /** Of what is written anew, made over the memory of the source; null where nobody will compare it. */
  digest: FullDigest | null
  memory: HashMemory
  holder: Holder
  /** Ordinals of entries that are left out, from 1 on. */
  tooLong?: ReadonlySet<number>
  /** Entries may be copied in runs: all of them are wanted, as they are. */
  bulk: boolean
  /** Counts what is copied, where that has to be everything. */
  counts?: ConvertPlan
  /** The database that the output is in already, where this is not its beginning. */
  lastDb?: number
  /** How many entries there are at most. */
  most?: number
}

/** What somebody brought over who converts a piece; plain data. */
export interface Brought {
  copied: number
  rewritten: number
  /** Which of them were written anew, where some may be copies. */
  which: PlainOrdinals
}

export class ConvertSink implements EntrySink {
  /** Which of the entries in the output were written anew. */
  readonly rewritten = new Ordinals()
  rewrittenCount = 0
  copiedCount = 0
  private readonly writer: EntryWriter
  private readonly options: ConvertSinkOptions
  private readonly runSink: RunSink | undefined
  private readonly translating: Pick<Translation, 'before' | 'after'> = {
    before(memory, at, bytes) {
      memory.fill(0, at, at + bytes)
      return 0
    },
    after: (memory, at, bit, count) => this.countTranslated(memory, at, bit, count),
  }
  private visit: LossyVisitor | null = null
  /** Of the source, so far. */
  private entries = 0
  private database_ = -1
  private toldDatabase: number

  constructor(writer: EntryWriter, options: ConvertSinkOptions) {
    this.writer = writer
    this.options = options
    this.toldDatabase = options.lastDb ?? -1
    if (options.bulk && writer.runs) this.runSink = this.counting(writer.runs)
  }

  get runs(): RunSink | undefined {
    return this.runSink
  }

  header(header: DatasetHeader): void {
    this.options.counts?.header(header)
    this.writer.header(header)
  }

  record(opcode: number, fields: RecordFields): void {
    this.options.counts?.record(opcode, fields)
    this.writer.record(opcode, fields)
  }

  library(code: Uint8Array): void {
    const {lost, digest, counts} = this.options
    counts?.library()
    if (lost.has('functions')) return
    digest?.library(code)
    this.writer.library(code)
  }

  database(db: number): void {
    this.database_ = db
  }

  entry(entry: Entry): void {
    const {writer, options} = this
    this.entries++
    if (this.leavesOut(entry)) {
      entry.skipValue()
      return
    }
    if (writer.copies(entry)) {
      this.tellDatabase()
      if (writer.copy(entry)) this.copiedCount++
      options.counts?.copied(entry)
      return
    }
    if (options.counts) throw new Unplanned()
    const feature = keyFeature(entry)
    if (feature !== undefined && options.lost.has(feature)) entry.skipValue()
    else {
      this.tellDatabase()
      this.rewrite(entry)
    }
  }

  finish(): void {
    this.writer.finish()
  }

  get brought(): Brought {
    const {copiedCount: copied, rewrittenCount: rewritten} = this
    return {copied, rewritten, which: this.rewritten.plain}
  }

  /** Somebody else brought over what comes next. */
  append({copied, rewritten, which}: Brought): void {
    this.rewritten.addAll(which, this.copiedCount + this.rewrittenCount)
    this.copiedCount += copied
    this.rewrittenCount += rewritten
  }

  /** What the plan said, or what nobody could foresee. @throws UnsupportedByTarget where it may not be left out. */
  private leavesOut({db, memory, keyStart, keyEnd}: Entry): boolean {
    const {holder, tooLong, lost} = this.options
    if (db < holder.databases) return tooLong?.has(this.entries) ?? false
    if (lost.has('databases')) return true
    throw new UnsupportedByTarget('databases', holder.target, memory.slice(keyStart, keyEnd))
  }

  private rewrite(entry: Entry): void {
    const {writer} = this
    const {digest, memory} = this.options
    if (digest) {
      const {db, logical, expiresAtMs} = entry
      const at = addressOf(memory, entry.memory, entry.keyStart, entry.keyEnd)
      digest.beginEntry(db, logical, at, at + entry.keyEnd - entry.keyStart, expiresAtMs)
    }
    const visit = this.visitor(writer.begin(entry))
    const counts = entry.readValue(visit)
    if (!writer.end() || !counts || visit.losesValue) return
    digest?.endEntry()
    this.rewritten.add(this.copiedCount + this.rewrittenCount)
    this.rewrittenCount++
  }

  /** Both see what the output will hold. The writer gives the same visitor every time. */
  private visitor(to: ValueVisitor): LossyVisitor {
    if (this.visit !== null) return this.visit
    const {digest, lost, counters, memory} = this.options
    const all = digest ? new TeeVisitor(to, digest) : to
    this.visit = new LossyVisitor(all, lost, counters, memory)
    return this.visit
  }

  /** Late: a database of which nothing is kept is not there. */
  private tellDatabase(): void {
    if (this.database_ === this.toldDatabase) return
    this.toldDatabase = this.database_
    this.writer.database(this.database_)
  }

  private countTranslated(memory: Uint8Array, at: number, bit: number, count: number): void {
    const copiesNone = this.writer.runs?.translation?.copied === 0
    const next = this.copiedCount + this.rewrittenCount
    const anew = copiesNone ? count : this.rewritten.addFrom(next, memory, at, bit, count)
    this.rewrittenCount += anew
    this.copiedCount += count - anew
  }

  private counting(runs: RunSink): RunSink {
    const sink = this
    return {
      get types() {
        return runs.types
      },
      databases: this.options.holder.databases,
      get attributes() {
        return runs.attributes
      },
      get most() {
        const {most} = sink.options
        return most === undefined ? undefined : most - sink.entries
      },
      get translation() {
        const {translation} = runs
        return translation && {...translation, ...sink.translating}
      },
      room: (size: number) =>
        sink.database_ === sink.toldDatabase ? (runs.room?.(size) ?? -1) : -1,
      write(memory: Uint8Array, start: number, end: number) {
        sink.tellDatabase()
        runs.write(memory, start, end)
      },
      done(db: number, tally: RunTally) {
        if (!runs.translation) sink.copiedCount += tally.entries
        sink.options.counts?.countRun(db, tally)
        sink.entries += tally.entries
        runs.done(db, tally)
      },
    }
  }
}
