/** A feed whose bytes also go to a sink, part by part as they come, whoever reads how much of them. */
import {SLOTS_START} from '../formats/bytes/cursor.ts'
import type {Feed} from '../formats/bytes/feed.ts'
import type {Sink} from '../formats/bytes/sink.ts'
import type {Kernel} from '../formats/kernel/kernel.ts'
import {REG_CRC, REGISTERS} from '../formats/kernel/layout.ts'

export interface KeptFeed extends Feed {
  /** So many went to the sink. */
  readonly bytes: number
  /** Take what nobody has read. Ends whatever reads from the feed. */
  rest(): void
  /** CRC-64 of all of them, of a feed that keeps one. */
  crc(): bigint
}

export function keptFeed(feed: Feed, kernel: Kernel, sink: Sink | null): KeptFeed {
  const memory = new Uint8Array(kernel.memory.buffer)
  const {slots, slotSize, size} = feed
  let parts = 0
  let bytes = 0
  let ended = false
  const fill = (part: number, keep: number): number => {
    const length = feed.fill(part, keep)
    if (part < parts) return length
    if (length === 0) ended = true
    else parts = part + 1
    const start = SLOTS_START + (part % slots) * slotSize
    sink?.write(memory, start, start + length)
    bytes += length
    return length
  }
  return {
    ...{slots, slotSize, size, fill},
    get bytes() {
      return bytes
    },
    crcBefore: (part) => feed.crcBefore(part),
    rest() {
      while (!ended) fill(parts, parts)
    },
    crc() {
      feed.crcBefore(parts)
      return new DataView(kernel.memory.buffer, REGISTERS).getBigUint64(REG_CRC, true)
    },
  }
}
