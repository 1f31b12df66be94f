/**
 * Sorts out what needs no closer look: entries of two RDBs that are the same byte for byte. They are hashed as they lie in the file, at
 * the speed of `check`, under a key that is made up for each run. In two snapshots of one server that is nearly everything.
 */
import {libraryName} from './check-rdb.ts'
import type {DiffSide} from './diff-side.ts'
import {KeyTable, PAIR_SHAPE, TableFull} from './diff-table.ts'
import {Ordinals} from './ordinals.ts'
import {RdbSource} from './rdb-source.ts'

const PAIR_BYTES = 16

/** The entries of either side that have no twin on the other. */
export interface Untwinned {
  a: Ordinals
  b: Ordinals
  /** Twins, by database. */
  twins: Map<number, number>
  libraries: {a: Map<string, Uint8Array>; b: Map<string, Uint8Array>}
}

/** Null where there are no twins to be found: other inputs, other dialects, too many keys, keys that are there twice. */
export function untwinned(a: DiffSide, b: DiffSide, maxBytes: number): Untwinned | null {
  if (a.selector !== null) return null
  const [first, second] = [a.open(), b.open()]
  if (!(first instanceof RdbSource && second instanceof RdbSource)) return null
  if (first.dialect !== second.dialect) return null
  const key = crypto.getRandomValues(new BigUint64Array(2))
  const {kernel} = first.memory
  kernel.keyedHashKey(key[0], key[1])
  try {
    return new Twins(maxBytes).find(a, b)
  } catch (error) {
    if (error instanceof TableFull) return null
    throw error
  }
}

class Twins {
  private readonly table: KeyTable
  private readonly restA = new Ordinals()
  private readonly restB = new Ordinals()
  private readonly twins = new Map<number, number>()
  /** A key or a hash is there twice. */
  private doubtful = false

  constructor(maxBytes: number) {
    this.table = new KeyTable(maxBytes, PAIR_SHAPE)
  }

  find(a: DiffSide, b: DiffSide): Untwinned | null {
    const {table, restA, restB, twins} = this
    const libraries = {a: new Map<string, Uint8Array>(), b: new Map<string, Uint8Array>()}
    const add = (view: DataView, at: number, ordinal: number) => {
      if (!table.add(view, at, ordinal, null)) this.doubtful = true
    }
    read(a, add, restA, libraries.a)
    let found = 0
    const look = (view: DataView, at: number, ordinal: number) => {
      const key = table.find(view, at)
      if (key < 0 || !table.hasContent(key, view, at)) restB.add(ordinal)
      else if (table.match(key)) found++
      else this.doubtful = true
    }
    read(b, look, restB, libraries.b, (db) => {
      twins.set(db, (twins.get(db) ?? 0) + found)
      found = 0
    })
    for (const ordinal of table.unmatched()) restA.add(ordinal)
    return this.doubtful ? null : {a: restA, b: restB, twins, libraries}
  }
}

/** Give the hashes of entries to `take`, with their ordinals; those of entries that have none go to `rest`. */
function read(
  side: DiffSide,
  take: (view: DataView, at: number, ordinal: number) => void,
  rest: Ordinals,
  libraries: Map<string, Uint8Array>,
  done: (db: number) => void = () => {},
): void {
  const {memory: c} = side.open()
  let ordinal = 0
  side.read({
    runs: {
      types: 0xffffffff,
      attributes: true,
      pairs: {
        add(_memory, start, count) {
          const {view} = c
          const end = start + count * 8
          for (let at = start; at < end; at += PAIR_BYTES) take(view, at, ordinal++)
        },
      },
      write() {},
      done,
    },
    library: (code) => libraries.set(libraryName(code), code.slice()),
    entry(entry) {
      rest.add(ordinal++)
      entry.skipValue()
    },
  })
}
