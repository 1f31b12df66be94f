import type {LogicalType} from './types.ts'
import {RdbType} from './types.ts'

/** Encodings by type byte, as OBJECT ENCODING names them; of the other types the byte does not say. */
const ENCODINGS: Readonly<Record<number, string>> = {
  [RdbType.LIST]: 'linkedlist',
  [RdbType.SET]: 'hashtable',
  [RdbType.ZSET]: 'skiplist',
  [RdbType.HASH]: 'hashtable',
  [RdbType.ZSET_2]: 'skiplist',
  [RdbType.HASH_ZIPMAP]: 'zipmap',
  [RdbType.LIST_ZIPLIST]: 'ziplist',
  [RdbType.SET_INTSET]: 'intset',
  [RdbType.ZSET_ZIPLIST]: 'ziplist',
  [RdbType.HASH_ZIPLIST]: 'ziplist',
  [RdbType.LIST_QUICKLIST]: 'quicklist',
  16: 'listpack',
  17: 'listpack',
  18: 'quicklist',
  20: 'listpack',
  22: 'hashtable',
  23: 'listpack',
  24: 'hashtable',
  25: 'listpack',
}

/** How a value of this type byte is laid out; null where that is not known. */
export function encodingOf(logical: LogicalType, type: number): string | null {
  if (logical === 'string' || logical === 'stream' || logical === 'module') return null
  return ENCODINGS[type] ?? null
}
