/** What `report` reports. */
import type {Band} from '../engine/statistics/bands.ts'
import type {GroupReport} from '../engine/statistics/key-groups.ts'
import type {Bucket} from '../engine/statistics/log-histogram.ts'
import type {TightLimit} from '../engine/statistics/tight-limits.ts'
import type {Bytes, Finding, InputKind} from './reports.ts'

/** One of the inputs: of a part file, each that it was made of. */
export interface InputSummary {
  input: string
  kind: InputKind
  producer: string | null
  /** When the data was what it is: what expiries are held against. */
  createdAt: string | null
  keys: number
  memory: number
  /** By whose structures memory was estimated, and with which allocator. */
  memoryOf: {server: string; allocator: string} | null
  /** Why not all were read. */
  stoppedAt: Finding | null
}

/** Strings that the file holds compressed. */
export interface Compression {
  strings: number
  compressed: number
  expanded: number
}

export interface TopKey {
  db: number
  /** At most 1024 bytes of it. */
  key: Bytes
  type: string
  encoding: string
  elements: number
  size: number
  memory: number
  /** Bytes of its longest element. */
  elementSize: number
  expiry: string | null
}

export interface PrefixReport {
  name: Bytes
  /** Else it is what keys end in. */
  isPrefix: boolean
  keys: number
  memory: number
  size: number
  /** Keys without expiry. */
  withoutTtl: number
  children: PrefixReport[]
}

export interface SlotReport {
  /** Slots that have keys. */
  used: number
  /** What the fullest slot has, in times of the average of all slots. */
  keySkew: number
  memorySkew: number
  /** Those with most memory. */
  top: {slot: number; keys: number; memory: number}[]
}

export interface CopiesOfValues {
  /** One of so many different values was looked at: what follows is estimated where it is not 1. */
  oneOf: number
  values: number
  distinct: number
  /** Bytes of all copies but one of each value. */
  redundant: number
  top: {copies: number; bytes: number; db: number; key: Bytes}[]
}

export type AdviceCode =
  | 'BIG_KEYS'
  | 'COMPRESS'
  | 'COPIES'
  | 'EXPIRED'
  | 'IDLE'
  | 'NO_TTL'
  | 'SKEW'
  | 'SMALL_STRINGS'
  | 'TIGHT_LIMIT'

export interface Advice {
  code: AdviceCode
  /** What it concerns: a setting, a prefix; null where it is all. */
  subject: string | null
  keys: number
  /** Memory of these keys. */
  memory: number
  /** Bytes to be saved, as far as they can be told. */
  saves: number | null
}

export interface ReportReport {
  schema: 'respite.report/1'
  inputs: InputSummary[]
  keys: number
  /** Keys that were not wanted. */
  unselected: number
  total: GroupReport
  databases: ({db: number | null} & GroupReport)[]
  types: ({type: string; encodings: ({encoding: string} & GroupReport)[]} & GroupReport)[]
  /** How many keys have how much, by doublings. */
  histograms: {memory: Bucket[]; elements: Bucket[]; size: Bucket[]}
  top: {memory: TopKey[]; elements: TopKey[]; elementSize: TopKey[]}
  prefixes: {separators: string; nodes: number; root: PrefixReport}
  /** Seconds left when the data was saved. Keys in the first band had expired. */
  expiry: {withoutTtl: {keys: number; memory: number}; bands: Band[]}
  /** Seconds; null where no key says. */
  idle: Band[] | null
  freq: Band[] | null
  slots: SlotReport | null
  /** Keys and memory of the fullest input, in times of the average; null of a single one. */
  shards: {inputs: number; keySkew: number; memorySkew: number} | null
  compression: (Compression & {ratio: number}) | null
  copies: CopiesOfValues | null
  /** Collections just over a limit up to which servers pack them. */
  limits: TightLimit[]
  advice: Advice[]
  /** Why not all were read: the first of what is said of the inputs. */
  stoppedAt: Finding | null
}
