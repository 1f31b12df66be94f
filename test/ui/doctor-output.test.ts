import {expect, test} from '@jest/globals'
import type {DoctorReport} from '../../src/operations/doctor-reports.ts'
import {PLAIN as paint} from '../../src/ui/color.ts'
import {doctorLines, doctorNagios} from '../../src/ui/doctor-output.ts'
import {HOSTILE, RAW} from '../support/reports.ts'

function report(name: string): DoctorReport {
  const finding = {code: 'LAYOUT', message: `${name}: odd`, why: `because of ${name}`} as const
  return {
    schema: 'respite.doctor/1',
    input: name,
    config: name,
    kind: 'rdb',
    layout: [`A server loads ${name}.`],
    files: [],
    producer: name,
    writer: null,
    facts: {
      ...{keys: 2, expires: 1, usedMemoryBytes: 0x100000, baseBytes: 2048, logBytes: 0},
      ...{commands: null, writtenBytesPerSecond: null, memoryBytes: 1, freeMemoryBytes: 1},
      ...{diskFreeBytes: null, overcommit: null, hugePages: null},
    },
    findings: [
      {...finding, severity: 'warning', next: `rm ${name}`},
      {...finding, severity: 'note', next: null},
    ],
    verdict: 'warnings',
  }
}

test.each(HOSTILE)('no name reaches the terminal raw: %j', (name) => {
  const hostile = report(name)
  const lines = doctorLines(hostile, {paint, quiet: false, exactBytes: false})
  const {line} = doctorNagios({input: name, exit: 1, report: hostile, error: null})
  for (const each of [...lines, line]) expect(each).not.toMatch(RAW)
})

test('quiet: what is to be done, and nothing where all is well', () => {
  const options = {paint, quiet: true, exactBytes: false}
  const text = doctorLines(report('dump.rdb'), options).join('\n')
  expect(text).toContain('warning: dump.rdb: odd [LAYOUT]')
  expect(text).not.toContain('note:')
  expect(doctorLines({...report('dump.rdb'), verdict: 'healthy'}, options)).toEqual([])
})

test('sums up what was looked at', () => {
  const lines = doctorLines(report('dump.rdb'), {paint, quiet: false, exactBytes: true})
  expect(lines[0]).toBe('dump.rdb: WARNINGS (1 warning, 1 note)')
  expect(lines[2]).toBe(
    '  snapshot of 2048; 2 keys in it, 1 with an expiry; 1048576 in memory when it was saved; by dump.rdb',
  )
})
