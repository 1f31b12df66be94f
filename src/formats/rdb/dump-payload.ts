/** Makes DUMP payloads, as RESTORE takes them: type value | u16le RDB version | u64le CRC-64. See engine/payloads.ts, which reads them. */
import type {Kernel} from '../kernel/kernel.ts'
import {WINDOW} from '../kernel/layout.ts'
import {Growable} from '../packed/growable.ts'
import type {RdbReader} from './reader.ts'
import {TYPES} from './types.ts'

const PIECE = 0x10000

export class PayloadWriter {
  private readonly kernel: Kernel
  private readonly payload = new Growable()

  /** `kernel` must not be shared with a reader. */
  constructor(kernel: Kernel) {
    this.kernel = kernel
  }

  /**
   * The current entry's value as it stands in the file, under the oldest version that has its type: so any server that knows the type
   * takes it. Valid until the next call. @throws FormatError, framed, when the value is damaged.
   */
  take(r: RdbReader): Uint8Array {
    const {payload, kernel} = this
    payload.clear()
    payload.u8(r.type)
    r.copyValue({write: (memory, start, end) => payload.append(memory, start, end)})
    payload.u16le(TYPES[r.dialect][r.type]?.since ?? r.version)
    const memory = new Uint8Array(kernel.memory.buffer)
    let crc = 0n
    for (let at = 0; at < payload.length; at += PIECE) {
      const end = Math.min(payload.length, at + PIECE)
      memory.set(payload.bytes.subarray(at, end), WINDOW)
      crc = kernel.crcOf(crc, WINDOW, WINDOW + end - at)
    }
    payload.u32le(Number(crc & 0xffffffffn))
    payload.u32le(Number((crc >> 32n) & 0xffffffffn))
    return payload.bytes.subarray(0, payload.length)
  }
}
