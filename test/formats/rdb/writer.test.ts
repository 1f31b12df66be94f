import {describe, expect, test} from '@jest/globals'
import {UnsupportedByTarget} from '../../../src/formats/rdb/features.ts'
import {RdbType} from '../../../src/formats/rdb/types.ts'
import {type EntryHead, RdbWriter, type RdbWriterOptions} from '../../../src/formats/rdb/writer.ts'
import {
  aux,
  bytes,
  hex,
  i64le,
  len,
  type Part,
  rdbFile,
  resizeDb,
  selectDb,
  str,
} from '../../support/bytes.ts'
import type {DigestRules} from '../../support/digest.ts'
import type {Row} from '../../support/fixtures.ts'
import {kernel} from '../../support/kernel.ts'
import {listpack, quicklistNode, ziplist} from '../../support/packed.ts'
import {openReader, readRdb} from '../../support/read-rdb.ts'
import * as visits from '../../support/visits.ts'
import {MemorySink, written} from '../../support/write-rdb.ts'

const RULES: DigestRules = {scores: 'fpconv', fieldTtl: true, unsignedZero: false}
const redis = (version: number): RdbWriterOptions => ({dialect: 'redis', version})
const valkey = (version: number): RdbWriterOptions => ({dialect: 'valkey', version})

const head = (key: Part = 'k', attributes: Partial<EntryHead> = {}): EntryHead => {
  const memory = bytes(key)
  const none = {expiresAtMs: null, idleSeconds: null, freq: null}
  return {memory, keyStart: 0, keyEnd: memory.length, ...none, ...attributes}
}

/** The file with one key. */
const fileOf = (options: RdbWriterOptions, visit: visits.Visit, sink?: MemorySink): Buffer =>
  written(options, (writer) => visit(writer.beginEntry(head())), sink)

/** The type byte and the bytes of the value. Magic and key are 9 and 2 bytes long. */
function encodingOf(options: RdbWriterOptions, visit: visits.Visit): {type: number; value: Buffer} {
  const file = fileOf({compression: false, ...options}, visit)
  return {type: file[9], value: file.subarray(12, -9)}
}

function rowOf(options: RdbWriterOptions, visit: visits.Visit, sink?: MemorySink): Row {
  const {rows, faults, error} = readRdb(fileOf(options, visit, sink), {rules: RULES})
  expect([error, faults]).toEqual([null, []])
  expect(rows.length).toBe(1)
  return rows[0]
}

const numbered = (count: number, prefix = 'm'): string[] =>
  Array.from({length: count}, (_, i) => `${prefix}${i}`)

describe('RdbWriter', () => {
  test('writes the parts of a file in the order they are given', () => {
    const file = written(redis(12), (writer) => {
      writer.aux('redis-ver', '7.4.1')
      writer.functionLibrary(bytes('#!lua name=a\n'))
      writer.selectDb(3)
      writer.resizeDb(2, 1)
      writer.slotInfo(100, 2, 1)
      const attributes = {expiresAtMs: 4102444800123, idleSeconds: 7}
      visits.string('v')(writer.beginEntry(head('a', attributes)))
      visits.string('5')(writer.beginEntry(head('b', {freq: 9})))
    })
    const body = bytes(
      aux('redis-ver', '7.4.1'),
      bytes(0xf5, str('#!lua name=a\n')),
      bytes(selectDb(3), resizeDb(2, 1), 0xf4, len(100), len(2), len(1)),
      bytes(0xfc, i64le(4102444800123), 0xf8, 7, 0, str('a'), str('v')),
      bytes(0xf9, 9, 0, str('b'), 0xc0, 5),
    )
    expect(file.toString('hex')).toBe(rdbFile({version: 12, body}).toString('hex'))
  })

  test.each([
    [redis(6), 'REDIS0006'],
    [redis(12), 'REDIS0012'],
    [valkey(11), 'REDIS0011'],
    [valkey(80), 'VALKEY080'],
  ])('begins and ends a file of %j', (options, magic) => {
    const file = written(options, () => {})
    expect(file.length).toBe(18)
    expect(file.toString('latin1', 0, 9)).toBe(magic)
    expect(readRdb(file, {rules: RULES})).toMatchObject({
      error: null,
      reader: {checksum: 'present'},
    })
  })

  test('leaves the checksum zero when it is off', () => {
    const file = written({...redis(10), checksum: false}, (writer) => writer.selectDb(0))
    expect(file.subarray(-8)).toEqual(Buffer.alloc(8))
  })

  test.each([redis(5), redis(16), valkey(10), valkey(12), valkey(82)])('refuses %j', (options) => {
    expect(() => new RdbWriter(new MemorySink(), kernel, options)).toThrow(RangeError)
  })

  test('leaves out what is only a hint for older versions, and counts it', () => {
    const {dropped} = countDropped(6, (writer) => {
      writer.aux('redis-ver', '7.0.0')
      writer.aux('ctime', '1')
      writer.resizeDb(1, 0)
      visits.string('v')(writer.beginEntry(head('k', {idleSeconds: 1, freq: 2})))
    })
    expect([...dropped]).toEqual([
      ['aux', 2],
      ['size-hints', 1],
      ['idle', 1],
      ['frequency', 1],
    ])
  })

  test('does not write an empty collection', () => {
    for (const empty of [visits.list([]), visits.set([]), visits.zset([]), visits.hash([])]) {
      expect(fileOf(redis(10), empty).length).toBe(18)
      expect(fileOf(redis(6), empty).length).toBe(18)
    }
  })
})

function countDropped(version: number, calls: (writer: RdbWriter) => void): RdbWriter {
  let kept: RdbWriter | null = null
  written(redis(version), (writer) => {
    kept = writer
    calls(writer)
  })
  return kept!
}

describe('strings', () => {
  const value = (text: string, compression = true) =>
    fileOf({...redis(10), compression}, visits.string(text))
      .subarray(12, -9)
      .toString('hex')

  test.each([
    ['', '00'],
    ['0', 'c000'],
    ['-128', 'c080'],
    ['128', 'c18000'],
    ['-32768', 'c10080'],
    ['32768', 'c200800000'],
    ['-2147483648', 'c200000080'],
    ['2147483647', 'c2ffffff7f'],
    ['2147483648', '0a32313437343833363438'],
    ['-0', '022d30'],
    ['0100', '0430313030'],
    ['+1', '022b31'],
  ])('writes %j as servers do', (text, expected) => {
    expect(value(text)).toBe(expected)
  })

  test('compresses from 21 bytes on, where it saves four', () => {
    expect(value('a'.repeat(20))).toBe(`14${'61'.repeat(20)}`)
    expect(value('a'.repeat(21))).toMatch(/^c30[56]15/)
    expect(value('a'.repeat(21), false)).toBe(`15${'61'.repeat(21)}`)
    expect(value('abcdefghijklmnopqrstuvwxyz')).toMatch(/^1a61/)
  })

  test('takes a string in pieces', () => {
    const row = rowOf(redis(10), visits.string('one', '', 'two', 'x'.repeat(100)))
    expect(Buffer.from(String(row.value), 'base64').toString()).toBe(`onetwo${'x'.repeat(100)}`)
  })
})

describe('the type of a collection, by target and size', () => {
  const {LIST, LIST_ZIPLIST, LIST_QUICKLIST, LIST_QUICKLIST_2} = RdbType
  const {SET, SET_INTSET, SET_LISTPACK, HASH, HASH_ZIPLIST, HASH_LISTPACK} = RdbType
  const {ZSET, ZSET_2, ZSET_ZIPLIST, ZSET_LISTPACK} = RdbType
  const fields = (count: number, value = 'v') =>
    visits.hash(numbered(count).map((field) => [field, value]))
  const scored = (count: number, member = 'm') =>
    visits.zset(numbered(count, member).map((each, i) => [each, i]))
  const ints = (count: number) => visits.set(Array.from({length: count}, (_, i) => `${i * 1e12}`))

  test.each([
    ['a list of 512', visits.list(numbered(512)), LIST_ZIPLIST, LIST_QUICKLIST, LIST_QUICKLIST_2],
    ['a list of 513', visits.list(numbered(513)), LIST, LIST_QUICKLIST, LIST_QUICKLIST_2],
    ['65 bytes in a list', visits.list(['x'.repeat(65)]), LIST, LIST_QUICKLIST, LIST_QUICKLIST_2],
    ['a set of 512 integers', ints(512), SET_INTSET, SET_INTSET, SET_INTSET],
    ['a set of 513 integers', ints(513), SET, SET, SET],
    ['a set of 128 texts', visits.set(numbered(128)), SET, SET, SET_LISTPACK],
    ['a set of 129 texts', visits.set(numbered(129)), SET, SET, SET],
    ['64 bytes in a set', visits.set(['x'.repeat(64), '1']), SET, SET, SET_LISTPACK],
    ['65 bytes in a set', visits.set(['1', 'x'.repeat(65)]), SET, SET, SET],
    ['127 integers and a text', visits.set([...numbered(127, '1'), 'a']), SET, SET, SET_LISTPACK],
    ['128 integers and a text', visits.set([...numbered(128, '1'), 'a']), SET, SET, SET],
    ['a hash of 512', fields(512), HASH_ZIPLIST, HASH_ZIPLIST, HASH_LISTPACK],
    ['a hash of 513', fields(513), HASH, HASH, HASH],
    ['64 bytes in a hash', fields(3, 'x'.repeat(64)), HASH_ZIPLIST, HASH_ZIPLIST, HASH_LISTPACK],
    ['65 bytes in a hash', fields(3, 'x'.repeat(65)), HASH, HASH, HASH],
    ['a zset of 128', scored(128), ZSET_ZIPLIST, ZSET_ZIPLIST, ZSET_LISTPACK],
    ['a zset of 129', scored(129), ZSET, ZSET_2, ZSET_2],
    ['65 bytes in a zset', scored(2, 'x'.repeat(65)), ZSET, ZSET_2, ZSET_2],
  ])('%s', (_title, visit, in6, in9, in11) => {
    const types = [redis(6), redis(9), redis(11), valkey(80)].map((o) => encodingOf(o, visit).type)
    expect(types).toEqual([in6, in9, in11, in11])
  })

  test('a hash of one that is a listpack from version 10 on, and a zset', () => {
    expect(encodingOf(redis(9), fields(1)).type).toBe(HASH_ZIPLIST)
    expect(encodingOf(redis(10), fields(1)).type).toBe(HASH_LISTPACK)
    expect(encodingOf(redis(10), scored(1)).type).toBe(ZSET_LISTPACK)
    expect(encodingOf(redis(10), visits.set(numbered(2))).type).toBe(SET)
    expect(encodingOf(redis(7), scored(129)).type).toBe(ZSET)
    expect(encodingOf(redis(8), scored(129)).type).toBe(ZSET_2)
  })

  test.each([redis(6), redis(7), redis(9), redis(10), redis(12), valkey(80)])(
    'is the same whether the count is known before or not, for %j',
    (options) => {
      for (const size of [1, 128, 129, 512, 513, 2000]) {
        const texts = numbered(size)
        const same = (known: visits.Visit, unknown: visits.Visit) =>
          expect(fileOf(options, unknown).equals(fileOf(options, known))).toBe(true)
        same(visits.list(texts, size), visits.list(texts, -1))
        same(visits.set(texts), visits.set(texts, -1))
        const pairs = texts.map((text) => [text, 'v'] as const)
        same(visits.hash(pairs), visits.hash(pairs, RdbType.HASH, -1))
        const scores = texts.map((text, i) => [text, size - i] as const)
        same(visits.zset(scores), visits.zset(scores, RdbType.ZSET_2, -1))
      }
    },
  )
})

describe('lists', () => {
  const big = 'x'.repeat(8193)

  test('elements over the node size stand alone from Redis 7.4 on and in Valkey', () => {
    const visit = visits.list(['a', big, 'b'])
    const plain = bytes(
      len(3),
      quicklistNode(2, listpack(['a'])),
      quicklistNode(1, bytes(big)),
      quicklistNode(2, listpack(['b'])),
    )
    expect(encodingOf(redis(12), visit).value.equals(plain)).toBe(true)
    expect(encodingOf(valkey(80), visit).value.equals(plain)).toBe(true)
    const packed = bytes(
      len(3),
      quicklistNode(2, listpack(['a'])),
      quicklistNode(2, listpack([big])),
      quicklistNode(2, listpack(['b'])),
    )
    expect(encodingOf(redis(11), visit).value.equals(packed)).toBe(true)
  })

  test('nodes of RDB 9 are ziplists of up to 8 KiB', () => {
    const members = Array.from({length: 100}, (_, i) => `${i}`.padStart(200, 'x'))
    const {value} = encodingOf(redis(9), visits.list(members))
    const first = ziplist(members.slice(0, 40))
    expect(value[0]).toBe(3)
    expect(value.subarray(1, 3 + first.length)).toEqual(bytes(len(first.length), first))
  })
})

describe('sorted sets', () => {
  test('packed ones are in order of score, then member', () => {
    const members = [
      ['b', 1],
      ['inf', Number.POSITIVE_INFINITY],
      ['a', 1],
      ['ab', 1],
      ['low', Number.NEGATIVE_INFINITY],
      ['half', 0.1],
      ['zero', -0],
    ] as const
    const texts = (tenth: string) =>
      ['low', '-inf', 'zero', '-0', 'half', tenth, 'a', 1, 'ab', 1, 'b', 1, 'inf', 'inf'] as const
    const old = ziplist(texts('0.10000000000000001'))
    expect(encodingOf(redis(6), visits.zset(members)).value).toEqual(bytes(len(old.length), old))
    const recent = listpack(texts('0.1'))
    expect(encodingOf(redis(11), visits.zset(members)).value).toEqual(
      bytes(len(recent.length), recent),
    )
  })

  test('plain ones go from high to low', () => {
    const up = numbered(200).map((member, i) => [member, i] as const)
    const down = encodingOf(redis(10), visits.zset(up.toReversed()))
    expect(encodingOf(redis(10), visits.zset(up, RdbType.ZSET_LISTPACK))).toEqual(down)
    expect(down.value.subarray(0, 7)).toEqual(bytes(len(200), 4, 'm199'))
  })

  test('scores of RDB 7 are texts', () => {
    const members = [
      ['x'.repeat(65), 0.5],
      ['i', Number.POSITIVE_INFINITY],
      ['j', Number.NEGATIVE_INFINITY],
      ['z', -0],
    ] as const
    const {value} = encodingOf(redis(7), visits.zset(members))
    const text = (each: string) => bytes(each.length, each)
    expect(value).toEqual(
      bytes(4, str(members[0][0]), text('0.5'), str('i'), 254, str('j'), 255, str('z'), text('-0')),
    )
  })
})

describe('hashes with expiring fields', () => {
  const FIELDS = [
    ['a', '1'],
    ['b', '2', 2000000000000],
    ['c', 'x', 1900000000000],
  ] as const
  const {HASH_METADATA, HASH_LISTPACK_EX, HASH_2} = RdbType

  test('are written as Redis 7.4 does', () => {
    expect(encodingOf(redis(12), visits.hash(FIELDS, HASH_2))).toEqual({
      type: HASH_LISTPACK_EX,
      value: hex(
        '0038d360ba010000 2d 2d000000 0900 8163 02 8178 02 f4 0038d360ba010000 09' +
          '8162 02 02 01 f4 00204aa9d1010000 09 8161 02 01 01 00 01 ff',
      ),
    })
  })

  test('are written as Valkey 9 does', () => {
    expect(encodingOf(valkey(80), visits.hash(FIELDS, HASH_LISTPACK_EX))).toEqual({
      type: HASH_2,
      value: hex(
        '03 0161 c001 ffffffffffffffff 0162 c002 00204aa9d1010000 0163 0178 0038d360ba010000',
      ),
    })
  })

  test('are counted from the smallest expiry when they do not fit a listpack', () => {
    const visit = visits.hash([['a', 'x'.repeat(65)], ...FIELDS.slice(1)], HASH_2)
    const {type, value} = encodingOf(redis(12), visit)
    expect(type).toBe(HASH_METADATA)
    expect(value.subarray(0, 10).toString('hex')).toBe('0038d360ba0100000300')
    expect(rowOf(redis(12), visit).value).toEqual([
      ['YQ==', Buffer.from('x'.repeat(65)).toString('base64'), null],
      ['Yg==', 'Mg==', 2000000000000],
      ['Yw==', 'eA==', 1900000000000],
    ])
  })

  test('without any expiry left are plain hashes', () => {
    const visit = visits.hash([['a', '1']], HASH_LISTPACK_EX)
    expect(encodingOf(redis(12), visit).type).toBe(RdbType.HASH_LISTPACK)
    expect(encodingOf(valkey(80), visit).type).toBe(RdbType.HASH_LISTPACK)
  })

  test.each([redis(12), valkey(80)])('stream past the buffer, for %j', (options) => {
    const pad = 'p'.repeat(1000)
    const fields = numbered(6000).map(
      (field, i) => [field, pad, ...(i % 2 === 0 ? [] : [1900000000000 + i])] as const,
    )
    const file = fileOf(options, visits.hash(fields as never, HASH_2, -1))
    const {rows, faults, error} = readRdb(file, {rules: RULES})
    expect([error, faults]).toEqual([null, []])
    const read = new Map((rows[0].value as [string, string, number][]).map((row) => [row[0], row]))
    expect(read.size).toBe(6000)
    for (const [field, , at] of fields) {
      expect(read.get(Buffer.from(field).toString('base64'))![2]).toBe(at ?? null)
    }
  })
})

describe('what the target cannot hold', () => {
  const nacked = visits.stream({
    type: RdbType.STREAM_LISTPACKS_5,
    entries: [[visits.streamId(1, 1), ['f', 'v']]],
    groups: [
      {
        name: 'g',
        lastId: visits.streamId(1, 1),
        pending: [[visits.streamId(1, 1), 0n, 3n]],
        nacked: [visits.streamId(1, 1)],
      },
    ],
  })
  const array: visits.Visit = (v) => {
    v.begin('array', RdbType.ARRAY, 1)
    v.arrayMeta(null)
    v.cell(0n)
    v.value(bytes('v'), 0, 1)
    v.end()
  }
  const produced = visits.stream({
    type: RdbType.STREAM_LISTPACKS_4,
    entries: [],
    iidsAdded: 1n,
  })

  test.each([
    ['streams', redis(8), visits.stream({entries: []})],
    ['modules', redis(7), visits.module(1n, [])],
    ['arrays', redis(12), array],
    ['hash-field-ttl', redis(11), visits.hash([['a', '1', 5]], RdbType.HASH_2)],
    ['hash-field-ttl', valkey(11), visits.hash([['a', '1', 5]], RdbType.HASH_LISTPACK_EX)],
    ['far-hash-field-ttl', redis(12), visits.hash([['a', '1', 2 ** 48]], RdbType.HASH_2)],
    ['stream-nacks', redis(12), nacked],
    ['stream-idmp', valkey(80), produced],
  ] as const)('is refused by name: %s', (feature, options, visit) => {
    let error: unknown = null
    try {
      fileOf(options, visit)
    } catch (caught) {
      error = caught
    }
    expect(error).toBeInstanceOf(UnsupportedByTarget)
    expect(error).toMatchObject({feature, exit: 20, target: options})
    expect(Buffer.from((error as UnsupportedByTarget).key!).toString()).toBe('k')
  })

  test('is left out where that was allowed, and the file stays readable', () => {
    const drop = new Set([
      'streams',
      'arrays',
      'hash-field-ttl',
      'stream-nacks',
      'modules',
    ] as const)
    expect(fileOf({...redis(8), drop}, visits.stream({entries: []})).length).toBe(18)
    expect(fileOf({...redis(12), drop}, array).length).toBe(18)
    expect(fileOf({...redis(6), drop}, visits.module(1n, [[5, 'abc']])).length).toBe(18)
    const ttl = visits.hash([['a', '1', 5]], RdbType.HASH_2)
    expect(rowOf({...redis(11), drop}, ttl).value).toEqual([['YQ==', 'MQ==']])
    const [group] = (rowOf({...redis(12), drop}, nacked).value as {groups: {consumers: unknown}[]})
      .groups
    expect(group.consumers).toMatchObject([{pending: 1}])
  })

  test('functions and module data outside of keys', () => {
    const calls: ((writer: RdbWriter) => void)[] = [
      (writer) => writer.functionLibrary(bytes('#!lua')),
      (writer) => writer.moduleAux(bytes(0)),
    ]
    for (const call of calls) {
      expect(() => written(redis(8), call)).toThrow(expect.objectContaining({key: null, exit: 20}))
    }
  })
})

describe('modules', () => {
  test('are written again item by item', () => {
    const id = 0xfff0_0000_0000_0401n
    const items = [
      [1, BigInt.asUintN(64, -5n)],
      [2, 7n],
      [3, 0.5],
      [4, 0.1],
      [5, 'a string'],
    ] as const
    expect(rowOf(redis(9), visits.module(id, items)).value).toEqual({
      id: String(id),
      items: [
        [1, '-5'],
        [2, '7'],
        [3, '0.5'],
        [4, '0.1'],
        [5, Buffer.from('a string').toString('base64')],
      ],
    })
  })
})

describe('copied values', () => {
  test('are the same bytes, whatever encoding they came in', () => {
    const source = fileOf({...redis(9), compression: false}, visits.list(['a', '1']))
    const reader = openReader(source)
    reader.readHeader()
    reader.next()
    const file = written(redis(11), (writer) => {
      expect(writer.canCopy(reader.type, reader)).toBe(true)
      reader.copyValue(writer.copyEntry(head('k', {expiresAtMs: 5}), reader.type))
    })
    expect(file.subarray(9, 18)).toEqual(hex('fc 0500000000000000'))
    expect(file.subarray(18, -9)).toEqual(source.subarray(9, -9))
  })
})

test.each([redis(6), redis(9), redis(12), valkey(80)])('$version: same calls, same bytes', (o) => {
  const everything = (writer: RdbWriter) => {
    visits.list(numbered(3000))(writer.beginEntry(head('l')))
    visits.hash(numbered(3000).map((f) => [f, f.repeat(9)]))(writer.beginEntry(head('h')))
    visits.zset(numbered(100).map((m, i) => [m, i % 7]))(writer.beginEntry(head('z')))
  }
  expect(written(o, everything).equals(written(o, everything))).toBe(true)
})
