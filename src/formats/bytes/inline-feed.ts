import type {Kernel} from '../kernel/kernel.ts'
import {REG_CRC, REGISTERS} from '../kernel/layout.ts'
import {SLOTS_START} from './cursor.ts'
import type {ByteSource, Feed} from './feed.ts'

/** Fills one slot from a source in the calling thread, and keeps the CRC-64 of what went by. */
export class InlineFeed implements Feed {
  readonly slots = 1
  readonly slotSize: number
  readonly size: number
  private readonly source: ByteSource
  private readonly kernel: Kernel
  private readonly crc: boolean
  private filled = -1
  private length = 0
  /** CRC-64 of all parts before the last filled one, as two halves. */
  private crcHigh = 0
  private crcLow = 0
  /** The same one part earlier. */
  private previousHigh = 0
  private previousLow = 0

  constructor(
    source: ByteSource,
    kernel: Kernel,
    options: {slotSize?: number; crc?: boolean} = {},
  ) {
    this.source = source
    this.size = source.size
    this.kernel = kernel
    this.slotSize = options.slotSize ?? 0x100000
    this.crc = options.crc ?? true
  }

  fill(part: number, _keep: number): number {
    if (this.filled >= 0) this.addSlotToCrc()
    const memory = new Uint8Array(this.kernel.memory.buffer)
    const end = SLOTS_START + this.slotSize
    let at = SLOTS_START
    while (at < end) {
      const got = this.source.read(memory, at, end)
      if (got === 0) break
      at += got
    }
    this.filled = part
    this.length = at - SLOTS_START
    return this.length
  }

  crcBefore(part: number): void {
    if (part === this.filled + 1) this.addSlotToCrc()
    else if (part < this.filled - 1) throw new Error(`part ${part} is gone`)
    if (part < this.filled) this.loadCrc(this.previousHigh, this.previousLow)
    else this.loadCrc(this.crcHigh, this.crcLow)
  }

  private addSlotToCrc(): void {
    this.previousHigh = this.crcHigh
    this.previousLow = this.crcLow
    if (!this.crc || this.length === 0) return
    this.loadCrc(this.crcHigh, this.crcLow)
    this.kernel.crcUpdate(SLOTS_START, SLOTS_START + this.length)
    const view = new DataView(this.kernel.memory.buffer)
    this.crcLow = view.getUint32(REGISTERS + REG_CRC, true)
    this.crcHigh = view.getUint32(REGISTERS + REG_CRC + 4, true)
    this.length = 0
  }

  private loadCrc(high: number, low: number): void {
    const view = new DataView(this.kernel.memory.buffer)
    view.setUint32(REGISTERS + REG_CRC, low, true)
    view.setUint32(REGISTERS + REG_CRC + 4, high, true)
  }
}

/** Bytes that are already in memory, as a source; at most `step` at a time. */
export function bufferSource(bytes: Uint8Array, step = bytes.length): ByteSource {
  let at = 0
  return {
    size: bytes.length,
    read(memory, start, end) {
      const length = Math.min(step, end - start, bytes.length - at)
      memory.set(bytes.subarray(at, at + length), start)
      at += length
      return length
    },
  }
}
