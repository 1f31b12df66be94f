/** Fixtures of the newest types but streams: arrays, hashes with templates, nested hashes, UPDATE. */
import {
  aux,
  bytes,
  counted,
  entry,
  expireMs,
  f64le,
  hex,
  i64le,
  len,
  type Part,
  rdbFile,
  resp,
  selectDb,
  str,
  u64le,
} from './bytes.ts'
import {listpack} from './packed.ts'
import {arrayRow, type BuiltFixture, hashRow, stringRow, valueless} from './truth.ts'

const Y2100 = 4102444800000

/** A cell of an array: index, tag (0 string, 1 integer, 2 double, 3 short string), payload. */
const cell = (index: number | bigint, tag: number, payload: Part): Buffer =>
  bytes(len(index), len(tag), payload)

const array = bytes(
  len(5),
  len(1),
  len(0),
  cell(0, 3, str('q')),
  cell(5, 1, i64le(123)),
  cell(6, 0, str('xyzzyyyyyyyyyy')),
  cell(10, 2, f64le(0.5)),
  cell(11, 3, str('1.1')),
)
const sparse = bytes(
  len(3),
  len(0),
  cell(0, 1, i64le(-1)),
  cell(9, 2, f64le(1)),
  cell(2n ** 40n, 0, str('far')),
)

const redis14Array: BuiltFixture = {
  name: 'redis-14-array',
  about: 'Redis 8.8: arrays (type 28), dense and sparse, with every tag',
  file: rdbFile({
    version: 14,
    body: bytes(
      aux('redis-ver', '8.8.0'),
      selectDb(0),
      entry(28, 'array', array),
      entry(28, 'sparse', sparse),
    ),
  }),
  truth: {
    version: 14,
    dialect: 'redis',
    rows: [
      arrayRow(
        'array',
        [
          ['0', 'q'],
          ['5', '123'],
          ['6', 'xyzzyyyyyyyyyy'],
          ['10', '0.5'],
          ['11', '1.1'],
        ],
        '0',
      ),
      arrayRow(
        'sparse',
        [
          ['0', '-1'],
          ['9', '1.0'],
          ['1099511627776', 'far'],
        ],
        null,
      ),
    ],
    notes: {digestValue: {array: '9b17871f0d9f9ecb50eedb38f98dc6c80a3b14f9'}},
  },
}

const template = (id: number, fields: readonly string[]): Buffer =>
  bytes(0xf2, len(id), counted(fields.map(str)))

const redis15: BuiltFixture = {
  name: 'redis-15',
  about: 'Redis 8.10: hashes that share a template of fields (opcode 242, types 30 and 32)',
  file: rdbFile({
    version: 15,
    body: bytes(
      aux('redis-ver', '8.10.0'),
      template(5, ['a', 'b']),
      template(300, ['id', 'name', 'longer']),
      selectDb(0),
      entry(30, 'packed', hex('0d 0d000000 0300 05 01 01 01 02 01 ff')),
      entry(32, 'array', hex('05 c001 c002')),
      entry(30, 'user:1', str(listpack([300, 1, 'ann', '']))),
      expireMs(Y2100),
      entry(32, 'user:2', bytes(len(300), str('2'), str('bob'), str('x'.repeat(100)))),
      entry(4, 'plain', counted([str('f'), str('v')], 2)),
    ),
  }),
  truth: {
    version: 15,
    dialect: 'redis',
    rows: [
      hashRow('packed', [
        ['a', '1'],
        ['b', '2'],
      ]),
      hashRow('array', [
        ['a', '1'],
        ['b', '2'],
      ]),
      hashRow('user:1', [
        ['id', '1'],
        ['name', 'ann'],
        ['longer', ''],
      ]),
      hashRow(
        'user:2',
        [
          ['id', '2'],
          ['name', 'bob'],
          ['longer', 'x'.repeat(100)],
        ],
        {
          expireAtMs: Y2100,
        },
      ),
      hashRow('plain', [['f', 'v']]),
    ],
  },
}

const pathHash = bytes(
  len(2),
  ...[str('$.a'), counted([str('f'), str('v'), str('g'), str('w')], 2)],
  ...[str('$.b'), counted([str('f'), str('x')], 2)],
)
const never = u64le(-1)

const valkey81: BuiltFixture = {
  name: 'valkey-81',
  about: 'Valkey 9.2 in development: nested hash (type 23), UPDATE (opcode 242), hash with expiry',
  file: rdbFile({
    magic: 'VALKEY',
    version: 81,
    body: bytes(
      aux('valkey-ver', '9.2.0'),
      selectDb(0),
      entry(0, 'before', str('v')),
      entry(23, 'paths', pathHash),
      bytes(0xf2, resp('SET', 'updated', 'later')),
      entry(
        22,
        'hash',
        bytes(len(2), str('a'), str('1'), never, str('b'), str('2'), i64le(2000000000000)),
      ),
      bytes(0xf2, resp('DEL', 'before')),
      entry(0, 'after', str('v')),
    ),
  }),
  truth: {
    version: 81,
    dialect: 'valkey',
    rows: [
      stringRow('before', 'v'),
      valueless('paths', 'hash'),
      hashRow('hash', [
        ['a', '1', null],
        ['b', '2', 2000000000000],
      ]),
      stringRow('after', 'v'),
    ],
    notes: {
      updates: [
        ['SET', 'updated', 'later'],
        ['DEL', 'before'],
      ],
      paths: {'$.a': {f: 'v', g: 'w'}, '$.b': {f: 'x'}},
    },
  },
}

export const BUILT_NEWEST: readonly BuiltFixture[] = [redis14Array, redis15, valkey81]
