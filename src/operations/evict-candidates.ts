/** The first reading of `evict`: what every key takes, and how much it asks to go. */
import {Candidates} from '../engine/eviction/candidates.ts'
import {
  isVolatile,
  type Measure,
  measureOf,
  type Policy,
  rankOf,
} from '../engine/eviction/policies.ts'
import type {Allocator} from '../engine/memory/allocator.ts'
import {keyspaceBytes} from '../engine/memory/keyspace-bytes.ts'
import {MemoryMeter} from '../engine/memory/meter.ts'
import {allocatorOf, layoutOf, type ServerLayout} from '../engine/memory/server-layout.ts'
import type {Entry, EntrySink} from '../formats/entry.ts'
import type {DatasetSource} from './dataset.ts'

interface Wanted {
  policy: Policy
  allocator?: Allocator
}

export class CandidateSink implements EntrySink {
  readonly candidates = new Candidates()
  readonly memoryOf: {server: string; allocator: Allocator}
  keysMemory = 0
  /** Of those that may go, how many have none of what the policy orders by. */
  without = 0
  mayGo = 0
  /** Of those, how many may have been idle for longer than is known. */
  least = 0
  /** Empty collections of the file, which servers leave out. */
  empty = 0
  private readonly meter: MemoryMeter
  private readonly layout: ServerLayout
  private readonly measure: Measure
  private readonly wanted: Wanted
  /** Keys, and keys with an expiry, of each database. */
  private readonly counts = new Map<number, [keys: number, expires: number]>()

  constructor({producer}: DatasetSource, wanted: Wanted) {
    this.wanted = wanted
    this.layout = layoutOf(producer)
    const allocator = wanted.allocator ?? allocatorOf(this.layout)
    this.memoryOf = {server: this.layout.name, allocator}
    this.meter = new MemoryMeter(this.layout, allocator)
    this.measure = measureOf(wanted.policy)
  }

  /** Bytes of the tables that find keys. */
  get tables(): number {
    let bytes = 0
    for (const [keys, expires] of this.counts.values()) {
      bytes += keyspaceBytes(keys, expires, this.layout)
    }
    return bytes
  }

  library(): void {}

  entry(entry: Entry): void {
    const {meter, candidates, measure, wanted} = this
    if (!entry.readValue(meter)) {
      this.empty++
      candidates.add(0, 0, entry.db, false)
      return
    }
    const {db, expiresAtMs, idleSeconds, freq, keyStart, keyEnd} = entry
    const memory = meter.usage(keyEnd - keyStart, expiresAtMs !== null) ?? 0
    const mayGo =
      wanted.policy !== 'noeviction' && (expiresAtMs !== null || !isVolatile(wanted.policy))
    this.keysMemory += memory
    this.count(db, expiresAtMs !== null)
    candidates.add(rankOf(measure, idleSeconds, freq, expiresAtMs), memory, db, mayGo)
    if (!mayGo) return
    this.mayGo++
    if (measure === 'idle' && entry.idleIsLeast) this.least++
    if (measure === 'idle' ? idleSeconds === null : measure === 'freq' && freq === null) {
      this.without++
    }
  }

  private count(db: number, expires: boolean): void {
    const counts = this.counts.get(db)
    if (counts === undefined) this.counts.set(db, [1, expires ? 1 : 0])
    else {
      counts[0]++
      if (expires) counts[1]++
    }
  }
}
