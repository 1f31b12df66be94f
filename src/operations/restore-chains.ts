/** What can be replayed file by file: a snapshot, and the logs that were written behind it. */
import type {ServerConfig} from '../io/layout/config.ts'
import type {LayoutFile} from '../io/layout/types.ts'
import {layoutOf} from './layout-of.ts'
import type {FileToLoad} from './load-dataset.ts'
import {isLoaded, loadedFilesOf} from './loaded-files.ts'

/**
 * First what a server would load. Then, newest first, what the history files of a set still allow: an older base, the
 * incr files behind it, and those of today. Source: a rewrite puts the base and then the incr files that it replaces at the
 * head of the manifest's history, markRewrittenIncrAofAsHistory() in aof.c.
 * @throws InputError.
 */
export function restoreChains(input: string, config: ServerConfig | null): FileToLoad[][] {
  const layout = layoutOf(input, config)
  const current = loadedFilesOf(layout, input)
  if (layout.kind !== 'aof-set') return [current]
  const logs = layout.files.filter((file) => isLoaded(file) && file.role !== 'base')
  const oldestFirst = layout.files.filter(({role}) => role === 'history').reverse()
  const older: LayoutFile[][] = []
  oldestFirst.forEach((base, i) => {
    if (isIncr(base)) return
    const behind = oldestFirst.slice(i + 1).filter(isIncr)
    const chain = [base, ...behind, ...logs]
    if (chain.every(({head}) => head !== null)) older.unshift(chain)
  })
  return [current, ...older]
}

/** Does the text of this file only say what there was when it was written, in no order that ever happened? */
export const isSnapshot = ({name}: FileToLoad): boolean => /\.base\.(aof|rdb)$/.test(name)

const isIncr = ({name}: LayoutFile): boolean => /\.incr\.aof$/.test(name)
