/**
 * Eviction while a dataset is served: as long as it is over the limit, a few keys of each database are looked at, those that ask most
 * wait in a pool of 16, the first of these goes. Source: performEvictions() and evictionPoolPopulate() in evict.c.
 */
import {BATCH, type Database} from '../database.ts'
import type {KeyClocks} from '../key-clocks.ts'
import type {Keyspace} from '../keyspace.ts'
import {readTable} from '../read/scan.ts'
import {isVolatile, type Measure, measureOf, type Policy, rankOf} from './policies.ts'

const POOL = 16

export interface EvictionRules {
  /** In bytes; 0 for no limit. */
  maxmemory: number
  policy: Policy
  /** `maxmemory-samples`. */
  samples: number
}

interface Waiting {
  rank: number
  db: number
  key: Uint8Array
}

export class LiveEviction {
  /** Keys that had to go. */
  evicted = 0
  private readonly keyspace: Keyspace
  private readonly pool: Waiting[] = []
  private turn = 0

  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace
  }

  /** Remove keys until there is room; `going` is told of each. False where nothing is left that may go. */
  makeRoom(
    {maxmemory, policy, samples}: EvictionRules,
    clocks: KeyClocks | null,
    nowMs: number,
    going: (number: number, db: Database, entry: number) => void,
  ): boolean {
    const {arena} = this.keyspace
    while (maxmemory > 0 && arena.used > maxmemory) {
      const measure = measureOf(policy)
      const found =
        policy === 'noeviction'
          ? null
          : measure === 'none'
            ? this.any(isVolatile(policy))
            : this.best(measure, isVolatile(policy), samples, clocks, nowMs)
      if (found === null) return false
      const [number, db, entry] = found
      going(number, db, entry)
      db.remove(entry)
      this.evicted++
    }
    return true
  }

  /** Databases take turns. */
  private any(volatile: boolean): Found | null {
    const numbers = this.keyspace.numbers()
    for (let tries = 0; tries < numbers.length; tries++) {
      const number = numbers[this.turn++ % numbers.length]
      const db = this.keyspace.database(number)
      const [entry] = sample(db, 1, volatile)
      if (entry !== undefined) return [number, db, entry]
    }
    return null
  }

  private best(
    measure: Measure,
    volatile: boolean,
    samples: number,
    clocks: KeyClocks | null,
    nowMs: number,
  ): Found | null {
    const {keyspace, pool} = this
    for (;;) {
      let looked = 0
      for (const number of keyspace.numbers()) {
        const db = keyspace.database(number)
        for (const entry of sample(db, samples, volatile)) {
          looked++
          const idle = measure === 'idle' ? clocks?.idleSeconds(number, db, entry, nowMs) : null
          const freq = measure === 'freq' ? clocks?.frequency(number, db, entry, nowMs) : null
          const rank = rankOf(measure, idle ?? null, freq ?? null, db.expiresAtMs(entry))
          this.offer({rank, db: number, key: keyOf(db, entry)})
        }
      }
      if (looked === 0) return null
      for (let waiting = pool.pop(); waiting !== undefined; waiting = pool.pop()) {
        const db = keyspace.database(waiting.db)
        const entry = db.find(waiting.key, 0, waiting.key.length)
        // It may have gone since, or lost its expiry.
        if (entry !== 0 && !(volatile && db.expiresAtMs(entry) === null)) {
          return [waiting.db, db, entry]
        }
      }
    }
  }

  /** Those that ask most come last. */
  private offer(waiting: Waiting): void {
    const {pool} = this
    let at = 0
    while (at < pool.length && pool[at].rank < waiting.rank) at++
    if (at === 0 && pool.length === POOL) return
    pool.splice(at, 0, waiting)
    if (pool.length > POOL) pool.shift()
  }
}

type Found = [number: number, db: Database, entry: number]

const keyOf = (db: Database, entry: number): Uint8Array =>
  db.keyspace.arena.memory.slice(db.keyStart(entry), db.keyEnd(entry))

/** Some entries that stand behind each other in the table, from anywhere on; those with an expiry alone, if only they count. */
function sample(db: Database, count: number, volatile: boolean): number[] {
  const found: number[] = []
  if (db.size === 0 || (volatile && db.expires === 0)) return found
  const {slots} = db
  const from = Math.floor(Math.random() * slots)
  // Behind the last slot the first ones come.
  for (const [start, end] of [
    [from, slots],
    [0, from],
  ]) {
    for (let slot = start; slot < end && found.length < count; ) {
      slot = readTable(db, slot, BATCH, (entry) => {
        if (found.length === count || (volatile && db.expiresAtMs(entry) === null)) return
        if (!found.includes(entry)) found.push(entry)
      })
      if (slot === 0) break
    }
  }
  return found
}
