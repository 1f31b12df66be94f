/** Hashes as values; what they are made of is in hash-fields.ts. */
import {ENTRY_KIND, ENTRY_VALUE} from '../../formats/kernel/layout.ts'
import {Growable} from '../../formats/packed/growable.ts'
import {type LogicalType, RdbType} from '../../formats/rdb/types.ts'
import type {ValueVisitor} from '../../formats/rdb/visitor.ts'
import {Database} from '../database.ts'
import type {Keyspace} from '../keyspace.ts'
import {Builder} from './builder.ts'
import {
  AS_LOADED,
  beginHash,
  eachPackedField,
  expiringTable,
  FIELDS_MAX,
  fieldCount,
  findField,
  isSmall,
  KEEP_EXPIRY,
  putTable,
  setField,
  tableOf,
  toTable,
} from './hash-fields.ts'
import {IgnoringVisitor} from './ignoring.ts'
import {Kind, setValue, valueField} from './kinds.ts'
import type {ValueLoader, ValueOps} from './ops.ts'
import {copyBlob, packedBytes} from './packed-block.ts'
import {slotsFor} from './set-members.ts'

function visit(keyspace: Keyspace, entry: number, visitor: ValueVisitor): void {
  const table = tableOf(keyspace, entry)
  if (table) {
    visitTable(keyspace, table, isSmall(keyspace, entry), visitor)
    return
  }
  visitor.begin('hash', RdbType.HASH_LISTPACK, fieldCount(keyspace, entry))
  eachPackedField(
    keyspace,
    valueField(keyspace, entry),
    (memory, start, end) => visitor.field(memory, start, end),
    (memory, start, end) => visitor.value(memory, start, end),
  )
  visitor.end()
}

function visitTable(
  {arena}: Keyspace,
  table: Database,
  small: boolean,
  visitor: ValueVisitor,
): void {
  const large = table.expires > 0 ? RdbType.HASH_METADATA : RdbType.HASH
  visitor.begin('hash', small ? RdbType.HASH_LISTPACK_EX : large, table.size)
  for (const field of small ? byExpiry(table) : table.entries()) {
    const end = table.keyEnd(field)
    visitor.field(arena.memory, table.keyStart(field), end)
    visitor.value(arena.memory, end, end + arena.view.getUint32(field + ENTRY_VALUE, true))
    const expiresAtMs = table.expiresAtMs(field)
    if (expiresAtMs !== null) visitor.fieldExpiry(expiresAtMs)
  }
  visitor.end()
}

/** The order of a listpack with expiries: the earliest first, those that have none last. */
function byExpiry(table: Database): number[] {
  const expiry = (field: number) => table.expiresAtMs(field) ?? Number.MAX_VALUE
  return [...table.entries()].sort((a, b) => expiry(a) - expiry(b))
}

function copy(from: Database, entry: number, to: Database, target: number): number {
  const {keyspace} = from
  const table = tableOf(keyspace, entry)
  if (table) {
    putTable(to.keyspace, target, copyTable(table, to.keyspace), isSmall(keyspace, entry))
    return target
  }
  const block = valueField(keyspace, entry)
  const end = block + packedBytes(keyspace, block)
  const copied = copyBlob(to.keyspace, keyspace.arena.memory, block, end)
  setValue(to.keyspace, target, Kind.HASH_PACKED, copied)
  return target
}

function copyTable(table: Database, keyspace: Keyspace): Database {
  const {arena} = table.keyspace
  const copied = new Database(keyspace, slotsFor(table.size))
  for (const field of table.entries()) {
    const start = table.keyStart(field)
    const end = table.keyEnd(field)
    const length = arena.view.getUint32(field + ENTRY_VALUE, true)
    const added = copied.add(arena.memory, start, end, Kind.STRING, length)
    const {view, memory} = keyspace.arena
    view.setUint32(added + ENTRY_VALUE, length, true)
    memory.set(arena.memory.subarray(end, end + length), copied.keyEnd(added))
    copied.setExpiry(added, table.expiresAtMs(field))
  }
  return copied
}

/** As Redis has it: Valkey calls every hash with field expiries a hashtable. */
function encoding(keyspace: Keyspace, entry: number): string {
  if (keyspace.arena.view.getUint8(entry + ENTRY_KIND) === Kind.HASH_PACKED) return 'listpack'
  return isSmall(keyspace, entry) ? 'listpackex' : 'hashtable'
}

/** Types whose fields come from one packed blob: servers keep those packed whatever their length. */
const BLOBS: readonly number[] = [RdbType.HASH_ZIPLIST, RdbType.HASH_LISTPACK]
/** Redis: listpacks with expiries. */
const BLOBS_EX: readonly number[] = [RdbType.HASH_LISTPACK_EX, RdbType.HASH_LISTPACK_EX_PRE_GA]

class HashLoader extends IgnoringVisitor implements ValueLoader {
  private readonly keyspace: Keyspace
  private readonly builder: Builder
  private readonly name = new Growable()
  private blob = false

  constructor(keyspace: Keyspace) {
    super()
    this.keyspace = keyspace
    this.builder = new Builder(keyspace)
  }

  override begin(_logical: LogicalType, type: number, count: number): void {
    const {keyspace} = this
    const entry = this.builder.begin()
    this.blob = BLOBS.includes(type) || BLOBS_EX.includes(type)
    beginHash(keyspace, entry, count > FIELDS_MAX ? Kind.HASH : Kind.HASH_PACKED)
    if (BLOBS_EX.includes(type) && count <= FIELDS_MAX) toTable(keyspace, entry, true)
  }

  override field(memory: Uint8Array, start: number, end: number): void {
    this.name.clear()
    this.name.append(memory, start, end)
  }

  override value(memory: Uint8Array, start: number, end: number): void {
    const {keyspace, builder, name} = this
    const options = this.blob ? AS_LOADED : KEEP_EXPIRY
    setField(keyspace, builder.entry, name.bytes, 0, name.length, memory, start, end, options)
  }

  override fieldExpiry(expiresAtMs: number): void {
    const {keyspace, builder, name} = this
    const table = expiringTable(keyspace, builder.entry)
    table.setExpiry(findField(keyspace, builder.entry, name.bytes, 0, name.length), expiresAtMs)
  }

  into(db: Database, entry: number): number {
    if (fieldCount(this.keyspace, this.builder.entry) > 0) return this.builder.into(db, entry)
    this.builder.discard()
    return 0
  }
}

/**
 * Give an entry without a value the hash in a checked listpack [start, end). Returns where the entry lies now, 0 for an
 * empty hash.
 */
export function takeHashPacked(
  db: Database,
  entry: number,
  memory: Uint8Array,
  start: number,
  end: number,
): number {
  const {keyspace} = db
  const block = copyBlob(keyspace, memory, start, end)
  setValue(keyspace, entry, Kind.HASH_PACKED, block)
  const count = keyspace.arena.kernel.packedSize(block)
  if (count > FIELDS_MAX * 2) toTable(keyspace, entry)
  return count === 0 ? 0 : entry
}

export const HASH_OPS: ValueOps = {
  visit,
  copy,
  encoding,
  loader: (keyspace) => new HashLoader(keyspace),
}
