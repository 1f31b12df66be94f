/** `respite check`: read an input in depth and say what is wrong with it. Bad input is a finding, never an exception. */
import {CommandTable, DEFAULT_COMMANDS} from '../engine/commands/table.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {detectHead} from '../io/detect.ts'
import {type Host, RECORDS} from '../io/host.ts'
import type {ServerConfig} from '../io/layout/config.ts'
import {readConfigFile} from '../io/layout/config-file.ts'
import type {Layout, LayoutFile} from '../io/layout/types.ts'
import {checkAofStream} from './check-aof.ts'
import {checkRdb} from './check-rdb.ts'
import {checkTrailing} from './check-trailing.ts'
import {reportDuplicates} from './duplicate-keys.ts'
import {endsAsRdb} from './ends-as-rdb.ts'
import {KeyHashes} from './key-hashes.ts'
import {layoutOf} from './layout-of.ts'
import type {FileToLoad} from './load-dataset.ts'
import {loadedFiles} from './loaded-files.ts'
import {ReportBuilder} from './report-builder.ts'
import type {CheckReport, FileReport, InputKind} from './reports.ts'

export interface CheckOptions {
  /** 'framing' skips the walk inside values. */
  depth?: 'deep' | 'framing'
  /** A server's configuration file: where its data lies, renamed commands, databases. */
  config?: string
  /** How many databases the server has; overrides the configuration. */
  databases?: number
  /** Bytes for finding duplicate keys; more of them take more passes over the input. */
  maxMemory?: number
  /** How many findings are kept in the report. */
  findingLimit?: number
}

/** A file that is a snapshot alone. */
export interface PlainFile {
  name: string
  role: FileReport['role']
  bytes: number
}

export interface ReplaySettings {
  table: CommandTable
  databases: number
}

/** Loads the files and replays their commands, and puts what is found into the report. */
export interface ReplayStep {
  /**
   * Before anything was read: load a snapshot that nothing seems to follow. Returns whether that was enough for the report, so that the
   * file need not be read again.
   */
  first?(host: Host, builder: ReportBuilder, file: PlainFile, settings: ReplaySettings): boolean
  /** When everything was read. */
  add(
    host: Host,
    builder: ReportBuilder,
    files: readonly FileToLoad[],
    settings: ReplaySettings,
  ): void
}

const MAX_MEMORY = 0x80000000
const DEFAULT_DATABASES = 16

/**
 * Check the first of `inputs`: a path, or `-`. With `replay` also load it and replay its commands; given from outside, so that the
 * engine is loaded only where it is used. @throws InputError when the input cannot be read at all.
 */
export function check(
  host: Host,
  inputs: readonly string[],
  options: CheckOptions = {},
  replay: ReplayStep | null = null,
): CheckReport {
  const [input] = inputs
  const config = options.config === undefined ? null : readConfigFile(options.config)
  return new Check(host, input, options, config).run(replay)
}

class Check {
  private readonly host: Host
  private readonly input: string
  private readonly options: CheckOptions
  private readonly config: ServerConfig | null
  private readonly builder: ReportBuilder
  private readonly deep: boolean
  private readonly cursor: Cursor

  constructor(host: Host, input: string, options: CheckOptions, config: ServerConfig | null) {
    this.host = host
    this.input = input
    this.options = options
    this.config = config
    this.deep = options.depth !== 'framing'
    this.builder = new ReportBuilder(input, options.depth ?? 'deep', options.findingLimit)
    this.cursor = new Cursor(host.kernel)
  }

  run(replay: ReplayStep | null): CheckReport {
    const {report} = this.builder
    const layout = this.input === '-' ? null : layoutOf(this.input, this.config)
    if (replay?.first && this.loadFirst(replay.first, layout)) report.kind = 'rdb'
    else if (layout === null || layout.source === 'file' || layout.source === 'unknown') {
      report.kind = this.checkFile(
        this.input,
        {...(layout?.files[0] ?? STDIN), name: this.input},
        layout === null || layout.followedBy === null,
      )
    } else {
      report.kind = layout.kind === 'nothing' ? 'unknown' : layout.kind
      this.checkLayout(layout)
    }
    this.addLayoutFindings(layout)
    if (replay && report.kind !== 'unknown') this.replay(replay)
    return this.builder.finish()
  }

  private replay(replay: ReplayStep): void {
    const files = loadedFiles(this.input, this.config)
    if (files.length > 0) replay.add(this.host, this.builder, files, this.settings)
  }

  private loadFirst(first: NonNullable<ReplayStep['first']>, layout: Layout | null): boolean {
    const {host, builder, input: name} = this
    if (layout?.source !== 'file' || !endsAsRdb(host, name)) return false
    const [{role, bytes}] = layout.files
    const file = {name, bytes, role: role === 'orphan' ? 'rdb' : role} as PlainFile
    return first(host, builder, file, this.settings)
  }

  private get settings(): ReplaySettings {
    return {table: this.table, databases: this.databases}
  }

  private get table(): CommandTable {
    return this.config === null ? DEFAULT_COMMANDS : new CommandTable(this.config.renames)
  }

  private get databases(): number {
    return this.options.databases ?? this.config?.databases ?? DEFAULT_DATABASES
  }

  private checkLayout(layout: Layout): void {
    const last = layout.files.filter((file) => isRead(file, layout)).at(-1)
    for (const file of layout.files) {
      const {role, name, path, bytes} = file
      this.builder.aside = role === 'history'
      if (isRead(file, layout)) this.checkFile(path, file, file === last || role === 'history')
      else if (role !== 'temp' && role !== 'config') {
        this.builder.addFile(name, role === 'manifest' ? 'manifest' : 'orphan', bytes, path)
      }
    }
  }

  private addLayoutFindings(layout: Layout | null): void {
    for (const {code, severity, file, offset, line, message, meaning} of layout?.findings ?? []) {
      const place = line === null ? '' : `line ${line}: `
      this.builder.add(code, `${place}${message}`, {file, offset}, {severity, meaning})
    }
  }

  /** Read one file to its end. Returns what it is. */
  private checkFile(path: string, known: LayoutFile, isLast: boolean): InputKind {
    const {host, builder} = this
    try {
      const feed = host.open(path, {crc: known.head !== 'aof'})
      if (builder.report.wrapped.length === 0) builder.report.wrapped = [...feed.wrapped]
      const head = detectHead(feed.head)
      const role = known.role === 'orphan' ? (head.kind === 'rdb' ? 'rdb' : 'aof') : known.role
      const file = builder.addFile(
        known.name,
        role as FileReport['role'],
        Math.max(0, feed.size),
        path,
      )
      this.cursor.open(feed)
      if (head.kind === 'rdb') return this.checkRdbFile(path, file, isLast, feed.repeatable)
      if (head.kind === 'aof') {
        this.checkText(path, file, isLast, feed.repeatable)
        return 'aof'
      }
      return this.checkOther(file, head.kind, head.guess)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      // The wrapper around the bytes is damaged, or a limit was hit.
      builder.addError(error, {file: known.name})
      return 'unknown'
    }
  }

  private checkRdbFile(
    path: string,
    file: FileReport,
    isLast: boolean,
    repeatable: boolean,
  ): InputKind {
    const {builder, cursor, deep} = this
    const hashes = new KeyHashes(this.host.kernel.module, this.options.maxMemory ?? MAX_MEMORY)
    const databases = this.options.databases ?? this.config?.databases ?? null
    const end = checkRdb(cursor, file, builder, hashes, {deep, databases, resync: true})
    this.host.counters[RECORDS] += file.keys
    let kind: InputKind = 'rdb'
    if (end >= 0 && !cursor.atEnd()) {
      const byte = cursor.memory[cursor.next]
      if (byte === 0x2a || byte === 0x23 || file.role !== 'rdb') {
        kind = 'aof'
        if (file.role === 'rdb') file.role = 'aof'
        this.checkText(path, file, isLast, false)
      } else checkTrailing(cursor, file, builder)
    }
    if (file.bytes === 0) file.bytes = cursor.offset
    reportDuplicates(this.host, path, file.file, hashes, builder, repeatable)
    return kind
  }

  private checkText(
    path: string,
    file: FileReport,
    isLastFile: boolean,
    repeatable: boolean,
  ): void {
    const {builder, cursor, host} = this
    const start = cursor.offset
    const rewind = (offset: number) =>
      void cursor.open(host.open(path, {crc: false, offset}), offset)
    const part = checkAofStream(cursor, {
      file: file.file,
      input: this.input,
      databases: this.databases,
      table: this.table,
      isLastFile,
      start,
      addFinding: (finding) => builder.addFinding(finding),
      ...(repeatable ? {rewind} : {}),
    })
    file.commands += part.commands
    file.intactBytes = Math.min(file.intactBytes || Number.POSITIVE_INFINITY, part.intactBytes)
    if (file.bytes === 0) file.bytes = part.endOffset
    builder.countIntact(part.keptBytes, 0, part.commands)
    builder.countCommands(part.commandCounts)
    builder.addTimes(part.firstTimestamp, part.lastTimestamp)
  }

  private checkOther(file: FileReport, kind: string, guess: string | null): InputKind {
    const {builder} = this
    const place = {file: file.file, offset: 0}
    if (kind === 'empty') {
      // Of a set's files the layout says which may be empty.
      if (file.role !== 'rdb' && file.role !== 'aof') return 'aof'
      builder.add('EMPTY_INPUT', 'the file has zero bytes', place)
      return 'unknown'
    }
    file.intactBytes = 0
    if (kind === 'vkcs') {
      const message = 'a compressed envelope of Valkey 9.2, which respite cannot expand yet'
      builder.add('UNSUPPORTED', message, place)
    } else if (kind === 'manifest') {
      builder.add(
        'UNSUPPORTED',
        'a manifest from stdin: give its path, so that its files are found',
        place,
      )
    } else {
      builder.add('UNKNOWN_INPUT', `neither RDB nor AOF: it looks like ${guess}`, place)
    }
    return 'unknown'
  }
}

/** What a server would load, restore points, and what it would load if it still had its manifest. */
function isRead({head, role, loaded}: LayoutFile, layout: Layout): boolean {
  if (head === null || role === 'manifest') return false
  return loaded || role === 'history' || (layout.kind === 'nothing' && SET_ROLES.has(role))
}

const SET_ROLES: ReadonlySet<string> = new Set(['base', 'incr'])

const STDIN: LayoutFile = {
  path: '-',
  name: '-',
  role: 'orphan',
  bytes: 0,
  seq: null,
  head: null,
  loaded: true,
}
