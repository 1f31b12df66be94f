/**
 * Reads one key. When it expires is exact from Redis 7.0 on (PEXPIRETIME). Before, only how long it has left can be asked for, and
 * since when is known only if the clock shows the same millisecond before and after: else it is asked again.
 */
import {isReplyError, type Reply} from '../formats/resp/reply.ts'
import {text} from '../formats/text.ts'
import type {Waiter} from './client.ts'

/** What the reader of a server does for that of a key. */
export interface KeyReader {
  readonly since7: boolean
  /** Ask something about a key; the reply goes to `waiter`. */
  send(waiter: Waiter, name: string, key: Uint8Array | null): void
  entry(key: Uint8Array, payload: Uint8Array, expiresAtMs: number | null): void
  refused(command: string, error: string): void
  failed(error: Error): void
  /** All that can be told of the key has been. */
  finished(payloadBytes: number): void
}

const SINCE_7 = ['PEXPIRETIME', 'DUMP'] as const
const BEFORE = ['TIME', 'PTTL', 'TIME', 'DUMP'] as const

export class KeyRead implements Waiter {
  private readonly reader: KeyReader
  private readonly key: Uint8Array
  private readonly commands: readonly string[]
  private replies: Reply[] = []

  constructor(reader: KeyReader, key: Uint8Array) {
    this.reader = reader
    this.key = key
    this.commands = reader.since7 ? SINCE_7 : BEFORE
  }

  begin(): void {
    const {reader, key} = this
    this.replies = []
    for (const name of this.commands) reader.send(this, name, name === 'TIME' ? null : key)
  }

  answered(reply: Reply): void {
    const {reader, key, commands, replies} = this
    if (isReplyError(reply)) reader.refused(commands[replies.length], reply.error)
    replies.push(reply)
    if (replies.length < commands.length) return
    const payload = replies.at(-1)
    // Null: it expired, or was deleted, which shows in the server's count of changes.
    if (!(payload instanceof Uint8Array)) return reader.finished(0)
    const expiresAtMs = this.expiresAtMs()
    if (expiresAtMs === undefined) return this.begin()
    reader.entry(key, payload, expiresAtMs)
    reader.finished(payload.length)
  }

  failed(error: Error): void {
    this.reader.failed(error)
  }

  /** Null for never, undefined when it cannot be told. */
  private expiresAtMs(): number | null | undefined {
    const {replies} = this
    if (this.reader.since7) return Number(replies[0]) < 0 ? null : Number(replies[0])
    const ttlMs = Number(replies[1])
    if (ttlMs < 0) return null
    const before = millisecond(replies[0])
    return before === millisecond(replies[2]) ? before + ttlMs : undefined
  }
}

/** TIME is seconds and microseconds. */
function millisecond(time: Reply): number {
  const [seconds, microseconds] = (time as Uint8Array[]).map((part) => Number(text(part)))
  return seconds * 1000 + Math.floor(microseconds / 1000)
}
