import type {CommandTable} from '../engine/commands/table.ts'
import type {LogCuts} from './log-cuts.ts'
import type {Finding} from './reports.ts'

export interface AofContext {
  /** Its name in findings. */
  file: string
  /** What the user named, for the command to run next. */
  input: string
  /** How many databases the server has. */
  databases: number
  /** Made with the renamed commands of the server's configuration. */
  table: CommandTable
  /** A server treats an early end differently in the last file of a set. A single file is the last one. */
  isLastFile: boolean
  /** Offset where the text begins: after an RDB preamble, else 0. The cursor stands there. */
  start: number
  /** Keeps the object: counts are put into messages at the end. */
  addFinding(finding: Finding): void
  /** Put the cursor at an earlier offset, if the input can be read again: finds more behind a damaged length. */
  rewind?(offset: number): void
  /** Collects what has to go so that a server loads the rest. */
  cuts?: LogCuts
  /** Look for records also inside an argument that claims all that is left. */
  insideArguments?: boolean
}

export interface AofPart {
  /** Intact commands, before and behind damage. */
  commands: number
  /** Bytes before the first error, an open transaction left out. Counted from the beginning of the file. */
  intactBytes: number
  /** Bytes of the text that are intact, before and behind damage. */
  keptBytes: number
  /** Bytes of the whole file; where reading stopped. */
  endOffset: number
  /** By upper-case name, of those that a server or a module knows. */
  commandCounts: Record<string, number>
  /** First and last #TS annotation, in seconds. */
  firstTimestamp: number | null
  lastTimestamp: number | null
}
