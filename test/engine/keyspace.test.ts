import {expect, test} from '@jest/globals'
import type {Database} from '../../src/engine/database.ts'
import {Keyspace} from '../../src/engine/keyspace.ts'
import {Kind} from '../../src/engine/values/kinds.ts'
import {createKernel} from '../../src/formats/kernel/kernel.ts'
import {loadKernelModule} from '../../src/io/kernel-file.ts'
import {seeded} from '../support/random.ts'

const newKeyspace = () => new Keyspace(createKernel(loadKernelModule()))
const key = (text: string) => Buffer.from(text, 'latin1')

function find(db: Database, text: string): number {
  const bytes = key(text)
  return db.find(bytes, 0, bytes.length)
}

function add(db: Database, text: string): number {
  const bytes = key(text)
  return db.add(bytes, 0, bytes.length, Kind.STRING)
}

function keys(db: Database): string[] {
  return [...db.entries()]
    .map((entry) => {
      const {memory} = db.keyspace.arena
      return Buffer.from(memory.slice(db.keyStart(entry), db.keyEnd(entry))).toString('latin1')
    })
    .sort()
}

test('a database finds what was added and not removed, as a map does', () => {
  const keyspace = newKeyspace()
  const db = keyspace.database(0)
  const map = new Set<string>()
  const random = seeded(7)
  for (let i = 0; i < 60_000; i++) {
    const name = `key:${random.int(9000)}${'x'.repeat(random.int(40))}`
    const entry = find(db, name)
    expect(entry !== 0).toBe(map.has(name))
    if (entry === 0) {
      add(db, name)
      map.add(name)
    } else if (random.int(3) === 0) {
      db.remove(entry)
      map.delete(name)
    } else {
      db.resize(entry, random.int(500))
    }
  }
  expect(db.size).toBe(map.size)
  expect(keys(db)).toEqual([...map].sort())
})

test('expiries are counted', () => {
  const db = newKeyspace().database(0)
  const entry = add(db, 'a')
  expect([db.expiresAtMs(entry), db.expires]).toEqual([null, 0])
  db.setExpiry(entry, 5)
  db.setExpiry(entry, -6)
  expect([db.expiresAtMs(entry), db.expires]).toEqual([-6, 1])
  db.remove(entry)
  expect(db.expires).toBe(0)
})

test('databases exchange their contents, and flush leaves nothing', () => {
  const keyspace = newKeyspace()
  add(keyspace.database(0), 'a')
  add(keyspace.database(3), 'b')
  keyspace.swap(0, 3)
  expect([keys(keyspace.database(0)), keys(keyspace.database(3))]).toEqual([['b'], ['a']])
  keyspace.flushAll()
  expect([keyspace.numbers(), keyspace.database(0).size]).toEqual([[], 0])
})

test('keys of any length and bytes', () => {
  const db = newKeyspace().database(0)
  for (const name of ['', '\0', '\xff'.repeat(70_000), 'a'.repeat(3_000_000)]) add(db, name)
  expect(find(db, 'a'.repeat(3_000_000))).not.toBe(0)
  expect(find(db, 'a'.repeat(2_999_999))).toBe(0)
  expect(db.size).toBe(4)
})

test('memory of removed keys is used again', () => {
  const keyspace = newKeyspace()
  const db = keyspace.database(0)
  const before = keyspace.arena.used
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 5000; i++) add(db, `key:${i}`)
    for (let i = 0; i < 5000; i++) db.remove(find(db, `key:${i}`))
  }
  expect(keyspace.arena.used - before).toBeLessThan(100_000)
})
