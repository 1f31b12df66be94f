/** Sorted sets as values; what they are made of is in zset-members.ts. */
import {Growable} from '../../formats/packed/growable.ts'
import {type LogicalType, RdbType} from '../../formats/rdb/types.ts'
import type {ValueVisitor} from '../../formats/rdb/visitor.ts'
import type {Database} from '../database.ts'
import type {Keyspace} from '../keyspace.ts'
import {Builder} from './builder.ts'
import {IgnoringVisitor} from './ignoring.ts'
import {Kind, setValue, valueField} from './kinds.ts'
import type {ValueLoader, ValueOps} from './ops.ts'
import {copyBlob, packedBytes} from './packed-block.ts'
import {
  isPackedZset,
  tableOf,
  ZSET_MAX_BYTES,
  ZSET_MAX_ENTRIES,
  zsetAdd,
  zsetBegin,
  zsetEach,
  zsetSize,
} from './zset-members.ts'
import {packedCount, packedToTable} from './zset-packed.ts'
import {SortedTable} from './zset-table.ts'

/**
 * Take a listpack that was checked, [start, end) of `memory`, as the value of an entry that has none. Returns where the entry
 * lies now, 0 when it holds nothing.
 */
export function takeZsetPacked(
  {keyspace}: Database,
  entry: number,
  memory: Uint8Array,
  start: number,
  end: number,
): number {
  setValue(keyspace, entry, Kind.ZSET_PACKED, copyBlob(keyspace, memory, start, end))
  const count = packedCount(keyspace, entry)
  if (count > ZSET_MAX_ENTRIES) packedToTable(keyspace, entry)
  return count === 0 ? 0 : entry
}

function visit(keyspace: Keyspace, entry: number, visitor: ValueVisitor): void {
  const packed = isPackedZset(keyspace, entry)
  const size = zsetSize(keyspace, entry)
  visitor.begin('zset', packed ? RdbType.ZSET_LISTPACK : RdbType.ZSET_2, size)
  zsetEach(keyspace, entry, 0, size, !packed, (memory, start, end, score) => {
    visitor.member(memory, start, end)
    visitor.score(score)
  })
  visitor.end()
}

function copy(from: Database, entry: number, to: Database, target: number): number {
  const {arena} = from.keyspace
  if (isPackedZset(from.keyspace, entry)) {
    const block = valueField(from.keyspace, entry)
    return takeZsetPacked(
      to,
      target,
      arena.memory,
      block,
      block + packedBytes(from.keyspace, block),
    )
  }
  const {keyspace} = to
  const source = tableOf(from.keyspace, entry)
  const table = new SortedTable(keyspace.arena)
  for (const member of source.entries(0, source.size)) {
    const start = keyspace.stage(arena.memory, source.start(member), source.end(member))
    const end = start + source.end(member) - source.start(member)
    table.find(start, end)
    table.add(start, end, source.score(member))
  }
  setValue(keyspace, target, Kind.ZSET, keyspace.addObject(table))
  return target
}

/**
 * Servers take a packed sorted set as it is when it has no more members than they would pack; of the other forms they look at
 * the longest member as well.
 */
class ZsetLoader extends IgnoringVisitor implements ValueLoader {
  private readonly keyspace: Keyspace
  private readonly builder: Builder
  private readonly last = new Growable()
  private longest = 0

  constructor(keyspace: Keyspace) {
    super()
    this.keyspace = keyspace
    this.builder = new Builder(keyspace)
  }

  override begin(_logical: LogicalType, type: number, count: number): void {
    const packed = type === RdbType.ZSET_LISTPACK || type === RdbType.ZSET_ZIPLIST
    this.longest = packed ? Number.POSITIVE_INFINITY : ZSET_MAX_BYTES
    zsetBegin(this.keyspace, this.builder.begin(), Math.min(count, ZSET_MAX_ENTRIES + 1), 0)
  }

  override member(memory: Uint8Array, start: number, end: number): void {
    this.last.clear()
    this.last.append(memory, start, end)
  }

  override score(score: number): void {
    // The reader reports it when the value ends, and nothing is kept.
    if (Number.isNaN(score)) return
    const {keyspace, last, builder} = this
    const from = keyspace.stage(last.bytes, 0, last.length)
    zsetAdd(keyspace, builder.entry, from, from + last.length, score, 0, this.longest)
  }

  into(db: Database, entry: number): number {
    if (zsetSize(this.keyspace, this.builder.entry) > 0) return this.builder.into(db, entry)
    this.builder.discard()
    return 0
  }
}

export const ZSET_OPS: ValueOps = {
  visit,
  copy,
  encoding: (keyspace, entry) => (isPackedZset(keyspace, entry) ? 'listpack' : 'skiplist'),
  loader: (keyspace) => new ZsetLoader(keyspace),
}
