/** A stream: its nodes in the order of their ids, its counters, its groups. Source: stream.h and t_stream.c. */
import {findItem} from './stream-find.ts'
import type {Group} from './stream-group.ts'
import {compareIds, compareToBytes, copyId, isZeroId, readIdBytes} from './stream-id.ts'
import type {Idmp} from './stream-idmp.ts'
import {
  appendItem,
  cloneNode,
  deleteItem,
  FULL_BYTES,
  ItemWalk,
  isFull,
  itemAfter,
  newNode,
  type Pairs,
  type StreamNode,
  shrinkNode,
  writeCounts,
} from './stream-node.ts'

/** Places in `Stream.words`. */
export const LAST_ID = 0
export const MAX_DELETED_ID = 4
/** An id that a command works with. */
export const GIVEN_ID = 8
/** Entries ever added: high word, low word. */
export const ADDED = 12
const WORDS = 14

export class Stream {
  /** From `head` on. */
  nodes: StreamNode[] = []
  head = 0
  /** Live entries. */
  length = 0
  /** Where `findEntry` found one. */
  found = 0
  readonly words = new Uint32Array(WORDS)
  /** By name, bytewise. */
  groups: Group[] = []
  /** Null while nobody set or used it. */
  idmp: Idmp | null = null
}

/** Add an entry with the id in GIVEN_ID, which is above the last one. `count` arguments from `first` on, of `size` bytes. */
export function appendEntry(
  stream: Stream,
  pairs: Pairs,
  first: number,
  count: number,
  size: number,
): void {
  const {nodes, words} = stream
  let node = nodes.length > stream.head ? nodes[nodes.length - 1] : null
  if (node !== null && isFull(node, size)) {
    shrinkNode(node)
    node = null
  }
  if (node === null) {
    // One full node promises another: as the server does, get its room at once.
    const room = nodes.length > stream.head ? FULL_BYTES : 0
    node = newNode(words, GIVEN_ID, pairs, first, count, size, room)
    nodes.push(node)
  }
  appendItem(node, words, GIVEN_ID, pairs, first, count, size)
  stream.length++
  copyId(words, GIVEN_ID, words, LAST_ID)
  words[ADDED + 1]++
  if (words[ADDED + 1] === 0) words[ADDED]++
}

/** The node that would hold an id, at `i` of `ids`: its index, below `head` when there is none. */
export function nodeOf({nodes, head}: Stream, ids: Uint32Array, i: number): number {
  let low = head
  let high = nodes.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    if (compareToBytes(ids, i, nodes[middle].bytes, 0) < 0) high = middle - 1
    else low = middle + 1
  }
  return high
}

/** Walks over live entries in the order of their ids. The stream must not change meanwhile, but for deleting the entry at hand. */
export class EntryWalk extends ItemWalk {
  private readonly stream: Stream
  index: number

  /** From the first entry on, or from the first one that is not below the id at `i` of `from`. */
  constructor(stream: Stream, from: Uint32Array | null = null, i = 0) {
    const index = from ? Math.max(stream.head, nodeOf(stream, from, i)) : stream.head
    const node = stream.nodes[index] ?? NO_NODE
    super(node, node.firstLive)
    this.stream = stream
    this.index = index
    if (from) this.skipTo(from, i)
  }

  /** Move to the next live entry; false behind the last. */
  nextLive(): boolean {
    if (this.pending) {
      this.pending = false
      return true
    }
    for (;;) {
      while (this.step()) if (this.isLive) return true
      const node = this.stream.nodes[this.index + 1]
      if (node === undefined) return false
      this.index++
      this.open(node, node.firstLive)
    }
  }

  private pending = false

  private skipTo(from: Uint32Array, i: number): void {
    while (this.nextLive()) {
      if (compareIds(this.id, 0, from, i) >= 0) {
        this.pending = true
        return
      }
    }
  }
}

/** What an empty stream walks over: ends at once. */
const NO_NODE: StreamNode = {
  bytes: new Uint8Array(24),
  length: 23,
  live: 0,
  deleted: 0,
  fields: 0,
  fieldsAt: 22,
  firstLive: 22,
  hint: 0,
}

/** The item of a live entry, in node `stream.found`; 0 when there is none. */
export function findEntry(stream: Stream, ids: Uint32Array, i: number): number {
  const index = nodeOf(stream, ids, i)
  if (index < stream.head) return 0
  stream.found = index
  return findItem(stream.nodes[index], ids, i)
}

/** Delete an entry as XDEL does; false when it is not there. */
export function deleteEntry(stream: Stream, ids: Uint32Array, i: number): boolean {
  const at = findEntry(stream, ids, i)
  if (at === 0) return false
  const {words, found} = stream
  const node = stream.nodes[found]
  stream.length--
  if (node.live === 1) removeNode(stream, found)
  else {
    if (at === node.firstLive) node.firstLive = itemAfter(node, at)
    deleteItem(node, at)
    writeCounts(node)
  }
  if (compareIds(ids, i, words, MAX_DELETED_ID) > 0) copyId(ids, i, words, MAX_DELETED_ID)
  return true
}

export function removeNode(stream: Stream, index: number): void {
  const {nodes} = stream
  if (index > stream.head) {
    nodes.splice(index, 1)
    return
  }
  // Streams are trimmed at their head: moving all others each time would take too long.
  nodes[stream.head++] = NO_NODE
  if (stream.head > nodes.length / 2) {
    nodes.splice(0, stream.head)
    stream.head = 0
  }
}

/** Id of the first live entry, to `j` of `out`; 0-0 in an empty stream. */
export function firstId(stream: Stream, out: Uint32Array, j: number): void {
  out.fill(0, j, j + 4)
  const walk = new EntryWalk(stream)
  if (walk.nextLive()) copyId(walk.id, 0, out, j)
}

/** Id of the first entry that is still held, deleted or not, to `j` of `out`; the highest id in an empty stream. */
export function firstHeldId({nodes, head}: Stream, out: Uint32Array, j: number): void {
  if (head < nodes.length) readIdBytes(nodes[head].bytes, 0, out, j)
  else out.fill(0xffffffff, j, j + 4)
}

/** Id of the last live entry, to `j` of `out`; 0-0 in an empty stream. */
export function lastLiveId({nodes, head}: Stream, out: Uint32Array, j: number): void {
  out.fill(0, j, j + 4)
  for (let index = nodes.length - 1; index >= head; index--) {
    const node = nodes[index]
    if (node.live === 0) continue
    const walk = new ItemWalk(node, node.firstLive)
    while (walk.step()) if (walk.isLive) copyId(walk.id, 0, out, j)
    return
  }
}

/** Is there a hole where an entry at or above this id was deleted by XDEL? Source: streamRangeHasTombstones(). */
export function hasHoleFrom(stream: Stream, ids: Uint32Array, i: number): boolean {
  const {words, length} = stream
  if (length === 0 || isZeroId(words, MAX_DELETED_ID)) return false
  const first = new Uint32Array(4)
  firstId(stream, first, 0)
  if (compareIds(first, 0, words, MAX_DELETED_ID) > 0) return false
  return compareIds(ids, i, words, MAX_DELETED_ID) <= 0
}

export function cloneStream(stream: Stream, cloneGroup: (group: Group) => Group): Stream {
  const clone = new Stream()
  clone.nodes = stream.nodes.slice(stream.head).map(cloneNode)
  clone.length = stream.length
  clone.words.set(stream.words)
  clone.groups = stream.groups.map(cloneGroup)
  clone.idmp = stream.idmp && structuredClone(stream.idmp)
  return clone
}
