/** A command that reads: a key whose time is over is not there, and goes when it is looked up, as on a server. */
import type {DumpWriter} from '../../formats/rdb/dump-writer.ts'
import type {Target} from '../../formats/rdb/features.ts'
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import type {ScoreStyle} from '../../formats/score-text.ts'
import {Call} from '../call.ts'
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

export class ReadCall extends Call {
  rules: ReadRules | null = null
  /** Made when the first DUMP comes. */
  dumper: DumpWriter | null = null
  /** Keys that were looked for and found, and not. */
  hits = 0
  misses = 0
  /** Keys that went because their time was over. */
  expired = 0

  override find(i: number): number {
    const entry = this.live(super.find(i))
    if (entry === 0) this.misses++
    else this.hits++
    return entry
  }

  override findBytes(key: Uint8Array): number {
    return this.live(super.findBytes(key))
  }

  override isOver(expiresAtMs: number | null): boolean {
    return expiresAtMs !== null && this.nowMs > expiresAtMs
  }

  /** The entry, or 0 when its time is over. */
  live(entry: number): number {
    const {db} = this
    if (entry === 0 || db.expires === 0 || !this.isOver(db.expiresAtMs(entry))) return entry
    db.remove(entry)
    this.expired++
    return 0
  }

  override get scores(): ScoreStyle {
    return this.rules?.scores ?? 'fpconv'
  }
}
