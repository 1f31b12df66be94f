/**
 * The connection of a replica to its master, or to another replica:
 *
 *     PING · AUTH · REPLCONF capa eof capa psync2 · PSYNC ? -1  →  +FULLRESYNC id offset, then the RDB
 *                                                 PSYNC id n    →  +CONTINUE [id], then the stream from byte n on
 *     RDB:  $length CRLF bytes   |   $EOF:mark CRLF bytes mark        (a mark is 40 bytes)
 *     then the stream of commands; REPLCONF ACK offset tells the master how far we are, and that we are there
 *
 * Empty lines before a reply or the RDB say that the master lives. No port is announced: nobody can connect to us, so Sentinel
 * lists this replica as one that it cannot reach and never promotes it.
 * Source: syncWithMaster(), readSyncBulkPayload() in replication.c.
 */
import type {Socket} from 'node:net'
import {Exit, RespiteError} from '../errors.ts'
import {ByteReader} from './byte-reader.ts'
import {type Argument, encode} from './client.ts'
import {authFailed, brokenMaster, failedCommand, refusalOf} from './net-error.ts'
import {openSocket} from './open-socket.ts'
import {type ServerSettings, serverName} from './server-settings.ts'

type Bytes = AsyncGenerator<Uint8Array, void, undefined>

/** Where a stream is: the last byte of it that is known. */
export interface Position {
  readonly id: string
  readonly offset: number
}

export interface ReplicaOptions {
  /** Go on behind this. Without it, or where the master has not that much left, everything comes anew. */
  from?: Position | null
  /** Only the snapshot is wanted: masters from 7.0 on then keep nothing for us. */
  rdbOnly?: boolean
  /** How long the master may say nothing. */
  silenceMs?: number
}

/** repl-timeout of servers. */
export const SILENCE_MS = 60000
const MARK_BYTES = 40
/** The EOF opcode and the checksum stand before a mark: the same bytes may occur elsewhere. */
const END_BYTES = 9
const EOF_OPCODE = 0xff
const ID = '[0-9a-f]{40}'
const FULL = new RegExp(`^\\+FULLRESYNC (${ID}) (\\d{1,15})$`, 'i')
const CONTINUE = new RegExp(`^\\+CONTINUE(?: (${ID}))?$`, 'i')

export class ReplicaLink {
  readonly name: string
  /** Everything comes anew, beginning with an RDB. */
  isFull = false
  /** Before the first byte of the stream. */
  position: Position = {id: '?', offset: -1}
  private readonly socket: Socket
  private readonly reader: ByteReader

  private constructor(socket: Socket, name: string, silenceMs: number) {
    this.socket = socket
    this.name = name
    this.reader = new ByteReader(socket, name, silenceMs)
  }

  /** Connect and ask. @throws RespiteError AUTH, NETWORK, BUSY. */
  static async open(
    settings: ServerSettings,
    options: ReplicaOptions,
    until: AbortSignal,
  ): Promise<ReplicaLink> {
    const name = serverName(settings)
    const socket = await openSocket(settings, until)
    const link = new ReplicaLink(socket, name, options.silenceMs ?? SILENCE_MS)
    until.addEventListener('abort', () => link.close())
    try {
      await link.shakeHands(settings, options.rdbOnly === true)
      await link.synchronize(options.from ?? null)
      return link
    } catch (error) {
      link.close()
      throw error
    }
  }

  /** The snapshot, after which the stream follows. @throws RespiteError NETWORK. */
  async *rdb(): Bytes {
    const line = await this.answer()
    if (line.startsWith('-')) throw failedCommand(this.name, 'PSYNC', line.slice(1))
    const [, mark, length] = /^\$(?:EOF:(.{40})|(\d{1,15}))$/.exec(line) ?? []
    if (mark !== undefined) yield* this.untilMark(Buffer.from(mark, 'latin1'))
    else if (length !== undefined) yield* this.counted(Number(length))
    else throw brokenMaster(this.name, 'announces no snapshot')
  }

  /** What follows. It ends with an error, never by itself. @throws RespiteError NETWORK. */
  async *stream(): Bytes {
    for (;;) yield await this.reader.piece()
  }

  /** Tell the master that the stream up to here has arrived. Until it hears this, it sends nothing after a snapshot without length. */
  ack(offset: number): void {
    this.write('REPLCONF', 'ACK', String(offset))
  }

  close(): void {
    this.socket.destroy()
  }

  private async shakeHands({username, password}: ServerSettings, rdbOnly: boolean) {
    const pong = await this.ask('PING')
    const barred = /^-(NOAUTH|NOPERM|ERR operation not permitted)/.test(pong)
    if (pong.startsWith('-') && (!barred || password === null)) throw this.refused('PING', pong)
    if (password !== null) {
      const reply = await this.ask('AUTH', ...(username === null ? [] : [username]), password)
      if (reply.startsWith('-')) {
        const error = reply.slice(1)
        throw refusalOf(this.name, error) ?? authFailed(this.name, error)
      }
    }
    const capa = await this.ask('REPLCONF', 'capa', 'eof', 'capa', 'psync2')
    if (/^-(NOPERM|NOAUTH)/.test(capa)) throw this.refused('REPLCONF', capa)
    // Servers before 7.0 know no such wish, and send what follows until we hang up.
    if (rdbOnly) await this.ask('REPLCONF', 'rdb-only', '1')
  }

  private async synchronize(from: Position | null): Promise<void> {
    const reply = await this.ask(
      'PSYNC',
      from?.id ?? '?',
      String(from === null ? -1 : from.offset + 1),
    )
    const full = FULL.exec(reply)
    const partial = CONTINUE.exec(reply)
    if (full !== null) {
      this.isFull = true
      this.position = {id: full[1], offset: Number(full[2])}
    } else if (partial !== null && from !== null) {
      this.position = {id: partial[1] ?? from.id, offset: from.offset}
    } else if (reply.startsWith('-')) throw this.refused('PSYNC', reply)
    else throw brokenMaster(this.name, 'answers PSYNC with what is no answer')
  }

  private refused(command: string, reply: string): RespiteError {
    const error = reply.slice(1)
    if (command !== 'PSYNC' || !/^ERR unknown command/i.test(error)) {
      return failedCommand(this.name, command, error)
    }
    const next = 'Read it key by key: respite digest, or convert --to rdb, take its address too.'
    const message = `${this.name}: replicates to nobody (PSYNC is unknown there)`
    return new RespiteError(Exit.UNSUPPORTED, 'UNSUPPORTED', message, next)
  }

  private ask(...args: Argument[]): Promise<string> {
    this.write(...args)
    return this.answer()
  }

  private write(...args: Argument[]): void {
    this.socket.write(encode(args).slice())
  }

  /** The next line that says something. */
  private async answer(): Promise<string> {
    for (;;) {
      const line = await this.reader.line()
      if (line !== '') return line
    }
  }

  private async *counted(length: number): Bytes {
    for (let left = length; left > 0; ) {
      const piece = await this.reader.piece()
      if (piece.length > left) this.reader.unread(piece.subarray(left))
      yield piece.subarray(0, left)
      left -= Math.min(left, piece.length)
    }
  }

  /** Servers, too, look for the mark where what has arrived ends: nothing follows it until they are told that it came. */
  private async *untilMark(mark: Uint8Array): Bytes {
    const tail = MARK_BYTES + END_BYTES
    let held: Uint8Array = new Uint8Array(0)
    for (;;) {
      const bytes = Buffer.concat([held, await this.reader.piece()])
      const end = bytes.length - MARK_BYTES
      if (bytes[end - END_BYTES] === EOF_OPCODE && bytes.subarray(end).equals(mark)) {
        yield bytes.subarray(0, end)
        return
      }
      const kept = Math.max(0, bytes.length - tail)
      held = bytes.subarray(kept)
      if (kept > 0) yield bytes.subarray(0, kept)
    }
  }
}
