/**
 * `respite digest`: what DEBUG DIGEST would print for an input, or our own digest of everything in it. An RDB is digested as it
 * goes by; where there are commands the dataset is loaded and they are replayed, see digest-replay.ts.
 */
import {DebugDigest} from '../engine/digest/debug-digest.ts'
import {FullDigest} from '../engine/digest/full-digest.ts'
import {DIGEST_RULES, type DigestServer, serverOf} from '../engine/digest/rules.ts'
import {AofReader} from '../formats/aof/reader.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {detectHead} from '../io/detect.ts'
import type {Host} from '../io/host.ts'
import type {ServerConfig} from '../io/layout/config.ts'
import {readConfigFile} from '../io/layout/config-file.ts'
import type {Layout} from '../io/layout/types.ts'
import {isServer} from '../io/server-name.ts'
import {tableOf} from './digest-part.ts'
import {DigestRdb} from './digest-rdb.ts'
import {digestReplayed} from './digest-replay.ts'
import {addLayoutErrors} from './layout-errors.ts'
import {layoutOf} from './layout-of.ts'
import type {FileToLoad} from './load-dataset.ts'
import {isLoaded} from './loaded-files.ts'
import {type Point, pointError} from './point.ts'
import {ReportBuilder} from './report-builder.ts'
import type {DigestReport, InputKind} from './reports.ts'
import {resolvePoint} from './resolve-point.ts'
import {restoreChains} from './restore-chains.ts'

export interface DigestOptions {
  /** Whose DEBUG DIGEST; by default that of the server that wrote the input, 7.0 where that is not known. */
  server?: DigestServer
  /** Our own digest of everything that can be read back, in place of DEBUG DIGEST. */
  full?: boolean
  /** Also digest each key's value. They are kept until the end. */
  keys?: boolean
  /** A server's configuration file: where its data lies. */
  config?: string
  /** The state at this point instead of at the end. */
  at?: Point
}

const DEFAULT_SERVER: DigestServer = '7.0'

/** Digest the first of `inputs`: a path, `-`, or the address of a server. @throws InputError when it cannot be read at all. */
export function digest(
  host: Host,
  inputs: readonly string[],
  options: DigestOptions = {},
): DigestReport {
  return new Digest(host, inputs[0], options).run()
}

class Digest {
  private readonly host: Host
  private readonly input: string
  private readonly options: DigestOptions
  /** Findings are collected as `check` does. */
  private readonly builder: ReportBuilder
  private readonly cursor: Cursor
  private readonly rdb: DigestRdb
  /** A log with commands was met: nothing that was digested so far counts. */
  private hasCommands = false

  constructor(host: Host, input: string, options: DigestOptions) {
    this.host = host
    this.input = input
    this.options = options
    this.builder = new ReportBuilder(input, 'deep', 1)
    this.cursor = new Cursor(host.kernel)
    this.rdb = new DigestRdb(this.builder, host, options.keys === true, (producer) =>
      options.full
        ? new FullDigest(this.cursor, options.keys)
        : new DebugDigest(this.cursor, DIGEST_RULES[this.server(producer)], options.keys),
    )
  }

  run(): DigestReport {
    const {input, options, builder, host} = this
    const config = options.config === undefined ? null : readConfigFile(options.config)
    if (options.at) return this.digestAt(options.at, config)
    const layout = input === '-' || isServer(input) ? null : layoutOf(input, config)
    let files: FileToLoad[] = [{path: input, name: input}]
    let kind: InputKind
    if (layout === null || layout.source === 'file' || layout.source === 'unknown') {
      kind = this.readFile(input, input)
      if (isServer(input)) kind = 'server'
    } else {
      kind = layout.kind === 'nothing' ? 'unknown' : layout.kind
      files = layout.files.filter(isLoaded)
      this.readLayout(layout)
    }
    builder.report.kind = kind
    if (this.hasCommands && input !== '-' && !this.failed) {
      return digestReplayed({host, input, files, kind, options, config, at: null})
    }
    if (this.hasCommands) this.refuseStdin()
    return this.report()
  }

  private digestAt(point: Point, config: ServerConfig | null): DigestReport {
    const {host, input, options} = this
    if (input === '-')
      throw pointError('stdin can be read only once, and --at reads twice: give a path')
    if (isServer(input)) throw pointError('a live server has no past: give a log to --at')
    const chains = restoreChains(input, config)
    const at = resolvePoint(host, chains, point, tableOf(config?.renames ?? null))
    const kind = layoutOf(input, config).kind
    const known = kind === 'nothing' ? 'unknown' : kind
    return digestReplayed({host, input, files: [...at.files], kind: known, options, config, at})
  }

  private get failed(): boolean {
    return this.builder.report.findings.some(({severity}) => severity === 'error')
  }

  private readLayout(layout: Layout): void {
    const loaded = layout.files.filter(isLoaded)
    addLayoutErrors(this.builder, this.input, layout, loaded.length)
    for (const {path, name} of loaded) {
      if (!this.failed && !this.hasCommands) this.readFile(path, name)
    }
  }

  /** Read one file to its end. Returns what it is. */
  private readFile(path: string, name: string): InputKind {
    const {host, builder, cursor} = this
    try {
      const feed = host.open(path, {crc: true})
      if (builder.report.wrapped.length === 0) builder.report.wrapped = [...feed.wrapped]
      const {kind, guess} = detectHead(feed.head)
      const file = builder.addFile(name, 'rdb', Math.max(0, feed.size), path)
      cursor.open(feed)
      if (kind === 'rdb') {
        this.rdb.read(cursor, name)
        const isText = !this.failed && !cursor.atEnd() && this.startsText()
        if (isText) this.lookForCommands()
        file.bytes = Math.max(file.bytes, cursor.offset)
        return isText ? 'aof' : 'rdb'
      }
      if (kind === 'aof') this.lookForCommands()
      else if (kind !== 'empty' || name === this.input) this.refuseOther(kind, guess, name)
      return kind === 'aof' || kind === 'empty' ? 'aof' : 'unknown'
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      builder.addError(error, {file: name})
      return 'unknown'
    }
  }

  /** What follows an RDB and is no text is for `check` to judge: servers do not look at it. */
  private startsText(): boolean {
    const byte = this.cursor.memory[this.cursor.next]
    return byte === 0x2a || byte === 0x23
  }

  /** Annotations are no data, commands are. */
  private lookForCommands(): void {
    const reader = new AofReader(this.cursor)
    for (let kind = reader.next(); kind !== 'end'; kind = reader.next()) {
      if (kind === 'command') {
        this.hasCommands = true
        return
      }
      reader.finish()
    }
  }

  private refuseStdin(): void {
    const message = 'a log from stdin: give its path, because it is read twice'
    const meaning = 'Nothing is wrong with it.'
    this.builder.add('UNSUPPORTED', message, {file: this.input}, {severity: 'error', meaning})
  }

  private refuseOther(kind: string, guess: string | null, file: string): void {
    const place = {file, offset: 0}
    if (kind === 'empty') this.builder.add('EMPTY_INPUT', 'the file has zero bytes', place)
    else if (kind === 'unknown') {
      this.builder.add('UNKNOWN_INPUT', `neither RDB nor AOF: it looks like ${guess}`, place)
    } else this.builder.add('UNSUPPORTED', `a ${kind}, which digest cannot read here`, place)
  }

  private server(producer: string | null): DigestServer {
    return this.options.server ?? serverOf(producer) ?? DEFAULT_SERVER
  }

  private report(): DigestReport {
    const {rdb, options, failed} = this
    const {input, kind, wrapped, findings, ...rest} = this.builder.finish()
    return {
      schema: 'respite.digest/1',
      input,
      kind,
      wrapped,
      bytes: rest.bytes,
      rdbVersion: rest.rdbVersion,
      dialect: rest.dialect,
      producer: rest.producer,
      algorithm: options.full ? 'respite-full/1' : 'debug-digest',
      server: options.full ? null : this.server(rest.producer),
      digest: failed ? null : rdb.finish(),
      keys: rest.keys,
      emptyKeys: rdb.emptyKeys,
      databases: rest.databases,
      functions: rest.functions,
      stoppedAt: findings.find(({severity}) => severity === 'error') ?? null,
      keyDigests: options.keys ? rdb.rows.chunks() : null,
      at: null,
    }
  }
}
