import type {Cursor} from '../bytes/cursor.ts'

/**
 * What the position in one file depends on: the selected database and an open transaction. Both start over with every file.
 * Stored for the kernel as aof-run.ts says.
 */
export class LogState {
  readonly databases: number
  db = 0
  /** Inside MULTI. */
  open = false
  /** Absolute offset and ordinal of that MULTI. */
  openOffset = 0
  openRecord = 0
  /** Set after damage: an EXEC may belong to a MULTI that was lost, until the next MULTI. */
  lostStart = false

  constructor(databases: number) {
    this.databases = databases
  }

  /** Returns false when a transaction is open already. */
  multi(offset: number, record: number): boolean {
    this.lostStart = false
    if (this.open) return false
    this.open = true
    this.openOffset = offset
    this.openRecord = record
    return true
  }

  /** Returns false when no transaction can be open. */
  exec(): boolean {
    const possible = this.open || this.lostStart
    this.open = false
    this.lostStart = false
    return possible
  }

  store(view: DataView, at: number): void {
    view.setUint32(at, this.open ? 1 : 0, true)
    view.setUint32(at + 4, 0, true)
    view.setUint32(at + 12, this.db, true)
    view.setUint32(at + 16, this.databases, true)
  }

  /** Take over what a run left. `record`: ordinal of the last command before it. */
  load(c: Cursor, at: number, record: number): void {
    this.open = c.view.getUint32(at, true) === 1
    this.db = c.view.getUint32(at + 12, true)
    const multi = c.view.getUint32(at + 4, true)
    if (multi !== 0) this.lostStart = false
    if (!this.open || multi === 0) return
    this.openOffset = c.offset + (multi - c.next)
    this.openRecord = record + c.view.getUint32(at + 8, true) + 1
  }
}
