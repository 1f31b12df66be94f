import {createKernel, type Kernel} from '../formats/kernel/kernel.ts'
import {
  GROUP_HEAP,
  GROUP_INPUT,
  HASH_LOG_MAX,
  REG_NEXT,
  REGISTERS,
} from '../formats/kernel/layout.ts'
import type {HashSink} from '../formats/rdb/run.ts'

const GROUP_COUNT = 256
/** Memory grows in steps of so many bytes. */
const STEP = 0x400000
const PAGE = 0x10000
const FEW = 2048

/**
 * Finds the 64-bit hashes that come more than once, at 8 bytes a hash in a WebAssembly memory of its own. When they outgrow
 * `maxBytes`, the upper groups are given up; `nextPass()` then says which groups another reading of the input would add.
 */
export class KeyHashes implements HashSink {
  private readonly module: WebAssembly.Module
  private readonly maxBytes: number
  private kernel: Kernel | null = null
  private memory: Uint8Array = new Uint8Array(0)
  private view: DataView = new DataView(this.memory.buffer)
  /** The hashes of a small input: not worth a memory. */
  private few: Uint8Array[] = []
  private fewCount = 0
  /** Groups of this pass: [from, to). */
  private from = 0
  private to = GROUP_COUNT

  constructor(module: WebAssembly.Module, maxBytes: number) {
    this.module = module
    this.maxBytes = Math.min(Math.max(maxBytes, GROUP_HEAP + STEP), 0xf0000000)
  }

  add(memory: Uint8Array, start: number, count: number): void {
    if (!this.kernel && this.fewCount + count <= FEW) {
      this.few.push(memory.slice(start, start + count * 8))
      this.fewCount += count
      return
    }
    const kernel = this.kernel ?? this.begin()
    for (let done = 0; done < count; done += HASH_LOG_MAX) {
      const batch = Math.min(HASH_LOG_MAX, count - done) * 8
      this.memory.set(memory.subarray(start + done * 8, start + done * 8 + batch), GROUP_INPUT)
      let at = GROUP_INPUT
      for (;;) {
        const heapEnd = this.memory.length
        at = kernel.groupHashes(at, GROUP_INPUT + batch, this.from, this.to, heapEnd)
        if (at === GROUP_INPUT + batch) break
        if (!this.grow(heapEnd + STEP)) this.giveUpHalf()
      }
    }
  }

  /** Hashes of this pass that came more than once, as u64; at most `limit` of them. */
  repeated(limit: number): Set<bigint> {
    return this.repeatedFrom(0, limit).found
  }

  /**
   * The same for some groups from `first` on, 0 at first, until `limit` is reached. Returns also the next group to go on from, null
   * behind the last; none is left out where `limit` is larger than a group.
   */
  repeatedFrom(first: number, limit: number): {found: Set<bigint>; next: number | null} {
    const found = new Set<bigint>()
    const {kernel} = this
    if (!kernel) return {found: this.repeatedOfFew(), next: null}
    let largest = 0
    for (let group = this.from; group < this.to; group++) {
      largest = Math.max(largest, kernel.groupSize(group))
    }
    const table = this.view.getUint32(REGISTERS + REG_NEXT, true)
    const out = table + slotsFor(largest) * 8
    if (!this.grow(out + limit * 8, Number.POSITIVE_INFINITY)) throw new RangeError('no memory')
    let group = Math.max(this.from, first)
    for (; group < this.to && found.size < limit; group++) {
      const slots = slotsFor(kernel.groupSize(group))
      const end = kernel.groupRepeats(group, table, slots, out, out + limit * 8)
      for (let at = out; at < end; at += 8) found.add(this.view.getBigUint64(at, true))
    }
    return {found, next: group < this.to ? group : null}
  }

  /** Start the next pass over the input. Returns false when every group has been looked at. */
  nextPass(): boolean {
    const {from, to} = this
    for (let group = from; group < to; group++) this.kernel?.groupDrop(group)
    this.from = to
    this.to = Math.min(GROUP_COUNT, to + to - from)
    return this.from < GROUP_COUNT
  }

  private begin(): Kernel {
    const kernel = createKernel(this.module)
    this.kernel = kernel
    this.look()
    this.view.setUint32(REGISTERS + REG_NEXT, GROUP_HEAP, true)
    for (const hashes of this.few.splice(0)) this.add(hashes, 0, hashes.length / 8)
    return kernel
  }

  private repeatedOfFew(): Set<bigint> {
    const met = new Set<bigint>()
    const twice = new Set<bigint>()
    for (const hashes of this.few) {
      const view = new DataView(hashes.buffer)
      for (let at = 0; at < hashes.length; at += 8) {
        const hash = view.getBigUint64(at, true)
        if (met.has(hash)) twice.add(hash)
        else met.add(hash)
      }
    }
    return twice
  }

  /** Make the memory `size` bytes long. Returns false when that is more than allowed. */
  private grow(size: number, most = this.maxBytes): boolean {
    if (size <= this.memory.length) return true
    if (size > most || !this.kernel) return false
    this.kernel.memory.grow(Math.ceil((size - this.memory.length) / PAGE))
    this.look()
    return true
  }

  private look(): void {
    if (!this.kernel) return
    this.memory = new Uint8Array(this.kernel.memory.buffer)
    this.view = new DataView(this.kernel.memory.buffer)
  }

  /** Drop the upper half of the groups, so that there are pages for the others. */
  private giveUpHalf(): void {
    const middle = Math.max(this.from + 1, (this.from + this.to) >> 1)
    if (middle === this.to) throw new RangeError('Array buffer allocation failed: key hashes')
    for (let group = middle; group < this.to; group++) this.kernel?.groupDrop(group)
    this.to = middle
  }
}

function slotsFor(count: number): number {
  let slots = 64
  while (slots < count * 2) slots *= 2
  return slots
}
