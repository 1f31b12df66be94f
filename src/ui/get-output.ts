/** Printing what `get` emits, and what was not there. */
import {Exit, type ExitCode} from '../errors.ts'
import type {GetReport} from '../operations/get-reports.ts'
import {printable, quoteKey} from './escape.ts'
import {findingLines} from './findings.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'

export function getExit({stoppedAt, keys}: GetReport): ExitCode {
  if (stoppedAt !== null) {
    if (stoppedAt.code === 'LIMIT') return Exit.LIMIT
    return stoppedAt.code === 'UNSUPPORTED' ? Exit.UNSUPPORTED : Exit.FOUND
  }
  return keys.every(({databases}) => databases.length > 0) ? Exit.OK : Exit.FOUND
}

export function valueChunks(
  lines: {of(chunk: Uint8Array): Uint8Array},
  {output, quiet}: Printing,
): (chunk: Uint8Array) => Promise<void> {
  return async (chunk) => {
    if (!quiet) await output.bytes(lines.of(chunk))
  }
}

/** What was not there is told on stderr: stdout is for values. */
export function printGet(outcome: Outcome<GetReport>, printing: Printing): void {
  const {output, json, version, complain, paint} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  const {keys, stoppedAt, input} = outcome.report
  const missing = keys.filter(({databases}) => databases.length === 0)
  const where = stoppedAt === null ? '' : ' before this:'
  const told = missing.map(({key}) => `${printable(input)}: no key ${quoteKey(key)}${where}`)
  if (stoppedAt !== null) told.push(...findingLines([stoppedAt], true, paint))
  if (told.length > 0) process.stderr.write(`${told.join('\n')}\n`)
}
