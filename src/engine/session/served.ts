/**
 * A dataset that clients read, and write where that is allowed: finds what answers a command, and looks at everything first that
 * a server looks at. Source: processCommand() in server.c.
 */
import {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import type {RequestParser} from '../../formats/resp/request-parser.ts'
import {OutOfMemory} from '../arena.ts'
import {CommandError} from '../call.ts'
import {takeWords} from '../call-arguments.ts'
import type {Command} from '../commands/row.ts'
import type {EvictionRules} from '../eviction/evict-live.ts'
import type {Keyspace} from '../keyspace.ts'
import {ReadCall, type ReadRules} from '../read/read-call.ts'
import {Channels} from './channels.ts'
import {Pause} from './pause.ts'
import {NO_PERSISTENCE, type Persistence, SaveState} from './persistence.ts'
import {Propagation} from './propagation.ts'
import {refusalOf} from './refusals.ts'
import type {Replication} from './replication.ts'
import {Room} from './room.ts'
import {type Row, Rows} from './rows.ts'
import {Session} from './session.ts'
import {TouchedKeys} from './touched-keys.ts'
import {Waiters} from './waiters.ts'
import {Watches} from './watches.ts'

export interface ServedOptions {
  /** Null: nobody is asked for one. */
  password: string | null
  databases: number
  maxClients: number
  /** Commands that write are answered. */
  writable: boolean
  /** DEBUG is answered. */
  debug: boolean
  eviction: EvictionRules
  /** What wrote the data: `redis 7.0.15`. */
  producer: string | null
  /** As INFO tells it. */
  port: number
  socket: string | null
  input: string
  /** Of respite. */
  version: string
}

/** In a transaction they are not queued. */
const AT_ONCE = new Set(['EXEC', 'DISCARD', 'MULTI', 'WATCH', 'QUIT', 'RESET'])
const HDEL = new Uint8Array([0x48, 0x44, 0x45, 0x4c])
/** Where the data does not say: the first version that has all commands that are read here. */
const ASSUMED_VERSION = '7.4.0'

export class ServedDataset {
  readonly keyspace: Keyspace
  readonly options: ServedOptions
  readonly call: ReadCall
  readonly reply = new ReplyWriter()
  readonly sessions = new Map<number, Session>()
  readonly channels = new Channels()
  readonly rows: Rows
  readonly watches = new Watches()
  readonly waiters = new Waiters(this)
  readonly pause = new Pause(this)
  readonly touched: TouchedKeys
  /** What logs and replicas are told. */
  readonly propagation = new Propagation()
  readonly room: Room
  readonly startedMs: number
  /** The time, in ms; it does not go on where it is frozen. */
  readonly now: () => number
  /** The time of the machine. */
  readonly clock: () => number
  commands = 0
  connections = 0
  rejected = 0
  errors = 0
  /** Null: nobody may replicate. */
  replication: Replication | null = null
  /** What keeps the data, and what SAVE did last. */
  persistence: Persistence = NO_PERSISTENCE
  readonly saves: SaveState
  /** Called before clients are told what was done. False: it cannot be kept, and nobody is told anything any more. */
  commit: () => boolean = () => true
  /** Called by SHUTDOWN. */
  shutDown: () => void = () => {}
  private nextId = 1
  /** Asking for the time takes as long as a small command: 0 where each does. */
  private batchMs = 0

  constructor(
    keyspace: Keyspace,
    rules: ReadRules,
    options: ServedOptions,
    clock: () => number,
    now = clock,
  ) {
    this.keyspace = keyspace
    this.options = options
    this.clock = clock
    this.now = now
    this.startedMs = clock()
    this.saves = new SaveState(this.startedMs)
    this.rows = new Rows(options.writable)
    this.touched = new TouchedKeys(keyspace, [this.watches, this.waiters.waits])
    this.call = new ReadCall(keyspace)
    this.call.databases = options.databases
    this.call.rules = rules
    this.call.reply = this.reply
    this.call.expiring = (db, start, end) => this.goes(db, start, end)
    this.room = new Room(this)
    this.call.fieldExpiring = (db, key, field) => {
      this.touched.removed(db, key, 0, key.length)
      this.propagation.addWords(db, [HDEL, key, field])
    }
  }

  /** The version that clients are told: that of the server that wrote the data. */
  get redisVersion(): string {
    return /^redis (\d+\.\d+\.\d+)$/.exec(this.options.producer ?? '')?.[1] ?? ASSUMED_VERSION
  }

  connect(address: string, localAddress: string): Session {
    const session = new Session(this, this.nextId++, address, localAddress)
    this.sessions.set(session.id, session)
    this.connections++
    return session
  }

  /** A client came that was one too many. */
  refused(): void {
    this.connections++
    this.rejected++
  }

  disconnect(session: Session): void {
    this.sessions.delete(session.id)
    this.channels.leave(session)
    this.watches.leave(session)
    this.waiters.leave(session)
    this.replication?.leave(session)
  }

  /** A key goes that no command removes: its time is over, or there is no room for it. It lies in the keyspace's memory. */
  goes(db: number, start: number, end: number): void {
    const {memory} = this.keyspace.arena
    this.touched.removed(db, memory, start, end)
    this.propagation.addDel(db, memory, start, end)
    this.call.clocks?.forget(db, start, end)
  }

  beginBatch(): void {
    this.batchMs = this.clock()
  }

  endBatch(): void {
    this.batchMs = 0
  }

  /** Answer the command that `parser` read; the reply is added to `reply`. */
  answer(session: Session, {memory, starts, ends, argc}: RequestParser): void {
    const {call, reply} = this
    call.memory = memory
    call.starts = starts
    call.ends = ends
    call.argc = argc
    const ms = this.batchMs === 0 ? this.clock() : this.batchMs
    session.activeMs = ms
    call.nowMs = this.now === this.clock ? ms : this.now()
    if (call.dbNumber !== session.db) call.dbNumber = session.db
    reply.resp3 = session.resp3
    this.commands++
    const start = reply.length
    const row = this.rows.find(call)
    const refusal = refusalOf(session, row)
    if (refusal !== null) this.refuse(session, refusal)
    else if (row !== null && !this.pause.holds(session, row)) this.run(session, row)
    if (session.replies !== 'on') this.skip(session, start)
  }

  /** Run a command that was held back; its reply goes elsewhere. */
  runAside(session: Session, row: Row, words: readonly Uint8Array[], to: ReplyWriter): void {
    const {call} = this
    this.take(session, words)
    call.reply = to
    this.run(session, row)
    call.reply = this.reply
  }

  /** CLIENT REPLY: what was written from `start` on is not sent. */
  private skip(session: Session, start: number): void {
    this.reply.length = start
    if (session.replies === 'skip') session.replies = 'skipping'
    else if (session.replies === 'skipping') session.replies = 'on'
  }

  /** Run the commands of a transaction, each answered by itself. */
  runQueued(session: Session, command: Command, words: readonly Uint8Array[]): void {
    this.take(session, words)
    this.reply.resp3 = session.resp3
    this.apply(session, this.rows.of(command))
  }

  /** Run the command of a client that waited, once more. The call writes to whom it is told. */
  runAgain(session: Session, row: Row, words: readonly Uint8Array[]): void {
    this.take(session, words)
    const {call} = this
    call.mayWait = true
    call.again = true
    this.apply(session, row)
    call.mayWait = false
    call.again = false
  }

  private take(session: Session, words: readonly Uint8Array[]): void {
    const {call} = this
    // Those of the call may be those of a parser.
    call.starts = new Uint32Array(words.length)
    call.ends = new Uint32Array(words.length)
    takeWords(call, words)
    if (call.dbNumber !== session.db) call.dbNumber = session.db
  }

  private run(session: Session, row: Row): void {
    const {name} = row.command
    const {call} = this
    if (session.queue !== null && !AT_ONCE.has(name)) {
      const words = Array.from({length: call.argc}, (_, i) => call.bytes(i))
      session.queue.push({command: row.command, words})
      call.reply.simple('QUEUED')
      return
    }
    session.lastCommand = name
    const {changes} = call
    call.mayWait = true
    call.wanted = null
    this.apply(session, row)
    call.mayWait = false
    if (call.wanted !== null) this.waiters.wait(session, row, call.wanted)
    this.propagation.flush()
    if (call.changes !== changes) session.writtenOffset = this.replication?.offset ?? 0
    this.waiters.serveReady()
  }

  private apply(session: Session, {command, apply, read, answer}: Row): void {
    const {call} = this
    const {reply} = call
    const start = reply.length
    try {
      if (apply !== null) {
        this.write(command, apply)
        // Who is not answered waits for ever.
        if (reply.length === start && call.wanted === null && !call.again) throw unanswered(command)
      } else if (read !== null) read(call, reply)
      else answer?.(session, call, reply)
      if (answer === null) this.call.clocks?.used(call, command)
    } catch (error) {
      reply.length = start
      this.errors++
      reply.error(errorText(error))
    } finally {
      call.writes = false
    }
  }

  private write(command: Command, apply: (call: ReadCall) => void): void {
    const {call, touched, propagation} = this
    const {changes} = call
    touched.before(call, command)
    call.instead = null
    call.writes = true
    apply(call)
    if (call.changes === changes) return
    touched.after(call)
    propagation.add(call)
  }

  private refuse(session: Session, refusal: string): void {
    this.errors++
    if (session.queue !== null) session.queueFailed = true
    this.reply.error(refusal)
  }
}

function errorText(error: unknown): string {
  if (error instanceof CommandError) return error.message
  if (error instanceof OutOfMemory) return `OOM command not allowed: ${error.message}`
  throw error
}

const unanswered = ({name}: Command): CommandError =>
  new CommandError(`ERR ${name} was executed, but respite does not know what to answer`)
