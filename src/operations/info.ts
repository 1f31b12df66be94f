/** `respite info`: what an input is and holds, from its framing alone. Nothing inside a value is looked at. */

import {installCommands} from '../engine/commands/compile.ts'
import {DEFAULT_COMMANDS} from '../engine/commands/table.ts'
import {AofReader} from '../formats/aof/reader.ts'
import {LogState} from '../formats/aof/state.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {detectHead} from '../io/detect.ts'
import type {Host} from '../io/host.ts'
import {readConfigFile} from '../io/layout/config-file.ts'
import type {LayoutFile} from '../io/layout/types.ts'
import {InfoRdb} from './info-rdb.ts'
import {layoutOf} from './layout-of.ts'
import {ReportBuilder} from './report-builder.ts'
import type {FileReport, InfoReport, InputKind} from './reports.ts'

export interface InfoOptions {
  /** A server's configuration file: where its data lies. */
  config?: string
}

/** Tell about the first of `inputs`: a path, or `-`. @throws InputError when it cannot be read at all. */
export function info(host: Host, inputs: readonly string[], options: InfoOptions = {}): InfoReport {
  return new Info(host, inputs[0]).run(options)
}

class Info {
  private readonly host: Host
  private readonly input: string
  /** Counts and findings are collected as `check` does. */
  private readonly builder: ReportBuilder
  private readonly cursor: Cursor
  private readonly rdb: InfoRdb
  private layoutReasons: string[] = []

  constructor(host: Host, input: string) {
    this.host = host
    this.input = input
    this.builder = new ReportBuilder(input, 'framing', 1)
    this.cursor = new Cursor(host.kernel)
    this.rdb = new InfoRdb(this.builder)
  }

  run({config}: InfoOptions): InfoReport {
    const {builder, input} = this
    let kind: InputKind
    if (input === '-') kind = this.readFile('-', '-', null)
    else {
      const layout = layoutOf(input, config === undefined ? null : readConfigFile(config))
      this.layoutReasons = layout.reasons
      if (layout.source === 'file' || layout.source === 'unknown') {
        kind = this.readFile(input, input, layout.files[0].role)
      } else {
        kind = layout.kind === 'nothing' ? 'unknown' : layout.kind
        for (const file of layout.files) this.readMember(file)
      }
    }
    const {report} = builder
    report.kind = kind
    return this.report()
  }

  private readMember({path, name, role, loaded, head, bytes}: LayoutFile): void {
    if (loaded && head !== null && role !== 'manifest') this.readFile(path, name, role)
    else if (role !== 'temp' && role !== 'config') this.builder.addFile(name, role, bytes, path)
  }

  private readFile(path: string, name: string, known: LayoutFile['role'] | null): InputKind {
    const {host, builder, cursor} = this
    try {
      const feed = host.open(path, {crc: false})
      if (builder.report.wrapped.length === 0) builder.report.wrapped = [...feed.wrapped]
      const {kind, guess} = detectHead(feed.head)
      const role = known === null || known === 'orphan' ? (kind === 'rdb' ? 'rdb' : 'aof') : known
      const file = builder.addFile(name, role as FileReport['role'], Math.max(0, feed.size), path)
      cursor.open(feed)
      if (kind === 'rdb') return this.readRdb(file)
      if (kind === 'aof') return this.readText(file)
      if (kind === 'empty') return this.emptyFile(file)
      const text = kind === 'unknown' ? `it looks like ${guess}` : 'respite cannot read it'
      builder.add(kind === 'unknown' ? 'UNKNOWN_INPUT' : 'UNSUPPORTED', text, {
        file: name,
        offset: 0,
      })
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      builder.addError(error, {file: name})
    }
    return 'unknown'
  }

  /** Of a set's files the layout says which may be empty. */
  private emptyFile({file, role}: FileReport): InputKind {
    if (role !== 'rdb' && role !== 'aof') return 'aof'
    this.builder.add('EMPTY_INPUT', 'the file has zero bytes', {file, offset: 0})
    return 'unknown'
  }

  private readRdb(file: FileReport): InputKind {
    const {cursor} = this
    const whole = this.rdb.read(cursor, file)
    let kind: InputKind = 'rdb'
    if (whole && !cursor.atEnd()) {
      const byte = cursor.memory[cursor.next]
      if (byte === 0x2a || byte === 0x23) {
        kind = this.readText(file)
        if (file.role === 'rdb') file.role = 'aof'
      }
    }
    if (file.bytes === 0) file.bytes = cursor.offset
    return kind
  }

  private readText(file: FileReport): InputKind {
    const {cursor, builder} = this
    installCommands(DEFAULT_COMMANDS.compiled, cursor.memory)
    const reader = new AofReader(cursor)
    const state = new LogState(Number.MAX_SAFE_INTEGER)
    try {
      for (;;) {
        file.commands += reader.run(state)
        const kind = reader.next()
        if (kind === 'end') break
        if (kind === 'command') file.commands++
        reader.finish()
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      builder.addError(error, {file: file.file, record: reader.record})
      file.intactBytes = error.offset
    }
    if (file.bytes === 0) file.bytes = cursor.offset
    builder.report.commands += file.commands
    return 'aof'
  }

  private report(): InfoReport {
    const {rdb, builder} = this
    const {input, kind, wrapped, files, databases, functions, ...rest} = builder.finish()
    const hasRdb = rest.rdbVersion !== null
    return {
      schema: 'respite.info/1',
      input,
      kind,
      wrapped,
      bytes: rest.bytes,
      rdbVersion: rest.rdbVersion,
      dialect: rest.dialect,
      producer: rest.producer,
      createdAt: rdb.createdAt,
      usedMemoryBytes: rdb.number('used-mem'),
      bits: rdb.number('redis-bits'),
      aux: rdb.aux,
      replication: rdb.replication,
      checksum: rdb.checksum,
      keys: hasRdb ? rest.keys : null,
      commands: kind === 'rdb' || kind === 'unknown' ? null : rest.commands,
      databases,
      functions,
      modules: rdb.modules,
      files,
      layout: this.layoutReasons,
      stoppedAt: rest.findings[0] ?? null,
    }
  }
}
