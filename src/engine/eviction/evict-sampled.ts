/**
 * Eviction as servers do it: a few keys of each database are looked at, those that ask most wait in a pool of 16, the first of these goes.
 * Source: performEvictions() and evictionPoolPopulate() in evict.c.
 *
 * A server's samples are neighbours in its table, which is as good as chance; here they are chosen by seeded random numbers.
 */
import {type Candidates, Gone} from './candidates.ts'

const POOL = 16
const NONE = -1

export interface Sampling {
  /** `maxmemory-samples`. */
  samples: number
  seed: number
  /** Any key goes: nothing is compared. */
  random: boolean
}

/** As `evictExactly`. */
export function evictSampled(
  candidates: Candidates,
  toFree: number,
  sampling: Sampling,
): {gone: Gone; freed: number} {
  const gone = new Gone(candidates.count)
  const databases = databasesOf(candidates)
  const next = randomFrom(sampling.seed)
  const pool = new Pool(candidates.rank)
  let freed = 0
  for (let turn = 0; freed < toFree && databases.some(({length}) => length > 0); turn++) {
    const place = sampling.random
      ? anyOf(databases, turn, next)
      : bestOf(databases, pool, gone, sampling.samples, next)
    if (place === NONE) continue
    databases[candidates.db[place]].take(place)
    gone.add(place)
    freed += candidates.memory(place)
  }
  return {gone, freed}
}

/** Keys of one database that are left, any of which can be taken out at once. */
class Left {
  length = 0
  private readonly places: Uint32Array
  /** Where each place is, shared by all databases. */
  private readonly where: Uint32Array

  constructor(room: number, where: Uint32Array) {
    this.places = new Uint32Array(room)
    this.where = where
  }

  add(place: number): void {
    this.where[place] = this.length
    this.places[this.length++] = place
  }

  at(index: number): number {
    return this.places[index]
  }

  take(place: number): void {
    const at = this.where[place]
    const last = this.places[--this.length]
    this.places[at] = last
    this.where[last] = at
  }
}

function databasesOf(candidates: Candidates): Left[] {
  const rooms = new Uint32Array(256)
  const places = candidates.places()
  for (const place of places) rooms[candidates.db[place]]++
  const where = new Uint32Array(candidates.count)
  const databases = Array.from(rooms, (room) => new Left(room, where))
  for (const place of places) databases[candidates.db[place]].add(place)
  return databases
}

/** Databases take turns. */
function anyOf(databases: readonly Left[], turn: number, next: Random): number {
  const database = databases[turn % databases.length]
  return database.length === 0 ? NONE : database.at(next(database.length))
}

function bestOf(
  databases: readonly Left[],
  pool: Pool,
  gone: Gone,
  samples: number,
  next: Random,
): number {
  for (;;) {
    for (const database of databases) {
      if (database.length > 0) populate(database, pool, samples, next)
    }
    for (let place = pool.last(); place !== NONE; place = pool.last()) {
      // It may have gone since, having been in the pool twice.
      if (!gone.has(place)) return place
    }
  }
}

function populate(database: Left, pool: Pool, samples: number, next: Random): void {
  const {length} = database
  if (length <= samples) {
    for (let i = 0; i < length; i++) pool.offer(database.at(i))
    return
  }
  const chosen = new Set<number>()
  while (chosen.size < samples) chosen.add(next(length))
  for (const index of chosen) pool.offer(database.at(index))
}

/** Those that ask most come last. */
class Pool {
  private readonly places = new Array<number>(POOL).fill(NONE)
  private readonly rank: Float64Array

  constructor(rank: Float64Array) {
    this.rank = rank
  }

  offer(place: number): void {
    const {places, rank} = this
    let at = 0
    while (at < POOL && places[at] !== NONE && rank[places[at]] < rank[place]) at++
    const full = places[POOL - 1] !== NONE
    if (at === 0 && full) return
    if (!full) {
      places.splice(at, 0, place)
      places.pop()
      return
    }
    places.splice(at, 0, place)
    places.shift()
  }

  /** Take the one that asks most. */
  last(): number {
    for (let at = POOL - 1; at >= 0; at--) {
      const place = this.places[at]
      this.places[at] = NONE
      if (place !== NONE) return place
    }
    return NONE
  }
}

/** An integer from 0 to below `n`. */
type Random = (n: number) => number

/** mulberry32. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 0x100000000) * n)
  }
}
