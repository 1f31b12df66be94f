/** Commands as output of a conversion: those of a server's AOF rewrite. */
import type {DatasetHeader, Entry, RunSink, Translation} from '../entry.ts'
import type {EntryWriter} from '../entry-writer.ts'
import {TRANSLATE_COMMANDS} from '../kernel/layout.ts'
import {COUNTED_STREAMS} from '../rdb/stream-counters.ts'
import type {ValueVisitor} from '../rdb/visitor.ts'
import {type Cut, noteCut, type OddSpan} from './cuts.ts'
import type {AofRewriter} from './rewriter.ts'
import {COUNTERS_VERSION} from './write-stream.ts'

/** Types of an RDB that a kernel turns into commands: no zipmaps, no fields with expiries. */
const TRANSLATED = [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 16, 17, 18, 20].reduce(
  (mask, type) => mask | (1 << type),
  0,
)

/** What somebody wrote who writes a piece of a file; offsets count from where it begins. */
export interface CommandsPiece {
  odd: readonly OddSpan[]
  cuts: readonly Cut[]
}

/** A string is long when its commands take so many bytes. */
const LONG_STRING = 1 << 23
export class AofEntryWriter implements EntryWriter {
  readonly runs: Runs
  /** What no kernel reads back, in the order of the output. */
  readonly odd: OddSpan[] = []
  /** Some places between entries, in the order of the output. */
  readonly cuts: Cut[] = []
  private readonly rewriter: AofRewriter
  private start = 0
  private db: number
  private isString = false
  private expiresAtMs: number | null = null

  /** `db`: the database that was selected before, where this is not the beginning. */
  constructor(rewriter: AofRewriter, db = 0) {
    this.rewriter = rewriter
    this.db = db
    this.runs = new Runs(rewriter, () => noteCut(this.cuts, rewriter.written, this.db))
  }

  header({source}: DatasetHeader): void {
    // Dragonfly gives some of these numbers to types of its own.
    if (source?.dialect === 'dragonfly') this.runs.types = 0
  }

  /** Records of a file have no commands. What of them is data was refused or dropped. */
  record(): void {}

  library(code: Uint8Array): void {
    this.start = this.rewriter.written
    this.rewriter.functionLibrary(code)
    this.noteOdd()
  }

  database(db: number): void {
    this.db = db
    this.rewriter.selectDb(db)
  }

  copies(): boolean {
    return false
  }

  copy(): boolean {
    throw new Error('commands hold no bytes of an RDB')
  }

  begin(entry: Entry): ValueVisitor {
    this.start = this.rewriter.written
    this.isString = entry.logical === 'string'
    this.expiresAtMs = entry.expiresAtMs
    return this.rewriter.beginEntry(entry)
  }

  end(): boolean {
    const {rewriter, start, isString, expiresAtMs} = this
    if (isString && rewriter.written - start >= LONG_STRING) {
      this.odd.push({start, end: rewriter.written, string: {expiresAtMs}})
    } else if (rewriter.isOdd) this.noteOdd()
    return this.rewriter.hasEntry
  }

  finish(): void {}

  /** Of all that was written, by somebody who writes a piece. */
  get piece(): CommandsPiece {
    const {odd, cuts} = this
    return {odd, cuts}
  }

  /** What another one wrote comes next, from an offset on. */
  append({odd, cuts}: CommandsPiece, at: number): void {
    const moved = odd.map((span) => ({...span, start: span.start + at, end: span.end + at}))
    this.odd.push(...moved)
    for (const {offset, db} of cuts) noteCut(this.cuts, offset + at, db)
  }

  private noteOdd(): void {
    const {start, rewriter} = this
    const last = this.odd.at(-1)
    if (last?.end === start && !last.string) last.end = rewriter.written
    else if (rewriter.written > start) this.odd.push({start, end: rewriter.written})
  }
}

class Runs implements RunSink {
  types: number
  readonly attributes = true
  readonly translation: Translation
  private readonly rewriter: AofRewriter
  /** Called between entries. */
  private readonly wrote: () => void

  constructor(rewriter: AofRewriter, wrote: () => void) {
    this.rewriter = rewriter
    this.wrote = wrote
    this.types = TRANSLATED | (rewriter.target.version >= COUNTERS_VERSION ? COUNTED_STREAMS : 0)
    this.translation = {
      how: TRANSLATE_COMMANDS | (rewriter.target.version << 8),
      copied: 0,
      before: () => 0,
      after() {},
    }
  }

  room(size: number): number {
    return this.rewriter.room(size)
  }

  write(memory: Uint8Array, start: number, end: number): void {
    this.rewriter.raw(memory, start, end)
    this.wrote()
  }

  done(): void {}
}
