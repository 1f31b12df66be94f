/** One status line for Nagios, Icinga and whatever speaks their plugin interface, with performance data. */

import {type ErrorReport, Exit, type ExitCode} from '../errors.ts'
import type {CheckReport} from '../operations/reports.ts'
import {nagiosText} from './escape.ts'
import type {Outcome} from './outcome.ts'

/** By exit status. */
export const STATUS = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const
type NagiosStatus = 0 | 1 | 2 | 3

/**
 * A backup that is not there or cannot be read wakes someone, as damage does. UNKNOWN is for what says nothing of the data:
 * an unsupported format, a busy file, a limit, a wrong flag, a bug.
 */
export function nagiosStatus(exit: ExitCode, verdict: CheckReport['verdict'] | null): NagiosStatus {
  if (exit === Exit.OK) return 0
  if (exit === Exit.FOUND) return verdict === 'warnings' ? 1 : 2
  return exit === Exit.INPUT || exit === Exit.DISK ? 2 : 3
}

/** CRITICAL outweighs UNKNOWN: of two inputs, known damage is the one to tell about. */
const WEIGHT: readonly number[] = [0, 1, 3, 2]

export function nagiosReport(outcomes: readonly Outcome<CheckReport>[]): {
  line: string
  exit: NagiosStatus
} {
  const rows = outcomes
    .map((outcome) => ({outcome, status: statusOf(outcome)}))
    .sort((a, b) => WEIGHT[b.status] - WEIGHT[a.status])
  const exit = rows[0].status
  const worst = rows.filter(({status}) => status === exit)
  const [{outcome}] = worst
  const sum =
    outcomes.length > 1 ? `${worst.length} of ${outcomes.length} inputs ${STATUS[exit]}: ` : ''
  const text = nagiosText(`${sum}${outcome.input}: ${outcomeText(outcome)}`)
  return {line: `RESPITE ${STATUS[exit]} - ${text} | ${performanceData(outcomes)}`, exit}
}

/** Nothing could be checked: a wrong flag, or the metrics file could not be written. A monitoring system still wants its line. */
export function nagiosFailure(error: ErrorReport): {line: string; exit: NagiosStatus} {
  return {line: `RESPITE UNKNOWN - ${nagiosText(error.message)}`, exit: 3}
}

function statusOf({exit, report}: Outcome<CheckReport>): NagiosStatus {
  return nagiosStatus(exit, report === null ? null : report.verdict)
}

function outcomeText({report, error}: Outcome<CheckReport>): string {
  if (report === null) return error.message
  const counts = `${report.keys} keys, ${report.commands} commands`
  const [first] = report.findings
  if (report.verdict === 'sound' || first === undefined) return `${report.verdict}, ${counts}`
  return `${report.verdict}, ${report.findingCount} findings, first: ${first.message} [${first.code}]`
}

/** `'label'=value[unit]`; sums over all inputs, so that the labels are the same in every run. */
function performanceData(outcomes: readonly Outcome<CheckReport>[]): string {
  const sum = (pick: (report: CheckReport) => number) =>
    outcomes.reduce((total, {report}) => total + (report === null ? 0 : pick(report)), 0)
  return [
    `bytes=${sum((report) => report.bytes)}B`,
    `keys=${sum((report) => report.keys)}`,
    `commands=${sum((report) => report.commands)}`,
    `intact_keys=${sum((report) => report.intact.keys)}`,
    `findings=${sum((report) => report.findingCount)}`,
    `unread=${outcomes.filter(({report}) => report === null).length}`,
  ].join(' ')
}
