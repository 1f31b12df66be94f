/**
 * Finds keys that come more than once among those whose hashes do. The table has a slot for each such hash; a slot takes the first
 * key that hashes to it, and every later key is compared with its bytes. Only for these keys is anything allocated.
 */
import {addressOf, type HashMemory} from '../engine/digest/hash-memory.ts'
import type {Entry} from '../formats/entry.ts'
import {REG_HASH, REGISTERS} from '../formats/kernel/layout.ts'

/** A key of which more than one entry is there. The winner is one of those that were seen so far. */
export interface Holder<T> {
  readonly key: Uint8Array
  readonly db: number
  value: T
}

export class ClashTable<T> {
  private readonly mask: number
  /** Halves of the hashes; both 0 in a free slot. */
  private readonly low: Uint32Array
  private readonly high: Uint32Array
  private readonly holders: (Holder<T> | null)[]

  constructor(hashes: ReadonlySet<bigint>) {
    let slots = 64
    // Room for keys that are different and have the same hash.
    while (slots < hashes.size * 3) slots *= 2
    this.mask = slots - 1
    this.low = new Uint32Array(slots)
    this.high = new Uint32Array(slots)
    this.holders = new Array(slots).fill(null)
    for (const hash of hashes) this.add(Number(hash & 0xffffffffn), Number(hash >> 32n))
  }

  /** The earlier entry of the same key; undefined for the first one, which `first` describes, and for keys that come once. */
  meet(memory: HashMemory, entry: Entry, first: () => T): Holder<T> | undefined {
    const {db, keyStart, keyEnd} = entry
    const start = addressOf(memory, entry.memory, keyStart, keyEnd)
    const end = start + keyEnd - keyStart
    memory.kernel.hash(start, end, db)
    const high = memory.view.getUint32(REGISTERS + REG_HASH + 4, true)
    const low = nonZero(memory.view.getUint32(REGISTERS + REG_HASH, true), high)
    for (let slot = low & this.mask, isOurs = false; ; slot = (slot + 1) & this.mask) {
      const same = this.low[slot] === low && this.high[slot] === high
      const free = this.low[slot] === 0 && this.high[slot] === 0
      if (!same && !free) continue
      if (free && !isOurs) return undefined
      isOurs = true
      const holder = this.holders[slot]
      if (holder === null) {
        this.low[slot] = low
        this.high[slot] = high
        this.holders[slot] = {key: memory.memory.slice(start, end), db, value: first()}
        return undefined
      }
      if (holder.db === db && isSame(holder.key, memory.memory, start, end)) return holder
    }
  }

  private add(low: number, high: number): void {
    let slot = nonZero(low, high) & this.mask
    while (this.low[slot] !== 0 || this.high[slot] !== 0) slot = (slot + 1) & this.mask
    this.low[slot] = nonZero(low, high)
    this.high[slot] = high
  }
}

/** 0 marks a free slot, as it does in the kernel that found the hashes. */
const nonZero = (low: number, high: number): number => (low === 0 && high === 0 ? 1 : low)

function isSame(key: Uint8Array, memory: Uint8Array, start: number, end: number): boolean {
  if (key.length !== end - start) return false
  for (let i = 0; i < key.length; i++) if (key[i] !== memory[start + i]) return false
  return true
}
