/** A command that reads: a key whose time is over is not there, and goes when it is looked up, as on a server. */
import type {DumpWriter} from '../../formats/rdb/dump-writer.ts'
import type {Target} from '../../formats/rdb/features.ts'
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import type {ScoreStyle} from '../../formats/score-text.ts'
import {Call, type Wanted} from '../call.ts'
import type {Database} from '../database.ts'
import type {KeyClocks} from '../key-clocks.ts'
import type {ServerLayout} from '../memory/server-layout.ts'

/** What answers differ in between servers. */
export interface ReadRules {
  readonly scores: ScoreStyle
  readonly layout: ServerLayout
  /** What DUMP is made for. */
  readonly target: Target
}

/** Answers one command. @throws CommandError: then nothing of the reply is sent. */
export type Read = (call: ReadCall, reply: ReplyWriter) => void

export type ReadRows = readonly (readonly [name: string, read: Read])[]

/** Is told of a key whose time is over, before it goes: where it lies in the keyspace's memory. */
export type Expiring = (db: number, start: number, end: number) => void

export class ReadCall extends Call {
  rules: ReadRules | null = null
  /** Made when the first DUMP comes. */
  dumper: DumpWriter | null = null
  /** Keys that were looked for and found, and not. */
  hits = 0
  misses = 0
  /** Keys that went because their time was over. */
  expired = 0
  /** What is known of how keys are used; null where that is not kept. */
  clocks: KeyClocks | null = null
  /** The command writes: what it looks up counts neither as a hit nor as a miss. */
  writes = false
  expiring: Expiring = () => {}
  fieldExpiring: (db: number, key: Uint8Array, field: Uint8Array) => void = () => {}
  /** May the client wait? Not in a transaction. */
  mayWait = false
  /** The command is run once more for a client that waited. */
  again = false
  /** What the command waits for that has just been run. */
  wanted: Wanted | null = null

  override find(i: number): number {
    const entry = this.lookup(this.dbNumber, this.memory, this.starts[i], this.ends[i])
    if (!this.writes) {
      if (entry === 0) this.misses++
      else this.hits++
    }
    return entry
  }

  override lookup(number: number, memory: Uint8Array, start: number, end: number): number {
    const db = number === this.dbNumber ? this.db : this.keyspace.database(number)
    const entry = db.find(memory, start, end)
    if (entry === 0 || db.expires === 0 || !this.isOver(db, entry)) return entry
    this.expire(number, db, entry)
    return 0
  }

  override hasPassed(expiresAtMs: number | null): boolean {
    return expiresAtMs !== null && this.nowMs > expiresAtMs
  }

  override fieldWent(i: number): void {
    this.fieldExpiring(this.dbNumber, this.bytes(1), this.bytes(i))
  }

  override get hasWaited(): boolean {
    return this.again
  }

  override waitFor(wanted: Wanted): boolean {
    if (this.mayWait) this.wanted = wanted
    return this.mayWait
  }

  /** The entry, or 0 when its time is over. */
  live(entry: number): number {
    const {db} = this
    if (entry === 0 || db.expires === 0 || !this.isOver(db, entry)) return entry
    this.expire(this.dbNumber, db, entry)
    return 0
  }

  isOver(db: Database, entry: number): boolean {
    return this.hasPassed(db.expiresAtMs(entry))
  }

  /** Remove a key whose time is over. */
  expire(number: number, db: Database, entry: number): void {
    this.expiring(number, db.keyStart(entry), db.keyEnd(entry))
    db.remove(entry)
    this.expired++
  }

  override get scores(): ScoreStyle {
    return this.rules?.scores ?? 'fpconv'
  }
}
