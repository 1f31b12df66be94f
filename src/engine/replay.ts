/**
 * Replays the text of append-only files, as a server's loader does: every file starts in database 0, nothing expires by
 * itself, a command that fails changes nothing and does not stop, a transaction applies whole or, when it never ends, not at
 * all. Source: loadSingleAppendOnlyFile() in aof.c.
 */

import type {RecordBatch} from '../formats/aof/batch.ts'
import type {AofReader} from '../formats/aof/reader.ts'
import {BATCH_KEYS} from '../formats/kernel/layout.ts'
import {type Apply, type Call, CommandError} from './call.ts'
import {arityAllows, type Command} from './commands/row.ts'
import {type CommandTable, isModuleCommand} from './commands/table.ts'
import {installTies, type Part, Share, shareOf, WHOLE} from './part.ts'
import {collectWords, copyWords, latin1} from './record-words.ts'

/** What replay did not do, or did with a doubt. */
export type TroubleKind =
  | 'failed'
  | 'unknown'
  | 'module'
  | 'arity'
  | 'select'
  | 'transaction'
  | 'flush'
  | 'relative-expiry'

export interface Trouble {
  kind: TroubleKind
  /** Offset of the record in its file. */
  offset: number
  record: number
  db: number
  command: string
  detail: string
}

/** A script stands in the log as it was called: without a Lua interpreter nobody knows what it did. */
export class ScriptInLog extends Error {
  override readonly name = 'ScriptInLog'
  readonly exit = 20
  readonly code = 'UNSUPPORTED'
  /** Of the record, in its file. */
  readonly offset: number

  constructor(name: string, offset: number) {
    super(`the log calls a script (${name})`)
    this.offset = offset
  }
}

export interface ReplayOptions {
  /** Time that relative expiries count from where the log has no #TS, in ms. */
  nowMs: number
  onTrouble(trouble: Trouble): void
  /** Of which part of the dataset; of all of it unless given. */
  part?: Part
}

/** Below this everything is in the processor's cache anyway. */
const WORTH_LOOKING = 10_000

/** Commands whose expiries count from the time they were executed. */
const RELATIVE = new Set(['EXPIRE', 'PEXPIRE', 'SETEX', 'PSETEX'])

interface Queued {
  command: Command | undefined
  words: Uint8Array[]
}

export class Replay {
  /** Records that were read, and those that were applied. */
  records = 0
  applied = 0
  private readonly call: Call
  private readonly table: CommandTable
  private readonly applies: (Apply | undefined)[]
  /** 1 for commands that are worth a word although they succeed, by index. */
  private readonly notable: Uint8Array
  private readonly options: ReplayOptions
  private readonly part: Part
  /** What is done now is done in every part: the first speaks of it. */
  private common = false
  /** Records of an open transaction, copied. */
  private queue: Queued[] | null = null

  constructor(
    call: Call,
    table: CommandTable,
    applies: ReadonlyMap<string, Apply>,
    options: ReplayOptions,
  ) {
    this.call = call
    this.table = table
    this.applies = table.commands.map(({name}) => applies.get(name))
    this.notable = Uint8Array.from(table.commands, ({name, flags}) =>
      flags.has('flush') || RELATIVE.has(name) ? 1 : 0,
    )
    this.options = options
    this.part = options.part ?? WHOLE
  }

  /** Replay one file from where the reader stands. Its compiled command table must be installed. @throws FormatError. */
  run(reader: AofReader, until: (reader: AofReader) => boolean = () => false): void {
    const {call, part, options} = this
    call.dbNumber = 0
    this.queue = null
    installTies(reader.c.kernel, part)
    installTies(call.keyspace.arena.kernel, part)
    const batch = reader.readPart(part.index, part.count)
    const before = this.records - reader.record
    for (let kind = reader.next(); kind !== 'end'; kind = reader.next()) {
      this.records = before + reader.record
      if (batch.keysEnd !== 0) this.lookAhead(reader, batch)
      if (until(reader)) break
      if (kind === 'annotation') continue
      if (reader.timestamp !== null) call.nowMs = reader.timestamp * 1000
      else call.nowMs = options.nowMs
      if (reader.isWhole) this.runWhole(reader)
      else this.runWords(reader, collectWords(reader))
    }
    this.records = before + reader.record
    this.common = true
    if (this.queue) this.trouble(reader, 'transaction', 'MULTI', 'a transaction that never ends')
    this.queue = null
  }

  /** A search waits for memory, and long: those of the next records wait together. */
  private lookAhead({c}: AofReader, batch: RecordBatch): void {
    const {db} = this.call
    if (db.size >= WORTH_LOOKING) db.touch(c.memory, BATCH_KEYS, batch.keysEnd)
    batch.keysEnd = 0
  }

  private runWhole(reader: AofReader): void {
    const {call} = this
    const {c, argc, command: index} = reader
    const command = index >= 0 ? this.table.commands[index] : this.table.find(reader.commandName())
    if (this.queue && !isControl(command)) {
      this.queue.push({command, words: copyWords(reader)})
      return
    }
    if (call.starts.length < argc) {
      call.starts = new Uint32Array(argc * 2)
      call.ends = new Uint32Array(argc * 2)
    }
    const {starts, ends} = call
    const {view} = c
    for (let i = 0, span = reader.spans; i < argc; i++, span += 8) {
      starts[i] = view.getUint32(span, true)
      ends[i] = view.getUint32(span + 4, true)
    }
    call.memory = c.memory
    call.argc = argc
    this.execute(reader, command, reader.sure)
  }

  private runWords(reader: AofReader, words: Uint8Array[]): void {
    const command = this.table.find(latin1(words[0]).toUpperCase())
    if (this.queue && !isControl(command)) this.queue.push({command, words})
    else this.executeWords(reader, command, words)
  }

  private executeWords(reader: AofReader, command: Command | undefined, words: Uint8Array[]): void {
    const {call} = this
    const memory = new Uint8Array(words.reduce((sum, {length}) => sum + length, 0))
    if (call.starts.length < words.length) {
      call.starts = new Uint32Array(words.length)
      call.ends = new Uint32Array(words.length)
    }
    let at = 0
    words.forEach((word, i) => {
      memory.set(word, at)
      call.starts[i] = at
      at += word.length
      call.ends[i] = at
    })
    call.memory = memory
    call.argc = words.length
    this.execute(reader, command, false)
  }

  /** The command whose arguments are in the call. `sure`: it is for this part, whatever it is. */
  private execute(reader: AofReader, command: Command | undefined, sure: boolean): void {
    const {call, part} = this
    this.common = !sure
    if (!command) return this.unknown(reader)
    const {name, index} = command
    if (!arityAllows(command.arity, call.argc)) {
      return this.trouble(reader, 'arity', name, 'a wrong number of arguments')
    }
    if (!sure && part.count > 1) {
      const share = shareOf(call, command, part)
      if (share === Share.NOTHING) return
      this.common = share === Share.COMMON
    }
    const apply = this.applies[index]
    if (!apply) return this.control(reader, command)
    if (this.notable[index] === 1) this.note(reader, command)
    try {
      apply(call)
      this.applied++
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      this.trouble(reader, 'failed', name, error.message)
    }
  }

  private note(reader: AofReader, {name, flags}: Command): void {
    if (flags.has('flush')) this.trouble(reader, 'flush', name, 'the data is emptied here')
    else if (reader.timestamp === null) {
      this.trouble(reader, 'relative-expiry', name, 'an expiry that counts from an unknown time')
    }
  }

  /** Commands that change nothing in the keyspace, or that steer the log. */
  private control(reader: AofReader, command: Command): void {
    const {flags, name} = command
    if (flags.has('select')) this.select(reader)
    else if (flags.has('multi')) {
      if (this.queue) this.trouble(reader, 'transaction', name, 'MULTI inside a transaction')
      else this.queue = []
    } else if (flags.has('exec')) this.exec(reader)
    else if (flags.has('discard')) {
      if (!this.queue) this.trouble(reader, 'transaction', name, 'DISCARD without MULTI')
      this.queue = null
    } else if (flags.has('script')) this.script(reader, name)
    else if (flags.has('write')) {
      this.trouble(reader, 'unknown', name, 'respite cannot apply this command')
    }
  }

  private exec(reader: AofReader): void {
    const {queue} = this
    this.queue = null
    if (!queue) return this.trouble(reader, 'transaction', 'EXEC', 'EXEC without MULTI')
    for (const {command, words} of queue) this.executeWords(reader, command, words)
  }

  private select(reader: AofReader): void {
    const {call} = this
    const text = call.text(1)
    const db = /^-?\d{1,10}$/.test(text) ? Number(text) : -1
    if (db >= 0 && db < call.databases) call.dbNumber = db
    else this.trouble(reader, 'select', 'SELECT', 'a database that is out of range')
  }

  private script(reader: AofReader, name: string): void {
    if (!/^(EVAL|FCALL)/.test(name)) return
    throw new ScriptInLog(name, reader.offset)
  }

  private unknown(reader: AofReader): void {
    const name = this.call.text(0).slice(0, 64).toUpperCase()
    const kind = isModuleCommand(name) ? 'module' : 'unknown'
    this.trouble(reader, kind, name, 'a command that is not known')
  }

  private trouble(reader: AofReader, kind: TroubleKind, command: string, detail: string): void {
    const {offset, record} = reader
    if (this.common && this.part.index > 0) return
    this.options.onTrouble({kind, offset, record, db: this.call.dbNumber, command, detail})
  }
}

const CONTROL = ['exec', 'discard', 'multi'] as const

/** Is this what a transaction does not queue? */
function isControl(command: Command | undefined): boolean {
  return command !== undefined && CONTROL.some((flag) => command.flags.has(flag))
}
