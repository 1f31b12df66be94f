/** A command that reads: a key whose time is over is not there, and goes when it is looked up, as on a server. */
import type {DumpWriter} from '../../formats/rdb/dump-writer.ts'
import type {Target} from '../../formats/rdb/features.ts'
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {printf17, type ScoreStyle, writeScore} from '../../formats/score-text.ts'
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

/** Up to here an integer is its own text in either style. */
const PLAIN_MAX = 1e15

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

  /** The entry, or 0 when its time is over. */
  live(entry: number): number {
    const {db} = this
    if (entry === 0 || db.expires === 0) return entry
    const expiresAtMs = db.expiresAtMs(entry)
    if (expiresAtMs === null || this.nowMs <= expiresAtMs) return entry
    db.remove(entry)
    this.expired++
    return 0
  }

  /** A score as the server prints it. */
  scoreText(score: number): string {
    if (Number.isInteger(score) && Math.abs(score) < PLAIN_MAX && !Object.is(score, -0)) {
      return String(score)
    }
    if (this.rules?.scores === 'printf') return printf17(score)
    const {arena} = this.keyspace
    const block = arena.alloc(32)
    const end = writeScore(arena, score, 'fpconv', block)
    let text = ''
    for (let at = block; at < end; at++) text += String.fromCharCode(arena.memory[at])
    arena.release(block)
    return text
  }
}
