/** What `diff` says: one record for each difference as it is found, and what it comes to. */
import type {Bytes, Finding, InputKind, ShortValue} from './reports.ts'

/** Seen from A: `added` is only in B. */
export type Change = 'added' | 'removed' | 'changed'

/** A key that is not the same on both sides. Null for a side that does not have it. */
export interface KeyDifference {
  type: 'key'
  change: Change
  db: number
  key: Bytes
  /** `value` and `ttl` as they apply. */
  what: ('value' | 'ttl')[]
  a: ShortValue | null
  b: ShortValue | null
  /** How many elements differ; null where that was not asked for, or the values do not lend themselves to it. */
  elements: ChangeCounts | null
  /** Records that follow this one. */
  listed: number
}

/** What is different inside of the key before. */
export interface ElementDifference {
  type: 'element'
  change: Change
  db: number
  key: Bytes
  /** What it is: `element` (of a list), `member`, `field`, `entry`, `cell`, `group`, `consumer`, `pending`, ... */
  part: string
  /** Which one: an index, a member, a field, an id; of what belongs to a group, the group and that. */
  name: Bytes[]
  /** What it holds: nothing of a member, a score, a value, the fields and values of an entry. */
  a: Bytes[] | null
  b: Bytes[] | null
  /** Expiries of fields. */
  aExpiresAtMs: number | null
  bExpiresAtMs: number | null
  /** There is more than is shown. */
  cut: boolean
}

export interface LibraryDifference {
  type: 'function'
  change: Change
  library: Bytes
}

export type Difference = KeyDifference | ElementDifference | LibraryDifference

export interface ChangeCounts {
  added: number
  removed: number
  changed: number
}

export interface SideReport {
  input: string
  kind: InputKind
  producer: string | null
  rdbVersion: number | null
  /** Those that were compared. */
  keys: number
  /** Keys that were not selected. */
  unselected: number
}

export interface DiffDatabase extends ChangeCounts {
  a: number
  b: number
}

export interface PatchReport {
  output: string
  bytes: number
  /** What it was applied to, and came to: null where that was not asked for. */
  proof: {keys: number; digest: string} | null
}

export interface DiffReport extends ChangeCounts {
  schema: 'respite.diff/1'
  input: string
  against: string
  /** Null where it could not be opened. */
  a: SideReport | null
  b: SideReport | null
  verdict: 'equal' | 'different' | 'unreadable' | 'refused'
  /** Of those that changed: whose value and whose expiry is another one. */
  changedValues: number
  changedTtls: number
  functions: ChangeCounts
  databases: Record<string, DiffDatabase>
  /** Keys that were listed. */
  listed: number
  ignored: string[]
  ttlToleranceMs: number
  /** Over how many parts of the keys the inputs were read. */
  parts: number
  patch: PatchReport | null
  /** What keeps a patch from being written; null where nothing does. */
  reason: string | null
  /** The key that does. */
  reasonKey: Bytes | null
  stoppedAt: Finding | null
}
