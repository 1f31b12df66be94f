/** Plain entries of an RDB that a kernel digests (quick-digest.ts) where they lie, whole runs of them. */
import type {EntrySink, RunSink} from '../formats/entry.ts'
import {TRANSLATE_NOTHING} from '../formats/kernel/layout.ts'
import {RdbType} from '../formats/rdb/types.ts'

/** What a kernel can digest: no zipmaps, no fields with expiries. */
export const DIGESTED = ~((1 << RdbType.HASH_ZIPMAP) | (1 << RdbType.HASH_LISTPACK_EX)) >>> 0

/** The same sink, which has a quick digest made over the reader's memory and loses nothing of a plain entry in one of so many databases. */
export function withDigestedRuns(sink: EntrySink, databases: number): EntrySink {
  const runs = {
    ...{types: DIGESTED, databases, attributes: true, write() {}, done() {}},
    translation: {how: TRANSLATE_NOTHING, copied: 0, before: markAll, after() {}},
  } satisfies RunSink
  return {
    runs,
    header(header) {
      // Dragonfly gives some of these numbers to types of its own.
      if (header.source?.dialect === 'dragonfly') runs.types = 0
      sink.header?.(header)
    },
    record: (opcode, fields) => sink.record?.(opcode, fields),
    library: (code) => sink.library(code),
    database: (db) => sink.database?.(db),
    entry: (entry) => sink.entry(entry),
  }
}

function markAll(memory: Uint8Array, at: number, bytes: number): number {
  memory.fill(0xff, at, at + bytes)
  return 0
}
