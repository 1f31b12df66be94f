/** What older stream types do not say, made up as servers do when they load them. */
import {RdbType} from './types.ts'
import type {GroupMeta, IdmpMeta, StreamId, StreamMeta} from './visitor.ts'

/** The first type with first id, highest deleted id, entries added and entries read. */
export const COUNTERS_SINCE: number = RdbType.STREAM_LISTPACKS_2
/** Mask of the types with these that runs write anew. */
export const COUNTED_STREAMS: number =
  (1 << RdbType.STREAM_LISTPACKS_2) | (1 << RdbType.STREAM_LISTPACKS_3)
/** What a stream has whose producers nobody configured. Source: config.c of Redis 8.6. */
const IDMP_DEFAULT = 100n

/** The length is what was really there: `length` entries from `firstId` on. */
export function completeMeta(
  stored: StreamMeta,
  type: number,
  length: bigint,
  firstId: StreamId,
): StreamMeta {
  if (type >= COUNTERS_SINCE) return {...stored, length}
  return {...stored, length, firstId, maxDeletedId: {ms: 0n, seq: 0n}, entriesAdded: length}
}

/** Source: streamEstimateDistanceFromFirstEverEntry() in t_stream.c, for a stream without counters. */
export function groupEntriesRead(group: GroupMeta, type: number, meta: StreamMeta): bigint {
  if (type >= COUNTERS_SINCE) return group.entriesRead
  const toLast = compareIds(group.lastId, meta.lastId)
  if (meta.length === 0n) return 0n
  if (toLast >= 0) return toLast === 0 ? meta.length : -1n
  const toFirst = compareIds(group.lastId, meta.firstId)
  return toFirst < 0 ? 0n : toFirst === 0 ? 1n : -1n
}

/** Whether a stream has idempotent producers, or other settings for them than it would get anyway. */
export function idmpInUse(meta: IdmpMeta): boolean {
  if (meta.iidsAdded > 0n || meta.iidsDuplicates > 0n) return true
  return meta.durationSeconds !== IDMP_DEFAULT || meta.maxEntries !== IDMP_DEFAULT
}

export function compareIds(a: StreamId, b: StreamId): number {
  if (a.ms !== b.ms) return a.ms < b.ms ? -1 : 1
  return a.seq === b.seq ? 0 : a.seq < b.seq ? -1 : 1
}
