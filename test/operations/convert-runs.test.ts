/** What a kernel writes in runs is, byte for byte, what the writers in TypeScript write entry by entry. */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, expect, test} from '@jest/globals'
import {ListpackEncoder} from '../../src/formats/packed/listpack.ts'
import {convert} from '../../src/operations/convert.ts'
import type {ConvertOptions} from '../../src/operations/convert-options.ts'
import {bytes, counted, entry, rdbFile, selectDb, str} from '../support/bytes.ts'
import {inlineHost} from '../support/dataset.ts'
import {rdbFixtures} from '../support/fixtures.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-runs-'))
let host = inlineHost()

afterEach(() => {
  host.close()
  host = inlineHost()
})
afterAll(() => rmSync(folder, {recursive: true}))

const DROP = ['functions,streams,hash-field-ttl,modules,arrays,stream-idmp,stream-nacks']
const TARGETS: Partial<ConvertOptions>[] = [
  {to: 'resp'},
  {to: 'resp', server: 'redis-7.2'},
  {server: 'redis-6.2'},
  {server: 'redis-4.0'},
  {to: 'resp', restore: true},
  {to: 'resp', restore: true, server: 'redis-7.2'},
  {to: 'resp', restore: true, server: 'redis-4.0'},
]

let files = 0
async function outputOf(input: string, options: Partial<ConvertOptions>) {
  const output = join(folder, `out-${++files}`)
  const shared = {to: 'rdb', drop: DROP, output, databases: 100} as const
  const report = await convert(host, [input], {...shared, ...options})
  expect(report).toMatchObject({verdict: 'converted', stoppedAt: null})
  return {content: readFileSync(output).toString('latin1'), report}
}

/** A pattern that all keys match makes every one of them come by itself. */
async function compare(input: string, options: Partial<ConvertOptions>): Promise<void> {
  const inRuns = await outputOf(input, options)
  const oneByOne = await outputOf(input, {...options, selection: {match: ['*']}})
  expect(inRuns.content === oneByOne.content).toBe(true)
  expect(inRuns.report.proof).toEqual(oneByOne.report.proof)
}

const small = rdbFixtures().filter(({name}) => /^(redis-[67]|valkey-8).*\/small$/.test(name))

test.each(TARGETS)('every small fixture for %o', async (options) => {
  expect(small.length).toBeGreaterThan(3)
  for (const {path} of small) await compare(path, options)
})

function listpack(...elements: readonly (string | number)[]): Uint8Array {
  const encoder = new ListpackEncoder()
  for (const each of elements) {
    const text = Buffer.from(String(each), 'latin1')
    encoder.append(text, 0, text.length)
  }
  encoder.finish()
  return str(encoder.out.bytes.slice(0, encoder.out.length))
}

const times = <Item>(count: number, make: (i: number) => Item): Item[] =>
  Array.from({length: count}, (_, i) => make(i))
const f64 = (value: number) => new Uint8Array(new Float64Array([value]).buffer)
const node = (...elements: readonly (string | number)[]) => bytes([2], listpack(...elements))
const WIDE = [0, 12, 13, -1, 127, 128, -129, 32767, 32768, 8388607, -8388609, 2147483648]
const LONG = [
  ...WIDE,
  '9223372036854775807',
  '-9223372036854775808',
  '007',
  '-0',
  '',
  'x'.repeat(300),
]
const SCORES = ['-inf', '-1.5', -1, '0.10000000000000001', 1, '3.1415926535897931', '1e+300', 'inf']

const AWKWARD: Record<string, Uint8Array> = {
  'integers of every width': entry(20, 'a', listpack(...LONG)),
  'a hash up to the limits': entry(16, 'b', listpack(...times(1024, (i) => `${i}`))),
  'a hash over the limits': entry(16, 'c', listpack('field', 'v'.repeat(65))),
  'scores of every form': entry(
    17,
    'd',
    listpack(...SCORES.flatMap((score, i) => [`m${i}`, score])),
  ),
  'a sorted set over the limits': entry(
    17,
    'e',
    listpack(...times(300, (i) => (i % 2 ? i : `m${i}`))),
  ),
  'nodes that a ziplist has no room for': entry(
    18,
    'f',
    counted([
      node(...times(70, (i) => `${'y'.repeat(110)}${i}`)),
      node(...LONG),
      node('z'.repeat(9000)),
    ]),
  ),
  'a list of many nodes': entry(18, 'g', counted(times(90, (i) => node(i, 'w'.repeat(8100))))),
  'an element that stands alone': entry(18, 'h', counted([bytes([1], str('q'.repeat(9000)))])),
  'a small sorted set in the long form': entry(5, 'i', counted([bytes(str('m'), f64(1.25))])),
  'scores of many digits, small and smaller': entry(
    5,
    'long scores',
    counted(
      [0.006, -0.006, 0.06, 0.0001, 325.505, 0.00001, 1e-7, -2e-22, 3e-30].map((score, i) =>
        bytes(str(`m${i}`), f64(score)),
      ),
    ),
  ),
  'a large sorted set': entry(5, 'j', counted(times(130, (i) => bytes(str(`m${i}`), f64(i / 8))))),
  'batches of commands': entry(2, 'k', counted(times(129, (i) => str(`member ${i}`)))),
  'a hash of strings that are integers': entry(
    4,
    'l',
    counted(times(65, (i) => bytes([0xc0, i], [0xc0, i]))),
  ),
  'a large value': entry(0, 'm', str('r'.repeat(300_000))),
  'an expiry': bytes(
    [0xfc, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0],
    entry(20, 'n', listpack('x', 'y')),
  ),
  'an expiry before 1970': bytes([0xfc, ...times(8, () => 0xff)], entry(0, 'o', str('v'))),
  'idle times and frequencies': bytes(
    [0xf8, 5],
    entry(20, 'p', listpack('x')),
    [0xf9, 7],
    entry(0, 'q', str('v')),
  ),
  'a key that is an integer': bytes([20, 0xc1, 0x39, 0x30], listpack('x')),
  'a key that compresses': entry(20, 'key'.repeat(30), listpack('x'.repeat(40))),
}

test.each(TARGETS)('what is awkward, for %o', async (options) => {
  const input = join(folder, `in-${++files}.rdb`)
  const body = bytes(
    selectDb(0),
    ...Object.values(AWKWARD),
    selectDb(3),
    entry(0, 'last', str('v')),
  )
  writeFileSync(input, rdbFile({version: 11, body}))
  await compare(input, options)
})
