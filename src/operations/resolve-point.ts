/**
 * Finds the byte that a point stands for, by reading the logs before it.
 *
 * A log says when its commands ran in `#TS` lines, one before the first command of a second. A point in time lies before the
 * first line that is later; where a clock was set back, what follows counts as written later.
 */
import type {CommandTable} from '../engine/commands/table.ts'
import {Exit, RespiteError} from '../errors.ts'
import {FormatError} from '../formats/errors.ts'
import type {Host} from '../io/host.ts'
import type {FileToLoad} from './load-dataset.ts'
import {type Point, pointError} from './point.ts'
import type {ReportedPoint} from './reports.ts'
import {isSnapshot} from './restore-chains.ts'
import {IN_SNAPSHOT, LogSearch} from './search-log.ts'

export interface ResolvedPoint {
  /** What is loaded, in order; of the last one only what lies before `offset`. */
  files: readonly FileToLoad[]
  /** Name of the last one. */
  file: string
  /** The first byte that is left out. Never inside a transaction: one that the point lies in is left out whole. */
  offset: number
  /** Commands before it, in all files, and in the last. */
  record: number
  fileRecord: number
  /** The last #TS before it, in ms; null without any. */
  timeMs: number | null
  /** The transaction that the point lies in: where it begins. */
  transaction: {offset: number; record: number} | null
}

/**
 * Resolve a point in the newest chain that has it. `chains` as restoreChains() gives them.
 * @throws RespiteError where it does not fit the input, or where damage lies before it; InputError.
 */
export function resolvePoint(
  host: Host,
  chains: readonly FileToLoad[][],
  point: Point,
  table: CommandTable,
): ResolvedPoint {
  if (point.kind !== 'time') {
    const [chain, placed] = placeIn(chains, point)
    return search(new LogSearch(host, placed, table), chain)
  }
  let refused: unknown
  for (const chain of chains) {
    try {
      return search(new LogSearch(host, point, table), chain)
    } catch (error) {
      if (!(error instanceof RespiteError && error.code === IN_SNAPSHOT)) throw error
      refused ??= error
    }
  }
  throw refused
}

function search(log: LogSearch, chain: readonly FileToLoad[]): ResolvedPoint {
  for (const file of chain) {
    try {
      const found = log.read(file)
      if (found) return found
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      const message = `${file.name}: offset ${error.offset}: ${error.message}. The point lies behind this damage`
      throw new RespiteError(Exit.FOUND, error.code, message, 'respite check tells more of it')
    }
  }
  return log.end()
}

/** The newest chain that has the point's file, and the point with the full name of that. */
export function placeIn(
  chains: readonly FileToLoad[][],
  point: Exclude<Point, {kind: 'time'}>,
): [FileToLoad[], Point] {
  const [current] = chains
  const {file, kind} = point
  if (file !== null) {
    const isNamed = ({name}: FileToLoad) => name === file || name.endsWith(`/${file}`)
    const chain = chains.find((files) => files.some(isNamed))
    if (chain) return [chain, {...point, file: chain.find(isNamed)!.name}]
    const names = new Set(chains.flat().map(({name}) => name))
    throw pointError(`${file} is none of the files that are read: ${[...names].join(', ')}`)
  }
  if (kind === 'record') return [current, point]
  const logs = current.filter((each) => !isSnapshot(each))
  if (logs.length === 1) return [current, {...point, file: logs[0].name}]
  const before = point.before ? 'before:' : ''
  const named = logs.map(({name}) => `${before}${name}:${point.at}`)
  const message = `offset ${point.at} of which file? ${logs.length} logs are read`
  throw pointError(message, `give ${named.length > 0 ? named.join(' or ') : 'a time, or #N'}`)
}

export function reportPoint({files: _, timeMs, ...rest}: ResolvedPoint): ReportedPoint {
  return {...rest, time: timeMs === null ? null : new Date(timeMs).toISOString()}
}
