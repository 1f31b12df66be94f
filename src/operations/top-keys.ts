/**
 * The keys, or prefixes of keys, that most bytes of a log go to, in memory that does not grow with the log: when the table is full
 * about the upper quartile of all sums is subtracted from each, and what is left with nothing gives up its place. What has been subtracted in
 * all is by how much a sum may be too low. (Misra and Gries, "Finding repeated elements", with sums in place of counts.)
 */

const KEY_BYTES = 128

export interface TopKey {
  db: number
  /** At most 128 bytes of it. */
  key: Uint8Array
  length: number
  commands: number
  /** At least; at most so many and `TopKeys.error`. */
  bytes: number
  /** Of the key in its database, as `inDatabase` makes it. */
  hash: number
}

/** The hash of a key together with its database. */
export function inDatabase(hash: number, db: number): number {
  return (hash ^ Math.imul(db, 0x9e3779b1)) >>> 0
}

/** Columns of the table. A slot whose sum is 0 is free. */
interface Columns {
  hashes: Uint32Array
  databases: Uint32Array
  lengths: Uint32Array
  commands: Float64Array
  bytes: Float64Array
  keys: Uint8Array
}

function newColumns(slots: number): Columns {
  return {
    hashes: new Uint32Array(slots),
    databases: new Uint32Array(slots),
    lengths: new Uint32Array(slots),
    commands: new Float64Array(slots),
    bytes: new Float64Array(slots),
    keys: new Uint8Array(slots * KEY_BYTES),
  }
}

export class TopKeys {
  /** By how much every sum may be too low. */
  error = 0
  private readonly capacity: number
  private readonly mask: number
  private columns: Columns
  /** Where the table is built again. */
  private spare: Columns
  private used = 0

  /** `slots` is a power of two; three quarters of it are kept. */
  constructor(slots: number) {
    this.capacity = (slots * 3) / 4
    this.mask = slots - 1
    this.columns = newColumns(slots)
    this.spare = newColumns(slots)
  }

  /** Add `bytes`, more than 0, to the key [start, end) of a database. `hash` is one of that key. */
  add(
    memory: Uint8Array,
    start: number,
    end: number,
    hash: number,
    db: number,
    bytes: number,
  ): void {
    const mixed = inDatabase(hash, db)
    let slot = this.find(memory, start, end, mixed, db)
    if (this.columns.bytes[slot] === 0) {
      if (this.used === this.capacity) {
        this.purge()
        slot = this.find(memory, start, end, mixed, db)
      }
      this.take(slot, memory, start, end, mixed, db)
    }
    this.columns.commands[slot]++
    this.columns.bytes[slot] += bytes
  }

  /** The largest sums first. */
  top(count: number): TopKey[] {
    const {hashes, databases, lengths, commands, bytes, keys} = this.columns
    return [...bytes.keys()]
      .filter((slot) => bytes[slot] > 0)
      .sort((a, b) => bytes[b] - bytes[a] || a - b)
      .slice(0, count)
      .map((slot) => ({
        db: databases[slot],
        key: keys.slice(slot * KEY_BYTES, slot * KEY_BYTES + Math.min(lengths[slot], KEY_BYTES)),
        length: lengths[slot],
        commands: commands[slot],
        bytes: bytes[slot],
        hash: hashes[slot],
      }))
  }

  private find(memory: Uint8Array, start: number, end: number, hash: number, db: number): number {
    const {columns, mask} = this
    const {hashes, bytes} = columns
    let slot = hash & mask
    while (bytes[slot] !== 0) {
      if (hashes[slot] === hash && holds(columns, slot, memory, start, end, db)) break
      slot = (slot + 1) & mask
    }
    return slot
  }

  private take(
    slot: number,
    memory: Uint8Array,
    start: number,
    end: number,
    hash: number,
    db: number,
  ): void {
    const {hashes, databases, lengths, commands, keys} = this.columns
    this.used++
    hashes[slot] = hash
    databases[slot] = db
    lengths[slot] = end - start
    commands[slot] = 0
    const kept = Math.min(end - start, KEY_BYTES)
    for (let i = 0, at = slot * KEY_BYTES; i < kept; i++, at++) keys[at] = memory[start + i]
  }

  private purge(): void {
    const {columns: old, spare, mask} = this
    const quartile = this.quartile()
    this.error += quartile
    this.columns = spare
    this.spare = old
    spare.bytes.fill(0)
    this.used = 0
    for (let slot = 0; slot <= mask; slot++) {
      const bytes = old.bytes[slot] - quartile
      if (bytes <= 0) continue
      const hash = old.hashes[slot]
      const at = slot * KEY_BYTES
      let to = hash & mask
      while (spare.bytes[to] !== 0) to = (to + 1) & mask
      this.take(to, old.keys, at, at + old.lengths[slot], hash, old.databases[slot])
      spare.commands[to] = old.commands[slot]
      spare.bytes[to] = bytes
    }
  }

  /** About the upper quartile of all sums: of some of them. The median would be subtracted three times as often. */
  private quartile(): number {
    const {bytes} = this.columns
    const some: number[] = []
    const step = Math.max(1, bytes.length >> 9)
    for (let slot = 0; slot < bytes.length; slot += step) {
      if (bytes[slot] > 0) some.push(bytes[slot])
    }
    // A table that is three quarters full may still have none of these slots taken.
    if (some.length === 0) for (const sum of bytes) if (sum > 0) some.push(sum)
    return some.sort((a, b) => a - b)[(some.length * 3) >> 2]
  }
}

function holds(
  {lengths, databases, keys}: Columns,
  slot: number,
  memory: Uint8Array,
  start: number,
  end: number,
  db: number,
): boolean {
  if (lengths[slot] !== end - start || databases[slot] !== db) return false
  const kept = Math.min(end - start, KEY_BYTES)
  for (let i = 0, at = slot * KEY_BYTES; i < kept; i++, at++) {
    if (keys[at] !== memory[start + i]) return false
  }
  return true
}
