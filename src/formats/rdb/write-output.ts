/**
 * Bytes on their way to a sink, their CRC, and counts that are known only after what they count.
 *
 * RDB puts counts first. `open` starts a part whose count comes with `close`; parts nest. What is written meanwhile is held in
 * memory, so `close` can write the shortest count, as servers do. Past `holdLimit` bytes the sink has to help: it gets a count of
 * fixed width, zero, and when the part is closed the real one by `patch`. A sink that cannot patch (a pipe) has the part held whole.
 */
import type {Sink} from '../bytes/sink.ts'
import type {Kernel} from '../kernel/kernel.ts'
import {REG_CRC, REGISTERS, WINDOW} from '../kernel/layout.ts'
import {copyBytes, Growable} from '../packed/growable.ts'
import {type Target, UnsupportedByTarget} from './features.ts'
import {crcAfterZeros} from './write-crc.ts'
import {encodeLength, WIDE_SINCE} from './write-length.ts'

export interface PatchableSink extends Sink {
  /** Overwrite bytes that were written at `offset`, counted from this sink's first byte. */
  patch?(offset: number, memory: Uint8Array, start: number, end: number): void
}

const BUFFER_BYTES = 1 << 18
const PAGE = 0x10000
/** Where the compressor reads; it writes behind its input. */
const COMPRESS_AT = WINDOW + BUFFER_BYTES

interface Part {
  /** Where its count belongs: in the held bytes, or absolute once the sink has it. */
  at: number
  held: boolean
}

export class RdbOutput {
  private readonly sink: PatchableSink
  readonly kernel: Kernel
  private readonly checksum: boolean
  private readonly holdLimit: number
  private readonly target: Target
  private readonly wideCounts: boolean
  private memory: Uint8Array
  private next = WINDOW
  private flushed = 0
  private readonly parts: Part[] = []
  private holding = false
  private readonly held = new Growable()
  private readonly scratch = new DataView(new ArrayBuffer(9))
  private readonly scratchBytes = new Uint8Array(this.scratch.buffer)

  /** `kernel` must be this writer's own: it keeps the running CRC and the output buffer. */
  constructor(
    sink: PatchableSink,
    kernel: Kernel,
    target: Target,
    options: {checksum: boolean; holdLimit: number},
  ) {
    this.sink = sink
    this.kernel = kernel
    this.checksum = options.checksum
    this.holdLimit = options.holdLimit
    this.target = target
    this.wideCounts = target.version >= WIDE_SINCE
    this.memory = new Uint8Array(kernel.memory.buffer)
    this.crc = 0n
  }

  /** Bytes written so far, held ones not included. */
  get written(): number {
    return this.flushed + this.next - WINDOW
  }

  write(memory: Uint8Array, start: number, end: number): void {
    if (this.holding) this.hold(memory, start, end)
    else this.put(memory, start, end)
  }

  /** The same for what lies in the memory of another kernel, from which it goes to the sink at once. */
  pass(kernel: Kernel, memory: Uint8Array, start: number, end: number): void {
    if (this.holding) {
      this.hold(memory, start, end)
      return
    }
    this.flush()
    if (this.checksum) this.crc = BigInt.asUintN(64, kernel.crcOf(this.crc, start, end))
    this.sink.write(memory, start, end)
    this.flushed += end - start
  }

  u8(value: number): void {
    if (!this.holding && this.next < WINDOW + BUFFER_BYTES) {
      this.memory[this.next++] = value
      return
    }
    this.scratchBytes[0] = value
    this.write(this.scratchBytes, 0, 1)
  }

  /** A length in its shortest form. Source: rdbSaveLen() in rdb.c. */
  count(value: number): void {
    this.write(this.scratchBytes, 0, encodeLength(this.scratch, value, this.target))
  }

  /** A length that may need all of 64 bits; negative ones are taken modulo 2^64. */
  count64(value: bigint): void {
    const unsigned = BigInt.asUintN(64, value)
    if (unsigned <= 0xffffffffn) this.count(Number(unsigned))
    else {
      this.scratch.setUint8(0, 0x81)
      this.scratch.setBigUint64(1, unsigned)
      this.write(this.scratchBytes, 0, 9)
    }
  }

  u32le(value: number): void {
    this.scratch.setUint32(0, value, true)
    this.write(this.scratchBytes, 0, 4)
  }

  f32le(value: number): void {
    this.scratch.setFloat32(0, value, true)
    this.write(this.scratchBytes, 0, 4)
  }

  f64le(value: number): void {
    this.scratch.setFloat64(0, value, true)
    this.write(this.scratchBytes, 0, 8)
  }

  i64le(value: bigint): void {
    this.scratch.setBigInt64(0, BigInt.asIntN(64, value), true)
    this.write(this.scratchBytes, 0, 8)
  }

  /** Milliseconds, within the 53 bits of a number. */
  ms(value: number): void {
    const high = Math.floor(value / 2 ** 32)
    this.u32le(value - high * 2 ** 32)
    this.u32le(high)
  }

  /** Start a part whose count is not known yet. */
  open(): void {
    if (!this.holding) this.held.clear()
    this.holding = true
    this.parts.push({at: this.held.length, held: true})
  }

  /** End the part opened last: `count` goes before all that was written since. */
  close(count: number): void {
    const part = this.parts.pop()!
    if (!part.held) {
      this.patchCount(part.at, count)
      return
    }
    const size = encodeLength(this.scratch, count, this.target)
    const at = this.held.insert(part.at, size)
    copyBytes(this.scratchBytes, 0, size, this.held.bytes, at)
    if (this.parts.length > 0 && this.parts[this.parts.length - 1].held) return
    this.holding = false
    this.put(this.held.bytes, 0, this.held.length)
    this.held.clear()
  }

  /** LZF of a span in at most `limit` bytes: where it ends; it starts at `compressedAt`. 0 when it does not fit. */
  compress(memory: Uint8Array, start: number, end: number, limit: number): number {
    const size = end - start
    const at = this.compressedAt(size)
    this.need(at + limit)
    copyBytes(memory, start, end, this.memory, COMPRESS_AT)
    const length = this.kernel.lzfCompress(COMPRESS_AT, COMPRESS_AT + size, at, at + limit)
    return length === 0 ? 0 : at + length
  }

  /** Put a span where the compressor reads, at an offset there. Returns its address. */
  place(memory: Uint8Array, start: number, end: number, offset: number): number {
    const at = COMPRESS_AT + offset
    this.need(at + end - start)
    copyBytes(memory, start, end, this.memory, at)
    return at
  }

  compressedAt(size: number): number {
    return (COMPRESS_AT + size + 63) & ~63
  }

  /** Write a span of the compressor's output. */
  writeCompressed(start: number, end: number): void {
    this.write(this.memory, start, end)
  }

  /** Write the footer, if the version has one, and hand everything over. Nothing may be written after it. */
  finish(): void {
    this.flush()
    if (this.target.version < 5) return
    this.scratch.setBigUint64(0, this.checksum ? this.crc : 0n, true)
    this.sink.write(this.scratchBytes, 0, 8)
    this.flushed += 8
  }

  /** Hand everything over: what others write follows. */
  endPiece(): void {
    this.flush()
  }

  /** Others have handed over so many bytes with this CRC, right behind all that was written here. */
  append(crc: bigint, bytes: number): void {
    this.flush()
    if (this.checksum) this.crc = crcAfterZeros(this.crc, bytes) ^ crc
    this.flushed += bytes
  }

  /** Begin anew, as if nothing had been written. */
  restart(): void {
    this.next = WINDOW
    this.flushed = 0
    this.holding = false
    this.parts.length = 0
    this.crc = 0n
  }

  /** CRC-64 of all that was handed over. */
  get crc(): bigint {
    return this.registers.getBigUint64(REGISTERS + REG_CRC, true)
  }

  private set crc(value: bigint) {
    this.registers.setBigUint64(REGISTERS + REG_CRC, value, true)
  }

  private get registers(): DataView {
    return new DataView(this.kernel.memory.buffer)
  }

  private hold(memory: Uint8Array, start: number, end: number): void {
    this.held.append(memory, start, end)
    if (this.held.length > this.holdLimit && this.sink.patch !== undefined) this.release()
  }

  /** Too much is held: leave room for the counts of the open parts and let the bytes go. */
  private release(): void {
    const {bytes, length} = this.held
    let from = 0
    for (const part of this.parts) {
      if (!part.held) continue
      this.put(bytes, from, part.at)
      from = part.at
      part.held = false
      part.at = this.written
      this.put(this.placeholder(), 0, this.wideCounts ? 9 : 5)
    }
    this.put(bytes, from, length)
    this.holding = false
    this.held.clear()
  }

  private placeholder(): Uint8Array {
    this.scratchBytes.fill(0)
    this.scratchBytes[0] = this.wideCounts ? 0x81 : 0x80
    return this.scratchBytes
  }

  private patchCount(offset: number, count: number): void {
    this.flush()
    const size = this.wideCounts ? 8 : 4
    if (this.wideCounts) this.scratch.setBigUint64(0, BigInt(count))
    else if (count > 0xffffffff) throw new UnsupportedByTarget('long-lengths', this.target, null)
    else this.scratch.setUint32(0, count)
    this.sink.patch!(offset + 1, this.scratchBytes, 0, size)
    if (!this.checksum) return
    const behind = this.flushed - (offset + 1 + size)
    this.crc ^= crcAfterZeros(this.crcOf(this.scratchBytes, size), behind)
  }

  private crcOf(bytes: Uint8Array, size: number): bigint {
    const running = this.crc
    this.crc = 0n
    copyBytes(bytes, 0, size, this.memory, WINDOW)
    this.kernel.crcUpdate(WINDOW, WINDOW + size)
    const crc = this.crc
    this.crc = running
    return crc
  }

  private put(memory: Uint8Array, start: number, end: number): void {
    while (start < end) {
      const room = WINDOW + BUFFER_BYTES - this.next
      if (room === 0) {
        this.flush()
        continue
      }
      const part = Math.min(room, end - start)
      copyBytes(memory, start, start + part, this.memory, this.next)
      this.next += part
      start += part
    }
  }

  private flush(): void {
    if (this.checksum) this.kernel.crcUpdate(WINDOW, this.next)
    this.sink.write(this.memory, WINDOW, this.next)
    this.flushed += this.next - WINDOW
    this.next = WINDOW
  }

  /** Make the kernel's memory reach up to `end`. Views of a shared memory do not grow with it. */
  private need(end: number): void {
    const missing = end - this.kernel.memory.buffer.byteLength
    if (missing > 0) this.kernel.memory.grow(Math.ceil(missing / PAGE))
    if (this.memory.length < this.kernel.memory.buffer.byteLength) {
      this.memory = new Uint8Array(this.kernel.memory.buffer)
    }
  }
}
