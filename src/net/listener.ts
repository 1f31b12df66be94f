/** Listens for clients of a served dataset, and carries their requests and its replies. Source: networking.c. */
import {chmodSync} from 'node:fs'
import {createServer, type Server, type Socket} from 'node:net'
import {Exit, RespiteError} from '../errors.ts'
import type {ReplyWriter} from '../formats/resp/reply-writer.ts'
import {Request, RequestParser} from '../formats/resp/request-parser.ts'
import {drained} from './snapshot-feed.ts'

/** What answers one client. */
export interface Conversation {
  readonly isIn: boolean
  readonly closing: boolean
  /** It waits for something: no more of its commands are read. */
  readonly blocked: boolean
  /** So long all clients wait; whoever reads it sets it back. */
  sleepMs: number
  /** It replicates: it is read even while it takes nothing. */
  readonly isReplica: boolean
  send: (bytes: Uint8Array) => void
  drop: () => void
  drained: () => Promise<void>
  /** Called when it does not wait any more. */
  goOn: () => void
  held: () => {input: number; output: number}
  /** It is there: bytes of it came. */
  heard(): void
  answer(parser: RequestParser): void
}

/** What answers clients: replies of all of them go through one writer. */
export interface Conversations<Client extends Conversation> {
  readonly reply: ReplyWriter
  connect(address: string, localAddress: string): Client
  disconnect(client: Client): void
  refused(): void
  /** Commands that came together follow: to them it is one time. Until `endBatch`. */
  beginBatch(): void
  endBatch(): void
  /** Make what was done last, before clients are told; false where that cannot be: nobody is told. */
  commit(): boolean
}

export interface ListenSettings {
  host: string
  /** 0 takes any that is free; null for none. */
  port: number | null
  socket: string | null
  maxClients: number
  /** What clients may have us hold, besides the one for whom it is most: that one goes when it is more. */
  heldMax?: number
}

const HELD_MAX = 128 * 0x100000
/** Replies are handed on when there are so many, and no more are made while the client does not take them. */
const FLUSH_AT = 0x10000
const SOCKET_MODE = 0o700

/** @throws RespiteError NETWORK where it cannot listen. */
export class Listener<Client extends Conversation> {
  readonly conversations: Conversations<Client>
  private readonly settings: ListenSettings
  private readonly connections = new Set<Connection<Client>>()
  private readonly servers: Server[] = []
  private heldBytes = 0

  constructor(conversations: Conversations<Client>, settings: ListenSettings) {
    this.conversations = conversations
    this.settings = settings
  }

  /** Returns the port, null without one. */
  async listen(): Promise<number | null> {
    const {host, port, socket} = this.settings
    if (socket !== null) await this.start({path: socket}, socket)
    if (port === null) return null
    const server = await this.start({host, port}, `${host}:${port}`)
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : port
  }

  close(): void {
    for (const server of this.servers) server.close()
    for (const connection of this.connections) connection.end()
  }

  /** Bytes that are held for clients changed by so many. */
  hold(bytes: number): void {
    this.heldBytes += bytes
    const most = this.settings.heldMax ?? HELD_MAX
    if (bytes < 0 || this.heldBytes <= most) return
    let largest: Connection<Client> | null = null
    for (const each of this.connections) {
      if (largest === null || each.heldBytes > largest.heldBytes) largest = each
    }
    // One client that fetches something large is none that hoards.
    if (largest && this.heldBytes - largest.heldBytes > most) largest.drop()
  }

  /** Nobody is answered for so long. */
  async sleep(ms: number): Promise<void> {
    for (const connection of this.connections) connection.wait(true)
    await new Promise((resolve) => setTimeout(resolve, ms))
    for (const connection of this.connections) connection.wait(false)
  }

  left(connection: Connection<Client>): void {
    this.connections.delete(connection)
  }

  private start(
    where: {host: string; port: number} | {path: string},
    name: string,
  ): Promise<Server> {
    const server = createServer({noDelay: true}, (socket) => this.accept(socket))
    return new Promise((resolve, reject) => {
      server.once('error', (error) => reject(listenError(name, error)))
      server.listen(where, () => {
        if ('path' in where) chmodSync(where.path, SOCKET_MODE)
        this.servers.push(server)
        // A connection that cannot be accepted is the client's loss.
        server.removeAllListeners('error').on('error', () => {})
        resolve(server)
      })
    })
  }

  private accept(socket: Socket): void {
    socket.on('error', () => socket.destroy())
    if (this.connections.size >= this.settings.maxClients) {
      this.conversations.refused()
      socket.end('-ERR max number of clients reached\r\n')
      return
    }
    this.connections.add(new Connection(this, socket, this.settings.socket))
  }
}

/** One client. */
class Connection<Client extends Conversation> {
  /** Bytes of requests and replies. */
  heldBytes = 0
  private readonly listener: Listener<Client>
  private readonly socket: Socket
  private readonly client: Client
  private readonly parser = new RequestParser()
  private inputBytes = 0
  private isFull = false
  private waits = false
  private isOver = false
  private isGone = false

  constructor(listener: Listener<Client>, socket: Socket, path: string | null) {
    this.listener = listener
    this.socket = socket
    const {remoteAddress, remotePort, localAddress, localPort} = socket
    const isTcp = remoteAddress !== undefined
    const own = isTcp ? `${localAddress}:${localPort}` : `${path}:0`
    this.client = listener.conversations.connect(
      isTcp ? `${remoteAddress}:${remotePort}` : `${path}:0`,
      own,
    )
    this.client.send = (bytes) => this.write(bytes)
    this.client.drop = () => this.drop()
    this.client.drained = () => drained(socket)
    // Not at once: another client is being answered, and all are through one writer.
    this.client.goOn = () => void setImmediate(() => this.resume())
    this.client.held = () => ({input: this.inputBytes, output: this.heldBytes - this.inputBytes})
    socket.on('data', (chunk) => this.take(chunk))
    socket.on('drain', () => {
      this.isFull = false
      this.resume()
    })
    socket.on('close', () => this.gone())
  }

  /** End it behind what was written. */
  end(): void {
    this.isOver = true
    this.socket.end()
  }

  /** End it at once. */
  drop(): void {
    this.isOver = true
    this.socket.destroy()
    this.release()
  }

  wait(waits: boolean): void {
    this.waits = waits
    this.resume()
  }

  private take(chunk: Uint8Array): void {
    if (this.isOver) return
    this.client.heard()
    this.parser.feed(chunk)
    this.pump()
  }

  private resume(): void {
    if (this.isFull || this.waits || this.isOver) return
    this.pump()
    if (!this.isFull && !this.waits) this.socket.resume()
  }

  private pump(): void {
    const {client, parser, listener} = this
    const {conversations} = listener
    const {reply} = conversations
    conversations.beginBatch()
    while (!this.isFull && !this.waits && !client.blocked && !client.closing) {
      parser.stranger = !client.isIn
      const found = parser.next()
      if (found === Request.MORE) break
      if (found === Request.ERROR) {
        reply.error(parser.error)
        conversations.endBatch()
        this.flush()
        return this.end()
      }
      client.answer(parser)
      if (client.sleepMs > 0) {
        const ms = client.sleepMs
        client.sleepMs = 0
        void listener.sleep(ms)
      }
      if (reply.length >= FLUSH_AT) this.flush()
    }
    conversations.endBatch()
    this.flush()
    this.count()
    if (client.closing) this.end()
    else if (this.isFull || this.waits) this.socket.pause()
  }

  private flush(): void {
    const {reply} = this.listener.conversations
    if (reply.length === 0) return
    const bytes = reply.take()
    if (this.listener.conversations.commit()) this.write(bytes)
    else this.drop()
  }

  private write(bytes: Uint8Array): void {
    if (this.socket.destroyed) return
    const {length} = bytes
    this.heldBytes += length
    const taken = this.socket.write(bytes, () => {
      if (this.isGone) return
      this.heldBytes -= length
      this.listener.hold(-length)
    })
    if (!taken && !this.client.isReplica) this.isFull = true
    this.listener.hold(length)
  }

  /** What is held of its requests. */
  private count(): void {
    if (this.isGone) return
    const more = this.parser.held - this.inputBytes
    if (more === 0) return
    this.inputBytes += more
    this.heldBytes += more
    this.listener.hold(more)
  }

  private gone(): void {
    this.isOver = true
    this.release()
  }

  /** What was held for it counts no longer, at once: who comes next is not to pay for it. */
  private release(): void {
    if (this.isGone) return
    this.isGone = true
    this.listener.left(this)
    this.listener.hold(-this.heldBytes)
    this.listener.conversations.disconnect(this.client)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'no permission to listen there',
}

function listenError(name: string, {code = ''}: NodeJS.ErrnoException): RespiteError {
  const what = REASONS[code] ?? `cannot listen there (${code})`
  return new RespiteError(
    Exit.NETWORK,
    'NETWORK',
    `${name}: ${what}`,
    'Give another --port or --unixsocket; --port 0 takes any that is free.',
  )
}
