import {describe, expect, test} from '@jest/globals'
import {FormatError} from '../../../src/formats/errors.ts'
import {RdbRecord} from '../../../src/formats/rdb/reader.ts'
import {findEntry} from '../../../src/formats/rdb/resync.ts'
import {
  bytes,
  entry,
  expireMs,
  rdbFile,
  resizeDb,
  selectDb,
  str,
  text,
} from '../../support/bytes.ts'
import {openReader} from '../../support/read-rdb.ts'

const strings = (count: number) =>
  Buffer.concat(Array.from({length: count}, (_, i) => entry(0, `key:${i}`, str(`value ${i}`))))

/** Read until the damage, look for the next entry, and give its offset and key; null when there is none. */
function resync(file: Uint8Array): {offset: number; key: string; db: number} | null {
  const r = openReader(file)
  r.readHeader()
  try {
    for (let record = r.next(); record !== RdbRecord.END; record = r.next()) {
      if (record === RdbRecord.ENTRY) r.skipValue()
    }
  } catch (error) {
    if (!(error instanceof FormatError) || error.framed) throw error
  }
  if (!findEntry(r)) return null
  const {offset} = r.c
  while (r.next() !== RdbRecord.ENTRY);
  return {offset, key: text(r.c.memory.slice(r.c.pinStart, r.c.pinEnd)), db: r.db}
}

const header = (version = 11) => bytes(`REDIS00${version}`, selectDb(0), strings(3))

describe('behind damage', () => {
  test.each([
    ['a few bytes', Buffer.from([8, 0xee, 0xee])],
    ['a run of NUL bytes', Buffer.alloc(5000)],
    ['text', Buffer.from('Lorem ipsum dolor sit amet '.repeat(100))],
    ['more than a window holds', Buffer.alloc(3_000_000, 0xee)],
  ])('%s: the next entry is found where it starts', (_, damage) => {
    // A byte that is neither opcode nor type ends the reading before what may look like an entry.
    const before = bytes(header(), 8, damage)
    expect(resync(bytes(before, strings(10)))).toEqual({offset: before.length, key: 'key:0', db: 0})
  })

  test('an entry is found with its expiry', () => {
    const before = bytes(header(), 8)
    const found = resync(bytes(before, expireMs(1700000000000), strings(10)))
    expect(found?.offset).toBe(before.length)
  })

  test('a database that begins there is found with its number', () => {
    const before = bytes(header(), 8, 0xee)
    const found = resync(bytes(before, selectDb(5), resizeDb(10, 0), strings(10)))
    expect(found).toEqual({offset: before.length, key: 'key:0', db: 5})
  })

  test('the last entries are enough when the file ends behind them', () => {
    const file = rdbFile({version: 11, body: bytes(strings(3), 8, strings(1))})
    expect(resync(file)?.key).toBe('key:0')
  })

  test('a single entry in the middle of damage is not enough', () => {
    expect(resync(bytes(header(), 8, strings(2), Buffer.alloc(100, 0xee)))).toBeNull()
  })

  test('nothing is found in random bytes', () => {
    const random = Uint8Array.from(
      {length: 200_000},
      (_, i) => (Math.imul(i ^ 0x5bd1e995, 0x27d4eb2d) >>> 15) & 255,
    )
    expect(resync(bytes(header(), 8, random))).toBeNull()
  })
})
