/** The inputs of a merge, read one after the other: as they are, or only what is kept of them. */
import type {DatasetHeader, Entry, EntrySink, RunSink} from '../formats/entry.ts'
import type {RecordFields} from '../formats/rdb/opcodes.ts'
import {RdbOpcode} from '../formats/rdb/types.ts'
import {text} from '../formats/text.ts'
import type {DatasetSource} from './dataset.ts'
import {type NamedItems, Numbering} from './merge-items.ts'
import {Ordinals} from './ordinals.ts'
import {type Transform, TransformingSink} from './transform.ts'

export class MergeSource {
  readonly source: DatasetSource
  /** Its number among the inputs. */
  readonly index: number
  /** Entries, by their order, that are left out. */
  readonly losers = new Ordinals()
  lost = 0
  keys = 0
  private readonly renameDb: Transform['renameDb']

  constructor(source: DatasetSource, index: number, renameDb: Transform['renameDb']) {
    this.source = source
    this.index = index
    this.renameDb = renameDb
  }

  lose(ordinal: number): void {
    this.losers.add(ordinal)
    this.lost++
  }

  /** Give every entry to a sink, in its database of the output. Not verified in depth. @throws as `DatasetSource.read`. */
  readAll(sink: EntrySink): void {
    this.source.read(this.renamed(sink), true)
  }

  /** Give what is kept to a sink. */
  readKept(sink: EntrySink, items: NamedItems, shallow: boolean): void {
    const kept = new KeptSink(this.renamed(sink), this.losers, items, this.index)
    this.source.read(kept, shallow)
  }

  private renamed(sink: EntrySink): EntrySink {
    const {renameDb} = this
    return renameDb === undefined ? sink : new TransformingSink(sink, {renameDb})
  }
}

/** Passes on all but the losers, and libraries and modules' data that no other input's stands for. */
class KeptSink implements EntrySink {
  private readonly sink: EntrySink
  private readonly losers: Ordinals
  private readonly items: NamedItems
  private readonly input: number
  private readonly numbering = new Numbering()
  private ordinal = 0

  constructor(sink: EntrySink, losers: Ordinals, items: NamedItems, input: number) {
    this.sink = sink
    this.losers = losers
    this.items = items
    this.input = input
  }

  get runs(): RunSink | undefined {
    const {runs} = this.sink
    return runs && this.upToLosers(runs)
  }

  header(header: DatasetHeader): void {
    this.sink.header?.(header)
  }

  record(opcode: number, fields: RecordFields): void {
    const {items, input} = this
    // What a file says of itself goes for the first only; cached scripts are data.
    const isOther = input > 0 && opcode === RdbOpcode.AUX && text(fields.name) !== 'lua'
    if (isOther) return
    const isModule = opcode === RdbOpcode.MODULE_AUX
    if (isModule && !items.keeps('module', this.numbering.name(fields.module), input)) return
    this.sink.record?.(opcode, fields)
  }

  library(code: Uint8Array): void {
    if (this.items.keepsLibrary(code, this.input)) this.sink.library(code)
  }

  database(db: number): void {
    this.sink.database?.(db)
  }

  entry(entry: Entry): void {
    if (this.losers.has(this.ordinal++)) entry.skipValue()
    else this.sink.entry(entry)
  }

  private upToLosers(runs: RunSink): RunSink {
    const kept = this
    return {
      get types() {
        return runs.types
      },
      get attributes() {
        return runs.attributes
      },
      databases: runs.databases,
      get translation() {
        return runs.translation
      },
      get most() {
        return Math.min(kept.losers.next(kept.ordinal) - kept.ordinal, 0xffffffff)
      },
      write: (memory, start, end) => runs.write(memory, start, end),
      done(db, tally) {
        kept.ordinal += tally.entries
        runs.done(db, tally)
      },
    }
  }
}
