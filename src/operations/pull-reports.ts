/** What `pull` returns. */
import type {Bytes, DatabaseCounts, Finding} from './reports.ts'

/** What a server says of itself before anything is taken from it. */
export interface PullSource {
  /** `redis 7.0.15`. */
  producer: string | null
  role: 'master' | 'replica' | 'unknown'
  /** Of a replica: is it connected to its master? */
  linkUp: boolean | null
  keys: number
  usedMemoryBytes: number | null
  replicas: number
  /** A snapshot or a rewrite is going on. */
  isSaving: boolean
  backlogBytes: number | null
  cluster: boolean
}

export interface PullReport {
  schema: 'respite.pull/1'
  input: string
  output: string | null
  dryRun: boolean
  /** pulled: it is at its place. planned: nothing was taken. refused: what came is no sound RDB, and was not published. */
  verdict: 'pulled' | 'planned' | 'refused'
  producer: string | null
  rdbVersion: number | null
  bytes: number
  keys: number
  databases: Record<string, DatabaseCounts>
  functions: string[]
  /** Where in the stream of its master the snapshot is. */
  replication: {id: Bytes; offset: string; streamDb: number | null} | null
  source: PullSource | null
  findings: Finding[]
  findingCount: number
  next: string | null
}
