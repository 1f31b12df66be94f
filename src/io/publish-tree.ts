/**
 * Publish a directory of files in directories of their own. It comes whole: it is made and filled under the name of a temporary, every
 * file is read back, and then it gets its name. One that is there is never replaced, because that takes more than one step.
 */
import {dirname, join} from 'node:path'
import {type Disk, type FileStat, nodeDisk} from './disk.ts'
import {FileSink} from './file-sink.ts'
import {OutputError} from './output-error.ts'
import {makeDirectory, putInPlace} from './publish-set.ts'
import {
  closeQuietly,
  removeStale,
  syncDirectory,
  takeMode,
  temporaryOf,
  underName,
} from './replace-file.ts'
import {noteMade, removeQuietly} from './temporaries.ts'

/** A file that is being written. */
export interface TreeFile {
  readonly sink: FileSink
  /** Nothing more is written to it. Reads it back. */
  close(): void
}

export interface TreeOptions {
  /** Whose mode and owner the files get. */
  like?: FileStat
  /** Called when all is written, before it is published; throws to refuse it. */
  verify?: () => void
  disk?: Disk
}

/**
 * `produce` opens files by paths inside of the directory, and closes them. Returns the bytes of each.
 * @throws DiskError; OutputError `OUTPUT_EXISTS`, `READ_BACK`; what `produce` throws. Nothing is left then.
 */
export function publishTree(
  directory: string,
  produce: (open: (path: string) => TreeFile) => void,
  options: TreeOptions = {},
): Record<string, number> {
  const {disk = nodeDisk()} = options
  removeStale(disk, directory)
  if (disk.lstat(directory) !== undefined) throw exists(directory)
  const temp = temporaryOf(directory)
  noteMade(temp)
  const tree = new Tree(disk, directory, temp, options.like)
  try {
    makeDirectory(disk, temp, undefined)
    produce((path) => tree.open(path))
    tree.finish()
    options.verify?.()
    putInPlace(disk, temp, directory)
  } catch (error) {
    tree.abandon()
    removeQuietly(disk, temp)
    throw underName(error, temp, directory)
  }
  syncDirectory(disk, dirname(directory))
  return tree.sizes
}

class Tree {
  readonly sizes: Record<string, number> = {}
  private readonly disk: Disk
  private readonly directory: string
  private readonly temp: string
  private readonly like: FileStat | undefined
  private readonly made = new Set<string>()
  private readonly left = new Set<number>()

  constructor(disk: Disk, directory: string, temp: string, like: FileStat | undefined) {
    this.disk = disk
    this.directory = directory
    this.temp = temp
    this.like = like
  }

  open(path: string): TreeFile {
    const {disk, temp, left} = this
    this.makeParents(dirname(path))
    const fd = disk.open(join(temp, path), 'wx', 0o600)
    left.add(fd)
    const sink = new FileSink(disk, fd, join(this.directory, path))
    return {sink, close: () => this.close(path, fd, sink)}
  }

  finish(): void {
    if (this.left.size > 0) throw new Error('a file was not closed')
    for (const path of this.made) syncDirectory(this.disk, join(this.temp, path))
    syncDirectory(this.disk, this.temp)
  }

  abandon(): void {
    for (const fd of this.left) closeQuietly(this.disk, fd)
  }

  private close(path: string, fd: number, sink: FileSink): void {
    const {disk, like} = this
    sink.flush()
    disk.fsync(fd)
    if (!sink.matches()) {
      const message = 'the disk does not hold what was written to it'
      throw new OutputError('READ_BACK', join(this.directory, path), message)
    }
    if (like !== undefined) takeMode(disk, fd, like)
    this.left.delete(fd)
    // Network file systems may report a failed write only here.
    disk.close(fd)
    this.sizes[path] = sink.size
  }

  private makeParents(path: string): void {
    if (path === '.' || this.made.has(path)) return
    this.makeParents(dirname(path))
    makeDirectory(this.disk, join(this.temp, path), undefined)
    this.made.add(path)
  }
}

function exists(directory: string): OutputError {
  const next = 'Name a new directory: one that is there is never replaced.'
  return new OutputError('OUTPUT_EXISTS', directory, 'there is something already', next)
}
