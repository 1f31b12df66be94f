/** What `evict` reports. */
import type {Measure, Policy} from '../engine/eviction/policies.ts'
import type {ConvertReport} from './convert-reports.ts'
import type {PrefixReport} from './report-reports.ts'
import type {Finding, InputKind} from './reports.ts'

export interface EvictedType {
  type: string
  keys: number
  memory: number
  /** Of these, what goes. */
  evicted: number
  evictedMemory: number
}

/** A tenth of the keys that may go, by what the policy orders them by. */
export interface Decile {
  /** Idle seconds, LFU counters, or expiries in ms. */
  from: number
  to: number
  keys: number
  evicted: number
}

export interface CommandTimesReport {
  /** The last annotation, from which they count back. */
  until: string
  /** When the base was saved, where it says so. */
  baseSavedAt: string | null
  /** How many of those that may go were idle at least so long: not named since the base was saved, or the first annotation. */
  atLeast: number
  note: string
}

export interface EvictReport {
  schema: 'respite.evict/1'
  input: string
  kind: InputKind
  producer: string | null
  createdAt: string | null
  policy: Policy
  maxmemory: number
  /** Null for exact eviction. */
  samples: number | null
  seed: number | null
  memoryOf: {server: string; allocator: string} | null
  keys: number
  /** Bytes: of keys, of the tables that find them, of the server without any. */
  memory: {keys: number; tables: number; server: number; used: number}
  /** Bytes over maxmemory. */
  over: number
  /** unknown: the input lacks what the policy needs. short: not enough may go, so that writes fail all the same. */
  verdict: 'fits' | 'evicts' | 'short' | 'unknown'
  /** What the policy orders keys by, and how many of those that may go have none of it. */
  measure: {of: Measure; candidates: number; without: number}
  /** Idle times are those of a log's commands; null where they are a file's, or not asked for. */
  commandTimes: CommandTimesReport | null
  evicted: {keys: number; memory: number; withoutTtl: number}
  /**
   * Keys that do not fit when they are written in the order of the input: so many writes of new keys fail. Null where eviction
   * makes room for all.
   */
  rejected: {keys: number; memory: number} | null
  types: EvictedType[]
  /** Prefixes of what goes. */
  prefixes: PrefixReport
  deciles: Decile[]
  /** With `-o`, or with --dry-run: what stays, as `convert` tells it. */
  written: ConvertReport | null
  reason: string | null
  next: string | null
  stoppedAt: Finding | null
}
