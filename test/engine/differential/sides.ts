/** One stream of commands on both sides: a server that logs it, the engine that replays the log or what was typed. */
import {readFileSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {STREAMS_LIVE_APPLY} from '../../../src/engine/apply/streams.ts'
import {APPLIES} from '../../../src/engine/apply/table.ts'
import {installCommands} from '../../../src/engine/commands/compile.ts'
import {DEFAULT_COMMANDS} from '../../../src/engine/commands/table.ts'
import {DebugDigest} from '../../../src/engine/digest/debug-digest.ts'
import {arenaMemory, digestKeyspace} from '../../../src/engine/digest/keyspace-digest.ts'
import {DIGEST_RULES} from '../../../src/engine/digest/rules.ts'
import {Replay, type Trouble} from '../../../src/engine/replay.ts'
import {VALUE_OPS} from '../../../src/engine/values/table.ts'
import {AofReader} from '../../../src/formats/aof/reader.ts'
import {Cursor} from '../../../src/formats/bytes/cursor.ts'
import {bufferSource, InlineFeed} from '../../../src/formats/bytes/inline-feed.ts'
import {resp} from '../../support/bytes.ts'
import {EngineUnderTest} from '../../support/engine.ts'
import {kernel} from '../../support/kernel.ts'
import {type Reply, type RespClient, RespError} from '../../support/resp-client.ts'
import {type RunningServer, startServer} from '../../support/server.ts'
import {engineStream, type StreamState, serverStream} from '../../support/stream-state.ts'
import {DATABASES, KEYS, LEX_KEY, type Words} from './words.ts'

export interface KeyState {
  expiresAtMs: number | null
  digest: string
  stream: StreamState | null
}

export interface State {
  digest: string
  /** By `db/key`. */
  keys: Map<string, KeyState>
  /** Code by name, one character per byte. */
  functions: Map<string, string>
}

export interface Played extends State {
  log: Buffer
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

/** The engine holds a small -0 as the server does: nothing is left to guess, as it is for a file. */
const RULES = {...DIGEST_RULES['7.0'], smallZeros: false}
const NAMES = [...KEYS, LEX_KEY]
/** A longer log is left behind, with its server. */
const LONG_LOG = 4_000_000

/** A server for many streams. They lie in one log, which is read from where each begins. */
export class LoggingServer {
  private server: RunningServer | null = null

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
    return {log, from, ...times, ...failures(commands, replies), ...state}
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
    this.server = await startServer({args: [...args, '--auto-aof-rewrite-percentage', '0']})
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
          const [expiry, stream] = await Promise.all([
            client.command('PEXPIRETIME', key),
            serverStream(client, key).catch(expiredMeanwhile),
          ])
          return [Number(expiry), stream] as const
        }),
      ])
      found.forEach(([expiry, stream], i) => {
        if (expiry === -2) return
        const expiresAtMs = expiry === -1 ? null : expiry
        states.set(`${db}/${NAMES[i]}`, {
          expiresAtMs,
          digest: String((digests as Buffer[])[i]),
          stream,
        })
      })
    }
    return states
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

export interface Replayed extends State {
  troubles: Trouble[]
}

/** The engine, used again for every stream: what one leaves behind must not show in the next. */
export class ReplayingEngine {
  private readonly engine = new EngineUnderTest([...APPLIES], VALUE_OPS)

  replay(log: Uint8Array, nowMs: number, live: boolean): Replayed {
    const {engine} = this
    const {keyspace} = engine
    keyspace.flushAll()
    keyspace.functions.clear()
    const applies = live ? new Map([...APPLIES, ...STREAMS_LIVE_APPLY]) : APPLIES
    const troubles: Trouble[] = []
    const onTrouble = (trouble: Trouble) => void troubles.push(trouble)
    const c = new Cursor(kernel).open(new InlineFeed(bufferSource(log), kernel))
    installCommands(DEFAULT_COMMANDS.compiled, c.memory)
    new Replay(engine.call, DEFAULT_COMMANDS, applies, {nowMs, onTrouble}).run(new AofReader(c))
    const functions = [...keyspace.functions].map(
      ([name, code]) => [name, Buffer.from(code).toString('latin1')] as const,
    )
    return {...this.keys(), functions: new Map(functions), troubles}
  }

  private keys(): Pick<State, 'digest' | 'keys'> {
    const {keyspace} = this.engine
    const digest = new DebugDigest(arenaMemory(keyspace.arena), RULES, true)
    const keys: State['keys'] = new Map()
    digestKeyspace(keyspace, digest, (db, start, end) => {
      const key = Buffer.from(keyspace.arena.memory.slice(start, end)).toString('latin1')
      const database = keyspace.database(db)
      const expiresAtMs = database.expiresAtMs(this.engine.find(db, key))
      keys.set(`${db}/${key}`, {expiresAtMs, digest: digest.valueHex(), stream: null})
    })
    for (const [name, state] of keys) state.stream = this.stream(name)
    return {digest: digest.finish(), keys}
  }

  private stream(name: string): StreamState | null {
    const {keyspace} = this.engine
    const slash = name.indexOf('/')
    const db = Number(name.slice(0, slash))
    keyspace.swap(0, db)
    try {
      return engineStream(this.engine, name.slice(slash + 1))
    } finally {
      keyspace.swap(0, db)
    }
  }
}

/** The commands as a log, and where each begins in it. */
export function typedLog(commands: readonly Words[]): {log: Buffer; offsets: number[]} {
  const records = commands.map((words) => resp(...words))
  const offsets: number[] = []
  let at = 0
  for (const {length} of records) {
    offsets.push(at)
    at += length
  }
  return {log: Buffer.concat(records), offsets}
}
