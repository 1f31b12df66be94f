/** Every fixture to every target: what is read back is what was there, or exactly what was announced is gone. */
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {convert} from '../../src/operations/convert.ts'
import type {ConvertOptions} from '../../src/operations/convert-options.ts'
import type {ConvertReport} from '../../src/operations/convert-reports.ts'
import {digest} from '../../src/operations/digest.ts'
import {SOAK} from '../support/campaign.ts'
import {inlineHost} from '../support/dataset.ts'
import {FIXTURES, listFixtures} from '../support/fixtures.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-convert-'))
let host = inlineHost()

afterEach(() => {
  host.close()
  host = inlineHost()
})
afterAll(() => rmSync(folder, {recursive: true}))

const built = readdirSync(join(FIXTURES, 'built')).filter((name) => name.endsWith('.rdb'))
const INPUTS: [name: string, path: string][] = [
  ...listFixtures().map(({name, path}): [string, string] => [name, path]),
  ...built.map((name): [string, string] => [`built/${name}`, join(FIXTURES, 'built', name)]),
]

/** One server for each RDB version. */
const TARGETS = [
  'redis-2.8',
  'redis-3.2',
  'redis-4.0',
  'redis-6.2',
  'redis-7.0',
  'redis-7.2',
  'redis-8.0',
  'redis-8.6',
  'redis-8.8',
  'redis-8.10',
  'valkey-8.1',
  'valkey-9.1',
  'valkey-9.2',
]
const COMMANDS: ConvertOptions[] = [
  {to: 'resp', output: '', server: 'redis-6.2'},
  {to: 'resp', output: '', server: 'redis-8.8'},
  {to: 'resp', output: '', server: 'valkey-9.1'},
  {to: 'resp', output: '', server: 'redis-7.2', restore: true},
  {to: 'aof', output: '', server: 'redis-7.4'},
  {to: 'aof', output: '', server: 'redis-2.8', single: true},
]
const FORMS = [
  ...TARGETS.map((server): ConvertOptions => ({to: 'rdb', output: '', server})),
  ...COMMANDS,
]

/** Convert, then again with permission to lose what was refused. */
async function converted(path: string, options: ConvertOptions): Promise<ConvertReport> {
  const report = await convert(host, [path], options)
  if (report.verdict !== 'refused') return report
  expect(existsSync(options.output!)).toBe(false)
  const drop = report.missing.filter(({weight}) => weight === 'data').map(({feature}) => feature)
  expect(drop.length).toBeGreaterThan(0)
  return convert(host, [path], {...options, drop})
}

/** Older servers make counters of streams up, and not as a loader of files does. */
const COUNTERS_SINCE = 10
/** What the full digest does not cover. */
const NOT_DIGESTED = ['module-aux', 'key-metadata', 'slot-import']

const losesData = ({missing}: ConvertReport): boolean =>
  missing.some(({weight, feature}) =>
    weight === 'data' ? !NOT_DIGESTED.includes(feature) : feature === 'stream-counters',
  )

/** On each push every input to every sixth form, each to others; all of them in soak. */
const formsOf = (name: string): ConvertOptions[] => {
  const index = INPUTS.findIndex(([each]) => each === name)
  return FORMS.filter((_, i) => SOAK || (i + index) % 6 === 0)
}

describe.each(INPUTS)('%s', (name, path) => {
  const source = digest(inlineHost(), [path], {full: true})

  test.each(
    formsOf(name).map(
      (form) => [`${form.to} ${form.server}${form.restore ? ' restore' : ''}`, form] as const,
    ),
  )('%s', async (_title, form) => {
    const output = join(folder, 'out')
    try {
      const report = await converted(path, {...form, output})
      if (source.digest === null && report.verdict !== 'converted') {
        const {code} = source.stoppedAt!
        expect(report).toMatchObject({verdict: 'unreadable', stoppedAt: {code}})
        return
      }
      expect(report.verdict).toBe('converted')
      // No commands, no bytes.
      if (report.bytes === 0) return
      const back = digest(inlineHost(), [output], {full: true})
      // What a path hash holds, nobody but Valkey can tell.
      if (source.digest === null) return
      expect(back.stoppedAt).toBeNull()
      expect(back.keys).toBe(report.keys)
      if (form.to === 'rdb' || report.target.rdbVersion >= COUNTERS_SINCE) {
        expect(back.digest === source.digest).toBe(!losesData(report))
      }
    } finally {
      rmSync(output, {recursive: true, force: true})
    }
  })
})

test('the same input gives the same bytes', async () => {
  const path = join(FIXTURES, 'redis-7.2.6', 'small.rdb')
  const outputs = ['one', 'two'].map((name) => join(folder, name))
  for (const output of outputs)
    await convert(host, [path], {to: 'rdb', output, server: 'redis-6.2', drop: ['functions']})
  const [one, two] = outputs.map((output) => readFileSync(output))
  expect(one.equals(two)).toBe(true)
})
