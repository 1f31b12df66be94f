/**
 * Publish a directory of files that a manifest names: the files first, the manifest last. Until the manifest is there the set
 * does not exist for a server; if anything fails, what was made is taken away again. The files are written one after the other;
 * publish-parts.ts writes them all at the same time.
 */
import {basename, dirname, join} from 'node:path'
import {type Disk, DiskError, type FileStat, nodeDisk} from './disk.ts'
import type {FileSink} from './file-sink.ts'
import {OutputError} from './output-error.ts'
import {removeStale, replaceFile, syncDirectory, temporaryOf, underName} from './replace-file.ts'
import {noteComplete, noteMade, removeQuietly} from './temporaries.ts'

export interface SetFile {
  /** A name, not a path. */
  name: string
  produce: (sink: FileSink) => void
  /** Whose mode and owner it gets. */
  like?: FileStat
  /** As in ReplaceOptions, for this file. */
  readBack?: (path: string) => boolean
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
  if (!isThere(disk, directory)) {
    return publishNew(disk, directory, options.like, (temp) => {
      refuseTaken(disk, temp, files, [manifest])
      return fillSet(disk, temp, files, manifest, {})
    })
  }
  removeStaleOf(disk, directory, manifest.name)
  refuseTaken(disk, directory, files, force || inPlace ? [] : [manifest])
  return fillSet(disk, directory, files, manifest, {force, inPlace})
}

export function isThere(disk: Disk, directory: string): boolean {
  const stat = disk.stat(directory)
  if (stat !== undefined && !stat.isDirectory()) {
    throw new OutputError('OUTPUT_NOT_DIRECTORY', directory, 'not a directory')
  }
  return stat !== undefined
}

/** Temporaries of all files of a set. Their names may hold the time of a run: all count that begin like the manifest's. */
export function removeStaleOf(disk: Disk, directory: string, manifest: string): void {
  removeStale(disk, join(directory, manifest.replace(/\.manifest$/, '')))
}

/** A directory comes whole: it is made and filled under the name of a temporary. `place` gives it its own. */
export function publishNew(
  disk: Disk,
  directory: string,
  like: FileStat | undefined,
  fill: (temp: string) => Record<string, number>,
  place = putInPlace,
): Record<string, number> {
  removeStale(disk, directory)
  const temp = temporaryOf(directory)
  noteMade(temp)
  let sizes: Record<string, number>
  try {
    makeDirectory(disk, temp, like)
    sizes = fill(temp)
    place(disk, temp, directory)
  } catch (error) {
    removeQuietly(disk, temp)
    throw underName(error, temp, directory)
  }
  syncDirectory(disk, dirname(directory))
  return sizes
}

/** Give a directory its name. */
export function putInPlace(disk: Disk, temp: string, directory: string): void {
  try {
    disk.rename(temp, directory)
  } catch (error) {
    const taken = error instanceof DiskError && TAKEN.includes(error.code)
    throw taken ? exists(directory) : error
  }
}

/** What renaming a directory to a name that is taken answers. */
const TAKEN = ['EEXIST', 'ENOTEMPTY', 'ENOTDIR']

/** With mode and owner of `like`; without it for its owner alone. */
export function makeDirectory(disk: Disk, directory: string, like: FileStat | undefined): void {
  disk.mkdir(directory, like === undefined ? 0o700 : like.mode & 0o7777)
  if (like === undefined) return
  try {
    disk.chown(directory, like.uid, like.gid)
  } catch (error) {
    // Only root may give a directory away.
    if (!(error instanceof DiskError) || error.code !== 'EPERM') throw error
  }
}

function fillSet(
  disk: Disk,
  directory: string,
  files: readonly SetFile[],
  manifest: SetFile,
  {force, inPlace}: PublishOptions,
): Record<string, number> {
  const sizes: Record<string, number> = {}
  const published = new Published(disk)
  return published.untilComplete(() => {
    for (const {name, produce, like, readBack, verify} of files) {
      const path = join(directory, name)
      const onPublished = () => published.add(path)
      sizes[name] = replaceFile(path, produce, {like, readBack, verify, onPublished, disk})
    }
    sizes[manifest.name] = published.last(directory, manifest, {force, inPlace})
    return sizes
  })
}

/** Files that have their names before the manifest names them. */
export class Published {
  private readonly disk: Disk
  private readonly paths: string[] = []
  private complete = false

  constructor(disk: Disk) {
    this.disk = disk
  }

  add(path: string): void {
    noteMade(path)
    this.paths.push(path)
  }

  /** Once the manifest is there its files have to stay; before, they go with whatever fails. */
  untilComplete<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      if (!this.complete) for (const path of this.paths) removeQuietly(this.disk, path)
      throw error
    }
  }

  /** Publish the manifest. Returns its size. */
  last(directory: string, manifest: SetFile, options: PublishOptions): number {
    const {name, like, produce, verify} = manifest
    return replaceFile(join(directory, name), produce, {
      ...{like, disk: this.disk, force: options.force, inPlace: options.inPlace},
      verify(path) {
        verify?.(path)
        noteComplete()
      },
      onPublished: () => void (this.complete = true),
    })
  }
}

/** @throws OutputError `OUTPUT_NAME`, `OUTPUT_EXISTS`. */
export function refuseTaken(
  disk: Disk,
  directory: string,
  files: readonly Pick<SetFile, 'name'>[],
  manifests: readonly Pick<SetFile, 'name'>[],
): void {
  for (const {name} of [...files, ...manifests]) {
    if (name !== basename(name) || name === '' || name === '.' || name === '..') {
      throw new OutputError('OUTPUT_NAME', name, 'not the name of a file')
    }
    if (disk.lstat(join(directory, name)) !== undefined) throw exists(join(directory, name))
  }
}

function exists(path: string): OutputError {
  const next = 'Name an empty or new directory.'
  return new OutputError('OUTPUT_EXISTS', path, 'there is a file already', next)
}
