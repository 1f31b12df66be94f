/**
 * What hashes are made of:
 *
 *     listpack   up to 512 fields, no field or value longer than 64 bytes, no field with an expiry
 *     table      else: a database whose keys are the fields and whose strings are the values
 *
 * Redis keeps a small hash with field expiries as a listpack of triples; here it is a table whose entry is flagged as small.
 * Source: hashTypeSet(), hashTypeTryConversion() and hashTypeConvert() in t_hash.c.
 */
import {
  ENTRY_KEY,
  ENTRY_KEY_LENGTH,
  ENTRY_KIND,
  ENTRY_VALUE,
  PACKED_HASH_MAX,
  REG_AUX,
  REGISTERS,
} from '../../formats/kernel/layout.ts'
import {Database} from '../database.ts'
import type {Keyspace} from '../keyspace.ts'
import {Kind, objectOf, setValue, valueField} from './kinds.ts'
import {
  deletePacked,
  LISTPACK_HEADER,
  newListpack,
  packedBytes,
  putEntry,
  spanEnd,
  spanStart,
} from './packed-block.ts'
import {slotsFor, type TakeSpan} from './set-members.ts'

export const FIELDS_MAX = PACKED_HASH_MAX
export const TEXT_MAX = 64
const FLAGS = ENTRY_KIND + 1
const SMALL = 1

/** Make the value of an entry, which has none, an empty hash of this kind, with room for so many fields or bytes. */
export function beginHash(keyspace: Keyspace, entry: number, kind: number, room = 0): void {
  if (kind === Kind.HASH) putTable(keyspace, entry, new Database(keyspace, slotsFor(room)), false)
  else setValue(keyspace, entry, kind, newListpack(keyspace, room))
}

export function putTable(keyspace: Keyspace, entry: number, table: Database, small: boolean): void {
  setValue(keyspace, entry, Kind.HASH, keyspace.addObject(table))
  keyspace.arena.view.setUint8(entry + FLAGS, small ? SMALL : 0)
}

/** Is this table one that Redis would keep as a listpack with expiries? */
export const isSmall = ({arena}: Keyspace, entry: number): boolean =>
  arena.view.getUint8(entry + FLAGS) === SMALL

/** Make it a large hash, one that servers keep as a table. */
export function makeLarge(keyspace: Keyspace, entry: number): void {
  if (!tableOf(keyspace, entry)) toTable(keyspace, entry)
  keyspace.arena.view.setUint8(entry + FLAGS, 0)
}

/** Its table; what was packed becomes a small one, which can hold expiries. */
export function expiringTable(keyspace: Keyspace, entry: number): Database {
  return tableOf(keyspace, entry) ?? toTable(keyspace, entry, true)
}

/** The table of a hash that has one, else null. */
export function tableOf(keyspace: Keyspace, entry: number): Database | null {
  if (keyspace.arena.view.getUint8(entry + ENTRY_KIND) === Kind.HASH_PACKED) return null
  return objectOf<Database>(keyspace, entry)
}

/** Where a field is: the address of its listpack entry or of its entry in the table, 0 when it is not there. */
export function findField(
  keyspace: Keyspace,
  entry: number,
  memory: Uint8Array,
  start: number,
  end: number,
): number {
  const table = tableOf(keyspace, entry)
  if (table) return table.find(memory, start, end)
  const from = keyspace.stage(memory, start, end)
  const block = valueField(keyspace, entry)
  return keyspace.arena.kernel.packedFind(block, 0, 2, from, from + end - start) >>> 0
}

/** Fields and values of up to `longest` bytes stay packed. */
export interface FieldOptions {
  readonly keepExpiry: boolean
  readonly longest: number
}
const FRESH: FieldOptions = {keepExpiry: false, longest: TEXT_MAX}
export const KEEP_EXPIRY: FieldOptions = {keepExpiry: true, longest: TEXT_MAX}
export const AS_LOADED: FieldOptions = {
  keepExpiry: false,
  longest: Number.POSITIVE_INFINITY,
}

/**
 * Set a field, whose bytes are [start, end) of `memory`, to the bytes [valueStart, valueEnd) of `values`. Neither may lie in a
 * block of the arena. An expiry of the field goes, unless it is kept. Returns whether the field is new.
 */
export function setField(
  keyspace: Keyspace,
  entry: number,
  memory: Uint8Array,
  start: number,
  end: number,
  values: Uint8Array,
  valueStart: number,
  valueEnd: number,
  options = FRESH,
): boolean {
  const {longest} = options
  const table = tableOf(keyspace, entry)
  if (!table && end - start <= longest && valueEnd - valueStart <= longest) {
    return putField(keyspace, entry, memory, start, end, values, valueStart, valueEnd)
  }
  const fields = table ?? toTable(keyspace, entry)
  const length = valueEnd - valueStart
  let field = fields.find(memory, start, end)
  const isNew = field === 0
  if (isNew) {
    field = fields.add(memory, start, end, Kind.STRING, length)
  } else {
    field = fields.resize(field, length)
    if (!options.keepExpiry) fields.setExpiry(field, null)
  }
  const {arena} = keyspace
  arena.view.setUint32(field + ENTRY_VALUE, length, true)
  arena.put(values, valueStart, valueEnd, fields.keyEnd(field))
  if (isSmall(keyspace, entry))
    checkSmall(keyspace, entry, fields, Math.max(end - start, length), longest)
  return isNew
}

function checkSmall(
  keyspace: Keyspace,
  entry: number,
  fields: Database,
  length: number,
  longest: number,
): void {
  if (fields.size > FIELDS_MAX || length > longest) makeLarge(keyspace, entry)
}

function putField(
  keyspace: Keyspace,
  entry: number,
  memory: Uint8Array,
  start: number,
  end: number,
  values: Uint8Array,
  valueStart: number,
  valueEnd: number,
): boolean {
  const {kernel} = keyspace.arena
  const old = valueField(keyspace, entry)
  let block = old
  let from = keyspace.stage(memory, start, end)
  const field = kernel.packedFind(block, 0, 2, from, from + end - start) >>> 0
  let at = 0
  if (field !== 0) at = kernel.packedNext(field) >>> 0
  else block = putEntry(keyspace.arena, block, 0, 0, from, from + end - start)
  from = keyspace.stage(values, valueStart, valueEnd)
  const to = from + valueEnd - valueStart
  block = putEntry(keyspace.arena, block, at, at === 0 ? 0 : 1, from, to)
  if (block !== old) setValue(keyspace, entry, Kind.HASH_PACKED, block)
  if (at === 0 && kernel.packedSize(block) > FIELDS_MAX * 2) toTable(keyspace, entry)
  return at === 0
}

/** Remove a field; false when it is not there. The hash may be empty afterwards. */
export function deleteField(
  keyspace: Keyspace,
  entry: number,
  memory: Uint8Array,
  start: number,
  end: number,
): boolean {
  const field = findField(keyspace, entry, memory, start, end)
  if (field === 0) return false
  const table = tableOf(keyspace, entry)
  if (table) table.drop(field)
  else deletePacked(keyspace, entry, field, 2)
  return true
}

export function fieldCount(keyspace: Keyspace, entry: number): number {
  const table = tableOf(keyspace, entry)
  if (table) return table.size
  return keyspace.arena.kernel.packedSize(valueField(keyspace, entry)) / 2
}

/** Put where the value of what findField() found starts and ends to where spanStart() and spanEnd() look. */
export function findValue({arena}: Keyspace, entry: number, field: number): void {
  if (arena.view.getUint8(entry + ENTRY_KIND) === Kind.HASH_PACKED) {
    arena.kernel.packedSpan(arena.kernel.packedNext(field) >>> 0)
    return
  }
  const {view} = arena
  const start = field + ENTRY_KEY + view.getUint32(field + ENTRY_KEY_LENGTH, true)
  view.setUint32(REGISTERS + REG_AUX, start, true)
  view.setUint32(REGISTERS + REG_AUX + 4, start + view.getUint32(field + ENTRY_VALUE, true), true)
}

/** The same as text, one character per byte. Allocates. */
export function fieldText(keyspace: Keyspace, entry: number, field: number): string {
  findValue(keyspace, entry, field)
  const {memory} = keyspace.arena
  const end = spanEnd(keyspace)
  let text = ''
  for (let at = spanStart(keyspace); at < end; at++) text += String.fromCharCode(memory[at])
  return text
}

/** Give every field of a packed hash and its value away. It must not change meanwhile; other values may. */
export function eachPackedField(
  keyspace: Keyspace,
  block: number,
  takeField: TakeSpan,
  takeValue: TakeSpan,
): void {
  const {arena} = keyspace
  const end = block + packedBytes(keyspace, block) - 1
  for (let at = block + LISTPACK_HEADER; at < end; ) {
    arena.kernel.packedSpan(at)
    takeField(arena.memory, spanStart(keyspace), spanEnd(keyspace))
    at = arena.kernel.packedNext(at) >>> 0
    arena.kernel.packedSpan(at)
    takeValue(arena.memory, spanStart(keyspace), spanEnd(keyspace))
    at = arena.kernel.packedNext(at) >>> 0
  }
}

/** Make a table of a packed hash; `small` as for isSmall(). */
export function toTable(keyspace: Keyspace, entry: number, small = false): Database {
  const {arena} = keyspace
  const block = valueField(keyspace, entry)
  const table = new Database(keyspace, slotsFor(fieldCount(keyspace, entry) + 1))
  let field = 0
  const addField = (memory: Uint8Array, start: number, end: number) => {
    field = table.add(memory, start, end, Kind.STRING)
  }
  const addValue = (_: Uint8Array, start: number, end: number) => {
    field = table.resize(field, end - start)
    arena.view.setUint32(field + ENTRY_VALUE, end - start, true)
    arena.memory.copyWithin(table.keyEnd(field), start, end)
  }
  eachPackedField(keyspace, block, addField, addValue)
  arena.release(block)
  putTable(keyspace, entry, table, small)
  return table
}
