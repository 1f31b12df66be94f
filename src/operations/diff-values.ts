/** Compares the values of one key, element by element. The value of A is kept, that of B goes by. */
import type {ElementTaker} from './diff-elements.ts'
import type {Change, ChangeCounts} from './diff-reports.ts'

/** About what a text in a map costs beside its characters. */
const OVERHEAD = 96

/** What is different: names and contents as ElementVisitor gives them. Null for a side that does not have it. */
export type TakeElement = (change: Change, name: string, a: string | null, b: string | null) => void

/** The elements of a value, as long as they fit. */
export class KeptValue implements ElementTaker {
  /** There was more than fits: what is kept is of no use. */
  overflown = false
  bytes = 0
  readonly elements = new Map<string, string>()
  private readonly maxBytes: number

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  element(name: string, content: string): void {
    if (this.overflown) return
    this.bytes += name.length + content.length + OVERHEAD
    if (this.bytes <= this.maxBytes) this.elements.set(name, content)
    else {
      this.overflown = true
      this.elements.clear()
    }
  }
}

/** Compares what goes by with what was kept, which is used up. */
export class Comparison implements ElementTaker {
  readonly counts: ChangeCounts = {added: 0, removed: 0, changed: 0}
  private readonly elements: Map<string, string>
  private readonly take: TakeElement

  constructor(kept: KeptValue, take: TakeElement) {
    this.elements = kept.elements
    this.take = take
  }

  element(name: string, content: string): void {
    const other = this.elements.get(name)
    if (other === undefined) this.tell('added', name, null, content)
    else {
      this.elements.delete(name)
      if (other !== content) this.tell('changed', name, other, content)
    }
  }

  finish(): void {
    for (const [name, content] of this.elements) this.tell('removed', name, content, null)
    this.elements.clear()
  }

  private tell(change: Change, name: string, a: string | null, b: string | null): void {
    this.counts[change]++
    this.take(change, name, a, b)
  }
}

/**
 * Compares two lists, both kept: what they have in common at their beginnings and ends is the same, and what lies between is
 * compared place by place. The same the other way round.
 */
export function compareLists(a: KeptValue, b: KeptValue, take: TakeElement): ChangeCounts {
  const [before, after] = [[...a.elements], [...b.elements]]
  const counts: ChangeCounts = {added: 0, removed: 0, changed: 0}
  const shorter = Math.min(before.length, after.length)
  let first = 0
  while (first < shorter && before[first][1] === after[first][1]) first++
  let last = 0
  while (last < shorter - first && before.at(-1 - last)![1] === after.at(-1 - last)![1]) last++
  const [endA, endB] = [before.length - last, after.length - last]
  for (let i = first; i < Math.max(endA, endB); i++) {
    const [name, old] = i < endA ? before[i] : [after[i][0], null]
    const now = i < endB ? after[i][1] : null
    if (old === now) continue
    const change = old === null ? 'added' : now === null ? 'removed' : 'changed'
    counts[change]++
    take(change, name, old, now)
  }
  return counts
}
