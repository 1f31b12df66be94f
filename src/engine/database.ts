/**
 * One database: a hash table of entries in the arena, see dict.ts for their layout. An entry is an address; it may change
 * when its value grows, and is gone when the key is removed.
 */
import {
  DICT_BYTES,
  DICT_COUNT,
  DICT_SLOTS,
  DICT_TABLE,
  DICT_USED,
  ENGINE_SCRATCH,
  ENTRY_EXPIRY,
  ENTRY_KEY,
  ENTRY_KEY_LENGTH,
  ENTRY_KIND,
  ENTRY_VALUE,
  HASH_LOG,
  KINDS,
  REG_NEXT,
  REGISTERS,
} from '../formats/kernel/layout.ts'
import type {Keyspace} from './keyspace.ts'
import {releaseValue} from './values/kinds.ts'

const FIRST_SLOTS = 64
/** Entries that are fetched or added together: each by itself would wait for memory. */
export const BATCH = 64
/** Slots of a table that are counted at a time. */
const COUNT_SLOTS = 4096
/** Room for the keys of one `touch`. */
export const TOUCH_BYTES = 0x4000

export class Database {
  readonly keyspace: Keyspace
  /** Keys with an expiry. */
  expires = 0
  private readonly firstSlots: number
  private dict: number

  /** `slots`: for how many keys there is room at first, a power of two. */
  constructor(keyspace: Keyspace, slots = FIRST_SLOTS) {
    this.keyspace = keyspace
    this.firstSlots = slots
    this.dict = this.newDict()
  }

  /** Where the table is, for kernels. */
  get table(): number {
    return this.dict
  }

  /** Number of keys. */
  get size(): number {
    return this.keyspace.arena.view.getUint32(this.dict + DICT_COUNT, true)
  }

  /** How many places the table has. */
  get slots(): number {
    return this.keyspace.arena.view.getUint32(this.dict + DICT_SLOTS, true)
  }

  /** The entry of a key, 0 when there is none. */
  find(memory: Uint8Array, start: number, end: number): number {
    const {keyspace} = this
    const at = keyspace.stage(memory, start, end)
    return keyspace.arena.kernel.dictFind(this.dict, at, at + end - start) >>> 0
  }

  /**
   * Fetch the entries of keys that will be looked up soon, many at a time. `keys` are spans of a length byte and the key each,
   * at most TOUCH_BYTES in all.
   */
  touch(memory: Uint8Array, start: number, end: number): void {
    const {arena} = this.keyspace
    arena.memory.set(memory.subarray(start, end), ENGINE_SCRATCH)
    const keysEnd = ENGINE_SCRATCH + end - start
    arena.kernel.dictTouch(this.dict, ENGINE_SCRATCH, keysEnd, ENGINE_SCRATCH + TOUCH_BYTES)
  }

  /** Add a key that is not there, with `room` bytes behind it. Its kind and value are for the caller to set. */
  add(memory: Uint8Array, start: number, end: number, kind: number, room = 0): number {
    const own = memory === this.keyspace.arena.memory
    this.makeRoom(1)
    const {arena} = this.keyspace
    const entry = this.allocate(own ? arena.memory : memory, start, end, kind, room)
    arena.kernel.hash(entry + ENTRY_KEY, entry + ENTRY_KEY + end - start, 0)
    arena.kernel.dictAdd(this.dict, entry)
    return entry
  }

  /** Make an entry as `add` does that is not in the table yet: `insert` puts it there. Until then it must stay where it lies. */
  allocate(memory: Uint8Array, start: number, end: number, kind: number, room = 0): number {
    const {arena} = this.keyspace
    const own = memory === arena.memory
    const length = end - start
    const entry = arena.alloc(ENTRY_KEY + length + room)
    const {view} = arena
    arena.put(own ? arena.memory : memory, start, end, entry + ENTRY_KEY)
    view.setUint32(entry + ENTRY_KIND, kind, true)
    view.setUint32(entry + ENTRY_KEY_LENGTH, length, true)
    view.setUint32(entry + ENTRY_VALUE, 0, true)
    view.setFloat64(entry + ENTRY_EXPIRY, Number.NaN, true)
    return entry
  }

  /** Put up to BATCH allocated entries into the table. One whose key is there takes its place. Returns how many did. */
  insert(entries: Uint32Array): number {
    this.makeRoom(entries.length)
    const {arena} = this.keyspace
    const {kernel, view} = arena
    for (let done = 0, replaced = 0; ; replaced++) {
      // Anew each time: what is removed may walk a table of its own.
      let end = HASH_LOG
      for (let i = done; i < entries.length; i++, end += 4) view.setUint32(end, entries[i], true)
      done += (kernel.dictFill(this.dict, HASH_LOG, end, end) - HASH_LOG) / 4
      if (done === entries.length) return replaced
      this.remove(view.getUint32(REGISTERS + REG_NEXT, true))
    }
  }

  /** Forget an allocated entry and its value. */
  discard(entry: number): void {
    if (this.expiresAtMs(entry) !== null) this.expires--
    releaseValue(this.keyspace, entry)
    this.keyspace.arena.release(entry)
  }

  /** Remove a key with its value. */
  remove(entry: number): void {
    releaseValue(this.keyspace, entry)
    this.drop(entry)
  }

  /** Remove a key whose value has been given away. */
  drop(entry: number): void {
    const {arena} = this.keyspace
    if (this.expiresAtMs(entry) !== null) this.expires--
    this.search(entry)
    arena.kernel.dictRemove(this.dict)
    arena.release(entry)
  }

  /** Give an entry `room` bytes behind its key. Returns where it lies now. */
  resize(entry: number, room: number): number {
    const {arena} = this.keyspace
    const keep = ENTRY_KEY + arena.view.getUint32(entry + ENTRY_KEY_LENGTH, true)
    const size = keep + room
    if (arena.capacity(entry) >= size && arena.capacity(entry) < size * 2 + 64) return entry
    this.search(entry)
    const moved = arena.resize(entry, arena.capacity(entry), size)
    if (moved !== entry) arena.kernel.dictMoved(moved)
    return moved
  }

  kind(entry: number): number {
    return this.keyspace.arena.view.getUint8(entry + ENTRY_KIND)
  }

  keyStart(entry: number): number {
    return entry + ENTRY_KEY
  }

  keyEnd(entry: number): number {
    return entry + ENTRY_KEY + this.keyspace.arena.view.getUint32(entry + ENTRY_KEY_LENGTH, true)
  }

  /** Absolute expiry in ms, or null. */
  expiresAtMs(entry: number): number | null {
    const ms = this.keyspace.arena.view.getFloat64(entry + ENTRY_EXPIRY, true)
    return Number.isNaN(ms) ? null : ms
  }

  setExpiry(entry: number, expiresAtMs: number | null): void {
    const had = this.expiresAtMs(entry) !== null
    const has = expiresAtMs !== null
    if (had !== has) this.expires += has ? 1 : -1
    const {view} = this.keyspace.arena
    view.setFloat64(entry + ENTRY_EXPIRY, expiresAtMs ?? Number.NaN, true)
  }

  /** Every entry, in no order. The table must not change meanwhile. */
  *entries(): Generator<number, void, undefined> {
    const {arena} = this.keyspace
    // Copied: who looks at an entry may walk another table meanwhile.
    const batch = new Uint32Array(Math.min(BATCH, this.size))
    for (let slot = 0; ; ) {
      const count = arena.kernel.dictRead(this.dict, slot, HASH_LOG, batch.length)
      if (count === 0) return
      const {view} = arena
      slot = view.getUint32(REGISTERS + REG_NEXT, true)
      for (let i = 0; i < count; i++) batch[i] = view.getUint32(HASH_LOG + i * 4, true)
      for (let i = 0; i < count; i++) yield batch[i]
    }
  }

  /**
   * Every entry by shelf, in an order that depends on the keys alone; `visit` gets it and its shelf. The kernel must know which keys
   * are tied. @throws OutOfMemory where there is no room to sort them.
   */
  ordered(visit: (entry: number, shelf: number) => void): void {
    const {arena} = this.keyspace
    const {size} = this
    const out = arena.alloc(Math.max(8, size * 8))
    const room = arena.alloc(Math.max(8, size * 8))
    arena.kernel.dictOrder(this.dict, out, room)
    arena.release(room)
    for (let at = out; at < out + size * 8; at += 8) {
      visit(arena.view.getUint32(at + 4, true), arena.view.getUint8(at + 3))
    }
    arena.release(out)
  }

  /** How many keys of each kind there are, and how many of all expire before a time. */
  count(beforeMs = Number.NEGATIVE_INFINITY): {kinds: number[]; expired: number} {
    const {arena} = this.keyspace
    const {kernel, memory} = arena
    const slots = arena.view.getUint32(this.dict + DICT_SLOTS, true)
    memory.fill(0, HASH_LOG, HASH_LOG + KINDS * 4)
    let expired = 0
    for (let from = 0; from < slots; from += COUNT_SLOTS) {
      const to = Math.min(from + COUNT_SLOTS, slots)
      expired += kernel.dictCount(this.dict, from, to, beforeMs, HASH_LOG)
    }
    const kinds = Array.from({length: KINDS}, (_, kind) =>
      arena.view.getUint32(HASH_LOG + kind * 4, true),
    )
    return {kinds, expired}
  }

  /** Remove every key. */
  flush(): void {
    this.release()
    this.dict = this.newDict()
    this.expires = 0
  }

  /** Give all memory back: the end of this database. */
  release(): void {
    const {arena} = this.keyspace
    for (const entry of this.entries()) {
      releaseValue(this.keyspace, entry)
      arena.release(entry)
    }
    arena.release(arena.view.getUint32(this.dict + DICT_TABLE, true))
    arena.release(this.dict)
  }

  exchange(other: Database): void {
    ;[this.dict, other.dict] = [other.dict, this.dict]
    ;[this.expires, other.expires] = [other.expires, this.expires]
  }

  private search(entry: number): void {
    this.keyspace.arena.kernel.dictSeek(this.dict, entry)
  }

  private newDict(): number {
    const {firstSlots} = this
    const {arena} = this.keyspace
    const dict = arena.alloc(DICT_BYTES)
    const table = arena.alloc(firstSlots * 4)
    const {view, memory} = arena
    memory.fill(0, table, table + firstSlots * 4)
    view.setUint32(dict + DICT_TABLE, table, true)
    view.setUint32(dict + DICT_SLOTS, firstSlots, true)
    view.setUint32(dict + DICT_COUNT, 0, true)
    view.setUint32(dict + DICT_USED, 0, true)
    return dict
  }

  /** Make room for so many more keys. Returns for how many there is room. */
  makeRoom(count: number): number {
    const {arena} = this.keyspace
    const {dict} = this
    const slots = arena.view.getUint32(dict + DICT_SLOTS, true)
    const room = slots / 2 - arena.view.getUint32(dict + DICT_USED, true)
    if (room >= count) return room
    const old = arena.view.getUint32(dict + DICT_TABLE, true)
    let wanted = this.size > slots / 4 ? slots * 2 : slots
    while (this.size + count > wanted / 2) wanted *= 2
    const table = arena.alloc(wanted * 4)
    arena.kernel.dictGrow(dict, table, wanted)
    arena.release(old)
    return wanted / 2 - this.size
  }
}
