/** `respite salvage` as a user runs it, and what a real server makes of its output. */
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from '@jest/globals'
import {respite} from '../support/cli.ts'
import {FIXTURES} from '../support/fixtures.ts'
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
