/**
 * Replays the text of append-only files, as a server's loader does: every file starts in database 0, nothing expires by
 * itself, a command that fails changes nothing and does not stop, a transaction applies whole or, when it never ends, not at
 * all. Source: loadSingleAppendOnlyFile() in aof.c.
 */
import {copyArguments} from '../formats/aof/arguments.ts'
import type {AofReader} from '../formats/aof/reader.ts'
import {SCRATCH, SPANS} from '../formats/kernel/layout.ts'
import {type Apply, type Call, CommandError} from './call.ts'
import {arityAllows, type Command} from './commands/row.ts'
import {type CommandTable, isModuleCommand} from './commands/table.ts'

/** What replay did not do, or did with a doubt. */
export type TroubleKind =
  | 'failed'
  | 'unknown'
  | 'unsupported'
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

/** Where a record stands in its file, and the last time annotation before it. */
export type RecordPlace = Pick<AofReader, 'offset' | 'bytes' | 'record' | 'timestamp'>

/** Sees commands as they are applied; those of a transaction when it is executed. Their arguments are in the call. */
export interface ReplayObserver {
  /** Returns whether `after` is to be called too. */
  before(call: Call, command: Command, place: RecordPlace): boolean
  after(call: Call, command: Command, place: RecordPlace): void
}

export interface ReplayOptions {
  observer?: ReplayObserver
  /** Time that relative expiries count from where the log has no #TS, in ms. */
  nowMs: number
  onTrouble(trouble: Trouble): void
}

/** Records whose keys are looked for at a time; their bytes, 256 each at most, fit TOUCH_BYTES and the scratch area. */
const LOOK_AHEAD = 32
const KEYS_AT = 0x1000
/** Below this everything is in the processor's cache anyway. */
const WORTH_LOOKING = 10_000

/** Commands whose expiries count from the time they were executed. */
export const COUNTS_FROM_NOW: ReadonlySet<string> = new Set([
  'EXPIRE',
  'PEXPIRE',
  'SETEX',
  'PSETEX',
])

interface Queued {
  command: Command | undefined
  words: Uint8Array[]
  place: RecordPlace
}

export class Replay {
  /** Records that were read, and those that were applied. */
  records = 0
  applied = 0
  private readonly call: Call
  private readonly table: CommandTable
  private readonly applies: (Apply | undefined)[]
  private readonly options: ReplayOptions
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
    this.options = options
  }

  /**
   * Replay one file from where the reader stands. Its compiled command table must be installed. `until` is asked before every
   * record is read, and may look at the keyspace: a transaction that is open then has changed nothing. @throws FormatError.
   */
  run(reader: AofReader, until: (reader: AofReader) => boolean = () => false): void {
    this.call.dbNumber = 0
    this.queue = null
    for (let ahead = 0; ; ahead--) {
      if (ahead === 0) {
        this.lookAhead(reader)
        ahead = LOOK_AHEAD
      }
      if (until(reader)) {
        this.queue = null
        break
      }
      const kind = reader.next()
      if (kind === 'end') break
      if (kind === 'annotation') continue
      this.records++
      if (reader.timestamp !== null) this.call.nowMs = reader.timestamp * 1000
      else this.call.nowMs = this.options.nowMs
      if (reader.isWhole) this.runWhole(reader)
      else this.runWords(reader, copyArguments(reader))
    }
    if (this.queue) this.trouble(reader, 'transaction', 'MULTI', 'a transaction that never ends')
    this.queue = null
  }

  /** A search waits for memory, and long: those of the next records wait together. */
  private lookAhead({c}: AofReader): void {
    if (this.call.db.size < WORTH_LOOKING) return
    const end = c.kernel.aofKeys(c.next, c.limit, LOOK_AHEAD, SCRATCH + KEYS_AT)
    this.call.db.touch(c.memory, SCRATCH + KEYS_AT, end)
  }

  private runWhole(reader: AofReader): void {
    const {call} = this
    const {c} = reader
    const index = c.kernel.aofCommand(reader.argStart(0), reader.argEnd(0))
    const command = index >= 0 ? this.table.commands[index] : this.table.find(reader.commandName())
    if (this.queue && !isControl(command)) {
      this.queue.push({command, words: copyWords(reader), place: placeOf(reader)})
      return
    }
    const {argc} = reader
    if (call.starts.length < argc) {
      call.starts = new Uint32Array(argc * 2)
      call.ends = new Uint32Array(argc * 2)
    }
    const {view} = c
    for (let i = 0, span = SPANS; i < argc; i++, span += 8) {
      call.starts[i] = view.getUint32(span, true)
      call.ends[i] = view.getUint32(span + 4, true)
    }
    call.memory = c.memory
    call.argc = argc
    this.execute(reader, command)
  }

  private runWords(reader: AofReader, words: Uint8Array[]): void {
    const command = this.table.find(latin1(words[0]).toUpperCase())
    if (this.queue && !isControl(command)) this.queue.push({command, words, place: placeOf(reader)})
    else this.executeWords(reader, command, words)
  }

  private executeWords(
    place: RecordPlace,
    command: Command | undefined,
    words: Uint8Array[],
  ): void {
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
    this.execute(place, command)
  }

  /** The command whose arguments are in the call. */
  private execute(place: RecordPlace, command: Command | undefined): void {
    const {call} = this
    if (!command) return this.unknown(place)
    const {name} = command
    if (!arityAllows(command.arity, call.argc)) {
      return this.trouble(place, 'arity', name, 'a wrong number of arguments')
    }
    const apply = this.applies[command.index]
    if (!apply) return this.control(place, command)
    if (command.flags.has('flush')) this.trouble(place, 'flush', name, 'the data is emptied here')
    else if (COUNTS_FROM_NOW.has(name) && place.timestamp === null) {
      this.trouble(place, 'relative-expiry', name, 'an expiry that counts from an unknown time')
    }
    const {observer} = this.options
    if (observer) this.observed(place, command, apply, observer)
    else this.apply(place, command, apply)
  }

  private apply(place: RecordPlace, {name}: Command, apply: Apply): void {
    try {
      apply(this.call)
      this.applied++
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      this.trouble(place, 'failed', name, error.message)
    }
  }

  private observed(
    place: RecordPlace,
    command: Command,
    apply: Apply,
    observer: ReplayObserver,
  ): void {
    const {call} = this
    const wanted = observer.before(call, command, place)
    this.apply(place, command, apply)
    if (wanted) observer.after(call, command, place)
  }

  /** Commands that change nothing in the keyspace, or that steer the log. */
  private control(place: RecordPlace, command: Command): void {
    const {flags, name} = command
    if (flags.has('select')) this.select(place)
    else if (flags.has('multi')) {
      if (this.queue) this.trouble(place, 'transaction', name, 'MULTI inside a transaction')
      else this.queue = []
    } else if (flags.has('exec')) this.exec(place)
    else if (flags.has('discard')) {
      if (!this.queue) this.trouble(place, 'transaction', name, 'DISCARD without MULTI')
      this.queue = null
    } else if (flags.has('script')) this.script(place, name)
    else if (flags.has('write')) {
      this.trouble(place, 'unsupported', name, 'respite cannot apply this command')
    }
  }

  private exec(place: RecordPlace): void {
    const {queue} = this
    this.queue = null
    if (!queue) return this.trouble(place, 'transaction', 'EXEC', 'EXEC without MULTI')
    for (const {command, words, place} of queue) this.executeWords(place, command, words)
  }

  private select(place: RecordPlace): void {
    const {call} = this
    const text = call.text(1)
    const db = /^-?\d{1,10}$/.test(text) ? Number(text) : -1
    if (db >= 0 && db < call.databases) call.dbNumber = db
    else this.trouble(place, 'select', 'SELECT', 'a database that is out of range')
  }

  private script(place: RecordPlace, name: string): void {
    if (!/^(EVAL|FCALL)/.test(name)) return
    throw new ScriptInLog(name, place.offset)
  }

  private unknown(place: RecordPlace): void {
    const name = this.call.text(0).slice(0, 64).toUpperCase()
    const kind = isModuleCommand(name) ? 'module' : 'unknown'
    this.trouble(place, kind, name, 'a command that is not known')
  }

  private trouble(place: RecordPlace, kind: TroubleKind, command: string, detail: string): void {
    const {offset, record} = place
    this.options.onTrouble({kind, offset, record, db: this.call.dbNumber, command, detail})
  }
}

const CONTROL = ['exec', 'discard', 'multi'] as const

/** The reader has gone on by the time a transaction is executed. */
function placeOf({offset, bytes, record, timestamp}: AofReader): RecordPlace {
  return {offset, bytes, record, timestamp}
}

/** Is this what a transaction does not queue? */
function isControl(command: Command | undefined): boolean {
  return command !== undefined && CONTROL.some((flag) => command.flags.has(flag))
}

function copyWords(reader: AofReader): Uint8Array[] {
  const {memory} = reader.c
  return Array.from({length: reader.argc}, (_, i) =>
    memory.slice(reader.argStart(i), reader.argEnd(i)),
  )
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 64))
}
