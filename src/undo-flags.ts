/** What the arguments and flags of `undo` say. */
import {Exit, RespiteError} from './errors.ts'
import {type Point, parsePoint} from './operations/point.ts'
import type {Selection} from './operations/undo-selection.ts'

/** One argument is the input; of two the first names a command. @throws RespiteError USAGE. */
export function undoInput(
  {command, input}: {command?: string; input?: string},
  flag: string | undefined,
): {input: string; command: string | null} {
  if (command === undefined) throw usage('of which log? Name a file or a directory')
  if (input === undefined) return {input: command, command: flag ?? null}
  if (flag !== undefined && flag.toUpperCase() !== command.toUpperCase()) {
    throw usage(`${command} or ${flag}? Name one command`)
  }
  return {input, command}
}

interface SelectionFlags {
  at?: string
  match?: string
  since?: Point
  until?: Point
  last: boolean
}

export function undoSelection(command: string | null, flags: SelectionFlags): Selection {
  const {at, match = null, since = null, until = null, last} = flags
  const places = at === undefined ? null : [...new Set(at.split(','))].map(parsePoint)
  return {command, at: places, match, since, until, last}
}

function usage(message: string): RespiteError {
  return new RespiteError(Exit.USAGE, 'USAGE', message)
}
