import {describe, expect, test} from '@jest/globals'
import {FormatError} from '../../../src/formats/errors.ts'
import {RdbReader, RdbRecord} from '../../../src/formats/rdb/reader.ts'
import {RdbOpcode} from '../../../src/formats/rdb/types.ts'
import {
  aux,
  bytes,
  entry,
  expireMs,
  expireSeconds,
  hex,
  len,
  rdbFile,
  resizeDb,
  selectDb,
  str,
  text,
} from '../../support/bytes.ts'
import {openReader} from '../../support/read-rdb.ts'

interface Seen {
  key: string
  db: number
  type: number
  offset: number
  expiresAtMs: number | null
  idleSeconds: number | null
  freq: number | null
}

/** All entries, their values stepped over. */
function entries(file: Uint8Array, slotSize = 1 << 20): Seen[] {
  const r = openReader(file, {slotSize})
  const seen: Seen[] = []
  r.readHeader()
  for (let record = r.next(); record !== RdbRecord.END; record = r.next()) {
    if (record !== RdbRecord.ENTRY) continue
    const {db, type, offset, expiresAtMs, idleSeconds, freq, c} = r
    r.skipValue()
    const key = text(c.memory.slice(c.pinStart, c.pinEnd))
    seen.push({key, db, type, offset, expiresAtMs, idleSeconds, freq})
  }
  return seen
}

/** What reading to the end throws. */
function thrown(file: Uint8Array): FormatError | null {
  try {
    entries(file)
  } catch (error) {
    if (error instanceof FormatError) return error
    throw error
  }
  return null
}

const a = entry(0, 'a', str('1'))

describe('the header', () => {
  test.each([
    ['REDIS0001', 1, 'redis'],
    ['REDIS0015', 15, 'redis'],
    ['VALKEY080', 80, 'valkey'],
  ])('%s is version %i of %s', (magic, version, dialect) => {
    const r = openReader(bytes(magic, 0xff))
    r.readHeader()
    expect([r.version, r.dialect]).toEqual([version, dialect])
  })

  test.each([
    ['NOTANRDB.', 'RDB_MAGIC', 0],
    ['REDIS00x1', 'RDB_VERSION', 5],
    ['REDIS 011', 'RDB_VERSION', 5],
    ['REDIS0000', 'RDB_VERSION', 5],
    ['REDIS0080', 'RDB_VERSION', 5],
    ['VALKEY011', 'RDB_VERSION', 6],
    ['REDIS0016', 'UNSUPPORTED', 0],
    ['VALKEY082', 'UNSUPPORTED', 0],
    ['REDIS00', 'TRUNCATED', 7],
  ])('%s is %s at %i', (magic, code, offset) => {
    const error = expect.objectContaining({code, offset})
    expect(() => openReader(bytes(magic)).readHeader()).toThrow(error)
  })
})

describe.each([1, 3, 1 << 20])('entries in slots of %i bytes', (slotSize) => {
  test('have the database and the attributes that stand before them', () => {
    const body = bytes(
      selectDb(3),
      resizeDb(3, 2),
      ...[expireMs(1234567890123), hex('f9 07'), entry(0, 'k', str('v'))],
      ...[expireSeconds(100), hex('f8 4064'), entry(0, 'l', str('w'))],
      entry(0, 'm', str('x')),
    )
    const seen = entries(rdbFile({version: 11, body}), slotSize)
    const first = 9 + 2 + 3
    expect(seen).toEqual([
      {
        ...{key: 'k', db: 3, type: 0, offset: first},
        ...{expiresAtMs: 1234567890123, idleSeconds: null, freq: 7},
      },
      {
        ...{key: 'l', db: 3, type: 0, offset: first + 9 + 2 + 5},
        ...{expiresAtMs: 100000, idleSeconds: 100, freq: null},
      },
      {
        ...{key: 'm', db: 3, type: 0, offset: first + 16 + 13},
        ...{expiresAtMs: null, idleSeconds: null, freq: null},
      },
    ])
  })

  test('keep their attributes over an AUX field in between, as KeyDB writes it', () => {
    const body = bytes(expireMs(5), aux('mvcc-tstamp', '77'), a, entry(0, 'b', str('2')))
    const seen = entries(rdbFile({version: 9, body}), slotSize)
    expect(seen.map(({key, expiresAtMs}) => [key, expiresAtMs])).toEqual([
      ['a', 5],
      ['b', null],
    ])
  })

  test('keep an expiry over SELECTDB, as servers do', () => {
    const body = bytes(expireMs(5), selectDb(2), a)
    const [seen] = entries(rdbFile({version: 9, body}), slotSize)
    expect([seen.db, seen.expiresAtMs]).toEqual([2, 5])
  })
})

describe('framing damage', () => {
  test.each<[string, Uint8Array, string, number]>([
    ['an unknown type', bytes('REDIS0011', 8), 'RDB_OPCODE', 9],
    ['an unknown opcode', bytes('REDIS0011', 200), 'RDB_OPCODE', 9],
    ['a hole of NUL bytes', bytes('REDIS0011', a, Buffer.alloc(6), a), 'RDB_NUL', 14],
    ['a key that is cut', bytes('REDIS0011', 0, len(5), 'abc'), 'TRUNCATED', 14],
    ['a value that is missing', bytes('REDIS0011', 0, str('k')), 'TRUNCATED', 12],
    ['no EOF', bytes('REDIS0011', a), 'TRUNCATED', 14],
    ['no checksum', bytes('REDIS0011', 0xff), 'TRUNCATED', 10],
    ['a checksum that is cut', bytes('REDIS0011', 0xff, 1, 2, 3), 'TRUNCATED', 13],
    ['a count beyond the input', bytes('REDIS0011', 2, str('k'), len(99)), 'RDB_COUNT', 12],
    [
      'a container of no kind',
      bytes('REDIS0011', 18, str('k'), 1, 3, str('')),
      'RDB_QUICKLIST',
      13,
    ],
    ['a module opcode of no kind', bytes('REDIS0011', 7, str('k'), 1, 9), 'RDB_MODULE', 13],
    ['key metadata that is cut', bytes('REDIS0013', 0xf3), 'TRUNCATED', 10],
  ])('%s', (_, file, code, offset) => {
    const error = thrown(file)
    expect([error?.code, error?.offset]).toEqual([code, offset])
  })
})

describe('damage inside a record whose end is known', () => {
  test.each<[string, Uint8Array, string]>([
    [
      'a type newer than the version',
      entry(20, 'k', str(hex('0a000000 0100 816102 ff'))),
      'RDB_TYPE_VERSION',
    ],
    ['an opcode newer than the version', bytes(0xf4, 1, 1, 0, a), 'RDB_TYPE_VERSION'],
    ['a damaged listpack', entry(16, 'k', str('not a listpack')), 'RDB_LISTPACK'],
    ['a damaged intset', entry(11, 'k', str('abc')), 'RDB_INTSET'],
    ['a member that is there twice', entry(2, 'k', bytes(2, str('m'), str('m'))), 'RDB_DUPLICATE'],
    ['a score that is not a number', entry(5, 'k', hex('01 0161 000000000000f87f')), 'RDB_SCORE'],
    ['an empty set', entry(2, 'k', bytes(0)), 'RDB_EMPTY'],
    ['a function without #!', bytes(0xf5, str('return 1')), 'RDB_FUNCTION'],
  ])('%s does not end the reading', (_, record, code) => {
    const file = rdbFile({version: 10, body: bytes(record, entry(0, 'last', str('v')))})
    const r = openReader(file)
    const codes: string[] = []
    const keys: string[] = []
    r.readHeader()
    for (;;) {
      try {
        const opcode = r.next()
        if (opcode === RdbRecord.END) break
        if (opcode !== RdbRecord.ENTRY) continue
        keys.push(text(r.c.memory.slice(r.c.pinStart, r.c.pinEnd)))
        r.skipValue()
      } catch (error) {
        if (!(error instanceof FormatError) || !error.framed) throw error
        codes.push(error.code)
      }
    }
    expect(codes).toEqual([code])
    expect(keys.at(-1)).toBe('last')
  })
})

describe('the checksum', () => {
  const read = (file: Uint8Array) => {
    const r = openReader(file)
    r.readHeader()
    while (r.next() !== RdbOpcode.EOF);
    return r
  }

  test('is verified', () => {
    const r = read(rdbFile({version: 5}))
    expect([r.checksum, r.endOffset]).toEqual(['present', 18])
  })

  test('of zero means that there is none', () => {
    expect(read(rdbFile({version: 11, checksum: 'zero'})).checksum).toBe('off')
  })

  test('does not exist before version 5', () => {
    const r = read(rdbFile({version: 4}))
    expect([r.checksum, r.endOffset]).toEqual(['none', 10])
  })

  test('that is wrong is a framed error at the checksum', () => {
    const error = thrown(rdbFile({version: 11, checksum: 'wrong'}))
    expect([error?.code, error?.offset, error?.framed]).toEqual(['RDB_CHECKSUM', 10, true])
  })
})

test('copyValue gives the bytes of the value as they are', () => {
  const value = bytes(3, str('x'), hex('c0 05'), hex('c3 06 15 01 6161 e00a00'))
  const r = openReader(rdbFile({version: 11, body: bytes(entry(1, 'list', value), a)}), {
    slotSize: 4,
  })
  const copied: number[] = []
  r.readHeader()
  r.next()
  r.copyValue({write: (memory, start, end) => void copied.push(...memory.subarray(start, end))})
  expect(Buffer.from(copied).equals(value)).toBe(true)
  expect(r.next()).toBe(RdbRecord.ENTRY)
})

test('keepRaw gives records that are no entries as they are', () => {
  const record = bytes(hex('81 0000000000000400 02 01 05 03 616263 00'))
  const r = new RdbReader(
    openReader(rdbFile({version: 9, body: bytes(0xf7, record)}), {slotSize: 5}).c,
    {
      keepRaw: true,
    },
  )
  r.readHeader()
  expect(r.next()).toBe(RdbOpcode.MODULE_AUX)
  expect(Buffer.from(r.record.raw).equals(record)).toBe(true)
})

test('framing only looks at no value', () => {
  const body = bytes(
    entry(16, 'k', str('not a listpack')),
    entry(2, 's', bytes(2, str('m'), str('m'))),
  )
  const r = new RdbReader(openReader(rdbFile({version: 10, body})).c, {deep: false})
  r.readHeader()
  for (let record = r.next(); record !== RdbRecord.END; record = r.next()) {
    if (record === RdbRecord.ENTRY) r.skipValue()
  }
  expect(r.entries).toBe(2)
})
