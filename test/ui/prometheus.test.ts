import {describe, expect, test} from '@jest/globals'
import {Exit} from '../../src/errors.ts'
import type {CheckReport} from '../../src/operations/reports.ts'
import type {Outcome} from '../../src/ui/outcome.ts'
import {prometheusText} from '../../src/ui/prometheus.ts'
import {damagedReport, HOSTILE} from '../support/reports.ts'

const outcome = (input: string): Outcome<CheckReport> => ({
  input,
  exit: Exit.FOUND,
  report: damagedReport({input}),
  error: null,
})
const unread: Outcome<CheckReport> = {
  input: 'gone.rdb',
  exit: Exit.INPUT,
  report: null,
  error: {exit: Exit.INPUT, code: 'INPUT_MISSING', message: 'no such file', next: null},
}

/** The text format: https://prometheus.io/docs/instrumenting/exposition_formats/ */
const LINE =
  /^(?:# (?:HELP|TYPE) [a-z_]+ .+|[a-z_]+(?:\{input="(?:[^"\\\n]|\\["\\n])*"\})? \d+(?:\.\d+)?)$/

describe('the metrics', () => {
  test('have a value per input where there is one', () => {
    const lines = prometheusText([outcome('dump.rdb'), unread], 1780282800999).split('\n')
    expect(lines.filter((line) => !line.startsWith('#'))).toEqual([
      'respite_check_ok{input="dump.rdb"} 0',
      'respite_check_ok{input="gone.rdb"} 0',
      'respite_check_exit_status{input="dump.rdb"} 1',
      'respite_check_exit_status{input="gone.rdb"} 10',
      'respite_check_bytes{input="dump.rdb"} 90000',
      'respite_check_keys{input="dump.rdb"} 18230',
      'respite_check_commands{input="dump.rdb"} 0',
      'respite_check_findings{input="dump.rdb"} 1',
      'respite_check_intact_bytes{input="dump.rdb"} 80000',
      'respite_check_intact_keys{input="dump.rdb"} 18229',
      'respite_check_intact_commands{input="dump.rdb"} 0',
      'respite_check_timestamp_seconds 1780282800',
      '',
    ])
  })

  test.each(HOSTILE)('follow the text format for a file named %j', (name) => {
    const lines = prometheusText([outcome(name), outcome(name)], 0).split('\n')
    expect(lines.pop()).toBe('')
    for (const line of lines) expect(line).toMatch(LINE)
    expect(lines.filter((line) => line.startsWith('respite_check_ok'))).toHaveLength(1)
  })
})
