/** Reads the text of one append-only file for `log`, through damage, and hands over the commands that are wanted. */
import {installCommands, stopOnlyAt} from '../engine/commands/compile.ts'
import type {Command} from '../engine/commands/row.ts'
import {RecordArguments} from '../formats/aof/arguments.ts'
import {AofReader} from '../formats/aof/reader.ts'
import {recoverAof, resumeState} from '../formats/aof/recover.ts'
import {Resync} from '../formats/aof/resync.ts'
import {LogState} from '../formats/aof/state.ts'
import type {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {isPlausible} from './check-aof.ts'
import type {AofContext} from './check-aof-context.ts'
import {AofFindings} from './check-aof-findings.ts'
import type {LogFilter} from './log-filter.ts'

export interface LogTextContext extends AofContext {
  filter: LogFilter
  /** The last time that the files before this one gave, in seconds. */
  seconds: number | null
  /** The file may still grow: what is incomplete at its end is no damage. Set to false for the last look at it. */
  growing: boolean
  /** Instead, where all commands are wanted: takes plain records as long as there are any, without looking at each. */
  batches?(log: LogText): void
  /** A wanted command. Returns false when no more are. */
  command(log: LogText, command: Command | undefined): boolean
  /** Called now and then. */
  tick(log: LogText): void
}

/** `tick` is called after so many records, or a run. */
const TICK_RECORDS = 4096

export class LogText {
  readonly reader: AofReader
  readonly args = new RecordArguments()
  readonly state: LogState
  /** Of a file that grows, once it is read: where its next record begins. */
  resumeAt = 0
  /** The first time that this file gives. */
  firstSeconds: number | null = null
  private readonly context: LogTextContext
  private readonly resync: Resync
  private readonly findings: AofFindings
  /** Command tables for runs: one that stops where it may be wanted, and one that only follows the selected database. */
  private readonly wanted: Uint8Array | null
  private readonly others: Uint8Array
  private installed: Uint8Array | null = null
  private damaged = false

  constructor(c: Cursor, context: LogTextContext) {
    const {table, filter, databases, seconds} = context
    this.context = context
    this.reader = new AofReader(c)
    this.reader.timestamp = seconds
    this.state = new LogState(databases)
    this.resync = new Resync(c, (name, argc) => isPlausible(table, name, argc))
    this.findings = new AofFindings(context, this.reader, this.state)
    const names = filter.commands
    this.wanted = names && stopOnlyAt(table.compiled, (index) => names.has(nameOf(context, index)))
    const leads = filter.db === null ? new Set<string>() : LEADS_ELSEWHERE
    this.others = stopOnlyAt(table.compiled, (index) => leads.has(nameOf(context, index)))
    installCommands(table.compiled, c.memory)
  }

  /** Read to the end of what there is, from where the cursor stands. Returns false when no more is wanted. */
  read(): boolean {
    for (;;) {
      try {
        const more = this.step()
        if (more !== null) return more
      } catch (error) {
        if (!(error instanceof FormatError)) throw error
        if (this.context.growing && error.code === 'TRUNCATED') return this.waitAtRecord()
        if (this.recover(error)) continue
        this.resumeAt = this.reader.c.offset
        return true
      }
    }
  }

  /** Nothing more will come: say what is missing. */
  finish(): void {
    if (this.state.open) this.findings.openTransaction(this.damaged)
  }

  /** Null to go on. */
  private step(): boolean | null {
    const {reader, context} = this
    const table = this.tableForRuns()
    if (table !== null) {
      this.install(table)
      reader.run(this.state)
      context.tick(this)
    } else if (context.batches) {
      this.install(context.table.compiled)
      context.batches(this)
      context.tick(this)
    }
    const kind = reader.next()
    if (kind === 'end') {
      this.resumeAt = reader.c.offset
      return true
    }
    if (kind === 'annotation') {
      this.firstSeconds ??= reader.timestamp
      return null
    }
    if (reader.record % TICK_RECORDS === 0) context.tick(this)
    this.args.load(reader)
    const command = this.find()
    if (command !== undefined) this.follow(command)
    const {filter} = context
    if (!filter.takesTime(reader.timestamp)) return null
    if (!filter.takes(command, this.args, this.state.db)) return null
    return context.command(this, command) ? null : false
  }

  /** The table to run with as long as nothing else is selected; null where every record is to be looked at. */
  private tableForRuns(): Uint8Array | null {
    const {filter} = this.context
    if (!filter.takesTime(this.reader.timestamp)) return this.others
    if (filter.db !== null && filter.db !== this.state.db) return this.others
    return this.wanted
  }

  private install(table: Uint8Array): void {
    if (this.installed === table) return
    this.installed = table
    installCommands(table, this.reader.c.memory)
  }

  private find(): Command | undefined {
    const {reader, args, context} = this
    if (!reader.isWhole) return context.table.find(args.text(0).toUpperCase())
    const index = reader.c.kernel.aofCommand(reader.argStart(0), reader.argEnd(0))
    return index < 0 ? undefined : context.table.commands[index]
  }

  private follow({flags}: Command): void {
    const {reader, state, args} = this
    if (flags.has('multi')) state.multi(reader.offset, reader.record)
    else if (flags.has('exec')) state.exec()
    else if (flags.has('select') && args.argc > 1) {
      const text = args.text(1)
      const db = /^\d{1,9}$/.test(text) ? Number(text) : -1
      if (db >= 0 && db < state.databases) state.db = db
    }
  }

  private waitAtRecord(): boolean {
    const {reader} = this
    reader.abandon()
    reader.record--
    this.resumeAt = reader.offset
    return true
  }

  private recover(error: FormatError): boolean {
    const damage = recoverAof(this.reader, this.resync, error, this.context)
    this.findings.damage(error, damage)
    this.damaged = true
    if (damage.until < 0) return false
    resumeState(this.state)
    return true
  }
}

/** What may act on another database than the selected one, or select another. */
const LEADS_ELSEWHERE: ReadonlySet<string> = new Set([
  'SELECT',
  'SWAPDB',
  'MOVE',
  'COPY',
  'FLUSHALL',
])

function nameOf({table}: LogTextContext, index: number): string {
  return table.commands[index].name
}
