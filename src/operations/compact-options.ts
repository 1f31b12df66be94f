import type {MemoryAsked} from './compact-memory.ts'
import type {DatasetOptions} from './dataset-source.ts'
import type {Point} from './point.ts'

export interface CompactOptions extends DatasetOptions, MemoryAsked {
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
