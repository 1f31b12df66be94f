/**
 * A master for one replica at a time, which has nothing but a snapshot. Whoever connects gets the dataset: it listens where it is told
 * and to nobody else.
 *
 *     PING · AUTH · REPLCONF …  →  +PONG, +OK
 *     PSYNC any any             →  +FULLRESYNC id 0, empty lines while the snapshot is made, $EOF:mark, the RDB, the mark
 *     REPLCONF ACK 0            it is loaded; there is no reply
 *
 * Nothing may follow the mark before that. Source: replicationCron(), syncCommand() in replication.c.
 */
import {once} from 'node:events'
import {createServer, type Server, type Socket} from 'node:net'
import {Exit, RespiteError} from '../errors.ts'
import {StreamSplitter} from '../formats/aof/stream-splitter.ts'
import {FormatError} from '../formats/errors.ts'
import {text, upperCase} from '../formats/text.ts'
import {connectionLost} from './net-error.ts'
import {drained, replicationId, SnapshotFeed, type Taker} from './snapshot-feed.ts'

/** Longer words are none of a handshake. */
const HELD_MAX = 0x10000

export class FeedingMaster {
  readonly host: string
  readonly port: number
  private readonly server: Server
  private readonly sockets = new Set<Socket>()
  private readonly waiting: FedReplica[] = []
  private wake: (() => void) | null = null

  private constructor(server: Server, host: string, port: number) {
    this.server = server
    this.host = host
    this.port = port
    server.on('connection', (socket) => this.connected(socket))
  }

  /** @throws RespiteError NETWORK where the port is taken. */
  static async listen(host: string, port: number): Promise<FeedingMaster> {
    const server = createServer()
    const listening = once(server, 'listening')
    server.listen(port, host)
    try {
      await listening
    } catch (error) {
      const {code} = error as NodeJS.ErrnoException
      const message = `${host}:${port}: cannot be listened on (${code})`
      throw new RespiteError(Exit.NETWORK, 'NETWORK', message, 'Name another port with --listen.')
    }
    const address = server.address()
    const own = typeof address === 'object' && address !== null ? address.port : port
    return new FeedingMaster(server, host, own)
  }

  /** The next one that asks for everything. */
  async replica(until: AbortSignal): Promise<FedReplica> {
    for (;;) {
      const next = this.waiting.shift()
      if (next?.isThere) return next
      if (until.aborted) throw connectionLost(`${this.host}:${this.port}`)
      await new Promise<void>((resolve) => {
        this.wake = resolve
        until.addEventListener('abort', () => resolve(), {once: true})
      })
    }
  }

  close(): void {
    this.server.close()
    for (const socket of this.sockets) socket.destroy()
  }

  private connected(socket: Socket): void {
    this.sockets.add(socket)
    socket.once('close', () => this.sockets.delete(socket))
    new FedReplica(socket, (replica) => {
      this.waiting.push(replica)
      this.wake?.()
    })
  }
}

export class FedReplica implements Taker {
  /** `127.0.0.1:50000`. */
  readonly name: string
  isThere = true
  /** Kept when it has loaded everything. */
  readonly loaded: Promise<void>
  private readonly socket: Socket
  private readonly onSync: (replica: FedReplica) => void
  private readonly splitter = new StreamSplitter((memory) => this.command(memory))
  private readonly feed: SnapshotFeed
  private sent = false
  private hasLoaded: () => void = () => {}
  private lost: (error: Error) => void = () => {}

  constructor(socket: Socket, onSync: (replica: FedReplica) => void) {
    this.socket = socket
    this.onSync = onSync
    this.name = `${socket.remoteAddress}:${socket.remotePort}`
    this.feed = new SnapshotFeed(this, this.name)
    this.loaded = new Promise((resolve, reject) => {
      this.hasLoaded = resolve
      this.lost = reject
    })
    // Whoever waits is told; nobody has to.
    this.loaded.catch(() => {})
    socket.on('error', () => {})
    socket.on('data', (piece) => this.receive(piece))
    socket.once('close', () => this.gone())
  }

  /** The snapshot begins. */
  begin(): Promise<void> {
    return this.feed.begin(null)
  }

  /** A piece of it. @throws RespiteError NETWORK. */
  write(bytes: Uint8Array): Promise<void> {
    return this.feed.write(bytes)
  }

  end(): Promise<void> {
    this.sent = true
    return this.feed.end()
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes)
  }

  drained(): Promise<void> {
    return drained(this.socket)
  }

  close(): void {
    this.socket.destroy()
  }

  private receive(piece: Uint8Array): void {
    try {
      this.splitter.feed(piece)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      this.close()
    }
    if (this.splitter.held > HELD_MAX) this.close()
  }

  private command(memory: Uint8Array): void {
    const {spans, argc} = this.splitter
    const word = (i: number) =>
      i < argc ? upperCase(text(memory.subarray(spans[i * 2], spans[i * 2 + 1]))) : ''
    const name = word(0)
    if (name === 'PSYNC') return this.synchronize()
    if (name === 'REPLCONF' && (word(1) === 'ACK' || word(1) === 'GETACK')) {
      if (this.sent) this.hasLoaded()
      return
    }
    const known = name === 'AUTH' || name === 'REPLCONF'
    const reply = name === 'PING' ? '+PONG' : known ? '+OK' : '-ERR this master only replicates'
    this.socket.write(`${reply}\r\n`)
  }

  private synchronize(): void {
    this.feed.announce(replicationId(), 0)
    this.onSync(this)
  }

  private gone(): void {
    this.isThere = false
    this.feed.stop()
    this.lost(connectionLost(this.name))
  }
}
