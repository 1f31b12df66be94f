/** Points in a log's past, as they are typed. */
import {describe, expect, test} from '@jest/globals'
import {type Point, parsePoint} from '../../src/operations/point.ts'

const time = (timeMs: number): Point => ({kind: 'time', timeMs})
const place =
  (kind: 'offset' | 'record') =>
  (at: number, file: string | null = null, before = false): Point => ({kind, file, at, before})
const offset = place('offset')
const record = place('record')

describe('parsePoint', () => {
  test.each([
    ['2024-05-01T10:00:00Z', time(1714557600000)],
    ['2024-05-01T10:00:00.25Z', time(1714557600250)],
    ['2024-05-01T12:00:00+02:00', time(1714557600000)],
    ['2024-05-01T05:30:00-0430', time(1714557600000)],
    ['2024-05-01 10:00', time(1714557600000)],
    ['2024-05-01', time(1714521600000)],
    ['2024-02-29', time(1709164800000)],
    ['@1714557600', time(1714557600000)],
    ['0', offset(0)],
    ['before:81234', offset(81234, null, true)],
    ['appendonly.aof.2.incr.aof:5', offset(5, 'appendonly.aof.2.incr.aof')],
    ['before:a:b:5', offset(5, 'a:b', true)],
    ['#1', record(1)],
    ['before:#7', record(7, null, true)],
    ['dir/x.aof:#7', record(7, 'dir/x.aof')],
  ])('%s', (text, expected) => {
    expect(parsePoint(text)).toEqual(expected)
  })

  test.each([
    ...[
      '',
      'x',
      '-1',
      '1.5',
      '#0',
      '#',
      '@',
      '@-5',
      'before:',
      'before:x',
      'x:',
      '9999999999999999',
    ],
    ...['2024-02-30', '2024-13-01', '2024-05-01T24:00:00Z', '2024-05-01T10:60Z', '2024-5-1'],
  ])('%j is none', (text) => {
    expect(() => parsePoint(text)).toThrow(expect.objectContaining({code: 'USAGE', exit: 2}))
  })
})
