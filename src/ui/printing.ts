/** What the global flags say about printing, and what prints the outcomes of a command. */

import type {ErrorReport} from '../errors.ts'
import type {Paint} from './color.ts'
import type {Outcome} from './outcome.ts'
import type {Output} from './output.ts'

export interface Printing {
  output: Output
  /** Prints an error to stderr. */
  complain: (error: ErrorReport, input: string) => void
  paint: Paint
  json: boolean
  quiet: boolean
  /** Everything that is known, however long. */
  verbose: boolean
  /** Exact bytes in place of KiB, MiB ... */
  exactBytes: boolean
  /** Of respite, for JSON. */
  version: string
}

export interface Printer<Report> {
  /** Print one input's outcome, or keep it for the end. */
  add(outcome: Outcome<Report>): void
  /** Print what remains. Returns the exit status of the run. */
  end(outcomes: readonly Outcome<Report>[]): number
}
