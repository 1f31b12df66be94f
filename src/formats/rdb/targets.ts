/** Servers by name, and the newest RDB version that each of them reads: rdb.h of every release. */
import type {Source, Target, TargetDialect} from './features.ts'

const redis = (version: number): Target => ({dialect: 'redis', version})
const valkey = (version: number): Target => ({dialect: 'valkey', version})

/** A name without a minor version is the oldest release of its major version. */
export const SERVERS: Readonly<Record<string, Target>> = {
  'redis-2.6': redis(6),
  'redis-2.8': redis(6),
  'redis-3.0': redis(6),
  'redis-3.2': redis(7),
  'redis-4.0': redis(8),
  'redis-5.0': redis(9),
  'redis-6.0': redis(9),
  'redis-6.2': redis(9),
  'redis-7.0': redis(10),
  'redis-7.2': redis(11),
  'redis-7.4': redis(12),
  'redis-8.0': redis(12),
  'redis-8.2': redis(12),
  'redis-8.4': redis(12),
  'redis-8.6': redis(13),
  'redis-8.8': redis(14),
  'redis-8.10': redis(15),
  'redis-3': redis(6),
  'redis-4': redis(8),
  'redis-5': redis(9),
  'redis-6': redis(9),
  'redis-7': redis(10),
  'redis-8': redis(12),
  'valkey-7.2': valkey(11),
  'valkey-8.0': valkey(11),
  'valkey-8.1': valkey(11),
  'valkey-9.0': valkey(80),
  'valkey-9.1': valkey(80),
  'valkey-9.2': valkey(81),
  'valkey-7': valkey(11),
  'valkey-8': valkey(11),
  'valkey-9': valkey(80),
}

/** The first version of Valkey's own: below it a number means the same to Redis. */
const FIRST_VALKEY = 80
/** The oldest version that is written; all servers since 2.6 read it. */
const OLDEST = 6

/** The target that a version number names, for data from `source`. */
export function targetOf(version: number, source: Source | null): Target {
  const dialect: TargetDialect =
    version >= FIRST_VALKEY || (version === 11 && source?.dialect === 'valkey') ? 'valkey' : 'redis'
  return {dialect, version: Math.max(version, OLDEST)}
}
