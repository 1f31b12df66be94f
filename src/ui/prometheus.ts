/** The textfile that node_exporter collects after a `check`, in the Prometheus text format. */

import {Exit} from '../errors.ts'
import type {CheckReport} from '../operations/reports.ts'
import {prometheusLabel} from './escape.ts'
import type {Outcome} from './outcome.ts'

type CheckOutcome = Outcome<CheckReport>

/** Name, help, and the value for one input; undefined leaves the input out: it could not be read, so there is no number. */
const METRICS: readonly [string, string, (outcome: CheckOutcome) => number | undefined][] = [
  ['ok', 'Whether the input is sound (1) or not (0).', ({exit}) => (exit === Exit.OK ? 1 : 0)],
  ['exit_status', 'Exit status for this input alone.', ({exit}) => exit],
  ['bytes', 'Size of the input.', ({report}) => report?.bytes],
  ['keys', 'Keys that were read.', ({report}) => report?.keys],
  ['commands', 'Commands that were read.', ({report}) => report?.commands],
  ['findings', 'Findings of any severity.', ({report}) => report?.findingCount],
  ['intact_bytes', 'Bytes outside of damage.', ({report}) => report?.intact.bytes],
  ['intact_keys', 'Keys outside of damage.', ({report}) => report?.intact.keys],
  ['intact_commands', 'Commands outside damage.', ({report}) => report?.intact.commands],
]

/** `now` in ms since 1970: an alert on its age tells that the cron job died. */
export function prometheusText(outcomes: readonly CheckOutcome[], now: number): string {
  // One and the same sample twice makes node_exporter drop the whole file.
  const byInput = [...new Map(outcomes.map((outcome) => [outcome.input, outcome])).values()]
  const lines = METRICS.flatMap(([name, help, pick]) => {
    const samples = byInput
      .map((outcome) => ({input: outcome.input, value: pick(outcome)}))
      .filter(({value}) => value !== undefined)
      .map(({input, value}) => `respite_check_${name}{input=${prometheusLabel(input)}} ${value}`)
    return [...head(name, help), ...samples]
  })
  const time = head('timestamp_seconds', 'When this check ended, in seconds since 1970.')
  const seconds = Math.floor(now / 1000)
  return [...lines, ...time, `respite_check_timestamp_seconds ${seconds}`, ''].join('\n')
}

function head(name: string, help: string): string[] {
  return [`# HELP respite_check_${name} ${help}`, `# TYPE respite_check_${name} gauge`]
}
