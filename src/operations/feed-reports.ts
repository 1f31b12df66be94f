/** What `push --as-master` returns. */
import type {MissingFeature} from './convert-reports.ts'
import type {DatabaseCounts, Finding, InputKind} from './reports.ts'

export interface FeedReport {
  schema: 'respite.feed/1'
  input: string
  kind: InputKind
  producer: string | null
  /** The server that was told to replicate; null where it was left to others to tell one. */
  target: string | null
  /** Who came for it: `127.0.0.1:50000`. */
  replica: string | null
  listen: string
  /** pushed: a server has loaded it. refused: it cannot hold something. unlike: what is there is not what was sent. */
  verdict: 'pushed' | 'refused' | 'unreadable' | 'unlike'
  keys: number
  databases: Record<string, DatabaseCounts>
  functions: number
  unselected: number
  missing: MissingFeature[]
  bytes: number
  rdbVersion: number
  /** Keys that the server counts; null where it was not asked. */
  keysThere: number | null
  reason: string | null
  stoppedAt: Finding | null
  next: string | null
}
