/** What `compact` says that it did, or would do. */
import type {DatabaseCounts, Finding, InputKind, ReportedPoint} from './reports.ts'

/** Commands that stay as they are, behind what was compacted. */
export interface KeptCommands {
  point: ReportedPoint
  files: string[]
  commands: number
  bytes: number
}

export interface CompactMemory {
  /** Bytes that all of it may take, as they were asked for; null: half of what was free. */
  max: number | null
  threads: number
  /** Parts that the dataset was replayed in. */
  parts: number
  /** Bytes that the dataset takes in memory, from a sample; null where it was not looked at. */
  estimate: number | null
}

export interface CompactReport {
  schema: 'respite.compact/1'
  input: string
  kind: InputKind
  producer: string | null
  to: 'aof' | 'rdb'
  /** One file in place of a set. */
  single: boolean
  /** What it begins with. */
  base: 'rdb' | 'aof'
  /** The server that has to read it, by the RDB version that it writes. */
  target: {dialect: 'redis' | 'valkey'; rdbVersion: number}
  /** Null where it would not be written. */
  output: string | null
  dryRun: boolean
  /** `compact`: the input has no commands that could go, and stays as it is in place. */
  verdict: 'compacted' | 'planned' | 'compact' | 'refused' | 'unreadable'
  bytesBefore: number
  /** With `dryRun` an estimate; 0 where nothing is written. */
  bytesAfter: number
  files: string[]
  /** Where originals are, with --in-place. */
  aside: string[]
  /** Of what was compacted. With `dryRun` from a sample, and then only `keys`. */
  keys: number
  databases: Record<string, DatabaseCounts>
  functions: number
  /** Keys that had expired when the input was last written: a server drops them when it loads the output, as it would the input's. */
  expired: number
  /** Commands that were replayed, of which so many failed, as they would in a server. */
  commands: number
  failed: number
  /** It ends inside of a transaction, which no server applies: its commands are not in the output. */
  openTransaction: boolean
  /** Null where nothing is replayed. */
  memory: CompactMemory | null
  kept: KeptCommands | null
  /** respite-full/1 of the input, as it was replayed, and of what was read back; null where nothing was written. */
  proof: {before: string; after: string} | null
  /** Why it was refused; null where it was not. */
  reason: string | null
  stoppedAt: Finding | null
  next: string | null
}
