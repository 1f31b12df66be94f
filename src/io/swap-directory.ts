/**
 * Replace a directory by one that lies complete beside it. Nothing that Node reaches exchanges two names in one step, so it takes two:
 *
 *     NAME → .NAME.was-PID, .NAME.tmp-PID → NAME
 *
 * There is the old directory, for a moment none, then the new one, and never a mix of both. A run that was killed at that moment leaves
 * both beside: the next one puts the old one back. What is in the old one and not to be replaced has a second name in the new one by
 * then, but for directories, which cannot have two: they move after it.
 */
import {basename, dirname, join} from 'node:path'
import {freeName, linkOrCopy} from './back-up.ts'
import {type Disk, DiskError, type FileStat} from './disk.ts'
import {OutputError} from './output-error.ts'
import {syncDirectory} from './replace-file.ts'
import {noteSwapped, ownerOf, removeQuietly} from './temporaries.ts'

/** What renaming answers for a place where a file system is mounted, and for a directory of a lower layer. */
const FIXED = ['EBUSY', 'EXDEV']

/** For whoever has much to write before it swaps. @throws OutputError `OUTPUT_FIXED`. */
export function refuseFixed(disk: Disk, directory: string): void {
  const isMounted = disk.stat(directory)?.dev !== disk.stat(dirname(directory))?.dev
  // It would go on in the directory that is to go.
  const isWithin = join(process.cwd(), '/').startsWith(join(directory, '/'))
  if (isMounted || isWithin) throw fixed(directory)
}

/**
 * Give `temp` the name of `directory`, whose mode it takes, and whatever of its files is not `leaving`. `finishSwap` has to follow.
 * @throws DiskError; OutputError `OUTPUT_FIXED`. Then the old one is in its place.
 */
export function swapDirectory(
  disk: Disk,
  temp: string,
  directory: string,
  like: FileStat,
  leaving: ReadonlySet<string>,
): void {
  disk.chmod(temp, like.mode & 0o7777)
  for (const name of disk.readdir(directory)) {
    const path = join(directory, name)
    if (leaving.has(name) || ownerOf(name) !== null || isDirectory(disk, path)) continue
    linkOrCopy(disk, path, join(temp, name))
  }
  syncDirectory(disk, temp)
  const was = wasOf(directory, process.pid)
  noteSwapped(directory)
  try {
    disk.rename(directory, was)
  } catch (error) {
    throw error instanceof DiskError && FIXED.includes(error.code) ? fixed(directory) : error
  }
  try {
    disk.rename(temp, directory)
  } catch (error) {
    disk.rename(was, directory)
    throw error
  }
}

/** Do what is left of a swap, of this process or of one that is gone. */
export function finishSwap(disk: Disk, directory: string): void {
  const start = basename(wasOf(directory, ''))
  for (const name of disk.readdir(dirname(directory))) {
    const pid = name.startsWith(start) ? name.slice(start.length) : ''
    if (!/^[1-9]\d{0,9}$/.test(pid)) continue
    if (Number(pid) !== process.pid && disk.isAlive(Number(pid))) continue
    finishOne(disk, directory, pid)
  }
}

function finishOne(disk: Disk, directory: string, pid: string): void {
  const was = wasOf(directory, pid)
  const temp = join(dirname(directory), `.${basename(directory)}.tmp-${pid}`)
  if (disk.lstat(directory) === undefined) disk.rename(was, directory)
  // Somebody else has put another one there meanwhile: what was there stays, for people to find.
  else if (disk.lstat(temp) !== undefined) disk.rename(was, freeName(`${directory}.was`, '', disk))
  else {
    for (const name of disk.readdir(was)) {
      const [from, to] = [join(was, name), join(directory, name)]
      if (isDirectory(disk, from) && disk.lstat(to) === undefined) disk.rename(from, to)
    }
    removeQuietly(disk, was)
  }
  syncDirectory(disk, dirname(directory))
}

const wasOf = (directory: string, pid: number | string): string =>
  join(dirname(directory), `.${basename(directory)}.was-${pid}`)

const isDirectory = (disk: Disk, path: string): boolean => disk.lstat(path)?.isDirectory() === true

function fixed(directory: string): OutputError {
  const detail =
    'what is in it is replaced with the directory itself, which cannot be moved: something is mounted there, or this runs in it'
  const next = 'Name a new directory in it, or run it from elsewhere.'
  return new OutputError('OUTPUT_FIXED', directory, detail, next)
}
