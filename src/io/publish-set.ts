/**
 * Publish a directory of files that a manifest names: the files first, the manifest last. Until the manifest is there the set
 * does not exist for a server; if anything fails, what was made is taken away again.
 */
import {basename, dirname, join} from 'node:path'
import {type Disk, DiskError, type FileStat, nodeDisk} from './disk.ts'
import type {FileSink} from './file-sink.ts'
import {OutputError} from './output-error.ts'
import {replaceFile, syncDirectory} from './replace-file.ts'

export interface SetFile {
  /** A name, not a path. */
  name: string
  produce: (sink: FileSink) => void
  /** Whose mode and owner it gets. */
  like?: FileStat
  /** As in ReplaceOptions, for this file. */
  verify?: (path: string) => void
}

export interface PublishOptions {
  /** Replace the manifest of an existing set. Data files are never replaced: a crash would leave a mix. */
  force?: boolean
  /** The set is the input, on purpose: its manifest is replaced. */
  inPlace?: boolean
  /** Mode and owner of a directory that has to be made. */
  like?: FileStat
  disk?: Disk
}

/**
 * Write `files`, then `manifest`, to `directory`, which is made when it is not there. Returns the bytes of each file by name.
 * @throws as `replaceFile`; OutputError `OUTPUT_EXISTS` before anything is written when a name is taken, `OUTPUT_NAME`.
 */
export function publishSet(
  directory: string,
  files: readonly SetFile[],
  manifest: SetFile,
  options: PublishOptions = {},
): Record<string, number> {
  const {disk = nodeDisk(), force = false, inPlace = false} = options
  const made = makeDirectory(disk, directory, options.like)
  const published: string[] = []
  const sizes: Record<string, number> = {}
  let complete = false
  try {
    refuseTaken(disk, directory, files, force || inPlace ? [] : [manifest])
    for (const {name, produce, like, verify} of files) {
      const path = join(directory, name)
      const onPublished = () => void published.push(path)
      sizes[name] = replaceFile(path, produce, {like, verify, onPublished, disk})
    }
    const path = join(directory, manifest.name)
    const {like, produce, verify} = manifest
    const onPublished = () => void (complete = true)
    sizes[manifest.name] = replaceFile(path, produce, {
      like,
      force,
      inPlace,
      verify,
      onPublished,
      disk,
    })
  } catch (error) {
    // Once the manifest is there its files have to stay.
    if (!complete) undo(disk, directory, published, made)
    throw error
  }
  return sizes
}

function makeDirectory(disk: Disk, directory: string, like: FileStat | undefined): boolean {
  const stat = disk.stat(directory)
  if (stat !== undefined && !stat.isDirectory()) {
    throw new OutputError('OUTPUT_NOT_DIRECTORY', directory, 'not a directory')
  }
  if (stat !== undefined) return false
  disk.mkdir(directory, like === undefined ? 0o700 : like.mode & 0o7777)
  try {
    if (like !== undefined) disk.chown(directory, like.uid, like.gid)
    syncDirectory(disk, dirname(directory))
  } catch (error) {
    // Only root may give a directory away.
    if (error instanceof DiskError && error.operation === 'chown' && error.code === 'EPERM') {
      return true
    }
    undo(disk, directory, [], true)
    throw error
  }
  return true
}

function refuseTaken(
  disk: Disk,
  directory: string,
  files: readonly SetFile[],
  manifests: readonly SetFile[],
): void {
  for (const {name} of [...files, ...manifests]) {
    if (name !== basename(name) || name === '' || name === '.' || name === '..') {
      throw new OutputError('OUTPUT_NAME', name, 'not the name of a file')
    }
    if (disk.lstat(join(directory, name)) === undefined) continue
    const next = 'Name an empty or new directory.'
    throw new OutputError('OUTPUT_EXISTS', join(directory, name), 'there is a file already', next)
  }
}

/** The first error is the one that matters. */
function undo(disk: Disk, directory: string, files: readonly string[], made: boolean): void {
  for (const remove of [
    ...files.map((path) => () => disk.unlink(path)),
    ...(made ? [() => disk.rmdir(directory)] : []),
  ]) {
    try {
      remove()
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
    }
  }
}
