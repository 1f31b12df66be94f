/** Counts over time, in at most so many buckets: when there are more, they become wider. */
const BUCKETS_MAX = 200
const WIDTHS = [60, 300, 900, 3600, 21600, 86400, 604800, 2592000, 31536000, 315360000]

export interface TimeBucket {
  /** Its beginning, in seconds. */
  seconds: number
  commands: number
  bytes: number
}

export class TimeBuckets {
  private width = 0
  private buckets = new Map<number, TimeBucket>()
  private current: TimeBucket | null = null

  get widthSeconds(): number {
    return WIDTHS[this.width]
  }

  add(seconds: number, commands: number, bytes: number): void {
    const from = Math.floor(seconds / this.widthSeconds) * this.widthSeconds
    if (this.current?.seconds !== from) this.current = this.at(from)
    this.current.commands += commands
    this.current.bytes += bytes
  }

  list(): TimeBucket[] {
    return [...this.buckets.values()].sort((a, b) => a.seconds - b.seconds)
  }

  private at(from: number): TimeBucket {
    const known = this.buckets.get(from)
    if (known) return known
    if (this.buckets.size === BUCKETS_MAX && this.width + 1 < WIDTHS.length) {
      const old = this.list()
      this.width++
      this.buckets = new Map()
      for (const {seconds, commands, bytes} of old) this.add(seconds, commands, bytes)
      return this.at(Math.floor(from / this.widthSeconds) * this.widthSeconds)
    }
    const bucket = {seconds: from, commands: 0, bytes: 0}
    this.buckets.set(from, bucket)
    return bucket
  }
}
