/** Finds what ties the keys of a dataset together; in large logs two threads search a half each. */
import type {CommandTable} from '../engine/commands/table.ts'
import {type Part, WHOLE} from '../engine/part.ts'
import {Resync} from '../formats/aof/resync.ts'
import type {Host} from '../io/host.ts'
import {estimateSize} from '../io/input-size.ts'
import {isPlausible} from './check-aof.ts'
import {endAll} from './end-all.ts'
import {type FileToLoad, openToLoad} from './load-dataset.ts'
import {searchTies, type Ties, type TiesTask} from './ties-behind.ts'

/** Below this another thread starts for nothing. */
export const DIVIDE_FROM = 0x4000000

export interface TiesJob {
  files: readonly FileToLoad[]
  table: CommandTable
  /** Some file has commands: they may tie keys together. */
  commands: boolean
}

/** What ties keys together, as a part of everything; null when the dataset cannot be divided. */
export function findTies(
  host: Host,
  {files, table, commands}: TiesJob,
  threads = host.beside?.threads ?? 1,
): Part | null {
  if (!commands) return WHOLE
  const isLarge = estimateSize(files.map(({path}) => path)) >= DIVIDE_FROM
  const halves = isLarge && threads > 1 ? tiesInHalves(host, files, table) : null
  const {indivisible, ties} = halves ?? searchTies(host, files, table)
  return indivisible ? null : {...WHOLE, ties}
}

/** What two threads find, null where that does not count: nobody knows then whether the second began where a record does. */
export function tiesInHalves(
  host: Host,
  files: readonly FileToLoad[],
  table: CommandTable,
): Ties | null {
  const border = findBorder(host, files, table)
  if (border === null) return null
  const {index, offset} = border
  const before = [...files.slice(0, index), {...files[index], end: offset}]
  const behind = [{...files[index], start: offset}, ...files.slice(index + 1)]
  const task: TiesTask = {files: behind, renames: table.renames}
  const rest = host.beside!.start<Ties>('ties-behind', [], task)
  const [first, second] = endAll([() => searchTies(host, before, table), rest])
  if (!first.whole) return null
  return {
    ties: allOf(first.ties, second.ties),
    indivisible: first.indivisible || second.indivisible,
    whole: second.whole,
  }
}

/** About half of all bytes lie before it, and a record seems to begin there. Null where that is in an RDB, or nowhere. */
function findBorder(
  host: Host,
  files: readonly FileToLoad[],
  table: CommandTable,
): {index: number; offset: number} | null {
  const ends = files.map(({path, end}) => Math.min(end ?? Infinity, estimateSize([path])))
  let offset = Math.floor(ends.reduce((sum, end) => sum + end, 0) / 2)
  const index = ends.findIndex((end) => {
    if (offset < end) return true
    offset -= end
    return false
  })
  if (index < 0) return null
  const {c, kind, feed} = openToLoad(host, {...files[index], start: offset})
  const resync = new Resync(c, (name, argc) => isPlausible(table, name, argc))
  if (kind === 'rdb' || !feed.seekable || !resync.find() || c.atEnd()) return null
  return {index, offset: c.offset}
}

function allOf(one: Part['ties'], other: Part['ties']): Part['ties'] {
  if (one === null || other === null) return one ?? other
  return one.map((bits, i) => bits | other[i])
}
