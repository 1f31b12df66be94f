import {closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync} from 'node:fs'
import {InputError, inputError} from './input-error.ts'

/** A regular file that is open for reading. */
export interface FileSource {
  readonly path: string
  readonly fd: number
  /** In bytes, when it was opened. What is appended later is not read. */
  readonly size: number
  readonly identity: Identity
}

/** What changes when somebody writes to a file or puts another one in its place. */
export interface Identity {
  readonly inode: string
  readonly size: number
  readonly modified: string
}

/**
 * Open a regular file, read-only.
 * @throws InputError `INPUT_MISSING`, `INPUT_UNREADABLE`, `INPUT_KIND` for what is no regular file.
 */
export function openFile(path: string): FileSource {
  try {
    refuseSpecial(statSync(path), path)
    // Not blocking: a FIFO that took the file's place meanwhile would hang us here.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      refuseSpecial(fstatSync(fd), path)
      const identity = identityOf(fd)
      return {path, fd, size: identity.size, identity}
    } catch (error) {
      closeSync(fd)
      throw error
    }
  } catch (error) {
    throw inputError(error, path)
  }
}

/** Read [position, position + end - start) into memory; fewer bytes only where the file ends. */
export function readAt(
  file: Pick<FileSource, 'fd' | 'path'>,
  memory: Uint8Array,
  start: number,
  end: number,
  position: number,
): number {
  let at = start
  try {
    while (at < end) {
      const got = readSync(file.fd, memory, at, end - at, position + at - start)
      if (got === 0) break
      at += got
    }
  } catch (error) {
    throw inputError(error, file.path)
  }
  return at - start
}

/** The size of an open file by now. */
export function sizeNow({fd, path}: Pick<FileSource, 'fd' | 'path'>): number {
  try {
    return fstatSync(fd).size
  } catch (error) {
    throw inputError(error, path)
  }
}

/** Which file lies at a path; null when there is none, or it cannot be told. */
export function inodeAt(path: string): string | null {
  try {
    return identityOf(path).inode
  } catch (error) {
    if (inputError(error, path) instanceof InputError) return null
    throw error
  }
}

/** The file became shorter than it was when it was opened. */
export function shrunk(path: string): InputError {
  return new InputError('INPUT_CHANGED', path, 'became shorter while it was read')
}

/** @throws InputError `INPUT_CHANGED` if `path` is no longer the file that it was, or has been written to. */
export function verifyUnchanged(path: string, before: Identity): void {
  let now: Identity
  try {
    now = identityOf(path)
  } catch (error) {
    const known = inputError(error, path)
    if (!(known instanceof InputError)) throw known
    throw new InputError('INPUT_CHANGED', path, 'was removed while it was read')
  }
  if (now.inode !== before.inode) {
    throw new InputError('INPUT_CHANGED', path, 'was replaced by another file while it was read')
  }
  if (now.size !== before.size || now.modified !== before.modified) {
    throw new InputError('INPUT_CHANGED', path, 'was written to while it was read')
  }
}

function identityOf(file: number | string): Identity {
  const options = {bigint: true} as const
  const stat = typeof file === 'number' ? fstatSync(file, options) : statSync(file, options)
  return {inode: `${stat.dev}:${stat.ino}`, size: Number(stat.size), modified: `${stat.mtimeNs}`}
}

function refuseSpecial(stat: Stats, path: string): void {
  if (stat.isFile()) return
  if (stat.isDirectory())
    throw new InputError('INPUT_KIND', path, 'a directory, where a file is needed')
  const pipeIn = 'only regular files are opened by name; pipe it in and name it "-"'
  if (stat.isFIFO()) throw new InputError('INPUT_KIND', path, `a FIFO: ${pipeIn}`)
  if (stat.isSocket())
    throw new InputError('INPUT_KIND', path, 'a socket: only regular files are read')
  throw new InputError('INPUT_KIND', path, `a device: ${pipeIn}`)
}
