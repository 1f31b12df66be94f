/**
 * What a target can hold. A target is a dialect and the RDB version that its servers write.
 * Sources: rdb.h and rdb.c of Redis 3.0 to 8.8 and of Valkey 7.2 to 9.1.
 */
import type {Growable} from '../packed/growable.ts'
import {type Dialect, RdbType, TYPES} from './types.ts'

export type TargetDialect = Exclude<Dialect, 'dragonfly'>

export interface Target {
  readonly dialect: TargetDialect
  readonly version: number
}

/**
 * data: without it the target would lose what clients can see. The writer refuses, unless told to drop it.
 * detail: a hint or a statistic. The writer leaves it out and counts it.
 */
export type FeatureWeight = 'data' | 'detail'

interface FeatureRow {
  readonly text: string
  /** The oldest RDB version that holds it; null where no version of the dialect does. */
  readonly redis: number | null
  readonly valkey: number | null
  readonly weight: FeatureWeight
}

const row = (
  text: string,
  redis: number | null,
  valkey: number | null,
  weight: FeatureWeight = 'data',
): FeatureRow => ({text, redis, valkey, weight})

export const FEATURES = {
  'expiry-ms': row('expiries in milliseconds', 3, 3),
  'long-lengths': row('lengths and counts over 32 bits', 8, 8),
  modules: row('module values', 8, 8),
  // Of Redis 8.0. 7.4 writes the same version and has none.
  'vector-sets': row('vector sets', 12, null),
  'module-aux': row('module data outside of keys', 9, 9),
  streams: row('streams', 9, 9),
  functions: row('function libraries', 10, 10),
  'hash-field-ttl': row('expiries of hash fields', 12, 80),
  'far-hash-field-ttl': row('expiries of hash fields past the year 10889', null, 80),
  'member-ttl': row('expiries of set members', null, null),
  'stream-idmp': row('idempotent producers of a stream', 13, null),
  'key-metadata': row('module metadata of keys', 13, null),
  'stream-nacks': row('pending entries of a stream without a consumer', 14, null),
  arrays: row('arrays', 14, null),
  'module-commands': row('module values as commands', null, null),
  'stream-deleted-pending': row('pending entries of deleted messages', 9, 9),
  'stream-idmp-commands': row('idempotent producers of a stream as commands', null, null),
  'path-hashes': row('hashes of paths', null, 81),
  'slot-import': row('unfinished slot imports', null, 80),
  databases: row('databases beyond the number that it has', null, null),
  'long-strings': row('keys, elements and strings over 512 MB', null, null),
  aux: row('AUX fields', 7, 7, 'detail'),
  'size-hints': row('key counts per database', 7, 7, 'detail'),
  idle: row('idle times of keys', 9, 9, 'detail'),
  frequency: row('use frequencies of keys', 9, 9, 'detail'),
  'stream-counters': row('entries added, highest deleted id and entries read', 10, 10, 'detail'),
  'consumer-activity': row('when a consumer was last active', 11, 11, 'detail'),
  'slot-info': row('key counts per slot', 12, null, 'detail'),
  'hash-templates': row('field lists shared between hashes', 15, null, 'detail'),
} as const satisfies Record<string, FeatureRow>

export type Feature = keyof typeof FEATURES

export function supports(target: Target, feature: Feature): boolean {
  const since = FEATURES[feature][target.dialect]
  return since !== null && target.version >= since
}

/** Those of `needs` that the target cannot hold, in their order. */
export function missingFeatures(needs: Iterable<Feature>, target: Target): Feature[] {
  return [...needs].filter((feature) => !supports(target, feature))
}

/** What newer targets hold and the writer can only copy. */
export const COPIED_ONLY: ReadonlySet<Feature> = new Set([
  'stream-idmp',
  'stream-nacks',
  'arrays',
  'path-hashes',
])

/** Targets that the writer knows, newest last. 9 is Redis 5 to 6.2; 11 is Redis 7.2 and Valkey 7.2 to 8.1. */
export const WRITABLE: Readonly<Record<TargetDialect, readonly number[]>> = {
  redis: [6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  valkey: [11, 80, 81],
}

/** `Redis 7.0`, for messages. */
export function targetName(target: Target): string {
  const dialect = target.dialect === 'redis' ? 'Redis' : 'Valkey'
  return `${dialect} files of RDB version ${target.version}`
}

/** Where a value comes from. */
export interface Source {
  readonly dialect: Dialect
  readonly version: number
}

/** Types that servers read but that no file should have any more, and those that refer to something else in their file. */
const NEVER_COPIED: readonly number[] = [
  RdbType.MODULE_PRE_GA,
  RdbType.HASH_TMPL_LISTPACK,
  RdbType.HASH_TMPL_LISTPACK_REF,
  RdbType.HASH_TMPL_ARRAY,
  RdbType.HASH_TMPL_ARRAY_REF,
]
/** The first type whose number has one meaning in Redis and another in Valkey. */
const FIRST_DIVIDED: number = RdbType.HASH_2

const mayHaveVectorSets = ({dialect, version}: Source): boolean =>
  dialect === 'redis' && supports({dialect, version}, 'vector-sets')

/** Whether the bytes of a value can go from one file into another as they are. */
export function canCopy(type: number, from: Source, to: Target): boolean {
  const {[type]: source} = TYPES[from.dialect]
  const {[type]: target} = TYPES[to.dialect]
  if (source === undefined || target === undefined || NEVER_COPIED.includes(type)) return false
  if (type >= FIRST_DIVIDED && from.dialect !== to.dialect) return false
  // Redis 7.4 wrote 22 and 23 before its release only.
  if (to.dialect === 'redis' && (type === 22 || type === 23)) return false
  // Among modules there may be what only the value itself tells.
  if (type === RdbType.MODULE_2 && mayHaveVectorSets(from) && !supports(to, 'vector-sets'))
    return false
  // Lengths of 64 bits may be anywhere in a file from version 8 on, as may ziplist integers since 6.
  if (to.version < 8 && from.version >= 8) return false
  return target.since <= to.version
}

/** Mask of the types below 32 that can be copied in runs (see run.ts), which hold no length of 64 bits: any version can have them. */
export function canCopyRuns(from: Source, to: Target): number {
  const narrow = {...from, version: Math.min(from.version, to.version)}
  let mask = 0
  for (let type = 0; type < 32; type++) if (canCopy(type, narrow, to)) mask |= 1 << type
  return mask >>> 0
}

/** The target cannot hold something, and nobody said that it may be dropped. */
export class UnsupportedByTarget extends Error {
  override readonly name = 'UnsupportedByTarget'
  readonly code = 'UNSUPPORTED_BY_TARGET'
  /** Exit status that this ends in. */
  readonly exit = 20
  readonly feature: Feature
  readonly target: Target
  /** The key it was found in; null outside of keys. */
  readonly key: Uint8Array | null

  constructor(feature: Feature, target: Target, key: Uint8Array | null) {
    super(`${targetName(target)} cannot hold ${FEATURES[feature].text}`)
    this.feature = feature
    this.target = target
    this.key = key
  }
}

/** What a writer may leave out, and what it left out. */
export interface Dropping {
  readonly target: Target
  readonly drop: ReadonlySet<Feature>
  /** How often. */
  readonly dropped: Map<Feature, number>
}

/**
 * True when the target holds a feature, false when it may be dropped, which is counted. `key` is that of the entry at hand, null
 * outside of one. @throws UnsupportedByTarget otherwise.
 */
export function needsFeature(writer: Dropping, feature: Feature, key: Growable | null): boolean {
  return supports(writer.target, feature) || leftOut(writer, feature, key)
}

/** The same for a writer of values in the form of an RDB. */
export function needsWritten(writer: Dropping, feature: Feature, key: Growable | null): boolean {
  if (!COPIED_ONLY.has(feature)) return needsFeature(writer, feature, key)
  return leftOut(writer, feature, key)
}

function leftOut({target, drop, dropped}: Dropping, feature: Feature, key: Growable | null): false {
  if (FEATURES[feature].weight === 'data' && !drop.has(feature)) {
    throw new UnsupportedByTarget(feature, target, key ? key.bytes.slice(0, key.length) : null)
  }
  dropped.set(feature, (dropped.get(feature) ?? 0) + 1)
  return false
}
