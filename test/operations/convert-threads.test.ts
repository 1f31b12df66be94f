/** What two threads write in pieces is what one writes, and what one refuses two refuse. */
import {createHash} from 'node:crypto'
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {ListpackEncoder} from '../../src/formats/packed/listpack.ts'
import {runOperation} from '../../src/io/run-operation.ts'
import type {ConvertOptions} from '../../src/operations/convert-options.ts'
import type {ConvertReport} from '../../src/operations/convert-reports.ts'
import {bytes, counted, entry, expireMs, rdbFile, selectDb, str, u64be} from '../support/bytes.ts'
import {fixture} from '../support/fixtures.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-threads-'))
afterAll(() => rmSync(folder, {recursive: true}))

const unsummed = join(folder, 'unsummed.rdb')
const input = join(folder, 'input.rdb')
let files = 0

async function run(
  path: string,
  options: Partial<ConvertOptions> = {},
  mode: 'worker' | 'inline' = 'worker',
) {
  const output = join(folder, `out-${++files}`)
  const asked = {to: 'resp', output, databases: 16, ...options} as const
  const report = await runOperation<ConvertReport>('convert', [path], asked, {mode})
  return {report, output}
}

function listpack(...elements: readonly string[]): Uint8Array {
  const encoder = new ListpackEncoder()
  for (const each of elements) encoder.append(Buffer.from(each, 'latin1'), 0, each.length)
  encoder.finish()
  return str(encoder.out.bytes.slice(0, encoder.out.length))
}

/** The entries of a fixture, from behind its first SELECT up to EOF. */
function entriesOf(path: string): Buffer {
  const content = readFileSync(path)
  const start = content.indexOf(bytes(selectDb(0), [0xfb]))
  return content.subarray(start, content.length - 9)
}

const VALUE = 'a long value, of which there are many '.repeat(40)

/** Nothing that LZF makes smaller. */
const parts = (node: number) =>
  Array.from({length: 100}, (_, i) => createHash('sha1').update(`${node} ${i}`).digest('base64'))

/** About 2 MB: what runs take, what they leave, and now and then what is larger than a piece. */
function block(i: number): Buffer {
  const strings = Array.from({length: 900}, (_, k) => entry(0, `string:${i}:${k}`, str(VALUE)))
  const hashes = Array.from({length: 90}, (_, k) =>
    entry(16, `hash:${i}:${k}`, listpack('a', '1', 'b', `${k}`)),
  )
  const large = i % 8 === 0 ? [entry(0, `large:${i}`, str('x'.repeat(9_000_000)))] : []
  const empty = entry(2, `empty:${i}`, [0])
  // Its count is known when most of it has been written.
  const nodes = Array.from({length: i % 8 === 4 ? 2000 : 0}, (_, k) => [
    2,
    ...listpack(...parts(k)),
  ])
  const long = nodes.length > 0 ? [entry(18, `long:${i}`, counted(nodes, 1))] : []
  const many = Array.from({length: 3000}, (_, k) => str(`member ${k}`))
  const expiring = bytes(expireMs(4102444800123), entry(1, `list:${i}`, counted(many, 1)))
  return bytes(selectDb((i >> 1) % 3), ...strings, ...hashes, ...large, ...long, empty, expiring)
}

beforeAll(async () => {
  const blocks = Array.from({length: 16}, (_, i) => block(i))
  const body = bytes(...blocks, entriesOf(fixture('redis-7.0.15/small').path))
  writeFileSync(unsummed, rdbFile({version: 10, body, checksum: 'zero'}))
  const {output} = await run(unsummed, {to: 'rdb'})
  writeFileSync(input, readFileSync(output))
})

const FOR_6 = {server: 'redis-6.2', drop: ['functions']} as const
const TARGETS: Partial<ConvertOptions>[] = [
  {},
  FOR_6,
  {to: 'rdb', ...FOR_6},
  {to: 'rdb', server: 'redis-4.0', drop: ['functions', 'streams']},
  {to: 'rdb', server: 'redis-8.0'},
  {to: 'aof', single: true, ...FOR_6},
  {to: 'jsonl'},
]

test.each(TARGETS)('the same bytes, %o', async (options) => {
  const whole = await run(input, options, 'inline')
  const pieces = await run(input, options)
  expect(whole.report).toMatchObject({verdict: 'converted', stoppedAt: null})
  expect(pieces.report.proof).toEqual(whole.report.proof)
  expect(readFileSync(pieces.output).equals(readFileSync(whole.output))).toBe(true)
})

async function expectRefusal(
  path: string,
  code: string,
  options: Partial<ConvertOptions> = {},
): Promise<void> {
  const {report, output} = await run(path, options)
  expect(report).toMatchObject({verdict: 'unreadable', stoppedAt: {code}})
  expect(existsSync(output)).toBe(false)
}

test('a byte that only the checksum tells', async () => {
  const content = readFileSync(input)
  content[content.length - 400_000] ^= 1
  const path = join(folder, 'flipped.rdb')
  writeFileSync(path, content)
  await expectRefusal(path, 'RDB_CHECKSUM')
})

// As it is, it is copied in one thread and looked at in the other.
test.each([
  ['hash:1:7', {}],
  ['hash:9:7', {}],
  ['hash:1:7', {to: 'rdb'}],
  ['hash:9:7', {to: 'rdb'}],
  ['hash:9:7', {to: 'rdb', server: 'redis-8.0'}],
  ['hash:9:7', {to: 'jsonl'}],
] as const)('a field that is there twice, in %s: %o', async (name, options) => {
  const content = readFileSync(unsummed)
  const at = content.indexOf(bytes(str(name), listpack('a', '1', 'b', '7')))
  expect(at).toBeGreaterThan(0)
  content.set(listpack('a', '1', 'a', '7'), at + 1 + name.length)
  const path = join(folder, 'twice.rdb')
  writeFileSync(path, content)
  await expectRefusal(path, 'RDB_DUPLICATE', options)
})

test('what no proof holds is written where none is wanted', async () => {
  // Its first id is that of no entry, but of what a group has read.
  const node = str(bytes(u64be(10), u64be(0)))
  const listpacked = listpack('1', '0', '1', 'f', '0', '2', '0', '0', 'v', '4')
  const odd = bytes(
    counted([bytes(node, listpacked)]),
    [1, 10, 0, 9, 0, 0, 0, 1, 1],
    str('g'),
    [9, 0, 1, 0, 0],
  )
  const body = bytes(...Array.from({length: 16}, (_, i) => block(i)), entry(19, 'odd', odd))
  const path = join(folder, 'odd.rdb')
  writeFileSync(path, rdbFile({version: 10, body, checksum: 'zero'}))
  const options = {to: 'rdb', server: 'redis-6.2'} as const
  await expect(run(path, options)).rejects.toMatchObject({code: 'UNLIKE'})
  const {report, output} = await run(path, {...options, skipProof: true})
  expect(report).toMatchObject({verdict: 'converted', proof: null})
  const whole = await run(path, {...options, skipProof: true}, 'inline')
  expect(readFileSync(output).equals(readFileSync(whole.output))).toBe(true)
})
