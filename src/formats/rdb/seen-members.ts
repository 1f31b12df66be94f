import type {Cursor} from '../bytes/cursor.ts'

/** Emptying a table takes time, and a stream may have a group, with tables of its own, in every five bytes. */
const FEWEST_SLOTS = 16
/** A table of this size is made for a collection that claims to be large. */
const FIRST_SLOTS = 16384
/** 64 MiB of table for 4 M members. Larger collections are said to be unchecked. */
const MOST_SLOTS = 1 << 23

/** The members of one collection, by 64-bit hash, to find those that come twice. */
export class SeenMembers {
  /** Collections that were too large to look for duplicates. */
  unchecked = 0
  private readonly c: Cursor
  private readonly area: number
  private table = 0
  private slots = 0
  private count = 0
  private full = false

  /** `area` is the cursor's area that holds the table. */
  constructor(c: Cursor, area: number) {
    this.c = c
    this.area = area
  }

  /** Forget all; `expected` members will come. */
  begin(expected: number): void {
    let slots = FEWEST_SLOTS
    // A claim is not a reason to touch memory: start small, grow with what is really there.
    while (slots < expected * 2 && slots < FIRST_SLOTS) slots *= 2
    this.slots = slots
    this.count = 0
    this.full = false
    this.table = this.c.area(this.area, slots * 8)
    this.c.kernel.seenClear(this.table, slots)
  }

  /** Add the member [start, end). Returns true when it was there already. */
  add(start: number, end: number): boolean {
    if (this.full) return false
    if (this.count * 2 >= this.slots && !this.grow()) return false
    this.count++
    return this.c.kernel.seenAdd(this.table, this.slots, start, end) === 1
  }

  /** Was this member added? True as well when there were too many to know. */
  has(start: number, end: number): boolean {
    return this.full || this.c.kernel.seenHas(this.table, this.slots, start, end) === 1
  }

  private grow(): boolean {
    if (this.slots >= MOST_SLOTS) {
      this.full = true
      this.unchecked++
      return false
    }
    const {kernel} = this.c
    const slots = this.slots * 2
    // Both tables in one area: the old one is moved behind where the new one goes.
    const old = this.table
    const table = this.c.area(this.area, slots * 8 + this.slots * 8)
    const from = table + slots * 8
    this.c.memory.copyWithin(from, old, old + this.slots * 8)
    kernel.seenClear(table, slots)
    kernel.seenMove(from, this.slots, table, slots)
    this.table = table
    this.slots = slots
    return true
  }
}
