/** R22 for what is printed: the same input gives the same bytes every time. What is written, r13-writers and compact compare. */
import {createHash} from 'node:crypto'
import {expect, test} from '@jest/globals'
import {figure} from '../support/campaign.ts'
import {respite} from '../support/cli.ts'
import {fixture} from '../support/fixtures.ts'

const FULL = fixture('redis-7.0.15/full').path
const OTHER = fixture('redis-7.0.15/small').path
const SET = fixture('redis-7.0.15/aof-full-rdbbase').path
const RUNS = 3
/** How long it took is not the same. */
const TIMES = /"\w*(?:[tT]ime|elapsed)Ms":[\d.]+/g

test.each(
  [
    ['check', '--json', FULL, SET],
    ['info', '--json', FULL, SET],
    ['keys', FULL],
    ['keys', '--sort', 'memory', '--format', 'ndjson', FULL],
    ['keys', SET],
    ['get', FULL, 'len:1', 'stream:big', '--json'],
    ['log', SET],
    ['digest', '--keys', FULL],
    ['digest', '--full', '--keys', SET],
    ['diff', FULL, OTHER],
    ['diff', '--json', FULL, OTHER],
    ['report', '--slots', '--dedup', SET],
    ['evict', '--json', '--maxmemory', '1', '--policy', 'allkeys-random', FULL],
  ].map((args) => ({args, line: args.map((each) => each.replace(/.*\//, '')).join(' ')})),
)('$line', async ({args, line}) => {
  const sums: string[] = []
  let printed = 0
  for (let nth = 0; nth < RUNS; nth++) {
    const {stdout, code} = await respite(args)
    expect([0, 1]).toContain(code)
    printed = stdout.length
    sums.push(createHash('sha256').update(stdout.replace(TIMES, '')).digest('hex'))
  }
  figure('R22', `${line}: ${RUNS} runs, ${printed} characters, ${new Set(sums).size} result`)
  expect(printed).toBeGreaterThan(50)
  expect(new Set(sums).size).toBe(1)
})
