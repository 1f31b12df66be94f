/** What every type of value can do, whatever the command. One row per type: see values/table.ts. */
import type {ValueVisitor} from '../../formats/rdb/visitor.ts'
import type {Database} from '../database.ts'
import type {Keyspace} from '../keyspace.ts'

export interface ValueOps {
  /** Give the value to a visitor, element by element, as a reader of an RDB would. The value must not change meanwhile. */
  visit(keyspace: Keyspace, entry: number, visit: ValueVisitor): void
  /** Put a copy of the value of `from` into `to`, an entry without a value of its own. Returns where `to` lies now. */
  copy(from: Database, entry: number, to: Database, target: number): number
  /** What OBJECT ENCODING says. */
  encoding(keyspace: Keyspace, entry: number): string
  /** Takes a value from a reader; `into` then puts it into an entry without a value. One at a time, used again. */
  loader(keyspace: Keyspace): ValueLoader
}

export interface ValueLoader extends ValueVisitor {
  /** Bytes behind the key in which `into` puts the value, if it does: with so many the entry stays where it lies. */
  readonly room?: number
  /**
   * Put what was given between `begin` and `end` into the entry. Returns where it lies now, 0 when nothing was given that a
   * server would keep (an empty collection): then the caller removes the key.
   */
  into(db: Database, entry: number): number
}
