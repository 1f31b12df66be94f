/**
 * The window of a cursor, in the memory that it shares with its kernels:
 *
 *     WINDOW      gap: GAP bytes that take what is left over when the slots start again
 *     + GAP       slots: filled by the feed, part i of the input in slot i % slots
 *     behind      areas: room for what does not lie in one piece (a huge element, an expanded string, a pinned key)
 *
 * Unread bytes are always contiguous in [next, limit). When the last slot is used up, the unread rest moves to the end of
 * the gap, so that it stays contiguous with slot 0.
 */
import {FormatError} from '../errors.ts'
import type {Kernel} from '../kernel/kernel.ts'
import {REG_CRC, REGISTERS, WINDOW} from '../kernel/layout.ts'
import {AREA_PIN, Areas, growMemory} from './areas.ts'
import type {Feed} from './feed.ts'
import {gather} from './gather.ts'
import type {Sink} from './sink.ts'

/** Bytes that can be made contiguous without an area. */
export const GAP = 0x100000
export const SLOTS_START = WINDOW + GAP

/** Reads forward over a window that a feed refills. Its edges never show: a read returns whole or throws. */
export class Cursor {
  gatherMost = Number.POSITIVE_INFINITY // more bytes are not made contiguous: who claims them is not believed
  readonly lzf = {strings: 0, compressed: 0, expanded: 0} // of the compressed strings that were read
  readonly kernel: Kernel
  /** All of the memory. Replaced when it grows: never keep it over a call. */
  memory: Uint8Array
  view: DataView
  /** Address of the next unread byte. */
  next = SLOTS_START
  /** Address after the last readable byte. */
  limit = SLOTS_START
  /** Results of the last call that decoded a span: addresses. */
  start = 0
  end = 0
  /** Result of the last 64-bit read: two unsigned halves. */
  high = 0
  low = 0
  /** A span that survives refills, moved aside by them. */
  pinStart = 0
  pinEnd = 0
  keptStart = 0
  keptEnd = 0
  private feed!: Feed
  /** Absolute offset of address 0; may be negative. */
  private base = 0
  /** Ordinal of the last filled part. */
  private part = -1
  private ended = false
  private tap: Sink | null = null
  private tapStart = 0
  private readonly areas = new Areas()

  constructor(kernel: Kernel) {
    this.kernel = kernel
    this.memory = new Uint8Array(kernel.memory.buffer)
    this.view = new DataView(kernel.memory.buffer)
  }

  /** Start over with another input, whose first byte has the absolute offset `offset`. */
  open(feed: Feed, offset = 0): this {
    this.feed = feed
    this.next = SLOTS_START
    this.limit = SLOTS_START
    this.base = offset - SLOTS_START
    this.part = -1
    this.ended = false
    this.tap = null
    this.pinStart = 0
    this.pinEnd = 0
    const slotsEnd = SLOTS_START + feed.slots * feed.slotSize
    this.areas.startAt(slotsEnd)
    this.grow(slotsEnd)
    return this
  }

  /** Absolute offset of the next unread byte. */
  get offset(): number {
    return this.base + this.next
  }

  /** Absolute offset of an address in the window. */
  offsetOf(address: number): number {
    return this.base + address
  }

  /** Bytes that are left, Infinity when the size of the input is unknown. An upper bound for every claim. */
  get left(): number {
    if (this.ended) return this.limit - this.next
    return this.feed.size < 0 ? Infinity : this.feed.size - (this.base + this.next)
  }

  /** True when not one more byte can be read. */
  atEnd(): boolean {
    return this.next === this.limit && !this.more()
  }

  /**
   * Extend the window by the next part; unread bytes stay, addresses may change. At most GAP bytes may be unread.
   * Returns false at the end of the input.
   */
  more(): boolean {
    if (this.ended) return false
    if (this.tap) this.flushTap()
    const {feed} = this
    const part = this.part + 1
    const slot = part % feed.slots
    const slotStart = SLOTS_START + slot * feed.slotSize
    if (this.pinEnd > this.pinStart && this.inWindow(this.pinStart)) this.movePin()
    const {next, limit, base} = this
    if (slot === 0 && part > 0) this.moveLeftOver()
    const length = feed.fill(part, slot === 0 ? part : this.partOf(this.next))
    if (length === 0) {
      // The slot was not touched: what is left goes back to where its part was summed up.
      this.memory.copyWithin(next, this.next, this.limit)
      this.next = next
      this.limit = limit
      this.base = base
      this.tapStart = next
      this.ended = true
      return false
    }
    this.part = part
    this.limit = slotStart + length
    return true
  }

  /** Make `n` bytes contiguous in `memory` and step over them. Returns where they start; valid until the next call. */
  take(n: number): number {
    if (this.limit - this.next < n) {
      if (n > GAP) return gather(this, n)
      this.ensure(n)
    }
    this.next += n
    return this.next - n
  }

  /** Make `n` bytes (at most GAP) contiguous without stepping over them. @throws FormatError `TRUNCATED`. */
  ensure(n: number): void {
    while (this.limit - this.next < n) if (!this.more()) throw this.truncated(n)
  }

  /** Step over `n` bytes, of any number. @throws FormatError `TRUNCATED`. */
  skip(n: number): void {
    let left = n
    for (;;) {
      const here = this.limit - this.next
      if (here >= left) {
        this.next += left
        return
      }
      left -= here
      this.next = this.limit
      if (!this.more()) throw this.truncated(left)
    }
  }

  u8(): number {
    if (this.next === this.limit && !this.more()) throw this.truncated(1)
    return this.memory[this.next++]
  }

  u32be(): number {
    return this.view.getUint32(this.take(4))
  }

  u32le(): number {
    return this.view.getUint32(this.take(4), true)
  }

  i32le(): number {
    return this.view.getInt32(this.take(4), true)
  }

  f64le(): number {
    return this.view.getFloat64(this.take(8), true)
  }

  /** Read u64 big-endian into `high` and `low`. */
  u64be(): void {
    const at = this.take(8)
    this.high = this.view.getUint32(at)
    this.low = this.view.getUint32(at + 4)
  }

  /** Read u64 little-endian into `high` and `low`. */
  u64le(): void {
    const at = this.take(8)
    this.low = this.view.getUint32(at, true)
    this.high = this.view.getUint32(at + 4, true)
  }

  /** Put the CRC-64 of every byte before `next` into REG_CRC. */
  crcHere(): void {
    const {kernel, feed} = this
    if (this.part < 0) {
      this.view.setBigUint64(REGISTERS + REG_CRC, 0n, true)
      return
    }
    // At the end of the input what was left over may lie in the gap: it ends where the next part would have begun.
    const moved = this.limit === SLOTS_START
    const part = moved ? this.part + 1 : this.part
    const partStart = SLOTS_START + (part % feed.slots) * feed.slotSize
    feed.crcBefore(part)
    if (this.next < partStart) kernel.crcRewind(this.next, partStart)
    else kernel.crcUpdate(partStart, this.next)
  }

  /** Keep the span [start, end) readable at [pinStart, pinEnd) until the next pin. */
  pin(start: number, end: number): void {
    this.pinStart = start
    this.pinEnd = end
    if (!this.inWindow(start)) this.movePin()
  }

  /** Copy the span [start, end) to an area, where it stays at [keptStart, keptEnd) until the next call. */
  keep(which: number): void {
    const length = this.end - this.start
    const to = this.area(which, length)
    this.memory.copyWithin(to, this.start, this.end)
    this.keptStart = to
    this.keptEnd = to + length
  }

  /** Give every byte stepped over from now on to `sink`, until `endTap`. */
  beginTap(sink: Sink): void {
    this.tap = sink
    this.tapStart = this.next
  }

  endTap(): void {
    if (this.tap) this.flushTap()
    this.tap = null
  }

  /** Address of `size` bytes of scratch room. What lay in the area is lost when it has to grow. */
  area(which: number, size: number): number {
    const at = this.areas.at(which, size)
    if (at >= 0) return at
    try {
      this.grow(this.areas.end)
    } catch (error) {
      this.areas.forget(which)
      throw error
    }
    return this.areas.at(which, size)
  }

  truncated(needs: number): FormatError {
    const left = this.limit - this.next
    const end = this.base + this.limit
    const bytes = needs === 1 ? '1 byte is' : `${needs} bytes are`
    return new FormatError('TRUNCATED', end, `${bytes} needed here, ${left} are left`)
  }

  private flushTap(): void {
    if (this.next > this.tapStart) this.tap?.write(this.memory, this.tapStart, this.next)
    this.tapStart = this.next
  }

  /** Which part an address of the window belongs to. */
  private partOf(address: number): number {
    if (address < SLOTS_START) return this.part - (this.part % this.feed.slots)
    const slot = Math.floor((address - SLOTS_START) / this.feed.slotSize)
    return Math.min(this.part - (this.part % this.feed.slots) + slot, this.part)
  }

  private inWindow(address: number): boolean {
    return address >= WINDOW && address <= this.limit
  }

  private movePin(): void {
    const length = this.pinEnd - this.pinStart
    const to = this.area(AREA_PIN, length)
    this.memory.copyWithin(to, this.pinStart, this.pinEnd)
    this.pinStart = to
    this.pinEnd = to + length
  }

  private moveLeftOver(): void {
    const length = this.limit - this.next
    if (length > GAP) throw new Error(`${length} unread bytes do not fit the gap`)
    const to = SLOTS_START - length
    this.memory.copyWithin(to, this.next, this.limit)
    this.base += this.next - to
    this.next = to
    this.limit = SLOTS_START
    this.tapStart = to
  }

  private grow(end: number): void {
    const {memory} = this.kernel
    growMemory(memory, end, this.offset)
    if (this.memory.length !== memory.buffer.byteLength) {
      this.memory = new Uint8Array(memory.buffer)
      this.view = new DataView(memory.buffer)
    }
  }
}
