/** What `push` returns. */
import type {MissingFeature} from './convert-reports.ts'
import type {Bytes, DatabaseCounts, Finding, InputKind} from './reports.ts'

/** What the operation says that it gave away, before anybody has taken it. */
export interface PushedEntries {
  input: string
  kind: InputKind
  producer: string | null
  keys: number
  databases: Record<string, DatabaseCounts>
  functions: number
  unselected: number
  missing: MissingFeature[]
  refused: boolean
  reason: string | null
  stoppedAt: Finding | null
  next: string | null
  /** Of all that was given, `respite digest --full` of it; null where it was not asked for. */
  digest: string | null
  /** When the first of the keys expires, in ms; null where none does. */
  firstExpiryMs: number | null
}

export interface PushReport extends Omit<PushedEntries, 'refused' | 'digest' | 'firstExpiryMs'> {
  schema: 'respite.push/1'
  target: string
  /** `redis 7.0.15`, and the RDB version of its payloads. */
  server: string | null
  rdbVersion: number
  nodes: number
  dryRun: boolean
  /** pushed; planned; refused: the target cannot hold something; unreadable: the input; unlike: what is there now is not what was sent. */
  verdict: 'pushed' | 'planned' | 'refused' | 'unreadable' | 'unlike'
  /** Keys that the target took, and those that it had already and that were left as they are. */
  restored: number
  skipped: number
  /** Keys that an earlier run had brought there. */
  resumed: number
  /** Keys that the target had before. */
  keysBefore: number
  bytes: number
  /** digest: the target holds exactly what was sent. Null: it was not compared. */
  verified: 'digest' | null
  /** Why it could not be compared in depth. */
  unverified: string | null
  /** A key of the input that the target had already. */
  taken: Bytes | null
}
