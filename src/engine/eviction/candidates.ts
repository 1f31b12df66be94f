/** What eviction needs to know of every key, by its place among all keys: 13 bytes each. */
const HUGE = 0xffffffff

export class Candidates {
  count = 0
  /** How much each asks to go. */
  rank = new Float64Array(1024)
  /** Number of its database; too many to be told apart are one. */
  db = new Uint8Array(1024)
  /** 1 where the policy may take it. */
  mayGo = new Uint8Array(1024)
  private bytes = new Uint32Array(1024)
  /** Of keys whose memory is no 32-bit number. */
  private readonly huge = new Map<number, number>()

  add(rank: number, memory: number, db: number, mayGo: boolean): void {
    const at = this.count++
    if (at === this.rank.length) this.grow()
    this.rank[at] = rank
    this.db[at] = Math.min(db, 255)
    this.mayGo[at] = mayGo ? 1 : 0
    this.bytes[at] = Math.min(memory, HUGE)
    if (memory >= HUGE) this.huge.set(at, memory)
  }

  memory(at: number): number {
    const bytes = this.bytes[at]
    return bytes === HUGE ? this.huge.get(at)! : bytes
  }

  /** Places of those that may go, in the order of the input. */
  places(): Uint32Array {
    const places = new Uint32Array(this.mayGo.subarray(0, this.count).reduce((a, b) => a + b, 0))
    for (let at = 0, to = 0; at < this.count; at++) if (this.mayGo[at] === 1) places[to++] = at
    return places
  }

  private grow(): void {
    const size = this.rank.length * 2
    const {rank, db, mayGo, bytes} = this
    this.rank = new Float64Array(size)
    this.rank.set(rank)
    this.db = new Uint8Array(size)
    this.db.set(db)
    this.mayGo = new Uint8Array(size)
    this.mayGo.set(mayGo)
    this.bytes = new Uint32Array(size)
    this.bytes.set(bytes)
  }
}

/** A bit for each place. */
export class Gone {
  readonly bits: Uint8Array
  count = 0

  constructor(places: number) {
    this.bits = new Uint8Array((places >> 3) + 1)
  }

  add(place: number): void {
    this.bits[place >> 3] |= 1 << (place & 7)
    this.count++
  }

  has(place: number): boolean {
    return ((this.bits[place >> 3] >> (place & 7)) & 1) === 1
  }
}
