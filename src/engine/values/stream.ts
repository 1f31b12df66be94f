/** Streams as values: given to visitors, copied, taken from readers. */
import {RdbType} from '../../formats/rdb/types.ts'
import type {ValueVisitor} from '../../formats/rdb/visitor.ts'
import type {Keyspace} from '../keyspace.ts'
import {Kind, objectOf, setValue} from './kinds.ts'
import type {ValueOps} from './ops.ts'
import {ADDED, cloneStream, firstId, LAST_ID, MAX_DELETED_ID, type Stream} from './stream-data.ts'
import {cloneGroup, type Group} from './stream-group.ts'
import {bigAt, ID_BYTES, streamId, writeIdBytes} from './stream-id.ts'
import type {Idmp} from './stream-idmp.ts'
import {StreamLoader} from './stream-loader.ts'
import {ItemWalk, packedStart, SAME_FIELDS, type StreamNode} from './stream-node.ts'
import {
  entryAfter,
  intText,
  isTextEntry,
  skipEntries,
  smallInt,
  textEnd,
  textStart,
} from './stream-packed.ts'
import {CONSUMER, DELIVERIES, TIME} from './stream-pel.ts'

/** The longest integer, and the longest id. */
const TEXT_BYTES = 20

export const streamOf = (keyspace: Keyspace, entry: number): Stream =>
  objectOf<Stream>(keyspace, entry)

/** Every node: `take` gets its bytes, the id from 0 on, the listpack from `start` to `end`. */
export function visitNodes(
  {nodes, head}: Stream,
  take: (bytes: Uint8Array, start: number, end: number) => void,
): void {
  for (let i = head; i < nodes.length; i++) take(nodes[i].bytes, packedStart, nodes[i].length)
}

/** Nacks and producers need the types of the servers that know them. */
function typeOf({groups, idmp}: Stream): number {
  if (groups.some(({nacked}) => nacked !== null && nacked.size > 0)) {
    return RdbType.STREAM_LISTPACKS_5
  }
  return idmp ? RdbType.STREAM_LISTPACKS_4 : RdbType.STREAM_LISTPACKS_3
}

function visit(keyspace: Keyspace, entry: number, visitor: ValueVisitor): void {
  const stream = streamOf(keyspace, entry)
  const {words, groups, idmp} = stream
  visitor.begin('stream', typeOf(stream), -1)
  visitEntries(stream, visitor)
  const first = new Uint32Array(4)
  firstId(stream, first, 0)
  visitor.streamEnd({
    length: BigInt(stream.length),
    lastId: streamId(words, LAST_ID),
    firstId: streamId(first, 0),
    maxDeletedId: streamId(words, MAX_DELETED_ID),
    entriesAdded: bigAt(words, ADDED),
    groups: groups.length,
  })
  for (const group of groups) visitGroup(group, visitor)
  if (idmp) visitIdmp(idmp, visitor)
  visitor.end()
}

function visitEntries({nodes, head}: Stream, visitor: ValueVisitor): void {
  for (let i = head; i < nodes.length; i++) {
    const {bytes, length} = nodes[i]
    if (!visitor.streamNode?.(bytes, 0, packedStart, length)) visitItems(nodes[i], visitor)
  }
}

function visitItems(of: StreamNode, visitor: ValueVisitor): void {
  const text = new Uint8Array(TEXT_BYTES)
  const id = new Uint8Array(ID_BYTES)
  const walk = new ItemWalk(of, of.firstLive)
  while (walk.step()) {
    if (!walk.isLive) continue
    const {node, flags} = walk
    const {bytes} = node
    writeIdBytes(walk.id, 0, id, 0)
    visitor.entry(id, 0)
    const same = (flags & SAME_FIELDS) !== 0
    let value = skipEntries(bytes, walk.at, 3)
    const pairs = same ? node.fields : smallInt(bytes, value)
    let field = node.fieldsAt
    if (!same) value = entryAfter(bytes, value)
    for (let left = pairs; left > 0; left--) {
      if (!same) field = value
      const behind = entryAfter(bytes, field)
      if (!same) value = behind
      if (isTextEntry(bytes, field)) {
        visitor.field(bytes, textStart(bytes, field), textEnd(bytes, field))
      } else visitor.field(text, 0, intText(bytes, field, text))
      if (isTextEntry(bytes, value)) {
        visitor.value(bytes, textStart(bytes, value), textEnd(bytes, value))
      } else visitor.value(text, 0, intText(bytes, value, text))
      value = entryAfter(bytes, value)
      field = behind
    }
  }
}

function visitGroup(group: Group, visitor: ValueVisitor): void {
  const {name, pel, consumers, nacked, entriesRead} = group
  const id = new Uint8Array(ID_BYTES)
  visitor.group(name, 0, name.length, {lastId: streamId(group.lastId, 0), entriesRead})
  /** Ids of what each consumer owns, one behind the other. */
  const owned = new Map<number, Uint8Array>()
  const places = new Map<number, number>()
  for (const {number, pending} of consumers) owned.set(number, new Uint8Array(pending * ID_BYTES))
  for (pel.rewind(); pel.exists; pel.step()) {
    const {words, at} = pel
    writeIdBytes(words, at, id, 0)
    visitor.pending(
      id,
      0,
      BigInt.asIntN(64, bigAt(words, at + TIME)),
      bigAt(words, at + DELIVERIES),
    )
    const owner = words[at + CONSUMER]
    const place = places.get(owner) ?? 0
    owned.get(owner)?.set(id, place)
    places.set(owner, place + ID_BYTES)
  }
  for (const {name, number, seenMs, activeMs} of consumers) {
    visitor.consumer(name, 0, name.length, BigInt(seenMs), BigInt(activeMs))
    const ids = owned.get(number) ?? id
    for (let at = 0; at < ids.length; at += ID_BYTES) visitor.owned(ids, at)
  }
  for (const words of nacked?.values() ?? []) {
    writeIdBytes(words, 0, id, 0)
    visitor.nacked(id, 0)
  }
}

function visitIdmp({producers, ...meta}: Idmp, visitor: ValueVisitor): void {
  for (const {name, iids} of producers) {
    visitor.producer(name, 0, name.length, iids.length)
    for (const {iid, ms, seq} of iids) visitor.iid(iid, 0, iid.length, ms, seq)
  }
  visitor.idmp(meta)
}

export const STREAM_OPS: ValueOps = {
  visit,
  copy(from, entry, to, target) {
    const stream = cloneStream(streamOf(from.keyspace, entry), cloneGroup)
    setValue(to.keyspace, target, Kind.STREAM, to.keyspace.addObject(stream))
    return target
  },
  encoding: () => 'stream',
  loader: () => new StreamLoader(),
}
