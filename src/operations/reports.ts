/** What the operations return: plain data, printed as JSON as it is. */

import type {FormatErrorCode} from '../formats/errors.ts'

/**
 * error: a server refuses the input, or loads something else than was written.
 * warning: a server loads it, but something is wrong or will surprise.
 * note: worth knowing.
 */
export type Severity = 'error' | 'warning' | 'note'

/** A key as people and JSON see it: text where it is valid UTF-8, else base64. */
export type Bytes = string | {base64: string}

export interface Finding {
  code: FormatErrorCode
  severity: Severity
  /** The file it is in, as the user named it or relative to the input. */
  file: string
  /** Absolute offset in bytes of the first byte that cannot be right; null when it concerns a whole file. */
  offset: number | null
  /** Ordinal, from 1, of the entry (RDB) or command (AOF); null when outside of one. */
  record: number | null
  db: number | null
  key: Bytes | null
  /** What was being read: `['listpack']`. */
  path: string[]
  /** What is wrong, in one sentence without the place. Never holds a value. */
  message: string
  /** What a server would do with it. */
  meaning: string
  /** A command line to run next, or null. */
  next: string | null
}

export type InputKind = 'rdb' | 'aof' | 'aof-set' | 'jsonl' | 'server' | 'unknown'

/** Counts by database number (as text), then by logical type. */
export type TypeCounts = Record<string, number>

export interface DatabaseCounts {
  keys: number
  expires: number
  types: TypeCounts
}

/** One file of the input. */
export interface FileReport {
  file: string
  role: 'rdb' | 'aof' | 'base' | 'incr' | 'history' | 'manifest' | 'orphan'
  bytes: number
  /** Bytes before the first error. */
  intactBytes: number
  keys: number
  commands: number
}

/** What a replay ended in. */
export interface ReplayCounts {
  /** Keys at the end, expired ones too. */
  keys: number
  commands: number
  /** Commands that a server would answer with an error. */
  failed: number
  /** False where damage, a script or a module's command kept it from the true end. */
  complete: boolean
  databases: Record<string, DatabaseCounts>
}

export interface CheckReport {
  schema: 'respite.check/1'
  input: string
  kind: InputKind
  /** How it was wrapped, outermost first: `['gz']`. */
  wrapped: string[]
  /** RDB version of the (first) RDB part; null without one. */
  rdbVersion: number | null
  dialect: 'redis' | 'valkey' | null
  /** `redis 7.0.15`, from the AUX fields. */
  producer: string | null
  depth: 'deep' | 'framing'
  bytes: number
  keys: number
  commands: number
  /** By database number. */
  databases: Record<string, DatabaseCounts>
  /** Commands by upper-case name. */
  commandCounts: Record<string, number>
  /** First and last time annotation (`#TS`) of the log, Unix seconds; null without any. */
  logTimes: {first: number; last: number} | null
  functions: string[]
  modules: string[]
  files: FileReport[]
  /** In order of file and offset; at most `findingLimit`, `findingCount` says how many there were. */
  findings: Finding[]
  findingCount: number
  /** What is left when all damage is set aside. */
  intact: {bytes: number; keys: number; commands: number}
  duplicates: 'checked' | 'unchecked'
  /** Null when it was not asked for, or there is nothing to load. */
  replay: ReplayCounts | null
  /** sound: nothing above a note. truncated: ends early, sound before. damaged: anything else wrong. unsupported: cannot be read. */
  verdict: 'sound' | 'warnings' | 'truncated' | 'damaged' | 'unsupported'
}

export interface AuxField {
  name: Bytes
  value: Bytes
}

export interface InfoReport {
  schema: 'respite.info/1'
  input: string
  kind: InputKind
  wrapped: string[]
  bytes: number
  rdbVersion: number | null
  dialect: 'redis' | 'valkey' | null
  producer: string | null
  /** When it was saved, UTC ISO 8601. */
  createdAt: string | null
  usedMemoryBytes: number | null
  bits: number | null
  aux: AuxField[]
  replication: {id: string; offset: string; streamDb: number} | null
  checksum: 'present' | 'off' | 'none' | 'unknown'
  keys: number | null
  commands: number | null
  databases: Record<string, DatabaseCounts>
  functions: string[]
  modules: {name: string; version: number}[]
  files: FileReport[]
  /** Which file a server would load and why, when the input is a directory. */
  layout: string[]
  /** Where and why reading stopped early; null when nothing did. */
  stoppedAt: Finding | null
}

/** A point in an input's past, as it was found. */
export interface ReportedPoint {
  file: string
  /** What is before this byte of the file counts, nothing from it on. */
  offset: number
  /** Commands before it, in all files that were read, and in this one. */
  record: number
  fileRecord: number
  /** What the log said last before it, UTC ISO 8601; null where it tells no times. */
  time: string | null
  /** The transaction that the point lay in: it was left out as a whole. */
  transaction: {offset: number; record: number} | null
}

export interface DigestReport {
  schema: 'respite.digest/1'
  input: string
  kind: InputKind
  wrapped: string[]
  bytes: number
  rdbVersion: number | null
  dialect: 'redis' | 'valkey' | null
  producer: string | null
  algorithm: 'debug-digest' | 'respite-full/1'
  /** Whose DEBUG DIGEST it is; null for our own. */
  server: string | null
  /** 40 hex digits; null when the input could not be read to its end. */
  digest: string | null
  /** Keys that were digested, expired ones too. */
  keys: number
  /** Keys without any element: servers leave them out, and so does the digest. */
  emptyKeys: number
  databases: Record<string, DatabaseCounts>
  functions: string[]
  /** Why there is no digest; null when there is one. */
  stoppedAt: Finding | null
  /** Digests of single keys, packed as digest-rows.ts says; null when not asked for. */
  keyDigests: Uint8Array[] | null
  /** The point that was asked for; null where it is the end. */
  at: ReportedPoint | null
}

/** What is shown of a key's value in one database, as `log --values` tells it. */
export interface ShortValue {
  db: number
  type: string
  /** Elements; of a string, bytes. Null where that is not known. */
  count: number | null
  /** What it begins with: members; members and scores; fields and values; indexes and values; the bytes of a string. */
  items: Bytes[]
  /** There is more than the items show. */
  cut: boolean
  /** Of a stream, whose entries are not shown. */
  lastId: string | null
  groups?: number
  expiresAtMs: number | null
}

/** What commands add up to. */
export interface CommandSum {
  commands: number
  /** In the log. */
  bytes: number
}

/** A key, or a prefix of keys, that much of a log goes to. */
export interface StatsKey extends CommandSum {
  db: number
  /** At most 128 bytes of it, of `keyBytes`. */
  key: Bytes
  keyBytes: number
  /** What is estimated to be left of it in the end; null where that is not known. */
  liveBytes: number | null
}

export interface LogStatsReport extends CommandSum {
  byName: (CommandSum & {name: string})[]
  byDb: (CommandSum & {db: number})[]
  /** Null without time annotations. */
  timeBucketSeconds: number | null
  byTime: (CommandSum & {time: string})[]
  /** Those that most bytes go to; each sum may be too low by the error, in bytes. */
  keys: StatsKey[]
  keyError: number
  /** The same for what keys begin with, up to the first colon. */
  prefixes: StatsKey[]
  prefixError: number
  largest: {
    bytes: number
    number: number
    file: string
    offset: number
    db: number
    name: string
  }[]
  /** What a rewrite would leave of it, estimated from a sample of the keys. */
  compaction: {liveKeys: number; liveBytes: number; savedBytes: number; sampledKeys: number}
}

/** What `log` says in the end. The commands themselves were emitted before, packed as log-rows.ts says. */
export interface LogReport {
  schema: 'respite.log/1'
  input: string
  kind: InputKind
  wrapped: string[]
  files: FileReport[]
  /** Commands that were read, and those that were listed. */
  commands: number
  listed: number
  /** First and last time annotation (`#TS`), UTC ISO 8601; null without any. */
  firstTime: string | null
  lastTime: string | null
  /** Damage, at most 100 places of it. */
  findings: Finding[]
  findingCount: number
  /** False where reading stopped before the end because no more was asked for. */
  complete: boolean
  /** Null when it was not asked for. */
  stats: LogStatsReport | null
}

/** One thing that `verify` looked at. */
export interface VerifyCheck {
  name:
    | 'sound'
    | 'replay'
    | 'digest'
    | 'max-age'
    | 'min-keys'
    | 'max-keys-without-ttl'
    | 'max-value-bytes'
    | 'forbidden-prefixes'
    | 'against'
    | 'baseline'
  /** Null where it could not be told. */
  ok: boolean | null
  /** The figures that it was judged by. Never holds a value. */
  message: string
  /** A key that breaks a rule, and its database. */
  db: number | null
  key: Bytes | null
}

export interface VerifyReport {
  schema: 'respite.verify/1'
  input: string
  kind: InputKind
  producer: string | null
  /** unsupported: what could be told is fine, but not all could be. */
  verdict: 'ok' | 'failed' | 'unsupported'
  /** What `check` says of it. */
  check: CheckReport['verdict']
  /** Of the data, UTC ISO 8601, and where that was read: an RDB says so itself, of a log the file's own time counts. */
  createdAt: string
  createdFrom: 'snapshot' | 'log' | 'file'
  ageMs: number
  bytes: number
  keys: number
  commands: number
  databases: Record<string, DatabaseCounts>
  /** respite-full/1, 40 hex digits; null when the data could not be read to its end. */
  digest: string | null
  checks: VerifyCheck[]
  findings: Finding[]
  findingCount: number
}

/** A key and where its entry begins. */
export interface SalvageKey {
  db: number
  key: Bytes
  offset: number
}

/** A key that was there more than once, and was kept at another place. */
export interface SalvageDuplicate extends SalvageKey {
  bytes: number
  keptOffset: number
  /** The file in the lost-and-found folder. */
  file: string | null
}

/** Bytes that `salvage` did not keep. */
export interface SalvageGap {
  offset: number
  bytes: number
  code: FormatErrorCode
  /** What reading failed with, without the place. Never holds a value. */
  message: string
  /** value: one value is damaged, its end is known. record: so is a record that is no key. gap: no record could be made of it. cut: the input ends. */
  kind: 'value' | 'record' | 'gap' | 'cut'
  db: number
  /** The key that is lost, its type, and how many of its elements were kept with --partial; null where not known. */
  key: Bytes | null
  type: string | null
  elementsKept: number | null
  elementsLost: number | null
  before: SalvageKey | null
  after: SalvageKey | null
  /** A SELECTDB may have been among it: up to the next one, keys may belong to another database. */
  databaseUnsure: boolean
  /** The expiry, idle time or frequency of the key right behind may have been among it: it is kept without. */
  attributesUnsure: boolean
  /** The file in the lost-and-found folder. */
  file: string | null
}

/** What a database had and the output has not, as far as it is known. */
export interface SalvageLoss {
  /** Keys that RESIZEDB announced, less those kept; below zero when more were kept. Null without it. */
  keys: number | null
  /** Damaged values by type. */
  types: TypeCounts
  /** Elements of the collections of which the first ones were kept. */
  elementsKept: number
  elementsLost: number
}

export interface SalvageReport {
  schema: 'respite.salvage/1'
  input: string
  /** Null with --dry-run. */
  output: string | null
  outputBytes: number | null
  wrapped: string[]
  bytes: number
  rdbVersion: number
  dialect: 'redis' | 'valkey'
  producer: string | null
  /** Of the input. */
  checksum: 'right' | 'wrong' | 'off' | 'none' | 'missing'
  /** sound: as it was. checksum: only the checksum was wrong or missing. salvaged: something is lost. nothing: no key could be kept. */
  verdict: 'sound' | 'checksum' | 'salvaged' | 'nothing'
  keys: number
  /** Of those, keys behind the first place where reading had to be taken up again. */
  keysBehindDamage: number
  databases: Record<string, DatabaseCounts>
  /** By database. */
  lost: Record<string, SalvageLoss>
  functions: string[]
  bytesLost: number
  gaps: SalvageGap[]
  /** How many there were; `gaps` holds at most 1000. */
  gapCount: number
  /** Keys of which only the first elements were kept. */
  partial: number
  duplicates: SalvageDuplicate[]
  /** Bytes behind the end of the RDB, which were left out. */
  trailingBytes: number
}
