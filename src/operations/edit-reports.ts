/** What `repair`, `undo` and `rewind` say that they did, or would do. */
import type {Finding, InputKind} from './reports.ts'

/** Why something has to go. */
export type CutReason =
  | 'truncated'
  | 'nul'
  | 'damage'
  | 'command'
  | 'arity'
  | 'multi'
  | 'exec'
  | 'discard'
  | 'transaction'
  | 'repeated'

/** Something about the set that was decided. Not certain: it may be wrong, and is for a person to look at. */
export interface SetDecision {
  file: string
  message: string
  certain: boolean
  /** Data is missing because of it. */
  loss: boolean
}

export interface ReportedCut {
  file: string
  offset: number
  bytes: number
  reason: CutReason
  /** Commands in it that could be read. */
  commands: number
  /** Its first bytes in hex, at most 16. */
  head: string
  /** A SELECT was written behind it, for the one that went. */
  select: number | null
  /** A SELECT may have been among what was lost: what follows goes to the database that was selected before. */
  databaseUnsure: boolean
}

export interface EditedFileReport {
  file: string
  /** Name of the output. */
  name: string
  role: 'aof' | 'base' | 'incr'
  bytes: number
  outputBytes: number
  commands: number
  outputCommands: number
}

/** What a replay of the output ends in. */
export interface Proof {
  /** Keys by database. */
  keys: Record<string, number>
  /** The same as far as a server or redis-check-aof would have kept it; null where nothing was cut. */
  keysBefore: Record<string, number> | null
  commands: number
  failed: number
  /** respite-full/1; null where not all could be replayed. */
  digest: string | null
  /** Why not. */
  incomplete: string | null
}

export interface RepairReport {
  schema: 'respite.repair/1'
  input: string
  kind: InputKind
  /** What was written, or would be; null where nothing can be. */
  output: string | null
  dryRun: boolean
  verdict: 'sound' | 'repaired' | 'refused' | 'unrepairable'
  /** Why it was refused. */
  reason: string | null
  next: string | null
  files: EditedFileReport[]
  cuts: ReportedCut[]
  cutCount: number
  /** Where commands seem to go on inside an argument that claims all that is left, and was cut. */
  inside: {file: string; offset: number}[]
  /** Damaged RDBs that the logs begin with: what was salvaged of them. */
  salvaged: {file: string; keys: number; gaps: number; bytesLost: number}[]
  /** Spans of records that were framed anew. */
  reframed: number
  decisions: SetDecision[]
  /** Of the input, as `check` says them. */
  findings: Finding[]
  findingCount: number
  loss: {bytes: number; percent: number; commands: number}
  kept: {bytes: number; commands: number}
  /** Files with removed bytes and with originals. */
  aside: string[]
  proof: Proof | null
}
