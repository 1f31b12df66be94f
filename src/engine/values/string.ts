/**
 * Strings: the bytes stand behind the key, the value field is their length. The flags byte of the entry says what a server
 * would no longer see in the bytes: that it made them raw, or that it wrote a float and did not look for an integer.
 */
import {ENTRY_KEY, ENTRY_KEY_LENGTH, ENTRY_KIND, ENTRY_VALUE} from '../../formats/kernel/layout.ts'
import {RdbType} from '../../formats/rdb/types.ts'
import type {ValueVisitor} from '../../formats/rdb/visitor.ts'
import type {Database} from '../database.ts'
import type {Keyspace} from '../keyspace.ts'
import {IgnoringVisitor} from './ignoring.ts'
import {Kind, releaseValue, valueField} from './kinds.ts'
import type {ValueLoader, ValueOps} from './ops.ts'

/** How a server came by the bytes of a string. */
export const Origin = {
  /** Given as a whole: an integer, or embedded in its object when short. */
  WHOLE: 0,
  /** Edited in place: raw from then on. */
  EDITED: 1,
  /** Computed as a float: never an integer. */
  FLOAT: 2,
} as const

/** proto-max-bulk-len: what servers let a string grow to. */
export const STRING_MAX = 512 * 1024 * 1024
/** OBJ_ENCODING_EMBSTR_SIZE_LIMIT: longer strings are raw. */
const EMBEDDED_MAX = 44
/** From this length on a growing string gets an eighth of room, not half. */
const LONG = 1024 * 1024
const FLAGS = ENTRY_KIND + 1

/** Where the bytes of a string start. */
export function stringStart(keyspace: Keyspace, entry: number): number {
  return entry + ENTRY_KEY + keyspace.arena.view.getUint32(entry + ENTRY_KEY_LENGTH, true)
}

/** Where they end. */
export function stringEnd(keyspace: Keyspace, entry: number): number {
  return stringStart(keyspace, entry) + valueField(keyspace, entry)
}

/**
 * Give an entry a string, whatever value it had; its expiry stays. `memory` may be that of the arena, the span must not be
 * part of the entry. Returns where the entry lies now.
 */
export function setString(
  db: Database,
  entry: number,
  memory: Uint8Array,
  start: number,
  end: number,
  origin: number = Origin.WHOLE,
): number {
  const {arena} = db.keyspace
  const inArena = memory === arena.memory
  const place = sizeString(db, entry, end - start, origin)
  arena.put(inArena ? arena.memory : memory, start, end, stringStart(db.keyspace, place))
  return place
}

/** Give an entry a string of `length` bytes, which are for the caller to set. Returns where the entry lies now. */
export function sizeString(
  db: Database,
  entry: number,
  length: number,
  origin: number = Origin.WHOLE,
): number {
  const {keyspace} = db
  const {arena} = keyspace
  if (arena.view.getUint8(entry + ENTRY_KIND) !== Kind.STRING) releaseValue(keyspace, entry)
  const place = db.resize(entry, length)
  const {view} = arena
  view.setUint32(place + ENTRY_KIND, Kind.STRING | (origin << 8), true)
  view.setUint32(place + ENTRY_VALUE, length, true)
  return place
}

/** Add a key that is not there, with a string. Returns its entry. */
export function addString(
  db: Database,
  memory: Uint8Array,
  keyStart: number,
  keyEnd: number,
  start: number,
  end: number,
): number {
  const {arena} = db.keyspace
  const inArena = memory === arena.memory
  const length = end - start
  const entry = db.add(memory, keyStart, keyEnd, Kind.STRING, length)
  fillString(db.keyspace, entry, inArena ? arena.memory : memory, start, end)
  return entry
}

/** Give a new entry that has room for it a string. */
export function fillString(
  keyspace: Keyspace,
  entry: number,
  memory: Uint8Array,
  start: number,
  end: number,
): void {
  keyspace.arena.put(memory, start, end, stringStart(keyspace, entry))
  keyspace.arena.view.setUint32(entry + ENTRY_VALUE, end - start, true)
}

/** Append bytes to a string, which is raw then. Returns where the entry lies now. */
export function appendString(
  db: Database,
  entry: number,
  memory: Uint8Array,
  start: number,
  end: number,
): number {
  const {keyspace} = db
  const {arena} = keyspace
  const inArena = memory === arena.memory
  const length = valueField(keyspace, entry)
  const place = reserve(db, entry, length + end - start)
  const to = stringStart(keyspace, place) + length
  arena.put(inArena ? arena.memory : memory, start, end, to)
  setEdited(keyspace, place, length + end - start)
  return place
}

/** Make a string at least `length` bytes long, with zeros behind it, and raw. Returns where the entry lies now. */
export function growString(db: Database, entry: number, length: number): number {
  const {keyspace} = db
  const old = valueField(keyspace, entry)
  if (length <= old) {
    setEdited(keyspace, entry, old)
    return entry
  }
  const place = reserve(db, entry, length)
  const start = stringStart(keyspace, place)
  keyspace.arena.memory.fill(0, start + old, start + length)
  setEdited(keyspace, place, length)
  return place
}

/** Give a string room for `length` bytes, and more the next time. Its length stays. Returns where the entry lies now. */
export function reserve(db: Database, entry: number, length: number): number {
  const {arena} = db.keyspace
  const fixed = ENTRY_KEY + arena.view.getUint32(entry + ENTRY_KEY_LENGTH, true)
  if (arena.capacity(entry) >= fixed + length) return entry
  const old = valueField(db.keyspace, entry)
  // The first growth is often the only one.
  const spare = old === 0 ? 0 : length < LONG ? length >> 1 : length >> 3
  return db.resize(entry, length + spare)
}

/** Say that a string was edited in place and how long it is now. */
export function setEdited(keyspace: Keyspace, entry: number, length: number): void {
  const {view} = keyspace.arena
  view.setUint8(entry + FLAGS, Origin.EDITED)
  view.setUint32(entry + ENTRY_VALUE, length, true)
}

function encoding(keyspace: Keyspace, entry: number): string {
  const origin = keyspace.arena.view.getUint8(entry + FLAGS)
  const length = valueField(keyspace, entry)
  if (origin === Origin.EDITED) return 'raw'
  const start = stringStart(keyspace, entry)
  if (origin === Origin.WHOLE && keyspace.arena.kernel.spanInt(start, start + length)) return 'int'
  return length <= EMBEDDED_MAX ? 'embstr' : 'raw'
}

function visit(keyspace: Keyspace, entry: number, visitor: ValueVisitor): void {
  visitor.begin('string', RdbType.STRING, 1)
  const start = stringStart(keyspace, entry)
  visitor.piece(keyspace.arena.memory, start, start + valueField(keyspace, entry))
  visitor.end()
}

/** Collects the pieces in a block of the arena. */
class StringLoader extends IgnoringVisitor implements ValueLoader {
  private readonly keyspace: Keyspace
  /** Bytes so far. */
  room = 0
  private block = 0

  constructor(keyspace: Keyspace) {
    super()
    this.keyspace = keyspace
  }

  override begin(): void {
    this.room = 0
  }

  override piece(memory: Uint8Array, start: number, end: number): void {
    const {arena} = this.keyspace
    const length = this.room + end - start
    if (this.block === 0) this.block = arena.alloc(length)
    else if (arena.capacity(this.block) < length) {
      this.block = arena.resize(this.block, this.room, length + (length >> 1))
    }
    arena.put(memory, start, end, this.block + this.room)
    this.room = length
  }

  into(db: Database, entry: number): number {
    const {arena} = this.keyspace
    const place = setString(db, entry, arena.memory, this.block, this.block + this.room)
    if (this.room > LONG) {
      arena.release(this.block)
      this.block = 0
    }
    return place
  }
}

export const STRING_OPS: ValueOps = {
  visit,
  copy(from, entry, to, target) {
    const {keyspace} = from
    const origin = keyspace.arena.view.getUint8(entry + FLAGS)
    const start = stringStart(keyspace, entry)
    const end = start + valueField(keyspace, entry)
    return setString(to, target, keyspace.arena.memory, start, end, origin)
  },
  encoding,
  loader: (keyspace) => new StringLoader(keyspace),
}
