/**
 * Opcodes and value types of RDB files, under the servers' own names, and which dialect and version may use which.
 * Source: rdb.h of Redis 2.8 to 8.8 and of Valkey 7.2 to 9.1.
 */

/** Dragonfly writes the Redis magic; an AUX field tells it apart. */
export type Dialect = 'redis' | 'valkey' | 'dragonfly'

export const LOGICAL_TYPES = [
  'string',
  'list',
  'set',
  'zset',
  'hash',
  'stream',
  'module',
  'array',
] as const
export type LogicalType = (typeof LOGICAL_TYPES)[number]

export const RdbOpcode = {
  EOF: 255,
  SELECTDB: 254,
  EXPIRETIME: 253,
  EXPIRETIME_MS: 252,
  RESIZEDB: 251,
  AUX: 250,
  FREQ: 249,
  IDLE: 248,
  MODULE_AUX: 247,
  FUNCTION_PRE_GA: 246,
  FUNCTION2: 245,
  SLOT_INFO: 244,
  /** Redis from RDB 13 on. */
  KEY_META: 243,
  /** Valkey from RDB 80 on. */
  SLOT_IMPORT: 243,
  /** Redis from RDB 15 on. */
  HASH_TEMPLATE: 242,
  /** Valkey from RDB 81 on. */
  UPDATE: 242,
  /** Redis Enterprise. */
  SLOT_NUM: 121,
  /** Redis Enterprise. */
  RAM_LRU: 107,
} as const

export const RdbType = {
  STRING: 0,
  LIST: 1,
  SET: 2,
  ZSET: 3,
  HASH: 4,
  ZSET_2: 5,
  MODULE_PRE_GA: 6,
  MODULE_2: 7,
  HASH_ZIPMAP: 9,
  LIST_ZIPLIST: 10,
  SET_INTSET: 11,
  ZSET_ZIPLIST: 12,
  HASH_ZIPLIST: 13,
  LIST_QUICKLIST: 14,
  STREAM_LISTPACKS: 15,
  HASH_LISTPACK: 16,
  ZSET_LISTPACK: 17,
  LIST_QUICKLIST_2: 18,
  STREAM_LISTPACKS_2: 19,
  SET_LISTPACK: 20,
  STREAM_LISTPACKS_3: 21,
  HASH_METADATA_PRE_GA: 22,
  HASH_LISTPACK_EX_PRE_GA: 23,
  HASH_METADATA: 24,
  HASH_LISTPACK_EX: 25,
  STREAM_LISTPACKS_4: 26,
  STREAM_LISTPACKS_5: 27,
  ARRAY: 28,
  HASH_TMPL_LISTPACK: 29,
  HASH_TMPL_LISTPACK_REF: 30,
  HASH_TMPL_ARRAY: 31,
  HASH_TMPL_ARRAY_REF: 32,
  /** Valkey: 22 means this. */
  HASH_2: 22,
  /** Valkey: 23 means this. */
  PATH_HASH: 23,
} as const

/** The oldest RDB version whose servers write a type, and what it holds. */
export interface TypeRow {
  readonly name: string
  readonly logical: LogicalType
  readonly since: number
}

type Rows = readonly (readonly [type: number, name: string, logical: LogicalType, since: number])[]

const COMMON: Rows = [
  [0, 'STRING', 'string', 1],
  [1, 'LIST', 'list', 1],
  [2, 'SET', 'set', 1],
  [3, 'ZSET', 'zset', 1],
  [4, 'HASH', 'hash', 1],
  [5, 'ZSET_2', 'zset', 8],
  [6, 'MODULE_PRE_GA', 'module', 8],
  [7, 'MODULE_2', 'module', 8],
  [9, 'HASH_ZIPMAP', 'hash', 2],
  [10, 'LIST_ZIPLIST', 'list', 2],
  [11, 'SET_INTSET', 'set', 2],
  [12, 'ZSET_ZIPLIST', 'zset', 2],
  [13, 'HASH_ZIPLIST', 'hash', 4],
  [14, 'LIST_QUICKLIST', 'list', 7],
  [15, 'STREAM_LISTPACKS', 'stream', 9],
  [16, 'HASH_LISTPACK', 'hash', 10],
  [17, 'ZSET_LISTPACK', 'zset', 10],
  [18, 'LIST_QUICKLIST_2', 'list', 10],
  [19, 'STREAM_LISTPACKS_2', 'stream', 10],
  [20, 'SET_LISTPACK', 'set', 11],
  [21, 'STREAM_LISTPACKS_3', 'stream', 11],
]

const REDIS: Rows = [
  ...COMMON,
  [22, 'HASH_METADATA_PRE_GA', 'hash', 12],
  [23, 'HASH_LISTPACK_EX_PRE_GA', 'hash', 12],
  [24, 'HASH_METADATA', 'hash', 12],
  [25, 'HASH_LISTPACK_EX', 'hash', 12],
  [26, 'STREAM_LISTPACKS_4', 'stream', 13],
  [27, 'STREAM_LISTPACKS_5', 'stream', 14],
  [28, 'ARRAY', 'array', 14],
  [29, 'HASH_TMPL_LISTPACK', 'hash', 15],
  [30, 'HASH_TMPL_LISTPACK_REF', 'hash', 15],
  [31, 'HASH_TMPL_ARRAY', 'hash', 15],
  [32, 'HASH_TMPL_ARRAY_REF', 'hash', 15],
]

const DRAGONFLY: Rows = [
  ...COMMON,
  [30, 'DF_JSON', 'string', 9],
  [31, 'DF_HASH_WITH_EXPIRY', 'hash', 9],
  [32, 'DF_SET_WITH_EXPIRY', 'set', 9],
]

const VALKEY: Rows = [...COMMON, [22, 'HASH_2', 'hash', 80], [23, 'PATH_HASH', 'hash', 81]]

function byNumber(rows: Rows): readonly (TypeRow | undefined)[] {
  const table: (TypeRow | undefined)[] = Array.from({length: 256}, () => undefined)
  for (const [type, name, logical, since] of rows) table[type] = {name, logical, since}
  return table
}

/** Type byte to row, per dialect; `undefined` where the dialect knows no such type. */
export const TYPES: Readonly<Record<Dialect, readonly (TypeRow | undefined)[]>> = {
  redis: byNumber(REDIS),
  valkey: byNumber(VALKEY),
  dragonfly: byNumber(DRAGONFLY),
}

/** Opcodes of Redis 7.0 and before, with the RDB version that brought them; Redis Enterprise's count as 9. */
const COMMON_OPCODES = {
  255: 1,
  254: 1,
  253: 1,
  252: 3,
  251: 7,
  250: 7,
  249: 9,
  248: 9,
  247: 9,
  245: 10,
  121: 9,
  107: 9,
}

/** The oldest RDB version that knows an opcode, per dialect. */
export const OPCODE_SINCE: Readonly<Record<Dialect, Readonly<Record<number, number>>>> = {
  redis: {...COMMON_OPCODES, 246: 10, 244: 12, 243: 13, 242: 15},
  valkey: {...COMMON_OPCODES, 244: 80, 243: 80, 242: 81},
  dragonfly: COMMON_OPCODES,
}
