/** R16: giant values in constant memory. At a twentieth of their size here; RESPITE_GIANT_SCALE=1 for the whole. */
import {execFileSync} from 'node:child_process'
import {closeSync, mkdtempSync, openSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {fixture, ROOT} from '../support/fixtures.ts'
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

const SMALL = fixture('redis-7.0.15/small').path
/** Compressed, so that little of it lies on disk: four times the scale, for a share of it to show. */
const SMALL_ON_DISK = Math.min(1, SCALE * 4)
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-giants-'))
  for (const [name, scale] of [['lzf', SMALL_ON_DISK] as const, ['list', SCALE] as const]) {
    const file = openSync(join(folder, `${name}.rdb`), 'w')
    execFileSync(process.execPath, [GIANT, name, String(scale)], {
      stdio: ['ignore', file, 'ignore'],
    })
    closeSync(file)
  }
})
afterAll(() => rmSync(folder, {recursive: true}))

test.each(
  ['lzf', 'list'].flatMap((name) =>
    [
      'convert FILE -o OUT --to rdb',
      'convert FILE -o OUT --to resp',
      'convert FILE -o OUT --to jsonl',
      'convert FILE -o OUT --to rdb --for redis-3.2',
      'convert FILE -o OUT --to csv --elements',
      'convert FILE -o OUT --to parquet --elements',
      'merge FILE SMALL -o OUT',
      'salvage FILE -o OUT',
      'evict FILE --maxmemory 10gb --overhead 0 --policy allkeys-random',
      'verify FILE',
      'split FILE -o OUT --by type',
      'diff FILE FILE --show summary',
      'keys FILE',
      // A payload is held whole, a long string in it in the engine.
      ...(name === 'lzf' ? [] : ['convert FILE -o OUT --to resp --restore']),
    ].map((line) => ({name, line})),
  ),
)(
  '$line, where FILE is a giant $name',
  async ({name, line}) => {
    const output = join(folder, 'out')
    const [file, out] = [join(folder, `${name}.rdb`), output]
    const named: Record<string, string> = {FILE: file, OUT: out, SMALL: SMALL}
    const words = line.split(' ').map((word) => named[word] ?? word)
    const {code, peakMiB, stderr} = await measure(nodeLine(RUN, ...words), 600000)
    rmSync(output, {recursive: true, force: true})
    process.stdout.write(`R16 ${line} of ${name}: peak ${peakMiB.toFixed(0)} MiB\n`)
    expect({code, stderr: code === 0 ? '' : stderr}).toEqual({code: 0, stderr: ''})
    expect(peakMiB).toBeLessThanOrEqual(LIMIT_MIB)
  },
  600000,
)
