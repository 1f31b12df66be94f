/** `respite salvage` as a user runs it, and what a real server makes of its output. */
import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from '@jest/globals'
import {bytes, type Part, u64le} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {FIXTURES} from '../support/fixtures.ts'
import {kernel} from '../support/kernel.ts'
import {placedEntries} from '../support/salvage-campaign.ts'
import {loadRdb, serverProgram, withRdb} from '../support/server.ts'

const GOOD = readFileSync(join(FIXTURES, 'redis-7.0.15/full.rdb'))
const live = serverProgram() === undefined ? test.skip : test

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-salvage-'))
})
afterEach(() => rmSync(folder, {recursive: true}))

/** `size` bytes of 0xa5 at `offset`. */
function damaged(offset: number, size: number): string {
  const path = join(folder, 'dump.rdb')
  writeFileSync(path, Buffer.from(GOOD).fill(0xa5, offset, offset + size))
  return path
}

const at = (name: string) => join(folder, name)

live('a server loads what is salvaged, each key with the value that it had', async () => {
  const input = damaged(150_000, 512)
  const run = await respite(['salvage', input, '-o', at('new.rdb'), '--json'])
  const report = JSON.parse(run.stdout)
  expect(run.code).toBe(3)
  expect(report).toMatchObject({verdict: 'salvaged', keys: 266, gapCount: 1, checksum: 'wrong'})
  expect(report.gaps[0]).toMatchObject({kind: 'value', key: 'str:huge', type: 'string', db: 0})
  const good = await withRdb(GOOD, ({client}) => client.text('DEBUG', 'DIGEST-VALUE', 'int:+1'))
  await withRdb(readFileSync(at('new.rdb')), async ({client}) => {
    expect(await client.text('DEBUG', 'DIGEST-VALUE', 'int:+1')).toBe(good)
    expect(await client.text('EXISTS', 'str:huge')).toBe('0')
  })
})

live('a wrong checksum alone costs nothing', async () => {
  const input = damaged(GOOD.length - 8, 8)
  const run = await respite(['salvage', input, '-o', at('new.rdb')])
  expect(run.code).toBe(0)
  expect(run.stdout).toContain('Only the checksum is wrong')
  expect(readFileSync(at('new.rdb')).equals(GOOD)).toBe(true)
  expect(await loadRdb(readFileSync(at('new.rdb')))).toBe(await loadRdb(GOOD))
})

test('a dry run writes nothing', async () => {
  const run = await respite(['salvage', damaged(150_000, 512), '--dry-run'])
  expect(run.code).toBe(3)
  expect(readdirSync(folder)).toEqual(['dump.rdb'])
})

test('an output that exists, or is the input, is refused', async () => {
  const input = damaged(150_000, 512)
  writeFileSync(at('there.rdb'), 'x')
  expect((await respite(['salvage', input, '-o', at('there.rdb')])).code).toBe(2)
  expect((await respite(['salvage', input, '-o', input, '--force'])).code).toBe(2)
  expect((await respite(['salvage', input, '-o', at('there.rdb'), '--force'])).code).toBe(3)
})

test('the bytes of a gap and the report are kept where they are asked for', async () => {
  const input = damaged(150_000, 512)
  const where = ['--lost-and-found', at('lost'), '--report', at('report.json')]
  await respite(['salvage', input, '-o', at('new.rdb'), ...where])
  const {gaps} = JSON.parse(readFileSync(at('report.json'), 'utf8'))
  const kept = readFileSync(gaps[0].file)
  expect(
    kept.equals(readFileSync(input).subarray(gaps[0].offset, gaps[0].offset + gaps[0].bytes)),
  ).toBe(true)
})

test.each([
  ['zero bytes', '', 4],
  ['a text', 'hello\n', 10],
  ['a header alone', 'REDIS', 4],
])('%s: exit status %3$i', async (_, text, code) => {
  writeFileSync(at('dump.rdb'), text)
  const run = await respite(['salvage', at('dump.rdb'), '-o', at('new.rdb')])
  expect(run.code).toBe(code)
  expect(readdirSync(folder)).toEqual(['dump.rdb'])
})

test('stdin is refused: it is read twice', async () => {
  const run = await respite(['salvage', '-', '-o', at('new.rdb')], {input: GOOD})
  expect(run.code).toBe(2)
  expect(run.stderr).toContain('Save it to a file first')
})

/** RDB 9 without a checksum. */
const rdb = (...parts: Part[]) => bytes('REDIS0009', ...parts, 0xff, Buffer.alloc(8))
const text = (value: string): Part[] => [value.length, value]
const string = (key: string, value: string): Part[] => [0, ...text(key), ...text(value)]
const put = (file: Uint8Array): string => {
  writeFileSync(at('dump.rdb'), file)
  return at('dump.rdb')
}
const rows = (path: string): string[] =>
  placedEntries(kernel, readFileSync(path)).map(({bare}) => bare.slice(1))
const flat = (...parts: Part[]) => bytes(...parts).toString('latin1')

test.each([
  ['first', 'one'],
  ['last', 'three'],
])(
  'of a key that is there twice the %s is kept, and the others are kept aside',
  async (which, value) => {
    const input = put(
      rdb(
        ...string('k', 'one'),
        ...string('other', 'x'),
        ...string('k', 'two'),
        ...string('k', 'three'),
      ),
    )
    const where = ['--lost-and-found', at('lost'), '--duplicates', which]
    const run = await respite(['salvage', input, '-o', at('new.rdb'), '--json', ...where])
    const {duplicates} = JSON.parse(run.stdout)
    expect(run.code).toBe(3)
    expect(new Set(rows(at('new.rdb')))).toEqual(
      new Set([flat(...text('k'), ...text(value)), flat(...text('other'), ...text('x'))]),
    )
    expect(duplicates).toHaveLength(2)
    for (const {file, offset, bytes: size} of duplicates) {
      expect(readFileSync(file).equals(readFileSync(input).subarray(offset, offset + size))).toBe(
        true,
      )
    }
  },
)

test('with --partial the elements of a cut list up to the cut are kept', async () => {
  const list = [1, ...text('list'), 3, ...text('a'), ...text('b'), ...text('c')]
  const whole = bytes('REDIS0009', ...string('k', 'v'), ...list)
  const input = put(whole.subarray(0, whole.length - 1))
  const plain = await respite(['salvage', input, '-o', at('plain.rdb'), '--json'])
  expect(JSON.parse(plain.stdout)).toMatchObject({keys: 1, partial: 0})
  const run = await respite(['salvage', input, '-o', at('new.rdb'), '--partial', '--json'])
  const report = JSON.parse(run.stdout)
  expect(run.code).toBe(3)
  expect(report).toMatchObject({keys: 2, partial: 1})
  expect(report.gaps[0]).toMatchObject({
    kind: 'cut',
    type: 'list',
    elementsKept: 1,
    elementsLost: 2,
  })
  const made = placedEntries(kernel, readFileSync(at('new.rdb')))
  expect(made.map(({key}) => key)).toEqual(['k', 'list'])
})

test('--greedy takes what stands alone next to damage', async () => {
  const noise = Buffer.alloc(32, 0xa5)
  const input = put(rdb(...string('user:1', 'ann'), noise, ...string('user:2', 'bob'), noise))
  const run = await respite(['salvage', input, '-o', at('new.rdb'), '--json'])
  expect(JSON.parse(run.stdout)).toMatchObject({keys: 0})
  const greedy = await respite(['salvage', input, '-o', at('more.rdb'), '--greedy', '--json'])
  expect(JSON.parse(greedy.stdout)).toMatchObject({keys: 2})
})

test('a header that is gone is taken from the field behind it', async () => {
  const good = readFileSync(join(FIXTURES, 'redis-7.0.15/full.rdb'))
  const input = put(Buffer.from(good).fill(0, 0, 9))
  const run = await respite(['salvage', input, '-o', at('new.rdb'), '--json'])
  expect(run.code).toBe(0)
  expect(JSON.parse(run.stdout)).toMatchObject({rdbVersion: 10, verdict: 'checksum'})
  expect(readFileSync(at('new.rdb')).equals(good)).toBe(true)
})

test('keys reach the terminal escaped', async () => {
  const evil = '\x1b[2J\x07\r'
  const input = put(rdb(...string(evil, 'one'), ...string(evil, 'two')))
  const run = await respite(['salvage', input, '-o', at('new.rdb')])
  expect(run.code).toBe(3)
  expect(run.stdout).toContain('\\x1b[2J\\a\\r')
  expect(run.stdout.replaceAll('\n', '')).toMatch(/^[\x20-\x7e]*$/)
})

const people = (from: number, count: number) =>
  Array.from({length: count}, (_, i) => string(`user:${from + i}`, `name of ${from + i}`)).flat()
const noise = (length: number) => Buffer.alloc(length, 0xa5)

test('a gap that may hide a SELECTDB says so, even where as many keys are kept as were announced', async () => {
  const first = (announced: number) => [0xfe, 0, 0xfb, announced, 0, ...people(10, 30)]
  const input = put(rdb(...first(63), noise(24), ...people(50, 30)))
  const run = await respite(['salvage', input, '--dry-run', '--json'])
  const {keys, gaps, lost} = JSON.parse(run.stdout)
  expect(gaps[0]).toMatchObject({databaseUnsure: true})
  expect(lost).toMatchObject({0: {keys: 63 - keys}})
  const told = await respite(['salvage', input, '--dry-run'])
  expect(told.stdout).toContain('a SELECTDB may have been among it')
  expect(told.stdout).toContain(`Lost: db 0: ${63 - keys} of 63 keys`)
  put(rdb(...first(keys), noise(24), ...people(50, 30)))
  const same = await respite(['salvage', input, '--dry-run', '--json'])
  expect(JSON.parse(same.stdout).gaps[0]).toMatchObject({databaseUnsure: true})
})

test('a gap behind which the next database begins leaves no doubt, unless its SELECTDB comes right behind', async () => {
  const second = [0xfe, 3, 0xfb, 20, 0, ...people(80, 20)]
  const input = put(rdb(0xfe, 0, 0xfb, 40, 0, ...people(10, 30), noise(24), ...second))
  const near = await respite(['salvage', input, '--dry-run', '--json'])
  expect(JSON.parse(near.stdout).gaps).toMatchObject([{databaseUnsure: true}])
  const value = [0x00, 4, ...Buffer.from('last'), 0xc3, 2, 8, 0xff, 0xff]
  put(rdb(0xfe, 0, 0xfb, 40, 0, ...people(10, 30), value, ...second))
  const sure = await respite(['salvage', input, '--dry-run', '--json'])
  expect(JSON.parse(sure.stdout).gaps).toMatchObject([{kind: 'value', databaseUnsure: false}])
})

test('a key whose expiry may have stood in damaged bytes is marked', async () => {
  const expiry = [0xfc, ...u64le(1_900_000_000_000n)]
  const input = put(rdb(0xfe, 0, ...people(10, 30), noise(24), expiry.slice(4), ...people(50, 30)))
  const run = await respite(['salvage', input, '--dry-run', '--json'])
  expect(JSON.parse(run.stdout).gaps).toMatchObject([
    {attributesUnsure: true, after: {key: 'user:50'}},
  ])
  const told = await respite(['salvage', input, '--dry-run'])
  expect(told.stdout).toContain('key "user:50" may have had an expiry or idle time in these bytes')
})

test('an expiry whose key is lost is not given to the first key of the next database', async () => {
  const expiry = [0xfc, ...u64le(1_600_000_000_000n)]
  const input = put(rdb(0xfe, 0, ...people(10, 30), expiry, 0xfe, 1, ...people(50, 30)))
  const run = await respite(['salvage', input, '-o', at('new.rdb'), '--json'])
  expect(JSON.parse(run.stdout)).toMatchObject({
    keys: 60,
    databases: {1: {keys: 30, expires: 0}},
    gaps: [{bytes: 9, kind: 'record'}],
  })
})

test('the input is left as it was', async () => {
  const input = damaged(150_000, 512)
  const before = [statSync(input).mtimeMs, statSync(input).ino, readFileSync(input).toString('hex')]
  await respite([
    'salvage',
    input,
    '-o',
    at('new.rdb'),
    '--partial',
    '--lost-and-found',
    at('lost'),
  ])
  const after = [statSync(input).mtimeMs, statSync(input).ino, readFileSync(input).toString('hex')]
  expect(after).toEqual(before)
})
