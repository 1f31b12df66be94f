/**
 * Publish a directory of files that a manifest names: the files first, the manifest last. Until the manifest is there the set
 * does not exist for a server; if anything fails, what was made is taken away again. The files are written one after the other
 * (`publishSet`) or all at the same time (`publishParts`).
 */
import {basename, dirname, join} from 'node:path'
import {type Disk, DiskError, type FileStat, nodeDisk} from './disk.ts'
import type {FileSink} from './file-sink.ts'
import {OutputError} from './output-error.ts'
import {
  Draft,
  removeStale,
  replaceFile,
  syncDirectory,
  temporaryOf,
  underName,
} from './replace-file.ts'
import {noteComplete, noteMade, ownerOf, removeQuietly} from './temporaries.ts'

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

export interface PartsOptions extends Pick<PublishOptions, 'force' | 'like' | 'disk'> {
  /** Names of files that an earlier manifest has and the new one has not: they go when that is there. */
  obsolete?: readonly string[]
}

/**
 * The same for files that `write` fills side by side; it gets their sinks in their order. None has its name before all are finished. With
 * `force` files of those names are replaced. @throws as `publishSet`, and as `refuseFull`.
 */
export function publishParts(
  directory: string,
  files: readonly Omit<SetFile, 'produce'>[],
  write: (sinks: readonly FileSink[]) => void,
  manifest: SetFile,
  options: PartsOptions = {},
): Record<string, number> {
  const {disk = nodeDisk(), force = false, obsolete = []} = options
  refuseFull(directory, force, disk)
  const fill = (folder: string) => {
    refuseTaken(disk, folder, files, [manifest], force)
    return fillTogether(disk, folder, files, write, manifest, force)
  }
  if (!isThere(disk, directory)) return publishNew(disk, directory, options.like, fill)
  const sizes = fill(directory)
  for (const name of obsolete) {
    if (name === basename(name) && sizes[name] === undefined) {
      removeQuietly(disk, join(directory, name))
    }
  }
  return sizes
}

/** For whoever has hours of reading before it publishes: a directory with anything in it is taken. @throws OutputError, DiskError. */
export function refuseFull(directory: string, force: boolean, disk: Disk = nodeDisk()): void {
  if (!isThere(disk, directory) || force) return
  const name = disk.readdir(directory).find((each) => ownerOf(each) === null)
  if (name === undefined) return
  const next = 'Name an empty or new directory, or give --force to replace files of the same names.'
  throw new OutputError('OUTPUT_EXISTS', directory, 'the directory is not empty', next)
}

function isThere(disk: Disk, directory: string): boolean {
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

/** A directory that was not there comes whole: it is made and filled under the name of a temporary. */
function publishNew(
  disk: Disk,
  directory: string,
  like: FileStat | undefined,
  fill: (temp: string) => Record<string, number>,
): Record<string, number> {
  removeStale(disk, directory)
  const temp = temporaryOf(directory)
  noteMade(temp)
  let sizes: Record<string, number>
  try {
    makeDirectory(disk, temp, like)
    sizes = fill(temp)
    putInPlace(disk, temp, directory)
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

function fillTogether(
  disk: Disk,
  directory: string,
  files: readonly Omit<SetFile, 'produce'>[],
  write: (sinks: readonly FileSink[]) => void,
  manifest: SetFile,
  force: boolean,
): Record<string, number> {
  const sizes: Record<string, number> = {}
  const published = new Published(disk)
  const drafts: Draft[] = []
  return published.untilComplete(() => {
    try {
      for (const {name, like, verify} of files) {
        const path = join(directory, name)
        // What was replaced is gone: only what is new can be taken away again.
        const isNew = disk.lstat(path) === undefined
        const onPublished = isNew ? () => published.add(path) : undefined
        drafts.push(new Draft(path, {like, force, verify, onPublished, disk}))
      }
      write(drafts.map(({sink}) => sink))
      for (const [i, draft] of drafts.entries()) sizes[files[i].name] = draft.finish()
      for (const draft of drafts) draft.publish()
    } catch (error) {
      throw drafts.map((draft) => draft.discard(error)).find((each) => each !== error) ?? error
    }
    syncDirectory(disk, directory)
    sizes[manifest.name] = published.last(directory, manifest, {force})
    return sizes
  })
}

/** Files that have their names before the manifest names them. */
class Published {
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

function refuseTaken(
  disk: Disk,
  directory: string,
  files: readonly Pick<SetFile, 'name'>[],
  manifests: readonly Pick<SetFile, 'name'>[],
  replaced = false,
): void {
  for (const {name} of [...files, ...manifests]) {
    if (name !== basename(name) || name === '' || name === '.' || name === '..') {
      throw new OutputError('OUTPUT_NAME', name, 'not the name of a file')
    }
    if (replaced || disk.lstat(join(directory, name)) === undefined) continue
    throw exists(join(directory, name))
  }
}

function exists(path: string): OutputError {
  const next = 'Name an empty or new directory.'
  return new OutputError('OUTPUT_EXISTS', path, 'there is a file already', next)
}
