/** What `report` can be told. */
import type {Allocator} from '../engine/memory/allocator.ts'
import type {DatasetOptions} from './dataset-source.ts'
import type {Selection} from './select.ts'

export interface ReportOptions extends DatasetOptions {
  selection?: Selection
  /** The allocator of the servers whose memory is estimated. */
  allocator?: Allocator
  /** Characters that separate the parts of keys. */
  separators?: string
  /** How many keys are named in each order. */
  top?: number
  /** How many prefixes are shown. */
  prefixes?: number
  slots?: boolean
  /** Look for values that are there more than once. */
  dedup?: boolean
  /** Emit the state as a part file. */
  partial?: boolean
}

export const DEFAULT_TOP = 20
export const DEFAULT_PREFIXES = 1000
export const DEFAULT_SEPARATORS = ':'
