/** What a peer sends, taken as it is wanted: lines, and pieces of whatever length they come in. Who takes nothing lets it wait. */
import type {Socket} from 'node:net'
import {connectionLost, noAnswer, notRedis, socketFailed} from './net-error.ts'

const LINE_MAX = 0x10000
const LF = 0x0a

export class ByteReader {
  private readonly socket: Socket
  private readonly name: string
  private readonly silenceMs: number
  private readonly pieces: AsyncIterator<Buffer>
  private held: Uint8Array = new Uint8Array(0)
  private stalled = false

  /** `name` of the peer for errors; `silenceMs`: how long it may say nothing while it is waited for. */
  constructor(socket: Socket, name: string, silenceMs: number) {
    this.socket = socket
    this.name = name
    this.silenceMs = silenceMs
    // It may come while nobody waits; who waits next is told.
    socket.on('error', () => {})
    this.pieces = socket.iterator({destroyOnReturn: false})
  }

  /** The next bytes, at least one. They are the caller's. @throws RespiteError NETWORK, also at the end. */
  async piece(): Promise<Uint8Array> {
    if (this.held.length > 0) return this.take(this.held.length)
    const timer = setTimeout(() => this.stall(), this.silenceMs)
    try {
      const {value, done} = await this.pieces.next()
      if (done !== true) return value
    } catch (error) {
      if (!this.stalled) throw socketFailed(this.name, error as NodeJS.ErrnoException)
    } finally {
      clearTimeout(timer)
    }
    if (this.stalled) throw noAnswer(this.name, Math.ceil(this.silenceMs / 1000))
    throw connectionLost(this.name)
  }

  /** One line without its end. @throws RespiteError NETWORK. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.held.indexOf(LF)
      if (end >= 0)
        return Buffer.from(this.take(end + 1))
          .toString('latin1')
          .trimEnd()
      if (this.held.length > LINE_MAX) throw notRedis(this.name)
      const before = this.held
      this.held = new Uint8Array(0)
      this.held = Buffer.concat([before, await this.piece()])
    }
  }

  /** Put back what was taken too much of. */
  unread(bytes: Uint8Array): void {
    this.held = this.held.length === 0 ? bytes : Buffer.concat([bytes, this.held])
  }

  private take(count: number): Uint8Array {
    const taken = this.held.subarray(0, count)
    this.held = this.held.subarray(count)
    return taken
  }

  private stall(): void {
    this.stalled = true
    this.socket.destroy()
  }
}
