/** Reads a chain of files up to a point, and says at which byte it lies. Nothing is replayed. */
import {installCommands} from '../engine/commands/compile.ts'
import type {CommandTable} from '../engine/commands/table.ts'
import {Exit, RespiteError} from '../errors.ts'
import {AofReader} from '../formats/aof/reader.ts'
import {LogState} from '../formats/aof/state.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import {detectHead} from '../io/detect.ts'
import type {Host} from '../io/host.ts'
import type {FileToLoad} from './load-dataset.ts'
import {type Point, pointError} from './point.ts'
import type {ResolvedPoint} from './resolve-point.ts'
import {isSnapshot} from './restore-chains.ts'
import {snapshotTime} from './snapshot-time.ts'

/** The point lies in a snapshot, which holds one moment only. */
export const IN_SNAPSHOT = 'POINT_IN_SNAPSHOT'

export class LogSearch {
  private readonly host: Host
  private readonly point: Point
  private readonly table: CommandTable
  private files: FileToLoad[] = []
  /** Commands in the files before. */
  private earlier = 0
  /** The last time that a log told. */
  private timeMs: number | null = null
  /** Commands before the first of them. */
  private untimed = 0
  /** Where the next record of the file starts, and where the one before it did. */
  private boundary = 0
  private last = 0
  /** Commands of the file before the boundary. */
  private records = 0
  private state = new LogState(Number.MAX_SAFE_INTEGER)

  /** A file that the point names is named in full. */
  constructor(host: Host, point: Point, table: CommandTable) {
    this.host = host
    this.point = point
    this.table = table
  }

  /**
   * Read the next file of the chain. Returns the point when it was reached.
   * @throws RespiteError where the point cannot be had; FormatError where the file is damaged before it.
   */
  read(file: FileToLoad): ResolvedPoint | null {
    const {host, point} = this
    this.files = [...this.files, file]
    this.earlier += this.records
    this.records = 0
    this.state = new LogState(Number.MAX_SAFE_INTEGER)
    const feed = host.open(file.path, {crc: false})
    const {kind} = detectHead(feed.head)
    const c = new Cursor(host.kernel).open(feed)
    if (kind === 'rdb') this.passRdb(c, file)
    this.boundary = c.offset
    this.last = c.offset
    const inSnapshot = kind !== 'rdb' && isSnapshot(file)
    const reached = this.readText(c, file)
    if (reached && inSnapshot && !c.atEnd()) {
      throw inSnapshotError(file, 'written as commands')
    }
    if (reached) return this.place(file)
    if (point.kind === 'offset' && point.file === file.name) {
      throw pointError(`${file.name} ends at offset ${c.offset}, before ${point.at}`)
    }
    if (point.kind === 'record' && point.file === file.name) {
      throw pointError(`${file.name} has ${this.records} commands: there is no #${point.at}`)
    }
    return null
  }

  /** The end of the last file that was read, where a point in time may lie. @throws RespiteError. */
  end(): ResolvedPoint {
    const {point, earlier, records, files} = this
    if (point.kind !== 'time') {
      throw pointError(`there are ${earlier + records} commands: no #${point.at}`)
    }
    if (this.timeMs === null && this.untimed > 0) {
      const message =
        'the log tells no times: its server ran without aof-timestamp-enabled, as is the default'
      throw pointError(message, GIVE_A_PLACE)
    }
    return this.place(files[files.length - 1])
  }

  /** Step over an RDB: it holds one moment. */
  private passRdb(c: Cursor, file: FileToLoad): void {
    const {point} = this
    const createdMs = snapshotTime(c)
    if (point.kind === 'time' && createdMs !== null && point.timeMs < createdMs) {
      throw inSnapshotError(file, `made at ${isoTime(createdMs)}`)
    }
    if (point.kind === 'offset' && point.file === file.name && point.at < c.offset) {
      throw inSnapshotError(file, `which ends at offset ${c.offset}`)
    }
  }

  /** Returns whether the point is at the boundary; else it lies behind this file. */
  private readText(c: Cursor, file: FileToLoad): boolean {
    installCommands(this.table.compiled, c.memory)
    const reader = new AofReader(c)
    for (;;) {
      if (this.isReached(c, file)) return true
      const kind = reader.next()
      if (kind === 'end') return false
      if (kind === 'annotation' && this.isLater(reader, file)) return true
      const flags = kind === 'command' ? this.flagsOf(reader) : null
      reader.finish()
      if (this.isCut(c, file)) return true
      if (flags) this.follow(flags)
      this.last = this.boundary
      this.boundary = c.offset
    }
  }

  /** Is all that is wanted before the boundary? */
  private isReached(c: Cursor, {name}: FileToLoad): boolean {
    const {point, boundary, last} = this
    if (point.kind === 'time' || (point.file !== null && point.file !== name)) return false
    const {at, before} = point
    if (point.kind === 'record') {
      const records = this.records + (point.file === null ? this.earlier : 0)
      return records >= (before ? at - 1 : at)
    }
    if (before) return boundary >= at
    if (boundary === at) return c.atEnd()
    if (boundary < at) return false
    if (last === at) return true
    const message = `no record starts at offset ${at} of ${name}: one does at ${last}, the next at ${boundary}`
    throw pointError(message, `give one of these, or before:${at} for the file cut there`)
  }

  /** Would a cut at the point go through the record that was just read? */
  private isCut(c: Cursor, {name}: FileToLoad): boolean {
    const {point} = this
    if (point.kind !== 'offset' || !point.before || point.file !== name) return false
    return c.offset > point.at
  }

  /** Takes note of the time that an annotation tells. Returns whether the point lies before it. */
  private isLater({timestamp}: AofReader, file: FileToLoad): boolean {
    const {point, untimed} = this
    if (timestamp === null) return false
    const timeMs = timestamp * 1000
    if (point.kind !== 'time' || timeMs <= point.timeMs) {
      this.timeMs = timeMs
      return false
    }
    if (this.timeMs === null && isSnapshot(file)) {
      throw inSnapshotError(file, `made at ${isoTime(timeMs)}`)
    }
    if (this.timeMs === null && untimed > 0) {
      const message = `nobody knows when the ${untimed} commands ran that stand before the first time of the log, ${isoTime(timeMs)}`
      throw new RespiteError(Exit.UNREPAIRABLE, 'POINT_TIME', message, GIVE_A_PLACE)
    }
    return true
  }

  /** The flags of a command as far as this looks at them: those too long for the window have none. */
  private flagsOf(reader: AofReader): ReadonlySet<string> {
    if (!reader.isWhole) return NO_FLAGS
    const {table} = this
    const index = reader.c.kernel.aofCommand(reader.argStart(0), reader.argEnd(0))
    const command = index >= 0 ? table.commands[index] : table.find(reader.commandName())
    return command?.flags ?? NO_FLAGS
  }

  /** Counts the command at the boundary, and follows transactions. */
  private follow(flags: ReadonlySet<string>): void {
    const {state, boundary} = this
    this.records++
    if (this.timeMs === null) this.untimed++
    if (flags.has('multi')) state.multi(boundary, this.records)
    else if (flags.has('exec') || flags.has('discard')) state.exec()
  }

  /** The point is at the boundary, or before the transaction that is open there. */
  private place({name}: FileToLoad): ResolvedPoint {
    const {files, state, earlier, timeMs, boundary} = this
    const {open: inside, openOffset, openRecord} = state
    const fileRecord = inside ? openRecord - 1 : this.records
    return {
      files,
      file: name,
      offset: inside ? openOffset : boundary,
      record: earlier + fileRecord,
      fileRecord,
      timeMs,
      transaction: inside ? {offset: openOffset, record: openRecord} : null,
    }
  }
}

const NO_FLAGS: ReadonlySet<string> = new Set()
const GIVE_A_PLACE =
  'give the offset of a record, or # and the number of a command: respite log and respite undo --list show them'

const isoTime = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')

function inSnapshotError({name}: FileToLoad, what: string): RespiteError {
  const message = `the point lies inside of the snapshot ${name}, ${what}: it holds one moment, and nothing from before`
  const next = 'look for an older copy of the base, or for history files (aof-disable-auto-gc yes)'
  return new RespiteError(Exit.UNREPAIRABLE, IN_SNAPSHOT, message, next)
}
