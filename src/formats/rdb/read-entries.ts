/** Gives the entries of an RDB to a sink, in the order of the file and in constant memory. */
import type {Sink} from '../bytes/sink.ts'
import type {Entry, EntrySink} from '../entry.ts'
import {FormatError} from '../errors.ts'
import type {Source} from './features.ts'
import {libraryCode} from './library-code.ts'
import {measureRun} from './measure-run.ts'
import {type RdbReader, RdbRecord} from './reader.ts'
import {beginRuns, copyRun, newTally, type RunTally} from './run.ts'
import {translateRun} from './translate-run.ts'
import type {LogicalType} from './types.ts'
import type {ValueVisitor} from './visitor.ts'

/**
 * Read from the header to the end. `told` is called behind every entry or run, with how many entries there were so far.
 * @throws FormatError at the first damage.
 */
export function readEntries(
  r: RdbReader,
  sink: EntrySink,
  told: ((entries: number) => void) | null = null,
): void {
  r.readHeader()
  readRange(r, sink, Number.POSITIVE_INFINITY, told)
}

/** The same from a record on, of a reader that has read the header and knows the database, up to a record at an offset or the end. */
export function readRange(
  r: RdbReader,
  sink: EntrySink,
  until: number,
  told: ((entries: number) => void) | null = null,
): void {
  sink.header?.({source: {dialect: r.dialect, version: r.version}})
  const entry = new RdbEntry(r)
  const feed = new DatabaseTeller(sink)
  const runs = sink.runs === undefined ? null : new Runs(r, sink.runs, feed)
  beginRuns(r)
  for (;;) {
    runs?.take()
    if (r.c.offset >= until) return
    const record = r.next()
    if (record === RdbRecord.END) return
    if (record === RdbRecord.ENTRY) {
      feed.tell(r.db)
      sink.entry(entry)
      told?.(r.entries)
      continue
    }
    const code = libraryCode(r.record, record)
    if (code === null) sink.record?.(record, r.record)
    else sink.library(code)
  }
}

/** Tells a sink of databases, once each time one begins. */
export class DatabaseTeller {
  private readonly sink: EntrySink
  private db = -1

  constructor(sink: EntrySink) {
    this.sink = sink
  }

  /** The last one. */
  get told(): number {
    return this.db
  }

  tell(db: number): void {
    if (db === this.db) return
    this.db = db
    this.sink.database?.(db)
  }
}

class Runs implements Sink {
  private readonly r: RdbReader
  private readonly sink: NonNullable<EntrySink['runs']>
  private readonly databases: DatabaseTeller
  private readonly tally: RunTally = newTally()

  constructor(r: RdbReader, sink: NonNullable<EntrySink['runs']>, databases: DatabaseTeller) {
    this.r = r
    this.sink = sink
    this.databases = databases
  }

  take(): void {
    const {r, sink, tally} = this
    sink.leap?.(r)
    if (sink.databases !== undefined && r.db >= sink.databases) return
    if (sink.measure) return measureRun(r, sink.measure)
    if (sink.translation) translateRun(r, tally, sink, sink.translation, this)
    else copyRun(r, tally, sink, this)
    if (tally.entries === 0) return
    sink.done(r.db, tally)
    tally.entries = 0
    tally.expires = 0
    tally.types.fill(0)
  }

  /** None while a database is still to be told of: something may come before. */
  room(size: number): number {
    const {r, sink, databases} = this
    return databases.told === r.db ? (sink.room?.(size) ?? -1) : -1
  }

  write(memory: Uint8Array, start: number, end: number): void {
    this.databases.tell(this.r.db)
    this.sink.write(memory, start, end)
  }
}

class RdbEntry implements Entry {
  private readonly r: RdbReader
  readonly from: Source

  constructor(r: RdbReader) {
    this.r = r
    this.from = r
  }

  get db(): number {
    return this.r.db
  }
  get logical(): LogicalType {
    return this.r.logical
  }
  get type(): number {
    return this.r.type
  }
  get memory(): Uint8Array {
    return this.r.c.memory
  }
  get keyStart(): number {
    return this.r.c.pinStart
  }
  get keyEnd(): number {
    return this.r.c.pinEnd
  }
  get expiresAtMs(): number | null {
    return this.r.expiresAtMs
  }
  get idleSeconds(): number | null {
    return this.r.idleSeconds
  }
  get freq(): number | null {
    return this.r.freq
  }
  get keyMeta(): Uint8Array | null {
    return this.r.keyMeta
  }
  get offset(): number {
    return this.r.offset
  }
  get size(): number {
    return this.r.c.offset - this.r.offset
  }

  readValue(visit: ValueVisitor): boolean {
    try {
      this.r.readValue(visit)
      return true
    } catch (error) {
      return notEmpty(error)
    }
  }

  copyValue(sink: Sink): boolean {
    try {
      this.r.copyValue(sink)
      return true
    } catch (error) {
      return notEmpty(error)
    }
  }

  skipValue(): boolean {
    try {
      this.r.skipValue()
      return true
    } catch (error) {
      return notEmpty(error)
    }
  }
}

/** Servers leave empty collections out: no damage. */
function notEmpty(error: unknown): false {
  if (error instanceof FormatError && error.code === 'RDB_EMPTY') return false
  throw error
}
