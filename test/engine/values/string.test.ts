import {expect, test} from '@jest/globals'
import {Keyspace} from '../../../src/engine/keyspace.ts'
import {Kind} from '../../../src/engine/values/kinds.ts'
import {
  appendString,
  growString,
  Origin,
  STRING_OPS,
  setString,
  stringEnd,
  stringStart,
} from '../../../src/engine/values/string.ts'
import {createKernel} from '../../../src/formats/kernel/kernel.ts'
import {loadKernelModule} from '../../../src/io/kernel-file.ts'
import {seeded} from '../../support/random.ts'

function newDatabase() {
  const keyspace = new Keyspace(createKernel(loadKernelModule()))
  const db = keyspace.database(0)
  const add = (name: string) => db.add(Buffer.from(name), 0, name.length, Kind.STRING)
  const bytesOf = (entry: number) =>
    Buffer.from(
      keyspace.arena.memory.slice(stringStart(keyspace, entry), stringEnd(keyspace, entry)),
    )
  return {keyspace, db, add, bytesOf}
}

test.each([
  ['', 'embstr'],
  ['0', 'int'],
  ['-9223372036854775808', 'int'],
  ['9223372036854775808', 'embstr'],
  ['007', 'embstr'],
  ['x'.repeat(44), 'embstr'],
  ['x'.repeat(45), 'raw'],
])('a string given as %p is %s', (text, encoding) => {
  const {keyspace, db, add} = newDatabase()
  const entry = setString(db, add('k'), Buffer.from(text), 0, text.length)
  expect(STRING_OPS.encoding(keyspace, entry)).toBe(encoding)
})

test('a string is raw once it was edited, and a float is no integer', () => {
  const {keyspace, db, add, bytesOf} = newDatabase()
  const float = setString(db, add('float'), Buffer.from('3'), 0, 1, Origin.FLOAT)
  expect(STRING_OPS.encoding(keyspace, float)).toBe('embstr')
  const edited = appendString(db, add('k'), Buffer.from('12'), 0, 2)
  expect(STRING_OPS.encoding(keyspace, edited)).toBe('raw')
  const copied = STRING_OPS.copy(db, edited, db, add('copy'))
  expect([STRING_OPS.encoding(keyspace, copied), bytesOf(copied).toString()]).toEqual(['raw', '12'])
  const whole = setString(db, copied, Buffer.from('7'), 0, 1)
  expect(STRING_OPS.encoding(keyspace, whole)).toBe('int')
})

test('a string grows with zeros behind it, and never shrinks by that', () => {
  const {db, add, bytesOf} = newDatabase()
  const entry = growString(db, setString(db, add('k'), Buffer.from('ab'), 0, 2), 300)
  expect(bytesOf(entry)).toEqual(Buffer.concat([Buffer.from('ab'), Buffer.alloc(298)]))
  expect(bytesOf(growString(db, entry, 5))).toHaveLength(300)
})

test('strings of many lengths beside each other keep their bytes', () => {
  const {db, add, bytesOf} = newDatabase()
  const random = seeded(3)
  const wanted = new Map<string, Buffer>()
  for (let i = 0; i < 20_000; i++) {
    const name = `key:${random.int(200)}`
    const bytes = random.bytes(random.int(random.pick([10, 60, 300])))
    const found = db.find(Buffer.from(name), 0, name.length)
    const entry = found || add(name)
    if (random.int(2)) {
      appendString(db, entry, bytes, 0, bytes.length)
      wanted.set(name, Buffer.concat([wanted.get(name) ?? Buffer.alloc(0), bytes]))
    } else {
      setString(db, entry, bytes, 0, bytes.length)
      wanted.set(name, bytes)
    }
  }
  for (const [name, bytes] of wanted) {
    expect(bytesOf(db.find(Buffer.from(name), 0, name.length)).equals(bytes)).toBe(true)
  }
})

test('a copy is whole though the memory is replaced meanwhile', () => {
  const {keyspace, db, add, bytesOf} = newDatabase()
  const bytes = seeded(9).bytes(700_000)
  setString(db, add('source'), bytes, 0, bytes.length)
  let grown = 0
  for (let i = 0; i < 60; i++) {
    const {memory} = keyspace.arena
    const source = db.find(Buffer.from('source'), 0, 6)
    const copied = STRING_OPS.copy(db, source, db, add(`copy:${i}`))
    if (keyspace.arena.memory !== memory) grown++
    expect(bytesOf(copied).equals(bytes)).toBe(true)
  }
  expect(grown).toBeGreaterThan(0)
})

test('a string loaded in pieces', () => {
  const {keyspace, db, add, bytesOf} = newDatabase()
  const loader = STRING_OPS.loader(keyspace)
  const load = (pieces: Buffer[], name: string) => {
    loader.begin('string', 0, 1)
    for (const piece of pieces) loader.piece(piece, 0, piece.length)
    loader.end()
    return bytesOf(loader.into(db, add(name)))
  }
  const random = seeded(4)
  expect(load([], 'none')).toEqual(Buffer.alloc(0))
  for (const sizes of [[0], [5], [3, 0, 70], [1000, 1, 900_000, 5, 800_000], [2]]) {
    const pieces = sizes.map((size) => Buffer.alloc(size, random.bytes(7)))
    expect(load(pieces, `k${sizes}`).equals(Buffer.concat(pieces))).toBe(true)
  }
})
