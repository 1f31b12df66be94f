/** What the flags of `log` come to. */
import {Exit, RespiteError} from '../errors.ts'
import {splitArgs} from '../formats/aof/split-args.ts'
import {parseDuration} from './duration.ts'
import type {LogOptions} from './log-options.ts'

export interface LogFlags {
  config?: string | undefined
  command?: string | undefined
  db?: number | undefined
  key?: string | undefined
  match?: string | undefined
  'writes-to'?: string | undefined
  since?: string | undefined
  until?: string | undefined
  limit?: number | undefined
  tail?: number | undefined
  'max-arg'?: number | undefined
  values: boolean
  follow: boolean
  stats: boolean
  json: boolean
}

/** A program that reads JSON wants arguments whole. So much of them fits a line. */
const JSON_MAX_ARG = 0x1000000
const JSON_MAX_ARGS = 1_000_000

/** @throws RespiteError USAGE. */
export function logOptions(input: string, flags: LogFlags, nowMs: number): LogOptions {
  const {config, command, db, key, match, since, until, limit, tail, json} = flags
  const options: LogOptions = {}
  if (config !== undefined) options.config = config
  if (command !== undefined) options.commands = command.toUpperCase().split(/[\s,]+/)
  if (db !== undefined) options.db = db
  if (key !== undefined) options.key = typedBytes(key, '--key')
  if (match !== undefined) options.match = new TextEncoder().encode(match)
  const writesTo = flags['writes-to']
  if (writesTo !== undefined) options.writesTo = new TextEncoder().encode(writesTo)
  if (since !== undefined) options.sinceMs = timeOf(since, '--since', nowMs)
  if (until !== undefined) options.untilMs = timeOf(until, '--until', nowMs)
  if (limit !== undefined) options.limit = limit
  if (tail !== undefined) options.tail = tail
  if (flags.values) options.values = true
  if (flags.follow && input === '-')
    throw usage('--follow takes a file: a pipe is read as it comes')
  if (flags.follow) options.follow = true
  if (flags.stats) options.stats = true
  const maxArg = flags['max-arg'] ?? (json ? JSON_MAX_ARG : undefined)
  if (maxArg !== undefined) options.maxArg = maxArg
  if (json) options.maxArgs = JSON_MAX_ARGS
  return options
}

/** As it is, or between quotes with the escapes of redis-cli, as `log` prints it. */
export function typedBytes(text: string, flag: string): Uint8Array {
  const bytes = new TextEncoder().encode(text)
  if (!/^".*"$/s.test(text)) return bytes
  const words = splitArgs(bytes)
  if (words?.length !== 1) throw usage(`${flag} ${text}: quotes that do not match`)
  return words[0]
}

/** `2026-02-03`, `2026-02-03T04:05:06Z`, Unix seconds, or how long ago: `2h`. In UTC where no zone is given. */
function timeOf(text: string, flag: string, nowMs: number): number {
  const ago = parseDuration(text)
  if (ago !== null) return nowMs - ago
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000
  const date = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(
    text,
  )
  const ms = date ? Date.parse(`${date[1]}T${date[2] ?? '00:00'}${date[3] ?? 'Z'}`) : Number.NaN
  if (!Number.isNaN(ms)) return ms
  throw usage(
    `${flag} ${text}: write 2026-02-03T04:05:06Z, Unix seconds, or a span back from now like 2h`,
  )
}

function usage(message: string): RespiteError {
  return new RespiteError(Exit.USAGE, 'USAGE', message)
}
