/** Values as calls on a visitor, the way a reader makes them. */
import {RdbType} from '../../src/formats/rdb/types.ts'
import type {StreamId, ValueVisitor} from '../../src/formats/rdb/visitor.ts'
import {bytes, type Part, u64be} from './bytes.ts'

export type Visit = (visitor: ValueVisitor) => void

const span = (part: Part): [Uint8Array, number, number] => {
  // Never at the start of its memory, so that offsets count.
  const data = bytes(part)
  return [bytes('..', data, '..'), 2, 2 + data.length]
}

export const string =
  (...pieces: Part[]): Visit =>
  (v) => {
    v.begin('string', RdbType.STRING, -1)
    for (const piece of pieces) v.piece(...span(piece))
    v.end()
  }

export const list =
  (members: Iterable<Part>, count = -1): Visit =>
  (v) => {
    v.begin('list', RdbType.LIST, count)
    for (const member of members) v.member(...span(member))
    v.end()
  }

export const set =
  (members: readonly Part[], count = members.length): Visit =>
  (v) => {
    v.begin('set', RdbType.SET, count)
    for (const member of members) v.member(...span(member))
    v.end()
  }

export const zset =
  (
    members: readonly (readonly [Part, number])[],
    type: number = RdbType.ZSET_2,
    count = members.length,
  ): Visit =>
  (v) => {
    v.begin('zset', type, count)
    for (const [member, score] of members) {
      v.member(...span(member))
      v.score(score)
    }
    v.end()
  }

export const hash =
  (
    fields: readonly (readonly [field: Part, value: Part, expiresAtMs?: number])[],
    type: number = RdbType.HASH,
    count = fields.length,
  ): Visit =>
  (v) => {
    v.begin('hash', type, count)
    for (const [field, value, expiresAtMs] of fields) {
      v.field(...span(field))
      v.value(...span(value))
      if (expiresAtMs !== undefined) v.fieldExpiry(expiresAtMs)
    }
    v.end()
  }

export const streamId = (ms: bigint | number, seq: bigint | number): StreamId => ({
  ms: BigInt(ms),
  seq: BigInt(seq),
})

export interface GroupVisit {
  readonly name: string
  readonly lastId: StreamId
  readonly entriesRead?: bigint
  readonly pending?: readonly (readonly [id: StreamId, ms: bigint, count: bigint])[]
  readonly consumers?: readonly {name: string; owned?: readonly StreamId[]}[]
  readonly nacked?: readonly StreamId[]
}

export interface StreamVisit {
  readonly type?: number
  readonly entries: readonly (readonly [id: StreamId, pairs: readonly Part[]])[]
  readonly lastId?: StreamId
  readonly maxDeletedId?: StreamId
  readonly entriesAdded?: bigint
  readonly groups?: readonly GroupVisit[]
  readonly iidsAdded?: bigint
}

const rawId = ({ms, seq}: StreamId): Uint8Array => bytes(u64be(ms), u64be(seq))

export const stream =
  (value: StreamVisit): Visit =>
  (v) => {
    const {entries, groups = []} = value
    const type = value.type ?? RdbType.STREAM_LISTPACKS_3
    v.begin('stream', type, -1)
    for (const [id, pairs] of entries) {
      v.entry(rawId(id), 0)
      pairs.forEach((part, i) => {
        if (i % 2 === 0) v.field(...span(part))
        else v.value(...span(part))
      })
    }
    const none = streamId(0, 0)
    v.streamEnd({
      length: BigInt(entries.length),
      lastId: value.lastId ?? entries[entries.length - 1]?.[0] ?? none,
      firstId: entries[0]?.[0] ?? none,
      maxDeletedId: value.maxDeletedId ?? none,
      entriesAdded: value.entriesAdded ?? BigInt(entries.length),
      groups: groups.length,
    })
    for (const group of groups) visitGroup(v, group)
    if (type >= RdbType.STREAM_LISTPACKS_4) {
      const iidsAdded = value.iidsAdded ?? 0n
      v.idmp({durationSeconds: 100n, maxEntries: 100n, iidsAdded, iidsDuplicates: 0n})
    }
    v.end()
  }

function visitGroup(v: ValueVisitor, group: GroupVisit): void {
  v.group(...span(group.name), {lastId: group.lastId, entriesRead: group.entriesRead ?? -1n})
  for (const [id, ms, count] of group.pending ?? []) v.pending(rawId(id), 0, ms, count)
  for (const {name, owned = []} of group.consumers ?? []) {
    v.consumer(...span(name), 1000n, 2000n)
    for (const id of owned) v.owned(rawId(id), 0)
  }
  for (const id of group.nacked ?? []) v.nacked(rawId(id), 0)
}

/** A module value: an id, then items; strings in two pieces. */
export const module =
  (
    id: bigint,
    items: readonly (readonly [opcode: number, value: bigint | number | string])[],
  ): Visit =>
  (v) => {
    const none = new Uint8Array(0)
    v.begin('module', RdbType.MODULE_2, -1)
    v.moduleId(id)
    for (const [opcode, value] of items) {
      if (typeof value !== 'string') v.moduleItem(opcode, value, none, 0, 0)
      else {
        v.moduleItem(opcode, 1, none, 0, 0)
        v.piece(...span(value.slice(0, 2)))
        v.piece(...span(value.slice(2)))
        v.moduleItem(opcode, 0, none, 0, 0)
      }
    }
    v.end()
  }
