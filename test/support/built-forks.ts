/** Fixtures of modules, cluster opcodes and forks: what servers at hand write only with parts that are not at hand. */
import {
  aux,
  bytes,
  counted,
  entry,
  expireMs,
  f32le,
  f64le,
  len,
  rdbFile,
  resizeDb,
  selectDb,
  str,
} from './bytes.ts'
import {type BuiltFixture, hashRow, moduleRow, setRow, stringRow} from './truth.ts'

const Y2100 = 4102444800000
const MODULE_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Nine characters of 6 bits, then the encoding version in 10. Source: moduleTypeEncodeId() in module.c. */
export function moduleId(name: string, version: number): bigint {
  const chars = [...name].reduce((id, c) => id * 64n + BigInt(MODULE_ALPHABET.indexOf(c)), 0n)
  return chars * 1024n + BigInt(version)
}

/** Items of a module value, each with its opcode, and the opcode that ends them. */
const moduleItems = bytes(
  ...[len(1), len(-5)],
  ...[len(2), len(300)],
  ...[len(3), f32le(0.5)],
  ...[len(4), f64le(-2.25)],
  ...[len(5), str('{"a":1}')],
  len(0),
)

const moduleAux = (id: bigint, when: 1 | 2, text: string): Buffer =>
  bytes(0xf7, len(id), len(2), len(when), len(5), str(text), len(0))

const json = moduleId('ReJSON-RL', 3)
const bloom = moduleId('MBbloom--', 4)

const modules: BuiltFixture = {
  name: 'redis-9-modules',
  about: 'module values (type 7) with every kind of item, module data before and after the keys',
  file: rdbFile({
    version: 9,
    body: bytes(
      aux('redis-ver', '6.2.16'),
      moduleAux(json, 1, 'before the keys'),
      selectDb(0),
      entry(7, 'doc', bytes(len(json), moduleItems)),
      expireMs(Y2100),
      entry(7, 'nothing', bytes(len(bloom), len(0))),
      entry(0, 'plain', str('v')),
      moduleAux(bloom, 2, 'after the keys'),
    ),
  }),
  truth: {
    version: 9,
    dialect: 'redis',
    rows: [
      moduleRow('doc', json, [
        [1, '-5'],
        [2, '300'],
        [3, '0.5'],
        [4, '-2.25'],
        [5, Buffer.from('{"a":1}').toString('base64')],
      ]),
      {...moduleRow('nothing', bloom, []), expireAtMs: Y2100},
      stringRow('plain', 'v'),
    ],
    notes: {
      modules: [
        {name: 'ReJSON-RL', version: 3, aux: 'before'},
        {name: 'MBbloom--', version: 4, aux: 'after'},
      ],
    },
  },
}

// Slots by CRC16: foo 12182, bar 5061, hello 866.
const slotInfo: BuiltFixture = {
  name: 'redis-12-slots',
  about: 'Redis 7.4 in cluster mode: SLOT_INFO (opcode 244) before the keys of each slot',
  file: rdbFile({
    version: 12,
    body: bytes(
      aux('redis-ver', '7.4.1'),
      selectDb(0),
      resizeDb(3, 1),
      ...[0xf4, len(866), len(1), len(0)],
      entry(0, 'hello', str('v')),
      ...[0xf4, len(5061), len(1), len(1)],
      expireMs(Y2100),
      entry(0, 'bar', str('v')),
      ...[0xf4, len(12182), len(1), len(0)],
      entry(0, 'foo', str('v')),
    ),
  }),
  truth: {
    version: 12,
    dialect: 'redis',
    rows: [
      stringRow('hello', 'v'),
      stringRow('bar', 'v', {expireAtMs: Y2100}),
      stringRow('foo', 'v'),
    ],
    loadsIn: {server: 'Redis 8', args: []},
    notes: {slots: [866, 5061, 12182]},
  },
}

const job = '0123456789abcdef0123456789abcdef01234567'

const slotImport: BuiltFixture = {
  name: 'valkey-80-import',
  about:
    'Valkey 9.0: unfinished slot imports (opcode 243), slot-info AUX, SLOT_INFO that is ignored',
  file: rdbFile({
    magic: 'VALKEY',
    version: 80,
    body: bytes(
      aux('valkey-ver', '9.0.0'),
      ...[0xf3, str(job), len(2), len(0), len(99), len(12000), len(12999)],
      ...[0xf3, str(job.toUpperCase()), len(1), len(16383), len(16383)],
      selectDb(0),
      resizeDb(2, 0),
      aux('slot-info', '866,1,0,0'),
      entry(0, 'hello', str('v')),
      ...[0xf4, len(12182), len(1), len(0)],
      entry(0, 'foo', str('v')),
    ),
  }),
  truth: {
    version: 80,
    dialect: 'valkey',
    rows: [stringRow('hello', 'v'), stringRow('foo', 'v')],
    loadsIn: {server: 'Valkey 9', args: ['--cluster-enabled', 'yes']},
    notes: {
      imports: [
        {job, slots: ['0-99', '12000-12999']},
        {job: job.toUpperCase(), slots: ['16383-16383']},
      ],
    },
  },
}

const keydb: BuiltFixture = {
  name: 'keydb-9',
  about:
    'KeyDB: mvcc-tstamp between attributes and type, expiring members of the key before, masters',
  file: rdbFile({
    version: 9,
    body: bytes(
      aux('redis-ver', '6.3.4'),
      aux('repl-masters', 'abc:1:127.0.0.1:6379:0;'),
      selectDb(0),
      resizeDb(3, 1),
      expireMs(Y2100),
      aux('mvcc-tstamp', '1779000000000000001'),
      entry(0, 'string', str('v')),
      aux('mvcc-tstamp', '1779000000000000002'),
      entry(2, 'set', counted([str('a'), str('b')])),
      aux('keydb-subexpire-key', 'a'),
      aux('keydb-subexpire-when', String(Y2100)),
      bytes(0xf8, len(60)),
      aux('mvcc-tstamp', '1779000000000000003'),
      entry(4, 'hash', counted([str('f'), str('v')], 2)),
      aux('keydb-subexpire-key', 'f'),
      aux('keydb-subexpire-when', String(Y2100 + 1)),
    ),
  }),
  truth: {
    version: 9,
    dialect: 'redis',
    loadsIn70: true,
    rows: [
      stringRow('string', 'v', {expireAtMs: Y2100}),
      setRow('set', ['a', 'b']),
      hashRow('hash', [['f', 'v']], {idle: 60}),
    ],
    notes: {subexpires: {set: {a: Y2100}, hash: {f: Y2100 + 1}}},
  },
}

const enterprise: BuiltFixture = {
  name: 'enterprise-9',
  about: 'Redis Enterprise: opcodes 107 (RAM LRU) and 121 (slot number), cached scripts in AUX',
  file: rdbFile({
    version: 9,
    body: bytes(
      aux('redis-ver', '6.2.13'),
      selectDb(0),
      ...[121, len(12182)],
      ...[107, len(1234567)],
      entry(0, 'foo', str('v')),
      expireMs(Y2100),
      ...[107, len(5)],
      entry(0, 'bar', str('v')),
      aux('lua', 'return 1'),
    ),
  }),
  truth: {
    version: 9,
    dialect: 'redis',
    rows: [stringRow('foo', 'v'), stringRow('bar', 'v', {expireAtMs: Y2100})],
    notes: {scripts: ['return 1']},
  },
}

export const BUILT_FORKS: readonly BuiltFixture[] = [
  modules,
  slotInfo,
  slotImport,
  keydb,
  enterprise,
]
