/** Keys and their memory by bands of a number: times to live, idle times, frequencies. */
export interface Band {
  /** From this on, up to below `to`; null is without bound. */
  from: number | null
  to: number | null
  keys: number
  memory: number
}

export class Bands {
  private readonly bounds: readonly number[]
  private readonly keys: Float64Array
  private readonly memory: Float64Array

  /** Where bands begin, ascending; one more lies before the first of them. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.keys = new Float64Array(bounds.length + 1)
    this.memory = new Float64Array(bounds.length + 1)
  }

  add(value: number, memory: number): void {
    const {bounds} = this
    let band = 0
    while (band < bounds.length && value >= bounds[band]) band++
    this.keys[band]++
    this.memory[band] += memory
  }

  get count(): number {
    return this.keys.reduce((sum, keys) => sum + keys, 0)
  }

  list(): Band[] {
    const {bounds, keys, memory} = this
    return [...keys].map((count, band) => ({
      ...{from: bounds[band - 1] ?? null, to: bounds[band] ?? null},
      ...{keys: count, memory: memory[band]},
    }))
  }

  state(): [keys: number[], memory: number[]] {
    return [[...this.keys], [...this.memory]]
  }

  addState([keys, memory]: [number[], number[]]): void {
    for (let band = 0; band < this.keys.length; band++) {
      this.keys[band] += keys[band]
      this.memory[band] += memory[band]
    }
  }
}

const MINUTE = 60
const HOUR = 3600
const DAY = 86400
const YEAR = 365 * DAY

/** Seconds that keys have left; before the first of them lies what has expired. */
export const TTL_BOUNDS = [
  ...[0, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, 90 * DAY, YEAR],
]
/** Seconds that keys have not been used. */
export const IDLE_BOUNDS = [MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, 90 * DAY, YEAR]
/** LFU counters: logarithmic. New keys have 5. */
export const FREQ_BOUNDS = [1, 5, 6, 10, 20, 50, 100, 200]
