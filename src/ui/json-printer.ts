import {Exit} from '../errors.ts'
import {jsonLine} from './json.ts'
import {outcomeDocument, worstExit} from './outcome.ts'
import type {Printer, Printing} from './printing.ts'

/** One document per input, each on its line. */
export function jsonPrinter<Report extends {schema: string}>({
  output,
  complain,
  version,
}: Printing): Printer<Report> {
  return {
    add(outcome) {
      output.line(jsonLine(outcomeDocument(outcome, version)))
      // A bug is worth a line in the cron mail as well.
      if (outcome.error?.exit === Exit.INTERNAL) complain(outcome.error, outcome.input)
    },
    end: worstExit,
  }
}
