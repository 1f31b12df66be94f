import {Exit, RespiteError} from '../errors.ts'
import {quote} from './next-step.ts'
import type {CheckReport, LogReport} from './reports.ts'

/** What reading a log came to, beside what `check` would know of it. */
export type LogCounts = Pick<LogReport, 'commands' | 'listed' | 'complete' | 'stats'> & {
  firstSeconds: number | null
  lastSeconds: number | null
}

export function logReport(
  {input, kind, wrapped, files, findings, findingCount}: CheckReport,
  {commands, listed, complete, stats, firstSeconds, lastSeconds}: LogCounts,
): LogReport {
  return {
    schema: 'respite.log/1',
    input,
    kind,
    wrapped,
    files,
    commands,
    listed,
    firstTime: firstSeconds === null ? null : isoSeconds(firstSeconds),
    lastTime: lastSeconds === null ? null : isoSeconds(lastSeconds),
    findings,
    findingCount,
    complete,
    stats,
  }
}

/** Unix seconds as UTC; as they are where no calendar reaches. */
export function isoSeconds(seconds: number): string {
  if (seconds > 8.64e12) return String(seconds)
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}

/** An RDB was given where commands are wanted. */
export function notALog(input: string): RespiteError {
  const next = input === '-' ? 'respite info -' : `respite info ${quote(input)}`
  const message = `${input}: an RDB file: it holds keys, not the commands that made them`
  return new RespiteError(Exit.USAGE, 'NOT_A_LOG', message, next)
}
