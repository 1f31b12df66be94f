/** R16: giant values in constant memory. At a twentieth of their size here; RESPITE_GIANT_SCALE=1 for the whole. */
import {join} from 'node:path'
import {expect, test} from '@jest/globals'
import {ROOT} from '../support/fixtures.ts'
import {measure, nodeLine, RUN} from './r14-process.ts'

const SCALE = Number(process.env.RESPITE_GIANT_SCALE ?? 0.05)
const LIMIT_MIB = 300
const GIANT = join(ROOT, 'test/reliability/giant.js')

test.each([
  {name: 'list', what: '1e8 items'},
  {name: 'quicklist', what: '1e8 items in nodes'},
  {name: 'string', what: '512 MiB'},
  {name: 'lzf', what: '512 MiB, compressed'},
  {name: 'hash', what: '3 GB'},
])(
  'a $name of $what times the scale',
  async ({name, what}) => {
    const maker = `'${process.execPath}' '${GIANT}' ${name} ${SCALE}`
    const run = await measure(`${maker} | ${nodeLine(RUN, 'check', '--json', '-')}`, 600000)
    const report = JSON.parse(run.stdout)
    process.stdout.write(
      `R16 ${name} of ${what} x ${SCALE}: ${report.verdict}, ${report.bytes} bytes, peak ${run.peakMiB.toFixed(0)} MiB (at most ${LIMIT_MIB}), ${run.ms.toFixed(0)} ms with the maker\n`,
    )
    expect({verdict: report.verdict, keys: report.keys}).toEqual({verdict: 'sound', keys: 1})
    expect(run.peakMiB).toBeLessThanOrEqual(LIMIT_MIB)
  },
  600000,
)
