/** One stream of commands on a server, which logs it. The other side is engine-side.ts. */
import {readFileSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {APPLIES} from '../../../src/engine/apply/table.ts'
import {DEFAULT_COMMANDS} from '../../../src/engine/commands/table.ts'
import {type Reply, type RespClient, RespError} from '../../support/resp-client.ts'
import {type RunningServer, startServer} from '../../support/server.ts'
import {type StreamState, serverStream} from '../../support/stream-state.ts'
import {DATABASES, KEYS, LEX_KEY, type Words} from './words.ts'

export interface KeyState {
  expiresAtMs: number | null
  digest: string
  stream: StreamState | null
  /** Of a hash: the fields that expire, and when. */
  fields: FieldExpiries
}

/** By field, in ms, in order of the names. */
export type FieldExpiries = readonly (readonly [field: string, expiresAtMs: number])[]

export interface State {
  digest: string
  /** By `db/key`. */
  keys: Map<string, KeyState>
  /** Code by name, one character per byte. */
  functions: Map<string, string>
}

export interface Played extends State {
  log: Buffer
  replies: Reply[]
  /** Where it begins in the server's log. */
  from: number
  /** The clock when it began, and when it was over. */
  nowMs: number
  endMs: number
  /** A transaction was refused because of what it queued: a log never has such a one. */
  refused: boolean
  /** Numbers of the commands that failed, also within transactions. */
  failed: number[]
}

const LOG = 'appendonlydir/appendonly.aof.1.incr.aof'

const NAMES = [...KEYS, LEX_KEY]
/** A longer log is left behind, with its server. */
const LONG_LOG = 4_000_000

/** A server for many streams. They lie in one log, which is read from where each begins. */
export class LoggingServer {
  private server: RunningServer | null = null
  private readonly program: string | undefined
  private readonly fieldExpiries: boolean

  /** By default the one that other tests ask. `fieldExpiries`: it has such. */
  constructor(program?: string, fieldExpiries = false) {
    this.program = program
    this.fieldExpiries = fieldExpiries
  }

  async stop(): Promise<void> {
    await this.server?.stop()
    this.server = null
  }

  async play(commands: readonly Words[]): Promise<Played> {
    if (this.server === null || this.logSize() > LONG_LOG) await this.restart()
    const {client} = this
    await client.command('SELECT', 0)
    const from = this.logSize()
    await client.command('FLUSHALL')
    await client.command('FUNCTION', 'FLUSH')
    const nowMs = Date.now()
    const replies = await Promise.all(commands.map((words) => client.raw(...words)))
    // A transaction that shrinking left open.
    await client.raw('DISCARD')
    const digest = await client.text('DEBUG', 'DIGEST')
    const log = this.readLog(from)
    const times = {nowMs, endMs: Date.now()}
    const state = await this.state(digest)
    return {log, replies, from, ...times, ...failures(commands, replies), ...state}
  }

  /** What the server has when it has loaded its own log. */
  async reload(from: number): Promise<State & {log: Buffer}> {
    await this.client.command('DEBUG', 'LOADAOF')
    const digest = await this.client.text('DEBUG', 'DIGEST')
    const log = this.readLog(from)
    return {log, ...(await this.state(digest))}
  }

  private async restart(): Promise<void> {
    await this.stop()
    const args = ['--appendonly', 'yes', '--appendfsync', 'no', '--hz', '100']
    this.server = await startServer({
      ...(this.program === undefined ? {} : {program: this.program}),
      args: [...args, '--auto-aof-rewrite-percentage', '0'],
    })
    // A key that has expired stays until it is touched: then the log says so.
    await this.client.command('DEBUG', 'SET-ACTIVE-EXPIRE', 0)
  }

  private get client(): RespClient {
    return this.server!.client
  }

  private get logPath(): string {
    return join(this.server!.dir, LOG)
  }

  private async state(digest: string): Promise<State> {
    return {digest, keys: await this.keys(), functions: await this.functions()}
  }

  private logSize(): number {
    return statSync(this.logPath).size
  }

  private readLog(from: number): Buffer {
    return readFileSync(this.logPath).subarray(from)
  }

  private async keys(): Promise<State['keys']> {
    const {client} = this
    const states: State['keys'] = new Map()
    for (const db of DATABASES) {
      const [, digests, ...found] = await Promise.all([
        client.command('SELECT', db),
        client.command('DEBUG', 'DIGEST-VALUE', ...NAMES),
        ...NAMES.map(async (key) => {
          const [expiry, stream, fields] = await Promise.all([
            client.command('PEXPIRETIME', key),
            serverStream(client, key).catch(expiredMeanwhile),
            this.fields(key),
          ])
          return [Number(expiry), stream, fields] as const
        }),
      ])
      found.forEach(([expiry, stream, fields], i) => {
        if (expiry === -2) return
        const expiresAtMs = expiry === -1 ? null : expiry
        states.set(`${db}/${NAMES[i]}`, {
          expiresAtMs,
          digest: String((digests as Buffer[])[i]),
          stream,
          fields,
        })
      })
    }
    return states
  }

  private async fields(key: string): Promise<FieldExpiries> {
    const {client} = this
    if (!this.fieldExpiries) return []
    const names = await client.raw('HKEYS', key)
    if (!Array.isArray(names) || names.length === 0) return []
    const words = names as Buffer[]
    const times = await client.raw('HPEXPIRETIME', key, 'FIELDS', words.length, ...words)
    if (!Array.isArray(times)) return []
    return expiring(words.map((name, i) => [name.toString('latin1'), Number(times[i])]))
  }

  private async functions(): Promise<State['functions']> {
    const reply = (await this.client.command('FUNCTION', 'LIST', 'WITHCODE')) as Reply[][]
    return new Map(reply.map((library) => [String(library[1]), String(library[7])]))
  }
}

/** Numbers of the commands that failed, in the order of execution. What only reads is left out: a log has none of it. */
function failures(
  commands: readonly Words[],
  replies: readonly Reply[],
): Pick<Played, 'failed' | 'refused'> {
  const failed: number[] = []
  let refused = false
  let queued: number[] | null = null
  const note = (reply: Reply, i: number) => {
    if (reply instanceof RespError && !isReadOnly(commands[i])) failed.push(i)
  }
  replies.forEach((reply, i) => {
    const name = commands[i][0].toUpperCase()
    const inside = queued
    if (name === 'EXEC' || name === 'DISCARD') queued = null
    if (name === 'EXEC' && inside !== null && Array.isArray(reply)) {
      for (const [k, each] of reply.entries()) note(each, inside[k])
    } else note(reply, i)
    if (inside !== null && queued !== null && reply !== 'QUEUED' && name !== 'MULTI') refused = true
    if (name === 'MULTI') queued ??= []
    else queued?.push(i)
  })
  return {failed, refused}
}

/** A key may go between two questions about it. */
function expiredMeanwhile(error: unknown): null {
  if (error instanceof RespError) return null
  throw error
}

/** PFCOUNT reads, and keeps what it counted: the engine applies it. */
function isReadOnly([word]: Words): boolean {
  const name = word.toUpperCase()
  return DEFAULT_COMMANDS.find(name)?.flags.has('readonly') === true && !APPLIES.has(name)
}

/** In the order of their names. */
export const expiring = (fields: [string, number][]): FieldExpiries =>
  fields.filter(([, ms]) => ms >= 0).sort(([a], [b]) => (a < b ? -1 : 1))
