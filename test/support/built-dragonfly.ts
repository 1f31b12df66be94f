/** Fixtures of Dragonfly files and of the compressed envelope: what can be read of them, and what ends as unsupported. */
import {
  aux,
  bytes,
  entry,
  expireMs,
  hex,
  intStr,
  len,
  rdbFile,
  selectDb,
  str,
  u32le,
  u64le,
} from './bytes.ts'
import {type BuiltFixture, stringRow, valueless} from './truth.ts'

const Y2100 = 4102444800000

const dragonflyHead = bytes(
  aux('snapshot-id', 'abc'),
  aux('redis-ver', '6.2.11'),
  aux('df-ver', 'v1.24.0'),
  aux('table-mem', '1000'),
  selectDb(0),
  entry(0, 'plain', str('v')),
  selectDb(0),
)

const dragonfly = (
  name: string,
  about: string,
  rest: Buffer,
  truth: Partial<BuiltFixture['truth']>,
): BuiltFixture => ({
  name: `dragonfly-${name}`,
  about: `Dragonfly: ${about}`,
  file: rdbFile({version: 9, checksum: 'zero', body: bytes(dragonflyHead, rest)}),
  truth: {
    version: 9,
    dialect: 'dragonfly',
    ...truth,
    rows: [stringRow('plain', 'v'), ...(truth.rows ?? [])],
  },
})

/** Dragonfly counts the seconds of element expiries from here. */
const DRAGONFLY_EPOCH = 1675209600
const dragonflyTypes = bytes(
  entry(30, 'json', str('{"a":[1]}')),
  entry(31, 'hash', bytes(len(2), str('f'), str('v'), str('-1'), str('g'), str('w'), intStr(100))),
  expireMs(Y2100),
  bytes(220, u32le(1)),
  entry(32, 'set', bytes(len(2), str('m'), str('1000'), str('n'), str('-1'))),
  bytes(220, u32le(3), u32le(77)),
  entry(0, 'memcache', str('v')),
)

const UNSUPPORTED = {error: 'UNSUPPORTED'} as const

const RUN = bytes(entry(0, 'inside', str('v')))
/** One zstd frame that holds its content as it is: single segment, raw last block. */
const zstdFrame = bytes(hex('28b52ffd 20'), RUN.length, (RUN.length << 3) | 1, 0, 0, RUN)

const inner = rdbFile({version: 11, body: bytes(selectDb(0), entry(0, 'k', str('v')))})
/** LZ4 frame with one stored block; 0x82 is the checksum of its descriptor. */
const lz4Frame = bytes(hex('04224d18 60 40 82'), u32le(0x80000000 + inner.length), inner, u32le(0))

const envelope: BuiltFixture = {
  name: 'valkey-envelope',
  about: 'Valkey 9.2 in development: compressed envelope (VKCS) around an RDB',
  file: bytes('VKCS', 1, 1, 0, 0, lz4Frame),
  truth: {version: 0, dialect: 'valkey', rows: [], error: 'UNSUPPORTED'},
}

export const BUILT_DRAGONFLY: readonly BuiltFixture[] = [
  dragonfly(
    'types',
    'JSON, expiring fields and members (types 30 to 32), flags of the next key (opcode 220)',
    dragonflyTypes,
    {
      rows: [
        stringRow('json', '{"a":[1]}'),
        valueless('hash', 'hash'),
        {...valueless('set', 'set'), expireAtMs: Y2100},
        stringRow('memcache', 'v'),
      ],
      notes: {
        hash: {g: (DRAGONFLY_EPOCH + 100) * 1000},
        set: {m: (DRAGONFLY_EPOCH + 1000) * 1000},
      },
    },
  ),
  dragonfly('blob', 'items in a zstd blob (opcode 201)', bytes(201, str(zstdFrame)), UNSUPPORTED),
  dragonfly('journal', 'journal offset (opcode 211)', bytes(211, u64le(5)), UNSUPPORTED),
  dragonfly(
    'filter',
    'scalable bloom filter (type 33)',
    entry(33, 'sbf', bytes(len(0))),
    UNSUPPORTED,
  ),
  envelope,
]
