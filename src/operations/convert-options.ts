/** What a conversion is asked for, and what follows from it. */
import {Exit, RespiteError} from '../errors.ts'
import {
  FEATURES,
  type Target,
  targetName,
  type UnsupportedByTarget,
} from '../formats/rdb/features.ts'
import type {WantedTransform} from './chosen-entries.ts'
import type {ConvertPlan} from './convert-plan.ts'
import type {ConvertReport} from './convert-reports.ts'
import {type Form, isView, type View} from './convert-target.ts'
import type {DatasetOptions} from './dataset-source.ts'
import {quote} from './next-step.ts'
import type {Selection} from './select.ts'

export interface ConvertOptions extends DatasetOptions {
  to: 'rdb' | 'aof' | 'resp' | View
  /** `-` is stdout. Null for a plan only. */
  output: string | null
  force?: boolean
  dryRun?: boolean
  /** Name of a server, `redis-7.0`; or the RDB version that the target reads. By default that of the input. */
  server?: string
  rdbVersion?: number
  /** Features that may be lost, and what is to be made of them: `hash-field-ttl=plain`. */
  drop?: readonly string[]
  as?: readonly string[]
  /** What the base of an AOF is made of. By default an RDB, where the target reads that. */
  base?: 'rdb' | 'aof'
  /** An AOF in one file, as servers before 7.0 have it. */
  single?: boolean
  /** Keys as RESTORE commands. */
  restore?: boolean
  /** Tables of elements: in place of keys in CSV, beside them in Parquet. */
  elements?: boolean
  /** What would go to stdout is given to who started this. */
  emits?: boolean
  /** Do not read back by meaning, only by bytes, where that takes less time. */
  skipProof?: boolean
  selection?: Selection
  transform?: WantedTransform
}

/** Servers with AOF sets, and those that read an RDB at the beginning of an AOF. */
export const SETS_SINCE = 10
const PREAMBLE_SINCE = 8

/** Of servers that nobody configured otherwise. */
const DATABASES = 16

/** How many databases the server has that is to read the output; nobody knows where none is named. */
export function databasesOf({databases, server}: ConvertOptions): number {
  return databases ?? (server === undefined ? Number.POSITIVE_INFINITY : DATABASES)
}

export function emptyReport(input: string, {to, dryRun = false}: ConvertOptions): ConvertReport {
  return {
    schema: 'respite.convert/1',
    input,
    kind: 'unknown',
    producer: null,
    to,
    target: {dialect: 'redis', rdbVersion: 0},
    output: null,
    dryRun,
    verdict: 'planned',
    keys: 0,
    databases: {},
    functions: 0,
    unselected: 0,
    missing: [],
    bytes: 0,
    files: [],
    proof: null,
    reason: null,
    stoppedAt: null,
    next: null,
  }
}

export function describe(report: ConvertReport, plan: ConvertPlan): void {
  report.keys = plan.keys
  report.databases = plan.databases
  report.functions = plan.libraries
  report.missing = [...plan.missing.values()].sort((a, b) => (a.feature < b.feature ? -1 : 1))
}

export function formOf(
  {to, base, restore, single}: Pick<ConvertOptions, 'to' | 'base' | 'restore' | 'single'>,
  version: number,
): Form {
  if (to === 'rdb' || isView(to)) return to
  if (to === 'resp') return restore ? 'restore' : 'commands'
  if (!single && version < SETS_SINCE) {
    const message = 'servers before 7.0 have their append-only file in one piece: give --single'
    throw new RespiteError(Exit.USAGE, 'USAGE', message)
  }
  const wanted = base ?? (version >= PREAMBLE_SINCE ? 'rdb' : 'aof')
  if (wanted === 'rdb' && version < PREAMBLE_SINCE) {
    const message = 'servers before 4.0 read commands only: give --base aof'
    throw new RespiteError(Exit.USAGE, 'USAGE', message)
  }
  return wanted === 'rdb' ? 'rdb' : 'commands'
}

/** What is said of a conversion that would lose what may not be lost. */
export function refusal(
  report: ConvertReport,
  options: ConvertOptions,
  target: Target,
): ConvertReport {
  const names = report.missing.filter(({decision}) => decision === 'refused')
  const features = names.map(({feature}) => feature).join(',')
  const flags = options.server ? ` --for ${options.server}` : ''
  const next = `respite convert ${quote(report.input)} --to ${options.to}${flags} --drop ${features} -o ${quote(options.output ?? 'OUT')}`
  const who = isView(options.to) ? options.to : targetName(target)
  const reason = `${who} cannot hold ${names.map(({text}) => text).join(', ')}`
  return {...report, verdict: 'refused', output: null, reason, next}
}

/** The same of something that came to light while it was written. */
export function lateRefusal(
  report: ConvertReport,
  {message, feature}: UnsupportedByTarget,
  {dialect, version: rdbVersion}: Target,
  form: Form,
): ConvertReport {
  const reason = isView(form) ? `${form} cannot hold ${FEATURES[feature].text}` : message
  const next = `Allow it: --drop ${feature}`
  const target = {dialect, rdbVersion}
  return {...report, verdict: 'refused', output: null, reason, next, target}
}
