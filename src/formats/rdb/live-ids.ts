import {AREA_OUT, type KernelMemory} from '../bytes/areas.ts'
import {compareSpans, Growable} from '../packed/growable.ts'

const ID_BYTES = 16

/** The ids of a stream's entries, to tell which pending entries are of messages that were deleted. */
export class LiveIds {
  private readonly ids = new Growable()

  clear(): void {
    this.ids.clear()
  }

  /** Ids come in ascending order. */
  add(memory: Uint8Array, start: number): void {
    this.ids.append(memory, start, start + ID_BYTES)
  }

  /** Those of a node, which a kernel reads in the memory `c`. */
  addNode(c: KernelMemory, memory: Uint8Array, idStart: number, start: number, end: number): void {
    const size = end - start
    let [id, node] = [idStart, start]
    // Every entry takes a byte at least.
    let ids = c.area(AREA_OUT, ID_BYTES + size + size * ID_BYTES)
    if (memory.buffer !== c.memory.buffer) {
      id = ids
      node = id + ID_BYTES
      ids = node + size
      c.memory.set(memory.subarray(idStart, idStart + ID_BYTES), id)
      c.memory.set(memory.subarray(start, end), node)
    }
    this.ids.append(c.memory, ids, c.kernel.streamNodeIds(node, node + size, id, ids))
  }

  has(memory: Uint8Array, start: number): boolean {
    const {bytes, length} = this.ids
    let low = 0
    let high = length / ID_BYTES - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const at = middle * ID_BYTES
      const order = compareSpans(bytes, at, at + ID_BYTES, memory, start, start + ID_BYTES)
      if (order === 0) return true
      if (order < 0) low = middle + 1
      else high = middle - 1
    }
    return false
  }
}
