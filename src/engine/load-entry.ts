/** Puts the entries of an RDB into a keyspace, as a server's loader does. Packed values are taken over as they are. */
import type {RdbReader} from '../formats/rdb/reader.ts'
import {takePacked} from '../formats/rdb/take-packed.ts'
import {LOGICAL_TYPES, type LogicalType} from '../formats/rdb/types.ts'
import {libraryNameOf} from './apply/functions.ts'
import type {Keyspace} from './keyspace.ts'
import {Kind} from './values/kinds.ts'
import type {ValueLoader} from './values/ops.ts'
import {VALUE_OPS} from './values/table.ts'
import {takeValue} from './values/take.ts'

export class EntryLoader {
  /** Keys that were there already, and empty collections that were left out. */
  duplicates = 0
  empty = 0
  private readonly keyspace: Keyspace
  private readonly loaders: Readonly<Record<LogicalType, ValueLoader>>

  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace
    const loaders = LOGICAL_TYPES.map((type) => [type, VALUE_OPS[type].loader(keyspace)])
    this.loaders = Object.fromEntries(loaders)
  }

  /** Load the current entry of a reader. @throws FormatError, framed, when its value is damaged: nothing is kept of it. */
  load(r: RdbReader): void {
    const {c} = r
    const db = this.keyspace.database(r.db)
    const packed = takePacked(r)
    const loader = packed ? null : this.loaders[r.logical]
    if (loader) r.readValue(loader)
    const old = db.find(c.memory, c.pinStart, c.pinEnd)
    if (old !== 0) {
      this.duplicates++
      db.remove(old)
    }
    const entry = db.add(c.memory, c.pinStart, c.pinEnd, Kind.STRING)
    const {expiresAtMs, logical, type} = r
    const {memory, start, end} = c
    const kept = loader
      ? loader.into(db, entry)
      : takeValue(db, entry, {logical, type, memory, start, end})
    if (kept === 0) {
      this.empty++
      db.remove(db.find(memory, c.pinStart, c.pinEnd))
    } else if (expiresAtMs !== null) db.setExpiry(kept, expiresAtMs)
  }

  /** Keep a function library. */
  library(code: Uint8Array): void {
    this.keyspace.functions.set(libraryNameOf(code), code)
  }
}
