import {ADDED, firstId, hasHoleFrom, LAST_ID, type Stream} from '../values/stream-data.ts'
import type {Group} from '../values/stream-group.ts'
import {bigAt, compareIds} from '../values/stream-id.ts'

/** How many entries a group has not been given yet; null where deleted ones make it unknown. Source: streamEstimateDistance...() */
export function groupLag(stream: Stream, group: Group): bigint | null {
  const added = bigAt(stream.words, ADDED)
  if (added === 0n) return 0n
  const {lastId, entriesRead} = group
  if (entriesRead >= 0n && !hasHoleFrom(stream, lastId, 0)) return added - entriesRead
  const read = distance(stream, lastId, added)
  return read === null ? null : added - read
}

/** How many entries were added up to an id, where that can be known. Source: streamEstimateDistanceFromFirstEverEntry(). */
function distance(stream: Stream, id: Uint32Array, added: bigint): bigint | null {
  const {words, length} = stream
  if (added === 0n) return 0n
  const first = new Uint32Array(4)
  firstId(stream, first, 0)
  if (length === 0 && compareIds(id, 0, words, LAST_ID) <= 0) return added
  if (compareIds(id, 0, words, LAST_ID) === 0) return added
  if (compareIds(id, 0, words, LAST_ID) > 0) return null
  if (hasHoleFrom(stream, new Uint32Array(4), 0)) return null
  const order = compareIds(id, 0, first, 0)
  if (order < 0) return added - BigInt(length)
  return order === 0 ? added - BigInt(length) + 1n : null
}
