import {u32be} from './stream-id.ts'
import {DELETED, itemAfter, itemsEnd, type StreamNode} from './stream-node.ts'
import {entryAfter, intHigh, intLow} from './stream-packed.ts'

/** Flags take one byte, and one to lead back over it. */
const FLAGS_BYTES = 2

/** The live item with an id, at `i` of `ids`, which is not below that of the node; 0 when there is none. */
export function findItem(node: StreamNode, ids: Uint32Array, i: number): number {
  const {bytes} = node
  // Differences are compared as they stand: no id has to be put together.
  let borrowed = ids[i + 1] - u32be(bytes, 4)
  const msLow = borrowed >>> 0
  const msHigh = (ids[i] - u32be(bytes, 0) - (borrowed < 0 ? 1 : 0)) | 0
  borrowed = ids[i + 3] - u32be(bytes, 12)
  const seqLow = borrowed >>> 0
  const seqHigh = (ids[i + 2] - u32be(bytes, 8) - (borrowed < 0 ? 1 : 0)) | 0
  const end = itemsEnd(node)
  for (let at = startOf(node, msHigh, msLow); at < end; at = itemAfter(node, at)) {
    const ms = at + FLAGS_BYTES
    const low = intLow(bytes, ms)
    const high = intHigh(bytes, ms)
    if (low !== msLow || high !== msHigh) {
      if (high >= 0 && msHigh >= 0 && (high > msHigh || (high === msHigh && low > msLow))) return 0
      continue
    }
    const seq = entryAfter(bytes, ms)
    if (intLow(bytes, seq) !== seqLow || intHigh(bytes, seq) !== seqHigh) continue
    node.hint = at
    return (bytes[at] & DELETED) === 0 ? at : 0
  }
  return 0
}

/** The last item found, if it is of an earlier ms; else the first live one. */
function startOf(node: StreamNode, msHigh: number, msLow: number): number {
  const {bytes, hint, firstLive} = node
  if (hint <= firstLive || msHigh < 0) return firstLive
  const high = intHigh(bytes, hint + FLAGS_BYTES)
  const low = intLow(bytes, hint + FLAGS_BYTES)
  const isEarlier = high >= 0 && (high < msHigh || (high === msHigh && low < msLow))
  return isEarlier ? hint : firstLive
}
