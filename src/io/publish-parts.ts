/**
 * Publish a directory of files that are written side by side, and the manifest that names them. It comes whole: a new one gets its name
 * when it is complete, one that holds an earlier one's files is replaced by another, and in any other the manifest comes last.
 */
import {join} from 'node:path'
import {type Disk, type FileStat, nodeDisk} from './disk.ts'
import type {FileSink} from './file-sink.ts'
import {OutputError} from './output-error.ts'
import {
  isThere,
  Published,
  type PublishOptions,
  publishNew,
  refuseTaken,
  type SetFile,
} from './publish-set.ts'
import {Draft, syncDirectory} from './replace-file.ts'
import {finishSwap, refuseFixed, swapDirectory} from './swap-directory.ts'
import {ownerOf} from './temporaries.ts'

export interface PartsOptions extends Pick<PublishOptions, 'force' | 'like' | 'disk'> {
  /** Names of files that an earlier manifest has: with `force` they go. */
  obsolete?: readonly string[]
}

type PartFile = Omit<SetFile, 'produce'>

/**
 * Write `files`, which `write` fills side by side (it gets their sinks in their order), then `manifest`. With `force` files of those names
 * are replaced. Returns the bytes of each file by name. @throws as `publishSet`, `preparePartsOutput` and `swapDirectory`; OutputError
 * `OUTPUT_NOT_FILE`, `OUTPUT_IS_INPUT`. Then what was there is there.
 */
export function publishParts(
  directory: string,
  files: readonly PartFile[],
  write: (sinks: readonly FileSink[]) => void,
  manifest: SetFile,
  options: PartsOptions = {},
): Record<string, number> {
  const {disk = nodeDisk(), force = false, obsolete = [], like} = options
  preparePartsOutput(directory, force, disk)
  const fill = (folder: string) => {
    refuseTaken(disk, folder, files, [manifest])
    return fillTogether(disk, folder, files, write, manifest)
  }
  const before = disk.stat(directory)
  if (before === undefined) return publishNew(disk, directory, like, fill)
  const names = [...files, manifest].map(({name}) => name)
  const all = new Set(disk.readdir(directory))
  const leaving = new Set([...names, ...obsolete].filter((name) => all.has(name)))
  if (!force || leaving.size === 0) return fill(directory)
  const real = disk.realpath(directory)
  refuseFixed(disk, real)
  for (const name of leaving) refuseReplacing(disk, join(directory, name), [like, manifest.like])
  const swap = (_: Disk, temp: string) => swapDirectory(disk, temp, real, before, leaving)
  const sizes = publishNew(disk, real, before, fill, swap)
  finishSwap(disk, real)
  return sizes
}

/**
 * For whoever has hours of reading before it publishes: ends what a run that was killed has begun; a directory with anything in it is
 * taken. @throws OutputError, DiskError.
 */
export function preparePartsOutput(
  directory: string,
  force: boolean,
  disk: Disk = nodeDisk(),
): void {
  finishSwap(disk, disk.stat(directory) === undefined ? directory : disk.realpath(directory))
  if (!isThere(disk, directory) || force) return
  const name = disk.readdir(directory).find((each) => ownerOf(each) === null)
  if (name === undefined) return
  const next = 'Name an empty or new directory, or give --force to replace files of the same names.'
  throw new OutputError('OUTPUT_EXISTS', directory, 'the directory is not empty', next)
}

function refuseReplacing(
  disk: Disk,
  path: string,
  inputs: readonly (FileStat | undefined)[],
): void {
  const stat = disk.stat(path)
  if (stat === undefined) return
  if (!stat.isFile()) throw new OutputError('OUTPUT_NOT_FILE', path, 'not a regular file')
  if (inputs.some((input) => input?.dev === stat.dev && input.ino === stat.ino)) {
    throw new OutputError('OUTPUT_IS_INPUT', path, 'this is the input itself')
  }
}

function fillTogether(
  disk: Disk,
  directory: string,
  files: readonly PartFile[],
  write: (sinks: readonly FileSink[]) => void,
  manifest: SetFile,
): Record<string, number> {
  const sizes: Record<string, number> = {}
  const published = new Published(disk)
  const drafts: Draft[] = []
  return published.untilComplete(() => {
    try {
      for (const {name, like, verify} of files) {
        const path = join(directory, name)
        const onPublished = () => published.add(path)
        drafts.push(new Draft(path, {like, verify, onPublished, disk}))
      }
      write(drafts.map(({sink}) => sink))
      for (const [i, draft] of drafts.entries()) sizes[files[i].name] = draft.finish()
      for (const draft of drafts) draft.publish()
    } catch (error) {
      throw drafts.map((draft) => draft.discard(error)).find((each) => each !== error) ?? error
    }
    syncDirectory(disk, directory)
    sizes[manifest.name] = published.last(directory, manifest, {})
    return sizes
  })
}
