import {describe, expect, test} from '@jest/globals'
import {jsonLine} from '../../src/ui/json.ts'
import {HOSTILE, RAW} from '../support/reports.ts'

describe('a JSON line', () => {
  test.each([
    [{a: 9007199254740991}, '{"a":9007199254740991}'],
    [{a: 9007199254740992}, '{"a":"9007199254740992"}'],
    [{a: 5n, b: 18446744073709551615n}, '{"a":5,"b":"18446744073709551615"}'],
    [{a: undefined, b: null, c: 0.5}, '{"b":null,"c":0.5}'],
  ])('of %p', (document, line) => {
    expect(jsonLine(document)).toBe(line)
  })

  test.each(HOSTILE)('says %j without a raw character', (text) => {
    const line = jsonLine({key: text})
    expect(line).not.toMatch(RAW)
    expect(line).not.toContain('\n')
    expect(JSON.parse(line)).toEqual({key: text})
  })
})
