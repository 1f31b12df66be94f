/** Which commands `undo` is to take out, from what the user said. */
import {findKeys, KeyPositions} from '../engine/commands/keys.ts'
import type {Command} from '../engine/commands/row.ts'
import type {CommandTable} from '../engine/commands/table.ts'
import {Exit, RespiteError} from '../errors.ts'
import {RecordArguments} from '../formats/aof/arguments.ts'
import type {AofReader} from '../formats/aof/reader.ts'
import {writeRecord} from '../formats/aof/writer.ts'
import {Glob} from '../formats/glob.ts'
import {Growable} from '../formats/packed/growable.ts'
import type {FileToLoad} from './load-dataset.ts'
import {type Point, pointError} from './point.ts'
import {placeIn} from './resolve-point.ts'

export interface Selection {
  /** Name of the command, in any case; null for any. */
  command: string | null
  /** Places of single commands; null for all. */
  at: readonly Point[] | null
  /** Pattern of keys. */
  match: string | null
  /** The first and the last place or time that counts. */
  since: Point | null
  until: Point | null
  /** Only the last of them. */
  last: boolean
}

/** Where a record stands. */
export interface RecordPlace {
  fileIndex: number
  offset: number
  /** Ordinal in all files, and in its own. */
  record: number
  fileRecord: number
  /** The last #TS, in seconds; null without. */
  timestamp: number | null
}

type Place = Exclude<Point, {kind: 'time'}>

/** What is to become of a record: nothing, to go, or to be written again as these bytes. */
export type Choice = 'stays' | 'goes' | Uint8Array

/** Usage errors first, before anything is read. @throws RespiteError USAGE. */
export function checkSelection({command, at, match}: Selection, table: CommandTable): void {
  if (command === null && at === null) {
    const what = match === null ? 'what? Name' : 'of which command? Name'
    throw usage(`${what} a command (undo flushall INPUT), or places (--at OFFSET)`)
  }
  const known = command === null ? undefined : table.find(command.toUpperCase())
  if (command !== null && known === undefined) throw usage(`no server has a command of this name`)
  if (known && !known.flags.has('write')) throw usage(`${known.name} changes no data`)
  for (const point of at ?? []) {
    if (point.kind === 'time' || point.before) {
      throw usage('--at takes the offset of a record, or # and the number of a command')
    }
  }
}

function usage(message: string): RespiteError {
  return new RespiteError(
    Exit.USAGE,
    'USAGE',
    message,
    'respite undo --list INPUT shows what there is',
  )
}

/** The newest chain that has every file that the selection names. @throws RespiteError POINT where none has. */
export function chainOf(
  chains: readonly FileToLoad[][],
  {at, since, until}: Selection,
): {chain: number; isNamed: boolean} {
  const points = [...(at ?? []), since, until].filter((point): point is Place => {
    return point !== null && point.kind !== 'time'
  })
  const indexes = points.map((point) => chains.indexOf(placeIn(chains, point)[0]))
  return {chain: Math.max(0, ...indexes), isNamed: points.some(({file}) => file !== null)}
}

export class Chooser {
  /** Places that no record was found at. */
  readonly missed: Place[]
  private readonly index: number
  private readonly glob: Glob | null
  private readonly at: readonly Place[] | null
  /** Offsets and numbers of them. */
  private readonly asked: ReadonlySet<number>
  private readonly since: Point | null
  private readonly until: Point | null
  private readonly files: readonly FileToLoad[]
  private readonly args = new RecordArguments()
  private readonly keys = new KeyPositions()

  constructor(files: readonly FileToLoad[], selection: Selection, table: CommandTable) {
    const {command, match, at, since, until} = selection
    const named = <P extends Point>(point: P): P =>
      point.kind === 'time' ? point : (placeIn([[...files]], point)[1] as P)
    this.files = files
    this.index = command === null ? -1 : table.find(command.toUpperCase())!.index
    this.glob = match === null ? null : new Glob(new TextEncoder().encode(match))
    this.at = at === null ? null : at.map((point) => named(point as Place))
    this.asked = new Set(this.at?.map((point) => point.at))
    this.missed = [...(this.at ?? [])]
    this.since = since === null ? null : named(since)
    this.until = until === null ? null : named(until)
  }

  /** What is to become of the record that the reader stands at. */
  choose(reader: AofReader, command: Command | undefined, place: RecordPlace): Choice {
    if (this.at !== null) {
      const {at: points, asked} = this
      if (!asked.has(place.offset) && !asked.has(place.record) && !asked.has(place.fileRecord)) {
        return 'stays'
      }
      const at = points.find((point) => this.isAt(point, place))
      if (at === undefined) return 'stays'
      this.missed.splice(this.missed.indexOf(at), 1)
      this.refuseOther(command, place)
    } else if (command?.index !== this.index) return 'stays'
    if (!this.isInRange(place)) return 'stays'
    return this.glob === null || command === undefined
      ? 'goes'
      : this.chooseKeys(reader, command, place)
  }

  private isAt({kind, file, at}: Place, {fileIndex, offset, record, fileRecord}: RecordPlace) {
    const isFile = file === null || this.files[fileIndex].name === file
    if (kind === 'offset') return isFile && offset === at
    return isFile && (file === null ? record : fileRecord) === at
  }

  private refuseOther(command: Command | undefined, {fileIndex, offset}: RecordPlace): void {
    const place = `${this.files[fileIndex].name}: offset ${offset}`
    const {flags, name} = command ?? {flags: new Set<string>(), name: 'an unknown command'}
    if (['select', 'multi', 'exec', 'discard'].some((flag) => (flags as Set<string>).has(flag))) {
      throw pointError(`${place}: ${name} changes no data, and holds others together`)
    }
    if (this.index >= 0 && command?.index !== this.index)
      throw pointError(`${place}: this is ${name}`)
  }

  private isInRange(place: RecordPlace): boolean {
    const {since, until} = this
    if (since !== null && this.compare(place, since, 'since') < 0) return false
    if (until === null) return true
    const order = this.compare(place, until, 'until')
    return until.kind !== 'time' && until.before ? order < 0 : order <= 0
  }

  /** Below 0: the record stands before the point. */
  private compare(place: RecordPlace, point: Point, flag: string): number {
    const {fileIndex, offset, record, fileRecord, timestamp} = place
    if (point.kind === 'time') {
      if (timestamp !== null) return timestamp * 1000 - point.timeMs
      const message = `--${flag}: the log does not say when this command ran, at offset ${offset} of ${this.files[fileIndex].name}`
      throw pointError(message, `give an offset, or # and a number: respite undo --list shows them`)
    }
    const {file, kind, at} = point
    if (file === null) return record - at
    const files = fileIndex - this.files.findIndex(({name}) => name === file)
    return files !== 0 ? files : (kind === 'offset' ? offset : fileRecord) - at
  }

  /** Where all arguments are keys, the record stays with those that do not match. */
  private chooseKeys(reader: AofReader, command: Command, {offset}: RecordPlace): Choice {
    const {args, keys, glob} = this
    args.load(reader)
    findKeys(command, args, keys)
    const kept: number[] = []
    let matching = 0
    for (let i = 0; i < keys.count; i++) {
      const at = keys.at[i]
      if (keys.written[i] === 0) continue
      if (glob?.matches(args.memory, args.start(at), args.end(at))) matching++
      else kept.push(at)
    }
    if (matching === 0) return 'stays'
    const {firstKey, lastKey, keyStep} = command
    if (kept.length === 0 || firstKey !== 1 || lastKey !== -1) return 'goes'
    return this.recordOf([0, ...kept.flatMap((at) => range(at, keyStep))], offset)
  }

  private recordOf(indexes: readonly number[], offset: number): Uint8Array {
    const {args} = this
    const words = indexes.map((i) => {
      if (args.end(i) - args.start(i) !== args.length(i)) {
        throw pointError(
          `the record at offset ${offset} is too long to be written without some of its keys`,
        )
      }
      return args.memory.slice(args.start(i), args.end(i))
    })
    const out = new Growable()
    writeRecord({write: (memory, start, end) => out.append(memory, start, end)}, words)
    return out.bytes.slice(0, out.length)
  }
}

function range(from: number, count: number): number[] {
  return Array.from({length: count}, (_, i) => from + i)
}
