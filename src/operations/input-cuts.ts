/** Places between the entries of an RDB from which it can be read on, noted while somebody else reads it. */
import type {RdbReader} from '../formats/rdb/reader.ts'

/** Cuts are no nearer to each other. */
const CUT_EVERY = 3 << 20
/** What an entry takes, before any was seen. */
const ENTRY_BYTES = 128

export interface InputCut {
  offset: number
  /** The database of the entries that follow, and of those before, -1 where there are none. */
  db: number
  lastDb: number
  /** Entries before it, and the databases that they are in. */
  entries: number
  databases: readonly number[]
}

export class InputCuts {
  readonly cuts: InputCut[] = []
  /** Of the last entry. */
  private lastDb = -1
  private databases: readonly number[] = []
  private offset = 0
  private entries = 0

  /** A reader stands behind an entry. */
  note(r: RdbReader): void {
    const {cuts} = this
    const {offset} = r.c
    this.offset = offset
    this.entries = r.entries
    if (r.hasAttributes || r.isFinished) return
    if (offset < (cuts.at(-1)?.offset ?? 0) + CUT_EVERY) return
    const {lastDb, databases} = this
    cuts.push({offset, db: r.db, lastDb, entries: r.entries, databases})
  }

  /** There was an entry. */
  sawEntry(db: number): void {
    if (db === this.lastDb) return
    this.lastDb = db
    if (!this.databases.includes(db)) this.databases = [...this.databases, db]
  }

  /** So many more entries take about as much as there is to be between two cuts. */
  get most(): number {
    const {cuts, offset, entries} = this
    const each = entries === 0 ? ENTRY_BYTES : offset / entries
    const left = (cuts.at(-1)?.offset ?? 0) + CUT_EVERY - offset
    return Math.max(1, Math.ceil(left / each))
  }
}
