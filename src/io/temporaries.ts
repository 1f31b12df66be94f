/**
 * What an operation leaves on disk when it is stopped in the middle: a signal reaches the main thread, which ends the worker and
 * then removes what that worker had made and not yet published (remove-traces.ts). The worker says so before it makes anything.
 */
import {basename, join} from 'node:path'
import {isMainThread, workerData} from 'node:worker_threads'
import {type Disk, DiskError} from './disk.ts'

/** From a worker to the thread that started it. */
export interface Traces {
  /** A temporary that is about to be made, or a file that nothing names yet. */
  made?: string
  /** What was made under names of its own is about to be named, and must stay from now on. */
  complete?: true
  /** A directory is about to be replaced by another. */
  swapped?: string
}

/** Say that a temporary is about to be made, or that a file is there that nothing names yet. */
export function noteMade(path: string): void {
  note({made: path})
}

/** Say that what was made is about to count. */
export function noteComplete(): void {
  note({complete: true})
}

/** Say that a directory is about to be replaced by another. */
export function noteSwapped(directory: string): void {
  note({swapped: directory})
}

function note(traces: Traces): void {
  // Only a worker of ours has this port; anywhere else nobody listens.
  if (!isMainThread) workerData?.respiteTraces?.postMessage(traces)
}

/** `.NAME.tmp-PID`; the id is group 1. */
const TEMPORARY = /^\..+\.tmp-([1-9]\d{0,9})$/

/** The process that made a temporary, or null when it is none of ours. */
export function ownerOf(path: string): number | null {
  const pid = TEMPORARY.exec(basename(path))?.[1]
  return pid === undefined ? null : Number(pid)
}

/** Remove a temporary: a file, or a directory with all that is in it. Failing to is no error: the next run does it. */
export function removeQuietly(disk: Disk, path: string): void {
  try {
    disk.unlink(path)
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    if (IS_DIRECTORY.includes(error.code)) removeDirectory(disk, path)
  }
}

/** What unlink answers for a directory: Linux, others. */
export const IS_DIRECTORY = ['EISDIR', 'EPERM']

function removeDirectory(disk: Disk, path: string): void {
  try {
    if (!disk.lstat(path)?.isDirectory()) return
    for (const name of disk.readdir(path)) removeQuietly(disk, join(path, name))
    disk.rmdir(path)
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
  }
}

/** Remove a directory that was made for what did not come. Whatever else has been put there stays. */
export function removeEmpty(disk: Disk, path: string): void {
  try {
    disk.rmdir(path)
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
  }
}
