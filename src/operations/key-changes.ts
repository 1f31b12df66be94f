/** Which keys differ between two moments of a keyspace: a hash of every key and of all that belongs to it, 16 bytes a key. */
import {FullDigest} from '../engine/digest/full-digest.ts'
import {arenaMemory, digestKeyspace} from '../engine/digest/keyspace-digest.ts'
import type {Keyspace} from '../engine/keyspace.ts'

export interface KeyChanges {
  added: number
  changed: number
  removed: number
}

/** Words of a slot: two of the key's hash, two of the value's. A key whose hash is 0 counts as another one. */
const SLOT = 4

export class KeyTable {
  private readonly slots: Uint32Array
  private readonly mask: number
  private count = 0

  constructor(keyspace: Keyspace) {
    const keys = keyspace.numbers().reduce((sum, db) => sum + keyspace.database(db).size, 0)
    let size = 64
    while (size < keys * 1.5) size *= 2
    this.slots = new Uint32Array(size * SLOT)
    this.mask = size - 1
    eachKey(keyspace, (high, low, first, second) => {
      const at = this.seek(high, low)
      this.slots.set([high, low, first, second], at)
      this.count++
    })
  }

  /** From what was there to what is there now. */
  compare(keyspace: Keyspace): KeyChanges {
    const {slots} = this
    const changes: KeyChanges = {added: 0, changed: 0, removed: 0}
    let found = 0
    eachKey(keyspace, (high, low, first, second) => {
      const at = this.seek(high, low)
      if (slots[at] === 0 && slots[at + 1] === 0) changes.added++
      else {
        found++
        if (slots[at + 2] !== first || slots[at + 3] !== second) changes.changed++
      }
    })
    changes.removed = this.count - found
    return changes
  }

  /** Where this key is, or would be. */
  private seek(high: number, low: number): number {
    const {slots, mask} = this
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const at = slot * SLOT
      if (slots[at] === high && slots[at + 1] === low) return at
      if (slots[at] === 0 && slots[at + 1] === 0) return at
    }
  }
}

type Visit = (high: number, low: number, first: number, second: number) => void

function eachKey(keyspace: Keyspace, visit: Visit): void {
  const digest = new FullDigest(arenaMemory(keyspace.arena), true)
  digestKeyspace(keyspace, digest, (db, start, end) => {
    const {memory} = keyspace.arena
    let high = 0x811c9dc5 ^ db
    let low = 0x9e3779b9 + db
    for (let at = start; at < end; at++) {
      high = Math.imul(high ^ memory[at], 0x01000193)
      low = Math.imul(low ^ memory[at], 0x85ebca6b)
      low ^= low >>> 15
    }
    const value = digest.valueHex()
    const first = Number.parseInt(value.slice(0, 8), 16)
    visit(high >>> 0 || 1, low >>> 0, first, Number.parseInt(value.slice(8, 16), 16))
  })
}
