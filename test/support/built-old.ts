/** Fixtures of RDB versions that no server at hand writes any more, and of legal files that no server would write. */
import {
  asciiDouble,
  aux,
  bytes,
  counted,
  crc64,
  entry,
  expireMs,
  expireSeconds,
  hex,
  intStr,
  len,
  lzfRun,
  lzfStr,
  type Part,
  rdbFile,
  resizeDb,
  selectDb,
  str,
  u64le,
} from './bytes.ts'
import {intset, ziplist, zipmap} from './packed.ts'
import {type BuiltFixture, hashRow, listRow, setRow, stringRow, zsetRow} from './truth.ts'

const Y2100 = 4102444800000

/** One key of each of the types 0 to 4, all forms of strings and scores among them. */
const plainBody = bytes(
  entry(0, 'text', str('hello')),
  entry(0, 'int8', intStr(-7)),
  entry(0, 'int16', intStr(-300, 2)),
  entry(0, 'int32', intStr(123456789, 4)),
  entry(0, 'wide', intStr(5, 4)),
  bytes(0, intStr(42), str('integer key')),
  entry(0, 'lzf', lzfStr(lzfRun(0x61, 100), 100)),
  entry(0, '', str('')),
  entry(0, 'long lengths', bytes(0x80, 0, 0, 0, 3, 'abc')),
  entry(1, 'list', counted([str('b'), str('a'), intStr(1)])),
  entry(2, 'set', counted([str('b'), str('a')])),
  entry(
    3,
    'zset',
    counted(
      [
        ...[str('c'), asciiDouble('inf')],
        ...[str('b'), asciiDouble('2.5')],
        ...[str('n'), asciiDouble('0.10000000000000001')],
        ...[str('m'), asciiDouble('-0')],
        ...[str('a'), asciiDouble('-inf')],
      ],
      2,
    ),
  ),
  entry(4, 'hash', counted([str('g'), intStr(1), str('f'), str('v')], 2)),
)

const plainRows = [
  stringRow('text', 'hello'),
  stringRow('int8', '-7'),
  stringRow('int16', '-300'),
  stringRow('int32', '123456789'),
  stringRow('wide', '5'),
  stringRow('42', 'integer key'),
  stringRow('lzf', 'a'.repeat(100)),
  stringRow('', ''),
  stringRow('long lengths', 'abc'),
  listRow('list', ['b', 'a', '1']),
  setRow('set', ['a', 'b']),
  zsetRow('zset', [
    ['a', '-inf'],
    ['m', '-0'],
    ['n', '0.10000000000000001'],
    ['b', '2.5'],
    ['c', 'inf'],
  ]),
  hashRow('hash', [
    ['f', 'v'],
    ['g', '1'],
  ]),
]

const inSeconds = bytes(expireSeconds(Y2100 / 1000 - 4000000000), entry(0, 'gone', str('v')))
const secondsRow = stringRow('gone', 'v', {expireAtMs: Y2100 - 4000000000000})
const later = bytes(expireSeconds(2000000000), entry(0, 'ttl', str('v')))
const laterRow = stringRow('ttl', 'v', {expireAtMs: 2000000000000})

const old = (
  version: number,
  about: string,
  body: Part,
  rows: BuiltFixture['truth']['rows'],
  dropped?: string[],
): BuiltFixture => ({
  name: `redis-${version}`,
  about,
  file: rdbFile({version, body}),
  truth: {version, dialect: 'redis', rows, loadsIn70: true, dropped},
})

const big = 'B'.repeat(300)
const packedBody = bytes(
  selectDb(0),
  entry(
    9,
    'zipmap',
    str(
      zipmap(
        [
          ['a', '1'],
          ['big', big],
          ['', 'empty field'],
        ],
        1,
      ),
    ),
  ),
  entry(10, 'list', str(ziplist(['ab', 0, 12, -1, 256, 70000, 2n ** 40n, big, 'z'], {wide: true}))),
  entry(11, 'ints', str(intset([-5, 1, 2], 2))),
  entry(11, 'wide ints', str(intset([-(2n ** 40n), 7], 8))),
  entry(12, 'zset', str(ziplist(['d', '-inf', 'a', 1, 'b', '2.5', 'c', 'inf'], {wide: true}))),
)
const packedRows = [
  hashRow('zipmap', [
    ['a', '1'],
    ['big', big],
    ['', 'empty field'],
  ]),
  listRow('list', ['ab', '0', '12', '-1', '256', '70000', String(2n ** 40n), big, 'z']),
  setRow('ints', ['-5', '1', '2']),
  setRow('wide ints', [String(-(2n ** 40n)), '7']),
  zsetRow('zset', [
    ['d', '-inf'],
    ['a', '1'],
    ['b', '2.5'],
    ['c', 'inf'],
  ]),
]

const hashZiplist = bytes(
  selectDb(3),
  expireMs(Y2100 + 7),
  entry(13, 'hash', str(ziplist(['f', 'v', 'n', -1, 'big', big, 'x', 8388607]))),
  entry(13, 'long prevlens', str(ziplist(['f', 'v', 'n', 1], {longPrevlen: true}))),
)
const hashZiplistRows = [
  hashRow(
    'hash',
    [
      ['f', 'v'],
      ['n', '-1'],
      ['big', big],
      ['x', '8388607'],
    ],
    {
      db: 3,
      expireAtMs: Y2100 + 7,
    },
  ),
  hashRow(
    'long prevlens',
    [
      ['f', 'v'],
      ['n', '1'],
    ],
    {db: 3},
  ),
]

const byMs = bytes(
  selectDb(9),
  expireMs(Y2100 + 123),
  entry(0, 'ttl', str('v')),
  expireMs(-2),
  entry(0, 'past', str('v')),
)
const byMsRows = [
  stringRow('ttl', 'v', {db: 9, expireAtMs: Y2100 + 123}),
  stringRow('past', 'v', {db: 9, expireAtMs: -2}),
]

/** A legal file as no server writes it; what loaders make of it was tried with 6.2 to 8.8 and Valkey 9.1. */
const weirdBody = bytes(
  expireMs(Y2100),
  aux('between', 'attributes and type'),
  entry(0, 'before any SELECTDB', str('v')),
  selectDb(0),
  resizeDb(0, 0),
  bytes(0xf9, 5, 0xf8, len(1000)),
  expireMs(Y2100 + 1),
  entry(0, 'freq idle expire', str('v')),
  expireMs(Y2100 + 2),
  selectDb(2),
  entry(0, 'expire before SELECTDB', str('v')),
  selectDb(0),
  entry(2, 'set', counted([str('a')])),
  entry(2, 'empty set', counted([])),
  aux('late', 'field'),
  entry(0, 'after an empty one', str('v')),
  expireMs(1),
  expireSeconds(2000000000),
  entry(0, 'last expiry wins', str('v')),
  selectDb(0),
)
const weirdRows = [
  stringRow('before any SELECTDB', 'v', {expireAtMs: Y2100}),
  stringRow('freq idle expire', 'v', {expireAtMs: Y2100 + 1, freq: 5, idle: 1000}),
  stringRow('expire before SELECTDB', 'v', {db: 2, expireAtMs: Y2100 + 2}),
  setRow('set', ['a']),
  setRow('empty set', []),
  stringRow('after an empty one', 'v'),
  stringRow('last expiry wins', 'v', {expireAtMs: 2000000000000}),
]

const v6 = rdbFile({
  version: 6,
  body: entry(10, 'list', str(ziplist(['ab', 0, 12, 13, -1, 256]))),
})
const v6Row = [listRow('list', ['ab', '0', '12', '13', '-1', '256'])]
const v6Truth = {version: 6, dialect: 'redis', rows: v6Row, loadsIn70: true} as const

export const BUILT_OLD: readonly BuiltFixture[] = [
  old(
    1,
    'Redis 1.x to 2.2: types 0 to 4, expiry in seconds, no checksum',
    bytes(selectDb(0), plainBody, inSeconds, later),
    [...plainRows, secondsRow, laterRow],
    ['gone'],
  ),
  old(
    2,
    'Redis 2.4: zipmap, ziplists with integers of 16, 32 and 64 bits, intsets',
    bytes(packedBody, later),
    [...packedRows, laterRow],
  ),
  old(
    3,
    'Redis 2.5: expiry in milliseconds',
    bytes(packedBody, byMs),
    [...packedRows, ...byMsRows],
    ['past'],
  ),
  old(4, 'Redis 2.5: hashes as ziplists', bytes(packedBody, hashZiplist), [
    ...packedRows,
    ...hashZiplistRows,
  ]),
  old(5, 'Redis 2.5: checksum', bytes(packedBody, hashZiplist, selectDb(1), plainBody), [
    ...packedRows,
    ...hashZiplistRows,
    ...plainRows.map((each) => ({...each, db: 1})),
  ]),
  {
    name: 'redis-6-ziplist',
    about: 'a list ziplist with immediate, 8 and 16 bit integers',
    file: v6,
    truth: v6Truth,
  },
  {
    name: 'redis-6-junk',
    about: 'the same with eight bytes behind the checksum, which servers ignore',
    file: bytes(v6, hex('0102030405060708')),
    truth: {...v6Truth, notes: {trailing: 8}},
  },
  {
    name: 'redis-9-weird',
    about: 'attributes, AUX and SELECTDB in legal places where no server puts them; an empty set',
    file: rdbFile({version: 9, body: weirdBody}),
    truth: {
      version: 9,
      dialect: 'redis',
      rows: weirdRows,
      loadsIn70: true,
      dropped: ['empty set'],
      faults: ['RDB_EMPTY'],
      notes: {aux: {between: 'attributes and type', late: 'field'}},
    },
  },
  {
    name: 'redis-2-crc-behind',
    about: 'RDB 2 has no checksum: what follows EOF is not part of the file',
    file: ((file) => bytes(file, u64le(crc64(file))))(rdbFile({version: 2, body: packedBody})),
    truth: {
      version: 2,
      dialect: 'redis',
      rows: packedRows,
      loadsIn70: true,
      notes: {trailing: 8},
    },
  },
]
