/** Takes large sets and sorted sets of an RDB over as a whole, in the kernel of the engine: see rdbMembers() in rdb-load.ts. */
import {LOAD_STAGE_BYTES} from '../formats/kernel/layout.ts'
import {readLength} from '../formats/rdb/primitives.ts'
import type {RdbReader} from '../formats/rdb/reader.ts'
import {RdbType} from '../formats/rdb/types.ts'
import {Database} from './database.ts'
import type {Keyspace} from './keyspace.ts'
import {beginLoad, endLoad, stageBytes} from './load-run.ts'
import {Kind} from './values/kinds.ts'
import {INTSET_MAX, LISTPACK_MAX} from './values/set-members.ts'
import {ZSET_MAX_ENTRIES} from './values/zset-members.ts'
import {SortedTable} from './values/zset-table.ts'

/** Longest head of a value: its count, and the first member of an integer. */
const HEAD = 32

/** A value that is an object of the keyspace. */
export interface TableValue {
  kind: number
  object: Database | SortedTable
}

/**
 * Take the value of the current entry, verified as `readValue()` would. Null, and nothing was read, when it is not a large set or sorted
 * set, not in the window as a whole, or not plainly right: then it is for `readValue()`.
 */
export function takeTable(r: RdbReader, keyspace: Keyspace): TableValue | null {
  const isSet = r.type === RdbType.SET
  const {c} = r
  const start = c.next
  if ((!isSet && r.type !== RdbType.ZSET_2) || c.limit - start < HEAD) return null
  const count = readLength(c)
  if (isWorth(r, isSet, count)) {
    const slots = 2 ** (32 - Math.clz32(count * 2 - 1))
    const object = isSet ? new Database(keyspace, slots) : new SortedTable(keyspace.arena, slots)
    const length = takeMembers(r, keyspace, object, count)
    if (length > 0) {
      c.next += length
      return {kind: isSet ? Kind.SET : Kind.ZSET, object}
    }
    object.release()
  }
  c.next = start
  return null
}

/** Will it be a table for sure, and are so many members there? */
function isWorth({c}: RdbReader, isSet: boolean, count: number): boolean {
  if (count > Math.min(c.limit - c.next, LOAD_STAGE_BYTES)) return false
  if (!isSet) return count > ZSET_MAX_ENTRIES
  if (count > INTSET_MAX) return true
  if (count <= LISTPACK_MAX) return false
  const first = c.memory[c.next]
  // Integers alone stay an intset.
  if (first < 0x18) return c.kernel.spanInt(c.next + 1, c.next + 1 + first) === 0
  return first < 0xc0
}

/** Returns how many bytes they take, 0 when not all of them were taken. */
function takeMembers(
  {c}: RdbReader,
  keyspace: Keyspace,
  object: Database | SortedTable,
  count: number,
): number {
  beginLoad(keyspace)
  const length = Math.min(LOAD_STAGE_BYTES, c.limit - c.next)
  const stage = stageBytes(keyspace, c.memory, c.next, length)
  const tree = object instanceof SortedTable ? object.order : 0
  const {kernel} = keyspace.arena
  const end = kernel.rdbMembers(stage, stage + length, count, object.table, tree)
  endLoad(keyspace)
  return end === 0 ? 0 : end - stage
}
