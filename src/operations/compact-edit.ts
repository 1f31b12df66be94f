/** What `compact` writes in place of a log or a set, and where. */
import {basename, dirname, join, resolve} from 'node:path'
import {Exit, RespiteError} from '../errors.ts'
import type {PatchableSink} from '../formats/rdb/write-output.ts'
import {nodeDisk} from '../io/disk.ts'
import {OutputError} from '../io/output-error.ts'
import {type Kept, type KeptFile, keptParts, type LogEnd} from './compact-keep.ts'
import type {CompactOptions} from './compact-options.ts'
import type {Form} from './convert-target.ts'
import type {Loadable} from './dataset-source.ts'
import type {Edit, EditedFile, Part} from './edit.ts'
import type {FileToLoad} from './load-dataset.ts'
import {outputDirectory, type SetMembers, setMembers} from './set-members.ts'

const STEM = 'appendonly.aof'

/** Where it goes. */
export interface CompactPlace {
  /** A file, or the directory of a set. */
  output: string
  /** The set that the input is. */
  set: SetMembers | null
  /** Name of the manifest; null for one file. */
  manifest: string | null
  /** Beside what the files of a run lie: where the next run over the same output looks for them. */
  beside: string
}

/** @throws RespiteError USAGE, OutputError where that cannot be. */
export function placeOf(
  {layout, files, rdb}: Loadable,
  {output, inPlace = false, to = 'aof', single = false}: CompactOptions,
): CompactPlace {
  const set = rdb === null ? setMembers(layout) : null
  const isSet = to === 'aof' && !single
  if (inPlace) {
    const same = rdb === null && to === 'aof' && (set !== null) === isSet
    if (!same) throw usage('--in-place leaves a set a set, and one file one file')
  }
  const wanted = output ?? set?.directory ?? files[0].path
  const directory = set === null || inPlace ? wanted : outputDirectory(layout, set, wanted)
  const manifest = isSet ? (set?.manifest ?? `${STEM}.manifest`) : null
  const path = isSet ? directory : wanted
  if (!inPlace) refuseInputs(path, files)
  const isThere = nodeDisk().stat(path)?.isDirectory() === true
  const beside = isThere && manifest !== null ? join(path, stemOf(manifest)) : path
  return {output: path, set, manifest, beside}
}

/** Also with --force an input is not written over. */
function refuseInputs(output: string, files: readonly FileToLoad[]): void {
  const disk = nodeDisk()
  const there = disk.stat(output)
  if (there === undefined) return
  const isInput = files.some(({path}) => {
    const stat = disk.stat(there.isDirectory() ? dirname(resolve(path)) : path)
    return stat !== undefined && stat.dev === there.dev && stat.ino === there.ino
  })
  if (!isInput) return
  const next = 'Name another output, or give --in-place.'
  throw new OutputError('OUTPUT_IS_INPUT', output, 'this is the input itself', next)
}

interface Production {
  place: CompactPlace
  files: readonly FileToLoad[]
  form: Form
  kept: Kept | null
  /** Writes what was compacted. */
  produce(sink: PatchableSink): void
  /** What it ended with, once it is written. */
  ended(): LogEnd
}

export function compactEdit(production: Production): Edit {
  const {place, files} = production
  if (place.manifest === null) return {manifest: null, files: [singleFile(production)]}
  const rest = production.kept?.rest ?? []
  const edited = [
    baseFile(production, place.manifest),
    ...rest.map((kept) => keptFile(production, kept, place.manifest!)),
    ...(rest.length === 0 ? [emptyIncr(production, place.manifest)] : []),
  ]
  const whole = new Set(rest.filter(({start}) => start === 0).map(({file}) => file.path))
  const leftOut = files.map(({path}) => path).filter((path) => !whole.has(path))
  return {manifest: place.manifest, files: edited, leftOut}
}

/** The name that the files of a set begin with. */
const stemOf = (manifest: string): string => manifest.replace(/\.manifest$/, '')

function baseFile(production: Production, manifest: string): EditedFile {
  const {place, files, form, produce} = production
  const old = place.set?.members.find(({type}) => type === 'b')?.seq ?? 0
  const seq = old + 1
  const name = `${stemOf(manifest)}.${seq}.base.${form === 'rdb' ? 'rdb' : 'aof'}`
  return edited(files[0], name, 'b', seq, [{kind: 'made', produce}])
}

function emptyIncr({place, files}: Production, manifest: string): EditedFile {
  const seq = Math.max(0, ...incrs(place).map((each) => each.seq)) + 1
  return edited(files[files.length - 1], `${stemOf(manifest)}.${seq}.incr.aof`, 'i', seq, [])
}

function keptFile({place, ended}: Production, kept: KeptFile, manifest: string): EditedFile {
  const {file} = kept
  const seq = incrs(place).find((each) => each.file.path === file.path)?.seq ?? 1
  const name = place.set === null ? `${stemOf(manifest)}.1.incr.aof` : basename(file.path)
  return edited(file, name, 'i', seq, keptParts(kept, false, ended))
}

const incrs = ({set}: CompactPlace) => set?.members.filter(({type}) => type === 'i') ?? []

function singleFile({place, files, form, kept, produce, ended}: Production): EditedFile {
  const [only, ...others] = kept?.rest ?? []
  if (others.length > 0) {
    throw usage('--keep-since keeps several logs here: they make a set, not a --single file')
  }
  const tail = only === undefined ? [] : keptParts(only, form === 'commands', ended)
  const parts: Part[] = [{kind: 'made', produce}, ...tail]
  return edited(only?.file ?? files[0], basename(place.output), 'i', 1, parts)
}

function edited(
  {path, name: file}: FileToLoad,
  name: string,
  type: 'b' | 'i',
  seq: number,
  parts: Part[],
): EditedFile {
  return {path, file, name, type, seq, fields: [], parts, removed: []}
}

function usage(message: string): RespiteError {
  return new RespiteError(Exit.USAGE, 'USAGE', message)
}
