import type {LogicalType} from './types.ts'

/** What a value, or a part of one, is in the file: `plain` is a string as it is. */
export type BlobEncoding = 'plain' | 'listpack' | 'ziplist' | 'intset' | 'zipmap'

/**
 * Receives one value, element by element. Every span lies in `memory` and is valid until the method returns.
 * Order of calls: `begin`, then per logical type
 *
 *     string   piece*                              the pieces of the value in order
 *     list     member*                             head to tail
 *     set      member*
 *     zset     (member score)*                     in the order of the file
 *     hash     (field value [fieldExpiry])*
 *     stream   (entry (field value)*)* streamEnd (group pending* (consumer owned*)* nacked*)*
 *              [(producer iid*)* idmp]             deleted entries are left out
 *     array    (cell value)*
 *     module   moduleId moduleItem*                a string item is moduleItem(5, 1), piece*, moduleItem(5, 0)
 *
 * then `end`. Ids of streams are 16 bytes, milliseconds then sequence, each u64 big-endian.
 */
export interface ValueVisitor {
  /**
   * Asked before the pieces of a string, and before the elements of a packed encoding: it has so many bytes, and elements. Where
   * the answer is true, these are checked as for `skipValue()` but not given.
   */
  suffices?(encoding: BlobEncoding, bytes: number, elements: number): boolean
  /** `type` is the type byte of the file; `count` its elements, -1 where the file does not say before they are read. */
  begin(logical: LogicalType, type: number, count: number): void
  piece(memory: Uint8Array, start: number, end: number): void
  member(memory: Uint8Array, start: number, end: number): void
  score(score: number): void
  field(memory: Uint8Array, start: number, end: number): void
  value(memory: Uint8Array, start: number, end: number): void
  /** Absolute expiry of the field just given, in ms. */
  fieldExpiry(expiresAtMs: number): void
  entry(memory: Uint8Array, idStart: number): void
  streamEnd(meta: StreamMeta): void
  group(memory: Uint8Array, start: number, end: number, meta: GroupMeta): void
  pending(memory: Uint8Array, idStart: number, deliveryTimeMs: bigint, deliveryCount: bigint): void
  consumer(memory: Uint8Array, start: number, end: number, seenMs: bigint, activeMs: bigint): void
  owned(memory: Uint8Array, idStart: number): void
  nacked(memory: Uint8Array, idStart: number): void
  idmp(meta: IdmpMeta): void
  producer(memory: Uint8Array, start: number, end: number, count: number): void
  iid(memory: Uint8Array, start: number, end: number, ms: bigint, seq: bigint): void
  arrayMeta(insertIndex: bigint | null): void
  cell(index: bigint): void
  moduleId(id: bigint): void
  /** `value` is a bigint for opcodes 1 (signed) and 2 (unsigned), a number for 3 and 4. */
  moduleItem(
    opcode: number,
    value: bigint | number,
    memory: Uint8Array,
    start: number,
    end: number,
  ): void
  end(): void
  /** A checked listpack in place of its members: for who keeps lists in nodes. */
  listNode?(memory: Uint8Array, start: number, end: number): void
  /** A checked node of a stream in place of its entries, false when they are wanted all the same. */
  streamNode?(memory: Uint8Array, idStart: number, start: number, end: number): boolean
}

export interface StreamId {
  ms: bigint
  seq: bigint
}

export interface StreamMeta {
  length: bigint
  lastId: StreamId
  /** First live id, as stored (types >= 19) or found; 0-0 when empty. */
  firstId: StreamId
  maxDeletedId: StreamId
  entriesAdded: bigint
  groups: number
}

export interface GroupMeta {
  lastId: StreamId
  /** -1n when unknown. */
  entriesRead: bigint
}

export interface IdmpMeta {
  durationSeconds: bigint
  maxEntries: bigint
  iidsAdded: bigint
  iidsDuplicates: bigint
}
