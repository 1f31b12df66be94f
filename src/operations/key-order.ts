/** The first so many of all keys in an order, in memory for so many: a heap with the last of them on top. */
import {compareBytes} from '../formats/text.ts'
import type {KeyOrder} from './keys-reports.ts'

interface Ranked<Row> {
  rank: number
  db: number
  key: Uint8Array
  row: Row
}

/** Numbers come largest first, expiries soonest first, keys by their bytes. */
export function rankOf(order: KeyOrder, value: number | null): number {
  if (order === 'key') return 0
  if (order === 'expiry') return value ?? Number.POSITIVE_INFINITY
  return value === null ? Number.POSITIVE_INFINITY : -value
}

export class FirstKeys<Row = Uint8Array> {
  private readonly heap: Ranked<Row>[] = []
  private readonly limit: number

  constructor(limit: number) {
    this.limit = limit
  }

  /** Would a key of this rank be among the first? Of equal ranks the key decides, which only `add` knows. */
  mayTake(rank: number): boolean {
    return this.heap.length < this.limit || rank <= this.heap[0].rank
  }

  /** The same of a key that has not been copied. */
  mayTakeKey(rank: number, memory: Uint8Array, start: number, end: number): boolean {
    if (this.heap.length < this.limit) return true
    const [last] = this.heap
    if (rank !== last.rank) return rank < last.rank
    const {key} = last
    for (let i = 0; i < key.length; i++) {
      if (start + i === end) return true
      const order = memory[start + i] - key[i]
      if (order !== 0) return order < 0
    }
    return start + key.length === end
  }

  add(ranked: Ranked<Row>): void {
    const {heap, limit} = this
    if (heap.length < limit) {
      heap.push(ranked)
      this.rise(heap.length - 1)
    } else if (before(ranked, heap[0])) {
      heap[0] = ranked
      this.sink(0)
    }
  }

  /** Their rows, in order. */
  rows(): Row[] {
    return [...this.heap].sort(compare).map(({row}) => row)
  }

  private rise(from: number): void {
    const {heap} = this
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(heap[parent], heap[at])) return
      this.swap(at, parent)
      at = parent
    }
  }

  private sink(from: number): void {
    const {heap} = this
    for (let at = from; ; ) {
      let last = at
      for (const child of [at * 2 + 1, at * 2 + 2]) {
        if (child < heap.length && before(heap[last], heap[child])) last = child
      }
      if (last === at) return
      this.swap(at, last)
      at = last
    }
  }

  private swap(a: number, b: number): void {
    const {heap} = this
    ;[heap[a], heap[b]] = [heap[b], heap[a]]
  }
}

type Place = Omit<Ranked<unknown>, 'row'>

const before = (a: Place, b: Place): boolean => compare(a, b) < 0

function compare(a: Place, b: Place): number {
  if (a.rank !== b.rank) return a.rank < b.rank ? -1 : 1
  return compareBytes(a.key, b.key) || a.db - b.db
}
