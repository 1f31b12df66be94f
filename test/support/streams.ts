/** Builders for streams, in every form that servers have written (types 15, 19, 21, 26, 27). */
import {bytes, i64le, len, type Part, str, u64be} from './bytes.ts'
import {type Item, listpack} from './packed.ts'

/** `ms-seq` */
export type Id = `${number}-${number}`

export function splitId(id: Id): [ms: bigint, seq: bigint] {
  const [ms, seq] = id.split('-')
  return [BigInt(ms), BigInt(seq)]
}

/** An id as radix-tree keys hold it: two u64, big-endian. */
export function rawId(id: Id): Buffer {
  const [ms, seq] = splitId(id)
  return bytes(u64be(ms), u64be(seq))
}

/** An id as metadata hold it: two lengths. */
export function lenId(id: Id): Buffer {
  const [ms, seq] = splitId(id)
  return bytes(len(ms), len(seq))
}

export interface StreamItem {
  readonly id: Id
  readonly pairs: readonly Item[]
  readonly deleted?: boolean
}

/**
 * A node: the id of its first item, then a listpack
 *
 *     count, deleted, number of fields, fields, 0            the master entry
 *     flags, ms-diff, seq-diff, [n, fields and] values, lp-count     per item
 *
 * The first item's fields are the master fields. Source: streamAppendItem() in t_stream.c.
 */
export function streamNode(items: readonly StreamItem[]): Buffer {
  const fieldsOf = (item: StreamItem) => item.pairs.filter((_, i) => i % 2 === 0)
  const master = fieldsOf(items[0])
  const [baseMs, baseSeq] = splitId(items[0].id)
  const deleted = items.filter((item) => item.deleted).length
  const out: Item[] = [items.length - deleted, deleted, master.length, ...master, 0]
  for (const item of items) {
    const [ms, seq] = splitId(item.id)
    const fields = fieldsOf(item)
    const same = fields.length === master.length && fields.every((field, i) => field === master[i])
    out.push((item.deleted ? 1 : 0) | (same ? 2 : 0), ms - baseMs, seq - baseSeq)
    if (same) out.push(...item.pairs.filter((_, i) => i % 2 === 1), fields.length + 3)
    else out.push(fields.length, ...item.pairs, fields.length * 2 + 4)
  }
  return bytes(str(rawId(items[0].id)), str(listpack(out)))
}

export interface StreamGroup {
  readonly name: Part
  readonly lastId: Id
  /** -1 when unknown. */
  readonly entriesRead?: number
  readonly pending?: readonly {id: Id; time: number; count: number}[]
  readonly consumers?: readonly {name: Part; seen: number; active: number; owns: readonly Id[]}[]
  readonly nacked?: readonly Id[]
}

export interface StreamParts {
  readonly type: 15 | 19 | 21 | 26 | 27
  readonly nodes: readonly (readonly StreamItem[])[]
  readonly length?: number
  readonly lastId: Id
  readonly firstId?: Id
  readonly maxDeletedId?: Id
  readonly entriesAdded?: number
  readonly groups?: readonly StreamGroup[]
  readonly idmp?: Idmp
}

export interface Idmp {
  readonly durationSeconds: number
  readonly maxEntries: number
  readonly producers: readonly {id: Part; iids: readonly (readonly [iid: Part, id: Id])[]}[]
  readonly added: number
  readonly duplicates: number
}

/** The value of a stream key, all after its name. Source: rdbSaveObject() in rdb.c. */
export function stream(parts: StreamParts): Buffer {
  const {type, nodes, lastId, groups = []} = parts
  const live = nodes.flat().filter((item) => !item.deleted)
  const length = parts.length ?? live.length
  const out: Part[] = [len(nodes.length), ...nodes.map(streamNode), len(length), lenId(lastId)]
  if (type >= 19) {
    out.push(lenId(parts.firstId ?? live[0]?.id ?? '0-0'), lenId(parts.maxDeletedId ?? '0-0'))
    out.push(len(parts.entriesAdded ?? length))
  }
  out.push(len(groups.length), ...groups.map((group) => streamGroup(group, type)))
  if (type >= 26) out.push(idmpBlock(parts.idmp))
  return bytes(...out)
}

function streamGroup(group: StreamGroup, type: number): Buffer {
  const {pending = [], consumers = [], nacked = []} = group
  const out: Part[] = [str(group.name), lenId(group.lastId)]
  if (type >= 19) out.push(len(group.entriesRead ?? -1))
  out.push(len(pending.length))
  for (const {id, time, count} of pending) out.push(rawId(id), i64le(time), len(count))
  out.push(len(consumers.length))
  for (const {name, seen, active, owns} of consumers) {
    out.push(str(name), i64le(seen))
    if (type >= 21) out.push(i64le(active))
    out.push(len(owns.length), ...owns.map(rawId))
  }
  if (type >= 27) out.push(len(nacked.length), ...nacked.map(rawId))
  return bytes(...out)
}

const NO_IDMP: Idmp = {
  durationSeconds: 100,
  maxEntries: 100,
  producers: [],
  added: 0,
  duplicates: 0,
}

function idmpBlock(idmp = NO_IDMP): Buffer {
  const producers = idmp.producers.map(({id, iids}) =>
    bytes(str(id), len(iids.length), ...iids.flatMap(([iid, at]) => [str(iid), lenId(at)])),
  )
  return bytes(
    len(idmp.durationSeconds),
    len(idmp.maxEntries),
    len(producers.length),
    ...producers,
    len(idmp.added),
    len(idmp.duplicates),
  )
}
