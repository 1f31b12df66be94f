/** What `rewind` and `undo` start from, and what they make of it: a log or a set without some of its bytes. */
import {basename} from 'node:path'
import {CommandTable, DEFAULT_COMMANDS} from '../engine/commands/table.ts'
import {Exit, RespiteError} from '../errors.ts'
import {nodeDisk} from '../io/disk.ts'
import type {Host} from '../io/host.ts'
import {InputError} from '../io/input-error.ts'
import {readConfigFile} from '../io/layout/config-file.ts'
import type {Layout, LayoutFile} from '../io/layout/types.ts'
import {bytesOf, type Edit, type Part} from './edit.ts'
import {layoutOf} from './layout-of.ts'
import type {FileToLoad} from './load-dataset.ts'
import type {Span} from './log-cuts.ts'
import {quote} from './next-step.ts'
import {refuseLive} from './refuse-live.ts'
import {restoreChains} from './restore-chains.ts'
import {outputDirectory, setMembers} from './set-members.ts'
import type {WrittenFile} from './undo-reports.ts'
import {inspectEdit} from './verify-edit.ts'
import {type Written, writeEdit} from './write-edit.ts'

/** What a user says of input and output. */
export interface EditOptions {
  /** Null with `inPlace`, or where nothing is written. */
  output: string | null
  inPlace?: boolean
  force?: boolean
  dryRun?: boolean
  discard?: boolean
  /** Do not replay anything. */
  skipReplay?: boolean
  config?: string
  databases?: number
  /** Of the backups, `20261120T193000Z`. */
  stamp: string
}

export interface EditSource {
  input: string
  kind: 'aof' | 'aof-set'
  layout: Layout
  /** As restoreChains() gives them: what a server would load, then what history files still allow. */
  chains: FileToLoad[][]
  /** Name of the manifest; null for a single file. */
  manifest: string | null
  /** Where it would be written. */
  output: string
  table: CommandTable
  databases: number
}

/** What becomes of one file of a chain. */
export interface FileEdit {
  file: FileToLoad
  parts: Part[]
  removed: Span[]
}

const DEFAULT_DATABASES = 16

/** @throws InputError where there is no log; RespiteError where a server would refuse it. */
export function editSource(input: string, options: EditOptions): EditSource {
  const config = options.config === undefined ? null : readConfigFile(options.config)
  const layout = layoutOf(input, config)
  refuseDamaged(layout, input)
  const set = setMembers(layout)
  const chains = restoreChains(input, config)
  const [file] = chains[0]
  if (file === undefined) throw new InputError('INPUT_KIND', input, 'there is no log here')
  const {output} = options
  return {
    input,
    kind: set === null ? 'aof' : 'aof-set',
    layout,
    chains,
    manifest: set?.manifest ?? null,
    output:
      output === null
        ? (set?.directory ?? file.path)
        : set === null
          ? output
          : outputDirectory(layout, set, output),
    table: config === null ? DEFAULT_COMMANDS : new CommandTable(config.renames),
    databases: options.databases ?? config?.databases ?? DEFAULT_DATABASES,
  }
}

/** Which files belong together has to be clear. What their bytes say is looked at later. */
function refuseDamaged({findings}: Layout, input: string): void {
  const damage = findings.find(({severity}) => severity === 'error')
  if (damage === undefined) return
  const message = `${damage.file}: ${damage.message}`
  const next = `repair it first: respite repair ${quote(input)} -o OUT`
  throw new RespiteError(Exit.FOUND, damage.code, message, next)
}

/** What is to be written. Files that a server would load today and that `edits` do not have leave the set. */
export function editOf({chains, manifest}: EditSource, edits: readonly FileEdit[]): Edit {
  const taken = new Set(edits.map(({file}) => file.path))
  return {
    manifest,
    leftOut: chains[0].map(({path}) => path).filter((path) => !taken.has(path)),
    files: edits.map(({file, parts, removed}, i) => ({
      path: file.path,
      file: file.name,
      name: basename(file.path),
      type: i === 0 && isBase(file) ? 'b' : 'i',
      seq: (file as Partial<LayoutFile>).seq ?? 1,
      fields: [],
      parts,
      removed,
    })),
  }
}

/** A history file that comes first is the base of its time. */
export function isBase(file: FileToLoad): boolean {
  const {role} = file as Partial<LayoutFile>
  return role === 'base' || role === 'history'
}

/** The files that were written, to be loaded as their sources were. */
export function writtenFiles(paths: readonly string[], {files}: Edit): FileToLoad[] {
  return paths.map((path, i) => ({path, name: path, timePath: files[i].path}))
}

/** A file that stays as it is. */
export function wholeFile(file: FileToLoad): FileEdit {
  const end = nodeDisk().stat(file.path)?.size ?? 0
  return {file, parts: [{kind: 'copy', start: 0, end}], removed: []}
}

/** A file up to an offset. `end`: its size, unwrapped. */
export function fileUpTo(file: FileToLoad, offset: number, end: number): FileEdit {
  return {
    file,
    parts: [{kind: 'copy', start: 0, end: offset}],
    removed: offset < end ? [{start: offset, end}] : [],
  }
}

/** How an edit is told in a report. */
export function editFigures(
  {layout, kind, chains, input, output}: EditSource,
  edit: Edit,
  {output: asked, inPlace, dryRun}: EditOptions,
) {
  const known = new Map(layout.files.map(({path, bytes}) => [path, bytes]))
  const leftOut = chains[0]
    .filter(({path}) => edit.leftOut?.includes(path))
    .map(({name, path}) => ({file: name, bytes: known.get(path) ?? 0}))
  const removed = edit.files.flatMap((file) => file.removed.map(({start, end}) => end - start))
  return {
    input,
    kind,
    output: asked === null && !inPlace ? null : output,
    dryRun: dryRun === true,
    files: edit.files.map(
      ({file, name, type, parts, path}): WrittenFile => ({
        file,
        name,
        role: kind === 'aof' ? 'aof' : type === 'b' ? 'base' : 'incr',
        bytes: known.get(path) ?? 0,
        outputBytes: bytesOf(parts),
      }),
    ),
    leftOut,
    fromHistory: edit.files[0] !== undefined && edit.files[0].path !== chains[0][0].path,
    removedBytes: [...removed, ...leftOut.map(({bytes}) => bytes)].reduce((a, b) => a + b, 0),
    aside: [] as string[],
  }
}

/** Write an edit, read back what was written. `word` names files that change in place. */
export function writeAndVerify(
  host: Host,
  {input, chains, output, table, databases}: EditSource,
  edit: Edit,
  options: EditOptions,
  word: string,
): Written {
  const {force = false, inPlace = false, discard = false, stamp} = options
  if (inPlace) {
    refuseLive(chains[0].map(({path}) => path))
    refuseWrapped(host, edit)
  }
  const scan = {input, table, databases, insideArguments: false}
  return writeEdit(host, edit, {
    output,
    force,
    inPlace,
    discard,
    stamp,
    word,
    inspect: (path, file) => inspectEdit(host, path, file, scan, false),
  })
}

/** What is written is not compressed, whatever the input's name says. @throws RespiteError USAGE. */
export function refuseWrapped(host: Host, {files}: Edit): void {
  for (const {path} of files) {
    const {wrapped} = host.open(path, {crc: false})
    if (wrapped.length === 0) continue
    const message = `${path}: compressed (${wrapped.join(', ')}), which cannot be done in place`
    throw new RespiteError(Exit.USAGE, 'USAGE', message, 'write it to another place with -o')
  }
}
