/** Vector sets: Redis has them since 8.0, and no other server loads a file with one. */
import {existsSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, expect, test} from '@jest/globals'
import {convert} from '../../src/operations/convert.ts'
import type {ConvertOptions} from '../../src/operations/convert-options.ts'
import {digest} from '../../src/operations/digest.ts'
import {merge} from '../../src/operations/merge.ts'
import {split} from '../../src/operations/split.ts'
import {inlineHost} from '../support/dataset.ts'
import {fixture} from '../support/fixtures.ts'

const {path: FULL, entry} = fixture('redis-8.0.6/full')
const {path: EMPTY} = fixture('redis-8.0.6/empty')
const KEYS = entry.keys
/** Three keys are vector sets. */
const OTHERS = KEYS - 3
const DROP = ['hash-field-ttl', 'vector-sets'] as const

const folder = mkdtempSync(join(tmpdir(), 'respite-vectors-'))
const output = join(folder, 'out')
let host = inlineHost()
afterEach(() => {
  host.close()
  host = inlineHost()
  rmSync(output, {recursive: true, force: true})
})
afterAll(() => rmSync(folder, {recursive: true}))

test.each(['redis-7.2', 'valkey-8.1', 'valkey-9.1'])(
  'are listed, and refused, for %s',
  async (server) => {
    const report = await convert(host, [FULL], {to: 'rdb', output, server})
    const [row] = report.missing.filter(({feature}) => feature === 'vector-sets')
    expect(report.verdict).toBe('refused')
    expect(row).toMatchObject({count: 3, losesKeys: true, weight: 'data', decision: 'refused'})
    expect(row.examples.map(({key}) => key)).toContain('vset:q8')
    expect(existsSync(output)).toBe(false)
  },
)

test('are copied where they are known', async () => {
  const report = await convert(host, [FULL], {to: 'rdb', output, server: 'redis-8.8'})
  expect(report).toMatchObject({verdict: 'converted', keys: KEYS, missing: []})
})

test('are told once where no module is held', async () => {
  const report = await convert(host, [FULL], {to: 'rdb', output, server: 'redis-3.2'})
  const names = report.missing.map(({feature}) => feature)
  expect(names).toContain('modules')
  expect(names).not.toContain('vector-sets')
})

test.each<[string, Partial<ConvertOptions>]>([
  ['an RDB', {}],
  ['a set', {to: 'aof'}],
  ['RESTORE', {to: 'resp', restore: true}],
])('alone go from %s when they are dropped', async (_title, options) => {
  const drop = [...DROP, 'functions'] as const
  const server = 'valkey-8.1'
  const report = await convert(host, [FULL], {to: 'rdb', output, server, drop, ...options})
  expect(report).toMatchObject({verdict: 'converted', keys: OTHERS})
  expect(digest(inlineHost(), [output], {full: true})).toMatchObject({
    keys: OTHERS,
    stoppedAt: null,
  })
})

test('go from the parts of a split', async () => {
  const options = {output, by: 'type', server: 'valkey-9.1'} as const
  expect(await split(host, [FULL], options)).toMatchObject({verdict: 'refused'})
  const report = await split(host, [FULL], {...options, drop: DROP})
  expect(report).toMatchObject({verdict: 'split', keys: OTHERS})
})

test('go from a merge', () => {
  const options = {output, server: 'valkey-9.1'} as const
  expect(merge(host, [FULL, EMPTY], options)).toMatchObject({verdict: 'refused'})
  const report = merge(host, [FULL, EMPTY], {...options, drop: DROP})
  expect(report).toMatchObject({verdict: 'merged', keys: OTHERS})
})
