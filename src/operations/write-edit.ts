/** Writes an edit: to a new file or directory, or in place of the input. What was removed is kept beside it. */
import {basename, dirname, join} from 'node:path'
import {writeManifest} from '../formats/aof/manifest.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import type {Sink} from '../formats/bytes/sink.ts'
import {backUp, freeName} from '../io/back-up.ts'
import {type FileStat, nodeDisk} from '../io/disk.ts'
import type {Host} from '../io/host.ts'
import {OutputError} from '../io/output-error.ts'
import {publishSet, removeStaleOf, type SetFile} from '../io/publish-set.ts'
import {removeStale, replaceFile, syncDirectory} from '../io/replace-file.ts'
import {noteMade, removeEmpty} from '../io/temporaries.ts'
import type {Edit, EditedFile} from './edit.ts'
import {countOn, finishAside, setAside} from './set-aside.ts'
import {copySpan} from './summed-sink.ts'
import type {Inspection} from './verify-edit.ts'
import {proven} from './write-parts.ts'

export interface WriteOptions {
  /** A file, or the directory of a set. */
  output: string
  force: boolean
  /** The output is the input: what is there stays beside it under another name. */
  inPlace: boolean
  /** Do not keep removed bytes. */
  discard: boolean
  /** Of the backups, `20261120T193000Z`. */
  stamp: string
  /** What becomes of files in place, for their new names: `repaired`. */
  word?: string
  /** Reads each finished file before it is published, under the name that it has until then. */
  inspect(path: string, file: EditedFile): Inspection
}

export interface Written {
  /** Paths of the files that a server would load, in order. */
  files: string[]
  bytes: number
  /** Where removed bytes are, and originals. */
  kept: string[]
}

/** More pieces than this stay in the source only. */
const KEPT_MAX = 1000

/** @throws DiskError, OutputError; InputError `INPUT_CHANGED`. Then nothing was published. */
export function writeEdit(host: Host, edit: Edit, options: WriteOptions): Written {
  return edit.manifest === null
    ? writeSingle(host, edit.files[0], options)
    : writeSet(host, edit, edit.manifest, options)
}

/** Where nothing has to be written in place, finish what a run that was killed has left. Returns what that set aside. */
export function clearUp({manifest}: Pick<Edit, 'manifest'>, output: string): string[] {
  if (manifest === null) {
    removeStale(nodeDisk(), output)
    return []
  }
  removeStaleOf(nodeDisk(), output, manifest)
  return finishAside(output, manifest)
}

function writeSingle(host: Host, file: EditedFile, options: WriteOptions): Written {
  const {output, force, inPlace, stamp} = options
  const like = nodeDisk().stat(file.path)
  const kept: string[] = []
  refuseCuts(file, output, options)
  const {produce, readBack, verify} = proven(host, file, options.inspect)
  const bytes = replaceFile(output, produce, {
    like,
    force,
    inPlace,
    readBack,
    verify(path) {
      verify(path)
      host.settle()
      if (inPlace) kept.push(backUp(output, stamp))
    },
  })
  host.settle()
  return {
    files: [output],
    bytes,
    kept: [...kept, ...keepRemoved(host, file, output, kept[0], options)],
  }
}

/** In place, changed files get new names and the manifest, replaced in one step, makes them the set. */
function writeSet(
  host: Host,
  {files, leftOut = []}: Edit,
  manifest: string,
  options: WriteOptions,
): Written {
  const {output, force, inPlace, stamp} = options
  const kept = inPlace ? finishAside(output, manifest) : []
  const named = files.map((file) => ({
    ...file,
    name: inPlace ? newName(file, options) : file.name,
  }))
  const changed = named.filter(({name, path}) => !inPlace || join(output, name) !== path)
  for (const file of changed) refuseCuts(file, join(output, file.name), options)
  const disk = nodeDisk()
  const sources: SetFile[] = changed.map((file) => ({
    name: file.name,
    like: disk.stat(file.path),
    ...proven(host, file, options.inspect),
  }))
  const lines = named.map(({name, seq, type, fields}) => ({name, seq, type, fields, line: 0}))
  const text = writeManifest(inPlace ? countOn(lines, leftOut) : lines)
  const list: SetFile = {
    name: manifest,
    like: disk.stat(join(output, manifest)) ?? disk.stat(files[0].path),
    produce: (sink) => sink.write(text, 0, text.length),
    verify() {
      host.settle()
      if (inPlace && disk.stat(join(output, manifest)))
        kept.push(backUp(join(output, manifest), stamp))
    },
  }
  const like = disk.stat(dirname(files[0].path))
  const sizes = withParent(output, like, () =>
    publishSet(output, sources, list, {force, inPlace, like}),
  )
  host.settle()
  for (const file of changed) {
    kept.push(...keepRemoved(host, file, join(output, file.name), file.path, options))
  }
  if (inPlace) kept.push(...setAside(leftOut, stamp))
  return {
    files: named.map(({name}) => join(output, name)),
    bytes: Object.values(sizes).reduce((sum, bytes) => sum + bytes, 0),
    kept,
  }
}

/** The data directory that the set is to lie in is made for it, and goes again when nothing comes of it. */
function withParent<T>(output: string, like: FileStat | undefined, publish: () => T): T {
  const disk = nodeDisk()
  const parent = dirname(output)
  if (disk.stat(parent) !== undefined) return publish()
  noteMade(parent)
  disk.mkdir(parent, (like?.mode ?? 0o700) & 0o7777)
  try {
    syncDirectory(disk, dirname(parent))
    return publish()
  } catch (error) {
    removeEmpty(disk, parent)
    throw error
  }
}

/** A file that stays as it is keeps its name; one that changes gets a name that says so, for a server takes any. */
function newName(
  {name, path, parts}: EditedFile,
  {output, stamp, word = 'repaired'}: WriteOptions,
): string {
  const [part] = parts
  const size = nodeDisk().stat(path)?.size
  const same = parts.length === 1 && part.kind === 'copy' && part.start === 0 && part.end === size
  if (same && dirname(path) === output) return basename(path)
  // In front of `.1.incr.aof`, by whose end history files are told apart later.
  const end = /\.\d+\.(?:base|incr)\.(?:rdb|aof)$/.exec(name)?.[0] ?? ''
  const start = join(output, `${name.slice(0, name.length - end.length)}.${word}-${stamp}`)
  return basename(freeName(start, end))
}

const cutName = (output: string, start: number): string => `${output}.cut-${start}`

function keptSpans(removed: EditedFile['removed'], discard: boolean): EditedFile['removed'] {
  return discard || removed.length > KEPT_MAX ? [] : removed
}

/** Before anything is written: once the output is there, it is too late to refuse. */
function refuseCuts(
  {removed}: EditedFile,
  output: string,
  {discard, force, inPlace}: WriteOptions,
): void {
  const disk = nodeDisk()
  // An output that is in the way is the better thing to be told of.
  if (force || (!inPlace && disk.lstat(output) !== undefined)) return
  for (const {start} of keptSpans(removed, discard)) {
    const name = cutName(output, start)
    if (disk.lstat(name) === undefined) continue
    const next = 'Move it away, or give --discard, or --force to replace it.'
    throw new OutputError('OUTPUT_EXISTS', name, 'there are bytes that an earlier run cut', next)
  }
}

/** `NAME.cut-<offset>` for each removed span. `source`: where the file lies now. */
function keepRemoved(
  host: Host,
  {path, removed}: EditedFile,
  output: string,
  source: string | undefined,
  {discard, force}: WriteOptions,
): string[] {
  const from = source ?? path
  const c = new Cursor(host.kernel)
  return keptSpans(removed, discard).map(({start, end}) => {
    const name = cutName(output, start)
    const produce = (sink: Sink) =>
      copySpan(c.open(host.open(from, {crc: false, offset: start}), start), end, sink)
    replaceFile(name, produce, {like: nodeDisk().stat(from), force})
    return name
  })
}
