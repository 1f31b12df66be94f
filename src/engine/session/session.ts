/** One client of a served dataset: what it selected, queued and subscribed to. Sockets are none of its business. */
import type {RequestParser} from '../../formats/resp/request-parser.ts'
import type {Command} from '../commands/row.ts'
import type {ServedDataset} from './served.ts'
import type {Waiting} from './waits.ts'

/** A command that waits for EXEC. */
export interface Queued {
  command: Command
  words: Uint8Array[]
}

/** What a client has said of itself with REPLCONF. */
export interface Handshake {
  /** Where it listens itself. */
  port: number
  /** Null: where it comes from. */
  ip: string | null
  /** It takes another id than the one that it asked for. */
  psync2: boolean
  /** It wants the snapshot and nothing behind it. */
  rdbOnly: boolean
}

export class Session {
  readonly server: ServedDataset
  readonly id: number
  /** Addresses as CLIENT LIST prints them. */
  readonly address: string
  readonly localAddress: string
  readonly createdMs: number
  activeMs: number
  name = ''
  libraryName = ''
  libraryVersion = ''
  db = 0
  resp3 = false
  isIn: boolean
  /** Null outside of a transaction. */
  queue: Queued[] | null = null
  /** A command was refused on its way into the queue. */
  queueFailed = false
  /** Keys that it watches, as key-id.ts names them. */
  readonly watched = new Set<string>()
  /** One of them has changed. */
  isStale = false
  /** What it waits for. No command of it is read meanwhile. */
  waiting: Waiting | null = null
  /** A command of it waits for the end of CLIENT PAUSE. */
  isHeld = false
  /** CLIENT REPLY: what it is told; `skip` is behind a command that skips the next reply, `skipping` before that one. */
  replies: 'on' | 'off' | 'skip' | 'skipping' = 'on'
  readonly channels = new Set<string>()
  readonly patterns = new Set<string>()
  readonly shardChannels = new Set<string>()
  lastCommand = 'NULL'
  readonly handshake: Handshake = {port: 0, ip: null, psync2: false, rdbOnly: false}
  /** It replicates: what it is sent are no answers. */
  isReplica = false
  /** When it showed last that it is there. */
  heardMs: number
  /** How long the stream of commands was when it wrote last. */
  writtenOffset = 0
  /** The connection ends behind what has been answered. */
  closing = false
  /** DEBUG SLEEP: how long all others wait behind this command; whoever holds the connections sees to it. */
  sleepMs = 0
  /** Sends bytes that nobody asked for. */
  send: (bytes: Uint8Array) => void = () => {}
  /** Ends the connection at once. */
  drop: () => void = () => {}
  /** Kept when it takes more bytes, or is gone. */
  drained: () => Promise<void> = () => Promise.resolve()
  /** Commands of the client are read again, soon. */
  goOn: () => void = () => {}
  /** What of its requests and replies is held. */
  held: () => {input: number; output: number} = () => ({input: 0, output: 0})

  constructor(server: ServedDataset, id: number, address: string, localAddress: string) {
    this.server = server
    this.id = id
    this.address = address
    this.localAddress = localAddress
    this.createdMs = server.clock()
    this.activeMs = this.createdMs
    this.heardMs = this.createdMs
    this.isIn = server.options.password === null
  }

  /** Is it to read no more commands for now? */
  get blocked(): boolean {
    return this.waiting !== null || this.isHeld
  }

  get isThere(): boolean {
    return this.server.sessions.has(this.id)
  }

  /** The connection ends behind what was sent. */
  end(): void {
    this.closing = true
    this.goOn()
  }

  /** It is there: bytes of it came, or it took some. */
  heard(): void {
    this.heardMs = this.server.clock()
  }

  get subscriptions(): number {
    return this.channels.size + this.patterns.size
  }

  /** Answer the command that a parser read. */
  answer(parser: RequestParser): void {
    this.server.answer(this, parser)
  }

  endTransaction(): void {
    this.queue = null
    this.queueFailed = false
    this.server.watches.leave(this)
  }
}
