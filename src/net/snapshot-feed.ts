/**
 * How a replica gets everything:
 *
 *     +FULLRESYNC id offset CR LF              commands go on behind `offset` bytes of the stream
 *     LF ...                                   the master lives, while it makes the snapshot
 *     $length CR LF, the RDB                   commands may follow at once
 *     $EOF:mark CR LF, the RDB, the mark       where the length is not known: nothing may follow before the replica's ACK
 *
 * Source: syncCommand(), rdbSaveToSlavesSockets() in replication.c.
 */
import {randomBytes} from 'node:crypto'
import {once} from 'node:events'
import type {Socket} from 'node:net'
import {connectionLost} from './net-error.ts'

const ID_BYTES = 20
const ALIVE_MS = 1000

/** An id of a stream, or a mark: 40 hexadecimal digits. */
export const replicationId = (): string => randomBytes(ID_BYTES).toString('hex')

/** Whoever gets the snapshot. */
export interface Taker {
  /** False when the connection is gone. */
  readonly isThere: boolean
  send(bytes: Uint8Array): void
  /** Kept when it takes more, or is gone. */
  drained(): Promise<void>
}

/** Kept when the socket takes more, or is gone. */
export async function drained(socket: Socket): Promise<void> {
  if (socket.writableNeedDrain) await Promise.race([once(socket, 'drain'), once(socket, 'close')])
}

export class SnapshotFeed {
  private readonly taker: Taker
  /** For errors. */
  private readonly name: string
  private mark: string | null = null
  private alive: NodeJS.Timeout | undefined

  constructor(taker: Taker, name: string) {
    this.taker = taker
    this.name = name
  }

  /** It is told that everything comes; until it does, that somebody is there. */
  announce(id: string, offset: number): void {
    this.taker.send(Buffer.from(`+FULLRESYNC ${id} ${offset}\r\n`))
    this.alive = setInterval(() => this.taker.send(Buffer.from('\n')), ALIVE_MS)
  }

  /** The snapshot begins; null: of a length that nobody knows yet. @throws RespiteError NETWORK. */
  async begin(length: number | null): Promise<void> {
    this.stop()
    if (length === null) this.mark = replicationId()
    await this.write(Buffer.from(`$${length ?? `EOF:${this.mark}`}\r\n`))
  }

  /** A piece of it. @throws RespiteError NETWORK. */
  async write(bytes: Uint8Array): Promise<void> {
    const {taker} = this
    if (taker.isThere) {
      taker.send(bytes)
      await taker.drained()
    }
    if (!taker.isThere) throw connectionLost(this.name)
  }

  /** It is whole. @throws RespiteError NETWORK. */
  async end(): Promise<void> {
    if (this.mark !== null) await this.write(Buffer.from(this.mark))
  }

  /** Nobody has to be told any more that we are there. */
  stop(): void {
    clearInterval(this.alive)
  }
}
