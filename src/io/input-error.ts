/** An input cannot be read, or not as asked. Code and exit status are stable; docs/exit-codes.md lists them. */

import {errorCode} from './error-code.ts'

const EXITS = {
  INPUT_MISSING: 10,
  INPUT_UNREADABLE: 10,
  INPUT_KIND: 10,
  INPUT_CHANGED: 13,
  INPUT_DISK: 30,
  LOCKED: 11,
  OUT_OF_MEMORY: 32,
} as const

export type InputErrorCode = keyof typeof EXITS

export class InputError extends Error {
  override readonly name = 'InputError'
  readonly code: InputErrorCode
  /** Exit status that this ends in. */
  readonly exit: number
  /** The input as the user named it. */
  readonly path: string
  readonly next: string | null

  constructor(code: InputErrorCode, path: string, detail: string, next: string | null = null) {
    super(detail)
    this.code = code
    this.exit = EXITS[code]
    this.path = path
    this.next = next
  }
}

/** A signal ended the run. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  readonly signal: 'SIGINT' | 'SIGTERM'
  readonly exit: number

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`stopped by ${signal}`)
    this.signal = signal
    this.exit = signal === 'SIGINT' ? 130 : 143
  }
}

/** A thread of this program is gone, and nobody knows why: it had no error to tell. */
export class ThreadEnded extends Error {
  override readonly name = 'ThreadEnded'
  readonly code = 'THREAD_ENDED'
  readonly exit = 70
  readonly next =
    'Run it again. If it comes again, please report it: it says nothing about your data.'

  constructor(status: number) {
    super(`a thread of respite ended without a report (status ${status})`)
  }
}

const SENTENCES: Record<string, [InputErrorCode, string]> = {
  ENOENT: ['INPUT_MISSING', 'no such file'],
  ENOTDIR: ['INPUT_MISSING', 'a part of this path is not a directory'],
  ENAMETOOLONG: ['INPUT_MISSING', 'the name is too long'],
  ELOOP: ['INPUT_UNREADABLE', 'too many symbolic links'],
  EACCES: ['INPUT_UNREADABLE', 'permission denied'],
  EPERM: ['INPUT_UNREADABLE', 'permission denied'],
  EISDIR: ['INPUT_KIND', 'a directory, where a file is needed'],
  EMFILE: ['INPUT_UNREADABLE', 'too many open files'],
  ERR_INVALID_ARG_VALUE: ['INPUT_MISSING', 'a path cannot hold a NUL byte'],
}

/** What a failed system call means for the reader of `path`. Errors that are not the system's come back as they are. */
export function inputError(error: unknown, path: string): unknown {
  const system = errorCode(error)
  if (system === null) return error
  const [code, sentence] = SENTENCES[system] ?? ['INPUT_DISK', `cannot be read (${system})`]
  return new InputError(code, path, sentence)
}
