/** `respite rewind`: a log or a set as it was at a point of its past. What came later is left out. */
import {AofReader} from '../formats/aof/reader.ts'
import {endOf} from '../formats/aof/recover.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import type {Host} from '../io/host.ts'
import type {Edit} from './edit.ts'
import {
  type EditOptions,
  type EditSource,
  editFigures,
  editOf,
  editSource,
  fileUpTo,
  wholeFile,
  writeAndVerify,
  writtenFiles,
} from './edit-source.ts'
import type {Point} from './point.ts'
import {replayStates} from './replay-states.ts'
import {type ResolvedPoint, reportPoint, resolvePoint} from './resolve-point.ts'
import type {RewindProof, RewindReport} from './undo-reports.ts'
import {clearUp} from './write-edit.ts'

export interface RewindOptions extends EditOptions {
  to: Point
}

export function rewind(
  host: Host,
  [input]: readonly string[],
  options: RewindOptions,
): RewindReport {
  const source = editSource(input, options)
  const at = resolvePoint(host, source.chains, options.to, source.table)
  const {edit, removedCommands} = cutAt(host, source, at)
  const report: RewindReport = {
    schema: 'respite.rewind/1',
    ...editFigures(source, edit, options),
    point: reportPoint(at),
    removedCommands,
    proof: null,
  }
  // In place of what is the same already there is nothing to write.
  const nothing = options.inPlace === true && report.removedBytes === 0
  const writes = !options.dryRun && !nothing
  const left = nothing && !options.dryRun ? clearUp(source, source.output) : []
  const written = writes ? writeAndVerify(host, source, edit, options, 'rewound') : null
  report.aside = written?.kept ?? left
  if (options.skipReplay) return report
  return {...report, proof: prove(host, source, at, edit, written?.files ?? null)}
}

/** The files up to the point, and how many commands lie behind it. */
export function cutAt(
  host: Host,
  source: EditSource,
  {files, offset}: Pick<ResolvedPoint, 'files' | 'offset'>,
): {edit: Edit; removedCommands: number | null} {
  const last = files[files.length - 1]
  const rest = commandsFrom(host, last.path, offset)
  const later = source.chains[0].filter(({path}) => files.every((file) => file.path !== path))
  const counts = [rest.commands]
  for (const {path, name} of later) {
    if (/\.incr\.aof$/.test(name)) counts.push(commandsFrom(host, path, 0).commands)
  }
  const edits = [...files.slice(0, -1).map(wholeFile), fileUpTo(last, offset, rest.end)]
  return {edit: editOf(source, edits), removedCommands: sumOrNull(counts)}
}

function sumOrNull(counts: readonly (number | null)[]): number | null {
  return counts.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0)
}

/** Commands from an offset on, null where they cannot be read, and where the file ends. */
function commandsFrom(
  host: Host,
  path: string,
  offset: number,
): {commands: number | null; end: number} {
  const c = new Cursor(host.kernel).open(host.open(path, {crc: false, offset}), offset)
  const reader = new AofReader(c)
  try {
    while (reader.next() !== 'end') reader.finish()
    return {commands: reader.record, end: c.offset}
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return {commands: null, end: endOf(c)}
  }
}

/** What the input has at the point, and what the output has. */
function prove(
  host: Host,
  source: EditSource,
  at: ResolvedPoint,
  edit: Edit,
  paths: readonly string[] | null,
): RewindProof {
  const {states, commands, failed, incomplete} = replayStates(host, at.files, source, [at], true)
  const output =
    paths === null ? null : replayStates(host, writtenFiles(paths, edit), source, []).states[0]
  const [atPoint = {keys: {}, digest: null}] = states
  const isKnown = output !== null && atPoint.digest !== null && output.digest !== null
  const same = isKnown ? atPoint.digest === output.digest : null
  return {atPoint, output, same, commands, failed, incomplete}
}
