/**
 * Opens any input as a source of entries. An RDB is read as it goes by, in constant memory; where there are commands, the
 * dataset is loaded into the engine and its keyspace gives the entries.
 */

import {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import {RdbOpcode} from '../formats/rdb/types.ts'
import {text} from '../formats/text.ts'
import {detectHead} from '../io/detect.ts'
import type {Host, InputFeed} from '../io/host.ts'
import type {ServerConfig} from '../io/layout/config.ts'
import {readConfigFile} from '../io/layout/config-file.ts'
import type {Layout} from '../io/layout/types.ts'
import {type DatasetSource, firstError, throwFinding} from './dataset.ts'
import {tableOf} from './digest-part.ts'
import {JsonlSource} from './jsonl-source.ts'
import {KeyspaceSource} from './keyspace-source.ts'
import {layoutOf} from './layout-of.ts'
import type {FileToLoad} from './load-dataset.ts'
import {loadedFilesOf} from './loaded-files.ts'
import {hasCommands, startsText} from './log-tail.ts'
import {type Point, pointError} from './point.ts'
import {RdbSource} from './rdb-source.ts'
import {ReportBuilder} from './report-builder.ts'
import {resolvePoint} from './resolve-point.ts'
import {restoreChains} from './restore-chains.ts'
import {snapshotTime} from './snapshot-time.ts'

export interface DatasetOptions {
  /** A server's configuration file: where its data lies. */
  config?: string
  /** How many databases the server has. */
  databases?: number
  /** The state at a point of a log instead of at its end. */
  at?: Point
  /** Idle times of a log's keys, from its commands. */
  commandTimes?: boolean
  /** The input is a server, which is read once, like stdin. */
  live?: boolean
}

/** What lies at a path, before anything is loaded. */
export interface Loadable {
  input: string
  kind: 'rdb' | 'aof' | 'aof-set'
  layout: Layout
  config: ServerConfig | null
  builder: ReportBuilder
  files: FileToLoad[]
  /** The one RDB among them, where no commands follow it; else null. */
  rdb: FileToLoad | null
}

/** @throws InputError; Unreadable when it is damaged or not for us. */
export function openDataset(
  host: Host,
  input: string,
  options: DatasetOptions = {},
): DatasetSource {
  const {at} = options
  if (at) return openAt(host, input, at, options)
  if (input === '-' || options.live) return openOnce(host, new ReportBuilder(input, 'deep', 1))
  const found = locate(input, options.config)
  if (isJsonl(host, found)) return new JsonlSource(host, found.files[0], found.builder, null)
  const {kind, config, builder, files, rdb} = loadable(host, found)
  if (rdb !== null) return new RdbSource(host, rdb, builder, null)
  return new KeyspaceSource(host, input, kind, files, builder, config, options)
}

/** `configFile`: a server's configuration file. @throws as `openDataset`. */
export function loadableOf(host: Host, input: string, configFile: string | undefined): Loadable {
  return loadable(host, locate(input, configFile))
}

type Located = Omit<Loadable, 'kind' | 'rdb'>

/** What a server would load. */
function locate(input: string, configFile: string | undefined): Located {
  const config = configOf(configFile)
  const builder = new ReportBuilder(input, 'deep', 1)
  const layout = layoutOf(input, config)
  for (const {code, severity, file, offset, message, meaning} of layout.findings) {
    if (severity === 'error') builder.add(code, message, {file, offset}, {severity, meaning})
  }
  const files = loadedFilesOf(layout, input)
  if (files.length === 0) {
    builder.add('SET_NO_MANIFEST', 'a server would load nothing from here', {file: input})
  }
  throwFinding(builder)
  // What helps a snapshot that stands by itself is not what helps a set.
  if (layout.kind === 'rdb') builder.addFile(files[0].name, 'rdb', 0, files[0].path)
  return {input, layout, config, builder, files}
}

function isJsonl(host: Host, {files, builder}: Located): boolean {
  return files.length === 1 && detectHead(openFile(host, files[0], builder).head).kind === 'jsonl'
}

function loadable(host: Host, found: Located): Loadable {
  const {layout, builder, files} = found
  const rdb = streamedFile(host, files, builder)
  throwFinding(builder)
  const log = layout.kind === 'aof-set' ? 'aof-set' : 'aof'
  return {...found, kind: rdb === null ? log : 'rdb', rdb}
}

/** What a log held at a point of its past. @throws RespiteError `POINT`, `POINT_IN_SNAPSHOT`. */
function openAt(host: Host, input: string, point: Point, options: DatasetOptions): DatasetSource {
  if (input === '-') {
    throw pointError('stdin can be read only once, and --at reads twice: give a path')
  }
  const config = configOf(options.config)
  const builder = new ReportBuilder(input, 'deep', 1)
  const chains = restoreChains(input, config)
  const at = resolvePoint(host, chains, point, tableOf(config?.renames ?? null))
  const kind = layoutOf(input, config).kind === 'aof-set' ? 'aof-set' : 'aof'
  return new KeyspaceSource(host, input, kind, at.files, builder, config, options, at)
}

function configOf(file: string | undefined): ServerConfig | null {
  return file === undefined ? null : readConfigFile(file)
}

/** What can be read once only: stdin, a server. */
function openOnce(host: Host, builder: ReportBuilder): DatasetSource {
  const {input} = builder.report
  const file = {path: input, name: input}
  const feed = openFile(host, file, builder)
  const head = detectHead(feed.head)
  const {kind} = head
  if (kind === 'rdb') return new RdbSource(host, file, builder, feed)
  if (kind === 'jsonl') return new JsonlSource(host, file, builder, feed)
  const message = 'a log from stdin: give its path, because more than its text is needed'
  const meaning = 'Nothing is wrong with it.'
  if (kind === 'aof')
    builder.add('UNSUPPORTED', message, {file: input}, {severity: 'error', meaning})
  else refuseKind(head, file, builder)
  throw firstError(builder)
}

function streamedFile(
  host: Host,
  files: readonly FileToLoad[],
  builder: ReportBuilder,
): FileToLoad | null {
  const c = new Cursor(host.kernel)
  let rdb: FileToLoad | null = null
  for (const file of files) {
    const feed = openFile(host, file, builder)
    const head = detectHead(feed.head)
    const {kind} = head
    if (kind === 'rdb') {
      if (isPreamble(c.open(feed)) && hasTail(host, c, file, builder)) return null
      rdb = file
    } else if (kind === 'aof') {
      if (hasCommands(c.open(feed))) return null
    } else if (kind !== 'empty' || files.length === 1) refuseKind(head, file, builder)
  }
  return rdb
}

/** Does an RDB say that it begins an AOF? */
function isPreamble(c: Cursor): boolean {
  try {
    const r = new RdbReader(c, {deep: false, checksum: false})
    r.readHeader()
    for (let opcode = r.next(); opcode === RdbOpcode.AUX; opcode = r.next()) {
      const name = text(r.record.name)
      if (name === 'aof-base' || name === 'aof-preamble') return text(r.record.value) !== '0'
    }
  } catch (error) {
    // Whoever reads all of it will tell.
    if (!(error instanceof FormatError)) throw error
  }
  return false
}

function hasTail(host: Host, c: Cursor, file: FileToLoad, builder: ReportBuilder): boolean {
  try {
    snapshotTime(c.open(host.open(file.path, {crc: false})))
    return startsText(c) && hasCommands(c)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    builder.addError(error, {file: file.name})
    return false
  }
}

function openFile(host: Host, {path, name}: FileToLoad, builder: ReportBuilder): InputFeed {
  try {
    return host.open(path)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    builder.addError(error, {file: name})
    throw firstError(builder)
  }
}

function refuseKind(
  {kind, guess}: ReturnType<typeof detectHead>,
  {name: file}: FileToLoad,
  builder: ReportBuilder,
): void {
  const place = {file, offset: 0}
  if (kind === 'empty') builder.add('EMPTY_INPUT', 'the file has zero bytes', place)
  else if (kind === 'unknown') {
    builder.add('UNKNOWN_INPUT', `neither RDB nor AOF: it looks like ${guess}`, place)
  } else builder.add('UNSUPPORTED', `a ${kind}, which cannot be read here`, place)
}
