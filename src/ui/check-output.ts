/** Printing the outcomes of `check`, one input at a time, in the form that was asked for. */

import {Exit} from '../errors.ts'
import type {CheckReport} from '../operations/reports.ts'
import {checkLines, summaryLine, verdictLine} from './check-text.ts'
import {jsonPrinter} from './json-printer.ts'
import {nagiosReport} from './nagios.ts'
import {worstExit} from './outcome.ts'
import type {Output} from './output.ts'
import type {Printer, Printing} from './printing.ts'

export function checkPrinter(printing: Printing, nagios: boolean): Printer<CheckReport> {
  if (nagios) return nagiosPrinter(printing.output)
  return printing.json ? jsonPrinter(printing) : textPrinter(printing)
}

function textPrinter(printing: Printing): Printer<CheckReport> {
  const {output, complain, quiet, paint} = printing
  let printed = false
  return {
    add({input, exit, report, error}) {
      if (error !== null) return complain(error, input)
      if (quiet && exit === Exit.OK) return
      const lines = quiet ? [verdictLine(report, paint)] : checkLines(report, printing)
      if (printed && !quiet) output.line('')
      for (const line of lines) output.line(line)
      printed = true
    },
    end(outcomes) {
      if (outcomes.length > 1 && !quiet) {
        output.line('')
        output.line(summaryLine(outcomes.map(({report}) => report?.verdict ?? 'unread')))
      }
      return worstExit(outcomes)
    },
  }
}

function nagiosPrinter(output: Output): Printer<CheckReport> {
  return {
    add() {},
    end(outcomes) {
      const {line, exit} = nagiosReport(outcomes)
      output.line(line)
      return exit
    },
  }
}
