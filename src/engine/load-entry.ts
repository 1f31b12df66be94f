/**
 * Puts the entries of an RDB into a keyspace, as a server's loader does. Packed values are taken over as they are. Keys go into
 * their table many at a time: one by itself would wait for memory.
 */
import {FormatError} from '../formats/errors.ts'
import type {RdbReader} from '../formats/rdb/reader.ts'
import {takePacked} from '../formats/rdb/take-packed.ts'
import {takeString} from '../formats/rdb/take-string.ts'
import {LOGICAL_TYPES, type LogicalType, RdbType} from '../formats/rdb/types.ts'
import {libraryNameOf} from './apply/functions.ts'
import {CommandError} from './call.ts'
import {BATCH, type Database} from './database.ts'
import type {Keyspace} from './keyspace.ts'
import {RunLoader} from './load-run.ts'
import {type TableValue, takeTable} from './load-table.ts'
import {type Part, WHOLE} from './part.ts'
import {Kind, setValue} from './values/kinds.ts'
import type {ValueLoader} from './values/ops.ts'
import {fillString} from './values/string.ts'
import {VALUE_OPS} from './values/table.ts'
import {takeValue} from './values/take.ts'

/** A table of keys is never made larger than a quarter of the file for what the file claims. */
const SMALL_ENTRY = 32
/** Parts differ a little in size. */
const UNEVEN = 1.01

export class EntryLoader {
  /** Keys that were there already, and empty collections that were left out. */
  duplicates = 0
  empty = 0
  private readonly keyspace: Keyspace
  private readonly loaders: Readonly<Record<LogicalType, ValueLoader>>
  /** Entries that are not in the table of their database yet. */
  private readonly waiting = new Uint32Array(BATCH)
  private count = 0
  private db: Database
  private readonly runs: RunLoader
  private readonly parts: number

  /** `part`: what `loadRun` loads. */
  constructor(keyspace: Keyspace, part: Part = WHOLE) {
    this.keyspace = keyspace
    this.parts = part.count
    this.runs = new RunLoader(keyspace, part)
    this.db = keyspace.database(0)
    const loaders = LOGICAL_TYPES.map((type) => [type, VALUE_OPS[type].loader(keyspace)])
    this.loaders = Object.fromEntries(loaders)
  }

  /**
   * Load all plain entries up to the next that is not, each verified as `load` would; entries of other parts are stepped over. Without
   * `attributes`, one that has an idle time or a counter is not plain.
   */
  loadRun(r: RdbReader, attributes = true): void {
    this.finish()
    this.db = this.keyspace.database(r.db)
    this.duplicates += this.runs.load(r, this.db, attributes)
  }

  /**
   * Load the current entry of a reader; `finish` makes sure that it can be found.
   * @throws FormatError, framed, when its value is damaged: nothing is kept of it.
   */
  load(r: RdbReader): void {
    const db = this.keyspace.database(r.db)
    if (db !== this.db || this.count === BATCH) this.finish()
    this.db = db
    const entry = r.type === RdbType.STRING ? this.loadString(r) : this.loadValue(r)
    if (entry === 0) return
    if (r.expiresAtMs !== null) db.setExpiry(entry, r.expiresAtMs)
    this.waiting[this.count++] = entry
  }

  /** The file says how many keys its database has: make room for those of this part, as far as so many can follow. */
  expect({c, db, record}: RdbReader): void {
    if (!Number.isFinite(c.left)) return
    const keys = Math.min(record.keys, c.left / SMALL_ENTRY)
    this.keyspace.database(db).makeRoom(Math.ceil((keys / this.parts) * UNEVEN))
  }

  /** Put what was loaded so far into the tables. */
  finish(): void {
    if (this.count > 0) this.duplicates += this.db.insert(this.waiting.subarray(0, this.count))
    this.count = 0
  }

  /** Keep a function library, from a record at an offset. @throws FormatError when a server would not. */
  library(code: Uint8Array, offset: number): void {
    try {
      this.keyspace.functions.set(libraryNameOf(code), code)
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      throw new FormatError('RDB_FUNCTION', offset, error.message.replace(/^ERR /, ''))
    }
  }

  private loadString(r: RdbReader): number {
    const {c} = r
    const loader = this.loaders.string
    if (!takeString(r, loader)) return this.put(r, loader)
    const {memory, start, end} = c
    const entry = this.db.allocate(memory, c.pinStart, c.pinEnd, Kind.STRING, end - start)
    fillString(this.keyspace, entry, memory, start, end)
    return entry
  }

  private loadValue(r: RdbReader): number {
    if (takePacked(r)) return this.put(r, null)
    const table = takeTable(r, this.keyspace)
    if (table) return this.putTable(r, table)
    const loader = this.loaders[r.logical]
    r.readValue(loader)
    return this.put(r, loader)
  }

  private putTable({c}: RdbReader, {kind, object}: TableValue): number {
    const {keyspace, db} = this
    const entry = db.allocate(c.memory, c.pinStart, c.pinEnd, Kind.STRING)
    setValue(keyspace, entry, kind, keyspace.addObject(object))
    return entry
  }

  /** Make an entry of what a loader took, or of the packed value that the reader has. */
  private put({c, logical, type}: RdbReader, loader: ValueLoader | null): number {
    const {db} = this
    const {memory, start, end} = c
    const entry = db.allocate(memory, c.pinStart, c.pinEnd, Kind.STRING, loader?.room ?? 0)
    const kept = loader
      ? loader.into(db, entry)
      : takeValue(db, entry, {logical, type, memory, start, end})
    if (kept !== 0) return kept
    this.empty++
    db.discard(entry)
    return 0
  }
}
