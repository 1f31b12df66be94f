/** Collections that are just over a limit up to which servers pack them, and what packing them would save. */

import {LOGICAL_TYPES} from '../../formats/rdb/types.ts'
import {ENCODINGS} from '../memory/encoding.ts'
import type {KeyFacts} from './key-facts.ts'

/** Default limits of servers: elements, and bytes of the longest. */
const PACKED_LONGEST = 64
/** Up to so many times a limit is just over it. */
const OVER = 2

interface Limit {
  /** The setting, as servers since 7.0 name it. */
  readonly setting: string
  /** Its default. */
  readonly limit: number
  readonly type: number
  readonly encoding: number
  readonly entries: number
  /** Is it the number of elements that is over? Else it is the longest of them. */
  readonly counts: boolean
  readonly integers: boolean
}

const row = (
  setting: string,
  limit: number,
  type: (typeof LOGICAL_TYPES)[number],
  encoding: (typeof ENCODINGS)[number],
  entries: number,
  integers = false,
): Limit => ({
  setting,
  limit,
  type: LOGICAL_TYPES.indexOf(type),
  encoding: ENCODINGS.indexOf(encoding),
  entries,
  counts: limit === entries,
  integers,
})

const LIMITS: readonly Limit[] = [
  row('hash-max-listpack-entries', 512, 'hash', 'hashtable', 512),
  row('hash-max-listpack-value', PACKED_LONGEST, 'hash', 'hashtable', 512),
  row('zset-max-listpack-entries', 128, 'zset', 'skiplist', 128),
  row('zset-max-listpack-value', PACKED_LONGEST, 'zset', 'skiplist', 128),
  row('set-max-listpack-entries', 128, 'set', 'hashtable', 128),
  row('set-max-listpack-value', PACKED_LONGEST, 'set', 'hashtable', 128),
  row('set-max-intset-entries', 512, 'set', 'hashtable', 512, true),
]

export const LIMIT_SUMS = LIMITS.length * 3

export interface TightLimit {
  setting: string
  limit: number
  keys: number
  memory: number
  /** Bytes that twice the limit would save. */
  saves: number
}

export class TightLimits {
  private readonly sums = new Float64Array(LIMIT_SUMS)

  add(facts: KeyFacts): void {
    if (facts.saves <= 0) return
    for (let i = 0; i < LIMITS.length; i++) {
      if (!isJustOver(facts, LIMITS[i])) continue
      this.sums[i * 3]++
      this.sums[i * 3 + 1] += facts.memory
      this.sums[i * 3 + 2] += facts.saves
    }
  }

  /** Those that any key is over, what saves most first. */
  list(): TightLimit[] {
    return LIMITS.map(({setting, limit}, i) => ({
      ...{setting, limit, keys: this.sums[i * 3]},
      ...{memory: this.sums[i * 3 + 1], saves: this.sums[i * 3 + 2]},
    }))
      .filter(({keys}) => keys > 0)
      .sort((a, b) => b.saves - a.saves || (a.setting < b.setting ? -1 : 1))
  }

  state(): number[] {
    return [...this.sums]
  }

  addState(state: readonly number[]): void {
    for (let i = 0; i < this.sums.length; i++) this.sums[i] += state[i]
  }
}

function isJustOver({type, encoding, elements, longest, integers}: KeyFacts, row: Limit): boolean {
  if (type !== row.type || encoding !== row.encoding || integers !== row.integers) return false
  if (row.counts) {
    const short = row.integers || longest <= PACKED_LONGEST
    return short && elements > row.entries && elements <= row.entries * OVER
  }
  return elements <= row.entries && longest > PACKED_LONGEST && longest <= PACKED_LONGEST * OVER
}
