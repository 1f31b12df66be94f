/**
 * What is known of single keys, packed: millions of rows go from one thread to the other. A chunk holds whole rows, little-endian:
 *
 *     row    u32 length of all of it
 *            f64 x 6: elements, size, memory, expiry in ms, idle seconds, offset; NaN where there is none
 *            u32 database, i16 slot (-1: not asked for), i16 frequency (-1: none), u8 type, u8 encoding, bytes of the key
 *
 * Types and encodings by their places in KEY_TYPES and KEY_ENCODINGS, which keys-reports.ts has.
 */
import type {Entry} from '../formats/entry.ts'
import {KEY_ENCODINGS, KEY_TYPES} from './keys-reports.ts'

export const ROW_HEAD = 4 + 6 * 8 + 4 + 2 + 2 + 1 + 1
const CHUNK = 0x40000

/** What was measured of an entry. */
export interface KeyMeasures {
  elements: number
  memory: number | null
  encoding: string
  slot: number
}

/** The row of an entry whose value has been read, at `at` of `bytes`, where there is room for it. */
function putRow(bytes: Uint8Array, at: number, entry: Entry, measures: KeyMeasures): void {
  const {memory: keys, keyStart, keyEnd} = entry
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  view.setUint32(at, rowLength(entry), true)
  view.setFloat64(at + 4, measures.elements, true)
  view.setFloat64(at + 12, entry.size ?? Number.NaN, true)
  view.setFloat64(at + 20, measures.memory ?? Number.NaN, true)
  view.setFloat64(at + 28, entry.expiresAtMs ?? Number.NaN, true)
  view.setFloat64(at + 36, entry.idleSeconds ?? Number.NaN, true)
  view.setFloat64(at + 44, entry.offset ?? Number.NaN, true)
  view.setUint32(at + 52, entry.db, true)
  view.setInt16(at + 56, measures.slot, true)
  view.setInt16(at + 58, entry.freq ?? -1, true)
  bytes[at + 60] = KEY_TYPES.indexOf(entry.logical)
  bytes[at + 61] = KEY_ENCODINGS.indexOf(measures.encoding)
  for (let from = keyStart, to = at + ROW_HEAD; from < keyEnd; from++) bytes[to++] = keys[from]
}

const rowLength = ({keyStart, keyEnd}: Entry): number => ROW_HEAD + keyEnd - keyStart

/** A row by itself. */
export function keyRow(entry: Entry, measures: KeyMeasures): Uint8Array {
  const row = new Uint8Array(rowLength(entry))
  putRow(row, 0, entry, measures)
  return row
}

export class KeyRows {
  private readonly emit: (chunk: Uint8Array<ArrayBuffer>) => void
  private chunk = new Uint8Array(CHUNK)
  private used = 0

  constructor(emit: (chunk: Uint8Array<ArrayBuffer>) => void) {
    this.emit = emit
  }

  add(entry: Entry, measures: KeyMeasures): void {
    const length = rowLength(entry)
    this.reserve(length)
    putRow(this.chunk, this.used, entry, measures)
    this.used += length
  }

  addRow(row: Uint8Array): void {
    this.reserve(row.length)
    this.chunk.set(row, this.used)
    this.used += row.length
  }

  /** Emit what there is. */
  flush(): void {
    if (this.used > 0) this.emit(this.chunk.slice(0, this.used))
    this.used = 0
  }

  private reserve(length: number): void {
    if (this.used + length <= this.chunk.length) return
    this.flush()
    if (length > this.chunk.length) this.chunk = new Uint8Array(length)
  }
}
