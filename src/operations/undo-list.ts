/** `respite undo --list`: the commands of a log that took keys away, the largest first, with what each of them took. */
import {Exit, RespiteError} from '../errors.ts'
import type {Host} from '../io/host.ts'
import {DestructionWatch, type Seen} from './destruction-watch.ts'
import {type EditSource, editSource} from './edit-source.ts'
import {LogTimes} from './log-times.ts'
import {quote} from './next-step.ts'
import {replayStates} from './replay-states.ts'
import {chainNotes, refuseSnapshot} from './undo-notes.ts'
import type {Destruction, UndoListReport} from './undo-reports.ts'

export interface UndoListOptions {
  /** Only what took so many keys; without, flushes and exchanged databases, and others from 100 on. */
  minKeys?: number
  config?: string
  databases?: number
}

const RUN_KEYS = 100
/** So many rows are kept. */
const ROWS_MAX = 1000
const WHOLE: ReadonlySet<string> = new Set(['FLUSHALL', 'FLUSHDB', 'SWAPDB'])

export function undoList(
  host: Host,
  [input]: readonly string[],
  options: UndoListOptions,
): UndoListReport {
  const source = editSource(input, {...options, output: null, stamp: ''})
  // The oldest has all that was logged since; a newer one has what a rewrite made of it.
  const chain = source.chains.length - 1
  const files = source.chains[chain]
  const times = new LogTimes(host, files)
  const rows = new Rows(options.minKeys ?? null)
  const watch = new DestructionWatch({
    earliestMs: (file) => times.earliestMs(file),
    found: (seen) => rows.add(seen),
  })
  const {commands, incomplete} = replayStates(host, files, {...source, observer: watch}, [], true)
  watch.end()
  if (commands === 0 && incomplete === null) refuseSnapshot(host, source)
  if (rows.count === 0 && incomplete === null) throw nothingFound(input, commands, options)
  const destructions = rows.sorted().map((seen) => rowOf(seen, times, chain === 0))
  return {
    schema: 'respite.undo-list/1',
    input,
    kind: source.kind,
    commands,
    destructions,
    destructionCount: rows.count,
    minKeys: options.minKeys ?? null,
    notes: chainNotes(files[0].name, times.createdMs, chain > 0),
    incomplete,
    next: destructions.length === 0 ? null : undoLine(input, destructions[0], source.kind),
  }
}

/** The command that takes the first of them out. */
function undoLine(input: string, row: Destruction, kind: EditSource['kind']): string {
  const {file, offset, lastOffset, count, command} = row
  const place = (at: number) => quote(kind === 'aof' ? String(at) : `${file}:${at}`)
  const which =
    count === 1 ? `--at ${place(offset)}` : `--since ${place(offset)} --until ${place(lastOffset)}`
  return `respite undo ${command.toLowerCase()} ${quote(input)} ${which} -o OUT`
}

function nothingFound(input: string, commands: number, {minKeys}: UndoListOptions): RespiteError {
  const many = minKeys ?? RUN_KEYS
  const message = `${input}: none of ${commands} commands took ${many === 1 ? 'a key' : `${many} keys or more`} away`
  const next = many > 1 ? 'respite undo --list --min-keys 1 shows every command that did' : null
  return new RespiteError(Exit.FOUND, 'NOTHING_TO_UNDO', message, next)
}

/** The largest rows. */
class Rows {
  count = 0
  private kept: Seen[] = []
  private readonly minKeys: number | null

  constructor(minKeys: number | null) {
    this.minKeys = minKeys
  }

  add(seen: Seen): void {
    const {minKeys} = this
    const isLarge =
      minKeys === null
        ? WHOLE.has(seen.command) || seen.keyCount >= RUN_KEYS
        : seen.keyCount >= minKeys
    if (!isLarge) return
    this.count++
    this.kept.push(seen)
    if (this.kept.length >= ROWS_MAX * 2) this.kept = this.sorted()
  }

  sorted(): Seen[] {
    // What was only moved is there still.
    const bySize = (a: Seen, b: Seen) =>
      b.keyCount - a.keyCount ||
      Number(a.effect === 'moved') - Number(b.effect === 'moved') ||
      a.fileIndex - b.fileIndex ||
      a.offset - b.offset
    return this.kept.sort(bySize).slice(0, ROWS_MAX)
  }
}

function rowOf(
  {fileIndex: _, lastRecord: __, timestamp, record, ...seen}: Seen,
  times: LogTimes,
  isCurrent: boolean,
): Destruction {
  return {
    ...seen,
    record: isCurrent ? record : null,
    ...times.timeOf(seen.file, seen.offset, timestamp),
  }
}
