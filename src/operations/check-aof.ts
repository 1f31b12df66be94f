import {installCommands, isScript, letPass} from '../engine/commands/compile.ts'
import type {Command} from '../engine/commands/row.ts'
import {arityAllows} from '../engine/commands/row.ts'
import {type CommandTable, isModuleCommand} from '../engine/commands/table.ts'
import {AofReader, upperCase} from '../formats/aof/reader.ts'
import {recoverAof, resumeState} from '../formats/aof/recover.ts'
import {Resync} from '../formats/aof/resync.ts'
import {LogState} from '../formats/aof/state.ts'
import type {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import type {AofContext, AofPart} from './check-aof-context.ts'
import {AofFindings} from './check-aof-findings.ts'

/** Read the text of one append-only file to its end, through damage. Bad input is a finding. */
export function checkAofStream(c: Cursor, context: AofContext): AofPart {
  return new AofCheck(c, context).run()
}

/** Names are the input's: so many are counted, and there is room for them in the kernel's table. */
const MODULE_NAMES_MAX = 200

class AofCheck {
  private readonly c: Cursor
  private readonly context: AofContext
  private readonly reader: AofReader
  private readonly state: LogState
  private readonly resync: Resync
  private readonly findings: AofFindings
  private readonly counts = new Float64Array(1024)
  /** Module commands seen, counted behind those of the table. */
  private readonly modules = new Map<string, number>()
  private commands = 0
  private intactBytes = -1
  private damaged = false
  private keptBytes = 0
  /** Where the stretch of intact records began. */
  private segmentStart: number
  private firstTimestamp: number | null = null

  constructor(c: Cursor, context: AofContext) {
    this.c = c
    this.context = context
    this.reader = new AofReader(c)
    this.state = new LogState(context.databases)
    this.resync = new Resync(c, (name, argc) => isPlausible(context.table, name, argc))
    this.findings = new AofFindings(context, this.reader, this.state)
    this.segmentStart = c.offset
    installCommands(context.table.compiled, c.memory)
  }

  run(): AofPart {
    for (let more = true; more; ) {
      try {
        more = this.step()
      } catch (error) {
        if (!(error instanceof FormatError)) throw error
        more = this.recover(error)
      }
    }
    return this.finish()
  }

  /** A run of plain records and the record that ended it. Returns false at the end. */
  private step(): boolean {
    const {reader} = this
    this.commands += reader.run(this.state)
    const kind = reader.next()
    if (kind === 'end') return false
    if (kind === 'annotation') {
      this.firstTimestamp ??= reader.timestamp
    } else {
      const name = reader.commandName()
      // A big record counts only when all of it is right.
      reader.finish()
      this.checkCommand(name)
      this.commands++
    }
    if (reader.deviation) this.findings.deviation(reader.deviation)
    return true
  }

  private checkCommand(name: string): void {
    const {reader, context} = this
    const command = context.table.find(name)
    if (command === undefined) {
      if (isModuleCommand(name)) this.countModule(name)
      else {
        this.markError()
        this.findings.unknownCommand(name)
      }
      return
    }
    this.counts[command.index]++
    if (!arityAllows(command.arity, reader.argc)) {
      this.markError()
      this.findings.wrongArity(name, command.arity)
    } else if (command.subcommands !== null) this.checkSubcommand(command)
    else this.follow(command)
  }

  /** From now on runs count it. Its arity is not known. */
  private countModule(name: string): void {
    this.findings.moduleCommand(name)
    let index = this.modules.get(name)
    if (index === undefined) {
      if (this.modules.size === MODULE_NAMES_MAX) return
      index = this.context.table.commands.length + this.modules.size
      this.modules.set(name, index)
      letPass(this.c.memory, name, index)
    }
    this.counts[index]++
  }

  private checkSubcommand(command: Command): void {
    const {reader} = this
    if (!reader.isWhole || reader.argc < 2) return
    const name = upperCase(reader.argText(1))
    const arity = command.subcommands?.get(name)
    const full = `${command.name} ${name}`
    if (arity !== undefined && arityAllows(arity, reader.argc)) return
    this.markError()
    if (arity === undefined) this.findings.unknownCommand(full)
    else this.findings.wrongArity(full, arity)
  }

  private follow({name, index, flags}: Command): void {
    const {reader, state, findings} = this
    if (flags.has('select')) this.select()
    else if (flags.has('multi')) {
      if (!state.multi(reader.offset, reader.record)) findings.nestedMulti()
    } else if (flags.has('exec')) {
      if (!state.exec()) findings.strayExec()
    } else if (flags.has('discard')) findings.discard()
    else if (flags.has('flush')) findings.flush(name)
    else if (isScript(name)) {
      findings.script(name)
      letPass(this.c.memory, name, index)
    }
  }

  private select(): void {
    const {reader, state} = this
    const text = reader.isWhole ? reader.argText(1, 20) : ''
    const db = /^-?\d{1,15}$/.test(text) ? Number(text) : -1
    if (db >= 0 && db < state.databases) state.db = db
    else {
      this.markError()
      this.findings.selectOutOfRange(db)
    }
  }

  /** What came before the current command is intact; a transaction that it is in counts as a whole. */
  private markError(): void {
    const {state, reader} = this
    if (this.intactBytes < 0) this.intactBytes = state.open ? state.openOffset : reader.offset
  }

  /** After damage: report it, and go on at the next record. Returns false when there is none. */
  private recover(error: FormatError): boolean {
    const {reader, state, c} = this
    this.markError()
    this.damaged = true
    this.keptBytes += reader.offset - this.segmentStart
    const damage = recoverAof(reader, this.resync, error, this.context.rewind)
    this.findings.damage(error, damage)
    this.segmentStart = c.offset
    if (damage.until < 0) return false
    resumeState(state)
    return true
  }

  private finish(): AofPart {
    const {c, reader, state, context} = this
    const endOffset = c.offset
    this.keptBytes += endOffset - this.segmentStart
    if (this.intactBytes < 0) this.intactBytes = state.open ? state.openOffset : endOffset
    if (state.open) this.findings.openTransaction(this.damaged)
    reader.takeCounts(this.counts)
    const commandCounts: Record<string, number> = {}
    const names = [...context.table.commands.map(({name}) => name), ...this.modules.keys()]
    names.forEach((name, index) => {
      if (this.counts[index] > 0) commandCounts[name] = this.counts[index]
    })
    this.findings.finish(commandCounts)
    const {commands, intactBytes, keptBytes, firstTimestamp} = this
    return {
      commands,
      intactBytes,
      keptBytes,
      endOffset,
      commandCounts,
      firstTimestamp,
      lastTimestamp: reader.timestamp,
    }
  }
}

/** Would a server have logged this? Module commands have any arity. */
export function isPlausible(table: CommandTable, name: string, argc: number): boolean {
  const command = table.find(name)
  return command === undefined ? isModuleCommand(name) : arityAllows(command.arity, argc)
}
