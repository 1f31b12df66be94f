/** A RESP2 client for tests, apart from the code of the program. Bulk strings come as Buffers. */
import {connect, type Socket} from 'node:net'
import {type Part, resp} from './bytes.ts'

export class RespError extends Error {}

export type Reply = string | number | bigint | Buffer | null | RespError | Reply[]

const INCOMPLETE = Symbol('incomplete')

export class Parser {
  private buffer = Buffer.alloc(0)
  private at = 0

  feed(chunk: Buffer): void {
    this.buffer = Buffer.concat([this.buffer.subarray(this.at), chunk])
    this.at = 0
  }

  next(): Reply | typeof INCOMPLETE {
    const start = this.at
    const reply = this.read()
    if (reply === INCOMPLETE) this.at = start
    return reply
  }

  private read(): Reply | typeof INCOMPLETE {
    const end = this.buffer.indexOf('\r\n', this.at, 'latin1')
    if (end < 0) return INCOMPLETE
    const line = this.buffer.toString('latin1', this.at, end)
    this.at = end + 2
    const rest = line.slice(1)
    switch (line[0]) {
      case '+':
        return rest
      case '-':
        return new RespError(rest)
      case ':':
        return Number.isSafeInteger(Number(rest)) ? Number(rest) : BigInt(rest)
      case '$':
        return this.bulk(Number(rest))
      case '*':
        return this.array(Number(rest))
      default:
        throw new Error(`not RESP: ${line.slice(0, 40)}`)
    }
  }

  private bulk(length: number): Reply | typeof INCOMPLETE {
    if (length < 0) return null
    if (this.buffer.length < this.at + length + 2) return INCOMPLETE
    const start = this.at
    this.at += length + 2
    return Buffer.from(this.buffer.subarray(start, start + length))
  }

  private array(count: number): Reply | typeof INCOMPLETE {
    if (count < 0) return null
    const replies: Reply[] = []
    for (let i = 0; i < count; i++) {
      const reply = this.read()
      if (reply === INCOMPLETE) return INCOMPLETE
      replies.push(reply)
    }
    return replies
  }
}

type Argument = Part | bigint

export class RespClient {
  private readonly socket: Socket
  private readonly parser = new Parser()
  /** Not sent yet. */
  private readonly asked: Buffer[] = []
  private readonly waiting: {resolve(reply: Reply): void; reject(error: Error): void}[] = []

  private isOver = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.receive(chunk))
    socket.on('close', () => {
      this.isOver = true
      for (const {reject} of this.waiting.splice(0)) reject(hungUp())
    })
  }

  static connect(port: number): Promise<RespClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(new RespClient(socket)))
      // Stays for later: what was asked is rejected on close.
      socket.on('error', reject)
    })
  }

  private receive(chunk: Buffer): void {
    this.parser.feed(chunk)
    for (let reply = this.parser.next(); reply !== INCOMPLETE; reply = this.parser.next()) {
      this.waiting.shift()?.resolve(reply)
    }
  }

  /** The reply, an error reply as a RespError value. Numbers are sent as text. What is asked in one go is sent in one go. */
  raw(...args: Argument[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.isOver) throw hungUp()
      this.waiting.push({resolve, reject})
      if (this.asked.length === 0) process.nextTick(() => this.send())
      this.asked.push(resp(...args))
    })
  }

  private send(): void {
    this.socket.write(Buffer.concat(this.asked.splice(0)))
  }

  /** The reply; an error reply is thrown. */
  async command(...args: Argument[]): Promise<Reply> {
    const reply = await this.raw(...args)
    if (reply instanceof RespError) throw reply
    return reply
  }

  /** The reply as text. */
  async text(...args: Argument[]): Promise<string> {
    const reply = await this.command(...args)
    return Buffer.isBuffer(reply) ? reply.toString('latin1') : String(reply)
  }

  close(): void {
    this.socket.destroy()
  }
}

const hungUp = (): Error => new Error('the server hung up')
