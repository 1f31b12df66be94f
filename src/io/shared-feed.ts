import type {MessagePort} from 'node:worker_threads'
import type {ByteSource, Feed} from '../formats/bytes/feed.ts'
import {InlineFeed} from '../formats/bytes/inline-feed.ts'
import type {Kernel} from '../formats/kernel/kernel.ts'
import {REG_CRC, REG_CRC_NEXT, REGISTERS} from '../formats/kernel/layout.ts'
import {fileByteSource} from './inline-host.ts'
import {fillPart, type PartFile} from './part-file.ts'
import {CHANGED, IDLE, type SharedWindow} from './shared-window.ts'

/** Slot of a feed that reads for itself: the end of a piece is seldom that of a slot. */
const OWN_SLOT = 0x40000

/** The parser's end of a shared window. It sleeps only when there is nothing left to help with. */
export class SharedFeed implements Feed {
  readonly slots: number
  readonly slotSize: number
  readonly size: number
  private readonly kernel: Kernel
  private readonly window: SharedWindow
  private readonly control: Int32Array
  private readonly port: MessagePort
  private readonly file: PartFile | null
  private readonly feederFailure: () => Error
  private failure: unknown = null
  /** CRC-64 of the parts below `folded`. */
  private crc = 0n
  private folded = 0
  private readonly memory: Uint8Array
  private readonly registers: DataView

  constructor(
    kernel: Kernel,
    window: SharedWindow,
    control: Int32Array,
    port: MessagePort,
    input: {size: number; file: PartFile | null; feederFailure: () => Error},
  ) {
    this.kernel = kernel
    this.window = window
    this.slots = window.slots
    this.slotSize = window.slotSize
    this.control = control
    this.port = port
    this.size = input.size
    this.file = input.file
    this.feederFailure = input.feederFailure
    this.memory = new Uint8Array(kernel.memory.buffer)
    this.registers = new DataView(kernel.memory.buffer, REGISTERS)
  }

  fill(part: number, keep: number): number {
    const {window, control} = this
    // Not the part before this one: if there is nothing more, it stays the last, and crcBefore() may ask about its start.
    while (this.folded < part - 1 && window.hasCrc(this.folded)) this.fold()
    window.keep(keep)
    // A message costs as much as a fill: the feeder is told of room in halves of the window, or when it is waited for.
    if (part % Math.max(1, this.slots >> 1) === 0 || !window.isFilled(part)) this.wakeFeeder()
    for (;;) {
      const seen = Atomics.load(control, CHANGED)
      if (window.isFilled(part)) return window.length(part)
      if (window.isAfterEnd(part)) return this.end()
      if (!this.helpFill() && !this.helpCrc()) Atomics.wait(control, CHANGED, seen)
    }
  }

  crcBefore(part: number): void {
    while (this.folded < part) {
      const seen = Atomics.load(this.control, CHANGED)
      if (this.window.hasCrc(this.folded)) this.fold()
      else if (!this.helpCrc()) Atomics.wait(this.control, CHANGED, seen)
    }
    this.registers.setBigUint64(REG_CRC, this.crc, true)
  }

  /** A feed of the same file from an offset on that nobody helps: what lies between pieces is not read for nothing. */
  readFrom(offset: number): Feed {
    const {file, kernel, window, slotSize} = this
    if (!file) throw new Error('only a file can be read from anywhere')
    const source = fileByteSource(file, offset)
    let position = offset
    const read: ByteSource['read'] = (memory, start, end) => {
      // For whoever asks how far things have come.
      window.keep(Math.floor((position - file.offset) / slotSize))
      const length = source.read(memory, start, end)
      position += length
      return length
    }
    const options = {slotSize: Math.min(slotSize, OWN_SLOT), crc: false}
    return new InlineFeed({size: source.size, read}, kernel, options)
  }

  private end(): number {
    if (this.failure !== null) throw this.failure
    if (this.window.failed) throw (this.failure = this.feederFailure())
    return 0
  }

  private fold(): void {
    const {window, folded, registers} = this
    registers.setBigUint64(REG_CRC, this.crc, true)
    registers.setBigUint64(REG_CRC_NEXT, window.crcOf(folded), true)
    this.kernel.crcCombine(window.length(folded), 0)
    this.crc = registers.getBigUint64(REG_CRC, true)
    this.folded++
  }

  private helpFill(): boolean {
    if (!this.file) return false
    const part = this.window.claimFill()
    if (part < 0) return false
    try {
      fillPart(this.file, this.window, this.memory, part)
    } catch (error) {
      this.failure = error
      this.window.fail(part)
    }
    this.wakeFeeder()
    return true
  }

  private helpCrc(): boolean {
    const part = this.window.claimCrc()
    if (part < 0) return false
    sumPart(this.window, this.kernel, part)
    this.wakeFeeder()
    return true
  }

  private wakeFeeder(): void {
    if (Atomics.exchange(this.control, IDLE, 0) === 1) this.port.postMessage(null)
  }
}

/** Compute the CRC of a claimed part. */
export function sumPart(window: SharedWindow, kernel: Kernel, part: number): void {
  const start = window.address(part)
  window.setCrc(part, kernel.crcOf(0n, start, start + window.length(part)))
}
