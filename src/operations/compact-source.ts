/** What an input of `compact` says of itself before anything is loaded. */
import {detectHead} from '../io/detect.ts'
import type {Host} from '../io/host.ts'
import {estimateSize} from '../io/input-size.ts'
import type {DatasetSource} from './dataset.ts'
import type {Loadable} from './dataset-source.ts'
import {RdbSource} from './rdb-source.ts'

export interface SourceFacts extends Pick<DatasetSource, 'producer' | 'rdbVersion' | 'dialect'> {
  /** Bytes of all files, and what they may be when they are no longer compressed. */
  bytes: number
  expandedBytes: number
}

/** Compressed logs are seldom larger than this when they are expanded. */
const EXPANDS = 20

export function factsOf(host: Host, {files, builder}: Loadable): SourceFacts {
  const bytes = estimateSize(files.map(({path}) => path))
  const {head, wrapped} = host.open(files[0].path, {crc: false})
  const isRdb = detectHead(head).kind === 'rdb'
  const source = isRdb ? new RdbSource(host, files[0], builder, null) : null
  const {producer = null, rdbVersion = null, dialect = null} = source ?? {}
  return {
    producer,
    rdbVersion,
    dialect,
    bytes,
    expandedBytes: wrapped.length > 0 ? bytes * EXPANDS : bytes,
  }
}
