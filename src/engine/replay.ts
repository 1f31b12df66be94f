/**
 * Replays the text of append-only files, as a server's loader does: every file starts in database 0, nothing expires by
 * itself, a command that fails changes nothing and does not stop, a transaction applies whole or, when it never ends, not at
 * all. Source: loadSingleAppendOnlyFile() in aof.c.
 */
import {copyArguments} from '../formats/aof/arguments.ts'
import type {RecordBatch} from '../formats/aof/batch.ts'
import type {AofReader} from '../formats/aof/reader.ts'
import {BATCH_KEYS} from '../formats/kernel/layout.ts'
import {text} from '../formats/text.ts'
import {type Apply, type Call, CommandError} from './call.ts'
import {takeSpans, takeWords} from './call-arguments.ts'
import {arityAllows, type Command} from './commands/row.ts'
import {type CommandTable, isModuleCommand} from './commands/table.ts'
import {installTies, type Part, Share, shareOf, WHOLE} from './part.ts'
import type {RecordPlace, ReplayObserver} from './replay-observer.ts'
import {Transaction} from './transaction.ts'

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

export interface ReplayOptions {
  observer?: ReplayObserver
  /** Time that relative expiries count from where the log has no #TS, in ms. */
  nowMs: number
  onTrouble(trouble: Trouble): void
  /** Of which part of the dataset; of all of it unless given. */
  part?: Part
}

/** Below this everything is in the processor's cache anyway. */
const WORTH_LOOKING = 10_000

/** Commands whose expiries count from the time they were executed. */
export const COUNTS_FROM_NOW: ReadonlySet<string> = new Set([
  'EXPIRE',
  'PEXPIRE',
  'SETEX',
  'PSETEX',
])

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
  private readonly transaction = new Transaction()
  /** How far up records of the batch lie in the engine's memory from where they are in the window; 0: they are only there. */
  private shift = 0

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
      flags.has('flush') || COUNTS_FROM_NOW.has(name) ? 1 : 0,
    )
    this.options = options
    this.part = options.part ?? WHOLE
  }

  /**
   * Replay one file from where the reader stands. Its compiled command table must be installed. `until` is asked before every
   * record is read, of those that the part sees, and may look at the keyspace: a transaction that is open then has changed
   * nothing. @throws FormatError.
   */
  run(reader: AofReader, until: (reader: AofReader) => boolean = () => false): void {
    const {call, part, options} = this
    call.dbNumber = 0
    this.transaction.close()
    installTies(reader.c.kernel, part)
    installTies(call.keyspace.arena.kernel, part)
    const batch = reader.readPart(part.index, part.count)
    const before = this.records - reader.record
    while (!until(reader)) {
      const kind = reader.next()
      this.records = before + reader.record
      if (kind === 'end') return this.end(reader)
      if (batch.keysEnd !== 0) this.lookAhead(reader, batch)
      if (kind === 'annotation') continue
      if (reader.timestamp !== null) call.nowMs = reader.timestamp * 1000
      else call.nowMs = options.nowMs
      if (reader.isWhole) this.runWhole(reader)
      else this.runWords(reader, copyArguments(reader))
    }
    this.transaction.close()
  }

  private end(reader: AofReader): void {
    this.common = true
    if (this.transaction.isOpen) {
      this.trouble(reader, 'transaction', 'MULTI', 'a transaction that never ends')
    }
    this.transaction.close()
  }

  /**
   * A search waits for memory, and long: those of the next records wait together. And all their arguments are copied at once to where
   * kernels can see them.
   */
  private lookAhead({c}: AofReader, batch: RecordBatch): void {
    const {db, keyspace} = this.call
    if (db.size >= WORTH_LOOKING) db.touch(c.memory, BATCH_KEYS, batch.keysEnd)
    this.shift = keyspace.stageBatch(c.memory, batch.start, batch.batchEnd)
    batch.keysEnd = 0
  }

  private runWhole(reader: AofReader): void {
    const {call, shift, table} = this
    const {command: index} = reader
    const command = index >= 0 ? table.commands[index] : table.find(reader.commandName())
    if (index < 0 || shift === 0) takeSpans(call, reader, reader.c.memory, 0)
    else takeSpans(call, reader, call.keyspace.arena.memory, shift)
    this.take(reader, command, reader.sure)
  }

  private runWords(reader: AofReader, words: Uint8Array[]): void {
    takeWords(this.call, words)
    this.take(reader, this.table.find(text(words[0].subarray(0, 64)).toUpperCase()), false)
  }

  /** What comes from the log: it is executed now, or when its transaction is. */
  private take(place: RecordPlace, command: Command | undefined, sure: boolean): void {
    const {transaction, call} = this
    if (transaction.isOpen && !isControl(command)) transaction.add(call, command, sure, place)
    else this.execute(place, command, sure)
  }

  /** The command whose arguments are in the call. `sure`: it is for this part, whatever it is. */
  private execute(place: RecordPlace, command: Command | undefined, sure: boolean): void {
    const {call, part} = this
    this.common = !sure
    if (!command) return this.unknown(place)
    if (!arityAllows(command.arity, call.argc)) {
      return this.trouble(place, 'arity', command.name, 'a wrong number of arguments')
    }
    if (!sure && part.count > 1) {
      const share = shareOf(call, command, part)
      if (share === Share.NOTHING) return
      this.common = share === Share.COMMON
    }
    const apply = this.applies[command.index]
    if (!apply) return this.control(place, command)
    if (this.notable[command.index] === 1) this.note(place, command)
    const {observer} = this.options
    if (observer) this.observed(place, command, apply, observer)
    else this.apply(place, command, apply)
  }

  private note(place: RecordPlace, {name, flags}: Command): void {
    if (flags.has('flush')) this.trouble(place, 'flush', name, 'the data is emptied here')
    else if (place.timestamp === null) {
      this.trouble(place, 'relative-expiry', name, 'an expiry that counts from an unknown time')
    }
  }

  /** Returns whether it did not fail. */
  private apply(place: RecordPlace, {name}: Command, apply: Apply): boolean {
    try {
      apply(this.call)
      this.applied++
      return true
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      this.trouble(place, 'failed', name, error.message)
      return false
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
    const applied = this.apply(place, command, apply)
    if (wanted) observer.after(call, command, place, applied)
  }

  /** Commands that change nothing in the keyspace, or that steer the log. */
  private control(place: RecordPlace, command: Command): void {
    const {transaction} = this
    const {flags, name} = command
    if (flags.has('select')) this.select(place)
    else if (flags.has('multi')) {
      if (!transaction.isOpen) transaction.open(place.offset)
      else this.trouble(place, 'transaction', name, 'MULTI inside a transaction')
    } else if (flags.has('exec')) this.exec(place)
    else if (flags.has('discard')) {
      if (!transaction.isOpen) this.trouble(place, 'transaction', name, 'DISCARD without MULTI')
      transaction.close()
    } else if (flags.has('script')) this.script(place, name)
    else if (flags.has('write')) {
      this.trouble(place, 'unsupported', name, 'respite cannot apply this command')
    }
  }

  private exec(place: RecordPlace): void {
    const {transaction, call} = this
    if (!transaction.isOpen) return this.trouble(place, 'transaction', 'EXEC', 'EXEC without MULTI')
    transaction.execute(call, (...queued) => this.execute(...queued))
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
    if (this.common && this.part.index > 0) return
    const {offset, record} = place
    this.options.onTrouble({kind, offset, record, db: this.call.dbNumber, command, detail})
  }
}

const CONTROL = ['exec', 'discard', 'multi'] as const

/** Is this what a transaction does not queue? */
function isControl(command: Command | undefined): boolean {
  return command !== undefined && CONTROL.some((flag) => command.flags.has(flag))
}
