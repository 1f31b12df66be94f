/** Searches logs for what ties keys together, in one thread; find-ties.ts divides the work. */
import {installCommands} from '../engine/commands/compile.ts'
import {CommandTable, type Renames} from '../engine/commands/table.ts'
import {type Part, TieSearch} from '../engine/part.ts'
import {AofReader} from '../formats/aof/reader.ts'
import type {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {RdbReader, RdbRecord} from '../formats/rdb/reader.ts'
import {BYTES_TOTAL, type Host} from '../io/host.ts'
import {type FileToLoad, openToLoad} from './load-dataset.ts'

export interface Ties {
  ties: Part['ties']
  /** Some command does not say which keys it reads: the dataset cannot be divided. */
  indivisible: boolean
  /** All of it was read: nothing in it is damaged, and it ends where a record does. */
  whole: boolean
}

/** The operation of another thread. Plain data. */
export interface TiesTask {
  files: readonly FileToLoad[]
  renames: Renames
}

export function tiesBehind(
  host: Host,
  _inputs: readonly string[],
  {files, renames}: TiesTask,
): Ties {
  return searchTies(host, files, new CommandTable(renames))
}

export function searchTies(host: Host, files: readonly FileToLoad[], table: CommandTable): Ties {
  const search = new TieSearch(host.kernel, table)
  let whole = false
  try {
    for (const file of files) {
      const {c, kind, feed} = openToLoad(host, file)
      if (kind === 'rdb') skipRdb(c)
      if (c.atEnd()) continue
      host.counters[BYTES_TOTAL] += Math.max(0, Math.min(feed.size, file.end ?? feed.size))
      installCommands(table.compiled, c.memory)
      search.search(new AofReader(c))
    }
    whole = true
  } catch (error) {
    // Nobody loads anything behind it.
    if (!(error instanceof FormatError)) throw error
  }
  const {ties, indivisible} = search
  return {ties, indivisible, whole}
}

function skipRdb(c: Cursor): void {
  const r = new RdbReader(c)
  r.readHeader()
  for (let record = r.next(); record !== RdbRecord.END; record = r.next()) {
    if (record === RdbRecord.ENTRY) r.skipValue(false)
  }
}
