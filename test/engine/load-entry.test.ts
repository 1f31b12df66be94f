/** Keys go into their table many at a time: nobody must notice. */
import {expect, test} from '@jest/globals'
import {Keyspace} from '../../src/engine/keyspace.ts'
import {EntryLoader} from '../../src/engine/load-entry.ts'
import {stringEnd, stringStart} from '../../src/engine/values/string.ts'
import {createKernel} from '../../src/formats/kernel/kernel.ts'
import {ENGINE_HEAP} from '../../src/formats/kernel/layout.ts'
import {RdbRecord} from '../../src/formats/rdb/reader.ts'
import {RdbOpcode, RdbType} from '../../src/formats/rdb/types.ts'
import {text} from '../../src/formats/text.ts'
import {loadKernelModule} from '../../src/io/kernel-file.ts'
import {bytes, len, rdbFile, str, u32le} from '../support/bytes.ts'
import {openReader} from '../support/read-rdb.ts'

const string = (key: string, value: string) => bytes(RdbType.STRING, str(key), str(value))
const expiring = (entry: Buffer) => bytes(RdbOpcode.EXPIRETIME, u32le(2_000_000_000), entry)
/** Too many members for anything but a table. */
const largeSet = (key: string) => {
  const members = Array.from({length: 1000}, (_, i) => str(`member ${i}`))
  return bytes(RdbType.SET, str(key), len(members.length), ...members)
}

/** Load entries over memory that was used for something else. */
function load(...entries: Buffer[]) {
  const kernel = createKernel(loadKernelModule())
  kernel.memory.grow(64)
  new Uint8Array(kernel.memory.buffer).fill(0xff, ENGINE_HEAP)
  const keyspace = new Keyspace(kernel)
  const loader = new EntryLoader(keyspace)
  const r = openReader(rdbFile({version: 11, body: bytes(...entries)}))
  r.readHeader()
  for (let record = r.next(); record !== RdbRecord.END; record = r.next()) {
    if (record === RdbRecord.ENTRY) loader.load(r)
  }
  loader.finish()
  return {keyspace, loader}
}

function stringOf(keyspace: Keyspace, key: string, number = 0): string | null {
  const db = keyspace.database(number)
  const entry = db.find(Buffer.from(key), 0, key.length)
  if (entry === 0) return null
  return text(
    keyspace.arena.memory.subarray(stringStart(keyspace, entry), stringEnd(keyspace, entry)),
  )
}

test('of keys that are there twice the last one counts, wherever they are', () => {
  const many = Array.from({length: 300}, (_, i) => string(`key ${i}`, 'old'))
  const again = Array.from({length: 300}, (_, i) => string(`key ${i * 2}`, `new ${i}`))
  const {keyspace, loader} = load(
    largeSet('a'),
    expiring(string('a', 'second')),
    string('a', 'third'),
    ...many,
    largeSet('b'),
    ...again,
    expiring(string('b', 'last')),
    string('c', 'x'.repeat(100_000)),
  )
  const db = keyspace.database(0)
  expect([db.size, db.expires, loader.duplicates]).toEqual([453, 1, 153])
  expect(stringOf(keyspace, 'a')).toBe('third')
  expect(stringOf(keyspace, 'b')).toBe('last')
  expect(stringOf(keyspace, 'c')).toHaveLength(100_000)
  for (let i = 0; i < 300; i++) {
    expect(stringOf(keyspace, `key ${i}`)).toBe(i % 2 === 0 ? `new ${i / 2}` : 'old')
  }
  const before = keyspace.arena.used
  keyspace.flushAll()
  expect(keyspace.arena.used).toBeLessThan(before)
})

test('keys of several databases', () => {
  const select = (db: number) => bytes(RdbOpcode.SELECTDB, len(db))
  const {keyspace} = load(
    select(0),
    string('a', '0'),
    select(7),
    string('a', '7'),
    string('b', '8'),
  )
  expect(keyspace.numbers()).toEqual([0, 7])
  expect([stringOf(keyspace, 'a'), stringOf(keyspace, 'a', 7), stringOf(keyspace, 'b', 7)]).toEqual(
    ['0', '7', '8'],
  )
})
