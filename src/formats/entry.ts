/**
 * A dataset on its way from one place to another: a source gives it to a sink, entry by entry. Sources are RDB readers
 * (rdb/read-entries.ts) and keyspaces (engine/keyspace-entries.ts); sinks are digests, writers, and what looks at entries.
 */
import type {Sink} from './bytes/sink.ts'
import type {Source} from './rdb/features.ts'
import type {RunMeasure} from './rdb/measure-run.ts'
import type {RecordFields} from './rdb/opcodes.ts'
import type {RdbReader} from './rdb/reader.ts'
import type {HashSink, RunTally} from './rdb/run.ts'
import type {LogicalType} from './rdb/types.ts'
import type {ValueVisitor} from './rdb/visitor.ts'

/** One key. The same object every time: its fields are those of the current entry, until the next one is given. */
export interface Entry {
  readonly db: number
  readonly logical: LogicalType
  /** Type byte of the file; -1 where there is none. */
  readonly type: number
  /** Where the key lies. Read these anew after each call that reads the value. */
  readonly memory: Uint8Array
  readonly keyStart: number
  readonly keyEnd: number
  /** Absolute, in ms; null without an expiry. */
  readonly expiresAtMs: number | null
  readonly idleSeconds: number | null
  /** It may have been idle for longer: where logs tell. */
  readonly idleIsLeast?: boolean
  readonly freq: number | null
  /** Metadata of modules (Redis 8.6), everything behind the opcode. */
  readonly keyMeta: Uint8Array | null
  /** What wrote the bytes of the value; null where there are none to copy. */
  readonly from: Source | null
  /** Where its record begins in the file, attributes included; null where there is none. */
  readonly offset: number | null
  /** Bytes of that record, once the value has been read, copied or skipped. */
  readonly size: number | null
  /**
   * Give the value to a visitor. Once per entry, this or `copyValue` or `skipValue`. Returns false for an empty collection, which
   * servers leave out when they load a file: it does not count. @throws FormatError where the value is damaged.
   */
  readValue(visit: ValueVisitor): boolean
  /** Give the bytes of the value, without type and key, as they are; only where `from` is not null. Returns and throws as `readValue`. */
  copyValue(sink: Sink): boolean
  /** Step over the value. Returns and throws as `readValue`. */
  skipValue(): boolean
}

/** What a file says of itself at its beginning; nulls where there is no RDB. */
export interface DatasetHeader {
  source: Source | null
}

/** How a kernel writes plain entries anew on their way to a sink. */
export interface Translation {
  /** A TRANSLATE_ constant, then the RDB version of the target in the next byte. */
  readonly how: number
  /** Mask of the type bytes that are not translated but copied. */
  readonly copied: number
  /** Prepare `bytes` bytes of marks at `at`, for the entries to come. Returns which bit of them is that of the next one. */
  readonly before: (memory: Uint8Array, at: number, bytes: number) => number
  /** So many entries were read, and marked from a bit on where they were translated. */
  readonly after: (memory: Uint8Array, at: number, bit: number, count: number) => void
}

/** Takes the bytes of plain entries in bulk, attributes and all, where nothing about them has to change. */
export interface RunSink extends Sink {
  /** Mask of the type bytes below 32 that may come this way. */
  readonly types: number
  /** Entries may come with idle times and frequencies. */
  readonly attributes: boolean
  /** Only entries of databases below this come; by default all. */
  readonly databases?: number
  /** How many may come at most; by default any number. */
  readonly most?: number
  /** The entries do not come as they are, but as what a kernel makes of them. */
  readonly translation?: Translation
  /** Called before each run. What is known already may be stepped over: of the entries there nobody is told. */
  leap?(r: RdbReader): void
  /** The entries do not come at all, but what they take: nothing is written. */
  readonly measure?: RunMeasure
  /** Where the hashes of their keys go, seeded with the database; by default nowhere. */
  readonly hashes?: HashSink
  /**
   * Instead of the hashes of keys, two for each entry: of its key and database, and of expiry, type, key and value as they lie in the
   * file. 64 bits each, under the key that was given to `keyedHashKey`. In order, before `done`.
   */
  readonly pairs?: HashSink
  /** What has been written since the last call, all of one database. */
  done(db: number, tally: RunTally): void
}

/** Takes a dataset. The calls come in the order of the methods; records, libraries and databases may mix with entries. */
export interface EntrySink {
  /** Where runs of unchanged entries go, asked for behind the header; without it every entry comes by itself. */
  readonly runs?: RunSink
  header?(header: DatasetHeader): void
  /** A record of the file that is no entry: AUX, module data, slots; `fields.raw` is all of it behind the opcode. */
  record?(opcode: number, fields: RecordFields): void
  /** Code of a function library. */
  library(code: Uint8Array): void
  /** The entries that follow are of this database. Never without an entry. */
  database?(db: number): void
  /** Has to read, copy or skip the value. */
  entry(entry: Entry): void
}
