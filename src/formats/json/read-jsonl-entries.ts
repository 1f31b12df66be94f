/** Gives the entries of lines of JSON to a sink, in the order of the file and in constant memory. */
import type {EntrySink} from '../entry.ts'
import {DatabaseTeller} from '../rdb/read-entries.ts'
import {JsonlLine, type JsonlReader} from './jsonl-reader.ts'

/**
 * Read from the header to the end, or up to a line that begins at `until`. `told` is called behind every key, with how many there were so
 * far. @throws FormatError.
 */
export function readJsonlEntries(
  r: JsonlReader,
  sink: EntrySink,
  told: ((entries: number) => void) | null = null,
  until = Number.POSITIVE_INFINITY,
): void {
  r.readHeader()
  sink.header?.({source: {dialect: r.dialect, version: r.version}})
  readJsonlLines(r, sink, told, until)
}

/** The same from a line on that is not the first. */
export function readJsonlLines(
  r: JsonlReader,
  sink: EntrySink,
  told: ((entries: number) => void) | null,
  until: number,
): void {
  const databases = new DatabaseTeller(sink)
  while (r.c.offset < until) {
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
