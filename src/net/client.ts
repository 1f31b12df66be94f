/**
 * A connection to one server: commands out, replies in, in order and pipelined. What is on its way is bounded: who sends looks at
 * `full` and waits for `ready()`, who receives faster than it can use calls `pause()`.
 */
import type {Socket} from 'node:net'
import {writeRecord} from '../formats/aof/writer.ts'
import {FormatError} from '../formats/errors.ts'
import {Growable} from '../formats/packed/growable.ts'
import {isReplyError, type Reply, ReplyDecoder} from '../formats/resp/reply.ts'
import {
  authFailed,
  connectionLost,
  failedCommand,
  notRedis,
  refusalOf,
  socketFailed,
} from './net-error.ts'
import {openSocket} from './open-socket.ts'
import {type ServerSettings, serverName} from './server-settings.ts'

export type Argument = string | Uint8Array

/** Gets the reply of one command. When the connection is lost none comes: `ready` and `idle` say so too. */
export interface Waiter {
  answered(reply: Reply): void
  failed?(error: Error): void
}

/** Commands and bytes without a reply yet, at most; one command more may be any size. */
const PENDING_MAX = 8192
const PENDING_BYTES = 0x400000
const BATCH = 0x10000
/** With these, no command is run. (A user may be forbidden to PING.) */
const BARRED = /^(NOAUTH|WRONGPASS|DENIED|LOADING|BUSY) /

export class Client {
  /** Of the server, without credentials. */
  readonly name: string
  private readonly socket: Socket
  private readonly decoder = new ReplyDecoder({
    reply: (reply) => this.answer(reply),
    push: () => {},
  })
  private readonly out = new Growable()
  private waiters: Waiter[] = []
  private next = 0
  private failure: Error | null = null
  private wake: (() => void) | null = null
  /** What `wake` waits for. */
  private awaitsIdle = false
  /** Of commands without a reply; the sizes of each, in order. */
  private bytes = 0
  private sizes: number[] = []

  private constructor(socket: Socket, name: string) {
    this.socket = socket
    this.name = name
    socket.on('data', (chunk) => this.receive(chunk))
    socket.on('error', (error) => this.fail(socketFailed(name, error)))
    socket.on('close', () => this.fail(connectionLost(name)))
  }

  /** Connect, authenticate, select the database; hang up when `until` says so. @throws RespiteError AUTH, NETWORK, BUSY. */
  static async connect(settings: ServerSettings, until: AbortSignal): Promise<Client> {
    const client = new Client(await openSocket(settings, until), serverName(settings))
    until.addEventListener('abort', () => client.close())
    try {
      await client.begin(settings)
      return client
    } catch (error) {
      client.close()
      throw error
    }
  }

  /** Enough is on its way: `ready()` is to be waited for. */
  get full(): boolean {
    return this.pending >= PENDING_MAX || this.bytes >= PENDING_BYTES || this.failure !== null
  }

  /** Send one command as RESP bytes. They are copied. */
  send(record: Uint8Array, waiter: Waiter): void {
    if (this.failure !== null) return waiter.failed?.(this.failure)
    this.waiters.push(waiter)
    this.sizes.push(record.length)
    this.bytes += record.length
    this.out.append(record, 0, record.length)
    if (this.out.length >= BATCH) this.flush()
    else if (this.out.length === record.length) queueMicrotask(() => this.flush())
  }

  /** Send a command and get its reply, refusals too. @throws RespiteError NETWORK. */
  ask(...args: Argument[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.send(encode(args), {answered: resolve, failed: reject})
    })
  }

  /** Send a command that has to succeed. @throws RespiteError also where the server refuses. */
  async call(...args: Argument[]): Promise<Exclude<Reply, {error: string}>> {
    const reply = await this.ask(...args)
    if (isReplyError(reply)) throw failedCommand(this.name, String(args[0]), reply.error)
    return reply
  }

  /** Wait until more may be sent. @throws RespiteError NETWORK. */
  ready(): Promise<void> {
    return this.settled(false)
  }

  /** Wait until everything is answered. @throws RespiteError NETWORK. */
  idle(): Promise<void> {
    return this.settled(true)
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  close(): void {
    this.failure ??= connectionLost(this.name)
    this.socket.destroy()
  }

  private get pending(): number {
    return this.waiters.length - this.next
  }

  private async begin({username, password, db}: ServerSettings): Promise<void> {
    if (password !== null) {
      const user = username === null ? [] : [username]
      const reply = await this.ask('AUTH', ...user, password)
      if (isReplyError(reply)) {
        throw refusalOf(this.name, reply.error) ?? authFailed(this.name, reply.error)
      }
    }
    const pong = await this.ask('PING')
    if (isReplyError(pong) && BARRED.test(pong.error)) {
      throw failedCommand(this.name, 'PING', pong.error)
    }
    if (db !== null) await this.call('SELECT', String(db))
  }

  private flush(): void {
    const {out} = this
    if (out.length === 0 || this.failure !== null) return
    this.socket.write(out.bytes.slice(0, out.length))
    out.clear()
  }

  private settled(idle: boolean): Promise<void> {
    const {failure} = this
    if (failure !== null) return Promise.reject(failure)
    this.flush()
    if (idle ? this.pending === 0 : !this.full) return Promise.resolve()
    this.awaitsIdle = idle
    return new Promise((resolve, reject) => {
      this.wake = () => (this.failure === null ? resolve() : reject(this.failure))
    })
  }

  private receive(chunk: Uint8Array): void {
    try {
      this.decoder.feed(chunk)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      this.fail(notRedis(this.name))
      return
    }
    // Half of it: waking for every reply would send one command at a time.
    const rested = this.pending <= PENDING_MAX / 2 && this.bytes <= PENDING_BYTES / 2
    if (this.wake !== null && (this.awaitsIdle ? this.pending === 0 : rested)) this.awake()
  }

  private answer(reply: Reply): void {
    if (this.failure !== null) return
    if (this.pending === 0) return this.unasked(reply)
    const waiter = this.waiters[this.next]
    this.bytes -= this.sizes[this.next++]
    if (this.next >= PENDING_MAX) {
      this.waiters = this.waiters.slice(this.next)
      this.sizes = this.sizes.slice(this.next)
      this.next = 0
    }
    waiter.answered(reply)
  }

  /** A server that turns a connection away says why and hangs up. */
  private unasked(reply: Reply): void {
    if (isReplyError(reply)) this.fail(failedCommand(this.name, 'connecting', reply.error))
  }

  private fail(error: Error): void {
    if (this.failure !== null) return
    this.failure = error
    this.socket.destroy()
    const waiting = this.waiters.slice(this.next)
    this.waiters = []
    this.sizes = []
    this.next = 0
    for (const waiter of waiting) waiter.failed?.(error)
    this.awake()
  }

  private awake(): void {
    const {wake} = this
    this.wake = null
    wake?.()
  }
}

/** A command as a server reads it. */
export function encode(args: readonly Argument[]): Uint8Array {
  const bytes = new Growable()
  const write = (memory: Uint8Array, start: number, end: number) => bytes.append(memory, start, end)
  writeRecord({write}, args.map(toBytes))
  return bytes.bytes.subarray(0, bytes.length)
}

function toBytes(argument: Argument): Uint8Array {
  return typeof argument === 'string' ? new TextEncoder().encode(argument) : argument
}
