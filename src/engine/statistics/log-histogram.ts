/**
 * How a measure is distributed, in constant memory: exact count, sum and largest; between these, buckets that are at most 1/16 of their
 * value wide. Histograms of parts add up to that of the whole, in any order.
 *
 *     0 .. 31       a bucket each
 *     32 and more   16 buckets to each doubling
 */
const EXACT = 32
const PARTS = 16
/** Up to 2^53. */
export const BUCKETS = EXACT + 48 * PARTS

/** What a histogram is when it is written down: count, sum, largest, then buckets that are not empty with what is in them. */
export type HistogramState = number[]

export interface Distribution {
  sum: number
  max: number
  avg: number
  p50: number
  p90: number
  p99: number
}

export interface Bucket {
  /** From this on, up to below `to`. */
  from: number
  to: number
  count: number
}

function bucketOf(value: number): number {
  if (value < EXACT) return value
  if (value < 0x80000000) {
    const bits = 31 - Math.clz32(value)
    return EXACT + (bits - 5) * PARTS + (value >>> (bits - 4)) - PARTS
  }
  const doubling = Math.floor(Math.log2(value))
  const width = 2 ** (doubling - 4)
  return Math.min(BUCKETS - 1, EXACT + (doubling - 5) * PARTS + Math.floor(value / width) - PARTS)
}

/** The least value of a bucket. */
function lowest(bucket: number): number {
  if (bucket < EXACT) return bucket
  const doubling = Math.floor((bucket - EXACT) / PARTS) + 5
  return (PARTS + ((bucket - EXACT) % PARTS)) * 2 ** (doubling - 4)
}

export class LogHistogram {
  count = 0
  sum = 0
  max = 0
  private readonly buckets = new Float64Array(BUCKETS)

  /** An integer of 0 or more. */
  add(value: number): void {
    this.count++
    this.sum += value
    if (value > this.max) this.max = value
    this.buckets[bucketOf(value)]++
  }

  merge(other: LogHistogram): void {
    this.count += other.count
    this.sum += other.sum
    this.max = Math.max(this.max, other.max)
    for (let i = 0; i < BUCKETS; i++) this.buckets[i] += other.buckets[i]
  }

  distribution(): Distribution {
    const {sum, max, count} = this
    const avg = count === 0 ? 0 : Math.round((sum / count) * 100) / 100
    return {sum, max, avg, p50: this.at(0.5), p90: this.at(0.9), p99: this.at(0.99)}
  }

  /** Doublings that are not empty, the least first. */
  doublings(): Bucket[] {
    const found: Bucket[] = []
    for (let from = 0, to = 1; from <= this.max; from = to, to *= 2) {
      const first = bucketOf(from)
      const last = bucketOf(to)
      let count = 0
      for (let bucket = first; bucket < last; bucket++) count += this.buckets[bucket]
      if (count > 0) found.push({from, to, count})
    }
    return found
  }

  state(): HistogramState {
    const {count, sum, max, buckets} = this
    const state = [count, sum, max]
    buckets.forEach((inside, bucket) => {
      if (inside > 0) state.push(bucket, inside)
    })
    return state
  }

  addState(state: HistogramState): void {
    this.count += state[0]
    this.sum += state[1]
    this.max = Math.max(this.max, state[2])
    for (let i = 3; i < state.length; i += 2) this.buckets[state[i]] += state[i + 1]
  }

  /** The value that a share of all does not go beyond: at most 1/16 too large, never larger than the largest. */
  private at(share: number): number {
    let left = Math.ceil(this.count * share)
    if (left === 0) return 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.buckets[bucket]
      if (left <= 0) return Math.min(this.max, lowest(bucket + 1) - 1)
    }
    return this.max
  }
}
