/**
 * How large the structures of a server are, in bytes, and how its MEMORY USAGE adds them up.
 * Sources: objectComputeSize() in object.c and the structures of Redis 4.0 to 8.0 and Valkey 8.0 to 9.1; rdb.md §20 for what was measured.
 */
import type {Allocator} from './allocator.ts'

export interface ServerLayout {
  /** Servers that come with this. */
  readonly name: string
  /** Strings and packed encodings count as long as they are, not as what the allocator gave for them. */
  readonly exact: 'all' | 'packed' | 'none'
  /** Where the key of the database lies. */
  readonly key: 'own' | 'in entry' | 'in object' | 'not counted'
  /** The header of a key is that of longer strings. */
  readonly wideKeys: boolean
  readonly dict: number
  /** Is a table of members, fields or scores made of buckets of 64 bytes with 7 entries each? */
  readonly buckets: boolean
  readonly quicklistNode: number
  /** A list of one node is a listpack without a quicklist around it. */
  readonly listpackLists: boolean
  /** Sets of so many short members are listpacks; 0: none are. */
  readonly setListpackEntries: number
  /** Levels of the head of a skip list, as far as it is counted. */
  readonly skiplistLevels: number
  readonly stream: number
  readonly streamGroup: number
  readonly streamConsumer: number
}

const REDIS_4: ServerLayout = {
  name: 'redis 4.0',
  exact: 'all',
  key: 'own',
  wideKeys: true,
  dict: 96,
  buckets: false,
  quicklistNode: 32,
  listpackLists: false,
  setListpackEntries: 0,
  skiplistLevels: 0,
  stream: 0,
  streamGroup: 32,
  streamConsumer: 24,
}
const REDIS_5: ServerLayout = {...REDIS_4, name: 'redis 5.0', wideKeys: false, skiplistLevels: 64}
const REDIS_6: ServerLayout = {
  ...REDIS_5,
  name: 'redis 6.2',
  exact: 'packed',
  skiplistLevels: 32,
  stream: 40,
}
const REDIS_70: ServerLayout = {
  ...REDIS_6,
  name: 'redis 7.0',
  exact: 'none',
  dict: 56,
  stream: 80,
  streamGroup: 40,
}
const REDIS_72: ServerLayout = {
  ...REDIS_70,
  name: 'redis 7.2',
  listpackLists: true,
  setListpackEntries: 128,
  streamConsumer: 32,
}
const REDIS_8: ServerLayout = {...REDIS_72, name: 'redis 8.0'}
const VALKEY_80: ServerLayout = {...REDIS_72, name: 'valkey 8.0', key: 'in entry'}
const VALKEY_81: ServerLayout = {
  ...VALKEY_80,
  name: 'valkey 8.1',
  key: 'not counted',
  buckets: true,
}
const VALKEY_9: ServerLayout = {...VALKEY_81, name: 'valkey 9.0', key: 'in object'}

type Row = readonly [name: string, since: number, layout: ServerLayout]

/** The newest first. */
const ROWS: readonly Row[] = [
  ['valkey', 9, VALKEY_9],
  ['valkey', 8.1, VALKEY_81],
  ['valkey', 8, VALKEY_80],
  ['valkey', 0, REDIS_72],
  ['redis', 8, REDIS_8],
  ['redis', 7.2, REDIS_72],
  ['redis', 7, REDIS_70],
  ['redis', 6, REDIS_6],
  ['redis', 5, REDIS_5],
  ['redis', 0, REDIS_4],
]

/** Of what wrote an input, `redis 7.0.15`; of Redis 7.2 where that is not known. */
export function layoutOf(producer: string | null): ServerLayout {
  const match = /^(\w+) (\d+)\.(\d+)/.exec(producer ?? '')
  if (match === null) return REDIS_72
  const name = match[1] === 'valkey' ? 'valkey' : 'redis'
  const version = Number(`${match[2]}.${match[3].slice(0, 1)}`)
  const row = ROWS.find(([server, since]) => server === name && version >= since)
  return row?.[2] ?? REDIS_4
}

/** What the allocator of a server is taken for when nothing says. */
export function allocatorOf({exact}: ServerLayout): Allocator {
  return exact === 'all' ? 'prefix' : 'jemalloc'
}
