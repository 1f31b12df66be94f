/** What the flags of `convert` say, for the operation. */
import {Exit, RespiteError} from './errors.ts'
import type {ConvertOptions} from './operations/convert-options.ts'
import {
  requestedTransform,
  type SelectValues,
  selection,
  type TransformValues,
} from './select-flags.ts'

export interface ConvertValues extends SelectValues, TransformValues {
  to: ConvertOptions['to']
  output?: string
  force: boolean
  'dry-run': boolean
  for?: string
  'rdb-version'?: number
  drop?: string[]
  as?: string[]
  base?: 'rdb' | 'aof'
  single: boolean
  restore: boolean
  proof: boolean
  databases?: number
  config?: string
}

const usage = (message: string): RespiteError => new RespiteError(Exit.USAGE, 'USAGE', message)

/** @throws RespiteError `USAGE` for flags that contradict each other. */
export function convertOptions(
  flags: ConvertValues,
  isTerminal: boolean,
  now: Date,
): ConvertOptions {
  const {to, output, single, base, restore} = flags
  if (output === undefined && !flags['dry-run']) {
    throw usage('where to? Give -o OUT, or look first with --dry-run')
  }
  if (output === '-' && isTerminal) {
    throw usage('this is no text for a terminal: give the path of a file, or pipe it somewhere')
  }
  if ((single || base !== undefined) && to !== 'aof')
    throw usage('--single and --base go with --to aof')
  if (restore && to !== 'resp') throw usage('--restore goes with --to resp')
  if (to === 'aof' && output === '-' && !single) {
    throw usage('a set is more than one file: give the path of its directory, or --single')
  }
  return {
    to,
    output: output ?? null,
    force: flags.force,
    dryRun: flags['dry-run'],
    server: flags.for,
    rdbVersion: flags['rdb-version'],
    drop: flags.drop,
    as: flags.as,
    base,
    single,
    restore,
    skipProof: !flags.proof,
    databases: flags.databases,
    config: flags.config,
    selection: selection(flags),
    transform: requestedTransform(flags, now),
  }
}
