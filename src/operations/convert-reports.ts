/** What `convert` says that it did, or would do. */
import type {Bytes, DatabaseCounts, Finding, InputKind} from './reports.ts'

/** Something that the output cannot hold. */
export interface MissingFeature {
  /** As --drop takes it: `hash-field-ttl`. */
  feature: string
  /** In words. */
  text: string
  /** data: clients see that it is gone. detail: a hint or a statistic, which is always left out. */
  weight: 'data' | 'detail'
  /** Keys that have it; of functions, libraries. */
  count: number
  /** The keys themselves go. */
  losesKeys: boolean
  /** Some of them. */
  examples: {db: number; key: Bytes}[]
  /** Whether it may be left out. */
  decision: 'refused' | 'dropped'
}

export interface ConvertProof {
  /** Keys whose bytes are those of the input. */
  copied: number
  /** Keys that were written anew. */
  rewritten: number
  /** Of the latter and of functions, the same in input and output. Means nothing outside of this run. */
  digest: string
}

export interface ConvertReport {
  schema: 'respite.convert/1'
  input: string
  kind: InputKind
  producer: string | null
  to: 'rdb' | 'aof' | 'resp' | 'jsonl' | 'json' | 'csv' | 'parquet'
  /** The server that has to read it, by the RDB version that it writes. */
  target: {dialect: 'redis' | 'valkey'; rdbVersion: number}
  /** Null where it would not be written. */
  output: string | null
  dryRun: boolean
  verdict: 'converted' | 'planned' | 'refused' | 'unreadable'
  /** Of the output. */
  keys: number
  databases: Record<string, DatabaseCounts>
  functions: number
  /** Keys of the input that were not selected. */
  unselected: number
  missing: MissingFeature[]
  /** Bytes that were written, all files together. */
  bytes: number
  files: string[]
  /** Null where nothing was read back. */
  proof: ConvertProof | null
  /** Why it was refused; null where it was not. */
  reason: string | null
  stoppedAt: Finding | null
  next: string | null
}
