/** What a server has no room for: databases past its last one, strings over 512 MB. */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, expect, test} from '@jest/globals'
import {convert} from '../../src/operations/convert.ts'
import type {ConvertOptions} from '../../src/operations/convert-options.ts'
import {bytes, entry, rdbFile, selectDb, str} from '../support/bytes.ts'
import {inlineHost} from '../support/dataset.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-limits-'))
let host = inlineHost()

afterEach(() => {
  host.close()
  host = inlineHost()
})
afterAll(() => rmSync(folder, {recursive: true}))

let files = 0
function file(...body: Uint8Array[]): string {
  const path = join(folder, `in-${++files}.rdb`)
  writeFileSync(path, rdbFile({version: 9, body: Buffer.concat(body)}))
  return path
}

const run = (input: string, options: Partial<ConvertOptions>) =>
  convert(host, [input], {to: 'rdb', output: join(folder, `out-${++files}`), ...options})

const DATABASES = [
  ...[selectDb(0), entry(0, 'first', str('v'))],
  ...[selectDb(15), entry(0, 'last', str('v'))],
  ...[selectDb(16), entry(0, 'beyond', str('v')), entry(0, 'too', str('v'))],
]

test('databases that the target does not have are listed, with keys, and refused', async () => {
  const report = await run(file(...DATABASES), {server: 'redis-6.2'})
  expect(report).toMatchObject({verdict: 'refused', keys: 2, output: null})
  const missing = {feature: 'databases', count: 2, losesKeys: true, decision: 'refused'}
  const examples = [
    {db: 16, key: 'beyond'},
    {db: 16, key: 'too'},
  ]
  expect(report.missing).toMatchObject([{...missing, examples}])
})

test.each<Partial<ConvertOptions>>([{}, {to: 'resp'}, {server: 'redis-7.0'}])(
  'what may be dropped of them is not in the output: %o',
  async (options) => {
    const given = {databases: 16, drop: ['databases'], ...options}
    const report = await run(file(...DATABASES), given)
    expect(report).toMatchObject({verdict: 'converted', keys: 2})
    const content = readFileSync(report.output!)
    expect([content.includes('last'), content.includes('beyond')]).toEqual([true, false])
  },
)

test('as many databases as the server is said to have are fine, and any number without a server', async () => {
  const input = file(...DATABASES)
  for (const options of [{server: 'redis-6.2', databases: 17}, {}]) {
    expect(await run(input, options)).toMatchObject({verdict: 'converted', keys: 4, missing: []})
  }
})

/** A string of `count` blocks of 264 zeros, and one zero in front, in LZF. */
function zeros(count: number): Uint8Array {
  const block = Buffer.from([0xe0, 0xff, 0x00])
  const data = Buffer.concat([Buffer.from([0, 0]), Buffer.alloc(count * 3, block)])
  const lengths = Buffer.alloc(11)
  lengths[0] = 0xc3
  lengths[1] = 0x80
  lengths.writeUInt32BE(data.length, 2)
  lengths[6] = 0x80
  lengths.writeUInt32BE(count * 264 + 1, 7)
  return bytes(lengths, data)
}

test('a key with a string over 512 MB is listed where it goes as commands', async () => {
  const large = entry(0, 'large', zeros(2 ** 29 / 256))
  const input = file(selectDb(0), entry(0, 'small', str('v')), large)
  const report = await run(input, {to: 'resp', drop: ['long-strings']})
  const missing = [{feature: 'long-strings', count: 1, examples: [{db: 0, key: 'large'}]}]
  expect(report).toMatchObject({verdict: 'converted', keys: 1, missing, proof: {rewritten: 1}})
  expect(readFileSync(report.output!).includes('large')).toBe(false)
})
