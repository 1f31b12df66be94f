import {ENTRY_KEY, ENTRY_KIND} from '../../formats/kernel/layout.ts'
import type {Database} from '../database.ts'
import type {Keyspace} from '../keyspace.ts'
import {Kind, releaseValue, setValue, valueField} from './kinds.ts'

/** An entry outside of any database, for a value that is built before its key is there. */
export class Builder {
  private readonly keyspace: Keyspace
  private place = 0

  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace
  }

  /** The entry; only its kind and value mean something. */
  get entry(): number {
    return this.place
  }

  /** Begin with an entry that has no value. What was built before and not taken is gone. */
  begin(): number {
    const {arena} = this.keyspace
    this.discard()
    this.place = arena.alloc(ENTRY_KEY)
    arena.view.setUint32(this.place + ENTRY_KIND, Kind.STRING, true)
    setValue(this.keyspace, this.place, Kind.STRING, 0)
    return this.place
  }

  /** Give the value, which must not be a string, to an entry that has none. */
  into(db: Database, entry: number): number {
    const {keyspace, place} = this
    const {view} = keyspace.arena
    setValue(db.keyspace, entry, view.getUint8(place + ENTRY_KIND), valueField(keyspace, place))
    view.setUint8(entry + ENTRY_KIND + 1, view.getUint8(place + ENTRY_KIND + 1))
    setValue(keyspace, place, Kind.STRING, 0)
    this.discard()
    return entry
  }

  /** Forget what was built. */
  discard(): void {
    if (this.place === 0) return
    releaseValue(this.keyspace, this.place)
    this.keyspace.arena.release(this.place)
    this.place = 0
  }
}
