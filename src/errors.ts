/** What a run can come to: exit statuses, and how any error becomes one. For the library and the command line alike. */

import {FormatError} from './formats/errors.ts'

/** Exit statuses; docs/exit-codes.md says when each one is used. */
export const Exit = {
  OK: 0,
  /** Damage found, files differ, no match. */
  FOUND: 1,
  USAGE: 2,
  /** Done, but something was lost or skipped, and is listed. */
  PARTIAL: 3,
  UNREPAIRABLE: 4,
  INPUT: 10,
  BUSY: 11,
  AUTH: 12,
  /** The input changed while it was read. */
  CHANGED: 13,
  UNSUPPORTED: 20,
  DISK: 30,
  NETWORK: 31,
  /** A limit was hit: memory, size, time. */
  LIMIT: 32,
  /** A bug. */
  INTERNAL: 70,
  SIGINT: 130,
  CLOSED_PIPE: 141,
  SIGTERM: 143,
} as const

export type ExitCode = (typeof Exit)[keyof typeof Exit]

/** Something other than the bytes of the input stands in the way. Its message is for the user and holds no value. */
export class RespiteError extends Error {
  override readonly name = 'RespiteError'
  readonly exit: ExitCode
  /** Stable, upper case: `LOCKED`, `CLOSED_PIPE`. */
  readonly code: string
  /** What to do about it; null when there is nothing to say. */
  readonly next: string | null

  constructor(exit: ExitCode, code: string, message: string, next: string | null = null) {
    super(message)
    this.exit = exit
    this.code = code
    this.next = next
  }
}

/** An error as it is printed: plain data, no values. */
export interface ErrorReport {
  exit: ExitCode
  code: string
  message: string
  next: string | null
}

type Row = readonly [exit: ExitCode, what: string]

/** System error codes to exit status and plain words, for errors that nobody has worded better. */
const SYSTEM_ERRORS: Readonly<Record<string, Row>> = {
  ENOENT: [Exit.INPUT, 'no such file or directory'],
  ENOTDIR: [Exit.INPUT, 'a part of the path is not a directory'],
  EISDIR: [Exit.INPUT, 'a directory where a file is needed'],
  EACCES: [Exit.INPUT, 'permission denied'],
  EPERM: [Exit.INPUT, 'operation not permitted'],
  ELOOP: [Exit.INPUT, 'too many symbolic links'],
  EBUSY: [Exit.BUSY, 'the file is busy'],
  ETXTBSY: [Exit.BUSY, 'the file is busy'],
  ESTALE: [Exit.CHANGED, 'the file was replaced on its network share'],
  EIO: [Exit.DISK, 'the disk reports an input/output error'],
  ENOSPC: [Exit.DISK, 'the disk is full'],
  EDQUOT: [Exit.DISK, 'the disk quota is used up'],
  EROFS: [Exit.DISK, 'the file system is read-only'],
  EFBIG: [Exit.DISK, 'the file grew past the limit of its file system'],
  ENFILE: [Exit.LIMIT, 'too many open files in the system'],
  EMFILE: [Exit.LIMIT, 'too many open files'],
  ENOMEM: [Exit.LIMIT, 'not enough memory'],
}

const KNOWN_EXITS: ReadonlySet<unknown> = new Set(Object.values(Exit))

/** One of ours, also where another part of the program has its own copy of the class: parts are bundled apart. */
export function isOwn(error: unknown): error is RespiteError {
  return error instanceof Error && KNOWN_EXITS.has((error as Partial<RespiteError>).exit)
}

/** Say what an error comes to. Never repeats the message of an error we do not know: it may hold data. */
export function describeError(error: unknown): ErrorReport {
  if (error instanceof FormatError) return describeFormatError(error)
  if (!(error instanceof Error)) return bug(`a ${typeof error} was thrown`)
  return describeOwn(error) ?? describeSystem(error) ?? bug(bugText(error))
}

/** Ours: every error class of this program but FormatError says itself which status it ends in. */
function describeOwn(error: Error): ErrorReport | null {
  const {exit, code, path, next} = error as Partial<RespiteError> & {path?: string}
  if (!KNOWN_EXITS.has(exit)) return null
  return {
    exit: exit as ExitCode,
    code: code ?? error.name.toUpperCase(),
    message: path ? `${path}: ${error.message}` : error.message,
    next: next ?? null,
  }
}

function describeSystem(error: Error): ErrorReport | null {
  const {code, path} = error as NodeJS.ErrnoException
  // V8 has no code for these two, only texts.
  if (error instanceof RangeError && /allocation failed|could not allocate/i.test(error.message)) {
    const next = 'Give the machine more memory, or lower --max-memory.'
    return {exit: Exit.LIMIT, code: 'OUT_OF_MEMORY', message: 'not enough memory', next}
  }
  const row = typeof code === 'string' ? SYSTEM_ERRORS[code] : undefined
  if (row === undefined) return null
  const message = path === undefined ? row[1] : `${path}: ${row[1]}`
  return {exit: row[0], code: code as string, message, next: null}
}

function bug(message: string): ErrorReport {
  return {exit: Exit.INTERNAL, code: 'INTERNAL', message, next: null}
}

function describeFormatError({code, offset, message}: FormatError): ErrorReport {
  const exit =
    code === 'UNSUPPORTED' ? Exit.UNSUPPORTED : code === 'LIMIT' ? Exit.LIMIT : Exit.FOUND
  return {exit, code, message: `offset ${offset}: ${message}`, next: null}
}

/** The class and where in our code, without the message: `TypeError at readLength (length.js:12:3) at ...`. */
function bugText(error: Error): string {
  const stack = error.stack ?? ''
  const message = stack.indexOf(error.message)
  // A stack that does not hold its message was made by someone else; nothing in it can be told apart from data.
  const frames = (message < 0 ? '' : stack.slice(message + error.message.length))
    .split('\n')
    .map((line) => /^ {4}at (?:async )?(?:([\w.<>#[\] ]+) \()?.*?([\w.-]+:\d+:\d+)\)?$/.exec(line))
    .filter((match) => match !== null)
    .slice(0, 6)
    .map(([, name, place]) => (name === undefined ? place : `${name} (${place})`))
  return [error.constructor.name, ...frames].join(' at ')
}
