/** What came of one input: a report or an error, and the exit status that belongs to it. */

import {type ErrorReport, Exit, type ExitCode} from '../errors.ts'
import type {CheckReport, InfoReport} from '../operations/reports.ts'

export type Outcome<Report> =
  | {input: string; exit: ExitCode; report: Report; error: null}
  | {input: string; exit: ExitCode; report: null; error: ErrorReport}

/** Notes are no findings for a script: only what a server would trip over, or load wrong, changes the status. */
export function checkExit({verdict, findings}: CheckReport): ExitCode {
  if (findings.some(({code, severity}) => code === 'LIMIT' && severity === 'error'))
    return Exit.LIMIT
  if (verdict === 'sound') return Exit.OK
  return verdict === 'unsupported' ? Exit.UNSUPPORTED : Exit.FOUND
}

/** Header facts are no verdict: only where even they could not be read does the status say so. */
export function infoExit({stoppedAt}: InfoReport): ExitCode {
  if (stoppedAt === null || stoppedAt.severity !== 'error') return Exit.OK
  if (stoppedAt.code === 'LIMIT') return Exit.LIMIT
  return stoppedAt.code === 'UNSUPPORTED' ? Exit.UNSUPPORTED : Exit.FOUND
}

/** Of several inputs the highest status counts: what could not be read at all weighs more than what was found. */
export function worstExit(outcomes: readonly {exit: number}[]): number {
  return Math.max(Exit.OK, ...outcomes.map(({exit}) => exit))
}

/** The document that --json prints for one input: who says it, how it went, then the report or the error. */
export function outcomeDocument<Report extends {schema: string}>(
  outcome: Outcome<Report>,
  version: string,
): object {
  const {input, exit} = outcome
  const head = {version, ok: exit === Exit.OK, exit}
  if (outcome.error !== null) {
    return {schema: 'respite.error/1', ...head, input, error: errorDocument(outcome.error)}
  }
  const {schema, ...report} = outcome.report
  return {schema, ...head, ...report}
}

export function errorDocument({code, message, next}: ErrorReport): object {
  return {code, message, next}
}
