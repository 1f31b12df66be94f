/** A sample that is the same every time: the keys with the smallest hashes. */
import type {Entry} from '../formats/entry.ts'
import type {Selectable, Selector} from './select.ts'

const PRIME = 0x01000193
const SPREAD = 0x85ebca6b

/** 53 bits of hash of a key and its database: FNV-1a twice, the second time from another beginning, mixed. */
export function keyHash({memory, keyStart, keyEnd, db}: Entry): number {
  let low = 0x811c9dc5 ^ db
  let high = 0x9747b28c ^ db
  for (let at = keyStart; at < keyEnd; at++) {
    low = Math.imul(low ^ memory[at], PRIME)
    high = Math.imul(high ^ memory[at], SPREAD)
  }
  return (mixed(high) >>> 11) * 2 ** 32 + (mixed(low ^ high) >>> 0)
}

function mixed(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), SPREAD)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** The largest hash among the `count` smallest of those that are selected. */
export function sampleLimit(source: Selectable, selector: Selector, count: number): number {
  const smallest = new Smallest(count)
  selector.restart()
  source.read({
    library() {},
    entry(entry) {
      if (selector.wants(entry)) smallest.add(keyHash(entry))
      entry.skipValue()
    },
  })
  return smallest.largest
}

/** Keeps the smallest `count` of many numbers: a heap with the largest of them on top. */
class Smallest {
  private readonly count: number
  private readonly heap: number[] = []

  constructor(count: number) {
    this.count = count
  }

  get largest(): number {
    return this.heap[0] ?? -1
  }

  add(value: number): void {
    const {heap} = this
    if (heap.length < this.count) {
      heap.push(value)
      this.rise(heap.length - 1)
    } else if (value < heap[0]) {
      heap[0] = value
      this.sink()
    }
  }

  private rise(at: number): void {
    const {heap} = this
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (heap[parent] >= heap[at]) return
      ;[heap[parent], heap[at]] = [heap[at], heap[parent]]
      at = parent
    }
  }

  private sink(): void {
    const {heap} = this
    for (let at = 0; ; ) {
      const left = at * 2 + 1
      const child = left + 1 < heap.length && heap[left + 1] > heap[left] ? left + 1 : left
      if (child >= heap.length || heap[child] <= heap[at]) return
      ;[heap[child], heap[at]] = [heap[at], heap[child]]
      at = child
    }
  }
}
