/** Gives the entries of lines of JSON to a sink, in the order of the file and in constant memory. */
import type {EntrySink} from '../entry.ts'
import {DatabaseTeller} from '../rdb/read-entries.ts'
import {JsonlLine, type JsonlReader} from './jsonl-reader.ts'

/** Read from the header to the end. `told` is called behind every key, with how many there were so far. @throws FormatError. */
export function readJsonlEntries(
  r: JsonlReader,
  sink: EntrySink,
  told: ((entries: number) => void) | null = null,
): void {
  r.readHeader()
  sink.header?.({source: {dialect: r.dialect, version: r.version}})
  const databases = new DatabaseTeller(sink)
  for (let line = r.next(); line !== JsonlLine.END; line = r.next()) {
    if (line === JsonlLine.FUNCTION) sink.library(r.code)
    else if (line === JsonlLine.RECORD) sink.record?.(r.opcode, r.record)
    else {
      databases.tell(r.db)
      sink.entry(r)
      told?.(r.entries)
    }
  }
}
