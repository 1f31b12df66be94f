/** R14, R16 and R22 for `report` and `evict`. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {respite} from '../support/cli.ts'
import {fixture, ROOT} from '../support/fixtures.ts'
import {rdbClaims} from './r14-claims.ts'
import {idle, measure, nodeLine, RUN} from './r14-process.ts'

const EVICT = ['--maxmemory', '1kb', '--policy', 'allkeys-random']
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-rows-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

test.each([
  ['report', ['--dedup', '--slots']],
  ['evict', EVICT],
])('R14: claims take %s no memory', async (command, flags) => {
  const base = await idle()
  const chosen = ['string, 2^62', 'LZF both, 2^31', 'type 4, 2^32', 'pending entries, 2^31']
  let worst = 0
  for (const claim of rdbClaims().filter(({name}) => chosen.includes(name))) {
    const path = join(folder, 'claim.rdb')
    writeFileSync(path, claim.file)
    const run = await measure(nodeLine(RUN, command, path, ...flags))
    expect({name: claim.name, code: run.code}).toEqual({name: claim.name, code: 1})
    worst = Math.max(worst, run.peakMiB - base)
  }
  process.stdout.write(`R14 ${command}: ${worst.toFixed(0)} MiB over the idle process at most\n`)
  expect(worst).toBeLessThanOrEqual(64)
})

test.each([
  ['list', 1e8],
  ['hash', 0],
  ['lzf', 0],
])(
  'R16: report of a giant %s in constant memory',
  async (name, items) => {
    const scale = 0.02
    const maker = `'${process.execPath}' '${join(ROOT, 'test/reliability/giant.js')}' ${name} ${scale}`
    const line = `${maker} | ${nodeLine(RUN, 'report', '--json', '--dedup', '-')}`
    const run = await measure(line, 120_000)
    const {keys, top} = JSON.parse(run.stdout)
    process.stdout.write(`R16 report ${name} x ${scale}: peak ${run.peakMiB.toFixed(0)} MiB\n`)
    expect([run.code, keys]).toEqual([0, 1])
    if (items > 0) expect(top.elements[0].elements).toBe(items * scale)
    expect(run.peakMiB).toBeLessThanOrEqual(300)
  },
  120_000,
)

test('R22: the same input gives the same bytes every time', async () => {
  const {path} = fixture('redis-7.0.15/full')
  const runs = [
    ['report', path, '--json', '--dedup', '--slots'],
    [
      'evict',
      path,
      '--json',
      '--maxmemory',
      '500kb',
      '--overhead',
      '0',
      '--policy',
      'allkeys-random',
      '--samples',
      '3',
    ],
  ]
  for (const args of runs) {
    const [one, other] = [await respite(args), await respite(args)]
    expect(one.stdout).toBe(other.stdout)
    expect(one.code).toBe(0)
  }
})
