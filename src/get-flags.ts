/** What the flags of `get` come to. */
import {Exit, RespiteError} from './errors.ts'
import type {GetOptions} from './operations/get.ts'
import {typedBytes} from './operations/log-settings.ts'
import type {Point} from './operations/point.ts'

interface GetFlags {
  config?: string
  db?: number
  at?: Point
  raw: boolean
  range?: string
  field?: string[]
  match?: string[]
}

/** @throws RespiteError USAGE. */
export function getOptions(
  keys: readonly string[],
  flags: GetFlags,
  isTerminal: boolean,
): GetOptions {
  const {config, db, at, raw, range, field, match} = flags
  if (raw && isTerminal) throw usage('--raw writes bytes as they are: not to a terminal')
  return {
    config,
    at,
    keys: keys.map((key) => typedBytes(key, 'KEY')),
    db: db ?? null,
    part: {
      range: range === undefined ? undefined : rangeOf(range),
      fields: field?.map((each) => typedBytes(each, '--field')),
      match,
    },
  }
}

/** `5`, `0..99`, `100..`. */
function rangeOf(text: string): [number, number] {
  const match = /^(\d{1,15})(?:(\.\.)(\d{1,15})?)?$/.exec(text)
  if (match === null) throw usage(`--range ${text}: write 0..99, 100.. or 5`)
  const first = Number(match[1])
  if (match[2] === undefined) return [first, first]
  return [first, match[3] === undefined ? Number.MAX_SAFE_INTEGER : Number(match[3])]
}

function usage(message: string): RespiteError {
  return new RespiteError(Exit.USAGE, 'USAGE', message)
}
