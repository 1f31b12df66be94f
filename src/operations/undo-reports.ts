/** What `rewind` and `undo` say that they did, or would do. */
import type {InputKind, ReportedPoint} from './reports.ts'

/** What is there at one place of a log. */
export interface ReplayedState {
  /** Keys by database. */
  keys: Record<string, number>
  /** respite-full/1; null where not all before it could be replayed. */
  digest: string | null
}

/** A file of the output. */
export interface WrittenFile {
  /** Of the input. */
  file: string
  /** Its name in the output. */
  name: string
  role: 'aof' | 'base' | 'incr'
  bytes: number
  outputBytes: number
}

/** A file that a server would have loaded and that the output does not have. */
export interface LeftOutFile {
  file: string
  bytes: number
}

interface EditReport {
  input: string
  kind: InputKind
  /** What was written, or would be; null where it was not said. */
  output: string | null
  dryRun: boolean
  files: WrittenFile[]
  leftOut: LeftOutFile[]
  /** Does it begin with a base that a rewrite had replaced? */
  fromHistory: boolean
  /** Bytes of the input that the output does not have. */
  removedBytes: number
  /** Files with removed bytes and with originals. */
  aside: string[]
}

export interface RewindReport extends EditReport {
  schema: 'respite.rewind/1'
  point: ReportedPoint
  /** Commands behind the point; null where they cannot be read. */
  removedCommands: number | null
  proof: RewindProof | null
}

export interface RewindProof {
  /** What the input has at the point. */
  atPoint: ReplayedState
  /** What the output has; null where none was written. */
  output: ReplayedState | null
  /** Are they the same? Null where that could not be told. */
  same: boolean | null
  commands: number
  failed: number
  incomplete: string | null
}

/** What a command, or a run of the same one, took away. */
export interface Destruction {
  file: string
  /** Of the first record. */
  offset: number
  /** Ordinal of it in all files that a server loads, null in history files, and in its own file. */
  record: number | null
  fileRecord: number
  /** The last record, where there are several. */
  lastOffset: number
  /** How many commands. */
  count: number
  /** Where the transaction begins that it is part of; null outside of one. */
  transaction: number | null
  /** UTC ISO 8601; null where nothing tells. */
  time: string | null
  /** The log does not say when: it was estimated from the times of files and the place in them. */
  timeEstimated: boolean
  db: number
  /** Upper case. */
  command: string
  /** moved: to another database. expired: given an expiry that had passed. */
  effect: 'removed' | 'overwritten' | 'expired' | 'moved'
  /** Keys by database. */
  keys: Record<string, number>
  keyCount: number
}

export interface UndoListReport {
  schema: 'respite.undo-list/1'
  input: string
  kind: InputKind
  /** Commands that were read. */
  commands: number
  /** The largest first. */
  destructions: Destruction[]
  /** How many there were, those left out included. */
  destructionCount: number
  /** Null: flushes and exchanged databases, and others from 100 keys on. */
  minKeys: number | null
  /** What has to be known before something is undone. */
  notes: string[]
  /** Why not all could be replayed: what follows could not be counted. */
  incomplete: string | null
  /** A command line that takes the largest out. */
  next: string | null
}

/** A command that was taken out. */
export interface Undone {
  file: string
  offset: number
  record: number | null
  fileRecord: number
  transaction: number | null
  time: string | null
  db: number
  command: string
  /** Other keys of it stay removed: it was written again without those that match. */
  rewritten: boolean
  /** Keys that it took away, by database; null where that was not counted. */
  keys: Record<string, number> | null
}

export interface UndoReport extends EditReport {
  schema: 'respite.undo/1'
  verdict: 'undone' | 'nothing'
  /** Why there is nothing to bring back. */
  reason: string | null
  next: string | null
  /** What came behind the last of them is left out as well. */
  dropAfter: boolean
  /** At most 100 of them. */
  undone: Undone[]
  undoneCount: number
  notes: string[]
  proof: UndoProof | null
}

export interface UndoProof {
  /** In the input right before the first command that was taken out; before its transaction, if it is in one. */
  before: ReplayedState
  /** Has the output the same there? Null where that could not be told. */
  sameBefore: boolean | null
  /** What a server has that loads the input. */
  input: ReplayedState
  /** What it has that loads the output; null where none was written. */
  output: ReplayedState | null
  /** From `before` to `output`: what later commands did. */
  later: {added: number; changed: number; removed: number} | null
  commands: number
  /** Commands that fail in the input, and in the output. */
  failedInput: number
  failed: number
  incomplete: string | null
}
