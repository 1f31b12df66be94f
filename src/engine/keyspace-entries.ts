/** Gives the entries of a keyspace to a sink, database by database. */
import type {Entry, EntrySink} from '../formats/entry.ts'
import type {LogicalType} from '../formats/rdb/types.ts'
import type {ValueVisitor} from '../formats/rdb/visitor.ts'
import type {CommandTimes} from './command-times.ts'
import type {Keyspace} from './keyspace.ts'
import {logicalOf} from './values/kinds.ts'
import {VALUE_OPS} from './values/table.ts'

/**
 * The keyspace must not change meanwhile. `told` is called behind every entry, with how many there were so far. Idle times are those
 * of commands, where they were watched.
 */
export function keyspaceEntries(
  keyspace: Keyspace,
  sink: EntrySink,
  told: ((entries: number) => void) | null = null,
  times: CommandTimes | null = null,
): void {
  sink.header?.({source: null})
  for (const code of keyspace.functions.values()) sink.library(code)
  const entry = new KeyspaceEntry(keyspace, times)
  let entries = 0
  for (const number of keyspace.numbers()) {
    sink.database?.(number)
    const db = keyspace.database(number)
    for (const address of db.entries()) {
      entry.db = number
      entry.address = address
      entry.logical = logicalOf(db.kind(address))
      sink.entry(entry)
      told?.(++entries)
    }
  }
}

/**
 * The same shelf by shelf, in an order that depends on the keys alone: whatever part of a dataset the keyspace holds, whole shelves
 * of it come out the same. `begins` is called before the first entry of each shelf that has any. The kernel must know which keys are
 * tied.
 */
export function orderedEntries(
  keyspace: Keyspace,
  sink: EntrySink,
  begins: (db: number, shelf: number) => void,
): void {
  sink.header?.({source: null})
  for (const code of keyspace.functions.values()) sink.library(code)
  const entry = new KeyspaceEntry(keyspace)
  for (const number of keyspace.numbers()) {
    sink.database?.(number)
    const db = keyspace.database(number)
    let last = -1
    db.ordered((address, shelf) => {
      if (shelf !== last) begins(number, shelf)
      last = shelf
      entry.db = number
      entry.address = address
      entry.logical = logicalOf(db.kind(address))
      sink.entry(entry)
    })
  }
}

class KeyspaceEntry implements Entry {
  private readonly keyspace: Keyspace
  private readonly times: CommandTimes | null
  db = 0
  address = 0
  logical: LogicalType = 'string'
  readonly type = -1
  readonly from = null
  // The engine does not keep what no command of a log can set.
  readonly freq = null
  readonly keyMeta = null
  readonly offset = null
  readonly size = null

  constructor(keyspace: Keyspace, times: CommandTimes | null = null) {
    this.keyspace = keyspace
    this.times = times
  }

  get memory(): Uint8Array {
    return this.keyspace.arena.memory
  }
  get keyStart(): number {
    return this.keyspace.database(this.db).keyStart(this.address)
  }
  get keyEnd(): number {
    return this.keyspace.database(this.db).keyEnd(this.address)
  }
  get expiresAtMs(): number | null {
    return this.keyspace.database(this.db).expiresAtMs(this.address)
  }
  get idleSeconds(): number | null {
    const {times, keyspace, db} = this
    return times?.idleSeconds(keyspace, db, this.keyStart, this.keyEnd) ?? null
  }
  get idleIsLeast(): boolean {
    const {times, keyspace, db} = this
    return times?.isLeast(keyspace, db, this.keyStart, this.keyEnd) ?? false
  }

  readValue(visit: ValueVisitor): boolean {
    VALUE_OPS[this.logical].visit(this.keyspace, this.address, visit)
    return true
  }

  copyValue(): boolean {
    throw new Error('a value of an engine has no bytes to copy')
  }

  skipValue(): boolean {
    return true
  }
}
