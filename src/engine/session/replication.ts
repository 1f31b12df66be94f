/**
 * Replicas of what is served: who they are, what they are sent, how far they are. Everything goes to a replica as a snapshot, what
 * was written since as commands behind it; one that was away for a while gets what it missed, where the backlog still has it.
 *
 *     PSYNC id n    →  +CONTINUE id, then the stream from byte n on
 *                      +FULLRESYNC id offset, $length, the snapshot, then the stream from byte offset + 1 on
 *
 * Source: replication.c of Redis 7.0.
 */
import {Backlog} from '../../formats/aof/backlog.ts'
import {Growable} from '../../formats/packed/growable.ts'
import {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import type {Call} from '../call.ts'
import {ANY_DB} from './propagation.ts'
import type {ServedDataset} from './served.ts'
import type {Session} from './session.ts'

export interface ReplicationSettings {
  /** 40 hexadecimal digits that nobody else has. */
  readonly id: string
  /** The stream that led to what is served, and how long it was: replicas of it that have all of it can go on; null for none. */
  readonly history: {id: string; offset: number} | null
  readonly backlogBytes: number
  /** A replica for which more bytes are held is disconnected. */
  readonly heldMax: number
}

/**
 * Gives a client everything that was there when it was made; false when it was lost on the way. First it is told the id of the
 * stream that goes on behind, unless that is null.
 */
export type GiveSnapshot = (session: Session, id: string | null) => Promise<boolean>

/** Makes a snapshot at once: nothing is written meanwhile. @throws CommandError where it cannot. */
export type MakeSnapshot = (offset: number) => GiveSnapshot

export interface Replica {
  readonly session: Session
  isOnline: boolean
  /** What was written while it is given the snapshot. */
  readonly pending: Uint8Array[]
  pendingBytes: number
  /** How much of the stream it has, as it says; -1 before it has said anything. */
  ackOffset: number
  ackMs: number
}

function encode(...words: string[]): Uint8Array {
  const writer = new ReplyWriter()
  writer.array(words.length)
  for (const word of words) writer.text(word)
  return writer.take()
}

const PING = encode('PING')
const GETACK = encode('REPLCONF', 'GETACK', '*')
const PING_MS = 10_000
const TIMEOUT_MS = 60_000

export class Replication {
  readonly settings: ReplicationSettings
  readonly replicas = new Map<Session, Replica>()
  history: ReplicationSettings['history']
  /** Null until the first replica came, unless there is a history: nothing is counted before. */
  backlog: Backlog | null = null
  fullSyncs = 0
  partialSyncs = 0
  refusedSyncs = 0
  private readonly server: ServedDataset
  private readonly makeSnapshot: MakeSnapshot
  /** The database that the stream has selected. */
  private db = ANY_DB
  /** Of the stream, not yet handed on. */
  private readonly outgoing = new Growable()
  private pingedMs = 0

  constructor(server: ServedDataset, settings: ReplicationSettings, makeSnapshot: MakeSnapshot) {
    this.server = server
    this.settings = settings
    this.makeSnapshot = makeSnapshot
    this.history = settings.history
    if (this.history !== null) this.begin()
  }

  /** What is served has changed, and no command says how: nobody can go on from what led to it. */
  changed(): void {
    this.history = null
  }

  /** Bytes of the stream so far. */
  get offset(): number {
    return this.backlog?.offset ?? 0
  }

  /** How many replicas have at least so much of the stream. */
  countAt(offset: number): number {
    let count = 0
    for (const {isOnline, ackOffset} of this.replicas.values()) {
      if (isOnline && ackOffset >= offset) count++
    }
    return count
  }

  /** Ask all replicas how far they are. */
  askAll(): void {
    if (this.replicas.size > 0) this.feed(GETACK)
    this.hand()
  }

  /** The client asks to go on with byte `number` of the stream `id`. Whether it can. */
  goOn(session: Session, id: string, number: number): boolean {
    const {backlog, settings} = this
    this.hand()
    if (backlog === null || !this.knows(id, number) || !backlog.has(number)) {
      if (id !== '?') this.refusedSyncs++
      return false
    }
    this.partialSyncs++
    session.send(line(session.handshake.psync2 ? `+CONTINUE ${settings.id}` : '+CONTINUE'))
    this.attach(session, true).ackOffset = number - 1
    if (number <= backlog.offset) session.send(backlog.from(number))
    this.server.waiters.acknowledged()
    return true
  }

  private knows(id: string, number: number): boolean {
    const {settings, history} = this
    return id === settings.id || (id === history?.id && number <= history.offset + 1)
  }

  /** The client gets everything. `announces`: it is told where the stream goes on. @throws CommandError. */
  giveAll(session: Session, announces: boolean): void {
    this.begin()
    this.hand()
    const give = this.makeSnapshot(this.offset)
    this.fullSyncs++
    // Who has nothing but the snapshot has selected nothing.
    this.db = ANY_DB
    const replica = this.attach(session, false)
    void give(session, announces ? this.settings.id : null).then((isWhole) => {
      if (!isWhole) session.drop()
      else if (session.handshake.rdbOnly) session.end()
      else this.online(replica)
    })
  }

  /** Let replicas have a command that logs are not told. */
  pass(call: Call): void {
    if (this.backlog === null) return
    this.feed(encode(...Array.from({length: call.argc}, (_, i) => call.text(i))))
  }

  /** What the client says that it has. */
  acknowledge(session: Session, offset: number): void {
    const replica = this.replicas.get(session)
    if (replica === undefined) return
    replica.ackMs = this.server.clock()
    if (offset <= replica.ackOffset) return
    replica.ackOffset = offset
    this.server.waiters.acknowledged()
  }

  leave(session: Session): void {
    this.replicas.delete(session)
  }

  /** Called now and then. */
  tick(): void {
    const nowMs = this.server.clock()
    for (const {session} of this.replicas.values()) {
      if (nowMs - session.heardMs > TIMEOUT_MS) session.drop()
    }
    if (this.replicas.size > 0 && nowMs - this.pingedMs >= PING_MS) {
      this.pingedMs = nowMs
      this.feed(PING)
    }
    this.hand()
  }

  /** Send what was written. */
  hand(): void {
    const {outgoing} = this
    if (outgoing.length === 0) return
    const bytes = outgoing.bytes.slice(0, outgoing.length)
    outgoing.clear()
    for (const replica of this.replicas.values()) this.send(replica, bytes)
  }

  private send(replica: Replica, bytes: Uint8Array): void {
    const {session, isOnline, pending} = replica
    if (session.handshake.rdbOnly) return
    if (isOnline) session.send(bytes)
    else {
      pending.push(bytes)
      replica.pendingBytes += bytes.length
    }
    if (replica.pendingBytes + session.held().output > this.settings.heldMax) session.drop()
  }

  private attach(session: Session, isOnline: boolean): Replica {
    const ackMs = this.server.clock()
    const replica = {session, isOnline, pending: [], pendingBytes: 0, ackOffset: -1, ackMs}
    this.replicas.set(session, replica)
    session.isReplica = true
    return replica
  }

  private online(replica: Replica): void {
    replica.isOnline = true
    for (const bytes of replica.pending.splice(0)) replica.session.send(bytes)
    replica.pendingBytes = 0
  }

  /** Count and keep the stream from now on. */
  private begin(): void {
    if (this.backlog !== null) return
    this.backlog = new Backlog(this.settings.backlogBytes, this.history?.offset ?? 0)
    this.pingedMs = this.server.clock()
    this.server.propagation.listeners.push((db, bytes) => {
      if (db !== ANY_DB && db !== this.db) {
        this.db = db
        this.feed(encode('SELECT', String(db)))
      }
      this.feed(bytes)
    })
  }

  private feed(bytes: Uint8Array): void {
    this.backlog?.add(bytes)
    this.outgoing.append(bytes, 0, bytes.length)
  }
}

const line = (words: string): Uint8Array => new TextEncoder().encode(`${words}\r\n`)
