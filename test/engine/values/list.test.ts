import {describe, expect, test} from '@jest/globals'
import {LISTS_APPLY} from '../../../src/engine/apply/lists.ts'
import {Keyspace} from '../../../src/engine/keyspace.ts'
import {Kind, objectOf, releaseValue} from '../../../src/engine/values/kinds.ts'
import {LIST_OPS, takeListPacked} from '../../../src/engine/values/list.ts'
import type {ListNodes} from '../../../src/engine/values/list-nodes.ts'
import {NodeRing} from '../../../src/engine/values/node-ring.ts'
import {createKernel} from '../../../src/formats/kernel/kernel.ts'
import {collectValue} from '../../../src/formats/rdb/collect.ts'
import {loadKernelModule} from '../../../src/io/kernel-file.ts'
import {EngineUnderTest} from '../../support/engine.ts'
import {listpack} from '../../support/packed.ts'
import {seeded} from '../../support/random.ts'

const newKeyspace = () => new Keyspace(createKernel(loadKernelModule()))
const key = Buffer.from('key')

function texts(keyspace: Keyspace, entry: number): string[] {
  const value = collectValue((visit) => LIST_OPS.visit(keyspace, entry, visit))
  if (value.type !== 'list') throw new Error(value.type)
  return value.value.map((each) => Buffer.from(each).toString('latin1'))
}

/** Put a listpack into a new key. */
function take(blob: Uint8Array) {
  const keyspace = newKeyspace()
  const db = keyspace.database(0)
  const entry = db.add(key, 0, key.length, Kind.STRING)
  return {keyspace, db, entry, taken: takeListPacked(db, entry, blob, 0, blob.length)}
}

const LISTS: string[][] = [
  ['a'],
  ['', '5', '-0', '05', 'x'.repeat(8100)],
  Array.from({length: 5000}, (_, i) => String(i * 37)),
  Array.from({length: 100}, (_, i) => String(i).repeat(1 + (i % 70) * 30)),
  ['x'.repeat(3_000_000), 'b', 'y'.repeat(9000), 'z'.repeat(8192)],
]

describe.each(LISTS.map((list, i) => ({i, list})))('list $i', ({list}) => {
  const loaded = () => {
    const keyspace = newKeyspace()
    const db = keyspace.database(0)
    const loader = LIST_OPS.loader(keyspace)
    const entry = db.add(key, 0, key.length, Kind.STRING)
    loader.begin('list', 1, list.length)
    for (const each of list) loader.member(Buffer.from(each), 0, each.length)
    loader.end()
    expect(loader.into(db, entry)).toBe(entry)
    return {keyspace, db, entry}
  }

  test('comes out as it was read, and is what commands make of it', () => {
    const {keyspace, entry} = loaded()
    expect(texts(keyspace, entry)).toEqual(list)
    const engine = new EngineUnderTest(LISTS_APPLY, {list: LIST_OPS})
    for (const each of list) engine.run('RPUSH', 'key', each)
    expect(engine.encoding(0, 'key')).toBe(LIST_OPS.encoding(keyspace, entry))
    expect(texts(engine.keyspace, engine.find(0, 'key'))).toEqual(list)
  })

  test('is copied, and lives on its own', () => {
    const {keyspace, db, entry} = loaded()
    const other = Buffer.from('other')
    const copy = db.add(other, 0, other.length, Kind.STRING)
    expect(LIST_OPS.copy(db, entry, db, copy)).toBe(copy)
    db.remove(entry)
    expect(texts(keyspace, copy)).toEqual(list)
  })
})

test('a loader is used again, whatever it was given before', () => {
  const keyspace = newKeyspace()
  const db = keyspace.database(0)
  const loader = LIST_OPS.loader(keyspace)
  const before = keyspace.arena.used
  const entry = db.add(key, 0, key.length, Kind.STRING)
  for (const list of [...LISTS, [], ['last']]) {
    loader.begin('list', 1, 1)
    loader.member(Buffer.from('abandoned'), 0, 9)
    loader.begin('list', 1, list.length)
    for (const each of list) loader.member(Buffer.from(each), 0, each.length)
    loader.end()
    expect(loader.into(db, entry)).toBe(list.length === 0 ? 0 : entry)
    if (list.length > 0) expect(texts(keyspace, entry)).toEqual(list)
    releaseValue(keyspace, entry)
  }
  db.remove(entry)
  // One long value is kept staged.
  expect(keyspace.arena.used - before).toBeLessThan(4_000_000)
})

describe('a listpack that is taken over', () => {
  test('stays one up to 8 KiB', () => {
    const {keyspace, entry, taken} = take(listpack(['x'.repeat(4000), 'y'.repeat(4174)]))
    expect([taken === entry, LIST_OPS.encoding(keyspace, entry)]).toEqual([true, 'listpack'])
    expect(texts(keyspace, entry)).toEqual(['x'.repeat(4000), 'y'.repeat(4174)])
  })

  test('is one node of many above', () => {
    const {keyspace, entry} = take(listpack(['x'.repeat(4000), 'y'.repeat(4175)]))
    expect(LIST_OPS.encoding(keyspace, entry)).toBe('quicklist')
    expect(objectOf<ListNodes>(keyspace, entry).length).toBe(1)
  })

  test('is no list when it is empty', () => {
    const {keyspace, taken, entry, db} = take(listpack([]))
    expect(taken).toBe(0)
    expect(db.kind(entry)).toBe(Kind.STRING)
    expect(keyspace.arena.used).toBeLessThan(1000)
  })
})

test('a ring holds what an array does', () => {
  const random = seeded(3)
  const ring = new NodeRing()
  const array: number[] = []
  for (let step = 0; step < 5000; step++) {
    const i = random.int(array.length + 1)
    if (random.int(100) < (step < 2500 ? 60 : 40) || i === array.length) {
      array.splice(i, 0, step)
      ring.insert(i, step)
    } else {
      array.splice(i, 1)
      ring.remove(i)
    }
    expect(ring.length).toBe(array.length)
    if (step % 50 === 0) expect(array.map((_, k) => ring.at(k))).toEqual(array)
  }
})
