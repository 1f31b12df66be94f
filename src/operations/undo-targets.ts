/** Reads the logs of a chain and finds the commands that are to be taken out. Nothing is replayed. */
import {installCommands} from '../engine/commands/compile.ts'
import type {Command} from '../engine/commands/row.ts'
import type {CommandTable} from '../engine/commands/table.ts'
import {Exit, RespiteError} from '../errors.ts'
import {AofReader} from '../formats/aof/reader.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {detectHead} from '../io/detect.ts'
import {type Host, RECORDS} from '../io/host.ts'
import type {FileToLoad} from './load-dataset.ts'
import type {Span} from './log-cuts.ts'
import {quote} from './next-step.ts'
import {snapshotTime} from './snapshot-time.ts'
import type {Choice, Chooser, RecordPlace} from './undo-selection.ts'

/** A command that is to be taken out. */
export interface Target extends RecordPlace {
  /** Where the record ends. */
  end: number
  db: number
  command: string
  /** Offset of the MULTI of its transaction; null outside of one. */
  transaction: number | null
  /** What is written in its place: the same without some of its keys. */
  instead: Uint8Array | null
}

export interface TargetCut extends Span {
  /** What is written in its place. */
  instead: Uint8Array | null
}

/** One file of a chain. */
export interface TargetFile {
  file: FileToLoad
  /** Its size, unwrapped. */
  end: number
  /** What goes: records, and transactions that nothing is left of. Ascending. */
  cuts: TargetCut[]
  targets: Target[]
  /** Commands in it. */
  commands: number
  /** When its RDB was begun, in ms; null without one. */
  createdMs: number | null
  /** Commands that empty databases and stay. */
  otherFlushes: number
}

/** An open transaction. */
interface Open {
  offset: number
  /** Behind its MULTI. */
  start: number
  /** Commands in it that stay. */
  kept: number
  /** Targets of the file before it. */
  targets: number
}

/** So many commands are taken out at most. */
export const TARGETS_MAX = 1_000_000
const TELL_EVERY = 0x4000

/** @throws RespiteError where a log is damaged, or too much is asked for; InputError. */
export function findTargets(
  host: Host,
  files: readonly FileToLoad[],
  chooser: Chooser,
  table: CommandTable,
  input: string,
): TargetFile[] {
  let earlier = 0
  return files.map((file, fileIndex) => {
    const scan = new TargetScan(host, file, fileIndex, earlier, chooser, table)
    try {
      const found = scan.run()
      earlier += found.commands
      return found
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      const message = `${file.name}: offset ${error.offset}: ${error.message}`
      const next = `repair it first: respite repair ${quote(input)} -o OUT`
      throw new RespiteError(Exit.FOUND, error.code, message, next)
    }
  })
}

class TargetScan {
  private readonly host: Host
  private readonly file: FileToLoad
  private readonly fileIndex: number
  private readonly earlier: number
  private readonly chooser: Chooser
  private readonly table: CommandTable
  private readonly targets: Target[] = []
  private readonly cuts: TargetCut[] = []
  private open: Open | null = null
  private db = 0
  private otherFlushes = 0

  constructor(
    host: Host,
    file: FileToLoad,
    fileIndex: number,
    earlier: number,
    chooser: Chooser,
    table: CommandTable,
  ) {
    this.host = host
    this.file = file
    this.fileIndex = fileIndex
    this.earlier = earlier
    this.chooser = chooser
    this.table = table
  }

  run(): TargetFile {
    const {host, file, table} = this
    const feed = host.open(file.path, {crc: false})
    const {kind} = detectHead(feed.head)
    const c = new Cursor(host.kernel).open(feed)
    const createdMs = kind === 'rdb' ? snapshotTime(c) : null
    installCommands(table.compiled, c.memory)
    const reader = new AofReader(c)
    for (let step = reader.next(); step !== 'end'; step = reader.next()) {
      if (step === 'command') this.look(reader)
      if (reader.record % TELL_EVERY === 0) host.counters[RECORDS] += TELL_EVERY
    }
    if (this.open !== null) {
      throw new FormatError('AOF_MULTI', this.open.offset, 'a transaction that never ends')
    }
    const {targets, cuts, otherFlushes} = this
    const {record: commands} = reader
    return {file, end: c.offset, cuts, targets, commands, createdMs, otherFlushes}
  }

  private look(reader: AofReader): void {
    const {c, offset} = reader
    const command = this.commandOf(reader)
    const flags = command?.flags
    if (flags?.has('select')) this.db = Number(reader.isWhole ? reader.argText(1) : 0)
    const place = {
      fileIndex: this.fileIndex,
      offset,
      record: this.earlier + reader.record,
      fileRecord: reader.record,
      timestamp: reader.timestamp,
    }
    const choice = this.chooser.choose(reader, command, place)
    reader.finish()
    if (choice === 'stays' && flags?.has('flush')) this.otherFlushes++
    if (flags?.has('multi')) this.begin(offset, c.offset)
    else if (flags?.has('exec')) this.exec(c.offset)
    else if (flags?.has('discard')) this.discard()
    else if (choice === 'stays') this.keep()
    else this.add(choice, place, command, c.offset)
  }

  private commandOf(reader: AofReader): Command | undefined {
    const {table} = this
    if (!reader.isWhole) return table.find(reader.commandName())
    const index = reader.c.kernel.aofCommand(reader.argStart(0), reader.argEnd(0))
    return index >= 0 ? table.commands[index] : table.find(reader.commandName())
  }

  private begin(offset: number, start: number): void {
    this.open ??= {offset, start, kept: 0, targets: this.targets.length}
  }

  private keep(): void {
    if (this.open !== null) this.open.kept++
  }

  private add(choice: Choice, place: RecordPlace, command: Command | undefined, end: number): void {
    const {targets, db, open} = this
    const instead = choice instanceof Uint8Array ? choice : null
    if (instead !== null) this.keep()
    if (targets.length === TARGETS_MAX) {
      const message = `more than ${TARGETS_MAX} commands are to go`
      throw new RespiteError(
        Exit.LIMIT,
        'LIMIT',
        message,
        'narrow it down with --since and --until',
      )
    }
    const name = command?.name ?? 'unknown'
    const transaction = open === null ? null : open.offset
    targets.push({...place, end, db, command: name, transaction, instead})
    if (open === null) this.cut({start: place.offset, end, instead})
  }

  /** What a transaction loses is clear when it ends: all of it where nothing stays. */
  private exec(end: number): void {
    const {open, targets} = this
    this.open = null
    if (open === null || targets.length === open.targets) return
    if (open.kept === 0) return this.cut({start: open.offset, end, instead: null})
    for (const target of targets.slice(open.targets)) {
      this.cut({start: target.offset, end: target.end, instead: target.instead})
    }
  }

  /** What never happened cannot be undone. */
  private discard(): void {
    const {open, targets} = this
    if (open !== null) targets.length = open.targets
    this.open = null
  }

  private cut(cut: TargetCut): void {
    const last = this.cuts.at(-1)
    const isOne = last?.end === cut.start && last.instead === null && cut.instead === null
    if (isOne) last.end = cut.end
    else this.cuts.push(cut)
  }
}
