/** Errors as text for stderr, in the shape of findings: what is wrong, what it means, what to do next. */

import {type ErrorReport, Exit} from '../errors.ts'
import {printable} from './escape.ts'

export function errorLines({exit, message, next}: ErrorReport, input: string | null): string[] {
  const named = input === null || message.startsWith(input) ? message : `${input}: ${message}`
  if (exit === Exit.INTERNAL) {
    return [
      `respite: internal error${input === null ? '' : ` (${printable(input)})`}: ${printable(message)}`,
      '  This is a bug in respite. It says nothing about your data, and nothing was changed.',
      '  Next: report the line above together with the output of: respite --version',
    ]
  }
  const lines = named.split('\n').map((line) => printable(line))
  lines[0] = `respite: ${lines[0]}`
  return next === null ? lines : [...lines, `  Next: ${printable(next)}`]
}
