/**
 * Streams: types 15, 19, 21, 26 and 27.
 *
 *     length nodes, nodes x (string master id, string listpack)     see stream-node.ts
 *     length entries | last id
 *     first id | max deleted id | length entries added              from 19 on
 *     length groups, groups x
 *         string name | last delivered id | length entries read     entries read from 19 on, 2^64 - 1 for unknown
 *         length pending, pending x (16 bytes id, i64le delivery ms, length delivery count)
 *         length consumers, consumers x
 *             string name | i64le seen ms | i64le active ms         active from 21 on
 *             length owned, owned x 16 bytes id
 *         length nacked, nacked x 16 bytes id                       27
 *     idmp: length duration, length max entries, length producers,
 *         producers x (string id, length n, n x (string iid, length ms, length seq)),
 *         length iids added, length iids duplicate                  from 26 on
 *
 * An id outside of listpacks and pending lists is two lengths: ms, seq.
 * Source: rdbLoadObject() in rdb.c, streamValidateListpackIntegrity() in t_stream.c, Redis 5.0 to 8.8.
 */
import {AREA_NAME} from '../bytes/areas.ts'

import {SCRATCH} from '../kernel/layout.ts'
import {big, readBigLength, readCount, readLength64, readString} from './primitives.ts'
import type {RdbReader} from './reader.ts'
import {miscount, readNode} from './stream-node.ts'
import {RdbType} from './types.ts'
import type {StreamId, StreamMeta, ValueVisitor} from './visitor.ts'

type Visit = ValueVisitor | null

/** Where a pending entry lies while its delivery count is read: 16 bytes id, i64le ms. */
const PENDING = SCRATCH + 64

/** A node's id and its listpack, both compressed as far as that goes. */
const SMALLEST_NODE = 12

/** What the nodes add up to, to compare with what the stream says of itself. */
export interface NodeTotals {
  nodes: number
  entries: number
  /** Ids of the first and last live entry, and of the last item that was ever in a node; null without any. */
  first: StreamId | null
  last: StreamId | null
  /** False when a node could not be read, so that nothing can be compared. */
  complete: boolean
}

export function readStream(r: RdbReader, visit: Visit): void {
  visit?.begin('stream', r.type, -1)
  const totals = readNodes(r, visit)
  const meta = readMeta(r, totals)
  visit?.streamEnd(meta)
  r.groupNames.begin(meta.groups)
  for (let left = meta.groups; left > 0; left--) readGroup(r, visit, meta)
  if (r.type >= RdbType.STREAM_LISTPACKS_4) readIdmp(r, visit)
  visit?.end()
}

function readNodes(r: RdbReader, visit: Visit): NodeTotals {
  const {c} = r
  const nodes = readCount(c, SMALLEST_NODE, 'nodes')
  const totals: NodeTotals = {nodes, entries: 0, first: null, last: null, complete: r.deep}
  if (r.deep) r.seen.begin(nodes)
  for (let left = nodes; left > 0; left--) readNode(r, visit, totals)
  return totals
}

function readId(r: RdbReader): StreamId {
  const ms = readBigLength(r.c)
  return {ms, seq: readBigLength(r.c)}
}

export const compareIds = (a: StreamId, b: StreamId): number =>
  a.ms < b.ms ? -1 : a.ms > b.ms ? 1 : a.seq < b.seq ? -1 : a.seq > b.seq ? 1 : 0

export const idText = ({ms, seq}: StreamId): string => `${ms}-${seq}`

const ZERO: StreamId = {ms: 0n, seq: 0n}

function readMeta(r: RdbReader, totals: NodeTotals): StreamMeta {
  const {c} = r
  const start = c.offset
  const length = readBigLength(c)
  const lastId = readId(r)
  const stored = r.type >= RdbType.STREAM_LISTPACKS_2
  const firstId = stored ? readId(r) : (totals.first ?? ZERO)
  const maxDeletedId = stored ? readId(r) : ZERO
  const entriesAdded = stored ? readBigLength(c) : length
  const groups = readCount(c, 5, 'groups')
  if (totals.complete) {
    if (length > 0n && totals.nodes === 0) {
      r.report('RDB_STREAM', start, `${length} entries are claimed, there are none`)
    } else if (length !== BigInt(totals.entries)) {
      miscount(r, start, `${length} entries are claimed, there are ${totals.entries}`)
    }
    if (totals.last && compareIds(totals.last, lastId) > 0) {
      r.warn('RDB_STREAM', start, `the last id ${idText(lastId)} is below that of an entry`)
    }
    if (stored && totals.first && compareIds(totals.first, firstId) !== 0) {
      r.warn('RDB_STREAM', start, `the first id ${idText(firstId)} is not that of the first entry`)
    }
  }
  return {length, lastId, firstId, maxDeletedId, entriesAdded, groups}
}

/** Read a name that must be new in its set. */
function readName(r: RdbReader, names: RdbReader['groupNames'], what: string): void {
  const {c} = r
  const start = c.offset
  try {
    readString(c)
  } catch (error) {
    r.reportError(error, what)
    c.start = c.end
    return
  }
  if (r.deep && names.add(c.start, c.end)) {
    r.report('RDB_DUPLICATE', start, `a ${what} name that is there twice`)
  }
}

function readGroup(r: RdbReader, visit: Visit, meta: StreamMeta): void {
  const {c} = r
  readName(r, r.groupNames, 'group')
  if (visit) c.keep(AREA_NAME)
  const start = c.offset
  const lastId = readId(r)
  let entriesRead = -1n
  if (r.type >= RdbType.STREAM_LISTPACKS_2) entriesRead = BigInt.asIntN(64, readBigLength(c))
  if (entriesRead < -1n || (entriesRead >= 0n && entriesRead > meta.entriesAdded)) {
    r.warn('RDB_STREAM', start, 'a group has read more entries than were added', 'group')
  }
  visit?.group(c.memory, c.keptStart, c.keptEnd, {lastId, entriesRead})
  const pending = readPending(r, visit)
  let owned = readConsumers(r, visit)
  if (r.type >= RdbType.STREAM_LISTPACKS_5) owned += readOwned(r, visit, 'nacked')
  if (r.deep && owned < pending) {
    const detail = `${pending - owned} pending entries belong to no consumer`
    r.report('RDB_STREAM', start, detail, 'group')
  }
}

function readPending(r: RdbReader, visit: Visit): number {
  const {c} = r
  const count = readCount(c, 25, 'pending entries')
  r.pendingIds.begin(count)
  r.ownedIds.begin(count)
  for (let left = count; left > 0; left--) {
    const start = c.offset
    const at = c.take(24)
    if (r.deep && r.pendingIds.add(at, at + 16)) {
      r.report('RDB_DUPLICATE', start, 'a pending entry that is there twice', 'group')
    }
    if (!visit) {
      readLength64(c)
      continue
    }
    c.memory.copyWithin(PENDING, at, at + 24)
    const deliveryTimeMs = c.view.getBigInt64(PENDING + 16, true)
    const deliveryCount = readBigLength(c)
    visit.pending(c.memory, PENDING, deliveryTimeMs, deliveryCount)
  }
  return count
}

function readConsumers(r: RdbReader, visit: Visit): number {
  const {c} = r
  let total = 0
  const consumers = readCount(c, 10, 'consumers')
  r.consumerNames.begin(consumers)
  for (let left = consumers; left > 0; left--) {
    readName(r, r.consumerNames, 'consumer')
    if (visit) c.keep(AREA_NAME)
    c.u64le()
    const seen = BigInt.asIntN(64, big(c))
    if (r.type >= RdbType.STREAM_LISTPACKS_3) c.u64le()
    const active = BigInt.asIntN(64, big(c))
    visit?.consumer(c.memory, c.keptStart, c.keptEnd, seen, active)
    total += readOwned(r, visit, 'consumer')
  }
  return total
}

/** Ids that must be in the group's pending list, each in one place only. */
function readOwned(r: RdbReader, visit: Visit, role: 'consumer' | 'nacked'): number {
  const {c} = r
  const count = readCount(c, 16, 'pending entries')
  for (let left = count; left > 0; left--) {
    const start = c.offset
    const at = c.take(16)
    if (r.deep && !r.pendingIds.has(at, at + 16)) {
      r.report('RDB_STREAM', start, 'an entry that is not in the pending list of its group', role)
    } else if (r.deep && r.ownedIds.add(at, at + 16)) {
      r.report('RDB_STREAM', start, 'a pending entry with two owners', role)
    }
    if (role === 'consumer') visit?.owned(c.memory, at)
    else visit?.nacked(c.memory, at)
  }
  return count
}

function readIdmp(r: RdbReader, visit: Visit): void {
  const {c} = r
  const start = c.offset
  const durationSeconds = readBigLength(c)
  const maxEntries = readBigLength(c)
  const inRange = durationSeconds >= 1n && durationSeconds <= 86400n
  if (!inRange || maxEntries < 1n || maxEntries > 10000n) {
    r.report('RDB_STREAM', start, 'the settings of idempotent producers are out of range')
  }
  const producers = readCount(c, 2, 'producers')
  r.consumerNames.begin(producers)
  for (let left = producers; left > 0; left--) readProducer(r, visit)
  const iidsAdded = readBigLength(c)
  const iidsDuplicates = readBigLength(c)
  visit?.idmp({durationSeconds, maxEntries, iidsAdded, iidsDuplicates})
}

function readProducer(r: RdbReader, visit: Visit): void {
  const {c} = r
  readName(r, r.consumerNames, 'producer')
  if (visit) c.keep(AREA_NAME)
  const count = readCount(c, 3, 'iids')
  visit?.producer(c.memory, c.keptStart, c.keptEnd, count)
  for (let left = count; left > 0; left--) {
    readString(c)
    if (visit) c.keep(AREA_NAME)
    const {ms, seq} = readId(r)
    visit?.iid(c.memory, c.keptStart, c.keptEnd, ms, seq)
  }
}
