/**
 * A time for each key, by the 64-bit hash of its name: open addressing in one array, 12 bytes a slot, up to three quarters of which
 * are used. Keys are not compared: of a million, two share a hash once in 37 million logs.
 *
 *     slot    u32 low half of the hash | u32 high half, both 0 in a free one | u32 seconds
 */
const FIRST_SLOTS = 64
const WORDS = 3
const HIGH = 1
const SECONDS = 2
/** What `get` says of a key that has none. */
export const NO_TIME = -1

export class KeyTimes {
  /** Keys that have one. */
  size = 0
  private slots = FIRST_SLOTS
  private words = new Uint32Array(FIRST_SLOTS * WORDS)

  get(low: number, high: number): number {
    const at = this.find(nonZero(low, high), high)
    return this.isFree(at) ? NO_TIME : this.words[at + SECONDS]
  }

  /** `seconds` fits 32 bits. */
  set(low: number, high: number, seconds: number): void {
    const own = nonZero(low, high)
    let at = this.find(own, high)
    if (this.isFree(at)) {
      if ((this.size + 1) * 4 > this.slots * 3) {
        this.grow()
        at = this.find(own, high)
      }
      this.size++
      this.words[at] = own
      this.words[at + HIGH] = high
    }
    this.words[at + SECONDS] = seconds
  }

  delete(low: number, high: number): void {
    const {words} = this
    const mask = this.slots - 1
    let hole = this.find(nonZero(low, high), high)
    if (this.isFree(hole)) return
    this.size--
    // What stands behind the hole moves up, unless that would be in front of where its search begins.
    for (let at = this.next(hole); !this.isFree(at); at = this.next(at)) {
      const slot = at / WORDS
      if (((slot - words[at]) & mask) < ((slot - hole / WORDS) & mask)) continue
      words.copyWithin(hole, at, at + WORDS)
      hole = at
    }
    words.fill(0, hole, hole + WORDS)
  }

  /** Where the slot is that has the hash, or the free one where it belongs. */
  private find(low: number, high: number): number {
    const {words} = this
    let at = (low & (this.slots - 1)) * WORDS
    while (!this.isFree(at) && (words[at] !== low || words[at + HIGH] !== high)) at = this.next(at)
    return at
  }

  private next(at: number): number {
    return at + WORDS === this.words.length ? 0 : at + WORDS
  }

  private isFree(at: number): boolean {
    return this.words[at] === 0 && this.words[at + HIGH] === 0
  }

  private grow(): void {
    const old = this.words
    this.slots *= 2
    this.words = new Uint32Array(this.slots * WORDS)
    for (let from = 0; from < old.length; from += WORDS) {
      if (old[from] === 0 && old[from + HIGH] === 0) continue
      const at = this.find(old[from], old[from + HIGH])
      for (let i = 0; i < WORDS; i++) this.words[at + i] = old[from + i]
    }
  }
}

/** 0 marks a free slot. */
const nonZero = (low: number, high: number): number => (low === 0 && high === 0 ? 1 : low)
