/** What `diff` is asked. Plain data. */
import type {Feature} from '../formats/rdb/features.ts'
import type {Selection} from './select.ts'

/** What can be left out of the comparison. `lru` and `encoding` never are in it: they are no data. */
export const IGNORABLE = [
  'ttl',
  'field-ttl',
  'functions',
  'stream-counters',
  'delivery-times',
  'lru',
  'encoding',
] as const

export type Ignorable = (typeof IGNORABLE)[number]

export interface DiffOptions {
  ignore?: readonly Ignorable[]
  /** Expiries of keys so far apart count as equal, in ms. */
  ttlToleranceMs?: number
  /** Count only, list the keys, or what is different inside of them too (default). */
  show?: 'summary' | 'keys' | 'elements'
  /** How many keys are listed at most. All are counted. */
  limit?: number
  /** How many elements are listed of one key. */
  maxElements?: number
  /** Bytes that are shown of a value. */
  maxArg?: number
  /** For the digests of keys, and for the values of those that differ; with less, the inputs are read more often. */
  maxMemory?: number
  /** A server's configuration file: where the data of inputs that are directories lie. */
  config?: string
  databases?: number
  selection?: Selection
  patch?: PatchOptions
}

export interface PatchOptions {
  /** A path, or `-` for stdout. */
  output: string
  force?: boolean
  /** The server that has to read it: `redis-7.0`. By default that of B. */
  server?: string
  /** Publish it without applying it first. */
  skipProof?: boolean
}

export const DEFAULT_MAX_MEMORY = 0x40000000
export const DEFAULT_MAX_ARG = 64
export const DEFAULT_MAX_ELEMENTS = 20

/** What is not looked at of values. */
export interface View {
  without: ReadonlySet<Feature>
  /** When pending entries of streams were delivered. */
  deliveryTimes: boolean
}

export function viewFor(ignore: readonly Ignorable[]): View {
  const without = new Set<Feature>()
  if (ignore.includes('field-ttl')) without.add('hash-field-ttl').add('member-ttl')
  if (ignore.includes('stream-counters')) without.add('stream-counters')
  return {without, deliveryTimes: !ignore.includes('delivery-times')}
}
