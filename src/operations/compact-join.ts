/** Puts the files of all parts together: databases in order, in each of them the shelves in order. */
import type {Sink} from '../formats/bytes/sink.ts'
import type {Host} from '../io/host.ts'
import {openRun, type RunReader} from '../io/run-files.ts'
import type {CompactedPart} from './compact-part.ts'
import {entryWriter, type OutputSettings} from './convert-outputs.ts'
import type {DatabaseCounts} from './reports.ts'

export function joinParts(
  host: Host,
  sink: Sink,
  parts: readonly CompactedPart[],
  databases: Readonly<Record<string, DatabaseCounts>>,
  settings: OutputSettings,
): void {
  const writer = entryWriter(host, sink, settings)
  const readers = new Map<CompactedPart, RunReader>()
  writer.header({source: null})
  for (const {libraries} of parts) for (const code of libraries) writer.library(code)
  try {
    for (const part of parts) if (part.path !== null) readers.set(part, openRun(part.path))
    for (const db of Object.keys(databases).map(Number)) {
      writer.database(db)
      for (const {part, bytes} of shelvesOf(parts, db)) {
        readers.get(part)!.copy(bytes, writer.runs ?? sink)
      }
    }
  } finally {
    for (const reader of readers.values()) reader.close()
  }
  writer.finish()
}

/** Of one database, in order. Each part has its own in order, and no shelf lies in two parts. */
function shelvesOf(
  parts: readonly CompactedPart[],
  wanted: number,
): {part: CompactedPart; shelf: number; bytes: number}[] {
  const shelves = parts.flatMap((part) =>
    part.shelves.filter(({db}) => db === wanted).map(({shelf, bytes}) => ({part, shelf, bytes})),
  )
  return shelves.sort((a, b) => a.shelf - b.shelf)
}
