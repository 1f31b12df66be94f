import {describe, expect, test} from '@jest/globals'
import {HASHES_APPLY} from '../../../src/engine/apply/hashes.ts'
import {SETS_APPLY} from '../../../src/engine/apply/sets.ts'
import type {Database} from '../../../src/engine/database.ts'
import {HASH_OPS, takeHashPacked} from '../../../src/engine/values/hash.ts'
import {logicalOf} from '../../../src/engine/values/kinds.ts'
import type {ValueOps} from '../../../src/engine/values/ops.ts'
import {SET_OPS, takeSetIntset, takeSetPacked} from '../../../src/engine/values/set.ts'
import {ListpackEncoder} from '../../../src/formats/packed/listpack.ts'
import {collectValue, type Value} from '../../../src/formats/rdb/collect.ts'
import {RdbType} from '../../../src/formats/rdb/types.ts'
import {EngineUnderTest} from '../../support/engine.ts'

const OPS: Record<string, ValueOps> = {set: SET_OPS, hash: HASH_OPS}
const newEngine = () => new EngineUnderTest([...SETS_APPLY, ...HASHES_APPLY], OPS)
const bytes = (text: string) => Buffer.from(text, 'latin1')
const numbers = (n: number, text = '') => Array.from({length: n}, (_, i) => `${text}${i}`)

const COMMANDS: Record<string, string[][]> = {
  intset: [['SADD', 'k', '-5', '70000', '1']],
  'listpack of a set': [['SADD', 'k', '1', 'a', '', 'x'.repeat(64)]],
  'table of a set': [['SADD', 'k', ...numbers(3000, 'member:'), 'y'.repeat(70000)]],
  'listpack of a hash': [['HSET', 'k', 'a', '1', '', '', 'b', 'x'.repeat(64)]],
  'table of a hash': [['HSET', 'k', ...numbers(3000, 'field:'), 'y'.repeat(70000), '']],
  'small hash with expiries': [
    ['HSET', 'k', 'a', '1', 'b', '2', 'c', '3'],
    ['HPEXPIREAT', 'k', '500', 'FIELDS', '1', 'c'],
    ['HPEXPIREAT', 'k', '400', 'FIELDS', '1', 'b'],
  ],
  'large hash with expiries': [
    ['HSET', 'k', ...numbers(2000)],
    ['HPEXPIREAT', 'k', '500', 'FIELDS', '2', '0', '2'],
  ],
}
const FORMS = Object.keys(COMMANDS)

function applied(form: string): EngineUnderTest {
  const engine = newEngine()
  for (const words of COMMANDS[form]) expect(engine.run(...words)).toBeNull()
  return engine
}

function sorted(value: Value | null): unknown {
  const text = (each: Uint8Array) => Buffer.from(each).toString('latin1')
  if (value?.type === 'set') return value.value.map(text).sort()
  if (value?.type !== 'hash') return null
  return value.value.map((f) => [text(f.field), text(f.value), f.expiresAtMs].join(' ')).sort()
}

const opsOf = (db: Database, entry: number) => OPS[logicalOf(db.kind(entry))]

function addKey(db: Database, key: string): number {
  return db.add(bytes(key), 0, key.length, 0)
}

describe.each(FORMS)('%s', (form) => {
  test('a copy is equal, and another value', () => {
    const engine = applied(form)
    const db = engine.keyspace.database(0)
    const other = engine.keyspace.database(3)
    const entry = engine.find(0, 'k')
    opsOf(db, entry).copy(db, entry, other, addKey(other, 'copy'))
    const expected = sorted(engine.value(0, 'k'))
    expect(sorted(engine.value(3, 'copy'))).toEqual(expected)
    expect(engine.encoding(3, 'copy')).toBe(engine.encoding(0, 'k'))
    db.remove(entry)
    expect(sorted(engine.value(3, 'copy'))).toEqual(expected)
  })

  test('what a visitor is given can be loaded by another keyspace', () => {
    const engine = applied(form)
    const target = newEngine()
    const entry = engine.find(0, 'k')
    const db = engine.keyspace.database(0)
    const ops = opsOf(db, entry)
    const loader = ops.loader(target.keyspace)
    ops.visit(engine.keyspace, entry, loader)
    const targetDb = target.keyspace.database(0)
    expect(loader.into(targetDb, addKey(targetDb, 'k'))).not.toBe(0)
    expect(sorted(target.value(0, 'k'))).toEqual(sorted(engine.value(0, 'k')))
    expect(target.encoding(0, 'k')).toBe(engine.encoding(0, 'k'))
  })

  test('all memory comes back', () => {
    const engine = newEngine()
    const before = engine.keyspace.arena.used
    for (let round = 0; round < 3; round++) {
      for (const words of COMMANDS[form]) engine.run(...words)
      const db = engine.keyspace.database(0)
      const loader = opsOf(db, engine.find(0, 'k')).loader(engine.keyspace)
      opsOf(db, engine.find(0, 'k')).visit(engine.keyspace, engine.find(0, 'k'), loader)
      loader.into(db, addKey(db, 'loaded'))
      db.remove(engine.find(0, 'k'))
      db.remove(engine.find(0, 'loaded'))
    }
    // Database 0 itself, and what long arguments were staged in.
    expect(engine.keyspace.arena.used - before).toBeLessThan(1000)
  })
})

test('the type byte is the one that a server would write', () => {
  const types = FORMS.map((form) => {
    const engine = applied(form)
    const entry = engine.find(0, 'k')
    let type = -1
    collectValue((visit) => {
      visit.begin = (_logical, each) => void (type = each)
      opsOf(engine.keyspace.database(0), entry).visit(engine.keyspace, entry, visit)
    })
    return type
  })
  expect(types).toEqual([
    RdbType.SET_INTSET,
    RdbType.SET_LISTPACK,
    RdbType.SET,
    RdbType.HASH_LISTPACK,
    RdbType.HASH,
    RdbType.HASH_LISTPACK_EX,
    RdbType.HASH_METADATA,
  ])
})

test('a small hash with expiries comes in the order of its listpack', () => {
  const value = applied('small hash with expiries').value(0, 'k')
  const fields = value?.type === 'hash' ? value.value : []
  expect(fields.map(({expiresAtMs}) => expiresAtMs)).toEqual([400, 500, null])
})

function listpack(elements: string[]): Uint8Array {
  const encoder = new ListpackEncoder()
  for (const each of elements) encoder.append(bytes(each), 0, each.length)
  encoder.finish()
  return encoder.out.bytes.slice(0, encoder.out.length)
}

describe('packed values are taken over', () => {
  type Take = typeof takeSetPacked
  test.each<{title: string; take: Take; blob: Uint8Array; encoding: string; count: number}>([
    {
      title: 'set',
      take: takeSetPacked,
      blob: listpack(numbers(128, 'm')),
      encoding: 'listpack',
      count: 128,
    },
    {
      title: 'long members',
      take: takeSetPacked,
      blob: listpack(['x'.repeat(500)]),
      encoding: 'listpack',
      count: 1,
    },
    {
      title: 'large set',
      take: takeSetPacked,
      blob: listpack(numbers(129)),
      encoding: 'hashtable',
      count: 129,
    },
    {
      title: 'hash',
      take: takeHashPacked,
      blob: listpack(numbers(1024)),
      encoding: 'listpack',
      count: 512,
    },
    {
      title: 'large hash',
      take: takeHashPacked,
      blob: listpack(numbers(1026)),
      encoding: 'hashtable',
      count: 513,
    },
    {title: 'intset', take: takeSetIntset, blob: intset(512), encoding: 'intset', count: 512},
    {
      title: 'large intset',
      take: takeSetIntset,
      blob: intset(513),
      encoding: 'hashtable',
      count: 513,
    },
  ])('$title: $encoding', ({take, blob, encoding, count}) => {
    const engine = newEngine()
    const db = engine.keyspace.database(0)
    expect(take(db, addKey(db, 'k'), blob, 0, blob.length)).toBe(engine.find(0, 'k'))
    expect(engine.encoding(0, 'k')).toBe(encoding)
    expect(sorted(engine.value(0, 'k'))).toHaveLength(count)
  })
})

function intset(count: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 + count * 2))
  view.setUint32(0, 2, true)
  view.setUint32(4, count, true)
  for (let i = 0; i < count; i++) view.setInt16(8 + i * 2, i - 100, true)
  return new Uint8Array(view.buffer)
}

test('what was packed stays so, however long: servers look at the count alone', () => {
  const {keyspace} = newEngine()
  const loader = HASH_OPS.loader(keyspace)
  const long = bytes('x'.repeat(100))
  loader.begin('hash', RdbType.HASH_ZIPLIST, 1)
  loader.field(long, 0, 100)
  loader.value(long, 0, 100)
  loader.end()
  const db = keyspace.database(0)
  const entry = loader.into(db, addKey(db, 'k'))
  expect(HASH_OPS.encoding(keyspace, entry)).toBe('listpack')
})

test('an empty collection gives no value', () => {
  const {keyspace} = newEngine()
  const db = keyspace.database(0)
  for (const logical of ['set', 'hash'] as const) {
    const loader = OPS[logical].loader(keyspace)
    loader.begin(logical, RdbType.SET, 0)
    loader.end()
    expect(loader.into(db, addKey(db, logical))).toBe(0)
  }
})

test('a set of 200,000 members grows while others do', () => {
  const engine = newEngine()
  const wanted = new Set<string>()
  for (let i = 0; i < 200_000; i += 1000) {
    const members = Array.from({length: 1000}, (_, k) => `member:${(i + k) * 7919}`)
    for (const each of members) wanted.add(each)
    engine.run('SADD', 'k', ...members)
    engine.run('SADD', `small:${i}`, ...members.slice(0, 100))
  }
  engine.run('SREM', 'k', 'member:0')
  wanted.delete('member:0')
  expect(sorted(engine.value(0, 'k'))).toEqual([...wanted].sort())
})
