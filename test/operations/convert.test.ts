import {createHash} from 'node:crypto'
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, expect, test} from '@jest/globals'
import {convert} from '../../src/operations/convert.ts'
import type {ConvertOptions} from '../../src/operations/convert-options.ts'
import {digest} from '../../src/operations/digest.ts'
import {bytes, counted, entry, rdbFile, resizeDb, selectDb, str} from '../support/bytes.ts'
import {inlineHost} from '../support/dataset.ts'
import {rdbFixtures} from '../support/fixtures.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-convert-'))
let host = inlineHost()

afterEach(() => {
  host.close()
  host = inlineHost()
})
afterAll(() => rmSync(folder, {recursive: true}))

let files = 0
function file(...body: Uint8Array[]): string {
  const path = join(folder, `in-${++files}.rdb`)
  writeFileSync(path, rdbFile({version: 11, body: Buffer.concat(body)}))
  return path
}

const run = (input: string, options: Partial<ConvertOptions>) =>
  convert(host, [input], {to: 'rdb', output: join(folder, `out-${++files}`), ...options})

const full = (path: string) => digest(inlineHost(), [path], {full: true}).digest

/** A set in a listpack, which servers before 7.2 cannot read. */
const NEWER_SET = entry(20, 'set', str([9, 0, 0, 0, 1, 0, 5, 1, 0xff]))
const strings = (count: number, from = 0) =>
  bytes(...Array.from({length: count}, (_, i) => entry(0, `key:${from + i}`, str('v'))))

test('long runs of copies before, between and behind what is written anew', async () => {
  const second = Buffer.from(NEWER_SET)
  second.write('two', 2, 'latin1')
  const body = [
    selectDb(0),
    strings(20_000),
    NEWER_SET,
    strings(9_000, 20_000),
    second,
    strings(3, 50_000),
  ]
  const input = file(...body)
  const report = await run(input, {server: 'redis-6.2'})
  expect(report).toMatchObject({keys: 29_005, proof: {copied: 29_003, rewritten: 2}})
  expect(full(report.output!)).toBe(full(input))
})

test('sizes of databases are those of the output', async () => {
  const input = file(selectDb(0), resizeDb(9, 9), strings(3), selectDb(2), strings(2))
  const report = await run(input, {selection: {match: ['*:0', '*:2']}})
  const content = readFileSync(report.output!)
  expect(content.includes(bytes(selectDb(0), resizeDb(2, 0)))).toBe(true)
  expect(content.includes(bytes(selectDb(2), resizeDb(1, 0)))).toBe(true)
})

test('what a snapshot announces is copied where it is right, and put right where it is not', async () => {
  const body = (keys: number) => [
    selectDb(0),
    resizeDb(keys, 0),
    strings(3),
    selectDb(2),
    resizeDb(2, 0),
    strings(2),
  ]
  const right = file(...body(3))
  const wrong = file(...body(4))
  const none = file(selectDb(0), strings(3), selectDb(2), strings(2))
  const counts = {keys: 5, databases: {0: {keys: 3, expires: 0}, 2: {keys: 2, expires: 0}}}
  for (const input of [right, wrong, none]) {
    const report = await run(input, {})
    expect(report).toMatchObject({verdict: 'converted', ...counts, proof: {copied: 5}})
    expect(readFileSync(report.output!).equals(readFileSync(right))).toBe(true)
  }
})

test('a database of which nothing is left is not there', async () => {
  const input = file(selectDb(1), entry(2, 'set', counted([str('m')])), selectDb(2), strings(1))
  const report = await run(input, {selection: {types: ['string']}})
  expect(readFileSync(report.output!).includes(selectDb(1))).toBe(false)
  expect(Object.keys(report.databases)).toEqual(['2'])
})

test('an empty collection does not count', async () => {
  const input = file(selectDb(0), strings(1), entry(1, 'none', counted([])))
  for (const options of [{}, {server: 'redis-6.2'}, {to: 'resp' as const}]) {
    expect(await run(input, options)).toMatchObject({verdict: 'converted', keys: 1})
  }
})

test('no input is changed, and no temporary stays', async () => {
  const sum = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')
  for (const {path} of rdbFixtures().filter(({name}) => name.endsWith('/small'))) {
    const before = sum(path)
    await run(path, {server: 'redis-2.8'})
    await run(path, {to: 'resp'})
    expect(sum(path)).toBe(before)
  }
  expect(readdirSync(folder).filter((name) => name.includes('.tmp-'))).toEqual([])
})
