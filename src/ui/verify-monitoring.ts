/** The outcome of `verify` for Nagios and for Prometheus. */

import {Exit} from '../errors.ts'
import type {VerifyReport} from '../operations/reports.ts'
import {nagiosText, prometheusLabel} from './escape.ts'
import {nagiosStatus, STATUS} from './nagios.ts'
import type {Outcome} from './outcome.ts'

/** A backup that servers load with warnings, and with which nothing else is wrong, is a warning. */
export function verifyNagios(outcome: Outcome<VerifyReport>): {line: string; exit: number} {
  const {report, input, error} = outcome
  const failed = report === null ? [] : report.checks.filter(({ok}) => ok === false)
  const onlyWarns = report?.check === 'warnings' && failed.every(({name}) => name === 'sound')
  const status = nagiosStatus(outcome.exit, onlyWarns ? 'warnings' : null)
  const what = report === null ? error.message : reportText(report)
  const text = nagiosText(`${input}: ${what}`)
  const data = report === null ? '' : ` | ${performanceData(report)}`
  return {line: `RESPITE ${STATUS[status]} - ${text}${data}`, exit: status}
}

function reportText({verdict, checks, keys}: VerifyReport): string {
  const bad = checks.filter(({ok}) => ok !== true)
  if (bad.length === 0) return `good, ${keys} keys, ${checks.length} checks`
  return `${verdict}: ${bad.map(({name, message}) => `${name}: ${message}`).join('; ')}`
}

function performanceData({bytes, keys, commands, ageMs, checks}: VerifyReport): string {
  const failed = checks.filter(({ok}) => ok === false).length
  const age = Math.floor(ageMs / 1000)
  return `bytes=${bytes}B keys=${keys} commands=${commands} age=${age}s failed=${failed}`
}

type Metric = readonly [name: string, help: string, value: (report: VerifyReport) => number]

const METRICS: readonly Metric[] = [
  ['bytes', 'Size of the input.', ({bytes}) => bytes],
  ['keys', 'Keys that the input holds.', ({keys}) => keys],
  ['commands', 'Commands that were replayed.', ({commands}) => commands],
  ['created_seconds', 'When the data was saved, since 1970.', ({createdAt}) => seconds(createdAt)],
]

/** `now` in ms since 1970: an alert on its age tells that the cron job died. */
export function verifyPrometheus(outcome: Outcome<VerifyReport>, now: number): string {
  const {report, exit} = outcome
  const input = `input=${prometheusLabel(outcome.input)}`
  const single = (name: string, help: string, value: number) => [
    ...head(name, help),
    `respite_verify_${name}{${input}} ${value}`,
  ]
  const lines = [
    ...single('ok', 'Whether the backup is good (1) or not (0).', exit === Exit.OK ? 1 : 0),
    ...single('exit_status', 'Exit status.', exit),
  ]
  if (report !== null) {
    for (const [name, help, value] of METRICS) lines.push(...single(name, help, value(report)))
    lines.push(...head('check_ok', 'Of each check: 1 ok, 0 failed, -1 unknown.'))
    for (const {name, ok} of report.checks) {
      const value = ok === null ? -1 : ok ? 1 : 0
      lines.push(`respite_verify_check_ok{${input},check=${prometheusLabel(name)}} ${value}`)
    }
  }
  const time = head('timestamp_seconds', 'When this run ended, in seconds since 1970.')
  const end = `respite_verify_timestamp_seconds ${Math.floor(now / 1000)}`
  return [...lines, ...time, end, ''].join('\n')
}

const seconds = (iso: string): number => Math.floor(Date.parse(iso) / 1000)

function head(name: string, help: string): string[] {
  return [`# HELP respite_verify_${name} ${help}`, `# TYPE respite_verify_${name} gauge`]
}
