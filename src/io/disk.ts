/** Every system call on files that respite makes. Tests put another disk in its place to fail calls one by one. */
import * as fs from 'node:fs'
import {errorCode} from './error-code.ts'

/** What is known of a file. Numbers of devices and inodes need 64 bits. */
export interface FileStat {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: number
  /** Type and permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly mtimeMs: number
  readonly nlink: number
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
}

/** 'r' reads, 'r+' changes, 'wx' creates a file that must not be there, for reading and writing. */
export type OpenFlags = 'r' | 'r+' | 'wx'

export interface Disk {
  open(path: string, flags: OpenFlags, mode?: number): number
  close(fd: number): void
  /** Read at `position`, or on from the last read when it is null. Returns how many bytes, 0 at the end. */
  read(fd: number, bytes: Uint8Array, start: number, end: number, position: number | null): number
  /** Write at `position`, or on from the last write when it is null. Returns how many bytes, which may be fewer. */
  write(fd: number, bytes: Uint8Array, start: number, end: number, position: number | null): number
  fsync(fd: number): void
  ftruncate(fd: number, size: number): void
  fstat(fd: number): FileStat
  fchmod(fd: number, mode: number): void
  fchown(fd: number, uid: number, gid: number): void
  /** Undefined when there is nothing at `path`. */
  stat(path: string): FileStat | undefined
  lstat(path: string): FileStat | undefined
  realpath(path: string): string
  readdir(path: string): string[]
  mkdir(path: string, mode: number): void
  rmdir(path: string): void
  rename(from: string, to: string): void
  /** Fails with EEXIST when there is something at `to`. */
  link(from: string, to: string): void
  unlink(path: string): void
  chmod(path: string, mode: number): void
  chown(path: string, uid: number, gid: number): void
  /** Whether a process with this id runs here, ours or not. */
  isAlive(pid: number): boolean
}

/** Opening or looking at something that is not there or not ours to read is the input's fault; all else is the disk's. */
const INPUT_OPERATIONS = ['open', 'stat', 'lstat', 'fstat', 'realpath', 'readdir']
const INPUT_CODES = [
  'ENOENT',
  'EACCES',
  'EPERM',
  'ENOTDIR',
  'EISDIR',
  'ELOOP',
  'ENAMETOOLONG',
  'ENXIO',
]

const EXIT_INPUT = 10
const EXIT_DISK = 30

/** A system call on a file failed. */
export class DiskError extends Error {
  override readonly name = 'DiskError'
  /** The system's: `ENOSPC`. */
  readonly code: string
  /** Exit status that this ends in. */
  readonly exit: number
  /** `open`, `write`, ... as in Disk; `create` is an open for writing. */
  readonly operation: string
  readonly path: string
  private readonly what: string

  constructor(operation: string, path: string, code: string, what: string) {
    super(`cannot ${operation}: ${what}`)
    this.what = what
    this.code = code
    const input = INPUT_OPERATIONS.includes(operation) && INPUT_CODES.includes(code)
    this.exit = input ? EXIT_INPUT : EXIT_DISK
    this.operation = operation
    this.path = path
  }

  /** The same about another name. */
  at(path: string): DiskError {
    return new DiskError(this.operation, path, this.code, this.what)
  }

  /** The same, and how far things had come. */
  after(bytes: number): DiskError {
    const {operation, path, code, what} = this
    return new DiskError(operation, path, code, `${what} (at byte ${bytes})`)
  }
}

/** Run a system call; its failure becomes a DiskError. */
function call<T>(operation: string, path: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    const code = errorCode(error)
    if (code === null || code.startsWith('ERR_')) throw error
    const {message} = error as Error
    // The message of a system error is "ENOSPC: no space left on device, write": the middle is what people read.
    const what = /^\w+: (.*?)(, \w+.*)?$/.exec(message)?.[1] ?? code
    throw new DiskError(operation, path, code, what)
  }
}

const FLAGS: Readonly<Record<OpenFlags, string>> = {r: 'r', 'r+': 'r+', wx: 'wx+'}

/** The disk begins to work when so much has been written: else it would do nothing until the last fsync, which then takes long. */
const AHEAD_BYTES = 1 << 25

/** Has what is written to a file go to the disk meanwhile, in a thread of Node's own pool. */
class SyncAhead {
  private readonly path: string
  /** Of its own: an error that it is told of is told to the descriptor of the writer once more. */
  private fd = -1
  private waiting = 0

  constructor(path: string) {
    this.path = path
  }

  wrote(bytes: number): void {
    this.waiting += bytes
    if (this.waiting < AHEAD_BYTES) return
    this.waiting = 0
    try {
      if (this.fd < 0) this.fd = fs.openSync(this.path, 'r')
    } catch (error) {
      if (errorCode(error) === null) throw error
      return
    }
    // Whether it worked, the fsync at the end says.
    fs.fdatasync(this.fd, () => {})
  }

  close(): void {
    if (this.fd >= 0) fs.closeSync(this.fd)
    this.fd = -1
  }
}

/** The machine's own disk. */
export function nodeDisk(): Disk {
  const files = new Map<number, {path: string; ahead: SyncAhead | null}>()
  const of = (fd: number): string => files.get(fd)?.path ?? `file descriptor ${fd}`
  const missingOk = (operation: string, path: string, run: () => fs.BigIntStats) => {
    try {
      return statOf(call(operation, path, run))
    } catch (error) {
      if (error instanceof DiskError && error.code === 'ENOENT') return undefined
      throw error
    }
  }
  return {
    open(path, flags, mode = 0o600) {
      const operation = flags === 'r' ? 'open' : 'create'
      const fd = call(operation, path, () => fs.openSync(path, FLAGS[flags], mode))
      files.set(fd, {path, ahead: flags === 'wx' ? new SyncAhead(path) : null})
      return fd
    },
    close(fd) {
      const path = of(fd)
      files.get(fd)?.ahead?.close()
      files.delete(fd)
      call('close', path, () => fs.closeSync(fd))
    },
    read: (fd, bytes, start, end, position) =>
      call('read', of(fd), () => fs.readSync(fd, bytes, start, end - start, position)),
    write(fd, bytes, start, end, position) {
      const wrote = call('write', of(fd), () =>
        fs.writeSync(fd, bytes, start, end - start, position),
      )
      files.get(fd)?.ahead?.wrote(wrote)
      return wrote
    },
    fsync: (fd) => call('fsync', of(fd), () => fs.fsyncSync(fd)),
    ftruncate: (fd, size) => call('ftruncate', of(fd), () => fs.ftruncateSync(fd, size)),
    fstat: (fd) => statOf(call('fstat', of(fd), () => fs.fstatSync(fd, {bigint: true}))),
    fchmod: (fd, mode) => call('fchmod', of(fd), () => fs.fchmodSync(fd, mode)),
    fchown: (fd, uid, gid) => call('fchown', of(fd), () => fs.fchownSync(fd, uid, gid)),
    stat: (path) => missingOk('stat', path, () => fs.statSync(path, {bigint: true})),
    lstat: (path) => missingOk('lstat', path, () => fs.lstatSync(path, {bigint: true})),
    realpath: (path) => call('realpath', path, () => fs.realpathSync(path)),
    readdir: (path) => call('readdir', path, () => fs.readdirSync(path).sort()),
    mkdir: (path, mode) => call('mkdir', path, () => fs.mkdirSync(path, mode)),
    rmdir: (path) => call('rmdir', path, () => fs.rmdirSync(path)),
    rename: (from, to) => call('rename', to, () => fs.renameSync(from, to)),
    link: (from, to) => call('link', to, () => fs.linkSync(from, to)),
    unlink: (path) => call('unlink', path, () => fs.unlinkSync(path)),
    chmod: (path, mode) => call('chmod', path, () => fs.chmodSync(path, mode)),
    chown: (path, uid, gid) => call('chown', path, () => fs.chownSync(path, uid, gid)),
    isAlive,
  }
}

function statOf(stat: fs.BigIntStats): FileStat {
  return {
    dev: stat.dev,
    ino: stat.ino,
    size: Number(stat.size),
    mode: Number(stat.mode),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtimeMs: Number(stat.mtimeMs),
    nlink: Number(stat.nlink),
    isFile: () => stat.isFile(),
    isDirectory: () => stat.isDirectory(),
    isSymbolicLink: () => stat.isSymbolicLink(),
  }
}

/** Signal 0 asks without disturbing. EPERM: it runs, as somebody else. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) !== 'ESRCH'
  }
}
