/** Printing what `log` emits while it runs, and the outcome behind it. */
import {Exit, type ExitCode} from '../errors.ts'
import type {Finding, LogReport} from '../operations/reports.ts'
import {findingLines} from './findings.ts'
import {jsonLine} from './json.ts'
import {LogLines} from './log-lines.ts'
import {statsLines} from './log-stats-text.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'

/** Damage, or nothing of what was asked for. */
export function logExit({findings, commands, listed}: LogReport): ExitCode {
  const errors = findings.filter(({severity}) => severity === 'error')
  if (errors.some(({code}) => code === 'LIMIT')) return Exit.LIMIT
  if (errors.length > 0) {
    return errors.every(({code}) => code === 'UNSUPPORTED') ? Exit.UNSUPPORTED : Exit.FOUND
  }
  return commands > 0 && listed === 0 ? Exit.FOUND : Exit.OK
}

/** Takes the chunks of a run. In text, findings go to stderr: stdout is for commands. */
export function logChunks(printing: Printing): (chunk: Uint8Array) => Promise<void> {
  const {output, json, quiet, paint} = printing
  const onFinding = (finding: Finding) =>
    void process.stderr.write(`${findingLines([finding], true, paint).slice(1).join('\n')}\n`)
  const lines = new LogLines(json, onFinding)
  return async (chunk) => {
    const bytes = lines.of(chunk)
    if (!quiet) await output.bytes(bytes)
  }
}

/** What comes behind the commands. */
export function printLog(outcome: Outcome<LogReport>, printing: Printing): void {
  const {output, json, quiet, version, complain, exactBytes} = printing
  if (json) output.line(jsonLine(outcomeDocument(outcome, version)))
  else if (outcome.error !== null) complain(outcome.error, outcome.input)
  else if (!quiet) for (const line of statsLines(outcome.report, exactBytes)) output.line(line)
}
