/** Does `a` come before (below 0), with (0) or behind (above 0) `b`? */
export type Compare<T> = (a: T, b: T) => number

const INSERTION_BELOW = 7
const NINTHER_ABOVE = 40

/**
 * Sort an array so far that its first `count` items are those of the sorted one. Which of equal items are among them shows in
 * what servers store, so the steps are theirs: the quicksort of Bentley and McIlroy that leaves parts it is not asked for.
 * Source: pqsort.c.
 */
export function partialSort<T>(items: T[], count: number, compare: Compare<T>): void {
  sortRange(items, 0, items.length, count, compare)
}

function sortRange<T>(
  items: T[],
  from: number,
  to: number,
  wanted: number,
  compare: Compare<T>,
): void {
  for (let start = from; start < wanted && to - start > 1; ) {
    if (to - start < INSERTION_BELOW) {
      insertionSort(items, start, to, compare)
      return
    }
    const [lower, upper] = partition(items, start, to, compare)
    sortRange(items, start, lower, wanted, compare)
    start = upper
  }
}

function insertionSort<T>(items: T[], from: number, to: number, compare: Compare<T>): void {
  for (let i = from + 1; i < to; i++) {
    for (let j = i; j > from && compare(items[j - 1], items[j]) > 0; j--) swap(items, j, j - 1)
  }
}

/** Items below the pivot, equal ones, items above. Returns where the first part ends and the last one starts. */
function partition<T>(items: T[], from: number, to: number, compare: Compare<T>): [number, number] {
  swap(items, from, pivot(items, from, to, compare))
  // Equal items gather at both ends: [from, a) and (d, to).
  let [a, b, c, d] = [from + 1, from + 1, to - 1, to - 1]
  for (;;) {
    for (let order = 0; b <= c && (order = compare(items[b], items[from])) <= 0; b++) {
      if (order === 0) swap(items, a++, b)
    }
    for (let order = 0; b <= c && (order = compare(items[c], items[from])) >= 0; c--) {
      if (order === 0) swap(items, c, d--)
    }
    if (b > c) break
    swap(items, b++, c--)
  }
  const left = Math.min(a - from, b - a)
  for (let i = 0; i < left; i++) swap(items, from + i, b - left + i)
  const right = Math.min(d - c, to - 1 - d)
  for (let i = 0; i < right; i++) swap(items, b + i, to - right + i)
  return [from + (b - a), to - (d - c)]
}

function pivot<T>(items: T[], from: number, to: number, compare: Compare<T>): number {
  const count = to - from
  let low = from
  let middle = from + (count >> 1)
  let high = to - 1
  if (count <= INSERTION_BELOW) return middle
  if (count > NINTHER_ABOVE) {
    const eighth = count >> 3
    low = median(items, low, low + eighth, low + 2 * eighth, compare)
    middle = median(items, middle - eighth, middle, middle + eighth, compare)
    high = median(items, high - 2 * eighth, high - eighth, high, compare)
  }
  return median(items, low, middle, high, compare)
}

function median<T>(items: T[], a: number, b: number, c: number, compare: Compare<T>): number {
  const rising = compare(items[a], items[b]) < 0
  if (rising ? compare(items[b], items[c]) < 0 : compare(items[b], items[c]) > 0) return b
  return compare(items[a], items[c]) < 0 === rising ? c : a
}

function swap<T>(items: T[], a: number, b: number): void {
  const item = items[a]
  items[a] = items[b]
  items[b] = item
}
