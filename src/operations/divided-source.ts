/** Reads a span of an RDB: of the entries, those that begin in it. What lies before it is only stepped over. */
import type {Cursor} from '../formats/bytes/cursor.ts'
import type {Entry, EntrySink, RunSink} from '../formats/entry.ts'
import {readEntries} from '../formats/rdb/read-entries.ts'
import type {RdbReader} from '../formats/rdb/reader.ts'
import {newTally, skipRun} from '../formats/rdb/run.ts'
import type {Host} from '../io/host.ts'
import type {DatasetSource} from './dataset.ts'
import {WORTH_A_THREAD} from './worth-a-thread.ts'

/** Offsets in the file: [from, to). */
export interface Span {
  from: number
  to: number
}

/** The second span is smaller: whoever reads it has to step over the first. */
const FIRST_SHARE = 0.58

/** Where two threads divide an RDB between them: what begins below is the first one's. Null where one reads it all. */
export function dividedAt(host: Host, path: string): number | null {
  const {beside} = host
  if (!beside || beside.threads < 2) return null
  const {size, wrapped} = host.open(path, {crc: false})
  return size < WORTH_A_THREAD || wrapped.length > 0 ? null : Math.floor(size * FIRST_SHARE)
}

/** The end of the span has been reached, not that of the file. */
class Enough extends Error {}

function untilEnough(read: () => void): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof Enough)) throw error
  }
}

/**
 * Give the entries of a span of a source, which is an RDB, to a sink. They are verified in depth; the checksum is where the span reaches
 * to the end of the file. @throws as `DatasetSource.read`.
 */
export function readSpanOf(source: DatasetSource, sink: EntrySink, span: Span): void {
  const inside = new SpanSink(sink, span, source.memory as Cursor, true)
  untilEnough(() => source.read(inside, span.to !== Number.POSITIVE_INFINITY))
}

/** The same from a reader at the first byte, in depth or not as it is. @throws FormatError. */
export function readSpan(r: RdbReader, sink: EntrySink, span: Span): void {
  const inside = new SpanSink(sink, span, r.c, r.deep)
  untilEnough(() => readEntries(r, inside))
}

class SpanSink implements EntrySink {
  readonly runs: RunSink
  private readonly sink: EntrySink
  /** What was counted before. */
  private readonly lzf: Cursor['lzf']
  private readonly deep: boolean
  private isInside = false

  constructor(sink: EntrySink, span: Span, {lzf}: Cursor, deep: boolean) {
    this.sink = sink
    this.lzf = {...lzf}
    this.deep = deep
    const {runs} = sink
    const isInside = () => this.isInside
    this.runs = {
      attributes: true,
      get types() {
        return isInside() ? (runs?.types ?? 0) : 0
      },
      get most() {
        return isInside() ? (runs ? runs.most : 0) : 0
      },
      get measure() {
        return isInside() ? runs?.measure : undefined
      },
      leap: (r) => this.leap(r, span),
      write: (memory, start, end) => runs?.write(memory, start, end),
      done: (db, tally) => runs?.done(db, tally),
    }
  }

  library(code: Uint8Array): void {
    if (this.isInside) this.sink.library(code)
  }

  entry(entry: Entry): void {
    if (this.isInside) this.sink.entry(entry)
    else entry.skipValue()
  }

  /** Attributes in front of a border pull their entry over to them. */
  private leap(r: RdbReader, {from, to}: Span): void {
    if (!this.isInside) {
      r.deep = false
      r.fence = from
      skipRun(r, newTally(), null)
      // Nobody counts what is stepped over.
      Object.assign(r.c.lzf, this.lzf)
      if (r.hasAttributes || r.c.offset < from) return
      this.isInside = true
      r.deep = this.deep
      r.fence = to
    }
    if (!r.hasAttributes && r.c.offset >= to) throw new Enough()
  }
}
