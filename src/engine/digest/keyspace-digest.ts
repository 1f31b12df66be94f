import type {Entry} from '../../formats/entry.ts'
import type {Arena} from '../arena.ts'
import type {Keyspace} from '../keyspace.ts'
import {keyspaceEntries} from '../keyspace-entries.ts'
import type {DatasetDigest} from './dataset-digest.ts'
import {DigestSink} from './digest-sink.ts'
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
  const told = each && (({db, keyStart, keyEnd}: Entry) => each(db, keyStart, keyEnd))
  keyspaceEntries(keyspace, new DigestSink(digest, told))
}
