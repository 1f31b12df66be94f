import {expect, test} from '@jest/globals'
import {emptyMerge} from '../../src/operations/merge-options.ts'
import type {MergeReport} from '../../src/operations/merge-reports.ts'
import {emptySplit} from '../../src/operations/split-options.ts'
import type {SplitReport} from '../../src/operations/split-reports.ts'
import {PLAIN} from '../../src/ui/color.ts'
import {mergeExit, mergeLines} from '../../src/ui/merge-output.ts'
import {splitExit, splitLines} from '../../src/ui/split-output.ts'
import {finding, HOSTILE, RAW} from '../support/reports.ts'

const LOOK = {paint: PLAIN, verbose: false, exactBytes: false}
const split = (fields: Partial<SplitReport>): SplitReport => ({
  ...emptySplit('dump.rdb', {output: null}, 'slot'),
  ...fields,
})
const merge = (fields: Partial<MergeReport>): MergeReport => ({
  ...emptyMerge(['a.rdb', 'b.rdb'], {output: null}),
  ...fields,
})
const part = {name: 'p', file: null, slots: null, node: null, keys: 2, databases: {}, bytes: 0}

test('a split is told with those columns that it has', () => {
  const parts = [
    {
      ...part,
      slots: [
        [0, 5],
        [7, 7],
      ] as [number, number][],
      digest: null,
    },
  ]
  expect(splitLines(split({parts, keys: 2}), LOOK)).toEqual([
    'dump.rdb: can be split into 1 part, 2 keys',
    '  to  rdb, Redis, RDB version 0',
    '  part  keys  slots',
    '  p        2  0-5,7',
  ])
})

test.each(HOSTILE)('no name reaches the terminal raw: %j', (name) => {
  const splits = split({
    ...{input: name, output: name, reason: name, next: name, stoppedAt: finding({file: name})},
    parts: [{...part, name, file: name, node: {id: 'a', address: name}, digest: null}],
  })
  const conflicts = merge({}).conflicts
  const examples = [{what: 'key' as const, db: 0, name, inputs: [0], winner: 0}]
  const merges = merge({
    ...{output: name, reason: name, next: name, stoppedAt: finding({file: name})},
    inputs: [{input: name, kind: 'rdb', producer: name, keys: 1, lost: 0}],
    conflicts: {...conflicts, keys: 1, examples},
  })
  const lines = (['refused', 'planned', 'unreadable'] as const).flatMap((verdict) => [
    ...splitLines({...splits, verdict}, LOOK),
    ...mergeLines({...merges, verdict}, LOOK),
  ])
  expect(lines.join('\n')).not.toMatch(RAW)
})

test.each([
  {fields: {verdict: 'merged'}, exit: 0},
  {fields: {verdict: 'conflicts'}, exit: 1},
  {fields: {verdict: 'refused'}, exit: 20},
  {fields: {verdict: 'unreadable', stoppedAt: finding()}, exit: 1},
] as const)('a merge that is $fields.verdict ends with $exit', ({fields, exit}) => {
  expect(mergeExit(merge(fields))).toBe(exit)
})

test('a merge that left keys out ends with 3, a split that lost nothing with 0', () => {
  const {conflicts} = merge({})
  expect(mergeExit(merge({verdict: 'merged', conflicts: {...conflicts, keys: 1}}))).toBe(3)
  expect(splitExit(split({verdict: 'split'}))).toBe(0)
})
