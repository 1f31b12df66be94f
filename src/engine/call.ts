/** One command on its way into the keyspace: where it acts, its arguments, and what time it is. */
import type {ReplyWriter} from '../formats/resp/reply-writer.ts'
import {SILENT} from '../formats/resp/silent-reply.ts'
import {printf17, type ScoreStyle, writeScore} from '../formats/score-text.ts'
import type {Database} from './database.ts'
import type {Keyspace} from './keyspace.ts'
import {Payloads} from './payloads.ts'

/** What a command that found nothing waits for. */
export interface Wanted {
  /** First and last argument that are keys to wait for; none of them for what waits for the time alone. */
  firstKey: number
  lastKey: number
  /** 0: for ever. */
  timeoutMs: number
  /** The command that is tried again, where its arguments mean something else by then; null: as it came. */
  again?: Uint8Array[] | null
  /** What waits for replicas: have enough of them said that they have it? Then the time is over. */
  met?: () => boolean
  /** What is answered when the time is over, `null` in place of an array unless given. */
  over?: (reply: ReplyWriter) => void
}

/** A command refuses to act: the state is as before. The text is the server's. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

export const wrongType = (): CommandError =>
  new CommandError('WRONGTYPE Operation against a key holding the wrong kind of value')
export const syntaxError = (): CommandError => new CommandError('ERR syntax error')
export const notInteger = (): CommandError =>
  new CommandError('ERR value is not an integer or out of range')
export const notFloat = (): CommandError => new CommandError('ERR value is not a valid float')

const INT64_MAX = 9223372036854775807n
const INT64_MIN = -9223372036854775808n
/** Up to here an integer is its own text in either style of scores. */
const PLAIN_MAX = 1e15

export class Call {
  readonly keyspace: Keyspace
  /** How many databases there are. */
  databases = 16
  argc = 0
  /** Where the arguments lie: spans [starts[i], ends[i]) of it. */
  memory: Uint8Array = new Uint8Array(0)
  starts: Uint32Array = new Uint32Array(64)
  ends: Uint32Array = new Uint32Array(64)
  /** The time that relative expiries count from, in ms. */
  nowMs = 0
  /** Takes what the command answers. Nobody is answered while a log is replayed. */
  reply: ReplyWriter = SILENT
  /** How many changes commands made, as the servers' `dirty` counts them. A command that added none is told to no log. */
  changes = 0
  /** What logs and replicas are told in place of the last command, word by word; null: the command as it came. */
  instead: Uint8Array[][] | null = null

  readonly payloads: Payloads
  private number = 0
  private selected: Database

  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace
    this.selected = keyspace.database(0)
    this.payloads = new Payloads(keyspace.arena.kernel.module)
  }

  /** Number of the selected database. */
  get dbNumber(): number {
    return this.number
  }

  set dbNumber(number: number) {
    this.number = number
    this.selected = this.keyspace.database(number)
  }

  /** Is anyone told what the command answers? Where not, a reply that costs work need not be made. */
  get answers(): boolean {
    return this.reply !== SILENT
  }

  /** Tell logs and replicas this in place of the command; more than that when it is called again. */
  tell(...words: (string | number | Uint8Array)[]): void {
    if (!this.answers) return
    this.instead ??= []
    this.instead.push(words.map((word) => (word instanceof Uint8Array ? word : latin1(word))))
  }

  /** The selected database. */
  get db(): Database {
    return this.selected
  }

  /** How the server prints scores. */
  get scores(): ScoreStyle {
    return 'fpconv'
  }

  /** A score as the server prints it. */
  scoreText(score: number): string {
    if (Number.isInteger(score) && Math.abs(score) < PLAIN_MAX && !Object.is(score, -0)) {
      return String(score)
    }
    if (this.scores === 'printf') return printf17(score)
    const {arena} = this.keyspace
    const block = arena.alloc(32)
    const end = writeScore(arena, score, 'fpconv', block)
    let text = ''
    for (let at = block; at < end; at++) text += String.fromCharCode(arena.memory[at])
    arena.release(block)
    return text
  }

  /** The entry of the key in argument `i`, 0 when there is none. */
  find(i: number): number {
    return this.db.find(this.memory, this.starts[i], this.ends[i])
  }

  /** Is this time over? Nothing expires by itself while a log is replayed. */
  hasPassed(_expiresAtMs: number | null): boolean {
    return false
  }

  /** The entry of any key in any database, 0 when there is none. As `find`, this is what commands look keys up with. */
  lookup(db: number, memory: Uint8Array, start: number, end: number): number {
    return this.keyspace.database(db).find(memory, start, end)
  }

  /**
   * Let the client wait until one of the keys has something, or the time is over. Returns whether it will: then the command
   * answers nothing now, and is run again, from its first word, whenever a command touched one of the keys. Where it will not,
   * as in a transaction or in a log, the command answers that there is nothing. What it does in the end it tells in `instead`:
   * logs know no waiting.
   */
  waitFor(_wanted: Wanted): boolean {
    return false
  }

  /** The field in argument `i` of the hash in argument 1 went because its time was over. */
  fieldWent(_i: number): void {}

  /** Has the client waited for the command that is run? */
  get hasWaited(): boolean {
    return false
  }

  /** Argument `i`, one character per byte. Allocates: for options and numbers. */
  text(i: number): string {
    const {memory, starts, ends} = this
    let text = ''
    for (let at = starts[i]; at < ends[i]; at++) text += String.fromCharCode(memory[at])
    return text
  }

  /** Argument `i`, copied. */
  bytes(i: number): Uint8Array {
    return this.memory.slice(this.starts[i], this.ends[i])
  }

  length(i: number): number {
    return this.ends[i] - this.starts[i]
  }

  /** Is argument `i` this word, in either case? `word` is upper case, letters and digits. */
  is(i: number, word: string): boolean {
    const {memory, starts, ends} = this
    if (ends[i] - starts[i] !== word.length) return false
    for (let k = 0; k < word.length; k++) {
      let byte = memory[starts[i] + k]
      if (byte >= 0x61 && byte <= 0x7a) byte -= 32
      if (byte !== word.charCodeAt(k)) return false
    }
    return true
  }

  /** Argument `i` as a signed 64-bit integer in the servers' canonical form. @throws CommandError. Source: string2ll(). */
  bigint(i: number): bigint {
    const value = canonicalInteger(this.text(i))
    if (value === null) throw notInteger()
    return value
  }

  /** The same where it must fit a double exactly. */
  integer(i: number): number {
    const {memory, starts, ends} = this
    const start = starts[i]
    const length = ends[i] - start
    // Plain small numbers without an allocation.
    if (length > 0 && length < 10 && memory[start] >= 0x31 && memory[start] <= 0x39) {
      let value = 0
      let at = start
      for (; at < ends[i] && memory[at] >= 0x30 && memory[at] <= 0x39; at++) {
        value = value * 10 + memory[at] - 0x30
      }
      if (at === ends[i]) return value
    }
    const value = Number(this.bigint(i))
    if (!Number.isSafeInteger(value)) throw notInteger()
    return value
  }
}

/** All words of the command, copied. */
export const wordsOf = (call: Call): Uint8Array[] =>
  Array.from({length: call.argc}, (_, i) => call.bytes(i))

export const latin1 = (word: string | number): Uint8Array =>
  Uint8Array.from(String(word), (character) => character.charCodeAt(0))

/** A signed 64-bit integer exactly as servers print it; null for any other text. */
export function canonicalInteger(text: string): bigint | null {
  if (text.length > 20 || !/^(0|-?[1-9]\d*)$/.test(text)) return null
  const value = BigInt(text)
  return value >= INT64_MIN && value <= INT64_MAX ? value : null
}

/** What a command does to the keyspace, and what it answers. @throws CommandError: then nothing has changed. */
export type Apply = (call: Call) => void
