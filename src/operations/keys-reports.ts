/** What `keys` reports behind its rows. */
import {ALLOCATORS} from '../engine/memory/allocator.ts'
import {ENCODINGS} from '../engine/memory/encoding.ts'
import {LOGICAL_TYPES} from '../formats/rdb/types.ts'
import type {Finding, InputKind} from './reports.ts'

export interface KeysReport {
  schema: 'respite.keys/1'
  input: string
  kind: InputKind
  producer: string | null
  /** When the data was what it is. */
  createdAt: string | null
  /** Keys that were wanted, and those of them that were listed. */
  keys: number
  listed: number
  /** Keys that were not wanted. */
  unselected: number
  expires: number
  databases: Record<string, KeyTotals>
  types: Record<string, KeyTotals>
  /** By whose structures memory was estimated, and with which allocator; null where it was not. */
  memoryOf: {server: string; allocator: string} | null
  /** Why not all were read. */
  stoppedAt: Finding | null
}

/** Sums of keys; sizes are null where the input is no RDB, or where they were not asked for. */
export interface KeyTotals {
  keys: number
  /** Bytes of their records in the file. */
  size: number | null
  /** What a server needs for them; without values of modules. */
  memory: number | null
}

/** Names that rows have as numbers. */
export const KEY_TYPES: readonly string[] = LOGICAL_TYPES
export const KEY_ENCODINGS: readonly string[] = ENCODINGS

/** What keys can be put in order by. */
export const KEY_ORDERS = ['key', 'memory', 'size', 'elements', 'expiry', 'idle', 'freq'] as const
export type KeyOrder = (typeof KEY_ORDERS)[number]

/** What a row of `keys` can show. */
export const KEY_COLUMNS = [
  'db',
  'key',
  'type',
  'encoding',
  'elements',
  'size',
  'memory',
  'expiry',
  'idle',
  'freq',
  'slot',
  'offset',
] as const
export type KeyColumn = (typeof KEY_COLUMNS)[number]

export const KEY_ALLOCATORS = ALLOCATORS
