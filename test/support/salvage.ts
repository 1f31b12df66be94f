/** Salvage of bytes in memory, and the entries that come of it. */
import {Cursor} from '../../src/formats/bytes/cursor.ts'
import type {Kernel} from '../../src/formats/kernel/kernel.ts'
import type {SalvageReport} from '../../src/operations/reports.ts'
import {type SalvageRdbOptions, salvageRdb, writeRdb} from '../../src/operations/salvage-rdb.ts'
import {entrySpans} from './campaign.ts'
import {memoryHost} from './memory-host.ts'

export interface Salvaged {
  report: SalvageReport
  /** The new RDB. */
  bytes: Uint8Array
}

export function salvageBytes(
  kernel: Kernel,
  bytes: Uint8Array,
  options: SalvageRdbOptions = {},
): Salvaged {
  const host = memoryHost(kernel)
  host.hold(bytes)
  const cursor = new Cursor(kernel).open(host.open('-'))
  const rewind = (offset: number, crc = false) =>
    void cursor.open(host.open('-', {offset, crc}), offset)
  const source = {cursor, rewind, size: bytes.length}
  const salvaged = salvageRdb(source, options)
  const pieces: Uint8Array[] = []
  const sink = {
    write: (from: Uint8Array, start: number, end: number) =>
      void pieces.push(from.slice(start, end)),
  }
  writeRdb(salvaged, source, sink)
  return {report: salvaged.report, bytes: new Uint8Array(Buffer.concat(pieces))}
}

/** Every entry of a sound RDB as its bytes: attributes, type, key and value. */
export function entriesOf(kernel: Kernel, bytes: Uint8Array): string[] {
  return entrySpans(kernel, bytes).entries.map(({start, end}) =>
    Buffer.from(bytes.subarray(start, end)).toString('latin1'),
  )
}
