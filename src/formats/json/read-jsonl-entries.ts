/** Gives the entries of lines of JSON to a sink, in the order of the file and in constant memory. */
import type {EntrySink} from '../entry.ts'
import {DatabaseTeller} from '../rdb/read-entries.ts'
import {JsonlLine, type JsonlReader} from './jsonl-reader.ts'

export interface LinesOptions {
  /** Called behind every key, with how many there were so far. */
  told?: (entries: number) => void
  /** Where the line begins that is not read any more; by default all are. */
  until?: number
  /** Called before each line: it may step over some, up to `until`. */
  leap?: (r: JsonlReader) => void
}

/** Read from the header to the end. @throws FormatError. */
export function readJsonlEntries(r: JsonlReader, sink: EntrySink, options?: LinesOptions): void {
  r.readHeader()
  sink.header?.({source: {dialect: r.dialect, version: r.version}})
  readJsonlLines(r, sink, options)
}

/** The same from a line on that is not the first. */
export function readJsonlLines(
  r: JsonlReader,
  sink: EntrySink,
  {told, until = Number.POSITIVE_INFINITY, leap}: LinesOptions = {},
): void {
  const databases = new DatabaseTeller(sink)
  for (;;) {
    if (r.c.offset < until) leap?.(r)
    if (r.c.offset >= until) return
    const line = r.next()
    if (line === JsonlLine.END) return
    if (line === JsonlLine.FUNCTION) sink.library(r.code)
    else if (line === JsonlLine.RECORD) sink.record?.(r.opcode, r.record)
    else {
      databases.tell(r.db)
      sink.entry(r)
      told?.(r.entries)
    }
  }
}
