/** The flags of `convert`, and what they say for the operation. */
import {Flags} from '#oclif'
import {Exit, RespiteError} from './errors.ts'
import type {ConvertOptions} from './operations/convert-options.ts'
import {
  requestedTransform,
  type SelectValues,
  selection,
  type TransformValues,
} from './select-flags.ts'

/** For whom to write, and what may be lost: the same for every command that writes datasets. */
export const targetFlags = {
  force: Flags.boolean({summary: 'Replace an output that exists.'}),
  'dry-run': Flags.boolean({summary: 'Only say what would be lost.'}),
  for: Flags.string({
    summary: 'Server that has to read it; by default the version of the input.',
    helpValue: 'redis-7.0',
    exclusive: ['rdb-version'],
  }),
  'rdb-version': Flags.integer({summary: 'RDB version that has to be read.', min: 1}),
  drop: Flags.string({
    summary: 'What may be lost, by name.',
    helpValue: 'FEATURE,…',
    multiple: true,
    multipleNonGreedy: true,
  }),
  as: Flags.string({
    summary: 'What to make of a feature: hash-field-ttl=plain.',
    helpValue: 'FEATURE=FORM',
    multiple: true,
    multipleNonGreedy: true,
  }),
  restore: Flags.boolean({summary: 'Write RESTORE commands, with payloads of the target.'}),
  proof: Flags.boolean({
    summary: 'Read back what was written and compare its digest (default).',
    default: true,
    allowNo: true,
  }),
  databases: Flags.integer({summary: 'How many databases the server has.', min: 1}),
}

/** How one output is to be, or a set of files in its place. */
export const shapeFlags = {
  output: Flags.string({
    char: 'o',
    summary: 'File to write, directory of an AOF set, or - for stdout.',
    helpValue: 'OUT',
  }),
  base: Flags.option({
    options: ['rdb', 'aof'] as const,
    summary: 'What an AOF begins with: an RDB (default, from 4.0 on) or commands.',
  })(),
  single: Flags.boolean({summary: 'Write an AOF as one file, for servers before 7.0.'}),
}

export const toOption = {
  options: ['rdb', 'aof', 'resp'] as const,
  summary: 'What to write.',
}

export const FORMS = ['rdb', 'aof', 'resp', 'jsonl', 'json', 'csv', 'parquet'] as const

export const convertFlags = {
  to: Flags.option({
    options: FORMS,
    summary: 'What to write.',
    required: true,
  })(),
  elements: Flags.boolean({
    summary: 'Rows of elements: csv in place of keys, parquet beside them.',
  }),
  ...shapeFlags,
  ...targetFlags,
}

export interface TargetValues {
  force: boolean
  'dry-run': boolean
  for?: string
  'rdb-version'?: number
  drop?: string[]
  as?: string[]
  restore: boolean
  proof: boolean
  databases?: number
  config?: string
}

const VIEWS = ['jsonl', 'json', 'csv', 'parquet']

export interface ShapeValues {
  to: ConvertOptions['to']
  output?: string
  base?: 'rdb' | 'aof'
  single: boolean
}

export interface ConvertValues extends ShapeValues, TargetValues, SelectValues, TransformValues {
  elements: boolean
}

const usage = (message: string): RespiteError => new RespiteError(Exit.USAGE, 'USAGE', message)

/** @throws RespiteError `USAGE` for flags that contradict each other. */
export function convertOptions(
  flags: ConvertValues,
  isTerminal: boolean,
  now: Date,
): ConvertOptions {
  refuseView(flags)
  return {
    ...shapeOptions(flags, isTerminal),
    elements: flags.elements,
    selection: selection(flags),
    transform: requestedTransform(flags, now),
  }
}

/** What goes with some outputs only. */
function refuseView({to, output, elements, ...flags}: ConvertValues): void {
  if (elements && to !== 'csv' && to !== 'parquet') {
    throw usage('--elements goes with --to csv|parquet')
  }
  const named = flags.for !== undefined || flags['rdb-version'] !== undefined
  if (named && VIEWS.includes(to)) {
    throw usage(`--for and --rdb-version name who reads an RDB or AOF: no server reads ${to}`)
  }
  if (to === 'parquet' && output === '-') {
    throw usage('parquet is more than one file: give the path of a directory')
  }
}

/** What flags say about one output. @throws as `convertOptions`. */
export function shapeOptions(
  flags: ShapeValues & TargetValues,
  isTerminal: boolean,
): Omit<ConvertOptions, 'selection' | 'transform'> {
  const {to, output, single, base} = flags
  if (output === undefined && !flags['dry-run']) {
    throw usage('where to? Give -o OUT, or look first with --dry-run')
  }
  if (output === '-' && isTerminal) {
    throw usage('this is no text for a terminal: give the path of a file, or pipe it somewhere')
  }
  if ((single || base !== undefined) && to !== 'aof')
    throw usage('--single and --base go with --to aof')
  if (to === 'aof' && output === '-' && !single) {
    throw usage('a set is more than one file: give the path of its directory, or --single')
  }
  return {to, output: output ?? null, base, single, ...targetOptions(flags, to)}
}

/** What flags say about the target. @throws as `convertOptions`. */
export function targetOptions(flags: TargetValues, to: ConvertOptions['to']) {
  if (flags.restore && to !== 'resp') throw usage('--restore goes with --to resp')
  return {
    force: flags.force,
    dryRun: flags['dry-run'],
    server: flags.for,
    rdbVersion: flags['rdb-version'],
    drop: flags.drop,
    as: flags.as,
    restore: flags.restore,
    skipProof: !flags.proof,
    databases: flags.databases,
    config: flags.config,
  }
}
