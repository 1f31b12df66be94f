import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {openDataset} from '../../src/operations/dataset-source.ts'
import {SelectingSink, type Selection, selectorFor} from '../../src/operations/select.ts'
import {type Transform, TransformingSink} from '../../src/operations/transform.ts'
import {
  aux,
  bytes,
  counted,
  entry,
  expireMs,
  i64le,
  rdbFile,
  selectDb,
  str,
} from '../support/bytes.ts'
import {inlineHost, SeeingSink} from '../support/dataset.ts'

const host = inlineHost()
const folder = mkdtempSync(join(tmpdir(), 'respite-select-'))
const path = join(folder, 'dump.rdb')
const SAVED = 1_700_000_000
const SAVED_MS = SAVED * 1000
const fields = bytes(2, str('f'), str('1'), i64le(SAVED_MS + 5), str('g'), str('2'), i64le(-1))

writeFileSync(
  path,
  rdbFile({
    magic: 'VALKEY',
    version: 80,
    body: bytes(
      ...[aux('ctime', String(SAVED)), selectDb(0), entry(0, 'user:1', str('one'))],
      ...[expireMs(SAVED_MS), entry(0, 'user:2', str('two'))],
      ...[expireMs(SAVED_MS + 1), entry(1, 'queue:\xff', counted([str('a'), str('bcdefgh')]))],
      ...[selectDb(3), entry(0, '{user}:1', str('x'.repeat(100))), entry(22, 'h', fields)],
    ),
  }),
)
afterEach(() => host.close())
afterAll(() => rmSync(folder, {recursive: true}))

async function selected(selection: Selection): Promise<string[]> {
  const source = openDataset(host, path)
  const sink = new SeeingSink()
  source.read(new SelectingSink(sink, await selectorFor(source, selection)))
  return sink.keys()
}

const ALL = ['0 queue:\xff', '0 user:1', '0 user:2', '3 h', '3 {user}:1']

describe('selecting', () => {
  test.each<[Selection, string[]]>([
    [{}, ALL],
    [{match: ['user:*']}, ['0 user:1', '0 user:2']],
    [{match: ['*:?']}, ['0 queue:\xff', '0 user:1', '0 user:2', '3 {user}:1']],
    [{match: ['h', '*2']}, ['0 user:2', '3 h']],
    [{regex: '^(user|h)'}, ['0 user:1', '0 user:2', '3 h']],
    [{types: ['list', 'hash']}, ['0 queue:\xff', '3 h']],
    [{dbs: [3]}, ['3 h', '3 {user}:1']],
    [{slots: [[5474, 5474]]}, ['3 {user}:1']],
    [{expired: true}, ['0 user:2']],
    [{expired: false}, ['0 queue:\xff', '0 user:1', '3 h', '3 {user}:1']],
    [{expired: true, nowMs: SAVED_MS + 1}, ['0 queue:\xff', '0 user:2']],
    [{minSize: 8}, ['0 queue:\xff', '3 {user}:1']],
    [{minSize: 9, match: ['*:*']}, ['3 {user}:1']],
    [{dbs: [0], types: ['string'], expired: false}, ['0 user:1']],
  ])('%j', async (selection, keys) => {
    expect(await selected(selection)).toEqual(keys)
  })

  test('a sample is of the size asked for, the same every time, and part of any larger one', async () => {
    const two = await selected({sample: 2})
    expect(two).toHaveLength(2)
    expect(await selected({sample: 2})).toEqual(two)
    expect(await selected({sample: 3})).toEqual(expect.arrayContaining(two))
    expect(await selected({sample: 9})).toEqual(ALL)
    expect(await selected({sample: 1, match: ['user:*']})).toHaveLength(1)
  })
})

function transformed(transform: Transform): SeeingSink {
  const sink = new SeeingSink()
  openDataset(host, path).read(new TransformingSink(sink, transform))
  return sink
}

describe('changing', () => {
  test('databases get other numbers, and the sink hears of each once', () => {
    const {databases, entries} = transformed({renameDb: {0: 7}})
    expect(databases).toEqual([7, 3])
    expect(entries.map(({db}) => db)).toEqual([7, 7, 7, 3, 3])
  })

  test('a prefix goes from the keys that have it, and another one comes', () => {
    expect(transformed({prefixStrip: 'user:', prefixAdd: 'p:'}).keys()).toEqual([
      '0 p:1',
      '0 p:2',
      '0 p:queue:\xff',
      '3 p:h',
      '3 p:{user}:1',
    ])
  })

  test.each<[Transform['ttl'], (number | null)[], number | null]>([
    [{shiftMs: 60_000}, [SAVED_MS + 60_000, SAVED_MS + 60_001], SAVED_MS + 60_005],
    [{shiftMs: -2e12}, [1, 1], 1],
    ['strip', [null, null], null],
    [undefined, [SAVED_MS, SAVED_MS + 1], SAVED_MS + 5],
  ])('expiries: %j', (ttl, keys, field) => {
    const {entries} = transformed({ttl})
    expect(entries.map(({expiresAtMs}) => expiresAtMs)).toEqual([null, ...keys, null, null])
    const hash = entries.find(({key}) => key === 'h')
    expect(hash?.value).toMatchObject({value: [{expiresAtMs: field}, {expiresAtMs: null}]})
  })
})
