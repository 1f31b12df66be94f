import {resolve} from 'node:path'
import type {FormatErrorCode} from '../formats/errors.ts'

/** Findings that end with a look elsewhere rather than with a rescue. */
const NO_STEP: ReadonlySet<FormatErrorCode> = new Set([
  'UNSUPPORTED',
  'LIMIT',
  'UNKNOWN_INPUT',
  'RDB_SELECT',
  'AOF_SELECT',
])

/** There is nothing that a rescue could read: the copy comes first in any case. */
const ONLY_COPY: ReadonlySet<FormatErrorCode> = new Set(['EMPTY_INPUT', 'WRAPPER'])

/**
 * The command to run next: `salvage` for a snapshot that stands by itself; `repair` for a log, a set or a data directory, of which
 * `input` is all that the user named.
 */
export function nextStep(
  code: FormatErrorCode,
  input: string,
  rescue: 'salvage' | 'repair' = 'repair',
): string | null {
  if (NO_STEP.has(code) || input === '-') return null
  const name = named(input)
  if (ONLY_COPY.has(code)) return `cp -a ${quote(name)} ${quote(`${name}.damaged`)}`
  return rescue === 'salvage'
    ? `respite salvage ${quote(name)} -o recovered.rdb`
    : `respite repair ${quote(name)} -o ${quote(`${name}.repaired`)}`
}

/** What only a server can replay: the same command, with one that is empty. */
export function engineStep(command: string): string {
  return `respite ${command} --engine redis://127.0.0.1:6379`
}

/** A path that a suffix makes another name of: not `.`, which would become the file `..damaged`, nor `folder/`, nor `-x`, an option. */
function named(path: string): string {
  const bare = path.replace(/(?<=.)\/+$/, '')
  if (/(^|\/)\.{1,2}$/.test(bare)) return resolve(bare)
  return bare.startsWith('-') ? `./${bare}` : bare
}

/** A word as a POSIX shell reads it back; control characters, which a terminal would obey, in the form that bash and zsh know. */
export function quote(word: string): string {
  if (/^[\w@%+=:,./][\w@%+=:,./-]*$/.test(word)) return word
  const plain = [...word].every((letter) => letter >= ' ' && letter !== '\x7f')
  if (plain) return `'${word.replaceAll("'", `'\\''`)}'`
  return `$'${[...word].map(escaped).join('')}'`
}

function escaped(letter: string): string {
  if (letter === "'" || letter === '\\') return `\\${letter}`
  if (letter >= ' ' && letter !== '\x7f') return letter
  return `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`
}
