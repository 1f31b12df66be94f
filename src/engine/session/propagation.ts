/**
 * Tells logs and replicas what was written. What one command or transaction did is told together, in MULTI and EXEC when it is
 * more than one command. Source: alsoPropagate(), propagatePendingCommands() in server.c of Redis 7.0.
 */
import {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import type {Call} from '../call.ts'

/** For MULTI and EXEC: no database has to be selected. */
export const ANY_DB = -1

/**
 * Is told every command that changed something, in the order they were executed, as RESP that it may keep. It selects the
 * database first, in its own stream, where that is not `ANY_DB` and not the one of the command before.
 */
export type WriteListener = (db: number, bytes: Uint8Array) => void

interface Told {
  db: number
  bytes: Uint8Array
}

const encode = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))
const MULTI = encode('*1\r\n$5\r\nMULTI\r\n')
const EXEC = encode('*1\r\n$4\r\nEXEC\r\n')
const DEL = encode('DEL')

export class Propagation {
  /** Whoever wants to know adds itself. */
  readonly listeners: WriteListener[] = []
  private told: Told[] = []
  private readonly writer = new ReplyWriter()

  /** The command in the call, or what it put in its place, changed something. */
  add(call: Call): void {
    if (this.listeners.length === 0) return
    const {instead, dbNumber: db} = call
    if (instead === null) this.told.push({db, bytes: this.encodeCall(call)})
    else for (const words of instead) this.addWords(db, words)
  }

  addWords(db: number, words: readonly Uint8Array[]): void {
    if (this.listeners.length === 0) return
    const {writer} = this
    writer.array(words.length)
    for (const word of words) writer.bulk(word, 0, word.length)
    this.told.push({db, bytes: writer.take()})
  }

  /** A key went that no command removed: its time was over, or there was no room. */
  addDel(db: number, memory: Uint8Array, start: number, end: number): void {
    if (this.listeners.length > 0) this.addWords(db, [DEL, memory.slice(start, end)])
  }

  /** A command, a transaction or a round of removals is over. `together`: nobody may see a part of it. */
  flush(together = true): void {
    const {told} = this
    if (told.length === 0) return
    this.told = []
    const wrap = together && told.length > 1
    if (wrap) this.tell({db: ANY_DB, bytes: MULTI})
    for (const each of told) this.tell(each)
    if (wrap) this.tell({db: ANY_DB, bytes: EXEC})
  }

  private tell({db, bytes}: Told): void {
    for (const listener of this.listeners) listener(db, bytes)
  }

  private encodeCall({argc, memory, starts, ends}: Call): Uint8Array {
    const {writer} = this
    writer.array(argc)
    for (let i = 0; i < argc; i++) writer.bulk(memory, starts[i], ends[i])
    return writer.take()
  }
}
