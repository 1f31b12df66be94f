/** What is written and what is read back are compared by their CRC-64, which costs least where a feed has it already. */

import type {HashMemory} from '../engine/digest/hash-memory.ts'
import {AREA_DIGEST} from '../formats/bytes/areas.ts'
import type {Cursor} from '../formats/bytes/cursor.ts'
import type {Sink} from '../formats/bytes/sink.ts'
import {REG_CRC, REGISTERS} from '../formats/kernel/layout.ts'
import {crcAfterZeros} from '../formats/rdb/write-crc.ts'
import type {Host} from '../io/host.ts'

/** Bytes in short. Their number belongs to it: the CRC does not see zeros in front. */
export interface Sum {
  bytes: number
  crc: bigint
}

/** From so many bytes on, a span's CRC is put together from those of the feed's parts. */
const FROM_FEED = 0x800000
const STEP = 0x10000

/** Passes bytes on and sums them up. `c` is where most of them lie: for `copySummed` a cursor, whose feed keeps a CRC. */
export class SummedSink<Memory extends HashMemory = Cursor> implements Sink {
  readonly sum: Sum = {bytes: 0, crc: 0n}
  readonly c: Memory
  readonly sink: Sink

  constructor(sink: Sink, c: Memory) {
    this.sink = sink
    this.c = c
  }

  write(memory: Uint8Array, start: number, end: number): void {
    const {c, sum} = this
    if (memory.buffer === c.kernel.memory.buffer) {
      this.add(start, end)
    } else {
      for (let at = start; at < end; at += STEP)
        this.addElsewhere(memory, at, Math.min(end, at + STEP))
    }
    sum.bytes += end - start
    this.sink.write(memory, start, end)
  }

  private addElsewhere(memory: Uint8Array, start: number, end: number): void {
    const {c} = this
    const at = c.area(AREA_DIGEST, STEP)
    c.memory.set(memory.subarray(start, end), at)
    this.add(at, at + end - start)
  }

  /** What kernels return is signed. */
  private add(start: number, end: number): void {
    this.sum.crc = BigInt.asUintN(64, this.c.kernel.crcOf(this.sum.crc, start, end))
  }
}

/** Write what is left of the cursor's input up to the offset `end`. */
export function copySummed(summed: SummedSink, end: number): void {
  const {c, sum, sink} = summed
  const length = end - c.offset
  if (length < FROM_FEED) {
    copySpan(c, end, summed)
    return
  }
  const before = crcBehind(c)
  copySpan(c, end, sink)
  const own = crcBehind(c) ^ crcAfterZeros(before, length)
  sum.crc = crcAfterZeros(sum.crc, length) ^ own
  sum.bytes += length
}

/** Hand what is left of the input up to the offset `end` to `sink`. */
export function copySpan(c: Cursor, end: number, sink: Sink): void {
  while (c.offset < end) {
    if (c.next === c.limit && !c.more()) throw c.truncated(1)
    const length = Math.min(c.limit - c.next, end - c.offset)
    sink.write(c.memory, c.next, c.next + length)
    c.next += length
  }
}

/** The CRC-64 of all that the cursor's feed gave before the next byte. */
export function crcBehind(c: Cursor): bigint {
  c.crcHere()
  return c.view.getBigUint64(REGISTERS + REG_CRC, true)
}

/** Read a whole file for nothing else. */
export function sumOf(host: Host, c: Cursor, path: string): Sum {
  c.open(host.open(path, {crc: true}))
  while (!c.atEnd()) c.next = c.limit
  return {bytes: c.offset, crc: crcBehind(c)}
}
