import {describe, expect, test} from '@jest/globals'
import {Exit, type ExitCode} from '../../src/errors.ts'
import type {CheckReport} from '../../src/operations/reports.ts'
import {nagiosFailure, nagiosReport, nagiosStatus} from '../../src/ui/nagios.ts'
import {checkExit, type Outcome} from '../../src/ui/outcome.ts'
import {checkReport, damagedReport, finding, HOSTILE, RAW} from '../support/reports.ts'

const done = (report: CheckReport): Outcome<CheckReport> => ({
  input: report.input,
  exit: checkExit(report),
  report,
  error: null,
})
const failed = (input: string, exit: ExitCode): Outcome<CheckReport> => ({
  input,
  exit,
  report: null,
  error: {exit, code: 'X', message: `${input}: no such file`, next: null},
})

describe('the Nagios line', () => {
  test('is OK for a sound file', () => {
    expect(nagiosReport([done(checkReport())])).toEqual({
      exit: 0,
      line: 'RESPITE OK - dump.rdb: sound, 18230 keys, 0 commands | bytes=90000B keys=18230 commands=0 intact_keys=18230 findings=0 unread=0',
    })
  })

  test('tells the worst of several inputs', () => {
    const outcomes = [
      done(checkReport()),
      failed('gone.rdb', Exit.BUSY),
      done(damagedReport({input: 'bad.rdb'})),
    ]
    expect(nagiosReport(outcomes)).toEqual({
      exit: 2,
      line: 'RESPITE CRITICAL - 1 of 3 inputs CRITICAL: bad.rdb: damaged, 1 findings, first: claims 812 bytes, 640 are left [RDB_LISTPACK] | bytes=180000B keys=36460 commands=0 intact_keys=36459 findings=1 unread=1',
    })
  })

  test('is there when nothing could be checked', () => {
    expect(nagiosFailure({exit: 2, code: 'USAGE', message: 'what | is\nthis', next: null})).toEqual(
      {
        exit: 3,
        line: 'RESPITE UNKNOWN - what / is\\nthis',
      },
    )
  })

  test.each([
    [Exit.OK, 'sound', 0],
    [Exit.FOUND, 'warnings', 1],
    [Exit.FOUND, 'truncated', 2],
    [Exit.INPUT, null, 2],
    [Exit.DISK, null, 2],
    [Exit.UNSUPPORTED, 'unsupported', 3],
    [Exit.CHANGED, null, 3],
    [Exit.LIMIT, null, 3],
    [Exit.INTERNAL, null, 3],
  ] as const)('maps status %d with %s to %d', (exit, verdict, status) => {
    expect(nagiosStatus(exit, verdict)).toBe(status)
  })

  test.each(HOSTILE)('is one line with one bar for %j', (name) => {
    const report = damagedReport({input: name, findings: [finding({message: name})]})
    const {line} = nagiosReport([done(report)])
    expect(line).not.toMatch(RAW)
    expect(line).not.toContain('\n')
    expect(line.split('|')).toHaveLength(2)
  })
})
