/** The newer commands of a log that `compact --keep-since` leaves as they are, and what has to stand before them. */
import type {CommandTable} from '../engine/commands/table.ts'
import {AofReader} from '../formats/aof/reader.ts'
import {writeRecord, writeTimestamp} from '../formats/aof/writer.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import type {Sink} from '../formats/bytes/sink.ts'
import {FormatError} from '../formats/errors.ts'
import type {Host} from '../io/host.ts'
import type {CompactedPart} from './compact-part.ts'
import type {KeptCommands} from './compact-reports.ts'
import {firstError} from './dataset.ts'
import type {Loadable} from './dataset-source.ts'
import type {Part} from './edit.ts'
import type {FileToLoad} from './load-dataset.ts'
import {type Point, pointError} from './point.ts'
import {type ResolvedPoint, reportPoint, resolvePoint} from './resolve-point.ts'

/** Commands of one file that stay. */
export interface KeptFile {
  file: FileToLoad
  /** Where they begin and end. */
  start: number
  end: number
  /** They begin with a time. */
  isTimed: boolean
}

/** What a log ends with. */
export type LogEnd = Pick<CompactedPart, 'selected' | 'timestamp'>

export interface Kept {
  at: ResolvedPoint
  /** What is compacted. */
  files: FileToLoad[]
  rest: KeptFile[]
  report: KeptCommands
}

/** @throws RespiteError where the point cannot be had; Unreadable where what is to be kept is damaged. */
export function keptSince(
  host: Host,
  {files, rdb, builder}: Loadable,
  point: Point,
  table: CommandTable,
): Kept {
  if (rdb !== null) throw pointError('there are no commands here that could be kept')
  const at = resolvePoint(host, [files], point, table)
  const later = files.slice(at.files.length)
  const starts = [{file: at.files[at.files.length - 1], start: at.offset}]
  for (const file of later) starts.push({file, start: 0})
  let commands = 0
  const rest: KeptFile[] = []
  for (const {file, start} of starts) {
    try {
      const read = readOn(host, file, start)
      commands += read.commands
      if (read.end > start) rest.push({file, start, ...read})
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      builder.addFile(file.name, 'aof', 0, file.path)
      builder.addError(error, {file: file.name})
      throw firstError(builder)
    }
  }
  return {
    at,
    files: at.files.map((file, i) =>
      i === at.files.length - 1 ? {...file, end: at.offset} : file,
    ),
    rest,
    report: {
      point: reportPoint(at),
      files: rest.map(({file}) => file.name),
      commands,
      bytes: rest.reduce((sum, {start, end}) => sum + end - start, 0),
    },
  }
}

/** @throws FormatError. */
function readOn(
  host: Host,
  {path}: FileToLoad,
  offset: number,
): Pick<KeptFile, 'end' | 'isTimed'> & {commands: number} {
  const c = new Cursor(host.kernel).open(host.open(path, {crc: false, offset}), offset)
  const reader = new AofReader(c)
  let isTimed = false
  for (let kind = reader.next(); kind !== 'end'; kind = reader.next()) {
    if (kind === 'annotation' && reader.record === 0) isTimed = reader.timestamp !== null
    reader.finish()
  }
  return {commands: reader.record, end: c.offset, isTimed}
}

/**
 * What a kept file is made of. One whose beginning went needs what was said there: the time, and the database that was selected.
 * `ended` says what the part before it ended with; `selects`: something else stands before it in its file.
 */
export function keptParts(
  {start, end, isTimed}: KeptFile,
  selects: boolean,
  ended: () => LogEnd,
): Part[] {
  const copy: Part = {kind: 'copy', start, end}
  if (start === 0 && !selects) return [copy]
  const produce = (sink: Sink) => {
    const {selected, timestamp} = start === 0 ? AT_START : ended()
    if (timestamp !== null && !isTimed) writeTimestamp(sink, timestamp)
    if (selected !== 0 || selects) writeRecord(sink, ['SELECT', String(selected)])
  }
  return [{kind: 'made', produce}, copy]
}

const AT_START = {selected: 0, timestamp: null}
