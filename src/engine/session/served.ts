/**
 * A dataset that clients read: finds what answers a command, and looks at everything first that a server looks at.
 * Source: processCommand() in server.c.
 */
import {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import type {RequestParser} from '../../formats/resp/request-parser.ts'
import {CommandError} from '../call.ts'
import {takeWords} from '../call-arguments.ts'
import {arityAllows, type Command} from '../commands/row.ts'
import {DEFAULT_COMMANDS} from '../commands/table.ts'
import type {Keyspace} from '../keyspace.ts'
import {type Read, ReadCall, type ReadRules} from '../read/read-call.ts'
import {READS} from '../read/table.ts'
import type {Answer} from './answer.ts'
import {ANSWERS} from './answers.ts'
import {Channels} from './channels.ts'
import {Session} from './session.ts'

export interface ServedOptions {
  /** Null: nobody is asked for one. */
  password: string | null
  databases: number
  maxClients: number
  /** DEBUG is answered. */
  debug: boolean
  /** What wrote the data: `redis 7.0.15`. */
  producer: string | null
  /** As INFO tells it. */
  port: number
  socket: string | null
  input: string
  /** Of respite. */
  version: string
}

interface Row {
  command: Command
  read: Read | null
  answer: Answer | null
}

/** Before a password was given. */
const OPEN_TO_ALL = new Set(['AUTH', 'HELLO', 'QUIT', 'RESET'])
/** In a transaction they are not queued. */
const AT_ONCE = new Set(['EXEC', 'DISCARD', 'MULTI', 'WATCH', 'QUIT', 'RESET'])
const SUBSCRIBER = new Set(
  'SUBSCRIBE SSUBSCRIBE SUNSUBSCRIBE UNSUBSCRIBE PSUBSCRIBE PUNSUBSCRIBE PING QUIT RESET'.split(
    ' ',
  ),
)
const READ_ONLY = "READONLY You can't write against a read only replica."
/** Where the data does not say: the first version that has all commands that are read here. */
const ASSUMED_VERSION = '7.4.0'
const SHOWN = 128

export class ServedDataset {
  readonly keyspace: Keyspace
  readonly options: ServedOptions
  readonly call: ReadCall
  readonly reply = new ReplyWriter()
  readonly sessions = new Map<number, Session>()
  readonly channels = new Channels()
  readonly startedMs: number
  /** The time, in ms; it does not go on where it is frozen. */
  readonly now: () => number
  /** The time of the machine. */
  readonly clock: () => number
  commands = 0
  connections = 0
  rejected = 0
  errors = 0
  /** Called by SHUTDOWN. */
  shutDown: () => void = () => {}
  private nextId = 1
  /** Commands that are answered. */
  readonly answered: readonly Command[]
  private readonly rows: ReadonlyMap<number, Row[]>

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
    this.call = new ReadCall(keyspace)
    this.call.databases = options.databases
    this.call.rules = rules
    this.rows = rowsByName()
    this.answered = DEFAULT_COMMANDS.commands.filter(
      ({name}) => READS.has(name) || ANSWERS.has(name),
    )
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
  }

  /** Answer the command that `parser` read; the reply is added to `reply`. */
  answer(session: Session, {memory, starts, ends, argc}: RequestParser): void {
    const {call, reply} = this
    call.memory = memory
    call.starts = starts
    call.ends = ends
    call.argc = argc
    call.nowMs = this.now()
    session.activeMs = this.clock()
    if (call.dbNumber !== session.db) call.dbNumber = session.db
    reply.resp3 = session.resp3
    this.commands++
    const row = this.find()
    const refusal = this.refusal(session, row)
    if (refusal !== null) this.refuse(session, refusal)
    else if (row !== null) this.run(session, row)
  }

  /** Run the commands of a transaction, each answered by itself. */
  runQueued(session: Session, command: Command, words: readonly Uint8Array[]): void {
    const {call} = this
    call.starts = new Uint32Array(words.length)
    call.ends = new Uint32Array(words.length)
    takeWords(call, words)
    if (call.dbNumber !== session.db) call.dbNumber = session.db
    this.reply.resp3 = session.resp3
    this.apply(session, rowOf(command))
  }

  private run(session: Session, row: Row): void {
    const {name} = row.command
    if (session.queue !== null && !AT_ONCE.has(name)) {
      const {call} = this
      const words = Array.from({length: call.argc}, (_, i) => call.bytes(i))
      session.queue.push({command: row.command, words})
      this.reply.simple('QUEUED')
      return
    }
    session.lastCommand = name
    this.apply(session, row)
  }

  private apply(session: Session, {read, answer}: Row): void {
    const {call, reply} = this
    const start = reply.length
    try {
      if (read !== null) read(call, reply)
      else answer?.(session, call, reply)
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      reply.length = start
      this.errors++
      reply.error(error.message)
    }
  }

  private refuse(session: Session, refusal: string): void {
    this.errors++
    if (session.queue !== null) session.queueFailed = true
    this.reply.error(refusal)
  }

  /** The row of the command in the call, whatever its case. */
  private find(): Row | null {
    const {call} = this
    const rows = this.rows.get(hashOf(call.memory, call.starts[0], call.ends[0]))
    if (rows === undefined) return null
    for (const row of rows) if (isName(call, row.command.name)) return row
    return null
  }

  private refusal(session: Session, row: Row | null): string | null {
    const {call} = this
    if (row === null) return unknownCommand(call)
    const {command, read, answer} = row
    const {name, subcommands} = command
    if (!arityAllows(command.arity, call.argc)) return wrongArity(name)
    if (subcommands !== null && call.argc > 1) {
      const sub = call.text(1).toUpperCase()
      const arity = subcommands.get(sub)
      if (arity === undefined) {
        return `ERR unknown subcommand '${call.text(1).slice(0, SHOWN)}'. Try ${name} HELP.`
      }
      if (!arityAllows(arity, call.argc)) return wrongArity(`${name}|${sub}`)
    }
    if (!session.isIn && !OPEN_TO_ALL.has(name)) return 'NOAUTH Authentication required.'
    if (command.flags.has('write')) return READ_ONLY
    if (read === null && answer === null) return notHere(name)
    if (session.subscriptions > 0 && !session.resp3 && !SUBSCRIBER.has(name)) {
      return `ERR Can't execute '${name.toLowerCase()}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`
    }
    return null
  }
}

const notHere = (name: string) => `ERR ${name} is not answered here: this is a file that is read`

export const wrongArity = (name: string) =>
  `ERR wrong number of arguments for '${name.toLowerCase()}' command`

function unknownCommand(call: ReadCall): string {
  let shown = ''
  for (let i = 1; i < call.argc && shown.length < SHOWN; i++) {
    shown += `'${call.text(i).slice(0, SHOWN - shown.length)}' `
  }
  const name = call.text(0).slice(0, SHOWN)
  return `ERR unknown command '${name}', with args beginning with: ${shown}`
}

function rowOf(command: Command): Row {
  const {name} = command
  return {command, read: READS.get(name) ?? null, answer: ANSWERS.get(name) ?? null}
}

function rowsByName(): Map<number, Row[]> {
  const rows = new Map<number, Row[]>()
  for (const command of DEFAULT_COMMANDS.commands) {
    const bytes = Uint8Array.from(command.name, (letter) => letter.charCodeAt(0))
    const hash = hashOf(bytes, 0, bytes.length)
    rows.set(hash, [...(rows.get(hash) ?? []), rowOf(command)])
  }
  return rows
}

/** Of a name in any case. */
function hashOf(memory: Uint8Array, start: number, end: number): number {
  let hash = end - start
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (memory[at] | 0x20)) | 0
  return hash
}

function isName({memory, starts, ends}: ReadCall, name: string): boolean {
  if (ends[0] - starts[0] !== name.length) return false
  for (let i = 0; i < name.length; i++) {
    const byte = memory[starts[0] + i]
    const upper = byte >= 0x61 && byte <= 0x7a ? byte - 32 : byte
    if (upper !== name.charCodeAt(i)) return false
  }
  return true
}
