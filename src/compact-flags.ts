/** The flags of `compact`, and what they say for the operation. */
import {Flags} from '#oclif'
import {pointFlag, sizeFlag} from './base-command.ts'
import {Exit, RespiteError} from './errors.ts'
import type {CompactOptions} from './operations/compact-options.ts'
import type {Point} from './operations/point.ts'
import {stampOf} from './operations/stamp.ts'

export const compactFlags = {
  output: Flags.string({char: 'o', summary: 'File or directory to write.', helpValue: 'OUT'}),
  'in-place': Flags.boolean({
    summary: "Replace a stopped server's log; the originals stay beside it as NAME.bak-<time>.",
    exclusive: ['output', 'to'],
  }),
  force: Flags.boolean({summary: 'Replace an output that exists.'}),
  'dry-run': Flags.boolean({
    summary: 'Only say how large it would be, in how many parts, with how much memory.',
  }),
  to: Flags.option({
    options: ['aof', 'rdb'] as const,
    default: 'aof',
    summary: 'What to write.',
  })(),
  single: Flags.boolean({summary: 'Write an AOF as one file, for servers before 7.0.'}),
  base: Flags.option({
    options: ['rdb', 'aof'] as const,
    summary: 'What an AOF begins with: an RDB (default, from 4.0 on) or commands.',
  })(),
  'keep-since': pointFlag({
    summary: 'Compact only what is older than this point; keep the newer commands.',
  }),
  'max-memory': sizeFlag({summary: 'Memory that may be used (default: half of what is free).'}),
  workers: Flags.integer({
    summary: 'Threads to work in (default: one for each core).',
    min: 1,
  }),
  for: Flags.string({
    summary: 'Server that has to read it; by default the version of the input.',
    helpValue: 'redis-7.0',
    exclusive: ['rdb-version'],
  }),
  'rdb-version': Flags.integer({summary: 'RDB version that has to be read.', min: 1}),
  databases: Flags.integer({summary: 'How many databases the server has.', min: 1}),
}

interface CompactValues {
  output?: string
  'in-place': boolean
  force: boolean
  'dry-run': boolean
  to: 'aof' | 'rdb'
  single: boolean
  base?: 'rdb' | 'aof'
  'keep-since'?: Point
  'max-memory'?: number
  workers?: number
  for?: string
  'rdb-version'?: number
  databases?: number
  config?: string
}

const usage = (message: string): RespiteError => new RespiteError(Exit.USAGE, 'USAGE', message)

/** @throws RespiteError `USAGE` where it is not clear what to write, or from what. */
export function compactOptions(flags: CompactValues, input: string, now: Date): CompactOptions {
  const {output, to, single, base} = flags
  if (input === '-') {
    throw usage('a log is read more than once: give the path of a file or a directory')
  }
  if (output === '-') {
    throw usage('what is written is read back before it counts: give the path of a file')
  }
  if (output === undefined && !flags['in-place'] && !flags['dry-run']) {
    throw usage('where to? Give -o OUT, or --in-place, or look first with --dry-run')
  }
  if (to === 'rdb' && (single || base !== undefined)) {
    throw usage('--single and --base go with --to aof')
  }
  return {
    output: output ?? null,
    inPlace: flags['in-place'],
    force: flags.force,
    dryRun: flags['dry-run'],
    to,
    single,
    base,
    keepSince: flags['keep-since'],
    maxMemory: flags['max-memory'],
    workers: flags.workers,
    server: flags.for,
    rdbVersion: flags['rdb-version'],
    databases: flags.databases,
    config: flags.config,
    stamp: stampOf(now),
  }
}
