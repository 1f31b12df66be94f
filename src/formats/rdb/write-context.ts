import type {Feature, Target} from './features.ts'
import type {RdbOutput} from './write-output.ts'
import type {StringWriter} from './write-string.ts'

/** What the writers of values share. */
export interface WriteContext {
  readonly out: RdbOutput
  readonly strings: StringWriter
  readonly target: Target
  /** Write what comes before the value of the current entry: attributes, type, key. */
  head(type: number): void
  /** True when the target holds it, false when it may be dropped. @throws UnsupportedByTarget otherwise. */
  needs(feature: Feature): boolean
}

/** A value of uncertain size is buffered up to this, to choose its best encoding. */
export const BUFFER_LIMIT = 1 << 22

/** Default limits of servers: a collection within them is written as one packed blob. Source: config.c. */
export const LIMITS = {
  intsetEntries: 512,
  setEntries: 128,
  setBytes: 64,
  hashEntries: 512,
  hashBytes: 64,
  zsetEntries: 128,
  zsetBytes: 64,
  listEntries: 512,
  listBytes: 64,
  listNodeBytes: 8192,
  streamNodeBytes: 4096,
  streamNodeEntries: 100,
} as const
