import type {InputKind, Severity} from './reports.ts'

/** What `doctor` finds, by what it is about. */
export type DoctorCode =
  | 'LAYOUT'
  | 'STARTS_EMPTY'
  | 'OLD_DUMP'
  | 'NO_PERSISTENCE'
  | 'SAVE_BESIDE_AOF'
  | 'LOSS_WINDOW'
  | 'REWRITE'
  | 'TORN_WRITES'
  | 'DISK_SPACE'
  | 'FORK'
  | 'MAXMEMORY'
  | 'EVICTION'
  | 'BACKLOG'
  | 'OUTPUT_BUFFER'
  | 'RENAMED'
  | 'COMMANDS'
  | 'ACCESS'
  | 'RUNNING'
  | 'UNKNOWN'

export interface DoctorFinding {
  code: DoctorCode
  severity: Severity
  /** What is so, in one sentence, with its figure. */
  message: string
  /** Why that matters. */
  why: string
  /** What to set, or to run; null when it is only to be known. */
  next: string | null
}

export interface DoctorReport {
  schema: 'respite.doctor/1'
  input: string
  /** The configuration file; null: servers' defaults were assumed. */
  config: string | null
  kind: InputKind
  /** What would be loaded and what ignored, and why. */
  layout: string[]
  files: {file: string; role: string; bytes: number; loaded: boolean}[]
  producer: string | null
  /** A process that has one of the files open for writing. */
  writer: number | null
  facts: DoctorFacts
  findings: DoctorFinding[]
  verdict: 'healthy' | 'warnings' | 'errors'
}

/** What the findings rest on; null where nothing tells. Sizes in bytes. */
export interface DoctorFacts {
  keys: number | null
  expires: number
  /** What the server that wrote the snapshot or base used. */
  usedMemoryBytes: number | null
  /** Of the snapshot or base, and of the logs behind it. */
  baseBytes: number
  logBytes: number
  commands: number | null
  /** How fast the log has grown since its base was written. */
  writtenBytesPerSecond: number | null
  memoryBytes: number
  freeMemoryBytes: number
  diskFreeBytes: number | null
  overcommit: number | null
  hugePages: string | null
}
