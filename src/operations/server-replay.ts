/**
 * Replays what the embedded engine does, on a live server: an RDB by RESTORE, commands as they stand in the log, pipelined. Each file
 * starts in database 0. A transaction is sent when its EXEC has been read: one that never ends applies not at all. Nothing can be
 * kept from expiring there: keys whose time has come are gone, as they would be some moments after a server has loaded the file.
 */

import type {Command} from '../engine/commands/row.ts'
import type {CommandTable} from '../engine/commands/table.ts'
import {libraryCode} from '../engine/digest/library-code.ts'
import {COUNTS_FROM_NOW, type Trouble, type TroubleKind} from '../engine/replay.ts'
import {Exit, RespiteError} from '../errors.ts'
import {AofReader} from '../formats/aof/reader.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {createKernel} from '../formats/kernel/kernel.ts'
import {PayloadWriter} from '../formats/rdb/dump-payload.ts'
import {RdbReader, RdbRecord} from '../formats/rdb/reader.ts'
import {isReplyError, type Reply} from '../formats/resp/reply.ts'
import {detectHead} from '../io/detect.ts'
import {type Host, RECORDS} from '../io/host.ts'
import type {Waiter} from '../net/client.ts'
import {refusalOf} from '../net/net-error.ts'
import type {ReplayTarget, Route} from '../net/replay-target.ts'
import type {FileToLoad} from './load-dataset.ts'
import {
  isAllowed,
  isLookedInto,
  isSent,
  RecordEncoder,
  routeOf,
  troubleKindOf,
  wordsOf,
} from './server-records.ts'

/** Progress is told every so many records. */
const TELL_EVERY = 4096

export interface ServerReplayOptions {
  table: CommandTable
  onTrouble(file: string, trouble: Trouble): void
}

/** Where a command stands, and what becomes of it. */
interface Sent extends Waiter {
  readonly name: string
  readonly command: Command | undefined
  result(reply: Reply): void
}

interface Queued {
  record: Uint8Array
  route: Route
  sent: Sent
}

export class ServerReplay {
  /** Commands that were read, of all logs. */
  commands = 0
  /** Of all files. */
  bytes = 0
  private readonly host: Host
  private readonly target: ReplayTarget
  private readonly options: ServerReplayOptions
  private readonly encoder = new RecordEncoder()
  private readonly payloads: PayloadWriter
  private file = ''
  /** Of the server, as far as it has answered. */
  private db = 0
  /** Records of an open transaction. */
  private queue: Queued[] | null = null
  /** What the server has queued since the last MULTI it answered. */
  private inServer: Sent[] = []
  private failure: Error | null = null

  constructor(host: Host, target: ReplayTarget, options: ServerReplayOptions) {
    this.host = host
    this.target = target
    this.options = options
    this.payloads = new PayloadWriter(createKernel(host.kernel.module))
  }

  /** Load one file behind those before it. @throws FormatError where it is damaged, RespiteError where the server is in the way. */
  async load({path, name}: FileToLoad): Promise<void> {
    const feed = this.host.open(path, {crc: true})
    const {kind, guess} = detectHead(feed.head)
    if (kind !== 'rdb' && kind !== 'aof' && kind !== 'empty') {
      throw new FormatError(
        'UNKNOWN_INPUT',
        0,
        `neither RDB nor AOF: it looks like ${guess ?? kind}`,
      )
    }
    const c = new Cursor(this.host.kernel).open(feed)
    this.file = name
    await this.select(0)
    try {
      if (kind === 'rdb') await this.loadRdb(c)
      if (!c.atEnd()) await this.replay(new AofReader(c))
    } finally {
      this.queue = null
      this.bytes += c.offset
      await this.target.idle()
    }
    if (this.failure !== null) throw this.failure
  }

  private async loadRdb(c: Cursor): Promise<void> {
    const r = new RdbReader(c)
    r.readHeader()
    let db = 0
    for (let record = r.next(); record !== RdbRecord.END; record = r.next()) {
      if (record !== RdbRecord.ENTRY) {
        const code = libraryCode(r.record, record)
        if (code) this.sendLoaded(r, 'all', 'FUNCTION', 'LOAD', 'REPLACE', code)
        continue
      }
      if (r.db !== db) await this.select((db = r.db), r.offset)
      this.restore(r)
      if (r.entries % TELL_EVERY === 0) this.host.counters[RECORDS] += TELL_EVERY
      if (this.target.full) await this.roomForMore()
    }
    await this.select(0)
  }

  private restore(r: RdbReader): void {
    const {c, expiresAtMs} = r
    const key = c.memory.slice(c.pinStart, c.pinEnd)
    let payload: Uint8Array
    try {
      payload = this.payloads.take(r)
    } catch (error) {
      // Servers leave collections without elements out.
      if (!(error instanceof FormatError) || error.code !== 'RDB_EMPTY') throw error
      return
    }
    const expiry = expiresAtMs === null ? ['0'] : [String(expiresAtMs), 'ABSTTL']
    const [ttl, ...absolute] = expiry
    this.sendLoaded(r, key, 'RESTORE', key, ttl, payload, 'REPLACE', ...absolute)
  }

  /** What is in an RDB a server takes, or it is the wrong server. */
  private sendLoaded(r: RdbReader, route: Route, ...words: (string | Uint8Array)[]): void {
    const {offset, logical, dialect, version} = r
    const what = route === 'all' ? 'a function library' : `a ${logical}`
    this.target.send(this.encoder.encodeWords(...words), route, {
      answered: (reply) => {
        if (!isReplyError(reply) || this.failure !== null) return
        const refusal = refusalOf(this.target.name, reply.error)
        const message = `${this.file}: offset ${offset}: ${this.target.name} does not take ${what} of ${dialect} RDB ${version}`
        const next = 'Name a server at least as new as the one that wrote this.'
        this.failure = refusal ?? new RespiteError(Exit.UNSUPPORTED, 'UNSUPPORTED', message, next)
      },
    })
  }

  private async replay(reader: AofReader): Promise<void> {
    this.db = 0
    for (let kind = reader.next(); kind !== 'end'; kind = reader.next()) {
      if (kind === 'annotation') continue
      this.commands++
      this.take(reader)
      if (this.commands % TELL_EVERY === 0) this.host.counters[RECORDS] += TELL_EVERY
      if (this.target.full) await this.roomForMore()
    }
    if (this.queue !== null) {
      this.trouble(reader, 'transaction', 'MULTI', 'a transaction that never ends')
    }
  }

  /** One command of the log. */
  private take(reader: AofReader): void {
    const {table} = this.options
    const typed = reader.commandName()
    const command = table.find(typed)
    const flags = command?.flags
    if (flags?.has('multi')) {
      if (this.queue !== null)
        this.trouble(reader, 'transaction', typed, 'MULTI inside a transaction')
      else this.queue = []
    } else if (flags?.has('discard')) this.queue = null
    else if (flags?.has('exec')) this.exec(reader)
    else if (isSent(command)) this.pass(reader, typed, command)
  }

  private pass(reader: AofReader, typed: string, command: Command | undefined): void {
    const {target, queue} = this
    const words = wordsOf(reader, target.isCluster || isLookedInto(command))
    if (!isAllowed(command, words)) return
    const name = command !== undefined && command.name !== typed ? command.name : null
    const record = this.encoder.encode(reader, name, words)
    if (command?.flags.has('select') && target.isCluster) return this.refuseSelect(reader, words!)
    const sent = this.sentAs(reader, command?.name ?? typed, command, words)
    const route = target.isCluster ? routeOf(command, words!) : 'any'
    if (COUNTS_FROM_NOW.has(sent.name)) {
      this.trouble(reader, 'relative-expiry', sent.name, 'an expiry that counts from now')
    }
    if (queue !== null) queue.push({record, route, sent})
    // A server that loads a log lets nothing wait; a client would.
    else if (command?.flags.has('blocking')) this.sendTransaction([{record, route, sent}], reader)
    else target.send(record, route, sent)
  }

  private exec(reader: AofReader): void {
    const {queue, target} = this
    this.queue = null
    if (queue === null) return this.trouble(reader, 'transaction', 'EXEC', 'EXEC without MULTI')
    // What lies in several slots would be refused as a whole, and nobody else is there to see a half of it.
    if (target.isCluster)
      for (const {record, route, sent} of queue) target.send(record, route, sent)
    else this.sendTransaction(queue, reader)
  }

  private sendTransaction(queue: readonly Queued[], reader: AofReader): void {
    const route = queue[0]?.route ?? 'any'
    const send = (name: string) => {
      const record = this.encoder.encodeWords(name)
      this.target.send(record, route, this.sentAs(reader, name, undefined, null))
    }
    send('MULTI')
    for (const {record, sent} of queue) this.target.send(record, route, sent)
    send('EXEC')
  }

  /** What is told of the current record when it has been answered. */
  private sentAs(
    {offset, record}: AofReader,
    name: string,
    command: Command | undefined,
    words: readonly Uint8Array[] | null,
  ): Sent {
    const selected = command?.flags.has('select') ? Number(latin1(words?.[1])) : null
    const sent: Sent = {
      name,
      command,
      answered: (reply) => this.answered(sent, reply),
      result: (reply) => {
        if (isReplyError(reply)) this.refused({offset, record}, sent, reply.error)
        else if (selected !== null) this.db = selected
      },
    }
    return sent
  }

  private answered(sent: Sent, reply: Reply): void {
    if (reply === 'QUEUED') this.inServer.push(sent)
    else if (sent.name !== 'EXEC') sent.result(reply)
    else {
      const queued = this.inServer
      this.inServer = []
      if (Array.isArray(reply)) reply.forEach((each, i) => void queued[i]?.result(each))
      else sent.result(reply)
    }
  }

  private refused(
    place: Pick<Trouble, 'offset' | 'record'>,
    {name, command}: Sent,
    error: string,
  ): void {
    this.failure ??= refusalOf(this.target.name, error)
    this.trouble(place, troubleKindOf(command, name, error), name, error)
  }

  private refuseSelect({offset}: AofReader, words: readonly Uint8Array[]): void {
    if (latin1(words[1]) === '0') return
    throw new FormatError('UNSUPPORTED', offset, 'SELECT: a cluster has database 0 only')
  }

  private async select(db: number, offset = 0): Promise<void> {
    const {target} = this
    if (target.isCluster) {
      if (db === 0) return
      throw new FormatError('UNSUPPORTED', offset, `database ${db}: a cluster has database 0 only`)
    }
    await target.nodes[0].call('SELECT', String(db))
    this.db = db
  }

  private async roomForMore(): Promise<void> {
    await this.target.ready()
    if (this.failure !== null) throw this.failure
  }

  private trouble(
    {offset, record}: Pick<Trouble, 'offset' | 'record'>,
    kind: TroubleKind,
    command: string,
    detail: string,
  ): void {
    this.options.onTrouble(this.file, {kind, offset, record, db: this.db, command, detail})
  }
}

function latin1(word: Uint8Array | undefined): string {
  return String.fromCharCode(...(word ?? []).slice(0, 16))
}
