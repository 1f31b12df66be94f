/**
 * What loading a snapshot shows of it. Loading verifies all that `check` does; where nothing was out of the ordinary it is enough for
 * a report, and the file need not be read again.
 */
import type {RdbReader} from '../formats/rdb/reader.ts'
import {RdbOpcode} from '../formats/rdb/types.ts'
import {libraryName} from './check-rdb.ts'

export interface PlainRdb {
  version: number
  dialect: 'redis' | 'valkey'
  producer: string | null
  functions: string[]
  /** The highest database that is selected. */
  highestDb: number
  entries: number
  /** Its length. */
  bytes: number
}

/** Of these `check` has nothing to say beyond what is gathered here. */
const PLAIN_RECORDS: ReadonlySet<number> = new Set([
  RdbOpcode.AUX,
  RdbOpcode.SELECTDB,
  RdbOpcode.RESIZEDB,
  RdbOpcode.FUNCTION2,
  RdbOpcode.SLOT_INFO,
  RdbOpcode.EOF,
])

export class PlainRdbWitness {
  private readonly functions = new Set<string>()
  private highestDb = 0
  private odd = false

  record(r: RdbReader, opcode: number): void {
    if (!PLAIN_RECORDS.has(opcode)) this.odd = true
    if (opcode === RdbOpcode.SELECTDB) this.highestDb = Math.max(this.highestDb, r.db)
    if (opcode !== RdbOpcode.FUNCTION2) return
    const name = libraryName(r.record.value)
    if (this.functions.has(name)) this.odd = true
    this.functions.add(name)
  }

  /** An entry was loaded by itself. */
  entry(r: RdbReader): void {
    if (r.doubts.length > 0 || r.logical === 'module') this.odd = true
  }

  /** All of it was loaded; `left` keys were left out, or were there already. Null when `check` has more to say. */
  finish(r: RdbReader, left: number, producer: string | null): PlainRdb | null {
    if (this.odd || left > 0 || r.dialect === 'dragonfly' || r.checksum === 'off') return null
    const {version, dialect, entries, endOffset: bytes} = r
    const {highestDb} = this
    return {version, dialect, producer, functions: [...this.functions], highestDb, entries, bytes}
  }
}
