import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {openDataset} from '../../src/operations/dataset-source.ts'
import {merge} from '../../src/operations/merge.ts'
import type {MergeOptions} from '../../src/operations/merge-options.ts'
import {aux, bytes, entry, len, rdbFile, resp, selectDb, str} from '../support/bytes.ts'
import {inlineHost, SeeingSink} from '../support/dataset.ts'
import {fixture} from '../support/fixtures.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-merge-'))
let host = inlineHost()
afterEach(() => {
  host.close()
  host = inlineHost()
})
afterAll(() => rmSync(folder, {recursive: true}))

let files = 0
const out = () => join(folder, `out-${++files}`)

function file(...body: Uint8Array[]): string {
  const path = join(folder, `in-${++files}.rdb`)
  writeFileSync(path, rdbFile({version: 10, body: bytes(...body)}))
  return path
}

const strings = (pairs: Readonly<Record<string, string>>) =>
  bytes(...Object.entries(pairs).map(([key, value]) => entry(0, key, str(value))))
const library = (code: string) => bytes(0xf5, str(code))
const idle = (seconds: number) => bytes(0xf8, len(seconds))
const used = (frequency: number) => bytes(0xf9, frequency)
const savedAt = (seconds: number) => aux('ctime', String(seconds))

const run = (inputs: readonly string[], options: Partial<MergeOptions> = {}) =>
  merge(host, inputs, {output: out(), ...options})

/** `0 key`: value. */
function valuesIn(path: string): Record<string, unknown> {
  const sink = new SeeingSink()
  openDataset(inlineHost(), path).read(sink)
  return Object.fromEntries(
    sink.entries.map(({db, key, value: {value}}) => [
      `${db} ${key}`,
      Buffer.from(value as Uint8Array).toString(),
    ]),
  )
}

const A = file(selectDb(0), strings({a: 'A', both: 'of A'}), selectDb(2), strings({both: 'two'}))
const B = file(selectDb(0), strings({both: 'of B', b: 'B'}))
const C = file(selectDb(0), strings({c: 'C', both: 'of C'}))

describe('keys that are in several inputs', () => {
  test('are listed, and nothing is written', () => {
    const output = out()
    const report = run([A, B, C], {output})
    expect(report).toMatchObject({verdict: 'conflicts', output: null})
    expect(report.conflicts).toMatchObject({
      keys: 1,
      examples: [{what: 'key', db: 0, name: 'both', inputs: [0, 1, 2], winner: null}],
    })
    expect(existsSync(output)).toBe(false)
  })

  test.each([
    {onConflict: 'first', kept: 'of A', lost: [0, 1, 1]},
    {onConflict: 'last', kept: 'of C', lost: [1, 1, 0]},
  ] as const)('$onConflict keeps the one $kept', ({onConflict, kept, lost}) => {
    const report = run([A, B, C], {onConflict})
    expect(report).toMatchObject({verdict: 'merged', keys: 5, conflicts: {keys: 1}})
    expect(report.inputs.map((input) => input.lost)).toEqual(lost)
    expect(valuesIn(report.output!)).toEqual({
      ...{'0 a': 'A', '0 b': 'B', '0 c': 'C', '0 both': kept, '2 both': 'two'},
    })
    expect(report.databases).toMatchObject({0: {keys: 4}, 2: {keys: 1}})
  })

  test('losers between long runs of copies', () => {
    const many = (from: number, value: string) =>
      strings(Object.fromEntries(Array.from({length: 3000}, (_, i) => [`k:${from + i}`, value])))
    const [first, second] = [file(selectDb(0), many(0, 'x')), file(selectDb(0), many(2995, 'y'))]
    const report = run([first, second], {onConflict: 'last'})
    expect(report).toMatchObject({keys: 5995, conflicts: {keys: 5}})
    const values = valuesIn(report.output!)
    expect([values['0 k:2994'], values['0 k:2995'], values['0 k:2999']]).toEqual(['x', 'y', 'y'])
    expect(run([first, second], {onConflict: 'first'})).toMatchObject({keys: 5995})
  })

  test('losers between entries that are written anew in runs for an older server', () => {
    const hash = str(bytes([13, 0, 0, 0, 2, 0, 0x81, 0x66, 2, 0x81, 0x76, 2, 0xff]))
    const many = (from: number) =>
      bytes(...Array.from({length: 3000}, (_, i) => entry(16, `k:${from + i}`, hash)))
    const inputs = [file(selectDb(0), many(0)), file(selectDb(0), many(2995))]
    for (const to of ['rdb', 'resp'] as const) {
      const report = run(inputs, {onConflict: 'last', server: 'redis-6.2', to})
      expect(report).toMatchObject({verdict: 'merged', keys: 5995, conflicts: {keys: 5}})
      expect(report.digest).toMatch(/^[0-9a-f]{40}$/)
    }
  })

  test('twice in one input are as good as in two', () => {
    const twice = file(selectDb(0), strings({k: 'first'}), strings({k: 'second'}))
    expect(run([twice, B])).toMatchObject({verdict: 'conflicts', conflicts: {keys: 1}})
    const report = run([twice, B], {onConflict: 'first'})
    expect(valuesIn(report.output!)).toMatchObject({'0 k': 'first'})
  })

  test('are none where one is an empty collection, which servers leave out', () => {
    const empty = file(selectDb(0), bytes(1, str('b'), len(0)))
    const report = run([empty, B], {onConflict: 'first'})
    expect(report).toMatchObject({conflicts: {keys: 0}})
    expect(valuesIn(report.output!)).toEqual({'0 b': 'B', '0 both': 'of B'})
  })
})

describe('the newest', () => {
  const older = (...attribute: Uint8Array[]) =>
    file(savedAt(1000), selectDb(0), ...attribute, strings({k: 'older file'}))
  const newer = (...attribute: Uint8Array[]) =>
    file(savedAt(2000), selectDb(0), ...attribute, strings({k: 'newer file'}))

  test.each([
    {basis: 'saved', inputs: [newer(), older()], kept: 'newer file'},
    // Used at 995 and at 500.
    {basis: 'idle', inputs: [older(idle(5)), newer(idle(1500))], kept: 'older file'},
    {basis: 'frequency', inputs: [older(used(200)), newer(used(10))], kept: 'older file'},
    // One tells how often, the other how long ago: neither can be compared.
    {basis: 'saved', inputs: [older(used(200)), newer(idle(10))], kept: 'newer file'},
  ])('by $basis is the $kept', ({basis, inputs, kept}) => {
    const report = run(inputs, {onConflict: 'newest'})
    expect(report.conflicts.comparedBy).toMatchObject({[basis]: 1})
    expect(valuesIn(report.output!)).toEqual({'0 k': kept})
  })

  test('of what is as old, the later input', () => {
    const report = run([older(), older()], {onConflict: 'newest'})
    expect(report.inputs.map(({lost}) => lost)).toEqual([1, 0])
  })

  test('of a log with times counts when it was written to last', () => {
    const log = join(folder, 'times.aof')
    writeFileSync(
      log,
      bytes('#TS:1500\r\n', resp('SET', 'k', 'log'), '#TS:1800\r\n', resp('SET', 'x', '1')),
    )
    const first = run([older(), log], {onConflict: 'newest'})
    expect(valuesIn(first.output!)).toEqual({'0 k': 'log', '0 x': '1'})
    const second = run([newer(), log], {onConflict: 'newest'})
    expect(valuesIn(second.output!)).toEqual({'0 k': 'newer file', '0 x': '1'})
  })

  test('is refused where nothing tells', () => {
    const output = out()
    const report = run([A, B], {onConflict: 'newest', output})
    expect(report).toMatchObject({
      verdict: 'conflicts',
      conflicts: {keys: 1, undecided: 1},
      next: expect.stringContaining('--on-conflict last'),
    })
    expect(existsSync(output)).toBe(false)
  })
})

describe('databases', () => {
  test('become others, of one input or of all', () => {
    const renameDb = [
      {input: null, from: 0, to: 5},
      {input: B, from: 0, to: 1},
    ]
    const report = run([A, B], {renameDb})
    expect(report.verdict).toBe('merged')
    expect(Object.keys(valuesIn(report.output!)).sort()).toEqual([
      '1 b',
      '1 both',
      '2 both',
      '5 a',
      '5 both',
    ])
  })

  test('that become one have conflicts like any others', () => {
    const renameDb = [{input: A, from: 2, to: 0}]
    expect(run([A, C], {renameDb})).toMatchObject({verdict: 'conflicts', conflicts: {keys: 1}})
    const report = run([A, C], {renameDb, onConflict: 'first'})
    expect(valuesIn(report.output!)).toEqual({'0 a': 'A', '0 both': 'of A', '0 c': 'C'})
    expect(report.inputs.map(({lost}) => lost)).toEqual([1, 1])
  })

  test('of an input that is none are refused', () => {
    const renameDb = [{input: 'other.rdb', from: 0, to: 1}]
    expect(() => run([A, B], {renameDb})).toThrow(expect.objectContaining({code: 'USAGE'}))
  })
})

describe('function libraries', () => {
  const code = (name: string, body: string) => `#!lua name=${name}\n${body}`

  test('with the same code are there once', () => {
    const same = library(code('lib', 'x'))
    const report = run([
      file(same, selectDb(0), strings({a: '1'})),
      file(same, library(code('two', 'y'))),
    ])
    expect(report).toMatchObject({verdict: 'merged', functions: 2, conflicts: {functions: 0}})
    expect(readFileSync(report.output!, 'latin1').match(/#!lua/g)).toHaveLength(2)
  })

  test('with other code are a conflict by the same rule', () => {
    const inputs = [file(library(code('lib', 'one'))), file(library(code('lib', 'two')))]
    expect(run(inputs)).toMatchObject({
      verdict: 'conflicts',
      conflicts: {functions: 1, examples: [{what: 'function', name: 'lib', inputs: [0, 1]}]},
    })
    for (const [onConflict, kept] of [
      ['first', 'one'],
      ['last', 'two'],
    ] as const) {
      const report = run(inputs, {onConflict})
      const content = readFileSync(report.output!, 'latin1')
      expect([content.includes('one'), content.includes('two')]).toEqual([
        kept === 'one',
        kept === 'two',
      ])
    }
  })
})

describe('the output', () => {
  test('begins as the first input does, and is of the newest version among them', () => {
    const older = join(folder, 'older.rdb')
    writeFileSync(older, rdbFile({version: 6, body: bytes(selectDb(0), strings({z: 'Z'}))}))
    const report = run([older, A])
    expect(report.target).toEqual({dialect: 'redis', rdbVersion: 10})
    expect(readFileSync(report.output!, 'latin1').slice(0, 9)).toBe('REDIS0010')
  })

  test('of Redis and Valkey needs --for', () => {
    const inputs = [fixture('redis-7.0.15/small').path, fixture('valkey-9.1.2/small').path]
    expect(() => run(inputs)).toThrow(expect.objectContaining({code: 'USAGE'}))
    const report = run(inputs, {server: 'valkey-9.0', onConflict: 'last'})
    expect(report).toMatchObject({verdict: 'merged', target: {dialect: 'valkey', rdbVersion: 80}})
  })

  test('is no input, whichever', () => {
    const before = readFileSync(B)
    for (const force of [false, true]) {
      expect(() => run([A, B], {output: B, force})).toThrow(
        expect.objectContaining({code: 'OUTPUT_IS_INPUT'}),
      )
    }
    expect(readFileSync(B)).toEqual(before)
  })

  test('as a set is a directory that a server starts from', () => {
    const report = run([B, file(selectDb(1), strings({x: '1'}))], {to: 'aof'})
    expect(report.verdict).toBe('merged')
    expect(valuesIn(report.output!)).toEqual({'0 both': 'of B', '0 b': 'B', '1 x': '1'})
  })

  test('is not there where an input is damaged: the finding names it and the offset', () => {
    const content = readFileSync(A)
    const damaged = join(folder, 'damaged.rdb')
    writeFileSync(damaged, content.subarray(0, 30))
    const output = out()
    const report = run([B, damaged], {output})
    expect(report).toMatchObject({
      verdict: 'unreadable',
      stoppedAt: {code: 'TRUNCATED', file: damaged, offset: 30},
    })
    expect(existsSync(output)).toBe(false)
  })
})
