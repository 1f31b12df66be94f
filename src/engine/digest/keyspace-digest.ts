import type {Arena} from '../arena.ts'
import type {Keyspace} from '../keyspace.ts'
import {logicalOf} from '../values/kinds.ts'
import {VALUE_OPS} from '../values/table.ts'
import type {DatasetDigest} from './dataset-digest.ts'
import type {HashMemory} from './hash-memory.ts'

/** The memory of an arena, for digests of what lies in it. */
export function arenaMemory(arena: Arena): HashMemory {
  let block = 0
  return {
    kernel: arena.kernel,
    get memory() {
      return arena.memory
    },
    get view() {
      return arena.view
    },
    area(_which, size) {
      if (block !== 0 && arena.capacity(block) >= size) return block
      if (block !== 0) arena.release(block)
      block = arena.alloc(size)
      return block
    },
  }
}

/** Give every key and library of a keyspace to a digest made over its arena's memory. `each` is called behind every key. */
export function digestKeyspace(
  keyspace: Keyspace,
  digest: DatasetDigest,
  each: ((db: number, keyStart: number, keyEnd: number) => void) | null = null,
): void {
  for (const code of keyspace.functions.values()) digest.library(code)
  for (const number of keyspace.numbers()) {
    const db = keyspace.database(number)
    for (const entry of db.entries()) {
      const logical = logicalOf(db.kind(entry))
      const [keyStart, keyEnd] = [db.keyStart(entry), db.keyEnd(entry)]
      digest.beginEntry(number, logical, keyStart, keyEnd, db.expiresAtMs(entry))
      VALUE_OPS[logical].visit(keyspace, entry, digest)
      digest.endEntry()
      each?.(number, keyStart, keyEnd)
    }
  }
}
