/**
 * How much of a dataset is values that are there more than once, in bounded memory: of all different values those are kept whose hashes
 * lie below a limit, which is halved whenever there are too many. What is kept of parts is kept of the whole, in any order and grouping.
 */
import {compareBytes} from '../../formats/text.ts'

/** So many different values are kept. */
const MOST = 1 << 17
const EXAMPLE_BYTES = 128

export interface ValueCopy {
  copies: number
  /** Of one of them, as it lies in the file. */
  bytes: number
  db: number
  /** The first of the keys that have it, by bytes; at most 128 of them. */
  key: Uint8Array
}

export interface CopiesReport {
  /** One of so many different values was looked at. */
  oneOf: number
  /** What follows is estimated where that is not 1. */
  values: number
  distinct: number
  /** Bytes of all copies but one of each value. */
  redundant: number
  /** What has most bytes in copies. */
  top: ValueCopy[]
}

/** Hash, copies, bytes, database, key. */
type CopyState = [hash: number, copies: number, bytes: number, db: number, key: number[]]

export class ValueCopies {
  private halvings = 0
  /** Hashes of 52 bits at or above this are not kept. */
  private below = 2 ** 52
  private kept = new Map<number, ValueCopy>()

  /** Would a value of this hash be kept? */
  takes(hash: number): boolean {
    return hash < this.below
  }

  add(hash: number, bytes: number, db: number, key: Uint8Array, copies = 1): void {
    if (!this.takes(hash)) return
    const known = this.kept.get(hash)
    const example = key.subarray(0, EXAMPLE_BYTES)
    if (known === undefined) {
      this.kept.set(hash, {copies, bytes, db, key: example.slice()})
      if (this.kept.size > MOST) this.halve()
      return
    }
    known.copies += copies
    const order = compareBytes(example, known.key) || db - known.db
    if (order >= 0) return
    known.key = example.slice()
    known.db = db
  }

  report(most: number): CopiesReport {
    const oneOf = 2 ** this.halvings
    let values = 0
    let redundant = 0
    for (const {copies, bytes} of this.kept.values()) {
      values += copies
      redundant += (copies - 1) * bytes
    }
    const top = [...this.kept.values()].filter(({copies}) => copies > 1)
    top.sort(byWaste)
    return {
      oneOf,
      values: values * oneOf,
      distinct: this.kept.size * oneOf,
      redundant: redundant * oneOf,
      top: top.slice(0, most),
    }
  }

  state(): {halvings: number; kept: CopyState[]} {
    const kept = [...this.kept]
      .sort(([a], [b]) => a - b)
      .map(([hash, {copies, bytes, db, key}]): CopyState => [hash, copies, bytes, db, [...key]])
    return {halvings: this.halvings, kept}
  }

  addState({halvings, kept}: ReturnType<ValueCopies['state']>): void {
    while (this.halvings < halvings) this.halve()
    for (const [hash, copies, bytes, db, key] of kept) {
      this.add(hash, bytes, db, Uint8Array.from(key), copies)
    }
  }

  private halve(): void {
    this.halvings++
    this.below /= 2
    for (const hash of this.kept.keys()) if (!this.takes(hash)) this.kept.delete(hash)
  }
}

function byWaste(a: ValueCopy, b: ValueCopy): number {
  const waste = (b.copies - 1) * b.bytes - (a.copies - 1) * a.bytes
  return waste || b.copies - a.copies || compareBytes(a.key, b.key) || a.db - b.db
}
