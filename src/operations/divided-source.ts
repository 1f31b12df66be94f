/** Reads a span of an RDB: of the entries, those that begin in it. What lies before it is only stepped over. */
import type {Cursor} from '../formats/bytes/cursor.ts'
import type {Entry, EntrySink, RunSink} from '../formats/entry.ts'
import type {RdbReader} from '../formats/rdb/reader.ts'
import {newTally, skipRun} from '../formats/rdb/run.ts'
import type {Host} from '../io/host.ts'
import type {DatasetSource} from './dataset.ts'

/** Offsets in the file: [from, to). */
export interface Span {
  from: number
  to: number
}

/** Bytes of an input that are worth another thread. */
const WORTH_DIVIDING = 1 << 25
/** The second span is smaller: whoever reads it has to step over the first. */
const FIRST_SHARE = 0.58

/** Where two threads divide a source between them: what begins below is the first one's. Null where one reads it all. */
export function dividedAt(host: Host, {kind, repeatable, paths}: DatasetSource): number | null {
  const {beside} = host
  if (!beside || beside.threads < 2 || kind !== 'rdb' || !repeatable) return null
  const {size, wrapped} = host.open(paths[0], {crc: false})
  return size < WORTH_DIVIDING || wrapped.length > 0 ? null : Math.floor(size * FIRST_SHARE)
}

/** The end of the span has been reached, not that of the file. */
class Enough extends Error {}

/**
 * Give the entries of a span of an RDB to a sink that takes runs. The checksum is verified where the span reaches to the end of the file.
 * @throws as `DatasetSource.read`.
 */
export function readSpan(source: DatasetSource, sink: EntrySink, span: Span): void {
  try {
    const inside = new SpanSink(sink, span, source.memory as Cursor)
    source.read(inside, span.to !== Number.POSITIVE_INFINITY)
  } catch (error) {
    if (!(error instanceof Enough)) throw error
  }
}

class SpanSink implements EntrySink {
  readonly runs: RunSink
  private readonly sink: EntrySink
  /** What was counted before. */
  private readonly lzf: Cursor['lzf']
  private isInside = false

  constructor(sink: EntrySink, span: Span, {lzf}: Cursor) {
    this.sink = sink
    this.lzf = {...lzf}
    const runs = sink.runs!
    const isInside = () => this.isInside
    this.runs = {
      attributes: true,
      get types() {
        return isInside() ? runs.types : 0
      },
      get measure() {
        return isInside() ? runs.measure : undefined
      },
      leap: (r) => this.leap(r, span),
      write: (memory, start, end) => runs.write(memory, start, end),
      done: (db, tally) => runs.done(db, tally),
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
      r.deep = true
      r.fence = to
    }
    if (!r.hasAttributes && r.c.offset >= to) throw new Enough()
  }
}
