/** What holds for any two datasets (R9). Both are made by random commands over few keys, so that much is shared and much is not. */
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, expect, test} from '@jest/globals'
import fc from 'fast-check'
import type {DiffOptions} from '../../src/operations/diff-options.ts'
import type {Difference} from '../../src/operations/diff-reports.ts'
import {digest} from '../../src/operations/digest.ts'
import {budget} from '../support/campaign.ts'
import {inlineHost} from '../support/dataset.ts'
import {LogFolder, runDiff} from '../support/diff.ts'

const folder = new LogFolder()
afterAll(() => folder.remove())

const RUNS = budget(20, 1000)

const key = fc.constantFrom('k1', 'k2', 'k3', 'key \r\n"\x00')
const word = fc.constantFrom('a', 'b', 'c', '', '1', '-0', 'long'.repeat(20))
const id = fc.integer({min: 1, max: 6}).map((n) => `${n}-1`)
const score = fc.constantFrom('0', '-0', '1.5', 'inf', '-inf', '1e300', '12345678901234567')
const time = fc.constantFrom('4102444800000', '4102444800500', '4102444900000')
const command = fc.oneof(
  fc.tuple(fc.constant('SELECT'), fc.constantFrom('0', '1')),
  fc.tuple(fc.constant('DEL'), key),
  fc.tuple(fc.constant('SET'), key, word),
  fc.tuple(fc.constant('HSET'), key, word, word),
  fc.tuple(fc.constant('HSET'), key, word, word, word, word),
  fc.tuple(fc.constant('HPEXPIREAT'), key, time, fc.constant('FIELDS'), fc.constant('1'), word),
  fc.tuple(fc.constant('HDEL'), key, word),
  fc.tuple(fc.constant('SADD'), key, word, word),
  fc.tuple(fc.constant('ZADD'), key, score, word),
  fc.tuple(fc.constant('RPUSH'), key, word, word),
  fc.tuple(fc.constant('LPOP'), key),
  fc.tuple(fc.constant('XADD'), key, id, word, word),
  fc.tuple(fc.constant('XDEL'), key, id),
  fc.tuple(fc.constant('XGROUP'), fc.constant('CREATE'), key, word, fc.constant('0')),
  fc.tuple(fc.constant('PEXPIREAT'), key, time),
  fc.tuple(fc.constant('PERSIST'), key),
)
const commands: fc.Arbitrary<string[][]> = fc.array(command, {maxLength: 25})

/** A log of no bytes would be damage. */
const logs = (x: string[][], y: string[][]) =>
  [x, y].map((each) => folder.log(['SELECT', '0'], ...each)) as [string, string]

const full = (path: string) => digest(inlineHost(), [path], {full: true}).digest

/** The same, seen from the other side. */
function mirrored(records: readonly Difference[]): Difference[] {
  const other = {added: 'removed', removed: 'added', changed: 'changed'} as const
  return records.map((record) => {
    const change = other[record.change]
    if (record.type === 'function') return {...record, change}
    if (record.type === 'key') {
      const {elements, a, b} = record
      const swapped = elements && {...elements, added: elements.removed, removed: elements.added}
      return {...record, change, a: b, b: a, elements: swapped}
    }
    const {a, b, aExpiresAtMs, bExpiresAtMs} = record
    return {...record, change, a: b, b: a, aExpiresAtMs: bExpiresAtMs, bExpiresAtMs: aExpiresAtMs}
  })
}

/** Items of a set or hash come in the order of a table: what is shown first of a value is not the same for both. */
const sorted = (records: readonly Difference[]): string[] =>
  records.map((record) => JSON.stringify(record, Object.keys(record).sort())).sort()

const ALL: DiffOptions = {maxElements: 1000}

test('a dataset does not differ from itself, and any other one differs as the digests say', async () => {
  const property = fc.asyncProperty(commands, commands, async (x, y) => {
    const [a, b] = logs(x, y)
    expect((await runDiff(a, a, ALL)).records).toEqual([])
    const {report} = await runDiff(a, b, {show: 'summary'})
    expect(report.verdict === 'equal').toBe(full(a) === full(b))
  })
  await fc.assert(property, {numRuns: RUNS})
})

test('seen from the other side, what was added was removed', async () => {
  const property = fc.asyncProperty(commands, commands, async (x, y) => {
    const [a, b] = logs(x, y)
    const [there, back] = [await runDiff(a, b, ALL), await runDiff(b, a, ALL)]
    expect(sorted(mirrored(there.records))).toEqual(sorted(back.records))
  })
  await fc.assert(property, {numRuns: RUNS})
})

test('a dataset with the patch applied has the full digest of the other', async () => {
  let files = 0
  const property = fc.asyncProperty(commands, commands, async (x, y) => {
    const [a, b] = logs(x, y)
    const output = join(folder.path, `${++files}.resp`)
    const {report} = await runDiff(a, b, {patch: {output, server: 'redis-7.4'}})
    expect(report.patch?.proof?.keys).toBe(report.added + report.changed)
    const patched = join(folder.path, `${files}-patched.aof`)
    writeFileSync(patched, Buffer.concat([readFileSync(a), readFileSync(output)]))
    expect(full(patched)).toBe(full(b))
    expect((await runDiff(patched, b)).report.verdict).toBe('equal')
  })
  await fc.assert(property, {numRuns: RUNS})
})

test('with little memory the same differences are found, part by part and batch by batch', async () => {
  const property = fc.asyncProperty(commands, commands, async (x, y) => {
    const [a, b] = logs(x, y)
    const whole = await runDiff(a, b)
    const tight = await runDiff(a, b, {maxMemory: 600})
    const keys = (records: readonly Difference[]) =>
      sorted(
        records
          .filter(({type}) => type === 'key')
          .map((each) => ({...each, elements: null, listed: 0}) as Difference),
      )
    expect(keys(tight.records)).toEqual(keys(whole.records))
  })
  await fc.assert(property, {numRuns: RUNS})
})
