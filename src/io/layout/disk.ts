import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs'
import {sep} from 'node:path'
import {errorCode} from '../error-code.ts'
import {inputError} from '../input-error.ts'

export type NodeKind = 'file' | 'directory' | 'link' | 'other' | 'missing'

/** The system calls that recognising an input takes. None of them writes, waits or opens anything but a regular file. */
export interface LayoutDisk {
  /** What is there, links not followed. @throws InputError */
  kind(path: string): NodeKind
  /** The same behind a link; 'missing' when it leads nowhere. @throws InputError */
  target(path: string): NodeKind
  size(path: string): number
  names(path: string): string[]
  /** The first `max` bytes of a regular file; none of anything else. */
  head(path: string, max: number): Uint8Array
  /** Does this path, links resolved, lie inside that directory? */
  isInside(path: string, directory: string): boolean
}

export const nodeDisk: LayoutDisk = {
  kind: (path) => kindOf(path, lstatSync),
  target: (path) => kindOf(path, statSync),
  size: (path) => guarded(path, () => statSync(path).size),
  names: (path) => guarded(path, () => readdirSync(path).sort()),
  head: (path, max) => guarded(path, () => readHead(path, max)),
  isInside: (path, directory) =>
    guarded(path, () => realpathSync(path).startsWith(withSeparator(realpathSync(directory)))),
}

function withSeparator(path: string): string {
  return path.endsWith(sep) ? path : path + sep
}

function kindOf(path: string, stat: typeof lstatSync): NodeKind {
  try {
    const found = stat(path)
    if (found.isFile()) return 'file'
    if (found.isDirectory()) return 'directory'
    return found.isSymbolicLink() ? 'link' : 'other'
  } catch (error) {
    const code = errorCode(error)
    // ELOOP: a link that leads to itself leads nowhere.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return 'missing'
    throw inputError(error, path)
  }
}

/** O_NONBLOCK: if the file became a FIFO since it was looked at, opening it must not wait. */
function readHead(path: string, max: number): Uint8Array {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!fstatSync(fd).isFile()) return new Uint8Array()
    const head = new Uint8Array(Math.min(max, fstatSync(fd).size))
    let length = 0
    while (length < head.length) {
      const got = readSync(fd, head, length, head.length - length, length)
      if (got === 0) break
      length += got
    }
    return head.subarray(0, length)
  } finally {
    closeSync(fd)
  }
}

function guarded<T>(path: string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw inputError(error, path)
  }
}
