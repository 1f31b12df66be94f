/**
 * Sends commands that come as bytes to a server or a cluster, pipelined, as fast as it takes them. What it answers is counted; the first
 * refusal that is not about a key that is there already ends it.
 */
import {Exit, isOwn, RespiteError} from '../errors.ts'
import {StreamSplitter} from '../formats/aof/stream-splitter.ts'
import {isReplyError, type Reply} from '../formats/resp/reply.ts'
import {text} from '../formats/text.ts'
import type {Waiter} from './client.ts'
import {ownWords, refusalOf} from './net-error.ts'
import type {ReplayTarget, Route} from './replay-target.ts'

export interface PusherOptions {
  /** What a key that is there means. */
  existing: 'replace' | 'skip' | 'fail'
  /** The first so many keys may be there: an earlier run may have brought them and not heard of it. */
  ownKeys: number
  /** Bytes per second; infinite without. */
  rate: number
}

/** Pieces that are sent without looking whether the target still follows. */
const PIECE = 0x8000
const KEY_SHOWN = 128
const FIRST_OF_RESTORE = 0x52

export class Pusher {
  restored = 0
  skipped = 0
  /** Keys that were there and were ours. */
  own = 0
  bytes = 0
  /** The first key that was there and may not be replaced. */
  taken: Uint8Array | null = null
  private readonly target: ReplayTarget
  private readonly options: PusherOptions
  private readonly splitter = new StreamSplitter((memory, start, end) =>
    this.send(memory, start, end),
  )
  private readonly startMs = performance.now()
  private failure: RespiteError | null = null
  private sent = 0
  /** Of the keys that were sent, those answered without a gap before them; and those beyond. */
  private settled = 0
  private readonly beyond = new Set<number>()

  constructor(target: ReplayTarget, options: PusherOptions) {
    this.target = target
    this.options = options
  }

  /** Keys that are there for sure, in the order in which they came: an interrupted run goes on behind them. */
  get confirmed(): number {
    return this.settled
  }

  /** Send what a piece holds. @throws RespiteError, also for what was answered meanwhile. */
  async take(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; at += PIECE) {
      this.splitter.feed(chunk.subarray(at, at + PIECE))
      this.bytes += Math.min(PIECE, chunk.length - at)
      if (this.failure !== null) throw this.failure
      if (this.target.full) await this.waitFor(this.target.ready())
      if (this.options.rate < Number.POSITIVE_INFINITY) await this.slowDown()
    }
  }

  /** Everything was sent: wait until it is answered. @throws RespiteError. */
  async finish(): Promise<void> {
    await this.waitFor(this.target.idle())
    if (this.failure !== null) throw this.failure
  }

  private async waitFor(event: Promise<void>): Promise<void> {
    try {
      await event
    } catch (error) {
      if (this.failure !== null) throw this.failure
      throw isOwn(error) ? this.withProgress(error) : error
    }
  }

  private async slowDown(): Promise<void> {
    const dueMs = this.startMs + (this.bytes / this.options.rate) * 1000
    const leftMs = dueMs - performance.now()
    if (leftMs > 1) await new Promise((resolve) => setTimeout(resolve, leftMs))
  }

  private send(memory: Uint8Array, start: number, end: number): void {
    if (this.failure !== null) return
    const {spans, argc} = this.splitter
    const key = argc > 1 ? memory.slice(spans[2], spans[3]) : null
    // A cluster keeps what it may have to send again.
    const {isCluster} = this.target
    const record = isCluster ? memory.slice(start, end) : memory.subarray(start, end)
    // Millions of these, and nothing else that begins so.
    const isRestore = spans[1] - spans[0] === 7 && memory[spans[0]] === FIRST_OF_RESTORE
    if (isRestore && key !== null) {
      const ordinal = this.sent++
      return this.target.send(record, key, {
        answered: (reply) => this.answered(reply, ordinal, key),
      })
    }
    const name = text(memory.subarray(spans[0], spans[1]))
    if (name === 'SELECT') {
      if (!isCluster) this.target.send(record, 'any', this.mustSucceed())
      return
    }
    const route: Route = name === 'FUNCTION' ? 'all' : (key ?? 'any')
    if (name === 'FUNCTION')
      return this.target.send(record, route, {answered: (r) => this.library(r)})
    this.target.send(record, route, this.mustSucceed())
  }

  private answered(reply: Reply, ordinal: number, key: Uint8Array): void {
    if (!isReplyError(reply)) this.restored++
    else if (!this.mayBeThere(reply.error, ordinal, key)) return this.fail(reply.error, key)
    this.settle(ordinal)
  }

  private mayBeThere(error: string, ordinal: number, key: Uint8Array): boolean {
    if (!error.startsWith('BUSYKEY')) return false
    if (ordinal < this.options.ownKeys) this.own++
    else if (this.options.existing === 'skip') this.skipped++
    else {
      this.taken ??= key
      return false
    }
    return true
  }

  /** Nodes of a cluster answer each in their own time. */
  private settle(ordinal: number): void {
    if (ordinal !== this.settled) {
      this.beyond.add(ordinal)
      return
    }
    this.settled++
    while (this.beyond.delete(this.settled)) this.settled++
  }

  private library(reply: Reply): void {
    if (!isReplyError(reply)) return
    const isThere = /already exists/i.test(reply.error)
    const allowed = this.options.existing === 'skip' || this.options.ownKeys > 0
    if (!isThere || !allowed) this.fail(reply.error, null)
  }

  private mustSucceed(): Waiter {
    return {answered: (reply) => void (isReplyError(reply) && this.fail(reply.error, null))}
  }

  private fail(error: string, key: Uint8Array | null): void {
    this.failure ??= this.withProgress(this.errorOf(error, key))
  }

  private errorOf(error: string, key: Uint8Array | null): RespiteError {
    const {name} = this.target
    const known = refusalOf(name, error)
    if (known !== null) return known
    if (error.startsWith('BUSYKEY') || /^ERR Library .* already exists/.test(error)) {
      const next =
        'Give --replace to put the input there instead, --skip-existing to leave what is there.'
      const what = key === null ? 'function library' : 'key'
      const message = `${name}: holds a ${what} of the input already`
      return new RespiteError(Exit.USAGE, 'KEY_EXISTS', message, next)
    }
    const what = key === null ? '' : ` (key of ${Math.min(key.length, KEY_SHOWN)} bytes)`
    const next = /^ERR unknown command .?RESTORE/i.test(error)
      ? 'Into an empty target, --commands sends commands in its place.'
      : 'Is the target older than INFO says, or without a module that the input needs?'
    const message = `${name}: ${ownWords(error)}${what}`
    return new RespiteError(Exit.UNSUPPORTED, 'REFUSED', message, next)
  }

  private withProgress(error: RespiteError): RespiteError {
    if (/after [\d,]+ keys?$/.test(error.message)) return error
    const message = `${error.message}, after ${this.restored} keys`
    return new RespiteError(error.exit, error.code, message, error.next)
  }
}
