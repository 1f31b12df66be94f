/** `respite log`: the commands of an append-only file or set, one by one, with where and when they were written. */
import type {Command} from '../engine/commands/row.ts'
import {CommandTable, DEFAULT_COMMANDS} from '../engine/commands/table.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {detectHead} from '../io/detect.ts'
import {type Host, RECORDS} from '../io/host.ts'
import type {ServerConfig} from '../io/layout/config.ts'
import {readConfigFile} from '../io/layout/config-file.ts'
import {checkRdb} from './check-rdb.ts'
import {type FileToRead, logFiles, reportRole} from './log-files.ts'
import {LogFilter} from './log-filter.ts'
import {LogFollower} from './log-follow.ts'
import {LogNotes} from './log-notes.ts'
import type {LogOptions} from './log-options.ts'
import {logReport, notALog} from './log-report.ts'
import {LogRows} from './log-rows.ts'
import {LogStats} from './log-stats.ts'
import {LogText, type LogTextContext} from './log-text.ts'
import {listKeyHistory} from './log-values.ts'
import {ReportBuilder} from './report-builder.ts'
import type {FileReport, InputKind, LogReport} from './reports.ts'

const DEFAULT_DATABASES = 16
const MAX_ARG = 64
const MAX_ARGS = 1000
/** How often a file that is followed is looked at. */
const POLL_MS = 200
/** What was found is emitted after so many bytes of input, however little it is. */
const FLUSH_BYTES = 0x400000

/** List the commands of the first of `inputs`: a path, or `-`. @throws InputError; RespiteError NOT_A_LOG for an RDB. */
export function log(host: Host, inputs: readonly string[], options: LogOptions = {}): LogReport {
  return new Log(host, inputs[0], options).run()
}

class Log {
  private readonly host: Host
  private readonly input: string
  private readonly options: LogOptions
  private readonly config: ServerConfig | null
  private readonly table: CommandTable
  private readonly filter: LogFilter
  private readonly builder: ReportBuilder
  private readonly rows: LogRows
  private readonly notes: LogNotes
  private readonly cursor: Cursor
  private readonly stats: LogStats | null
  private left: number
  private listed = 0
  /** Of the files before this one. */
  private commandsBefore = 0
  private seconds: number | null = null
  private firstSeconds: number | null = null
  private flushedAt = 0
  private follower: LogFollower | null = null
  /** Files in which the log goes on behind the one that is followed. */
  private next: FileToRead[] = []

  constructor(host: Host, input: string, options: LogOptions) {
    const {config, limit, tail = null, maxArg = MAX_ARG, maxArgs = MAX_ARGS} = options
    this.host = host
    this.input = input
    this.options = options
    this.config = config === undefined ? null : readConfigFile(config)
    this.table = this.config === null ? DEFAULT_COMMANDS : new CommandTable(this.config.renames)
    this.filter = new LogFilter(options)
    this.builder = new ReportBuilder(input, 'framing')
    this.rows = new LogRows((chunk) => host.emit(chunk), {maxArg, maxArgs, tail})
    this.notes = new LogNotes(this.rows, this.builder)
    this.cursor = new Cursor(host.kernel)
    this.stats = options.stats ? new LogStats(this.table) : null
    this.left = limit ?? Number.POSITIVE_INFINITY
  }

  run(): LogReport {
    const {builder, input} = this
    const {files, kind} = logFiles(input, this.config, builder)
    if (kind === 'rdb') throw notALog(input)
    this.notes.findings(0)
    if (this.options.follow) {
      this.follower = new LogFollower(input, this.config, files, kind === null)
    }
    if (this.options.values) this.listHistory(files, kind === null)
    else builder.report.kind = this.readFiles(files)
    builder.report.kind = kind ?? builder.report.kind
    if (builder.report.kind === 'rdb' && !this.isDamaged) throw notALog(input)
    this.rows.finish()
    return this.report()
  }

  private get isDamaged(): boolean {
    return this.builder.report.findings.some(({severity}) => severity === 'error')
  }

  /** Returns what the last one is. */
  private readFiles(files: readonly FileToRead[]): InputKind {
    let kind: InputKind = 'unknown'
    let queue = [...files]
    while (queue.length > 0 && this.left > 0) {
      const [file, ...rest] = queue
      this.next = []
      kind = this.readFile(file, rest.length === 0)
      queue = [...rest, ...this.next]
    }
    return kind
  }

  private listHistory(files: readonly FileToRead[], single: boolean): void {
    const {host, table, filter, rows, builder, left, options} = this
    const {key, maxArg = MAX_ARG} = options
    if (key === undefined) throw new Error('values of no key')
    const counts = listKeyHistory({
      host,
      files,
      key,
      table,
      databases: this.config?.databases ?? DEFAULT_DATABASES,
      filter,
      rows,
      builder,
      maxArg,
      limit: left,
    })
    this.left -= counts.listed
    this.listed = counts.listed
    this.commandsBefore = counts.commands
    this.firstSeconds = counts.firstSeconds
    this.seconds = counts.lastSeconds
    builder.report.kind = single && counts.hasBase && counts.commands === 0 ? 'rdb' : 'aof'
  }

  /** Read one file to its end. Returns what it is. */
  private readFile(known: FileToRead, isLast: boolean): InputKind {
    const {host, builder, cursor} = this
    const {path, name} = known
    const told = builder.report.findings.length
    try {
      const follower = isLast ? this.follower : null
      follower?.begin(known)
      const feed = host.open(path, {crc: known.role === 'base', live: follower !== null})
      // Nothing is appended to what is compressed.
      if (feed.wrapped.length > 0) this.follower = null
      if (builder.report.wrapped.length === 0) builder.report.wrapped = [...feed.wrapped]
      const {kind, guess} = detectHead(feed.head)
      const file = builder.addFile(name, reportRole(known.role), Math.max(0, feed.size), path)
      cursor.open(feed)
      if (kind === 'rdb' && !this.readBase(file)) return 'rdb'
      if (kind === 'rdb' || kind === 'aof' || kind === 'empty') {
        this.notes.file(file, kind === 'rdb')
        this.readText(known, file, isLast, feed.repeatable && kind !== 'rdb')
        return 'aof'
      }
      const message = `neither RDB nor AOF: it looks like ${guess ?? kind}`
      builder.add('UNKNOWN_INPUT', message, {file: name, offset: 0})
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      // The wrapper around the bytes is damaged, or a limit was hit.
      builder.addError(error, {file: name})
    }
    this.notes.findings(told)
    return 'unknown'
  }

  /** Step over an RDB. Returns whether a log follows, or may have to. */
  private readBase(file: FileReport): boolean {
    const {builder, cursor} = this
    const told = builder.report.findings.length
    const end = checkRdb(cursor, file, builder, null, {
      deep: false,
      databases: null,
      resync: true,
    })
    const isBase = file.role === 'base' || file.role === 'incr'
    // What a server has put in the place of its log begins with an RDB, and commands come.
    const isRewritten = this.follower !== null && this.notes.files > 0
    const follows = end >= 0 && (!cursor.atEnd() || (isRewritten && !isBase))
    this.notes.findings(told)
    if (isBase && !follows) this.notes.file(file, true)
    return follows
  }

  private readText(
    known: FileToRead,
    file: FileReport,
    isLastFile: boolean,
    repeatable: boolean,
  ): void {
    const {host, cursor, config, table, filter, input, seconds} = this
    const follower = isLastFile ? this.follower : null
    const live = follower !== null
    const open = (offset: number) =>
      void cursor.open(host.open(known.path, {crc: false, offset, live}), offset)
    this.flushedAt = cursor.offset
    const context: LogTextContext = {
      file: file.file,
      input,
      databases: config?.databases ?? DEFAULT_DATABASES,
      table,
      isLastFile,
      start: cursor.offset,
      filter,
      seconds,
      growing: live,
      addFinding: (finding) => this.notes.finding(finding),
      command: (log, command) => this.list(log, command),
      tick: (log) => this.tick(log),
      ...(repeatable ? {rewind: open} : {}),
      ...(this.stats && filter.takesAllNames ? {batches: (log) => this.countBatches(log)} : {}),
    }
    const text = new LogText(cursor, context)
    let more = text.read()
    if (follower && more) {
      this.rows.finish()
      more = this.follow(text, context, follower, known)
    }
    if (more) text.finish()
    if (file.bytes === 0) file.bytes = cursor.offset
    this.add(text, file)
  }

  private add({reader, firstSeconds}: LogText, file: FileReport): void {
    file.commands = reader.record
    this.commandsBefore += reader.record
    this.firstSeconds ??= firstSeconds
    this.seconds = reader.timestamp
  }

  /** Read what comes, until the log goes on in another file. Returns false when no more is wanted. */
  private follow(
    text: LogText,
    context: LogTextContext,
    follower: LogFollower,
    known: FileToRead,
  ): boolean {
    const {host, cursor, rows} = this
    for (;;) {
      // Before what is left of this file is read: nothing is written to it once there is another one.
      this.next = follower.next(known)
      context.growing = this.next.length === 0
      const feed = host.open(known.path, {crc: false, live: true, offset: text.resumeAt})
      cursor.open(feed, text.resumeAt)
      if (!text.read()) return false
      rows.flush()
      if (this.next.length === 0) host.pause(POLL_MS)
      else {
        host.closeLive()
        return true
      }
    }
  }

  private countBatches({reader, state}: LogText): void {
    const file = this.builder.report.files.at(-1)?.file ?? this.input
    this.listed += this.stats?.batches(reader, state, file, this.commandsBefore) ?? 0
  }

  private list({reader, args, state}: LogText, command: Command | undefined): boolean {
    const {offset, record, timestamp, c} = reader
    this.listed++
    if (this.stats) {
      const file = this.builder.report.files.at(-1)?.file ?? this.input
      this.stats.record(reader, args, command, state.db, file, this.commandsBefore + record)
      return --this.left > 0
    }
    this.rows.command(
      {
        file: this.notes.files - 1,
        offset,
        bytes: c.offset - offset,
        number: this.commandsBefore + record,
        record,
        seconds: timestamp,
        db: state.db,
      },
      args,
    )
    return --this.left > 0
  }

  private tick({reader}: LogText): void {
    const {offset} = reader.c
    this.host.counters[RECORDS] = this.commandsBefore + reader.record
    if (offset - this.flushedAt < FLUSH_BYTES) return
    this.flushedAt = offset
    this.rows.flush()
  }

  private report(): LogReport {
    return logReport(this.builder.finish(), {
      commands: this.commandsBefore,
      listed: this.listed,
      complete: this.left > 0,
      stats: this.stats?.report() ?? null,
      firstSeconds: this.firstSeconds,
      lastSeconds: this.seconds,
    })
  }
}
