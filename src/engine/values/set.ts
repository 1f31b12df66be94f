/** Sets as values; what they are made of is in set-members.ts. */
import {ENTRY_KIND} from '../../formats/kernel/layout.ts'
import type {LogicalType} from '../../formats/rdb/types.ts'
import {RdbType} from '../../formats/rdb/types.ts'
import type {ValueVisitor} from '../../formats/rdb/visitor.ts'
import {Database} from '../database.ts'
import type {Keyspace} from '../keyspace.ts'
import {Builder} from './builder.ts'
import {IgnoringVisitor} from './ignoring.ts'
import {Kind, objectOf, setValue, valueField} from './kinds.ts'
import type {ValueLoader, ValueOps} from './ops.ts'
import {copyBlob, packedBytes} from './packed-block.ts'
import {
  addMember,
  beginSet,
  eachMember,
  INTSET_MAX,
  intsetBytes,
  intsetCount,
  LISTPACK_MAX,
  MEMBER_MAX,
  memberCount,
  slotsFor,
  toTable,
} from './set-members.ts'

function visit(keyspace: Keyspace, entry: number, visitor: ValueVisitor): void {
  visitor.begin('set', typeOf(kindOf(keyspace, entry)), memberCount(keyspace, entry))
  eachMember(keyspace, entry, (memory, start, end) => visitor.member(memory, start, end))
  visitor.end()
}

const kindOf = ({arena}: Keyspace, entry: number): number => arena.view.getUint8(entry + ENTRY_KIND)

function typeOf(kind: number): number {
  if (kind === Kind.SET) return RdbType.SET
  return kind === Kind.SET_PACKED ? RdbType.SET_LISTPACK : RdbType.SET_INTSET
}

function copy(from: Database, entry: number, to: Database, target: number): number {
  const kind = from.kind(entry)
  if (kind === Kind.SET) {
    const table = objectOf<Database>(from.keyspace, entry)
    const copied = new Database(to.keyspace, slotsFor(table.size))
    eachMember(from.keyspace, entry, (memory, start, end) => {
      copied.add(memory, start, end, Kind.STRING)
    })
    setValue(to.keyspace, target, kind, to.keyspace.addObject(copied))
    return target
  }
  const block = valueField(from.keyspace, entry)
  const bytes =
    kind === Kind.SET_PACKED ? packedBytes(from.keyspace, block) : intsetBytes(from.keyspace, block)
  const copied = copyBlob(to.keyspace, from.keyspace.arena.memory, block, block + bytes)
  setValue(to.keyspace, target, kind, copied)
  return target
}

function encoding(keyspace: Keyspace, entry: number): string {
  const kind = kindOf(keyspace, entry)
  if (kind === Kind.SET) return 'hashtable'
  return kind === Kind.SET_PACKED ? 'listpack' : 'intset'
}

/** Servers take a packed set as it is when it has no more members than they would pack, whatever their length. */
class SetLoader extends IgnoringVisitor implements ValueLoader {
  private readonly keyspace: Keyspace
  private readonly builder: Builder
  private longest = 0

  constructor(keyspace: Keyspace) {
    super()
    this.keyspace = keyspace
    this.builder = new Builder(keyspace)
  }

  override begin(_logical: LogicalType, type: number, count: number): void {
    const entry = this.builder.begin()
    const packed = type === RdbType.SET_LISTPACK
    const most = packed ? LISTPACK_MAX : INTSET_MAX
    const kind = packed ? Kind.SET_PACKED : Kind.SET_INTSET
    // The count is only a claim: no room is made for it.
    beginSet(this.keyspace, entry, count > most ? Kind.SET : kind)
    this.longest = packed ? Number.POSITIVE_INFINITY : MEMBER_MAX
  }

  override member(memory: Uint8Array, start: number, end: number): void {
    addMember(this.keyspace, this.builder.entry, memory, start, end, this.longest)
  }

  into(db: Database, entry: number): number {
    if (memberCount(this.keyspace, this.builder.entry) > 0) return this.builder.into(db, entry)
    this.builder.discard()
    return 0
  }
}

/**
 * Give an entry without a value the set in a checked listpack [start, end). Returns where the entry lies now, 0 for an
 * empty set.
 */
export function takeSetPacked(
  db: Database,
  entry: number,
  memory: Uint8Array,
  start: number,
  end: number,
): number {
  const {keyspace} = db
  const block = copyBlob(keyspace, memory, start, end)
  setValue(keyspace, entry, Kind.SET_PACKED, block)
  const count = keyspace.arena.kernel.packedSize(block)
  if (count > LISTPACK_MAX) toTable(keyspace, entry)
  return count === 0 ? 0 : entry
}

/** The same for a checked intset. */
export function takeSetIntset(
  db: Database,
  entry: number,
  memory: Uint8Array,
  start: number,
  end: number,
): number {
  const {keyspace} = db
  const block = copyBlob(keyspace, memory, start, end)
  setValue(keyspace, entry, Kind.SET_INTSET, block)
  const count = intsetCount(keyspace, block)
  if (count > INTSET_MAX) toTable(keyspace, entry)
  return count === 0 ? 0 : entry
}

export const SET_OPS: ValueOps = {
  visit,
  copy,
  encoding,
  loader: (keyspace) => new SetLoader(keyspace),
}
