/** Commands by weight: everything that 7.0 writes. Streams are in test/support/stream-commands.ts. */
import {newerRows} from './rows-newer.ts'
import {GEO, numKeys, type WeightedRow, ZSETS} from './rows-zsets.ts'
import {KEYS, type Pool} from './words.ts'

const side = (p: Pool) => p.pick(['LEFT', 'right'])
const STRINGS: readonly WeightedRow[] = [
  [30, (p) => ['SET', p.key(), p.value()]],
  [
    12,
    (p) => [
      'SET',
      p.key(),
      p.value(),
      ...p.maybe(50, ...p.expiry()),
      ...p.maybe(25, p.pick(['NX', 'XX'])),
      ...p.maybe(20, 'GET'),
      ...p.maybe(20, 'keepttl'),
    ],
  ],
  [4, (p) => ['SETNX', p.key(), p.value()]],
  [3, (p) => ['SETEX', p.key(), p.ttl(), p.value()]],
  [3, (p) => ['PSETEX', p.key(), p.ttlMs(), p.value()]],
  [4, (p) => ['GETSET', p.key(), p.value()]],
  [3, (p) => ['GETDEL', p.key()]],
  [4, (p) => ['GETEX', p.key(), ...(p.chance(30) ? ['PERSIST'] : p.expiry())]],
  [5, (p) => ['MSET', ...p.keys().flatMap((key) => [key, p.value()])]],
  [3, (p) => ['MSETNX', ...p.keys().flatMap((key) => [key, p.value()])]],
  [8, (p) => ['APPEND', p.key(), p.value()]],
  [5, (p) => [p.pick(['INCR', 'decr']), p.key()]],
  [6, (p) => [p.pick(['INCRBY', 'DECRBY']), p.key(), p.integer()]],
  [6, (p) => ['INCRBYFLOAT', p.key(), p.float()]],
  [
    6,
    (p) => ['SETRANGE', p.key(), p.pick([p.index(), '0', '100', '536870912', '70000']), p.value()],
  ],
  [
    6,
    (p) => [
      'SETBIT',
      p.key(),
      p.pick([p.int(200), '9999', '-1', '4294967296']),
      p.pick(['0', '1', '1', '2']),
    ],
  ],
  [6, (p) => ['BITOP', p.pick(['AND', 'or', 'XOR', 'NOT', 'X']), p.key(), ...p.keys()]],
  [8, (p) => ['BITFIELD', p.key(), ...p.many(3, () => bitfield(p)).flat()]],
  [8, (p) => ['PFADD', p.key(), ...p.many(20, p.member)]],
  [4, (p) => ['PFMERGE', p.key(), ...p.keys()]],
  [4, (p) => ['PFCOUNT', ...p.keys(2)]],
]

function bitfield(p: Pool): string[] {
  const type = p.pick(['u8', 'i8', 'u1', 'i64', 'u63', 'i5', 'u64', 'i17'])
  const offset = p.pick([p.int(300), `#${p.int(20)}`, '-1'])
  if (p.chance(25))
    return ['OVERFLOW', p.pick(['WRAP', 'sat', 'FAIL']), 'INCRBY', type, offset, p.integer()]
  if (p.chance(30)) return ['GET', type, offset]
  return [p.pick(['SET', 'INCRBY']), type, offset, p.integer()]
}

export const LISTS: readonly WeightedRow[] = [
  [20, (p) => [p.pick(['LPUSH', 'RPUSH', 'LPUSHX', 'RPUSHX']), p.key(), ...p.many(6, p.value)]],
  [2, (p) => ['RPUSH', p.key(), ...p.many(300, p.member)]],
  [
    5,
    (p) => [
      p.pick(['LPOP', 'RPOP']),
      p.key(),
      ...p.maybe(40, p.pick(['0', '1', '3', '500', '-1'])),
    ],
  ],
  [5, (p) => ['LINSERT', p.key(), p.pick(['BEFORE', 'after']), p.member(), p.value()]],
  [5, (p) => ['LSET', p.key(), p.index(), p.value()]],
  [4, (p) => ['LREM', p.key(), p.pick(['0', '1', '-1', '2']), p.member()]],
  [4, (p) => ['LTRIM', p.key(), p.index(), p.index()]],
  [4, (p) => ['RPOPLPUSH', p.key(), p.key()]],
  [5, (p) => ['LMOVE', p.key(), p.key(), side(p), side(p)]],
  [
    4,
    (p) => [
      'LMPOP',
      ...numKeys(p),
      side(p),
      ...p.maybe(60, 'COUNT', p.pick(['1', '3', '100', '0'])),
    ],
  ],
]

export const SETS: readonly WeightedRow[] = [
  [16, (p) => ['SADD', p.key(), ...p.many(6, p.member)]],
  [2, (p) => ['SADD', p.key(), ...p.many(150, () => p.int(900))]],
  [2, (p) => ['SADD', p.key(), ...p.many(150, () => `m${p.int(900)}`)]],
  [6, (p) => ['SREM', p.key(), ...p.many(6, p.member)]],
  [4, (p) => ['SMOVE', p.key(), p.key(), p.member()]],
  [8, (p) => [p.pick(['SINTERSTORE', 'SUNIONSTORE', 'SDIFFSTORE']), p.key(), ...p.keys()]],
]

export const HASHES: readonly WeightedRow[] = [
  [
    16,
    (p) => [p.pick(['HSET', 'HMSET']), p.key(), ...p.many(5, () => [p.member(), p.value()]).flat()],
  ],
  [2, (p) => ['HSET', p.key(), ...p.many(200, () => [`f${p.int(900)}`, p.value()]).flat()]],
  [4, (p) => ['HSETNX', p.key(), p.member(), p.value()]],
  [6, (p) => ['HDEL', p.key(), ...p.many(6, p.member)]],
  [5, (p) => ['HINCRBY', p.key(), p.member(), p.integer()]],
  [5, (p) => ['HINCRBYFLOAT', p.key(), p.member(), p.float()]],
]

const expireFlags = (p: Pool) => p.maybe(35, p.pick(['NX', 'XX', 'GT', 'lt']))

const sortEnd = (p: Pool) => [
  ...p.maybe(40, 'DESC'),
  ...p.maybe(30, 'LIMIT', p.index(), p.index()),
  'STORE',
  p.key(),
]

const KEYSPACE: readonly WeightedRow[] = [
  [9, (p) => [p.pick(['DEL', 'UNLINK']), ...p.keys()]],
  [4, (p) => ['EXPIRE', p.key(), p.ttl(), ...expireFlags(p)]],
  [4, (p) => ['PEXPIRE', p.key(), p.ttlMs(), ...expireFlags(p)]],
  [4, (p) => ['EXPIREAT', p.key(), p.at(), ...expireFlags(p)]],
  [6, (p) => ['PEXPIREAT', p.key(), p.atMs(), ...expireFlags(p)]],
  [4, (p) => ['PERSIST', p.key()]],
  [6, (p) => ['RENAME', p.key(), p.key()]],
  [3, (p) => ['RENAMENX', p.key(), p.key()]],
  [4, (p) => ['MOVE', p.key(), p.pick(['0', '1', '2', '15', '16', '-1', 'x'])]],
  [
    8,
    (p) => [
      'COPY',
      p.key(),
      p.key(),
      ...p.maybe(40, 'DB', p.pick(['0', '1', '2', '15', '16'])),
      ...p.maybe(60, 'REPLACE'),
    ],
  ],
  [2, (p) => ['SORT', p.key(), 'ALPHA', ...sortEnd(p)]],
  [
    14,
    (p) => [
      'RESTORE',
      p.key(),
      p.pick(['0', '0', '100000', '-1']),
      p.payload(),
      ...p.maybe(80, 'REPLACE'),
    ],
  ],
  [
    3,
    (p) => [
      'RESTORE',
      p.key(),
      p.atMs(),
      p.payload(),
      'REPLACE',
      'ABSTTL',
      ...p.maybe(20, 'IDLETIME', '5'),
    ],
  ],
  [5, (p) => ['SWAPDB', p.pick(['0', '1', '2']), p.pick(['0', '1', '2', '15', '16'])]],
  [14, (p) => ['SELECT', p.pick(['0', '0', '1', '2', '15', '16', '-1', 'x'])]],
]

const SERVER: readonly WeightedRow[] = [
  [1, (p) => ['FLUSHDB', ...p.maybe(30, p.pick(['ASYNC', 'SYNC', 'x']))]],
  [4, (p) => ['FUNCTION', 'LOAD', ...p.maybe(50, 'REPLACE'), p.library()]],
  [1, (p) => ['FUNCTION', 'DELETE', `lib${p.int(3)}`]],
  [
    1,
    (p) => [
      'FUNCTION',
      'RESTORE',
      p.libraryDump(),
      ...p.maybe(60, p.pick(['FLUSH', 'append', 'REPLACE'])),
    ],
  ],
  [1, () => ['FUNCTION', 'FLUSH']],
  // What a server knows and never writes to a log.
  [2, (p) => [p.pick(['GET', 'TYPE', 'OBJECT', 'TOUCH', 'nonsense']), p.key()]],
]

const SCRIPT = `redis.call('APPEND', KEYS[1], ARGV[1]) redis.call('PEXPIRE', KEYS[1], 500000)`

/** Chance, the clock or a script decide: only the log says what became of them. */
const UNTYPED: readonly WeightedRow[] = [
  [8, (p) => ['SPOP', p.key(), ...p.maybe(60, p.pick(['0', '1', '3', '100']))]],
  [3, (p) => ['XADD', p.key(), '*', 'f', p.value()]],
  [3, (p) => ['EVAL', SCRIPT, '1', p.key(), p.value()]],
  [3, (p) => ['FCALL', `f${p.int(3)}`, '1', p.key()]],
  // Whether numbers are refused depends on an errno that an earlier command left: sortCommandGeneric() does not clear it.
  [4, (p) => ['SORT', p.key(), ...sortEnd(p)]],
  [
    2,
    (p) => [
      'SORT',
      p.key(),
      'BY',
      'w_*',
      ...p.maybe(40, 'GET', '#', 'GET', 'w_*'),
      'STORE',
      p.key(),
    ],
  ],
  [1, () => ['FLUSHALL']],
  [1, (p) => ['EXISTS', ...KEYS.slice(0, 1 + p.random.int(KEYS.length - 1))]],
]

/** Commands that wait where there is nothing to take; alone they come right behind what they take. */
export const BLOCKING: readonly WeightedRow[] = [
  [2, (p) => [p.pick(['BLPOP', 'BRPOP', 'BZPOPMIN', 'BZPOPMAX']), ...p.keys(), '0.001']],
  [1, (p) => ['BRPOPLPUSH', p.key(), p.key(), '0.001']],
  [1, (p) => ['BLMOVE', p.key(), p.key(), side(p), side(p), '0.001']],
  [1, (p) => ['BLMPOP', '0.001', ...numKeys(p), side(p), ...p.maybe(50, 'COUNT', '2')]],
  [
    1,
    (p) => ['BZMPOP', '0.001', ...numKeys(p), p.pick(['MIN', 'MAX']), ...p.maybe(50, 'COUNT', '2')],
  ],
]

/** The key that commands of a group find their own type under most often; that of streams is `a`. */
const at = (home: string, rows: readonly WeightedRow[]): WeightedRow[] =>
  rows.map(([weight, make]) => [
    weight,
    (p) => {
      p.home = home
      return make(p)
    },
  ])

const TYPED: readonly WeightedRow[] = [
  ...at('string', STRINGS),
  ...at('b', LISTS),
  ...at('c', SETS),
  ...at('d', HASHES),
  ...at('e', ZSETS),
  ...at('e', GEO),
  ...at('b', KEYSPACE),
  ...at('12', SERVER),
  ...at('b', BLOCKING),
]

/** What a server of this version takes. */
export const rowsFor = (typed: boolean, version: string): readonly WeightedRow[] => [
  ...TYPED,
  ...(typed ? [] : at('c', UNTYPED)),
  ...at('d', newerRows(version)),
]
