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
