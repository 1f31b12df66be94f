import {describe, expect, test} from '@jest/globals'
import {checkExit, infoExit, outcomeDocument, worstExit} from '../../src/ui/outcome.ts'
import {checkReport, finding, infoReport} from '../support/reports.ts'

describe('the exit status', () => {
  test.each([
    ['sound', 0],
    ['warnings', 1],
    ['truncated', 1],
    ['damaged', 1],
    ['unsupported', 20],
  ] as const)('of check, for %s, is %d', (verdict, exit) => {
    expect(checkExit(checkReport({verdict}))).toBe(exit)
  })

  test('is 32 when a limit was hit', () => {
    const findings = [finding({code: 'LIMIT'})]
    expect(checkExit(checkReport({verdict: 'damaged', findings}))).toBe(32)
    expect(infoExit(infoReport({stoppedAt: findings[0]}))).toBe(32)
  })

  test.each([
    [null, 0],
    [finding(), 1],
    [finding({code: 'UNSUPPORTED'}), 20],
    [finding({severity: 'note'}), 0],
  ])('of info, stopped at %j, is %d', (stoppedAt, exit) => {
    expect(infoExit(infoReport({stoppedAt}))).toBe(exit)
  })

  test('of several inputs is the highest', () => {
    expect(worstExit([{exit: 1}, {exit: 20}, {exit: 0}])).toBe(20)
    expect(worstExit([])).toBe(0)
  })
})

describe('the JSON document', () => {
  test('begins with who says it and how it went', () => {
    const outcome = {input: 'dump.rdb', exit: 0, report: checkReport(), error: null} as const
    const document = outcomeDocument(outcome, '0.1.0')
    expect(Object.keys(document).slice(0, 5)).toEqual(['schema', 'version', 'ok', 'exit', 'input'])
    expect(document).toMatchObject({schema: 'respite.check/1', version: '0.1.0', ok: true, exit: 0})
  })

  test('of an error names input, code and what to do', () => {
    const error = {exit: 10, code: 'INPUT_MISSING', message: 'no such file', next: null} as const
    expect(outcomeDocument({input: 'x', exit: 10, report: null, error}, '0.1.0')).toEqual({
      schema: 'respite.error/1',
      version: '0.1.0',
      ok: false,
      exit: 10,
      input: 'x',
      error: {code: 'INPUT_MISSING', message: 'no such file', next: null},
    })
  })
})
