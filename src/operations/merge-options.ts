/** What a merge is asked for. */
import {Exit, RespiteError} from '../errors.ts'
import type {ConvertOptions} from './convert-options.ts'
import type {DatasetSource} from './dataset.ts'
import type {MergeReport, OnConflict} from './merge-reports.ts'
import type {Transform} from './transform.ts'

export interface MergeOptions extends Omit<ConvertOptions, 'to' | 'selection' | 'transform'> {
  to?: ConvertOptions['to']
  /** What to do about a key that is in more than one input, or a function library of which the code differs. */
  onConflict?: OnConflict
  /** Databases that become others: of one input, named as in the list of inputs, or of all. */
  renameDb?: readonly {input: string | null; from: number; to: number}[]
  /** Bytes for finding keys that are in more than one input; more of them take more passes. */
  maxMemory?: number
}

const usage = (message: string): RespiteError => new RespiteError(Exit.USAGE, 'USAGE', message)

/** @throws RespiteError `USAGE`. */
export function refuseInputs(inputs: readonly string[], {renameDb = []}: MergeOptions): void {
  if (inputs.length < 2) throw usage('merge takes two inputs or more')
  if (inputs.includes('-')) {
    throw usage('inputs are read more than once: give paths in place of -')
  }
  const unknown = renameDb.find(({input}) => input !== null && !inputs.includes(input))
  if (unknown) throw usage(`--rename-db ${unknown.input}: this is none of the inputs`)
}

/** What is said of one input goes before what is said of all. */
export function renamesOf(input: string, {renameDb = []}: MergeOptions): Transform['renameDb'] {
  const own = renameDb.filter((each) => each.input === input)
  const all = renameDb.filter((each) => each.input === null)
  if (own.length + all.length === 0) return undefined
  return Object.fromEntries([...all, ...own].map(({from, to}) => [from, to]))
}

/** The input whose version the output has by default: the newest. @throws RespiteError `USAGE` where that is not sure. */
export function leading(
  sources: readonly DatasetSource[],
  {server, rdbVersion}: MergeOptions,
): DatasetSource {
  const told = sources.filter((source) => source.rdbVersion !== null)
  const dialects = new Set(told.map(({dialect}) => dialect))
  if (dialects.size > 1 && server === undefined && rdbVersion === undefined) {
    throw usage(
      'inputs are of Redis and of Valkey: name the server that has to read the output, --for',
    )
  }
  return told.reduce((a, b) => (b.rdbVersion! > a.rdbVersion! ? b : a), told[0] ?? sources[0])
}

export function emptyMerge(
  inputs: readonly string[],
  {to = 'rdb', dryRun = false, onConflict = 'fail'}: MergeOptions,
): MergeReport {
  return {
    schema: 'respite.merge/1',
    inputs: inputs.map((input) => ({input, kind: 'unknown', producer: null, keys: 0, lost: 0})),
    to,
    target: {dialect: 'redis', rdbVersion: 0},
    onConflict,
    output: null,
    dryRun,
    verdict: 'planned',
    keys: 0,
    databases: {},
    functions: 0,
    conflicts: {
      keys: 0,
      functions: 0,
      modules: 0,
      comparedBy: {idle: 0, frequency: 0, saved: 0},
      undecided: 0,
      examples: [],
    },
    missing: [],
    bytes: 0,
    files: [],
    digest: null,
    reason: null,
    stoppedAt: null,
    next: null,
  }
}
