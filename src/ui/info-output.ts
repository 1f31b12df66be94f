/** Printing the outcomes of `info`, one input at a time. */

import {Exit} from '../errors.ts'
import type {InfoReport} from '../operations/reports.ts'
import {infoLines} from './info-text.ts'
import {jsonPrinter} from './json-printer.ts'
import {worstExit} from './outcome.ts'
import type {Printer, Printing} from './printing.ts'

export function infoPrinter(printing: Printing): Printer<InfoReport> {
  if (printing.json) return jsonPrinter(printing)
  const {output, complain, quiet} = printing
  let printed = false
  return {
    add({input, exit, report, error}) {
      if (error !== null) return complain(error, input)
      if (quiet && exit === Exit.OK) return
      if (printed) output.line('')
      for (const line of infoLines(report, printing)) output.line(line)
      printed = true
    },
    end: worstExit,
  }
}
