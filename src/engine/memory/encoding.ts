/** Which encoding a server gives a value that it loads, with default thresholds: OBJECT ENCODING. */
import {type LogicalType, RdbType} from '../../formats/rdb/types.ts'
import type {ServerLayout} from './server-layout.ts'

export const ENCODINGS = [
  'int',
  'embstr',
  'raw',
  'quicklist',
  'listpack',
  'listpackex',
  'ziplist',
  'intset',
  'hashtable',
  'skiplist',
  'stream',
  'array',
  'module',
] as const
export type Encoding = (typeof ENCODINGS)[number]

const HASH_ENTRIES = 512
const ZSET_ENTRIES = 128
const INTSET_ENTRIES = 512
/** Longest member, field or value of a packed collection. */
const PACKED_LONGEST = 64

/** What is known of the elements of a value. */
export interface Elements {
  readonly count: number
  readonly longest: number
  readonly integers: boolean
  readonly hasExpiries: boolean
}

/** Types of small hashes with field expiries. */
const EXPIRING_PACKED: ReadonlySet<number> = new Set([
  RdbType.HASH_LISTPACK_EX,
  RdbType.HASH_LISTPACK_EX_PRE_GA,
])

/** Of a collection. `type` is the type byte of the file, -1 where there is none. */
export function encodingOf(
  logical: LogicalType,
  type: number,
  elements: Elements,
  layout: ServerLayout,
): Encoding {
  const {count, longest, integers, hasExpiries} = elements
  const packed = layout.exact === 'none' ? 'listpack' : 'ziplist'
  const short = longest <= PACKED_LONGEST
  switch (logical) {
    case 'set':
      if (integers && count <= INTSET_ENTRIES && type !== RdbType.SET_LISTPACK) return 'intset'
      return short && count <= layout.setListpackEntries ? 'listpack' : 'hashtable'
    case 'zset':
      return short && count <= ZSET_ENTRIES ? packed : 'skiplist'
    case 'hash':
      if (hasExpiries) return EXPIRING_PACKED.has(type) ? 'listpackex' : 'hashtable'
      return short && count <= HASH_ENTRIES ? packed : 'hashtable'
    case 'stream':
      return 'stream'
    case 'array':
      return 'array'
    default:
      return 'module'
  }
}

/** The most elements that stay packed, for values whose elements need not be looked at. */
export function packedMost(logical: LogicalType, layout: ServerLayout, intset: boolean): number {
  if (logical === 'hash') return HASH_ENTRIES
  if (logical === 'zset') return ZSET_ENTRIES
  return intset ? INTSET_ENTRIES : layout.setListpackEntries
}
