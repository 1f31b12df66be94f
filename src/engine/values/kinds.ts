/**
 * How a value is held. Small collections stay packed, as in the server's memory; what outgrows the server's thresholds
 * becomes an object in the V8 heap, as the server makes a table of it.
 */

import {
  ENTRY_KIND,
  ENTRY_VALUE,
  KIND_HASH_PACKED,
  KIND_LIST_PACKED,
  KIND_SET_INTSET,
  KIND_SET_PACKED,
  KIND_STRING,
  KIND_ZSET_PACKED,
  PACKED_FIRST,
  PACKED_LAST,
} from '../../formats/kernel/layout.ts'
import type {LogicalType} from '../../formats/rdb/types.ts'
import type {Keyspace} from '../keyspace.ts'

export const Kind = {
  /** The bytes stand behind the key; the value field is their length. */
  STRING: KIND_STRING,
  /** The value field is a block with a listpack. */
  LIST_PACKED: KIND_LIST_PACKED,
  SET_PACKED: KIND_SET_PACKED,
  ZSET_PACKED: KIND_ZSET_PACKED,
  HASH_PACKED: KIND_HASH_PACKED,
  /** The value field is a block with an intset. */
  SET_INTSET: KIND_SET_INTSET,
  /** The value field is the number of an object of the keyspace. */
  LIST: 6,
  SET: 7,
  ZSET: 8,
  HASH: 9,
  STREAM: 10,
  ARRAY: 11,
  MODULE: 12,
} as const

const LOGICAL: readonly LogicalType[] = [
  'string',
  'list',
  'set',
  'zset',
  'hash',
  'set',
  'list',
  'set',
  'zset',
  'hash',
  'stream',
  'array',
  'module',
]

export function logicalOf(kind: number): LogicalType {
  return LOGICAL[kind]
}

export const isPacked = (kind: number): boolean => kind >= PACKED_FIRST && kind <= PACKED_LAST
export const isObject = (kind: number): boolean => kind >= Kind.LIST

/** The block or object number of a value, the length of a string. */
export function valueField(keyspace: Keyspace, entry: number): number {
  return keyspace.arena.view.getUint32(entry + ENTRY_VALUE, true)
}

/** Set kind and value field; what was there before must have been released. */
export function setValue(keyspace: Keyspace, entry: number, kind: number, value: number): void {
  const {view} = keyspace.arena
  view.setUint8(entry + ENTRY_KIND, kind)
  view.setUint32(entry + ENTRY_VALUE, value, true)
}

/** The object of an entry whose kind is one of those from LIST on. */
export function objectOf<T>(keyspace: Keyspace, entry: number): T {
  return keyspace.objects[valueField(keyspace, entry)] as T
}

/** Free what an entry's value takes; the entry stays and holds an empty string. */
export function releaseValue(keyspace: Keyspace, entry: number): void {
  const {arena} = keyspace
  const kind = arena.view.getUint8(entry + ENTRY_KIND)
  const field = valueField(keyspace, entry)
  if (isPacked(kind)) arena.release(field)
  else if (isObject(kind)) keyspace.removeObject(field)
  setValue(keyspace, entry, Kind.STRING, 0)
}
