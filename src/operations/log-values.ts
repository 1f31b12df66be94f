/** The life of one key: the commands of a log that touch it, each with its value before and after, by replaying on the engine. */
import type {Call} from '../engine/call.ts'
import type {Command} from '../engine/commands/row.ts'
import type {CommandTable} from '../engine/commands/table.ts'
import type {Keyspace} from '../engine/keyspace.ts'
import {ScriptInLog} from '../engine/replay.ts'
import type {RecordPlace} from '../engine/replay-observer.ts'
import {FormatError} from '../formats/errors.ts'
import type {Host} from '../io/host.ts'
import {DatasetLoader} from './load-dataset.ts'
import {type FileToRead, reportRole} from './log-files.ts'
import {type FilterArguments, type LogFilter, reaches} from './log-filter.ts'
import type {LogRows} from './log-rows.ts'
import type {ReportBuilder} from './report-builder.ts'
import type {FileReport, ShortValue} from './reports.ts'
import {shortValue} from './short-value.ts'

export interface KeyHistory {
  host: Host
  files: readonly FileToRead[]
  key: Uint8Array
  table: CommandTable
  databases: number
  filter: LogFilter
  rows: LogRows
  builder: ReportBuilder
  maxArg: number
  /** At most so many commands. */
  limit: number
}

export interface HistoryCounts {
  commands: number
  listed: number
  firstSeconds: number | null
  lastSeconds: number | null
  /** An RDB part was loaded. */
  hasBase: boolean
}

/** As many as were asked for were listed. */
class Enough extends Error {}

/** List the commands that touch the key. What the replay cannot come through is a finding, and the end. */
export function listKeyHistory(history: KeyHistory): HistoryCounts {
  const {host, files, table, databases, rows, builder} = history
  const watch = new KeyWatch(history)
  const loader = new DatasetLoader(host, {
    table,
    databases,
    onTrouble: () => {},
    onBase: (keys) => watch.base(keys),
    observer: watch,
  })
  watch.keyspace = loader.keyspace
  for (const {path, name, role} of files) {
    const told = builder.report.findings.length
    watch.begin(builder.addFile(name, reportRole(role), 0, path))
    try {
      loader.load({path, name})
    } catch (error) {
      if (error instanceof Enough) break
      if (error instanceof ScriptInLog) {
        const meaning = 'What a script does is known only by running it, on a server.'
        const place = {file: name, offset: error.offset}
        builder.add('UNSUPPORTED', error.message, place, {severity: 'error', meaning})
      } else if (error instanceof FormatError) builder.addError(error, {file: name})
      else throw error
      for (const finding of builder.report.findings.slice(told)) {
        rows.note({type: 'finding', ...finding})
      }
      break
    }
    watch.end(loader.commands)
  }
  const {listed, firstSeconds, lastSeconds, hasBase} = watch
  return {commands: loader.commands, listed, firstSeconds, lastSeconds, hasBase}
}

class KeyWatch {
  keyspace!: Keyspace
  listed = 0
  hasBase = false
  firstSeconds: number | null = null
  lastSeconds: number | null = null
  private readonly history: KeyHistory
  private commandsBefore = 0
  private ordinal = -1
  private file: FileReport | null = null
  private told = false
  private readonly values: ShortValue[] = []

  constructor(history: KeyHistory) {
    this.history = history
  }

  begin(file: FileReport): void {
    this.ordinal++
    this.file = file
    this.told = false
  }

  /** A file is read; there were so many commands up to here. */
  end(commands: number): void {
    if (this.file) this.file.commands = commands - this.commandsBefore
    this.commandsBefore = commands
  }

  /** The RDB part of a file is loaded. */
  base(baseKeys: number): void {
    this.hasBase = true
    if (this.file) this.file.keys = baseKeys
    this.tellFile(baseKeys)
    const values = this.look()
    if (values.length > 0) this.history.rows.note({type: 'base', file: this.file?.file, values})
  }

  before(call: Call, command: Command, place: RecordPlace): boolean {
    const {filter} = this.history
    const {dbNumber} = call
    this.firstSeconds ??= place.timestamp
    this.lastSeconds = place.timestamp ?? this.lastSeconds
    if (!filter.takesTime(this.lastSeconds)) return false
    if (!filter.takes(command, argumentsOf(call), dbNumber)) return false
    this.values.splice(0, Number.POSITIVE_INFINITY, ...this.look())
    return true
  }

  after(call: Call, command: Command, place: RecordPlace): void {
    const {rows, limit} = this.history
    this.tellFile(null)
    const args = argumentsOf(call)
    const after = this.look()
    const shown = (values: readonly ShortValue[], others: readonly ShortValue[]) =>
      values.filter((value) => {
        if (value.db === call.dbNumber || reaches(command, args, value.db)) return true
        return JSON.stringify(value) !== JSON.stringify(others.find(({db}) => db === value.db))
      })
    rows.command(
      {
        file: this.ordinal,
        offset: place.offset,
        bytes: place.bytes,
        number: this.commandsBefore + place.record,
        record: place.record,
        seconds: this.lastSeconds,
        db: call.dbNumber,
      },
      args,
      {before: shown(this.values, after), after: shown(after, this.values)},
    )
    if (++this.listed >= limit) throw new Enough()
  }

  /** The key in every database that has it. */
  private look(): ShortValue[] {
    const {keyspace, history} = this
    const {key, maxArg} = history
    const values: ShortValue[] = []
    for (const number of keyspace.numbers()) {
      const db = keyspace.database(number)
      const entry = db.find(key, 0, key.length)
      if (entry !== 0) values.push(shortValue(db, number, entry, maxArg))
    }
    return values
  }

  private tellFile(baseKeys: number | null): void {
    if (this.told) return
    this.told = true
    const {file} = this
    this.history.rows.note({type: 'file', file: file?.file, role: file?.role, baseKeys})
  }
}

function argumentsOf(call: Call): FilterArguments {
  return {
    argc: call.argc,
    memory: call.memory,
    start: (i) => call.starts[i],
    end: (i) => call.ends[i],
    length: (i) => call.length(i),
    is: (i, word) => call.is(i, word),
    text: (i) => call.text(i),
  }
}
