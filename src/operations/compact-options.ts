import type {MemoryAsked} from './compact-memory.ts'
import type {CompactReport} from './compact-reports.ts'
import type {DatasetOptions} from './dataset-source.ts'
import type {Point} from './point.ts'

export interface CompactOptions extends Omit<DatasetOptions, 'at'>, MemoryAsked {
  /** By default an append-only file. */
  to?: 'aof' | 'rdb'
  /** In one file, as servers before 7.0 have it. */
  single?: boolean
  /** What an append-only file begins with. By default an RDB, where the target reads that. */
  base?: 'rdb' | 'aof'
  /** A file, or the directory of a set. Null with `inPlace`, or where nothing is written. */
  output: string | null
  inPlace?: boolean
  force?: boolean
  dryRun?: boolean
  /** Name of a server, `redis-7.0`; or the RDB version that the target reads. By default that of the input. */
  server?: string
  rdbVersion?: number
  /** Commands behind this point stay as they are. */
  keepSince?: Point
  /** Of the backups, `20261120T193000Z`. */
  stamp: string
}

export function emptyReport(
  input: string,
  {to = 'aof', single = false, base = 'rdb', dryRun = false}: CompactOptions,
): CompactReport {
  return {
    schema: 'respite.compact/1',
    input,
    kind: 'unknown',
    producer: null,
    to,
    single,
    base,
    target: {dialect: 'redis', rdbVersion: 0},
    output: null,
    dryRun,
    verdict: 'planned',
    bytesBefore: 0,
    bytesAfter: 0,
    files: [],
    aside: [],
    keys: 0,
    databases: {},
    functions: 0,
    expired: 0,
    commands: 0,
    failed: 0,
    openTransaction: false,
    memory: null,
    kept: null,
    proof: null,
    reason: null,
    stoppedAt: null,
    next: null,
  }
}
