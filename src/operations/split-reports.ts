/** What `split` says that it did, or would do. */
import type {MissingFeature} from './convert-reports.ts'
import type {DatabaseCounts, Finding, InputKind} from './reports.ts'

export type SplitBy = 'slot' | 'db' | 'type' | 'prefix' | 'match'

/** Ranges of cluster slots, both ends included. */
export type SlotRanges = (readonly [first: number, last: number])[]

export interface SplitPart {
  name: string
  /** In the output directory; null where nothing was written. */
  file: string | null
  /** Null where it was not split by slots. */
  slots: SlotRanges | null
  /** The node that the part is for, where a nodes.conf named it. */
  node: {id: string; address: string} | null
  keys: number
  databases: Record<string, DatabaseCounts>
  bytes: number
  /** respite-full/1 of the file, functions included; null where it was not read back. */
  digest: string | null
}

/** A range of slots for each node: what --plan reads. */
export interface SplitPlan {
  schema: 'respite.split-plan/1'
  /** What is about the same in all of them; null where the slots are. */
  balance: 'bytes' | 'keys' | null
  nodes: {name: string; slots: SlotRanges; keys: number | null; bytes: number | null}[]
}

export interface SplitReport {
  schema: 'respite.split/1'
  input: string
  kind: InputKind
  producer: string | null
  by: SplitBy
  to: 'rdb' | 'aof' | 'resp'
  /** The server that has to read it, by the RDB version that it writes. */
  target: {dialect: 'redis' | 'valkey'; rdbVersion: number}
  /** The directory, or the file of the plan; null where nothing was written. */
  output: string | null
  dryRun: boolean
  verdict: 'split' | 'planned' | 'refused' | 'unreadable'
  /** Of all parts. */
  keys: number
  /** Libraries, all of which are in every part. */
  functions: number
  /** Keys of the input that were not selected. */
  unselected: number
  parts: SplitPart[]
  /** Only with planOnly. */
  plan: SplitPlan | null
  missing: MissingFeature[]
  bytes: number
  /** respite-full/1 of what was to be split, which the parts add up to; null where they were not read back. */
  digest: string | null
  reason: string | null
  stoppedAt: Finding | null
  next: string | null
}
