import {installCommands, isScript, letPass} from '../engine/commands/compile.ts'
import type {Command} from '../engine/commands/row.ts'
import {arityAllows} from '../engine/commands/row.ts'
import {type CommandTable, isModuleCommand} from '../engine/commands/table.ts'
import {AofReader} from '../formats/aof/reader.ts'
import {endOf, recoverAof, resumeState} from '../formats/aof/recover.ts'
import {isTimeAnnotation, Resync} from '../formats/aof/resync.ts'
import {LogState} from '../formats/aof/state.ts'
import type {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {upperCase} from '../formats/text.ts'
import type {AofContext, AofPart} from './check-aof-context.ts'
import {AofFindings} from './check-aof-findings.ts'
import type {CutReason} from './edit-reports.ts'
import type {LogCuts, Open, Span} from './log-cuts.ts'
import {refuseJoined, startOfDamage} from './log-damage.ts'

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
  /** Of a record before the current one, with none but records between them; -1 where there is none. */
  private previous = -1
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
    const {reader, context} = this
    const isFirst = reader.record === 0 || (this.damaged && this.segmentStart === this.c.offset)
    this.previous = isFirst ? -1 : reader.offset
    const ran = context.cuts?.isTorn ? 0 : reader.run(this.state)
    if (ran > 0) this.previous = reader.runOffset
    this.commands += ran
    const kind = reader.next()
    if (kind === 'end') return false
    if (kind === 'annotation') {
      this.firstTimestamp ??= reader.timestamp
      this.checkAnnotation()
    } else {
      const name = reader.commandName()
      // A big record counts only when all of it is right.
      reader.finish()
      if (this.context.cuts) refuseJoined(reader.deviation)
      this.checkCommand(name)
      this.commands++
    }
    if (reader.deviation) {
      this.findings.deviation(reader.deviation)
      const open = this.open(-1)
      const {passesCheckAof} = reader.deviation
      if (kind === 'command') this.context.cuts?.reframe(this.span, passesCheckAof, open?.offset)
    }
    return true
  }

  private checkAnnotation(): void {
    const {reader, c, context, state} = this
    const {cuts} = context
    if (cuts === undefined) return
    if (reader.deviation && c.atEnd()) return this.dropRecord('truncated')
    const begins = cuts.beginning(reader.offset)
    const isTime = isTimeAnnotation(c.memory, reader.annotationStart)
    if (begins === reader.offset || isTime) return
    cuts.gap({start: begins, end: c.offset}, 'damage', this.open(0), reader.record)
    state.lostStart = state.open
    state.open = false
  }

  /** Of the current record, once it has been read to its end. */
  private get span(): Span {
    return {start: this.reader.offset, end: this.c.offset}
  }

  /** The open transaction, with the current record or, with -1, without. */
  private open(more: 0 | -1 = 0): Open | null {
    const {state, reader} = this
    if (!state.open) return null
    return {offset: state.openOffset, commands: reader.record - state.openRecord + 1 + more}
  }

  private dropRecord(reason: CutReason): void {
    this.context.cuts?.drop(this.span, reason, this.open())
  }

  private checkCommand(name: string): void {
    const {reader, context} = this
    const command = context.table.find(name)
    if (command === undefined) {
      if (isModuleCommand(name)) this.countModule(name)
      else {
        this.markError()
        this.findings.unknownCommand(name)
        this.dropRecord('command')
      }
      return
    }
    this.counts[command.index]++
    if (!arityAllows(command.arity, reader.argc)) {
      this.markError()
      this.findings.wrongArity(name, command.arity)
      this.dropRecord('arity')
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
    this.dropRecord(arity === undefined ? 'command' : 'arity')
    if (arity === undefined) this.findings.unknownCommand(full)
    else this.findings.wrongArity(full, arity)
  }

  private follow({name, index, flags}: Command): void {
    const {reader, state, findings} = this
    if (flags.has('select')) this.select()
    else if (flags.has('multi')) {
      if (state.multi(reader.offset, reader.record)) return
      findings.nestedMulti()
      this.dropRecord('multi')
    } else if (flags.has('exec')) this.exec()
    else if (flags.has('discard')) {
      findings.discard()
      this.dropRecord('discard')
      this.endTorn()
    } else if (flags.has('flush')) findings.flush(name)
    else if (isScript(name)) {
      findings.script(name)
      letPass(this.c.memory, name, index)
    }
  }

  private exec(): void {
    const {reader, state, c, context} = this
    const {open, lostStart} = state
    if (this.endTorn()) return
    if (!state.exec()) {
      this.findings.strayExec()
      this.dropRecord('exec')
    } else if (!open && lostStart) context.cuts?.endLost(c.offset, reader.record, state.db)
  }

  /** The transaction of a record that has to go ends with the current one. */
  private endTorn(): boolean {
    const {cuts} = this.context
    const open = this.open()
    if (cuts === undefined || !cuts.isTorn || open === null) return false
    cuts.endTorn(this.c.offset, open.commands, this.state.db)
    this.state.open = false
    return true
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
    const {offset} = reader
    this.keptBytes += offset - this.segmentStart
    const damage = recoverAof(reader, this.resync, error, this.context)
    const found = damage.until >= 0
    this.findings.damage(error, damage)
    this.segmentStart = c.offset
    if (this.context.cuts) {
      const {nulBytes, inside, lineEnd} = damage
      const reason = nulBytes > 0 ? 'nul' : error.code === 'TRUNCATED' ? 'truncated' : 'damage'
      this.context.cuts.insideOffset = Math.max(inside, this.context.cuts.insideOffset)
      this.cut(
        this.context.cuts,
        {start: offset, end: found ? c.offset : endOf(c)},
        reason,
        lineEnd,
      )
    }
    if (found) resumeState(state)
    return found
  }

  /** What cannot be read has to go; `isLineEnd` says that it begins with CR LF, as if an argument ended there. */
  private cut(cuts: LogCuts, {start, end}: Span, reason: CutReason, isLineEnd: boolean): void {
    const {c, reader, context, previous} = this
    if (isLineEnd && cuts.widen({start, end}, reader.record)) return
    const earlier = cuts.beginning(start)
    const begins = earlier < start ? earlier : startOfDamage(c, context, previous, start)
    cuts.gap({start: begins, end}, reason, this.open(-1), reader.record)
  }

  private finish(): AofPart {
    const {c, reader, state, context} = this
    const endOffset = c.offset
    this.keptBytes += endOffset - this.segmentStart
    if (this.intactBytes < 0) this.intactBytes = state.open ? state.openOffset : endOffset
    const open = this.open(0)
    if (open) {
      this.findings.openTransaction(this.damaged)
      context.cuts?.openAtEnd(open, endOffset)
    }
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
