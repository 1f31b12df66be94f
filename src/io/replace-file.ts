/**
 * The one way to publish a file:
 *
 *     .NAME.tmp-PID beside it, O_EXCL, mode 0600 → write → fsync → read back → owner and mode → rename → fsync of the directory
 *
 * After a crash at any point the old file or the new one is at the path, never a mix; at worst a temporary is left, which the
 * next run removes once its process is gone.
 */
import {basename, dirname, join} from 'node:path'
import {type Disk, DiskError, type FileStat, nodeDisk} from './disk.ts'
import {FileSink} from './file-sink.ts'
import {OutputError} from './output-error.ts'
import {noteMade, ownerOf, removeQuietly} from './temporaries.ts'

export interface ReplaceOptions {
  /** The input: its mode and owner go over to the output, and the output must be another file. */
  like?: FileStat
  /** Replace what is at the path. Without it an existing output is refused. */
  force?: boolean
  /** The output is the input, on purpose (`--in-place`). */
  inPlace?: boolean
  /** Does the finished temporary, read from its first byte to its last, hold what was written? Without it that is found out here. */
  readBack?: (path: string) => boolean
  /** Looks at the finished temporary before it is published; throws to refuse it. */
  verify?: (path: string) => void
  /** Called as soon as the file is at its path, though perhaps not for good yet: a later error does not take it away. */
  onPublished?: () => void
  disk?: Disk
}

const PERMISSIONS = 0o7777

/**
 * Publish what `produce` writes at `path`. Returns its size in bytes.
 * @throws DiskError; OutputError `OUTPUT_EXISTS`, `OUTPUT_IS_INPUT`, `OUTPUT_NOT_FILE`, `READ_BACK`; whatever `produce` and `verify` throw.
 * The path is then as it was and no temporary is left, unless `onPublished` was called: only the directory's fsync failed.
 */
export function replaceFile(
  path: string,
  produce: (sink: FileSink) => void,
  options: ReplaceOptions = {},
): number {
  const draft = new Draft(path, options)
  let size: number
  try {
    produce(draft.sink)
    size = draft.finish()
    draft.publish()
  } catch (error) {
    throw draft.discard(error)
  }
  syncDirectory(options.disk ?? nodeDisk(), draft.directory)
  return size
}

/** A file on its way to its name, for whoever writes several at a time: `finish` all of them, then `publish`, and `discard` at any error. */
export class Draft {
  readonly sink: FileSink
  /** Has to be synced when the file is published. */
  readonly directory: string
  private readonly path: string
  private readonly target: string
  private readonly temp: string
  private readonly disk: Disk
  private readonly options: ReplaceOptions
  private readonly fd: number
  private open = true

  /** @throws as `replaceFile` before anything is written. */
  constructor(path: string, options: ReplaceOptions) {
    const {disk = nodeDisk()} = options
    this.path = path
    this.options = options
    this.disk = disk
    this.target = prepareOutput(path, options)
    this.temp = temporaryOf(this.target)
    this.directory = dirname(this.target)
    this.fd = create(disk, this.temp, path)
    this.sink = new FileSink(disk, this.fd, this.target, options.readBack === undefined)
  }

  /** Everything was written: make sure that it is on the disk, and look at it. Returns its size. */
  finish(): number {
    const {disk, fd, sink, target, temp, options} = this
    const {like, readBack, verify} = options
    sink.flush()
    disk.fsync(fd)
    if (readBack === undefined && !sink.matches()) throw notWritten(target)
    if (like !== undefined) takeMode(disk, fd, like)
    this.open = false
    // Network file systems may report a failed write only here.
    disk.close(fd)
    if (readBack?.(temp) === false) throw notWritten(target)
    verify?.(temp)
    return sink.size
  }

  publish(): void {
    const {disk, temp, target, options} = this
    publish(disk, temp, target, options)
    options.onPublished?.()
  }

  /** Take the temporary away. Returns the error that led to it, told of what the user named. */
  discard(error: unknown): unknown {
    const {disk, fd, temp, path} = this
    if (this.open) closeQuietly(disk, fd)
    removeQuietly(disk, temp)
    return underName(error, temp, path)
  }
}

/**
 * What `replaceFile` does first, for whoever has hours of reading before it: clears up behind dead runs and refuses what must not be
 * written over. Returns the path behind symbolic links. @throws as `replaceFile`
 */
export function prepareOutput(path: string, options: ReplaceOptions): string {
  const {disk = nodeDisk()} = options
  const target = targetOf(disk, path)
  removeStale(disk, target)
  refuse(disk, path, target, options)
  return target
}

/** The temporary that this process makes for `path`. */
export function temporaryOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.tmp-${process.pid}`)
}

/** Make renames and new names in a directory last. */
export function syncDirectory(disk: Disk, directory: string): void {
  const fd = disk.open(directory, 'r')
  try {
    disk.fsync(fd)
  } finally {
    disk.close(fd)
  }
}

/** Follow symbolic links, so that the file behind them is replaced. */
function targetOf(disk: Disk, path: string): string {
  return disk.lstat(path)?.isSymbolicLink() ? disk.realpath(path) : path
}

/** Refuse what must not be written over. */
function refuse(
  disk: Disk,
  path: string,
  target: string,
  {like, force, inPlace}: ReplaceOptions,
): void {
  const stat = disk.stat(target)
  if (stat === undefined) return
  if (!inPlace && like !== undefined && like.dev === stat.dev && like.ino === stat.ino) {
    throw new OutputError('OUTPUT_IS_INPUT', path, 'this is the input itself')
  }
  if (!stat.isFile()) {
    throw new OutputError('OUTPUT_NOT_FILE', path, 'not a regular file')
  }
  if (!force && !inPlace) throw exists(path)
}

function exists(path: string): OutputError {
  const next = 'Name another output, or give --force to replace it.'
  return new OutputError('OUTPUT_EXISTS', path, 'there is a file already', next)
}

function create(disk: Disk, temp: string, path: string): number {
  noteMade(temp)
  try {
    return disk.open(temp, 'wx', 0o600)
  } catch (error) {
    throw underName(error, temp, path)
  }
}

/** The same error, told of what the user named instead of the temporary. */
export function underName(error: unknown, temp: string, path: string): unknown {
  if (!(error instanceof DiskError || error instanceof OutputError)) return error
  const isInside = error.path.startsWith(join(temp, '/'))
  return isInside || error.path === temp ? error.at(path + error.path.slice(temp.length)) : error
}

/** Temporaries of processes that are gone, and of earlier processes that had our id; or, with `ours`, only of the former. */
export function removeStale(disk: Disk, path: string, ours = false): void {
  const directory = dirname(path)
  // Also of what is kept beside it: `.NAME.cut-12.tmp-PID`.
  const prefix = `.${basename(path)}.`
  for (const name of disk.readdir(directory)) {
    const pid = name.startsWith(prefix) ? ownerOf(name) : null
    if (pid === null) continue
    if ((pid === process.pid && !ours) || !disk.isAlive(pid))
      removeQuietly(disk, join(directory, name))
  }
}

/** Give a file the owner and mode of another. */
export function takeMode(disk: Disk, fd: number, like: FileStat): void {
  takeOwner(disk, fd, like)
  disk.fchmod(fd, like.mode & PERMISSIONS)
  disk.fsync(fd)
}

/** The disk holds something else than what was written. */
export function notWritten(path: string): OutputError {
  return new OutputError('READ_BACK', path, 'the disk does not hold what was written to it')
}

/** Only root may give files away: for anyone else a different owner stays what the file system made it. */
function takeOwner(disk: Disk, fd: number, like: FileStat): void {
  const own = disk.fstat(fd)
  if (own.uid === like.uid && own.gid === like.gid) return
  try {
    disk.fchown(fd, like.uid, like.gid)
  } catch (error) {
    if (!(error instanceof DiskError) || error.code !== 'EPERM') throw error
  }
}

/** A link fails where a rename would replace: nothing can slip in between the first look and now. */
function publish(disk: Disk, temp: string, target: string, options: ReplaceOptions): void {
  if (options.force || options.inPlace) {
    disk.rename(temp, target)
    return
  }
  try {
    disk.link(temp, target)
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    if (error.code === 'EEXIST') throw exists(target)
    if (!NO_LINKS.includes(error.code)) throw error
    disk.rename(temp, target)
    return
  }
  // The output is complete. A temporary that cannot be removed now is a second name for it, and stale for the next run.
  removeQuietly(disk, temp)
}

/** What file systems without hard links answer: FAT, some network and FUSE ones. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EACCES']

export function closeQuietly(disk: Disk, fd: number): void {
  try {
    disk.close(fd)
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
  }
}
